"""The look at every message before anything else: danger, then what was planted, then boundaries, then words that close doors.

Pure. What it finds decides what happens; what it leaves of the text is all that is looked up, shown to a model and remembered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from mediation_coach.coach.boundaries import NEXT, Boundary, boundary_of
from mediation_coach.coach.danger import Alarm, Sense, alarm_of
from mediation_coach.coach.sensitivity import Loaded, calmed, names_people
from mediation_coach.domain.guidance import Found, Retrieval
from mediation_coach.domain.planted import speaks_to_a_machine, without_planted

__all__ = ["NEXT", "Alarm", "Assessment", "Boundary", "Loaded", "Sense", "answered_about_danger", "assess", "trusted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What a message means for safety, and the text that is left to answer.

    `text` has neither planted orders nor loaded words; `loaded` says which kinds of loaded words there were.
    """

    alarm: Alarm = Alarm.NONE
    boundary: Boundary | None = None
    text: str = ""
    planted: bool = False
    names_people: bool = False
    loaded: tuple[Loaded, ...] = ()


def assess(text: str, language: str = "en", *, sense: Sense | None = None) -> Assessment:
    """Return what `text` means for safety.

    `sense` adds the sense of whole sentences, where a model for it is installed; it reads English only. All five languages are tried, whatever `language` says: people mix them, and danger does not wait for a detector.
    """
    left, planted = without_planted(text)
    read = left or text
    calm, boundary = calmed(left), boundary_of(read)
    return Assessment(
        alarm=_unless_asked(alarm_of(read, sense if language == "en" else None), boundary, read),
        boundary=boundary,
        text=calm.text,
        planted=planted,
        names_people=names_people(left),
        loaded=calm.kinds,
    )


def _unless_asked(alarm: Alarm, boundary: Boundary | None, text: str) -> Alarm:
    """Return the alarm, or none where violent words are the matter of a question that has its own answer."""
    asks = "?" in text or "؟" in text or boundary is Boundary.HARMFUL
    return Alarm.NONE if boundary is not None and asks and alarm is not Alarm.SELF_HARM else alarm


def trusted(retrieval: Retrieval) -> Retrieval:
    """Return what was found without lines that an organisation's own cards address to the machine that reads them."""
    return replace(
        retrieval,
        found=tuple(map(_trusted, retrieval.found)),
        also_useful=tuple(map(_trusted, retrieval.also_useful)),
        tool=retrieval.tool and _trusted(retrieval.tool),
    )


def _trusted(found: Found) -> Found:
    if found.card.layer == SHIPPED:
        return found
    passages = (replace(p, lines=tuple(x for x in p.lines if not speaks_to_a_machine(x.text))) for p in found.passages)
    return replace(found, passages=tuple(passage for passage in passages if passage.lines))


SHIPPED = "library"

_YES = re.compile(r"^\W*(?:yes|yeah|yep|oui|s[ií]|claro|да|نعم|أجل|اه|ايوه)(?!\w)", re.IGNORECASE)
_NO = re.compile(
    r"^\W*(?:no|nope|not? (?:one|physically)|nobody|non|personne|nadie|нет|никто|لا|كلا)(?!\w)[\s,.;:!—–-]*(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_FEWEST_WORDS = 4


def answered_about_danger(text: str) -> tuple[bool | None, str]:
    """Return how someone answered "is anyone in physical danger?" (None: neither yes nor no), and what else they said."""
    if _YES.match(text):
        return True, ""
    if (no := _NO.match(text)) is not None:
        rest = no["rest"].strip()
        return False, rest if len(rest.split()) >= _FEWEST_WORDS else ""
    return None, text
