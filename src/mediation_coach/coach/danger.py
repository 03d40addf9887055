"""Is someone in danger? Signs are read from a message and weighed together; metaphors and questions of method weigh against.

Three readings, from the plainest to the finest: a table of signs that mean danger wherever they stand together; weights for all signs,
learnt from messages of our own (scripts/danger); and, where the embedding model is installed, the same with a sense of the whole
sentence (`Sense`, a plain function from another room). Pure and quick; nothing is kept.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from importlib.resources import files

from mediation_coach.coach import signs_ar, signs_en, signs_es, signs_fr, signs_ru
from mediation_coach.coach.signs import Sign, fold


class Alarm(StrEnum):
    """How a message bears on someone's safety."""

    NONE = "none"
    EMERGENCY = "emergency"
    SELF_HARM = "self_harm"
    AMBIGUOUS = "ambiguous"


Sense = Callable[[str], tuple[float, float, float]]
"""Says how calm, how alarming and how unclear the whole of a message sounds; three numbers to add to the weights of its signs."""

S = Sign
Signs = frozenset[Sign]

RULES: Sequence[Sequence[Sequence[Sign]]] = (
    ((S.DEVICE,), (S.LOST,), (S.CONFIDED,), (S.SOURCE, S.CONFIDED)),
    ((S.SOURCE,), (S.EXPOSED,)),
    ((S.BODY,), (S.SELF, S.CLOSE, S.SOMEONE)),
    ((S.TAKEN,), (S.CLOSE, S.SOMEONE, S.SELF), (S.FORCE, S.SILENT)),
    ((S.SILENT,), (S.LATE,), (S.CLOSE, S.SOMEONE)),
    ((S.FOLLOWED,), (S.SELF, S.CLOSE)),
    ((S.LINGERS,), (S.WATCHER,), (S.AGAIN,), (S.HOME, S.NEAR)),
    ((S.KNOWS,), (S.HOME,), (S.SELF, S.CLOSE)),
    ((S.VIOLENCE,), (S.FORETOLD,), (S.SELF, S.CLOSE)),
    ((S.VIOLENCE,), (S.SOON,), (S.FORETOLD,)),
    ((S.WEAPON,), (S.ARMED, S.SELF), (S.NEAR,)),
    ((S.WEAPON,), (S.NAMED,)),
    ((S.ARMED,), (S.NEAR,), (S.SHELTER,)),
    ((S.FIRE,), (S.SHELTER,)),
    ((S.FIRE,), (S.NEAR,), (S.SOON,), (S.SELF,)),
    ((S.ASSAULT,), (S.SELF, S.CLOSE, S.SOMEONE)),
    ((S.UNWANTED,), (S.ROOM,), (S.SELF,)),
    ((S.NAMED,), (S.FORETOLD, S.NEAR, S.ARMED)),
    ((S.OMEN,), (S.FORETOLD, S.NAMED, S.HOME), (S.SELF, S.CLOSE, S.SOMEONE)),
    ((S.DRAWN,), (S.SELF, S.CLOSE, S.SOMEONE, S.NEAR)),
)
"""What means danger where it stands together: one sign of every group."""

HARD: Signs = frozenset(
    (
        S.FOLLOWED,
        S.LINGERS,
        S.KNOWS,
        S.VIOLENCE,
        S.WEAPON,
        S.DRAWN,
        S.FIRE,
        S.SHELTER,
        S.TAKEN,
        S.SILENT,
        S.BODY,
        S.ASSAULT,
        S.LOST,
    )
) | frozenset(
    (
        S.UNWANTED,
        S.EXPOSED,
        S.NAMED,
        S.DESPAIR,
        S.WORN,
        S.MENACE,
        S.TARGET,
        S.OMEN,
        S.MARKED,
        S.CLOSING_IN,
        S.LOSS,
        S.MISSING_SHELTER,
    )
)
"""Signs of which one must be there before anyone is asked whether there is danger."""
HARD_ALONE = HARD | {S.WATCHER}
"""Signs of which one must be there before words alone raise an alarm."""

_MILD: Signs = frozenset(
    (
        S.METHOD,
        S.PROCESS,
        S.PRESS,
        S.PAST,
        S.IMAGE,
        S.LEAVING,
        S.SELF,
        S.SOMEONE,
        S.PLACE,
        S.HELP,
        S.ARMED,
        S.FORCE,
        S.FORETOLD,
    )
)
_QUIET: Signs = frozenset((S.METHOD, S.IMAGE, S.PAST, S.LEAVING))
_OF_WORDS = frozenset((8, 9))
"""The rules of violence foretold, which texts, talks and the press meet in figures of speech."""

FEATURES: tuple[str, ...] = (
    *(sign.name for sign in Sign),
    *(f"rule {number}" for number in range(len(RULES))),
    "any rule",
    "asks",
    "asks for a method",
    "very short",
    "short",
    "long",
    "how many signs",
    "always",
)

PLAINLY, SAID, HINTED, HEARD, WORDS_ALONE, FELT = 0.05, 0.1, 0.18, 0.3, 0.36, 0.55
UNCLEAR, UNCLEAR_ALONE = 0.25, 0.4
"""How likely danger must be: where a rule is met, before the sense is asked, by words alone, with the sense; and to ask."""

LONG, WINDOW, CLOSE, SURE, CLOSELY = 60, 3, 2, 0.5, 0.25
"""From so many words on a message is read in windows of so many sentences, where danger must be so likely; where so
few meet a rule, a smaller chance is enough."""

_SENTENCE = re.compile(r"(?<=[.!?؟…\n])\s+")


def _compiled(sign: Sign) -> re.Pattern[str]:
    whole = "|".join(table.WORDS[sign] for table in (signs_en, signs_fr, signs_es) if sign in table.WORDS)
    russian = signs_ru.WORDS[sign].replace("ё", "е")
    return re.compile(
        rf"(?<!\w)(?:(?:{whole})(?!\w)|(?:{russian})|(?:[وف]?(?:[بلك]?ال|لل|[بلكس])?)(?:{fold(signs_ar.WORDS[sign])}))"
    )


_PATTERNS: Mapping[Sign, re.Pattern[str]] = {sign: _compiled(sign) for sign in Sign}


def signs_in(text: str) -> Signs:
    """Return the signs that occur in a message."""
    folded = fold(text)
    return frozenset(sign for sign, pattern in _PATTERNS.items() if pattern.search(folded))


def rules_met(signs: Signs) -> list[int]:
    """Return the numbers of the rules that these signs meet."""
    return [number for number, rule in enumerate(RULES) if all(any(sign in signs for sign in group) for group in rule)]


def features(signs: Signs, *, asks: bool, words: int) -> list[float]:
    """Return a message in numbers, in the order of `FEATURES`."""
    met = set(rules_met(signs))
    return [
        *(float(sign in signs) for sign in Sign),
        *(float(number in met) for number in range(len(RULES))),
        float(bool(met)),
        float(asks),
        float(asks and S.METHOD in signs),
        float(words <= 6),
        float(words <= 10),
        float(words > 40),
        len(signs - _MILD) / 6,
        1.0,
    ]


@cache
def _weights(name: str) -> tuple[tuple[float, float, float], ...]:
    table = json.loads(files(__package__).joinpath("danger.json").read_text("utf-8"))[name]
    return tuple((calm, alarming, unclear) for calm, alarming, unclear in (table[feature] for feature in FEATURES))


def chances(signs: Signs, *, asks: bool, words: int, sense: tuple[float, float, float] | None) -> tuple[float, float]:
    """Return how likely the message means danger, and how likely it is unclear; each between 0 and 1."""
    weights = _weights("alone" if sense is None else "with_sense")
    scores = list(sense or (0.0, 0.0, 0.0))
    for value, row in zip(features(signs, asks=asks, words=words), weights, strict=True):
        if value:
            scores = [score + value * weight for score, weight in zip(scores, row, strict=True)]
    powers = [math.exp(score - max(scores)) for score in scores]
    return powers[1] / sum(powers), powers[2] / sum(powers)


def alarm_of(text: str, sense: Sense | None = None) -> Alarm:
    """Return what `text` means for someone's safety; a long message is read in windows of a few sentences."""
    if len(text.split()) > LONG:
        wide = [_alarm(window, None, SURE) for window in _windows(text, WINDOW)]
        close = [_met_closely(window) for window in _windows(text, CLOSE)]
        return max([*wide, *close], key=_WORST.index)
    return _alarm(text, sense, 0.0)


_WORST = (Alarm.NONE, Alarm.AMBIGUOUS, Alarm.EMERGENCY, Alarm.SELF_HARM)


def _alarm(text: str, sense: Sense | None, enough: float) -> Alarm:
    """Weigh the signs of a message; where the sense of the whole sentence is known, it must not speak against them."""
    signs = signs_in(text)
    asks, words = "?" in text or "؟" in text, len(text.split())
    plainly = enough < SURE and _plainly(signs, asks)
    danger, unclear = chances(signs, asks=asks, words=words, sense=None)
    if danger > HINTED and (S.DESPAIR in signs or {S.WORN, S.WHOLE} <= signs):
        return Alarm.SELF_HARM
    if sense is not None and danger > PLAINLY:
        felt, unclear = chances(signs, asks=asks, words=words, sense=sense(text))
        alarming = (plainly and danger > SAID and felt > SAID) or (felt > FELT and danger > HEARD)
    else:
        alarming = (plainly and danger > PLAINLY) or (bool(signs & HARD_ALONE) and danger > max(enough, WORDS_ALONE))
    if alarming and danger >= unclear:
        return Alarm.EMERGENCY
    short = 1 < words <= LONG // 3 and not asks and enough < SURE
    sure = UNCLEAR if sense is not None else UNCLEAR_ALONE
    return Alarm.AMBIGUOUS if short and signs & HARD and unclear > sure else Alarm.NONE


def _plainly(signs: Signs, asks: bool) -> bool:
    """Whether a rule is met, and nothing speaks for a figure of speech or a question of method."""
    met = set(rules_met(signs)) - (_OF_WORDS if signs & {S.PROCESS, S.PRESS} else set())
    return bool(met) and not asks and not signs & _QUIET


def _met_closely(text: str) -> Alarm:
    """Return an alarm where the few sentences of a window meet a rule; boring neighbours do not weigh against it."""
    signs, asks = signs_in(text), "?" in text or "؟" in text
    danger, _ = chances(signs, asks=asks, words=len(text.split()), sense=None)
    return Alarm.EMERGENCY if danger > CLOSELY and _plainly(signs, asks) else Alarm.NONE


def _windows(text: str, size: int) -> list[str]:
    sentences = [s for s in _SENTENCE.split(text) if s.strip()]
    return [" ".join(sentences[at : at + size]) for at in range(max(1, len(sentences) - size + 1))]
