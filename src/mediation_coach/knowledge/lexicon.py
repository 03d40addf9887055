"""Practitioners' words and the cards' words: concepts in five languages, stems, and the language of a message."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import Stemmer
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from mediation_coach.errors import ContentError
from mediation_coach.knowledge.cards import Loader

LANGUAGE_NAMES: Mapping[str, str] = {
    "en": "english",
    "fr": "french",
    "es": "spanish",
    "ar": "arabic",
    "ru": "russian",
}
FEWEST_LETTERS = 12
SURE_ENOUGH = 0.8

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_ARABIC_MARKS = re.compile("[\u0640\u064b-\u065f\u0670]")
_LEVELLED = str.maketrans("أإآٱىؤئة’", "اااايويه'")
_WRITTEN_TOGETHER = {
    "fr": re.compile(r"^(?:[cdjlmnst]|(?:jus|lors|puis|quoi)?qu)'(?=\w{2})"),
    "ar": re.compile(r"^[وف]?(?:ال|بال|كال|لل)(?=\w{3})"),
}
_STOP = frozenset(
    "a an and are as at be been but by can could did do does for from had has have he her him his how i if in into is it its me my"
    " of on or our out she should so some than that the their them then there these they this those to us was we were what when"
    " where which who whom why will with would you your am not no just very really also about up down over"
    " le la les un une des du de et en est que qui dans pour sur au aux ce ces il elle nous vous ils se ne pas plus avec par"
    " el los las una unos del y es que en por para con se su sus lo al como más no si".split()
)


class Term(BaseModel):
    """Words and phrases that mean the same in practice, by language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    en: tuple[str, ...]
    fr: tuple[str, ...] = ()
    es: tuple[str, ...] = ()
    ar: tuple[str, ...] = ()
    ru: tuple[str, ...] = ()
    core: bool = False


class Apart(BaseModel):
    """Terms that look alike and must not be merged, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    terms: tuple[str, ...]
    why: str


class FalseFriend(BaseModel):
    """A word that means something else than its neighbour in another language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    word: str
    language: str
    means: str
    not_: str


@dataclass(frozen=True, slots=True)
class _Phrase:
    words: tuple[str, ...]
    stems: tuple[str, ...]
    term: str


_Phrases = dict[str, list[_Phrase]]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The terms of the field, ready to be found in a message."""

    terms: tuple[Term, ...] = ()
    apart: tuple[Apart, ...] = ()
    false_friends: tuple[FalseFriend, ...] = ()
    out_of_scope: tuple[str, ...] = ()
    _tables: dict[str, _Phrases] = field(default_factory=dict, compare=False, repr=False)

    @property
    def outside(self) -> tuple[tuple[str, str], ...]:
        """The example questions from elsewhere, each with its language."""
        return tuple((detect_language(text), text) for text in self.out_of_scope)

    def concepts(self, text: str, language: str) -> tuple[str, ...]:
        """Return the ids of the terms found in `text`, in order of appearance.

        The longest phrase wins; among equally long ones the one with the very words of the text (mediator and
        mediation have one stem), then the language's own before an English one.
        """
        if language not in self._tables:
            self._tables[language] = _phrases(self.terms, language)
        phrases = self._tables[language]
        words = _words(text, language)
        stemmed = stems(text, language, keep_all=True)
        found: list[str] = []
        at = 0
        while at < len(words):
            fits = [p for p in phrases.get(stemmed[at], ()) if tuple(stemmed[at : at + len(p.stems)]) == p.stems]
            if not fits:
                at += 1
                continue
            longest = [p for p in fits if len(p.stems) == len(fits[0].stems)]
            best = next((p for p in longest if tuple(words[at : at + len(p.words)]) == p.words), longest[0])
            found.append(best.term)
            at += len(best.stems)
        return tuple(dict.fromkeys(found))

    def in_english(self, concepts: Iterable[str]) -> str:
        """Return the first English words of each concept, as a rough gloss of a message in another language."""
        by_id = {term.id: term for term in self.terms}
        return ", ".join(by_id[c].en[0] for c in concepts if c in by_id)


def _phrases(terms: Sequence[Term], language: str) -> _Phrases:
    table: _Phrases = {}
    for tongue in dict.fromkeys((language, "en")):
        for term in terms:
            for phrase in getattr(term, tongue, ()):
                if stemmed := tuple(stems(phrase, tongue, keep_all=True)):
                    entry = _Phrase(tuple(_words(phrase, tongue)), stemmed, term.id)
                    table.setdefault(stemmed[0], []).append(entry)
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry.stems))
    return table


@cache
def _stemmer(language: str) -> Any:
    return Stemmer.Stemmer(LANGUAGE_NAMES.get(language, "english"))


def fold(text: str) -> str:
    """Return `text` in one spelling: compatibility forms joined, Arabic vowel marks and letter variants levelled, lower case."""
    text = _ARABIC_MARKS.sub("", unicodedata.normalize("NFKC", text))
    return text.translate(_LEVELLED).lower()


def stems(text: str, language: str = "en", *, keep_all: bool = False) -> list[str]:
    """Return the word stems of `text` in order (Snowball); small words are left out unless `keep_all`."""
    words = _words(text, language)
    if not keep_all:
        words = [w for w in words if w not in _STOP]
    return list(_stemmer(language).stemWords(words))


def _words(text: str, language: str) -> list[str]:
    """Return the words of `text`, each without the article or small word that is written together with it."""
    words = [w.removesuffix("'s") for w in _WORD.findall(fold(text))]
    together = _WRITTEN_TOGETHER.get(language)
    return [together.sub("", w) for w in words] if together else words


@cache
def _detector() -> Any:
    from lingua import Language, LanguageDetectorBuilder

    known = [getattr(Language, name.upper()) for name in LANGUAGE_NAMES.values()]
    return LanguageDetectorBuilder.from_languages(*known).with_low_accuracy_mode().build()


def detect_language(text: str, *, otherwise: str = "en") -> str:
    """Return the language of a message as one of en, fr, es, ar, ru; `otherwise` when it is too short to tell."""
    letters = [c for c in text if c.isalpha()]
    if not letters:
        return otherwise
    for low, high, language in (("\u0600", "\u06ff", "ar"), ("\u0400", "\u04ff", "ru")):
        if sum(low <= c <= high for c in letters) > len(letters) / 2:
            return language
    if len(letters) < FEWEST_LETTERS or len(text.split()) < 3:
        return otherwise
    best = _detector().compute_language_confidence_values(text[:2000])[0]
    code = {name: code for code, name in LANGUAGE_NAMES.items()}[best.language.name.lower()]
    return code if best.value >= SURE_ENOUGH or code == otherwise else otherwise


def read_lexicon(folders: Sequence[Path]) -> Lexicon:
    """Return the lexicons of all layers joined; a later layer adds to an earlier one.

    Raises:
        ContentError: a file is not valid.
    """
    terms: list[Term] = []
    apart: list[Apart] = []
    friends: list[FalseFriend] = []
    outside: list[str] = []
    for folder in folders:
        for path in sorted((folder / "lexicon").glob("*.yaml")):
            try:
                raw = yaml.load(path.read_text("utf-8"), Loader) or {}
                terms += [Term.model_validate(entry) for entry in raw.pop("terms", ())]
                apart += [Apart.model_validate(entry) for entry in raw.pop("apart", ())]
                friends += [FalseFriend.model_validate(entry) for entry in raw.pop("false_friends", ())]
                outside += [str(entry) for entry in raw.pop("out_of_scope", ())]
            except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError, AttributeError, TypeError) as exc:
                reason = str(exc).splitlines()[0]
                raise ContentError(f"{path} is not a usable lexicon ({reason}); mend it and try again") from exc
            if raw:
                raise ContentError(
                    f"{path} has unknown keys: {', '.join(map(str, raw))}; use terms, apart, false_friends, out_of_scope"
                )
    return Lexicon(tuple(terms), tuple(apart), tuple(friends), tuple(outside))
