"""A model's draft as it comes, read line by line into claims with their marks. Pure: it judges form, never content.

The form that the prompts ask for: a heading line `## key`, then one sentence a line, each with the numbers of the passages
that carry it in square brackets. Models stray, so the reader is generous about form; about marks it is not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from mediation_coach.domain.composing import sentences

MOST_WORDS = 60
MOST_CHARACTERS = 20_000

_MARK = re.compile(r"[\[【](\^?\s*\d{1,9}(?:\s*[,;–-]\s*\^?\d{1,9})*)\s*[\]】]")
_BRACKET = re.compile(r"\s*\[(?![A-Z]+-\d+\])[^\]]*\]|\s*【[^】]*】")
_MARK_AFTER_STOP = re.compile(r"([.!?])\s*((?:[\[【][\d\s,;^–-]{1,40}[\]】]\s*)+)")
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")
_HEADING = re.compile(r"^\s*(?:#{1,6}\s*(?P<hash>.+?)\s*#*|\*\*(?P<bold>[^*]+?):?\*\*:?)\s*$")
_THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_REACHING_OUT = re.compile(
    r"https?:|www\.|\w@\w|(?:^|\s)@\w|<(?![A-Z]+-\d+>)[@!#/a-zA-Z]|\]\(|!\[|\b[\w-]+\.(?:com|org|net|io|ru|info|dev|app|co|ly)\b|javascript:|data:",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(r"[*_`~|]+")


class Fault(StrEnum):
    """Why a sentence of a draft is not shown."""

    NO_MARK = "no_mark"
    INVENTED = "invented"
    REACHES_OUT = "reaches_out"
    TOO_LONG = "too_long"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One sentence of a draft: under which heading, what it says, which passages (1, 2, …) it names."""

    heading: str
    text: str
    marks: tuple[int, ...]
    fault: Fault | None = None


class DraftReader:
    """Reads a draft as it arrives; a claim is given out once its line is whole."""

    def __init__(self, *, headings: frozenset[str], passages: int) -> None:
        """Read claims under `headings` that may name passages 1 to `passages`."""
        self._headings, self._passages = headings, passages
        self._heading = "in_short"
        self._rest = ""
        self._read = 0
        self._thinking = False

    def feed(self, text: str) -> list[Claim]:
        """Return the claims of the lines that `text` completes."""
        text = text[: max(0, MOST_CHARACTERS - self._read)]
        self._read += len(text)
        self._rest += text
        *lines, self._rest = re.split(r"\r\n|[\n\r\u2028\u2029]", self._rest)
        return [claim for line in lines for claim in self._line(line)]

    def end(self) -> list[Claim]:
        """Return the claims of the last line."""
        line, self._rest = self._rest, ""
        return list(self._line(line))

    def _line(self, line: str) -> Iterator[Claim]:
        line = self._without_thinking(clean(line))
        if heading := _HEADING.match(line):
            self._heading = _key(heading["hash"] or heading["bold"])
            return
        line = _MARK_AFTER_STOP.sub(lambda m: f" {m[2].strip()}{m[1]} ", _BULLET.sub("", line))
        for sentence in sentences(line):
            if len(sentence.split()) > 1:
                yield self._claim(sentence)

    def _without_thinking(self, line: str) -> str:
        if self._thinking:
            end = re.search(r"</think(?:ing)?>", line, re.IGNORECASE)
            if end is None:
                return ""
            self._thinking, line = False, line[end.end() :]
        open_at = re.search(r"<think(?:ing)?>", line, re.IGNORECASE)
        if open_at and not re.search(r"</think(?:ing)?>", line[open_at.end() :], re.IGNORECASE):
            self._thinking, line = True, line[: open_at.start()]
        return _THINKING.sub("", line)

    def _claim(self, sentence: str) -> Claim:
        marks = tuple(dict.fromkeys(n for found in _MARK.finditer(sentence) for n in _numbers(found[1])))
        text = plain(sentence)
        return Claim(heading=self._heading, text=text, marks=marks, fault=self._fault(sentence, text, marks))

    def _fault(self, sentence: str, text: str, marks: tuple[int, ...]) -> Fault | None:
        if reaches_out(sentence):
            return Fault.REACHES_OUT
        if not marks:
            return Fault.NO_MARK
        if any(not 1 <= n <= self._passages for n in marks):
            return Fault.INVENTED
        if self._heading not in self._headings:
            return Fault.NOT_ASKED
        return Fault.TOO_LONG if len(text.split()) > MOST_WORDS or len(text) > 600 else None


def parse(draft: str, *, headings: frozenset[str], passages: int) -> list[Claim]:
    """Return every claim of a whole draft, faulty ones included, in its order."""
    reader = DraftReader(headings=headings, passages=passages)
    return [*reader.feed(draft), *reader.end()]


def clean(text: str) -> str:
    """Return `text` without control, format and direction characters, composed; line breaks become spaces."""
    if text.isascii() and text.isprintable():
        return text
    composed = unicodedata.normalize("NFC", text)
    return "".join(" " if c in "\t\n\r" else c for c in composed if c in "\t\n\r" or unicodedata.category(c)[0] != "C")


def plain(sentence: str) -> str:
    """Return a sentence without marks, brackets and emphasis, spaces in order."""
    return " ".join(_EMPHASIS.sub("", _BRACKET.sub("", sentence)).split())


def reaches_out(text: str) -> bool:
    """Whether text holds a link, a picture, a mention or markup: nothing of the kind is shown from a model."""
    return bool(_REACHING_OUT.search(text))


def _key(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", heading.lower()).strip("_")


def _numbers(inside: str) -> Iterator[int]:
    """Return the numbers in a mark; a range of at most eight is written out, a longer one counts as its ends."""
    for piece in re.split(r"[,;]", inside.replace("^", "")):
        ends = [int(n) for n in re.findall(r"\d+", piece)]
        if len(ends) == 2 and 0 < ends[1] - ends[0] < 8:
            yield from range(ends[0], ends[1] + 1)
        else:
            yield from ends
