from __future__ import annotations

import time

import pytest

from mediation_coach.coach.roll import Reader, read_roll
from mediation_coach.errors import ContentError
from mediation_coach.knowledge.places import is_country

HEADER = "person,name,zone,country,language,consent,ends\n"
READER = Reader(adapter="slack", workspace="T1", is_country=is_country, new_code=lambda: "CODECODE")


def faults(text: str | bytes) -> list[str]:
    with pytest.raises(ContentError) as failure:
        read_roll(text if isinstance(text, bytes) else text.encode(), READER)
    return str(failure.value).splitlines()


def test_people_are_read_with_their_zone_language_and_consent() -> None:
    [one, other] = read_roll(
        (HEADER + "U1,,Africa/Nairobi,KE,fr,yes,\n,Party coach,,,,no,2027-03-28\n").encode(), READER
    )
    assert one.person is not None
    assert (one.person.key, one.zone, one.country, one.language, one.consent) == (
        "slack/T1/U1",
        "Africa/Nairobi",
        "KE",
        "fr",
        True,
    )
    assert (other.person, other.code, other.consent, str(other.ends)) == (None, "CODECODE", False, "2027-03-28")


def test_a_spreadsheets_marks_and_semicolons_are_no_hindrance() -> None:
    assert len(read_roll("\ufeffname;zone;language;consent\r\nA B;Asia/Kabul;en;YES\r\n\r\n".encode(), READER)) == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("U1,,Africa/Nairoby,KE,fr,yes,", "line 2: unknown time zone 'Africa/Nairoby'; did you mean Africa/Nairobi?"),
        ("U1,,Nairobi,KE,fr,yes,", "did you mean Africa/Nairobi?"),
        ("U1,,UTC,ZZ,fr,yes,", "line 2: no public holidays are known for 'ZZ'"),
        ("U1,,UTC,KE,de,yes,", "line 2: unknown language 'de'; use one of en, fr"),
        ("U1,,UTC,KE,fr,maybe,", "line 2: consent is 'maybe'; write yes or no"),
        ("U1,,UTC,KE,fr,yes,2027-02-30", "line 2: '2027-02-30' is no date"),
        (",,UTC,KE,fr,yes,", "line 2: neither 'person' nor 'name'"),
        ("U1,,UTC,KE,fr,yes,,more", "line 2: 8 cells for 7 columns"),
        ("U1,,UTC,KE,fr,yes,\nU1,,UTC,KE,fr,yes,", "line 3: the same person as on line 2"),
    ],
)
def test_each_fault_has_its_line_and_mend(line: str, said: str) -> None:
    told = faults(HEADER + line + "\n")
    assert told[0] == "nothing was imported; 1 to mend:"
    assert said in told[1]


def test_a_missing_and_a_misspelt_column_are_named() -> None:
    told = "\n".join(faults("person,zone,langauge\nU1,UTC,en\n"))
    assert "unknown column 'langauge'; did you mean 'language'?" in told
    assert "the column 'consent' is missing" in told
    assert "the column 'person' or 'name' is missing" in "\n".join(faults("zone,language,consent\nUTC,en,yes\n"))


def test_a_wrong_encoding_is_named_with_the_line_of_its_first_letter() -> None:
    told = faults(HEADER.encode() + b"U1,,UTC,,en,yes,\n,Jos\xe9,UTC,,en,yes,\n")
    assert told[1].startswith("line 3: not UTF-8 text")


def test_an_empty_list_is_refused() -> None:
    assert "the list has no people" in faults(HEADER)[1]
    assert "missing" in faults("")[1]


def test_ten_thousand_lines_are_read_in_a_moment_and_every_fault_is_counted() -> None:
    good = HEADER + "".join(f"U{n},,Africa/Nairobi,KE,en,yes,\n" for n in range(10_000))
    began = time.perf_counter()
    assert len(read_roll(good.encode(), READER)) == 10_000
    assert time.perf_counter() - began < 10
    bad = faults(good.replace("Africa/Nairobi", "Nowhere", 200))
    assert bad[0] == "nothing was imported; 200 to mend:"
    assert bad[-1] == "and 150 more"
