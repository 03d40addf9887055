"""Days, spans and hours as people write them, in the five languages. Pure: today is an argument."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

from mediation_coach.domain.calendar import Span

_MONTHS = (
    "january jan janvier janv enero ene января январь يناير كانون_الثاني",
    "february feb février fevrier févr febrero февраля февраль فبراير شباط",
    "march mar mars marzo марта март مارس آذار",
    "april apr avril avr abril abr апреля апрель أبريل ابريل نيسان",
    "may mai mayo мая май مايو أيار",
    "june jun juin junio июня июнь يونيو حزيران",
    "july jul juillet juil julio июля июль يوليو تموز",
    "august aug août aout agosto ago августа август أغسطس اغسطس آب",
    "september sep sept septembre septiembre setiembre сентября сентябрь سبتمبر أيلول",
    "october oct octobre octubre октября октябрь أكتوبر اكتوبر تشرين_الأول",
    "november nov novembre noviembre ноября ноябрь نوفمبر تشرين_الثاني",
    "december dec décembre decembre diciembre dic декабря декабрь ديسمبر كانون_الأول",
)
_WEEKDAYS = (
    "monday mon lundi lunes понедельника понедельник الاثنين الإثنين",
    "tuesday tue tues mardi martes вторника вторник الثلاثاء",
    "wednesday wed mercredi miércoles miercoles среды среду среда الأربعاء الاربعاء",
    "thursday thu thurs jeudi jueves четверга четверг الخميس",
    "friday fri vendredi viernes пятницы пятницу пятница الجمعة",
    "saturday sat samedi sábado sabado субботы субботу суббота السبت",
    "sunday sun dimanche domingo воскресенья воскресенье الأحد الاحد",
)
_TOMORROW = frozenset(["tomorrow", "demain", "mañana", "завтра", "غدا", "غدًا", "غداً"])
_UNITS = {
    "day days jour jours día días dia dias день дня дней يوم أيام ايام": (0, 1),
    "week weeks semaine semaines semana semanas неделя неделю недели недель أسبوع اسبوع أسابيع اسابيع": (0, 7),
    "month months mois mes meses месяц месяца месяцев شهر أشهر شهور": (1, 0),
}
_NUMBERS = {
    **dict.fromkeys(["a", "an", "one", "un", "une", "una", "uno", "один", "одну", "واحد"], 1),
    **dict.fromkeys(["two", "deux", "dos", "два", "две"], 2),
    **dict.fromkeys(["three", "trois", "tres", "три", "ثلاثة"], 3),
    **dict.fromkeys(["four", "quatre", "cuatro", "четыре", "أربعة"], 4),
}
_PAIRS = {"يومين": (0, 2), "أسبوعين": (0, 14), "اسبوعين": (0, 14), "شهرين": (2, 0)}

MONTH_OF = {name.replace("_", " "): n for n, names in enumerate(_MONTHS, 1) for name in names.split()}
WEEKDAY_OF = {name: n for n, names in enumerate(_WEEKDAYS) for name in names.split()}
_UNIT_OF = {name: size for names, size in _UNITS.items() for name in names.split()}

_ISO = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$")
_NUMERIC = re.compile(r"^(\d{1,2})[./](\d{1,2})(?:[./](\d{4}))?$")
_DAY_MONTH = re.compile(
    r"^(?:the |le |el )?(\d{1,2})(?:st|nd|rd|th|er|º)? (?:of |de |d')?([^\d\W]+(?: [^\d\W]+)?)\.?(?: (?:de |del )?(\d{4}))?$"
)
_MONTH_DAY = re.compile(r"^([^\d\W]+)\.? (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?$")
_SPAN = re.compile(r"^(?:(?:for|in|de|dans|en|por|на|через|لمدة|بعد) )?(?:(\d+|[^\d\W]+) )?([^\d\W]+)$")
_HOUR = re.compile(r"^(\d{1,2})(?:[:.h](\d{2})?)?\s*(am|pm|h)?$")
_ARTICLE = re.compile(r"^(next|this|le|el|la|в|يوم|ce|este|esta|au|du) ")


def read_date(words: str, today: date) -> date | None:
    """Return the day that `words` name, the next such day where they name no year; None if they name none."""
    text = " ".join(words.strip(" .,!?").lower().split())
    bare = _ARTICLE.sub("", text)
    if bare in _TOMORROW:
        return today + timedelta(days=1)
    if bare in WEEKDAY_OF:
        return today + timedelta(days=(WEEKDAY_OF[bare] - today.weekday() - 1) % 7 + 1)
    if match := _ISO.match(text):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _NUMERIC.match(text):
        return _next(int(match[1]), int(match[2]), match[3], today)
    if (match := _DAY_MONTH.match(bare)) and match[2] in MONTH_OF:
        return _next(int(match[1]), MONTH_OF[match[2]], match[3], today)
    if (match := _MONTH_DAY.match(bare)) and match[1] in MONTH_OF:
        return _next(int(match[2]), MONTH_OF[match[1]], match[3], today)
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _next(day: int, month: int, year: str | None, today: date) -> date | None:
    if year is not None:
        return _day(int(year), month, day)
    years = (_day(y, month, day) for y in range(today.year, today.year + 5))
    return next((d for d in years if d is not None and d >= today), None)


def read_span(words: str) -> Span | None:
    """Return the span that `2 weeks`, `une semaine` or `в неделю` names; None if it names none."""
    text = " ".join(words.strip(" .,!?").lower().split())
    if text in _PAIRS:
        months, days = _PAIRS[text]
        return Span(months=months, days=days)
    match = _SPAN.match(text)
    if match is None or match[2] not in _UNIT_OF:
        return None
    count = int(match[1]) if match[1] and match[1].isdecimal() else _NUMBERS.get(match[1] or "one", 0)
    months, days = _UNIT_OF[match[2]]
    return Span(months=months * count, days=days * count) if 0 < count <= 400 else None


def read_hour(words: str) -> time | None:
    """Return the wall time that `9`, `9:30`, `7 pm` or `18h` names; None if it names none."""
    match = _HOUR.match(words.strip().lower())
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3] in ("am", "pm"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[3] == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def read_weekdays(words: str) -> frozenset[int] | None:
    """Return the weekdays (Monday = 0) that `Friday and Saturday` or `sam, dim` names; None if one is unknown."""
    names = [name for name in re.split(r"[\s,;/+&-]+|\b(?:and|et|y|и)\b|\sو", words.lower()) if name]
    days = [WEEKDAY_OF.get(name.removesuffix("s"), WEEKDAY_OF.get(name)) for name in names]
    return frozenset(d for d in days if d is not None) if days and None not in days else None
