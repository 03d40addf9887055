"""The index: found by words and by meaning, built once, taken up when the folder changes, never half-written."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediation_coach.errors import ContentError
from mediation_coach.knowledge.building import Layer
from mediation_coach.knowledge.retrieval import Index, Library, Weighing, open_index
from tests.shipped import encoder, library
from tests.unit.test_cards import good, write

WALKOUT = "the delegates stormed out of the tent"
HONEY = "how many beehives may a bishop keep"


def folder_with(tmp_path: Path) -> Path:
    folder = tmp_path / "knowledge"
    write(folder, good().replace("question number 0 of ours", WALKOUT).replace("title: A card", "title: A walkout"))
    write(
        folder,
        good("b-card").replace("question number 0 of ours", HONEY).replace("title: B card", "title: Bees"),
        "b-card",
    )
    return folder


def base(folder: Path) -> list[Layer]:
    return [Layer(name="library", folder=folder)]


def first(index: Index, query: str) -> str:
    return index.search(query).found[0].card.id


def test_a_card_is_found_by_its_words(tmp_path: Path) -> None:
    index = open_index(base(folder_with(tmp_path)), tmp_path / "cache")

    assert first(index, "they stormed out of our tent") == "a-card"
    assert first(index, "a bishop with beehives") == "b-card"
    assert index.search("zebra crossing paint").found == ()


def test_a_card_is_found_by_its_meaning() -> None:
    found = library().index.search("our counterparts got up and went home in the middle of the session").found

    assert "party-walkout" in [f.card.id for f in found]


def test_an_index_that_is_up_to_date_is_not_written_again(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    open_index(base(folder), tmp_path / "cache", encoder=encoder())
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "cache").rglob("*") if p.is_file()}

    open_index(base(folder), tmp_path / "cache", encoder=encoder())

    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "cache").rglob("*") if p.is_file()} == before


def test_only_what_changed_is_embedded_again(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    steps: list[int] = []
    open_index(base(folder), tmp_path / "cache", encoder=encoder(), progress=lambda done, of: steps.append(of))
    everything = steps[-1]
    write(folder, good("c-card"), "c-card")
    steps.clear()

    index = open_index(base(folder), tmp_path / "cache", encoder=encoder(), progress=lambda done, of: steps.append(of))

    assert index.size == 3
    assert 0 < steps[-1] < everything


def test_a_layer_adds_replaces_and_hides(tmp_path: Path) -> None:
    folder, own = folder_with(tmp_path), tmp_path / "own"
    write(own, good().replace("title: A card", "title: Our own walkout").replace("question number 0 of ours", WALKOUT))
    write(own, good("d-card"), "d-card")
    layers = [*base(folder), Layer(name="our house", folder=own, hides=frozenset({"b-card"}))]

    index = open_index(layers, tmp_path / "cache")

    assert {facts.id for facts in index.facts()} == {"a-card", "d-card"}
    assert index.search(WALKOUT).found[0].card.layer == "our house"
    assert index.search(WALKOUT).found[0].card.title == "Our own walkout"


def test_a_retired_card_is_gone(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    write(folder, good().replace("kind: method", "kind: method\nretired: true"))

    assert [facts.id for facts in open_index(base(folder), tmp_path / "cache").facts()] == ["b-card"]


def test_a_changed_folder_is_taken_up_while_running(tmp_path: Path) -> None:
    folder, now = folder_with(tmp_path), [0.0]
    running = Library(base(folder), tmp_path / "cache", clock=lambda: now[0])
    write(folder, good("c-card").replace("question number 0 of ours", "who feeds the goats"), "c-card")

    running.look_again()
    unchanged = running.index.size
    now[0] += 10
    running.look_again()

    assert (unchanged, running.index.size) == (2, 3)
    assert first(running.index, "who feeds the goats") == "c-card"


def test_a_faulty_folder_never_replaces_a_good_index(tmp_path: Path) -> None:
    folder, now, told = folder_with(tmp_path), [0.0], list[str]()
    running = Library(base(folder), tmp_path / "cache", clock=lambda: now[0], notice=told.append)
    path = write(folder, good().replace("skill: process_design", "skill: [process_design"))

    now[0] += 10
    running.look_again()

    assert first(running.index, WALKOUT) == "a-card"
    assert running.fault is not None
    assert "last good one is in use" in told[0]
    path.write_text(good().replace("question number 0 of ours", "the chairs were thrown"), "utf-8")
    now[0] += 10
    running.look_again()
    assert running.fault is None
    assert first(running.index, "chairs were thrown") == "a-card"


def test_a_faulty_folder_is_refused_at_start_and_leaves_no_index(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    write(folder, good().replace("war: any", "war: someday"))

    with pytest.raises(ContentError, match=r"a-card\.md:\d+: 'war' is not usable.*knowledge check"):
        open_index(base(folder), tmp_path / "cache")

    write(folder, good())
    assert open_index(base(folder), tmp_path / "cache").size == 2


def test_a_missing_folder_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="there is no knowledge folder"):
        open_index(base(tmp_path / "none"), tmp_path / "cache")


def test_a_spoilt_cache_says_what_to_do(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    open_index(base(folder), tmp_path / "cache")
    for database in (tmp_path / "cache").rglob("cards.sqlite3"):
        database.write_bytes(b"not a database at all" * 100)

    with pytest.raises(ContentError, match="delete it"):
        open_index(base(folder), tmp_path / "cache")


def test_the_lexicon_joins_words_that_mean_the_same() -> None:
    index = library().index
    query = "ils ont violé le cessez-le-feu cette nuit"

    found = [f.card.id for f in index.search(query, language="fr").found]

    assert "ceasefire-violation-response" in found
    assert index.search(query, language="fr", weighing=Weighing(lexicon=False)).found != ()


def test_a_long_story_is_searched_piece_by_piece() -> None:
    before = (
        "I write late because the generator failed again and the road to the district office was closed by the rain. "
        "My cousin drove, and we talked about goats and the price of bread and whether the school will open in spring. "
    )
    need = "Then one delegation got up, left the room and said they are done with these talks, and I do not know what now. "
    after = (
        "My daughter asks when I come home; I have slept little and the hotel has no hot water. "
        "The driver wants to leave at six, and somebody should pay him for the last two days. "
    )

    found = [f.card.id for f in library().index.search(before * 2 + need + after * 2, limit=5).found]

    assert "party-walkout" in found
