"""The index of the folder and the query: words (tantivy's BM25) and meaning (MiniLM), joined by weight.

Numbers and the choice of engines: docs/why.md. The index lives in one cache folder: an SQLite file with cards and vectors, and
tantivy's files. Everything is keyed by content, so that only what changed is read, embedded and written again.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tantivy
from numpy.typing import NDArray
from pydantic import TypeAdapter

from mediation_coach.domain.composing import sentences
from mediation_coach.domain.guidance import OUT_OF_SCOPE, CardFacts, Found, Retrieval, SectionKind
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
from mediation_coach.knowledge.lexicon import Lexicon, Term, read_lexicon, stems
from mediation_coach.knowledge.spelling import Spelling, words_of
from mediation_coach.knowledge.tools import as_card, read_tools

Array = NDArray[np.float32]
Progress = Callable[[int, int], None]

FORMAT = "16"
SUMMARIES = 4
NEAREST, GONE = 3, -2.0
FEW = 3
FOREIGN_WORDS = 4.0
ELSEWHERE, ELSEWHERE_VOTE, VOTERS = -1, 2.0, 8
BODY, BODY_WORTH = 0.6, 1.6
K1_PLUS_1 = 2.2
COMMON = 0.35
MOST_WORDS = 48
DEPTH = 60
FEWEST_CARDS = 3
LOOK_AGAIN = 2.0
MOST_TOOLS = 15
LOCKED = 600
ROWS_AT_ONCE = 20_000
MOST_LEARNT = 1_000
CHUNK = 512
WINDOW, MOST_WINDOWS = 35, 40

_CARD: TypeAdapter[Card] = TypeAdapter(Card)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A knowledge folder. Later layers lie over earlier ones: they add, replace (same id) and hide cards."""

    name: str
    folder: Path
    hides: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """How the parts of a score are joined; the defaults are the measured ones (docs/evaluation.md).

    `asked`, `title` and `short` weigh the likeness to the three nearest example questions, to title and problem, and to the
    summary; `learnt` weighs what was learnt from all example questions about this card; `words` weighs the lexical side.
    """

    asked: float = 1.0
    title: float = 0.25
    short: float = 0.25
    learnt: float = 2.0
    words: float = 2.25
    lexicon: bool = True

    @property
    def meaning(self) -> float:
        """The weight of everything that needs the embedding model."""
        return self.asked + self.title + self.short + self.learnt


def _signature(layers: Sequence[Layer], dense: bool) -> str:
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


class _Words:
    """The lexical side: one document for a card's head, one for each section."""

    def __init__(self, folder: Path | None) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("words", tokenizer_name="whitespace", index_option="freq")
        builder.add_integer_field("card", stored=True, indexed=True, fast=True)
        builder.add_integer_field("head", stored=True, fast=True)
        self._schema = builder.build()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._index = tantivy.Index(self._schema, path=str(folder) if folder else None)
        self._searcher = self._index.searcher()

    def write(self, gone: Sequence[int], new: Mapping[int, Card], lexicon: Lexicon, *, anew: bool) -> None:
        with self._index.writer(heap_size=30_000_000, num_threads=1) as writer:
            if anew:
                writer.delete_all_documents()
                for language, text in lexicon.outside:
                    words = _asked((text,), language, lexicon)
                    writer.add_document(tantivy.Document(words=" ".join(words), card=ELSEWHERE, head=1))
            for number in gone:
                writer.delete_documents_by_term("card", number)
            for number, card in new.items():
                for head, words in _documents(card, lexicon):
                    writer.add_document(tantivy.Document(words=" ".join(words), card=number, head=int(head)))
            writer.commit()
            writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    @property
    def size(self) -> int:
        return int(self._searcher.num_docs)

    def score(self, words: Sequence[str]) -> dict[int, float]:
        """Return cards' BM25 scores over their bound (0 to 1): head and best section joined. `ELSEWHERE` stands for what is not ours.

        The bound is what a document with every word of the question could reach, words that the folder does not know included:
        a question from elsewhere gets a small share by itself.
        """
        size = self._searcher.num_docs
        if not size or not words:
            return {}
        known = {word: self._searcher.doc_freq("words", word) for word in dict.fromkeys(words)}
        kept = [word for word, df in known.items() if df <= COMMON * size] or list(known)
        kept = sorted(kept, key=lambda word: known[word] or size)[:MOST_WORDS]
        bound = sum(float(np.log(1 + (size - known[w] + 0.5) / (known[w] + 0.5))) * K1_PLUS_1 for w in kept)
        query = tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "words", w, "freq"))
                for w in kept
                if known[w]
            ]
        )
        heads: dict[int, float] = {}
        bodies: dict[int, float] = {}
        for points, address in self._searcher.search(query, DEPTH, count=False).hits:
            document = self._searcher.doc(address)
            kind = heads if document["head"][0] else bodies
            card = int(document["card"][0])
            kind[card] = max(kind.get(card, 0.0), float(points))
        return {
            card: min(1.0, (heads.get(card, 0.0) + BODY * bodies.get(card, 0.0)) / bound / (1 + BODY) * BODY_WORTH)
            for card in heads.keys() | bodies.keys()
        }


def _documents(card: Card, lexicon: Lexicon) -> list[tuple[bool, list[str]]]:
    """Return the words of a card: one head a language, so that each is as short as a question's words need; then the sections."""
    facts = card.facts
    title = [*stems(facts.title), *stems(facts.title), *stems(facts.solves)]
    documents = [(True, title + _asked(card.asked_as, "en", lexicon, f"{facts.title}. {facts.solves}"))]
    for language, questions in card.asked_in.items():
        if questions:
            documents.append((True, _asked(questions, language, lexicon)))
    for passage in card.passages:
        documents.append((False, stems(passage.text) + [f"§{c}" for c in lexicon.concepts(passage.text, "en")]))
    return documents


def _asked(questions: Sequence[str], language: str, lexicon: Lexicon, more: str = "") -> list[str]:
    concepts = [c for text in (more, *questions) for c in lexicon.concepts(text, language)]
    words = [stem for question in questions for stem in stems(question, language)]
    return words + [f"§{c}" for c in dict.fromkeys(concepts)]


class Index:
    """A built index. Opening one that is up to date reads nothing but the cache."""

    def __init__(self, database: sqlite3.Connection, words: _Words, signature: str, encoder: Encoder | None) -> None:
        """Load what a query needs; use `open_index` to get one."""
        self._database = database
        self._words = words
        self._encoder = encoder
        self.signature = signature
        rows = database.execute("SELECT n, skill, also, vectors, id FROM cards ORDER BY n").fetchall()
        self._is_tool = [row[4].startswith("tool-") for row in rows]
        self._numbers = np.array([row[0] for row in rows], dtype=np.int64)
        self._labels_by_card = (
            np.stack([scope.labels_of(row[1], json.loads(row[2])) for row in rows]) if rows else np.zeros((0, 5))
        )
        self.lexicon = _load_lexicon(database)
        self._spelling = None
        if encoder is not None:
            self._spelling = Spelling(json.loads(_meta(database, "words") or "[]"), is_english=encoder.is_word)
        if encoder is not None and rows:
            self._load_vectors([row[3] for row in rows])

    def _load_vectors(self, blobs: Sequence[bytes]) -> None:
        outside, weights, cards = self._database.execute("SELECT outside, weights, cards FROM scope").fetchone()
        counts = np.array([len(blob) // (DIMENSIONS * 2) for blob in blobs], dtype=np.int64)
        self._vectors = np.frombuffer(b"".join(blobs), dtype=np.float16).reshape(-1, DIMENSIONS)
        if len(self._vectors) <= ROWS_AT_ONCE:
            self._vectors = self._vectors.astype(np.float32)
        self._starts = np.cumsum(counts) - counts
        self._outside = np.frombuffer(outside, dtype=np.float16).reshape(-1, DIMENSIONS).astype(np.float32)
        self._weights = np.frombuffer(weights, dtype=np.float32).reshape(DIMENSIONS + 1, len(scope.CLASSES))
        self._learnt = np.frombuffer(cards, dtype=np.float32).reshape(DIMENSIONS + 1, -1)
        rows = np.repeat(self._labels_by_card, counts, axis=0)
        self._labels = np.vstack([rows, scope.outside_labels(len(self._outside))])

    @property
    def size(self) -> int:
        """How many cards are in force, tools not counted."""
        return self._is_tool.count(False)

    def facts(self) -> list[CardFacts]:
        """Return every card in force, by id."""
        rows = self._database.execute("SELECT json FROM cards ORDER BY id").fetchall()
        return [_CARD.validate_json(row[0]).facts for row in rows]

    def ordinary_words(self) -> frozenset[str]:
        """Return the lower-case words of all cards: words that are nobody's name."""
        rows = self._database.execute("SELECT json FROM cards").fetchall()
        texts = (p.text for row in rows for p in _CARD.validate_json(row[0]).passages)
        return frozenset(word for text in texts for word in re.findall(r"[^\W\d_]+", text) if word.islower())

    def card(self, slug: str) -> Card | None:
        """Return the card with that id."""
        row = self._database.execute("SELECT json FROM cards WHERE id = ?", (slug,)).fetchone()
        return _CARD.validate_json(row[0]) if row else None

    def search(
        self, query: str, *, language: str = "en", limit: int = 3, weighing: Weighing | None = None
    ) -> Retrieval:
        """Return the best cards for `query`, best first, and what the examples say of its skill."""
        weigh = weighing or Weighing()
        if self._spelling is not None and language == "en":
            query = self._spelling.mend(query)
        concepts = self.lexicon.concepts(query, language) if weigh.lexicon else ()
        content = stems(query, language)
        lexical = self._words.score([*content, *(f"§{c}" for c in concepts)]) if weigh.words else {}
        scores = np.zeros(len(self._numbers), dtype=np.float32)
        elsewhere = lexical.pop(ELSEWHERE, 0.0)
        for number, points in lexical.items():
            scores[np.searchsorted(self._numbers, number)] = points
        shares: Mapping[str, float] = self._vote(scores, elsewhere) if lexical or elsewhere else {}
        text = self._in_english(query, language, concepts)
        dense = self._encoder is not None and bool(len(self._numbers)) and weigh.meaning > 0
        if dense and text:
            meant, learnt = self._meaning(text, weigh)
            foreign = language != "en"
            words = weigh.words * (FOREIGN_WORDS if foreign else 1)
            scores = (words * scores + meant) / (words + weigh.meaning)
            shares = scope.joined(learnt, shares, foreign=foreign)
        order = [int(i) for i in np.argsort(-scores, kind="stable")[: limit + MOST_TOOLS] if scores[i] > 0]
        found = [self._found(i, float(scores[i])) for i in order if not self._is_tool[i]][:limit]
        tool = self._found(order[0], float(scores[order[0]])) if order and self._is_tool[order[0]] else None
        return Retrieval(
            found=tuple(found),
            scope=shares,
            also_useful=self._beside(found),
            dense=dense,
            content_words=len(set(content)),
            tool=tool,
        )

    def _in_english(self, query: str, language: str, concepts: Sequence[str]) -> str:
        """Return what the English model can read: the question, or the gloss of one in another language, which may be empty."""
        gloss = self.lexicon.in_english(concepts)
        if language != "en":
            return gloss
        return f"{query}, {gloss}" if gloss and len(query.split()) <= FEW else query  # an acronym alone says little

    def _meaning(self, text: str, weigh: Weighing) -> tuple[Array, dict[str, float]]:
        """Return the weighted likeness of each card, shape (cards,), and the shares of the classes."""
        assert self._encoder is not None
        windows = self._encoder.encode(_windows(text))
        near = np.concatenate(
            [
                (self._vectors[at : at + ROWS_AT_ONCE].astype(np.float32, copy=False) @ windows.T).max(axis=1)
                for at in range(0, len(self._vectors), ROWS_AT_ONCE)
            ]
        )
        vector = windows.mean(axis=0)
        vector = vector / np.linalg.norm(vector)
        meant = (
            weigh.asked * self._nearest(near)
            + weigh.title * near[self._starts + 2]
            + weigh.short * near[self._starts + 3]
            + weigh.learnt * scope.standing(vector, self._learnt, len(self._numbers))
        )
        all_near = np.concatenate([near, (self._outside @ windows.T).max(axis=1)])
        return np.maximum(meant, 0), scope.shares(vector, self._weights, all_near, self._labels)

    def _nearest(self, near: Array) -> Array:
        """Return the mean likeness of the three texts of each card that are nearest: questions, title, problem, summary."""
        ends = np.append(self._starts[1:], len(near))
        owner = np.repeat(np.arange(len(self._starts)), ends - self._starts)
        left, total = near.copy(), np.zeros(len(self._starts), dtype=np.float32)
        for _ in range(NEAREST):
            best = np.maximum.reduceat(left, self._starts)
            total += best
            left[left >= best[owner]] = GONE
        return np.asarray(total / NEAREST, dtype=np.float32)

    def _vote(self, scores: Array, elsewhere: float) -> dict[str, float]:
        """Return the shares of the classes by words alone: the best cards vote, and the best question from elsewhere."""
        best = np.argsort(-scores, kind="stable")[:VOTERS]
        votes = np.square(scores[best]) @ self._labels_by_card[best]
        votes[scope.CLASSES.index(OUT_OF_SCOPE)] += ELSEWHERE_VOTE * elsewhere**2
        total = float(votes.sum()) or 1.0
        return {name: float(v) / total for name, v in zip(scope.CLASSES, votes, strict=True)}

    def _found(self, row: int, score: float) -> Found:
        number = int(self._numbers[row])
        card = _CARD.validate_json(
            self._database.execute("SELECT json FROM cards WHERE n = ?", (number,)).fetchone()[0]
        )
        return Found(card=card.facts, passages=card.passages, score=score)

    def _beside(self, found: Sequence[Found]) -> tuple[Found, ...]:
        """Return cards that the best one points to, cases first: they complete it."""
        if not found:
            return ()
        have = {f.card.id for f in found}
        beside = [c for slug in found[0].card.see if slug not in have and (c := self.card(slug)) is not None]
        beside.sort(key=lambda c: c.facts.kind != "case")
        return tuple(Found(card=c.facts, passages=c.passages, score=0.0) for c in beside)


def _windows(text: str) -> list[str]:
    """Cut a long text into pieces of a few sentences that each keep their meaning; of a very long one, both ends."""
    if len(text.split()) <= WINDOW * 2:
        return [text]
    pieces: list[list[str]] = [[]]
    for sentence in sentences(text):
        for words in _by(sentence.split(), WINDOW * 2):
            if len(pieces[-1]) + len(words) > WINDOW and pieces[-1]:
                pieces.append([])
            pieces[-1] += words
    texts = [" ".join(words) for words in pieces]
    return texts if len(texts) <= MOST_WINDOWS else texts[: MOST_WINDOWS // 2] + texts[-MOST_WINDOWS // 2 :]


def _by(words: Sequence[str], most: int) -> list[list[str]]:
    return [list(words[at : at + most]) for at in range(0, len(words), most)]


def _load_lexicon(database: sqlite3.Connection) -> Lexicon:
    row = database.execute("SELECT value FROM meta WHERE key = 'terms'").fetchone()
    return Lexicon(terms=tuple(TypeAdapter(tuple[Term, ...]).validate_json(row[0]))) if row else Lexicon()


_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS scope (one INTEGER PRIMARY KEY CHECK (one = 1), outside BLOB, weights BLOB, cards BLOB);
CREATE TABLE IF NOT EXISTS cards (
    n INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, hash TEXT NOT NULL, skill TEXT NOT NULL, also TEXT NOT NULL,
    json TEXT NOT NULL, vectors BLOB NOT NULL);
"""


def open_index(
    layers: Sequence[Layer], cache: Path | None, *, encoder: Encoder | None = None, progress: Progress | None = None
) -> Index:
    """Return the index of `layers`, from `cache` where it is up to date, else brought up to date first.

    `cache` None builds in memory. `progress(done, all)` is called while texts are embedded.

    Raises:
        ContentError: the folder has a fault, or the cache cannot be used. What was in the cache stays as it was.
    """
    signature = _signature(layers, encoder is not None)
    vectors = cache / "vectors.sqlite3" if cache is not None else None
    cache = cache / f"format-{FORMAT}" if cache is not None else None
    try:
        if cache is not None:
            cache.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(
            cache / "cards.sqlite3" if cache else ":memory:",
            timeout=LOCKED,
            isolation_level=None,
            check_same_thread=False,
        )
        database.executescript(_TABLES)
        words = _Words(cache / "words" if cache else None)
        if _meta(database, "signature") != signature or words.size != int(_meta(database, "documents") or -1):
            _bring_up_to_date(database, words, layers, signature, encoder, progress, vectors)
    except (OSError, sqlite3.Error, ValueError) as exc:
        raise ContentError(
            f"the index in {cache} cannot be used ({exc}); make the folder writable, set 'cache' to another, or delete it"
        ) from exc
    return Index(database, words, signature, encoder)


def _meta(database: sqlite3.Connection, key: str) -> str | None:
    row = database.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def _bring_up_to_date(
    database: sqlite3.Connection,
    words: _Words,
    layers: Sequence[Layer],
    signature: str,
    encoder: Encoder | None,
    progress: Progress | None,
    vectors: Path | None,
) -> None:
    database.execute("BEGIN IMMEDIATE")
    try:
        if _meta(database, "signature") == signature and words.size == int(_meta(database, "documents") or -1):
            database.execute("ROLLBACK")
            return
        cards = read_layers(layers)
        lexicon = read_lexicon([layer.folder for layer in layers])
        terms = TypeAdapter(tuple[Term, ...]).dump_json(lexicon.terms).decode()
        mark = text_hash(f"{FORMAT}{terms}{encoder is not None}")
        anew = _meta(database, "mark") != mark or words.size != int(_meta(database, "documents") or -1)
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
                    _CARD.dump_json(card).decode(),
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


class Library:
    """The folder as the coach sees it: always the last good index, looked after while the coach runs."""

    def __init__(
        self,
        layers: Sequence[Layer],
        cache: Path | None,
        *,
        encoder: Encoder | None = None,
        progress: Progress | None = None,
        notice: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the index.

        Raises:
            ContentError: there is no good index and none can be made.
        """
        self._layers, self._cache, self._encoder = tuple(layers), cache, encoder
        self._notice, self._clock = notice, clock
        self.fault: str | None = None
        self.index = open_index(layers, cache, encoder=encoder, progress=progress)
        self._looked = clock()
        self._tried = self.index.signature

    @property
    def encoder(self) -> Encoder | None:
        """The embedding model, where it is installed."""
        return self._encoder

    async def retrieve(self, query: str, *, language: str = "en", limit: int = FEWEST_CARDS) -> Retrieval:
        """Return the best cards for `query`; a changed folder is taken up first, a faulty one is not."""
        self.look_again()
        return self.index.search(query, language=language, limit=limit)

    def look_again(self) -> None:
        """Take up a changed folder, at most every two seconds; keep the last good index if it has a fault."""
        if self._clock() - self._looked < LOOK_AGAIN:
            return
        self._looked = self._clock()
        try:
            signature = _signature(self._layers, self._encoder is not None)
            if signature == self._tried:
                return
            self._tried = signature
            self.index = open_index(self._layers, self._cache, encoder=self._encoder)
            self.fault = None
        except ContentError as exc:
            self.fault = f"the knowledge folder has a fault; the last good one is in use. {exc}"
            self._notice(self.fault)
