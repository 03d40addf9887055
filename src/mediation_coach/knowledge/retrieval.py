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
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from mediation_coach.domain.composing import sentences
from mediation_coach.domain.guidance import OUT_OF_SCOPE, CardFacts, Found, Retrieval
from mediation_coach.errors import ContentError
from mediation_coach.knowledge import scope
from mediation_coach.knowledge.building import (
    CARD,
    FORMAT,
    LOCKED,
    TABLES,
    Layer,
    Progress,
    bring_up_to_date,
    meta,
    signature_of,
)
from mediation_coach.knowledge.cards import (
    Card,
)
from mediation_coach.knowledge.encoder import DIMENSIONS, Encoder
from mediation_coach.knowledge.lexicon import Lexicon, Term, stems
from mediation_coach.knowledge.spelling import Spelling
from mediation_coach.knowledge.words import ELSEWHERE, Words

Array = NDArray[np.float32]
NEAREST, GONE = 3, -2.0
ALIKE, SAME = 0.7, 4.0
ELSEWHERE_VOTE, VOTERS = 2.0, 8
FEW = 3
FOREIGN_WORDS = 4.0
FEWEST_CARDS = 3
LOOK_AGAIN = 2.0
MOST_TOOLS = 15
ROWS_AT_ONCE = 20_000
WINDOW, MOST_WINDOWS = 35, 40


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


class Index:
    """A built index. Opening one that is up to date reads nothing but the cache."""

    def __init__(self, database: sqlite3.Connection, words: Words, signature: str, encoder: Encoder | None) -> None:
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
            self._spelling = Spelling(json.loads(meta(database, "words") or "[]"), is_english=encoder.is_word)
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
        return [CARD.validate_json(row[0]).facts for row in rows]

    def ordinary_words(self) -> frozenset[str]:
        """Return the lower-case words of all cards: words that are nobody's name."""
        rows = self._database.execute("SELECT json FROM cards").fetchall()
        texts = (p.text for row in rows for p in CARD.validate_json(row[0]).passages)
        return frozenset(word for text in texts for word in re.findall(r"[^\W\d_]+", text) if word.islower())

    def passage_ids(self) -> frozenset[str]:
        """Return the id of every passage in force."""
        rows = self._database.execute("SELECT json FROM cards").fetchall()
        return frozenset(p.id for row in rows for p in CARD.validate_json(row[0]).passages)

    def card(self, slug: str) -> Card | None:
        """Return the card with that id."""
        row = self._database.execute("SELECT json FROM cards WHERE id = ?", (slug,)).fetchone()
        return CARD.validate_json(row[0]) if row else None

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
        """Return the mean likeness of the three texts of each card that are nearest: questions, title, problem, summary.

        A text that is all but the question itself counts for more than its share.
        """
        ends = np.append(self._starts[1:], len(near))
        owner = np.repeat(np.arange(len(self._starts)), ends - self._starts)
        left, total = near.copy(), np.zeros(len(self._starts), dtype=np.float32)
        first = np.maximum.reduceat(near, self._starts)
        for _ in range(NEAREST):
            best = np.maximum.reduceat(left, self._starts)
            total += best
            left[left >= best[owner]] = GONE
        return np.asarray(total / NEAREST + SAME * np.maximum(first - ALIKE, 0), dtype=np.float32)

    def _vote(self, scores: Array, elsewhere: float) -> dict[str, float]:
        """Return the shares of the classes by words alone: the best cards vote, and the best question from elsewhere."""
        best = np.argsort(-scores, kind="stable")[:VOTERS]
        votes = np.square(scores[best]) @ self._labels_by_card[best]
        votes[scope.CLASSES.index(OUT_OF_SCOPE)] += ELSEWHERE_VOTE * elsewhere**2
        total = float(votes.sum()) or 1.0
        return {name: float(v) / total for name, v in zip(scope.CLASSES, votes, strict=True)}

    def _found(self, row: int, score: float) -> Found:
        number = int(self._numbers[row])
        card = CARD.validate_json(self._database.execute("SELECT json FROM cards WHERE n = ?", (number,)).fetchone()[0])
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


def open_index(
    layers: Sequence[Layer], cache: Path | None, *, encoder: Encoder | None = None, progress: Progress | None = None
) -> Index:
    """Return the index of `layers`, from `cache` where it is up to date, else brought up to date first.

    `cache` None builds in memory. `progress(done, all)` is called while texts are embedded.

    Raises:
        ContentError: the folder has a fault, or the cache cannot be used. What was in the cache stays as it was.
    """
    signature = signature_of(layers, encoder is not None)
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
        database.executescript(TABLES)
        words = Words(cache / "words" if cache else None)
        if meta(database, "signature") != signature or words.size != int(meta(database, "documents") or -1):
            bring_up_to_date(database, words, layers, signature, encoder, progress, vectors)
    except (OSError, sqlite3.Error, ValueError) as exc:
        raise ContentError(
            f"the index in {cache} cannot be used ({exc}); make the folder writable, set 'cache' to another, or delete it"
        ) from exc
    return Index(database, words, signature, encoder)


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
            signature = signature_of(self._layers, self._encoder is not None)
            if signature == self._tried:
                return
            self._tried = signature
            self.index = open_index(self._layers, self._cache, encoder=self._encoder)
            self.fault = None
        except ContentError as exc:
            self.fault = f"the knowledge folder has a fault; the last good one is in use. {exc}"
            self._notice(self.fault)
