"""The lexical side of the index: tantivy's BM25 over stems and concepts, as a share of what a question could reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import tantivy

from mediation_coach.knowledge.cards import Card
from mediation_coach.knowledge.lexicon import Lexicon, stems

ELSEWHERE = -1
BODY, BODY_WORTH = 0.6, 1.6
K1_PLUS_1 = 2.2
COMMON = 0.35
MOST_WORDS = 48
DEPTH = 60


class Words:
    """The lexical side: one document for a card's head, one for each section."""

    def __init__(self, folder: Path | None) -> None:
        """Open the index in `folder`, or one in memory."""
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
        """Take cards out by number and put new ones in; with `anew`, begin from nothing."""
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
        """How many documents there are."""
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
