"""Signs of danger to people: which words, in five languages, can stand for what. No single word here is an alarm; `danger` joins them.

A sign is written once per language as regular-expression alternatives over folded text (lower case, plain apostrophes, Arabic
letter variants levelled). English, French and Spanish alternatives are whole words; Russian and Arabic ones are beginnings of words,
since both languages say grammar at the end, and Arabic also at the front. All languages are tried on every message: people mix them.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

_MARKS = re.compile("[\u0640\u064b-\u065f\u0670\u200b-\u200f\u2060\ufeff]")
_LEVELLED = str.maketrans("أإآٱىؤئة’‘`ё", "اااايويه'''е")


def fold(text: str) -> str:
    """Return `text` in one spelling: compatibility forms joined, marks and invisible letters gone, variants levelled, lower case."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", text)).lower().translate(_LEVELLED)


class Sign(StrEnum):
    """What a word or a turn of phrase may point to."""

    SELF = "the writer"
    CLOSE = "someone of the writer's"
    SOMEONE = "a person"
    NEAR = "at the place where people are"
    HOME = "where someone lives, sleeps or learns"
    FOLLOWED = "someone follows, watches or films a person"
    LINGERS = "someone or something stands and waits"
    WATCHER = "a car, or people who are not named"
    AGAIN = "it repeats"
    KNOWS = "someone found out where or who"
    VIOLENCE = "someone hurts or kills"
    FORETOLD = "it is announced or will happen"
    SOON = "now, tonight, tomorrow"
    WEAPON = "a weapon"
    DRAWN = "someone draws, points or waves a weapon"
    ARMED = "armed people, or a crowd"
    FIRE = "shots, shells, fire"
    SHELTER = "people hide or cannot get out"
    TAKEN = "a person is taken or held"
    FORCE = "by force or by armed people"
    SILENT = "someone is out of reach"
    LATE = "and should not be"
    BODY = "a body in distress"
    ASSAULT = "a sexual or bodily assault"
    UNWANTED = "someone came too close"
    ROOM = "a place where one is alone"
    DEVICE = "a phone, a computer, papers"
    LOST = "lost, stolen, taken, read by others"
    CONFIDED = "names and words that must stay secret"
    SOURCE = "someone who spoke in confidence"
    EXPOSED = "became known"
    NAMED = "a name on a list"
    DESPAIR = "no wish to live"
    WORN = "cannot go on"
    WHOLE = "and it is about life, not about work"
    MENACE = "a threat or an attack that may be of words"
    TARGET = "someone is meant"
    LOSS = "people lost or gone, in words that may mean less"
    OMEN = "a message that says death without the word"
    MARKED = "someone is to be got rid of"
    CLOSING_IN = "others come nearer, search, shout"
    MISSING_SHELTER = "nowhere to go, no help near"
    PLACE = "a room, a road, a village"
    HELP = "a cry for help"
    METHOD = "asks how something is done"
    PROCESS = "talks, texts and clauses"
    PRESS = "the press, the public, politics"
    PAST = "long ago"
    IMAGE = "a figure of speech of the field"
    LEAVING = "walking out, leaving the table"
