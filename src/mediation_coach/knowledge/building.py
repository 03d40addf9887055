"""Building the index: only what changed is read, embedded and written again, all in one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from mediation_coach.domain.guidance import SectionKind
from mediation_coach.errors import ContentError
from mediation_coach.knowledge import scope
from mediation_coach.knowledge.cards import (
    Card,
    Fault,
    card_paths,
    read_card,
    read_examples,
    read_sources,
    read_text,
    text_hash,
)
from mediation_coach.knowledge.encoder import DIMENSIONS, Encoder
from mediation_coach.knowledge.lexicon import Lexicon, Term, read_lexicon
from mediation_coach.knowledge.spelling import words_of
from mediation_coach.knowledge.tools import as_card, read_tools
from mediation_coach.knowledge.words import Words

Progress = Callable[[int, int], None]
FORMAT = "16"
SUMMARIES = 4
LOCKED = 600
MOST_LEARNT = 1_000
CHUNK = 512
CARD: TypeAdapter[Card] = TypeAdapter(Card)
TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS scope (one INTEGER PRIMARY KEY CHECK (one = 1), outside BLOB, weights BLOB, cards BLOB);
CREATE TABLE IF NOT EXISTS cards (
    n INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, hash TEXT NOT NULL, skill TEXT NOT NULL, also TEXT NOT NULL,
    json TEXT NOT NULL, vectors BLOB NOT NULL);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A knowledge folder. Later layers lie over earlier ones: they add, replace (same id) and hide cards."""

    name: str
    folder: Path
    hides: frozenset[str] = frozenset()


def signature_of(layers: Sequence[Layer], dense: bool) -> str:
    """Return a short name for the state of all files of `layers`, by their sizes and times."""
    stamps: list[object] = [FORMAT, dense]
    for layer in layers:
        stamps.append([layer.name, str(layer.folder), sorted(layer.hides)])
        for path in [
            *card_paths(layer.folder),
            layer.folder / "sources.yaml",
            *sorted((layer.folder / "lexicon").glob("*.yaml")),
            *sorted((layer.folder / "examples").glob("*.yaml")),
            *sorted((layer.folder / "tools").glob("*.yaml")),
        ]:
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue
            stamps.append([str(path), stat.st_size, stat.st_mtime_ns])
    return text_hash(json.dumps(stamps))


def read_layers(layers: Sequence[Layer]) -> dict[str, tuple[str, Card]]:
    """Return every card in force by id, with the hash of what it was read from.

    Raises:
        ContentError: a layer has a fault; the message names the first and counts the rest.
    """
    cards: dict[str, tuple[str, Card]] = {}
    for layer in layers:
        sources, examples = read_sources(layer.folder), read_examples(layer.folder)
        mark = text_hash(repr(sorted(sources.items())) + layer.name)
        faults: list[Fault] = []
        for hidden in layer.hides:
            cards.pop(hidden, None)
        for tool in read_tools(layer.folder):
            card = as_card(tool, layer.name)
            cards[card.id] = (text_hash(mark + tool.model_dump_json()), card)
        for path in card_paths(layer.folder):
            text = read_text(path)
            more = examples.get(path.stem, {})
            reading = read_card(path, text, sources, layer.name, more)
            faults.extend(reading.faults)
            if reading.card is not None and reading.card.retired:
                cards.pop(reading.card.id, None)
            elif reading.card is not None:
                cards[reading.card.id] = (text_hash("\n".join((mark, text, repr(more)))), reading.card)
        if faults:
            others = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
            raise ContentError(f"{faults[0]}{others}; see all with 'mediation-coach knowledge check {layer.folder}'")
    return cards


def _texts(card: Card) -> list[str]:
    """Return the reviewed English texts of a card; example questions have slips of their own."""
    return [card.facts.title, card.facts.solves, *(p.text for p in card.passages)]


def _fields(card: Card) -> list[str]:
    """Return the texts of a card that are embedded: four summaries, then the example questions."""
    facts = card.facts
    short = next((p.text for p in card.passages if p.kind is SectionKind.IN_SHORT), "")
    summaries = [facts.title, facts.solves, f"{facts.title}. {facts.solves}", f"{facts.title}. {short}"]
    return [*summaries, *(card.asked_as or (facts.solves,))]


def meta(database: sqlite3.Connection, key: str) -> str | None:
    """Return what the index remembers under `key`."""
    row = database.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def bring_up_to_date(
    database: sqlite3.Connection,
    words: Words,
    layers: Sequence[Layer],
    signature: str,
    encoder: Encoder | None,
    progress: Progress | None,
    vectors: Path | None,
) -> None:
    """Read, embed and write what changed, in one transaction; another process that is at it is waited for.

    Raises:
        ContentError: a layer has a fault; the index stays as it was.
    """
    database.execute("BEGIN IMMEDIATE")
    try:
        if meta(database, "signature") == signature and words.size == int(meta(database, "documents") or -1):
            database.execute("ROLLBACK")
            return
        cards = read_layers(layers)
        lexicon = read_lexicon([layer.folder for layer in layers])
        terms = TypeAdapter(tuple[Term, ...]).dump_json(lexicon.terms).decode()
        mark = text_hash(f"{FORMAT}{terms}{encoder is not None}")
        anew = meta(database, "mark") != mark or words.size != int(meta(database, "documents") or -1)
        if anew:
            database.execute("DELETE FROM cards")
        had = {row[0]: (row[1], row[2]) for row in database.execute("SELECT id, n, hash FROM cards")}
        gone = [n for slug, (n, digest) in had.items() if slug not in cards or cards[slug][0] != digest]
        new = {slug: card for slug, (digest, card) in cards.items() if slug not in had or had[slug][1] != digest}
        database.executemany("DELETE FROM cards WHERE n = ?", [(n,) for n in gone])
        with closing(_Vectors(vectors)) as kept:
            blobs = _embed(list(new.values()), kept, encoder, progress)
        numbered: dict[int, Card] = {}
        for card, blob in zip(new.values(), blobs, strict=True):
            cursor = database.execute(
                "INSERT INTO cards (id, hash, skill, also, json, vectors) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    card.id,
                    cards[card.id][0],
                    card.facts.skill,
                    json.dumps(card.facts.also),
                    CARD.dump_json(card).decode(),
                    blob,
                ),
            )
            numbered[int(cursor.lastrowid or 0)] = card
        if encoder is not None and cards:
            _learn(database, lexicon, encoder)
        words.write(gone, numbered, lexicon, anew=anew)
        known = words_of(text for _, card in cards.values() for text in _texts(card))
        known |= words_of(word for term in lexicon.terms for word in term.en)
        database.execute("INSERT OR REPLACE INTO meta VALUES ('words', ?)", (json.dumps(sorted(known)),))
        for key, value in {"signature": signature, "mark": mark, "terms": terms, "documents": str(words.size)}.items():
            database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
        database.execute("COMMIT")
    except BaseException:
        database.execute("ROLLBACK")
        raise


def _embed(cards: Sequence[Card], vectors: _Vectors, encoder: Encoder | None, progress: Progress | None) -> list[bytes]:
    """Return each card's vectors as one block of bytes; texts that were embedded before are not embedded again."""
    if encoder is None:
        return [b""] * len(cards)
    fields = [_fields(card) for card in cards]
    texts = list(dict.fromkeys(text for card in fields for text in card))
    new = [text for text in texts if text not in vectors]
    done = 0

    def count(step: int) -> None:
        nonlocal done
        done += step
        if progress is not None:
            progress(done, len(new))

    for at in range(0, len(new), CHUNK):
        chunk = sorted(new[at : at + CHUNK], key=len)
        vectors.keep(chunk, encoder.encode(chunk, progress=count).astype(np.float16))
    return [b"".join(vectors[text] for text in card) for card in fields]


class _Vectors:
    """Vectors by the text that they stand for; they outlive the index, for a text means the same in any of them."""

    def __init__(self, path: Path | None) -> None:
        self._database = sqlite3.connect(path or ":memory:", timeout=LOCKED, isolation_level=None)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS vectors (hash TEXT PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID"
        )

    def __contains__(self, text: str) -> bool:
        return self._row(text) is not None

    def __getitem__(self, text: str) -> bytes:
        row = self._row(text)
        assert row is not None
        return row

    def _row(self, text: str) -> bytes | None:
        row = self._database.execute("SELECT v FROM vectors WHERE hash = ?", (text_hash(text),)).fetchone()
        return bytes(row[0]) if row else None

    def keep(self, texts: Sequence[str], rows: NDArray[np.float16]) -> None:
        self._database.execute("BEGIN")
        self._database.executemany(
            "INSERT OR REPLACE INTO vectors VALUES (?, ?)",
            [(text_hash(text), row.tobytes()) for text, row in zip(texts, rows, strict=True)],
        )
        self._database.execute("COMMIT")

    def close(self) -> None:
        self._database.close()


def _learn(database: sqlite3.Connection, lexicon: Lexicon, encoder: Encoder) -> None:
    """Learn from all example questions what is about which skill, what is from elsewhere, and what is about which card."""
    rows = database.execute("SELECT skill, also, vectors FROM cards ORDER BY n").fetchall()
    blocks = [np.frombuffer(row[2], dtype=np.float16).reshape(-1, DIMENSIONS).astype(np.float32) for row in rows]
    labels = [
        np.tile(scope.labels_of(row[0], json.loads(row[1])), (len(block), 1))
        for row, block in zip(rows, blocks, strict=True)
    ]
    nothing = np.zeros((0, DIMENSIONS), dtype=np.float32)
    elsewhere = [text for language, text in lexicon.outside if language == "en"]
    outside = encoder.encode(elsewhere) if elsewhere else nothing
    weights = scope.train(
        np.vstack([*blocks, outside]), np.vstack([*labels, scope.outside_labels(len(outside))]), level=True
    )
    cards = np.zeros((DIMENSIONS + 1, 0), dtype=np.float32)
    if 1 < len(rows) <= MOST_LEARNT:
        examples = [np.delete(block, SUMMARIES - 1, axis=0) for block in blocks]
        own = np.repeat(np.eye(len(rows), dtype=np.float32), [len(block) for block in examples], axis=0)
        cards = scope.train(np.vstack(examples), own)
    packed = outside.astype(np.float16).tobytes()
    database.execute("INSERT OR REPLACE INTO scope VALUES (1, ?, ?, ?)", (packed, weights.tobytes(), cards.tobytes()))
