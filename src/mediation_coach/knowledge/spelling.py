"""Slips of the thumb: words that the folder does not know, read as the known word next to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from functools import cached_property

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract_iter

SHORTEST = 5

_WORD = re.compile(r"(?<!['’])\b[^\W\d_]+\b(?!['’])")


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """Return the words of `texts` in lower case."""
    return frozenset(word for text in texts for word in _WORD.findall(text.lower()))


class Spelling:
    """Mends words against those of the folder. Names, short words and words that are English anyway stay as they are."""

    def __init__(self, known: Collection[str], *, is_english: Callable[[str], bool]) -> None:
        """Know these words, in lower case; `is_english` tells words that are right although the folder has none of them."""
        self._known = frozenset(known)
        self._is_english = is_english

    @cached_property
    def _by_length(self) -> dict[int, list[str]]:
        table: dict[int, list[str]] = {}
        for word in sorted(self._known):
            table.setdefault(len(word), []).append(word)
        return table

    def mend(self, text: str) -> str:
        """Return `text` with each unknown word read as a known one, where just one is a slip away."""
        return _WORD.sub(lambda match: self._mended(match.group()), text)

    def _mended(self, word: str) -> str:
        """Return the known word with one letter more, one less, or two swapped; another letter would be another word."""
        if len(word) < SHORTEST or not word.islower() or word in self._known or self._is_english(word):
            return word
        near = [w for length in (len(word) - 1, len(word), len(word) + 1) for w in self._by_length.get(length, ())]
        slips = [
            w
            for w, _, _ in extract_iter(word, near, scorer=OSA.distance, score_cutoff=1)
            if w[0] == word[0]
            and (len(w) != len(word) or sorted(w) == sorted(word))
            and w.rstrip("s") != word.rstrip("s")
        ]
        return slips[0] if len(slips) == 1 else word
