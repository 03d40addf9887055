"""Is a sentence its source bent: the same words, made to say something else? Pure, and without a model.

Words that carry how sure, how much, how often, whether and why ("may", "most", "not", "if", "because") are few, so they can be
followed: each must stand beside the same words in both. What stands in the opposite order, and comparisons that the source does
not make, are bent as well. Everything here reads English and knows no grammar: it is a net, not a proof.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import Stemmer

from mediation_coach.domain.composing import sentences

REACH = 3


def _kinds(text: str) -> dict[str, str]:
    """Return the kind of each marked word: one kind a line, its name first."""
    return {word: kind for line in text.strip().splitlines() for kind, *words in [line.split()] for word in words}


_MARKS = _kinds(
    """
    denial not no never none nobody nothing neither nor without rather instead avoid avoids cannot can't don't doesn't didn't won't isn't aren't wasn't weren't shouldn't
    perhaps may might can could able perhaps possibly possible maybe likely unlikely
    duty must shall obliged required
    any any anyone anybody anything
    single one
    whole all every each everyone everybody everything always both entire entirely whole wholly whoever whatever
    mostly most mostly usually generally majority typically
    many many often much frequently
    some some several sometimes few occasionally partly half
    rarely rarely seldom hardly
    only only solely exclusively
    before before until
    after after afterwards since
    cause because so therefore thus hence consequently cause causes caused lead leads led result results resulted due why
    condition if unless until when whenever provided
    """
)
_HEDGES = frozenset({"denial", "perhaps", "mostly", "many", "some", "rarely", "only"})
_MEASURED = _HEDGES | {"duty", "whole", "any", "before", "after"}
_FAULTS = {"denial": "denial", "perhaps": "certainty", "duty": "certainty", "before": "order", "after": "order"}
_MORE = frozenset("more less fewer better worse best worst most least further farther".split())
_GRADED = (
    "safe strong weak fast slow large small high low long short early late easy hard near cheap dear rich poor big great close soon"
    " old new young wide narrow quick calm harsh strict soft loud quiet hot cold heavy light broad deep full clear brave dark few tough"
)
_GRADES = {
    form + end
    for word in _GRADED.split()
    for form in (word, word.removesuffix("e"), word.removesuffix("y") + "i", word + word[-1])
    for end in ("er", "est")
} - set(_GRADED.split())
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+(?:[.,:]\d+)*|[,;:.!?]")
_STOPS = frozenset(",;:.!?")
_CLAUSES = frozenset({"cause", "condition", "before"})
_HINGES = frozenset("against at between by for from in into of on over than to under who whom with".split())

_stemmer = Stemmer.Stemmer("english")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """A marked word: its kind, the content words that follow it (their stems), and whether a break comes first."""

    kind: str
    at: int
    next: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A text as it is compared: words and stops in order, stems of content words (or "") beside them, and the marks."""

    words: tuple[str, ...]
    stems: tuple[str, ...]
    marks: tuple[_Mark, ...]
    count: Counter[str]

    def kinds(self) -> frozenset[str]:
        return frozenset(mark.kind for mark in self.marks)

    def has(self, kind: str, stem: str) -> bool:
        """Whether a mark of that kind stands shortly before the word."""
        return any(mark.kind == kind and stem in mark.next for mark in self.marks)


def bent(sentence: str, source: str, stop: frozenset[str]) -> str:
    """Return how `sentence` bends `source` in a word, or nothing. `stop` are the words without content."""
    said, there = _read(sentence, stop), _read(source, stop)
    return (
        _marks_moved(said, there)
        or _compared(said, there)
        or ("order" if any(_reversed(said, _read(s, stop)) for s in sentences(source)) else "")
        or ("cause" if _joined(said, source, stop) else "")
        or ("condition" if _unconditional(said, source, stop) else "")
    )


def whole(sentence: str, source: str) -> bool:
    """Whether the sentence is one of the source's own, or several in a row: such a one is never bent."""
    return _bare(sentence) in _wholes(source)


def _bare(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip().lower()


@lru_cache(maxsize=4096)
def _wholes(source: str) -> frozenset[str]:
    """Return every run of whole sentences of a source, with and without a label before the first."""
    each = sentences(source)
    runs = [" ".join(each[a:b]) for a in range(len(each)) for b in range(a + 1, len(each) + 1)]
    return frozenset(_bare(run) for text in runs for run in (text, text.partition(": ")[2] or text))


@lru_cache(maxsize=8192)
def _read(text: str, stop: frozenset[str]) -> _Read:
    words = tuple(w.replace("’", "'").removesuffix("'s") for w in _WORD.findall(text.lower()))
    stems = tuple("" if w in _STOPS or w in stop or w in _MARKS else _stemmer.stemWord(w) for w in words)
    marks = tuple(
        _Mark(kind=_MARKS[w], at=n, next=_beside(words, stems, n)) for n, w in enumerate(words) if w in _MARKS
    )
    return _Read(words=words, stems=stems, marks=marks, count=Counter(s for s in stems if s))


def _beside(words: Sequence[str], stems: Sequence[str], at: int) -> tuple[str, ...]:
    """Return the next few content words of the same clause; "only" may also stand behind its word."""
    found: list[str] = []
    for word, stem in zip(words[at + 1 :], stems[at + 1 :], strict=True):
        if word in _STOPS or _MARKS.get(word) in _CLAUSES or len(found) == REACH:
            break
        if stem:
            found.append(stem)
    if not found and _MARKS[words[at]] == "only":
        found = [stem for stem in stems[max(0, at - 1) : at] if stem]
    return tuple(found)


def _marks_moved(said: _Read, there: _Read) -> str:
    """Return what is wrong where a mark was added, lost, or put before another word."""
    for mark in said.marks:
        if mark.kind in _MEASURED and not _has_it(mark, said, there):
            return _FAULTS.get(mark.kind, "amount")
    for mark in there.marks:
        first = mark.next[0] if mark.next else ""
        kept = any(said.has(mark.kind, stem) for stem in mark.next)
        asked = mark.kind in _HEDGES or (mark.kind == "whole" and said.has("single", first))
        if asked and first in said.count and there.count[first] == 1 and not kept:
            return _FAULTS.get(mark.kind, "amount")
    return ""


def _has_it(mark: _Mark, said: _Read, there: _Read) -> bool:
    """Whether the source has the mark of a sentence beside the same words."""
    kinds = there.kinds()
    if said.words[mark.at] == "both" or (mark.kind == "perhaps" and "if" in {*there.words} - {*said.words}):
        return True  # "both ... and" says nothing new; what "may" be is what is so under a condition
    if mark.kind in ("before", "after") and _in_order(mark, said, there):
        return True
    if mark.kind not in kinds:
        return False
    near = mark.next[:1] if mark.kind == "denial" else mark.next
    known = [stem for stem in near if stem in there.count]
    unsaid = any(other.kind == mark.kind and not other.next for other in there.marks)
    return not known or unsaid or any(there.has(mark.kind, stem) for stem in known)


def _in_order(mark: _Mark, said: _Read, there: _Read) -> bool:
    """Whether what the sentence puts before (or after) something stands before (after) it in the source too."""
    one = next((s for s in reversed(said.stems[: mark.at]) if s in there.count), "")
    other = next((s for s in mark.next if s in there.count), "")
    if not (one and other) or there.kinds() & {"before", "after"} - {mark.kind}:
        return False
    first, second = (there.stems.index(s) for s in (one, other))
    return first < second if mark.kind == "before" else first > second


def _compared(said: _Read, there: _Read) -> str:
    """Return "comparison" where the sentence compares and the source does not, or with another word."""
    graded = {w for w in said.words if w in _MORE or w in _GRADES}
    return "" if graded <= set(there.words) else "comparison"


def _reversed(said: _Read, there: _Read) -> bool:
    """Whether three words stand in the opposite order: a part moved to the front leaves none, two that changed places do."""
    more, less = said.count - there.count, there.count - said.count
    if any(stem in there.count for stem in more) and any(stem in said.count for stem in less):
        return True  # a word stands where the source has another
    mine, theirs = _placed(said, there), _placed(there, said)
    places = [theirs[w] for w in mine]
    longest = [1] * len(places)
    for n, place in enumerate(places):
        longest[n] += max((longest[m] for m in range(n) if places[m] > place), default=0)
    return max(longest, default=0) >= 3


def _placed(read: _Read, other: _Read) -> dict[tuple[str, int], int]:
    """Return the places of the content words that both have equally often, and of hinges and marks that stand once."""
    mine, theirs = _keys(read), Counter(_keys(other))
    count, seen = Counter(mine), Counter[str]()
    found: dict[tuple[str, int], int] = {}
    for n, key in enumerate(mine):
        seen[key] += 1
        hinge = count[key] == 1 and (key in _HINGES or key in _MARKS)
        if count[key] == theirs[key] and (read.stems[n] or hinge):
            found[key, seen[key]] = n
    return found


def _keys(read: _Read) -> list[str]:
    return [stem or word for word, stem in zip(read.words, read.stems, strict=True)]


def _joined(said: _Read, source: str, stop: frozenset[str]) -> bool:
    """Whether the sentence gives a reason that no sentence of the source gives for the same thing."""
    ours = [[_read(s, stop) for s in sentences(line)] for line in source.splitlines()]
    for mark in said.marks:
        ends = {end for end in _ends(said, mark.at) if end}
        if mark.kind == "cause" and not any(_gives(line, ends) for line in ours):
            return True
    return False


def _gives(line: Sequence[_Read], ends: set[str]) -> bool:
    """Whether one sentence gives this reason, or two neighbours of one line say the two things one after the other."""
    if any("cause" in read.kinds() and ends <= set(read.count) for read in line):
        return True
    return any(ends <= {*a.count, *b.count} and not ends <= set(a.count) for a, b in pairwise(line))


def _ends(said: _Read, at: int) -> Iterator[str]:
    """Return the content words around a reason: the one before and the one after, or what the comma parts."""
    before = next((s for s in reversed(said.stems[:at]) if s), "")
    yield next((s for s in said.stems[at + 1 :] if s), "")
    if before:
        yield before
    elif "," in said.words[at:]:
        comma = said.words.index(",", at)
        yield next((s for s in said.stems[comma:] if s), "")


def _unconditional(said: _Read, source: str, stop: frozenset[str]) -> bool:
    """Whether the sentence says without its condition what the source says only under one."""
    hedged = Counter(mark.kind for mark in said.marks)["perhaps"]
    if "condition" in said.kinds() or hedged > Counter(mark.kind for mark in _read(source, stop).marks)["perhaps"]:
        return False  # what "may" be says of itself that it depends
    mine = set(said.count)
    for text in sentences(source):
        read = _read(text, stop)
        for mark in (m for m in read.marks if m.kind == "condition"):
            end = next((n for n in range(mark.at + 1, len(read.words)) if read.words[n] in ",;:.!?"), len(read.words))
            condition = {s for s in read.stems[mark.at : end] if s}
            rest = {s for s in (*read.stems[: mark.at], *read.stems[end:]) if s} - condition
            if condition and len(mine & rest) >= 0.6 * len(mine) and len(mine & condition) * 3 < len(condition):
                return True
    return False
