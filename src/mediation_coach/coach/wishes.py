"""What someone wants of their check-ins, read from a few plain words in five languages. Anything longer is a question.

Pure: a whole message must be the wish, so that "talks start on 12 March, how do I prepare?" is still answered as a question.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time

from mediation_coach.coach.dates import read_date, read_hour, read_span, read_weekdays
from mediation_coach.domain.calendar import Span

MOST_WORDS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """See the plan and the next date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Write a plan: a new one, or the present one in other words."""

    edit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """Close the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snooze:
    """Be asked later."""

    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Leave one check-in out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Hear nothing up to and including a day."""

    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Hear nothing any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Hear from the coach again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crisis:
    """Something has gone wrong: pause, and see the first hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A wish whose date cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Be:
    """Be somewhere, for good or for a while."""

    place: str
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """Something starts on a day."""

    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAt:
    """Be asked at another hour."""

    at: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Have other quiet hours."""

    begins: time
    ends: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Have other days off."""

    days: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Join a cohort by its code."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Leave all cohorts, and stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """Take the last answer back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Tell what came of it, for others to read; or see what was told."""

    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Let others read the story."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retract:
    """Take the story back."""


Wish = (
    Show
    | Write
    | Close
    | Snooze
    | Skip
    | Pause
    | Stop
    | Resume
    | Crisis
    | Be
    | Expect
    | AskAt
    | Quiet
    | Rest
    | Join
    | Leave
    | Withdraw
    | Tell
    | Release
    | Retract
    | Unread
)

_WORDS: tuple[tuple[Wish, str], ...] = (
    (Show(), r"(show )?my plan|plan|mon plan|mi plan|мой план|خطتي"),
    (Write(), r"(make a )?new plan|renew( my)? plan|nouveau plan|nuevo plan|новый план|خطة جديدة"),
    (
        Write(edit=True),
        r"(edit|change)( my)? plan|modifier (mon|le) plan|cambiar (mi|el) plan|изменить план|عدّل خطتي|تعديل خطتي",
    ),
    (Close(), r"(close|finish)( my)? plan|clore (mon|le) plan|cerrar (mi|el) plan|закрыть план|أغلق خطتي"),
    (Skip(), r"skip( (it|this|this one|the next( one)?))?|passer|saltar|omitir|пропустить|пропусти|تخطّ|تخطي"),
    (
        Stop(),
        r"stop( (it|please|check-?ins|messages))?|unsubscribe|arrête|arrêter( le suivi)?|stopper|parar( los seguimientos)?|para|basta|стоп|хватит"
        r"|прекратить вопросы|توقف|أوقف( المتابعة)?",
    ),
    (
        Resume(),
        r"resume|continue|start again|opt in|reprendre|continuer|reanudar|continuar|возобновить|продолжить|продолжай|استأنف|استمر",
    ),
    (Crisis(), r"(we have a |it is a )?crisis|crise|кризис|أزمة"),
    (
        Leave(),
        r"leave( (the )?(cohort|course))?|quitter le (groupe|cours)|salir del (grupo|curso)|выйти из (группы|курса)"
        r"|غادر (المجموعة|الدورة)",
    ),
    (Tell(), r"(tell |show )?my story|mon histoire|mi historia|моя история|قصتي"),
    (
        Tell(again=True),
        r"(edit|change) my story|modifier mon histoire|cambiar mi historia|изменить мою историю|تعديل قصتي|عدّل قصتي",
    ),
    (
        Release(),
        r"release my story|publier mon histoire|autoriser à la montrer|publicar mi historia|permitir que se muestre"
        r"|опубликовать мою историю|разрешить показ|انشر قصتي|اسمح بعرضها",
    ),
    (
        Retract(),
        r"(withdraw|take back) my story|retirer mon histoire|retirar mi historia|отозвать мою историю|اسحب قصتي",
    ),
    (
        Withdraw(),
        r"(withdraw|take back)( my)?( last)? answer|retirer ma réponse|retirar mi respuesta|отозвать ответ|اسحب إجابتي",
    ),
)
_FIXED = tuple((wish, re.compile(rf"(?:{pattern})", re.IGNORECASE)) for wish, pattern in _WORDS)

_SNOOZE = re.compile(
    r"(?:snooze|remind me|ask (?:me )?(?:again|later)|later|reporter|plus tard|posponer|más tarde|отложить|позже|напомни|أجّل|لاحقا|ذكّرني)\s*(?P<span>.*)",
    re.IGNORECASE,
)
_PAUSE = re.compile(
    r"(?:pause|mettre en pause|pausar|pausa|пауза|приостановить|إيقاف مؤقت)\s*"
    r"(?:(?:until|till|jusqu'au|jusqu’au|jusqu'à|hasta(?: el)?|до|حتى)\s+(?P<until>.+)|(?P<span>.+))?",
    re.IGNORECASE,
)
_BE = re.compile(
    r"(?:i['’]?m|i am|i will be|i['’]ll be|we are|je suis|je serai|estoy|estaré|я(?: буду)?|أنا|سأكون)"
    r"\s+(?:now\s+)?(?:in|at|back in|à|au|en|в|في)\s+(?P<place>.+?)"
    r"(?:[\s,]+(?:until|till|jusqu'au|jusqu’au|jusqu'à|hasta(?: el)?|до|حتى)\s+(?P<until>.+))?",
    re.IGNORECASE,
)
_ZONE = re.compile(r"(?:my )?(?:time ?)?zone\s*(?:is|=|:)?\s+(?P<place>\S+)", re.IGNORECASE)
_EXPECT = re.compile(
    r"(?:the |our |my |les |las |los )?(?:talks|negotiations|meeting|session|round|mediation|dialogue|pourparlers|négociations|réunion"
    r"|conversaciones|negociaciones|reunión|переговоры|встреча|المحادثات|المفاوضات)\s+"
    r"(?:will )?(?:starts?|begins?|opens?|is|are|resumes?|commencent?|débutent?|empiezan?|comienzan?|начинаются|начнутся|تبدأ)\s*"
    r"(?:on|le|el|в)?\s*(?P<on>.+)",
    re.IGNORECASE,
)
_ASK_AT = re.compile(
    r"(?:ask|write to|check in with|message) me at\s+(?P<at>.+)|(?:demande-moi|écris-moi) à\s+(?P<fr>.+)|pregúntame a las?\s+(?P<es>.+)"
    r"|спрашивай в\s+(?P<ru>.+)|اسألني الساعة\s+(?P<ar>.+)",
    re.IGNORECASE,
)
_QUIET = re.compile(
    r"(?:quiet(?: hours)?|heures de silence|horas de silencio|тихие часы|ساعات الهدوء)\s*(?:from|de|с|من)?\s*(?P<begins>\S+(?: ?[ap]m)?)"
    r"\s*(?:to|until|till|-|–|à|a|до|إلى)\s*(?P<ends>\S+(?: ?[ap]m)?)",
    re.IGNORECASE,
)
_REST = re.compile(
    r"(?:my )?(?:days? off|weekend)(?: is| are|:)?\s+(?P<days>.+)|(?:jours de repos|días libres|выходные|أيام العطلة):?\s+(?P<more>.+)",
    re.IGNORECASE,
)
_JOIN = re.compile(
    r"(?:join|rejoindre|unirme|присоединиться|انضم)\s+(?P<code>[A-Za-z0-9]{4}-?[A-Za-z0-9]{4})", re.IGNORECASE
)


def read_wish(text: str, *, today: date) -> Wish | None:
    """Return what a message wants of the check-ins, or None where it is something else."""
    words = " ".join(text.strip(" .!\n\t/").split())
    if not words or len(words.split()) > MOST_WORDS or words.endswith(("?", "؟")):
        return None
    for wish, pattern in _FIXED:
        if pattern.fullmatch(words):
            return wish
    readers: tuple[Callable[[str, date], Wish | None], ...] = (
        _snooze,
        _pause,
        _expect,
        _be,
        _ask_at,
        _quiet,
        _rest,
        _join,
    )
    return next((found for read in readers if (found := read(words, today)) is not None), None)


def _snooze(words: str, today: date) -> Wish | None:
    match = _SNOOZE.fullmatch(words)
    if match is None:
        return None
    span = read_span(match["span"]) if match["span"] else Span(days=7)
    return Snooze(span=span) if span else None


def _pause(words: str, today: date) -> Wish | None:
    match = _PAUSE.fullmatch(words)
    if match is None:
        return None
    if match["until"]:
        until = read_date(match["until"], today)
        return Pause(until=until) if until and until >= today else Unread()
    span = read_span(match["span"]) if match["span"] else Span(months=1)
    return Pause(until=span.after(today)) if span else None


def _be(words: str, today: date) -> Wish | None:
    match = _BE.fullmatch(words) or _ZONE.fullmatch(words)
    if match is None:
        return None
    until = match.groupdict().get("until")
    day = read_date(until, today) if until else None
    return None if until and day is None else Be(place=match["place"], until=day)


def _expect(words: str, today: date) -> Wish | None:
    match = _EXPECT.fullmatch(words)
    day = read_date(match["on"], today) if match else None
    return Expect(on=day) if day else None


def _ask_at(words: str, today: date) -> Wish | None:
    match = _ASK_AT.fullmatch(words)
    at = read_hour(next(g for g in match.groups() if g)) if match else None
    return AskAt(at=at) if at else None


def _quiet(words: str, today: date) -> Wish | None:
    match = _QUIET.fullmatch(words)
    if match is None:
        return None
    begins, ends = read_hour(match["begins"]), read_hour(match["ends"])
    return Quiet(begins=begins, ends=ends) if begins and ends else None


def _rest(words: str, today: date) -> Wish | None:
    match = _REST.fullmatch(words)
    days = read_weekdays(next(g for g in match.groups() if g)) if match else None
    return Rest(days=days) if days and len(days) < 7 else None


def _join(words: str, today: date) -> Wish | None:
    match = _JOIN.fullmatch(words)
    return Join(code=match["code"].upper().replace("-", "")) if match else None
