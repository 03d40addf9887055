"""A coordinator's list of people, read from CSV: every fault with its line and how to mend it, and nothing of a faulty list taken."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from zoneinfo import available_timezones

from mediation_coach.coach.words import LANGUAGES
from mediation_coach.domain.chat import Person
from mediation_coach.domain.follow_through import Member
from mediation_coach.errors import ContentError

COLUMNS = ("person", "name", "workspace", "zone", "country", "language", "consent", "ends")
NEEDED = ("zone", "language", "consent")
MOST_ROWS = 20_000
SHOWN_FAULTS = 50
_YES = frozenset({"yes", "y", "true", "1", "oui", "sí", "si", "да", "نعم"})
_NO = frozenset({"no", "n", "false", "0", "non", "нет", "لا", ""})

NewCode = Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong on a line, and how to mend it."""

    line: int
    text: str

    def __str__(self) -> str:
        """Return the fault as it is shown."""
        return f"line {self.line}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What a list is read against: the platform its people are on, and which places and countries are known."""

    adapter: str
    new_code: NewCode
    workspace: str = ""
    is_country: Callable[[str], bool] = lambda _: True


def read_roll(data: bytes, reader: Reader) -> tuple[Member, ...]:
    """Return the people of a list, in its order.

    Raises:
        ContentError: there is a fault; the message names each (the first fifty), with its line.
    """
    text = _decoded(data)
    rows = list(_rows(text))
    faults = _header_faults(rows[0][1] if rows else [])
    members: list[Member] = []
    if not faults:
        header = [name.strip().lower() for name in rows[0][1]]
        seen: dict[str, int] = {}
        for line, cells in rows[1:]:
            found = list(_row_faults(line, header, cells, reader, seen))
            faults += found
            if not found:
                members.append(_member(dict(zip(header, map(str.strip, cells), strict=False)), reader))
    if not faults and not members:
        faults = [Fault(line=1, text="the list has no people; add one line for each under the column names")]
    if len(rows) > MOST_ROWS:
        faults = [Fault(line=MOST_ROWS, text=f"more than {MOST_ROWS} people; split the list")]
    if faults:
        raise ContentError(_told(faults))
    return tuple(members)


def _told(faults: Sequence[Fault]) -> str:
    lines = [str(fault) for fault in faults[:SHOWN_FAULTS]]
    if len(faults) > SHOWN_FAULTS:
        lines.append(f"and {len(faults) - SHOWN_FAULTS} more")
    return f"nothing was imported; {len(faults)} to mend:\n" + "\n".join(lines)


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = data[: exc.start].count(b"\n") + 1
        fault = Fault(line=line, text="not UTF-8 text; in the spreadsheet choose 'CSV UTF-8' when you save")
        raise ContentError(_told([fault])) from None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as exc:
            raise ContentError(_told([Fault(line=rows.line_num, text=f"cannot be read as CSV ({exc})")])) from None
        if any(cell.strip() for cell in cells):
            yield rows.line_num, cells


def _header_faults(header: Sequence[str]) -> list[Fault]:
    names = [name.strip().lower() for name in header]
    faults = []
    for name in names:
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, n=1)
            mend = f"did you mean '{near[0]}'?" if near else "the columns are " + ", ".join(COLUMNS)
            faults.append(Fault(line=1, text=f"unknown column '{name}'; {mend}"))
    missing = [name for name in NEEDED if name not in names]
    if "person" not in names and "name" not in names:
        missing.insert(0, "person' or 'name")
    faults += [Fault(line=1, text=f"the column '{name}' is missing; add it to the first line") for name in missing]
    if len(set(names)) < len(names):
        faults.append(Fault(line=1, text="a column is there twice; take one away"))
    return faults


def _row_faults(
    line: int, header: Sequence[str], cells: Sequence[str], reader: Reader, seen: dict[str, int]
) -> Iterator[Fault]:
    if len(cells) > len(header):
        yield Fault(line=line, text=f"{len(cells)} cells for {len(header)} columns; put text with commas in quotes")
        return
    row = dict(zip(header, map(str.strip, cells), strict=False))
    who = row.get("person") or row.get("name", "")
    if not who:
        yield Fault(line=line, text="neither 'person' nor 'name' is given; fill in one")
    elif (first := seen.setdefault(f"{row.get('workspace', '')}/{who.casefold()}", line)) != line:
        yield Fault(line=line, text=f"the same person as on line {first}; take one away")
    if fault := _zone_fault(row.get("zone", "")):
        yield Fault(line=line, text=fault)
    if (language := row.get("language", "").lower()) and language not in LANGUAGES:
        yield Fault(line=line, text=f"unknown language '{language}'; use one of {', '.join(LANGUAGES)}")
    if (country := row.get("country", "").upper()) and not reader.is_country(country):
        yield Fault(
            line=line,
            text=f"no public holidays are known for '{country}'; use a two-letter code such as KE, or leave it empty",
        )
    if row.get("consent", "").lower() not in _YES | _NO:
        yield Fault(line=line, text=f"consent is '{row['consent']}'; write yes or no")
    if (ends := row.get("ends", "")) and _date(ends) is None:
        yield Fault(line=line, text=f"'{ends}' is no date; write it as 2027-03-28")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone_fault(zone: str) -> str | None:
    known = _zones()
    if not zone or zone in known:
        return None
    near = difflib.get_close_matches(zone, known, n=1) or [
        name for name in sorted(known) if name.rsplit("/", 1)[-1].lower() == zone.lower().replace(" ", "_")
    ]
    return f"unknown time zone '{zone}'; " + (f"did you mean {near[0]}?" if near else "write it as Africa/Nairobi")


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _member(row: dict[str, str], reader: Reader) -> Member:
    id = row.get("person", "")
    person = Person(adapter=reader.adapter, workspace=row.get("workspace") or reader.workspace, id=id) if id else None
    return Member(
        name=row.get("name", ""),
        person=person,
        zone=row.get("zone", ""),
        country=row.get("country", "").upper(),
        language=row.get("language", "").lower(),
        consent=row.get("consent", "").lower() in _YES,
        ends=_date(row.get("ends", "")),
        code="" if person else reader.new_code(),
    )
