"""Does the cited passage carry the sentence? Both answerers pass here before anyone sees a word.

The curated words are checked word for word (`check`). A sentence that a model wrote is weighed (`Checker`): its numbers, dates
and names must stand in the passage it cites; it must deny as often as the passage does, turn no pair such as before/after round and
not bend the passage in another way (`bending`); no clause of it may be new; most of its words must stand close together there; and
unless it is all but a quotation, the embedding must agree.
The thresholds were set on `tests/golden/support.jsonl` and measured on its other half: see docs/models.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any

import Stemmer
from numpy.typing import NDArray

from mediation_coach.answering.bending import bent, whole
from mediation_coach.domain.composing import sentences
from mediation_coach.domain.guidance import Answer, Passage, SectionKind, Statement

Encode = Callable[[Sequence[str]], NDArray[Any]]

LIKENESS = 0.8
WORDS = 0.65
WORDS_ALONE = 0.85
MEANING = 0.75
MOSTLY = 0.6
REMEMBERED = 8192


def _bare(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip().lower()


def stands_in(statement: Statement, passages: Mapping[str, Passage]) -> bool:
    """Whether every sentence of the statement stands word for word in a passage that it cites."""
    cited = [_bare(passages[p].text) for p in statement.passages if p in passages]
    return bool(cited) and all(any(_bare(s) in text for text in cited) for s in sentences(statement.text))


def check(answer: Answer, passages: Iterable[Passage]) -> Answer:
    """Return the answer without the statements that no cited passage carries; word for word, for the curated words."""
    known = {passage.id: passage for passage in passages}
    parts = tuple(
        replace(part, statements=kept)
        for part in answer.in_short
        if (kept := tuple(s for s in part.statements if stands_in(s, known)))
    )
    sections = {
        kind: kept
        for kind, statements in answer.sections.items()
        if (kept := tuple(s for s in statements if stands_in(s, known)))
    }
    return replace(answer, in_short=parts, sections=sections)


def invented(answer: Answer, known: Collection[str]) -> int:
    """Return how many of an answer's statements cite nothing, or a passage that is not in `known` (ids). It must be none."""
    return sum(not s.passages or not set(s.passages) <= set(known) for s in answer.statements())


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STOP = _words(
    """
    a about after again all also am an and any are as at be because been before being both but by can could did do does doing during each either else even ever every for
    from further get give had has have having he her here hers him his how i if in into is it its itself just let like made make makes many may me might more most much must my
    no nor not now of off on once one only or other our out over own same shall she should so some such take than that the their theirs them then there these they this those
    through to too under until up upon us use very was we were what when where which while who whom whose why will with within without would yet you your yours 's t
    """
)
_UP_TO_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
    " nineteen twenty"
)
_TENS = "30/thirty 40/forty 50/fifty 60/sixty 70/seventy 80/eighty 90/ninety 100/hundred 1000/thousand 1000000/million"
_NUMBER_WORDS = {word: str(n) for n, word in enumerate(re.split(" ", _UP_TO_TWENTY))} | {
    pair.split("/")[1]: pair.split("/")[0] for pair in _words(_TENS)
}
_SMALL = frozenset({"zero", "one"})
_MONTHS = _words(
    "january february march april june july august september october november december"
    " monday tuesday wednesday thursday friday saturday sunday"
)
_SPANS = frozenset(
    {"minute", "hour", "day", "week", "month", "year", "daily", "weekly", "monthly", "yearly", "tomorrow", "tonight"}
)
_DENIALS = _words(
    "rather instead not no never none nobody nothing neither nor without avoid avoids refuse refuses cannot can't don't doesn't didn't won't"
    " isn't aren't shouldn't"
)
_PAIRS = tuple(
    tuple(frozenset(side.split("|")) for side in pair.split("/"))
    for pair in sorted(
        _words(
            """
            before/after always/never more/less|fewer first/last increase/reduce|decrease raise/lower accept/reject|refuse
            public|publicly|openly/secret|secretly|private|privately|quietly early/late start|begin/stop|end all/none
            everyone|everybody/nobody|noone allow/forbid|ban include/exclude inside/outside strong|stronger/weak|weaker
            keep/drop|remove|abandon fast|quickly/slow|slowly alone/together win/lose|loses safe/unsafe|dangerous
            open/closed one/both short/long same/different must/may attack/protect immediately|once/later|stages
            above/below maximum/minimum most/least success/failure trust/distrust sign/tear hide/show|reveal joint/separate
            """
        )
    )
)
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+(?:[.,:]\d+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What the words alone say: a fault, or the share of the sentence's words that stand close together, and where."""

    fault: str = ""
    words: float = 0.0
    best: str = ""
    passages: tuple[str, ...] = ()


def tokens(text: str) -> list[str]:
    """Return the words and numbers of a text in lower case; digits of every script are read alike."""
    if not text.isascii():
        folded = unicodedata.normalize("NFKC", text).replace("’", "'")
        text = "".join(str(unicodedata.digit(c)) if c.isdigit() and not c.isascii() else c for c in folded)
    found = _TOKEN.findall(text.lower())
    return [t.removesuffix("'s") for t in found]


def numbers(text: str) -> frozenset[str]:
    """Return numbers as digits, months and spans of time of a text, "3 week" also as one; "one" and "zero" are too common to count."""
    found: set[str] = set()
    last = ""
    for token in tokens(text):
        span = token.removesuffix("s")
        if span in _MONTHS or span in _SPANS:
            found |= {span, f"{last} {span}".strip()}
        last = re.sub(r"[,:](?=\d{3}\b)", "", token) if token[0].isdigit() else _NUMBER_WORDS.get(token, "")
        if last and token not in _SMALL:
            found.add(last)
    return frozenset(found)


def _counted(text: str) -> Counter[str]:
    """Return how often each number stands in a text: the same number twice is two facts."""
    read = (re.sub(r"[,:](?=\d{3}\b)", "", t) if t[0].isdigit() else _NUMBER_WORDS.get(t, "") for t in tokens(text))
    return Counter(number for number in read if number and number not in ("0", "1"))


_SUBJECT = re.compile(
    r"\W*([^\W\d_][\w'’-]*)\s+(?:and|has|had|have|is|was|were|will|would|can|could|did|does|may|might|must|should|said|says|\w+ed)\b"
)


def names(text: str) -> frozenset[str]:
    """Return the capitalised words of a sentence, in lower case; the first word only where it acts as a name does."""
    found: set[str] = set()
    if subject := _SUBJECT.match(text):
        found.update(tokens(subject[1]))
    for match in re.finditer(r"[^\W\d_][\w'’-]*", text):
        word = match[0]
        first = not re.search(r"\w", text[: match.start()]) or bool(
            re.search(r"[.!?:]\s*[\"'“‘(]*$", text[: match.start()])
        )
        if word != "I" and (any(c.isupper() for c in word[1:]) or (word[0].isupper() and not first)):
            found.update(tokens(word))
    return frozenset(found) - _STOP


def _first_word(text: str) -> str:
    found = tokens(text)
    return found[0] if found else ""


def _denials(text: str) -> int:
    return sum(t in _DENIALS or t.endswith("n't") for t in tokens(text))


def _turned(sentence: str, source: str) -> bool:
    """Whether the sentence uses one side of a pair where the source has only the other."""
    said, there = set(tokens(sentence)), set(tokens(source))
    return any(_only(a, b, said, there) or _only(b, a, said, there) for a, b in _PAIRS)


def _only(one: frozenset[str], other: frozenset[str], said: set[str], there: set[str]) -> bool:
    return bool(said & one and not there & one and there & other)


def _lines_with(text: str, passage: Passage) -> str:
    """Return the lines of a passage that a piece of text was taken from, whole."""
    return "\n".join(str(line) for line in passage.lines if any(s in text for s in sentences(str(line))))


def _without(sentence: str, addressed: Collection[str]) -> str:
    for name in sorted(addressed, key=len, reverse=True):
        sentence = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "", sentence, flags=re.IGNORECASE)
    return " ".join(sentence.split())


_CLAUSE = re.compile(r"[,;:]|\b(?:and|but|or|then|while|because|so|which|that)\b", re.IGNORECASE)


def _number_stem(word: str) -> str:
    return _NUMBER_WORDS.get(word, word)


class Checker:
    """Weighs a model's sentences against the passages they cite. One for the whole house: it remembers what it has encoded."""

    def __init__(self, encode: Encode | None = None, *, ordinary: Iterable[str] = ()) -> None:
        """Ask `encode` for unit vectors where words alone do not decide; without it, words alone must do.

        `ordinary` are lower-case words that are nobody's name. Where they are given, any other word that the passages
        do not have is taken for a name, however it is written.
        """
        self._encode = encode
        self._stem = Stemmer.Stemmer("english")
        self._ordinary = frozenset(self._stem.stemWord(t) for word in ordinary for t in tokens(word))
        self._stems: OrderedDict[str, frozenset[str]] = OrderedDict()
        self._vectors: OrderedDict[str, NDArray[Any]] = OrderedDict()

    def carried(
        self, sentence: str, cited: Sequence[Passage], *, addressed: Collection[str] = ()
    ) -> tuple[tuple[str, ...], str]:
        """Return the ids of the passages that carry the sentence, or none and the reason in a word.

        `addressed` are people and groups that the asker named: advice may speak of them, a case may not.
        """
        weighed = self.weigh(sentence, cited, addressed=addressed)
        if weighed.fault:
            return (), weighed.fault
        if weighed.words < (WORDS if self._encode else WORDS_ALONE):
            return (), "words"
        if self._encode is None or self._quotes(sentence, weighed.best):
            return weighed.passages, ""
        near = self._nearness(_without(sentence, addressed), weighed.best)
        return (weighed.passages, "") if near >= MEANING else ((), "meaning")

    def weigh(self, sentence: str, cited: Sequence[Passage], *, addressed: Collection[str] = ()) -> Weighed:
        """Return what the words alone say of a sentence and the passages it cites. Pure but for what it remembers."""
        general = not any(p.kind is SectionKind.CASE for p in cited)
        named = frozenset(t for name in addressed for t in tokens(name)) - _STOP
        theirs = named if general else frozenset()
        there = "\n".join(f"{p.card.title}\n{p.text}" for p in cited)
        if not numbers(sentence) <= numbers(there):
            return Weighed(fault="number")
        unknown = self._unknown(sentence) if self._ordinary else frozenset()
        if not self._named(names(sentence) | (named & set(tokens(sentence))) | unknown, there, theirs):
            return Weighed(fault="name")
        words = self._content(sentence) - {self._stem.stemWord(t) for t in theirs}
        if len(words) < 2:
            return Weighed(fault="empty")
        return self._closest(sentence, words, cited)

    def _unknown(self, sentence: str) -> frozenset[str]:
        """Return the words that stand nowhere in the library in lower case."""
        return frozenset(
            t
            for t in tokens(sentence)
            if t not in _STOP
            and t not in _NUMBER_WORDS
            and not t[0].isdigit()
            and self._stem.stemWord(t) not in self._ordinary
        )

    def _named(self, said: frozenset[str], there: str, theirs: frozenset[str]) -> bool:
        present = frozenset(tokens(there)) | theirs
        stems = {self._stem.stemWord(t) for t in present}
        return all(name in present or self._stem.stemWord(name) in stems for name in said)

    def _closest(self, sentence: str, words: frozenset[str], cited: Sequence[Passage]) -> Weighed:
        """Find the sentence, or two neighbours, or one from each of two passages, that holds most of the words."""
        windows: list[tuple[float, int, str, tuple[str, ...]]] = []
        singles: list[tuple[float, str, str]] = []
        for passage in cited:
            lines = [(n, s) for n, line in enumerate(passage.lines) for s in sentences(str(line))]
            best = max(((self._share(words, s), s) for _, s in lines), default=(0.0, ""))
            singles.append((*best, passage.id))
            windows.append((best[0], -1, best[1], (passage.id,)))
            pairs = (f"{a} {b}" if m == n else f"{a}\n{b}" for (m, a), (n, b) in pairwise(lines))
            windows += [(self._share(words, pair), -2, pair, (passage.id,)) for pair in pairs]
        for (_, one, first), (_, two, second) in ((a, b) for i, a in enumerate(singles) for b in singles[i + 1 :]):
            windows.append((self._share(words, f"{one}\n{two}"), -3, f"{one}\n{two}", (first, second)))
        share, _, best_text, ids = max(windows, default=(0.0, 0, "", ()))
        there = "\n".join(f"{p.card.title}\n{_lines_with(best_text, p)}" for p in cited if p.id in ids)
        fits = numbers(sentence) <= numbers(there) and _counted(sentence) <= _counted(there)
        fault = "" if fits else "number"
        if not fault and not whole(sentence, best_text):
            added = "added" if self._adds(sentence, words, best_text) else ""
            fault = added or self._contradicts(sentence, words, best_text)
        return Weighed(fault=fault, words=share, best=best_text, passages=ids)

    def _adds(self, sentence: str, words: frozenset[str], source: str) -> bool:
        """Whether a clause is mostly new, or more than two new words follow each other: a true sentence with a tail of its own.

        A clause that shares nothing with the main sentence of the source must be more than half in the one beside it. A word
        counts as often as the source has it: what is said again in a tail is new there.
        """
        left = Counter(_number_stem(w) for w in self._in_order(source))
        main = self._content(max(sentences(source), key=lambda s: self._share(words, s), default=""))
        for clause in _CLAUSE.split(sentence):
            said = [self._stem.stemWord(t) for t in tokens(clause) if t not in _STOP]
            new = [w in words and left[_number_stem(w)] <= 0 for w in said]
            left.subtract(map(_number_stem, said))
            apart = any(new) and not any(w in main for w in said)
            mostly = sum(new) * 2 >= len(new) if apart else sum(new) * 2 > len(new)
            if mostly or any(all(new[i : i + 3]) for i in range(len(new) - 2)):
                return True
        return False

    def _quotes(self, sentence: str, source: str) -> bool:
        """Whether the sentence is the source's words in the source's order, give or take a few."""
        said, there = (self._in_order(t) for t in (sentence, source))
        return SequenceMatcher(None, said, there, autojunk=False).ratio() >= LIKENESS

    def _in_order(self, text: str) -> list[str]:
        return [self._stem.stemWord(t) for t in tokens(text) if t not in _STOP]

    def _contradicts(self, sentence: str, words: frozenset[str], source: str) -> str:
        """Return a word for how the sentence says something else than what it was taken from, or nothing."""
        clauses = [c for s in sentences(source) for c in s.split(";")]
        near = max(clauses, key=lambda c: self._share(words, c), default="")
        parts = (
            [near]
            if self._share(words, near) >= MOSTLY
            else [c for c in clauses if self._share(words, c) >= 0.25] or [source]
        )
        if _denials(sentence) not in {
            _denials(" ".join(parts)),
            _denials(" ".join(s for s in sentences(source) if near in s)),
            _denials(source),
        }:
            return "denial"
        return "turned" if _turned(sentence, " ".join(parts)) else bent(sentence, source, _STOP)

    def _share(self, words: frozenset[str], text: str) -> float:
        return len(words & self._content(text)) / len(words)

    def _content(self, text: str) -> frozenset[str]:
        kept = self._stems.get(text)
        if kept is None:
            kept = frozenset(self._stem.stemWord(_NUMBER_WORDS.get(t, t)) for t in tokens(text) if t not in _STOP)
            _remember(self._stems, text, kept)
        return kept

    def _nearness(self, sentence: str, source: str) -> float:
        """Return the cosine of two texts. What was encoded is remembered; a sentence takes a few milliseconds."""
        have = {t: self._vectors[t] for t in (sentence, source) if t in self._vectors}
        missing = [t for t in dict.fromkeys((sentence, source)) if t not in have]
        if missing and self._encode is not None:
            for text, row in zip(missing, self._encode(missing), strict=True):
                have[text] = row
                _remember(self._vectors, text, row)
        return float(have[sentence] @ have[source])


def _remember(kept: OrderedDict[str, Any], key: str, value: Any) -> None:
    kept[key] = value
    while len(kept) > REMEMBERED:
        kept.popitem(last=False)
