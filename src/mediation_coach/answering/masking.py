"""Names of people, places and groups, and whatever leads to them, as stable placeholders before a text leaves.

Patterns first (addresses of every kind, numbers, dates), then the operator's own list, then rules of thumb for names. What the
rules find and miss is measured on a set of our own: see docs/models.md. The map from placeholder to name lives in a `Mask`,
for as long as one question is answered, and is never written anywhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
    "|janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[uû]t|septembre|octobre|novembre|d[ée]cembre"
    "|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
    "|января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря"
    "|يناير|فبراير|مارس|أبريل|مايو|يونيو|يوليو|أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر"
)
_PATTERNS = (
    ("URL", re.compile(r"\b(?:https?://|www\.)\S+[^\s.,;:!?)\]'\"]", re.IGNORECASE)),
    ("EMAIL", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("HANDLE", re.compile(r"<[@#!][^>\s]{1,80}>|(?<![\w@])[@#][\w.=/-]{2,}:[\w.-]+(?::\d+)?|(?<![\w@])@\w[\w.-]+\w")),
    ("IBAN", re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?\b")),
    (
        "COORDINATES",
        re.compile(
            r"[-+]?\d{1,3}[.,]\d{3,}°?\s*[NSEW]?\s*[,;/ ]\s*[-+]?\d{1,3}[.,]\d{3,}°?(?:\s*[NSEW]\b)?"
            r"|\b\d{1,3}\s*°(?:\s*\d{1,2}(?:[.,]\d+)?\s*['′’])?(?:\s*\d{1,2}(?:[.,]\d+)?\s*[\"″”])?\s*[NSEWСЮВЗ]?"
            r"(?:\s*[,;/ ]\s*\d{1,3}\s*°(?:\s*\d{1,2}(?:[.,]\d+)?\s*['′’])?(?:\s*\d{1,2}(?:[.,]\d+)?\s*[\"″”])?\s*[NSEWСЮВЗ]?)?"
            r"|\b\d{1,2}[C-HJ-NP-X]\s?[A-HJ-NP-Z]{2}\s?\d{3,5}\s?\d{3,5}\b"
        ),
    ),
    (
        "DATE",
        re.compile(
            rf"\b\d{{4}}-\d{{1,2}}-\d{{1,2}}\b|\b\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}\b"
            rf"|\b\d{{1,2}}(?:st|nd|rd|th|er)?\s+(?:of\s+|de\s+)?(?:{_MONTHS})\b\.?(?:,?\s+(?:de\s+)?\d{{4}}\b)?"
            rf"|\b(?:{_MONTHS})\.?\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}}\b)?|\b(?:{_MONTHS})\s+(?:de\s+)?\d{{4}}\b",
            re.IGNORECASE,
        ),
    ),
    (
        "ADDRESS",
        re.compile(
            r"\b\d{1,4}[a-z]?,?\s+(?:rue|avenue|calle|улица|ул\.|شارع)\s+(?:de\s+(?:la\s+)?|du\s+|del\s+)?\S+",
            re.IGNORECASE,
        ),
    ),
    (
        "ADDRESS",
        re.compile(
            r"\b\d{1,4}\s+(?:\w+\s+){1,3}(?:street|road|avenue|lane|boulevard|square|st\.|rd\.)(?!\w)", re.IGNORECASE
        ),
    ),
    ("NUMBER", re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[A-Z]{1,3}-?\d{6,10}\b")),
    ("PHONE", re.compile(r"(?<![\w.])(?:\+|00)?\(?\d(?:[\s().\u2011/-]{0,2}\d){7,14}(?!\w)")),
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TITLES = (
    "mr|mrs|ms|miss|dr|prof|professor|gen|general|col|colonel|lt|lieutenant|maj|major|capt|captain|cmdr|commander|sgt|sergeant|brigadier|marshal"
    "|president|minister|senator|governor|mayor|ambassador|envoy|sheikh|shaykh|imam|mullah|bishop|father|pastor|reverend|rev|chief|king|prince|princess|queen|judge|justice"
    "|madame|monsieur|mme|m|docteur|ministre|colonel|général|commandant|capitaine|chef"
    "|señor|señora|sr|sra|don|doña|ministro|ministra|coronel|comandante|capitán|presidente"
    "|господин|госпожа|генерал|полковник|майор|капитан|командир|министр|президент|посол"
)
_CUES = (
    f"(?:{_TITLES}|named|called|nicknamed|colleague|cousin|brother|sister|boss|nommé|appelé|llamado|llamada|по имени)"
)
_ARABIC_PERSON = re.compile(
    r"(?<!\w)[وبلف]{0,2}(?:ال)?(?:سيد|سيدة|عقيد|لواء|عميد|جنرال|قائد|شيخ|وزير|رئيس|دكتور|مقدم|سفير|نقيب)\s+(\w+(?:\s+(?:بن|أبو|ابن)\s+\w+)?(?:\s+ال\w+)?)"
)
_ARABIC_PLACE = re.compile(r"(?<!\w)[وبلف]{0,2}(?:ال)?(?:مدينة|قرية|بلدة|محافظة|ولاية|منطقة|مخيم|وادي|إقليم)\s+(\w+)")
_PLACE_CUES = "village of|town of|city of|province of|district of|camp of|région de|ville de|village de|ciudad de|pueblo de|городе|городу|город|селе|село|деревне|деревня"
_GROUPS = (
    "front|movement|army|brigade|brigades|battalion|militia|party|council|congress|coalition|alliance|union|league|ministry|church|university|foundation|institute"
    "|committee|commission|authority|agency|forces|guard|guards|faction|tribe|clan|mouvement|armée|conseil|ministère|parti|movimiento|ejército|frente|partido"
    "|ministerio|consejo|движение|армия|фронт|партия|министерство|совет|бригада"
)
_ROLES = frozenset(
    f"{_TITLES}|{_GROUPS}|government|parliament|state|constitution|security|republic|prime|foreign|defence|defense|interior|deputy|vice|special|secretary".split(
        "|"
    )
)
_LINKS = "of|the|for|de|du|des|la|le|les|el|al|ul|bin|ibn|ben|van|von|der|da|di|del"
_ORDINARY = _words(
    """
    a about after again all already also although am an and another any are as ask at be because been before being both but by can could did do does during each either
    even every everybody everyone few first following for from give given good had has have he hello help her here hi his how however i if i'm i've i'd i'll im in
    instead is it its it's just last later let like many maybe meanwhile more most my neither never next no nobody none not nothing now of ok okay on once one only or
    other others our out over people perhaps please second several she should since so some somebody someone something sometimes soon still suppose tell thank thanks
    that that's the their them then there there's these they they're third this those though through to today tomorrow tonight two under until up us very was we we're
    we've were what what's when where which while who whoever whom whose why will with within without would yes yesterday yet you you're your three four five both
    talks peace mediation mediator party parties side sides rebels rebel government delegation delegates ceasefire agreement leader leaders armed women youth
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november december christmas ramadan
    easter islam god english french spanish arabic russian quick urgent question update dear sir madam need want working can't cannot don't didn't doesn't isn't won't
    un eu au us uk usa ngo ngos ingo ddr ssr batna zopa tor mou ok tv hq ai id asap faq icrc osce ecowas igad asean oas nato ceo pm am phd usd eur covid ptsd idp idps
    le la les l un une des du de d au aux ce cette ces c'est il elle ils elles on nous vous je j'ai tu et ou où mais si que qui quoi quand comment pourquoi dans sur avec sans
    pour par après avant notre nos votre vos mon ma mes leur leurs quel quelle quels quelles est-ce comme depuis hier demain deux trois faut peut pouvons-nous dois-je puis-je bonjour merci
    el los las una unos unas lo en con sin por para es son está hay no sí yo tú él ella nosotros ellos ellas usted cómo qué cuándo dónde quién cuál por qué mi mis su sus nuestro
    nuestra nuestros y o pero si ayer hoy mañana dos tres después antes hola gracias debo puedo podemos
    в на с к о и а но или что как когда где кто почему если мы я он она они вы ты это этот эта наш наша наши мой моя их его её не нет да после до без для от по за при у из вчера
    сегодня завтра две два три можно нужно надо здравствуйте спасибо обе оба стороны переговоры
    """
)
_WORD = r"[^\W\d_][^\W_]*(?:['’\-][^\W\d_][^\W_]*)*"
_CAPITAL = re.compile(rf"(?<![\w'’]){_WORD}")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;…\n\"“«(•*-]\s*)$")

PUT_BACK = frozenset({"PERSON", "PLACE", "GROUP", "NAME", "DATE"})
_KINDS = "PERSON|PLACE|GROUP|NAME|DATE|" + "|".join(dict.fromkeys(kind for kind, _ in _PATTERNS if kind != "DATE"))
_PLACEHOLDER = re.compile(rf"[‹<\[«(]?\b({_KINDS})-(\d{{1,3}})\b[›>\]»)]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where something stands that must not leave, and what kind of thing it is."""

    start: int
    end: int
    kind: str


@cache
def _known_places() -> frozenset[str]:
    """Return countries and the cities that name time zones, in lower case, from the time-zone data that comes with Python packages."""
    places: set[str] = set()
    try:
        zones = resources.files("tzdata").joinpath("zoneinfo")
        for line in zones.joinpath("iso3166.tab").read_text("utf-8").splitlines():
            if not line.startswith("#"):
                places |= {part.strip().lower() for part in re.split(r"[()&,]", line.split("\t")[1])}
        for line in zones.joinpath("zone.tab").read_text("utf-8").splitlines():
            if not line.startswith("#"):
                places.add(line.split("\t")[2].rsplit("/", 1)[-1].replace("_", " ").lower())
    except (ModuleNotFoundError, OSError):
        pass  # a smaller list: the other rules remain
    return frozenset(
        p
        for p in places
        if len(p) > 3
        and p
        not in {"center", "eastern", "western", "north", "south", "reunion", "vincennes", "troll", "easter", "island"}
    )


@cache
def _place_pattern() -> re.Pattern[str]:
    return re.compile(
        r"\b(?:" + "|".join(sorted(map(re.escape, _known_places()), key=len, reverse=True) or ["(?!)"]) + r")\b",
        re.IGNORECASE,
    )


class Masker:
    """Finds what must not leave. `names` are the operator's own; `ordinary` are words that are no names, in lower case."""

    def __init__(self, *, names: Iterable[str] = (), ordinary: Iterable[str] = ()) -> None:
        """Look for `names` always, and for other names by rule, words in `ordinary` aside."""
        listed = sorted({n.strip() for n in names if n.strip()}, key=len, reverse=True)
        self._listed = (
            re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, listed)) + r")(?!\w)", re.IGNORECASE) if listed else None
        )
        self._ordinary = _ORDINARY | {w.lower() for w in ordinary}

    def find(self, text: str, *, ordinary: frozenset[str] = frozenset()) -> list[Span]:
        """Return what must be masked in `text`, in order, without overlaps; the surest rules first."""
        known = self._ordinary | ordinary
        taken: list[Span] = []
        for span in self._all(text, known):
            if span.start < span.end and all(span.end <= t.start or span.start >= t.end for t in taken):
                taken.append(span)
        return sorted(taken, key=lambda s: s.start)

    def _all(self, text: str, known: frozenset[str]) -> Iterator[Span]:
        for kind, pattern in _PATTERNS:
            yield from (_span(m, kind) for m in pattern.finditer(text))
        if self._listed is not None:
            yield from (_span(m, "NAME") for m in self._listed.finditer(text))
        yield from _capitals(text, known)
        yield from _cued(text, known)
        yield from (_span(m, "PLACE") for m in _place_pattern().finditer(text))
        if _shouts(text):
            yield from (
                _span(m, "NAME") for m in _CAPITAL.finditer(text) if len(m[0]) > 2 and m[0].lower() not in known
            )


def _span(match: re.Match[str], kind: str, group: int = 0) -> Span:
    return Span(start=match.start(group), end=match.end(group), kind=kind)


def _shouts(text: str) -> bool:
    letters = [c for c in text if c.isalpha() and c.lower() != c.upper()]
    return len(letters) > 12 and sum(c.isupper() for c in letters) > 0.7 * len(letters)


def _capitals(text: str, known: frozenset[str]) -> Iterator[Span]:
    """Yield runs of capitalised words, linking words between them included; at the start of a sentence only unknown words."""
    if _shouts(text):
        return
    run: list[re.Match[str]] = []
    for match in _CAPITAL.finditer(text):
        between = text[run[-1].end() : match.start()] if run else ""
        if run and not _joins(between) and not (between.isspace() and match[0].lower() in _LINKS.split("|")):
            yield from _run(text, run, known)
            run = []
        if _capital(match[0]):
            run.append(match)
        elif run and match[0].lower() not in _LINKS.split("|"):
            yield from _run(text, run, known)
            run = []
    yield from _run(text, run, known)


def _joins(between: str) -> bool:
    """Whether what stands between two capitalised words can be part of one name."""
    return bool(re.fullmatch(rf"\.?[ \u00a0-]+(?:(?:{_LINKS})[ \u00a0]+){{0,2}}(?:al-|el-|d['’]|l['’])?", between))


def _capital(word: str) -> bool:
    return word[0].isupper() or bool(re.match(r"(?:[dl]['’]|[ae]l-)(?-i:[A-ZÀ-Þ])", word))


def _run(text: str, run: list[re.Match[str]], known: frozenset[str]) -> Iterator[Span]:
    """Yield the name in a run of capitalised words, without the ordinary words and titles around it."""
    words = list(run)
    if words and _SENTENCE_START.search(text[: words[0].start()]) and _bare(words[0][0]) in known:
        words.pop(0)
    while words and _edge(words[0][0]):
        words.pop(0)
    titled = len(words) < len(run) and run[0][0].lower() in _TITLES.split("|")
    while words and _edge(words[-1][0]) and _bare(words[-1][0]) not in _GROUPS.split("|"):
        words.pop()
    if not words or all(_bare(w[0]) in _ROLES for w in words):
        return
    whole = text[words[0].start() : words[-1].end()]
    end = words[-1].end() - (2 if re.search(r"['’]s$", whole) else 0)
    yield Span(start=words[0].start(), end=end, kind=_kind(whole, titled, text[: words[0].start()]))


def _bare(word: str) -> str:
    return re.sub(r"['’]s$", "", word.lower())


def _edge(word: str) -> bool:
    """Whether a capitalised word at the edge of a run is no name: a weekday, a title, "I"."""
    return len(word) == 1 or _bare(word) in _ORDINARY or _bare(word) in _ROLES


def _kind(name: str, titled: bool, before: str) -> str:
    words = [_bare(w) for w in re.findall(_WORD, name)]
    initials = name.isupper() and re.fullmatch(r"[^\W\d_]{2,6}(?:-[A-ZА-Я]{1,3})?", name)
    if not titled and (initials or any(w in _GROUPS.split("|") for w in words)):
        return "GROUP"
    if titled:
        return "PERSON"
    if name.lower() in _known_places() or re.search(
        r"\b(?:in|near|from|to|around|outside|at|en|à|desde|hacia|в|из|под|около)\s+$", before, re.IGNORECASE
    ):
        return "PLACE"
    return "PERSON"


def _cued(text: str, known: frozenset[str]) -> Iterator[Span]:
    """Yield names that their neighbours give away, also in lower case: after a title, after "village of", in Arabic."""
    for match in re.finditer(rf"(?<!\w){_CUES}\.?\s+({_WORD}(?:\s+{_WORD})?)", text, re.IGNORECASE):
        first, *rest = re.finditer(_WORD, match[1])
        if _bare(first[0]) in known or _bare(first[0]) in _ROLES or len(first[0]) < 3:
            continue
        last = (
            rest[0]
            if rest
            and _bare(rest[0][0]) not in known
            and rest[0][0] not in _LINKS.split("|")
            and rest[0][0][0].isupper()
            else first
        )
        yield Span(start=match.start(1) + first.start(), end=match.start(1) + last.end(), kind="PERSON")
    for match in re.finditer(rf"(?<!\w)(?:{_PLACE_CUES})\s+({_WORD})", text, re.IGNORECASE):
        if match[1].lower() not in known:
            yield _span(match, "PLACE", 1)
    for match in re.finditer(rf"(?<!\w)(?:in|near|from|to|around|outside)\s+({_WORD})", text):
        if match[1].islower() and len(match[1]) > 3 and match[1] not in known and len(known) > 1500:
            yield _span(match, "PLACE", 1)
    yield from (_span(m, "PERSON", 1) for m in _ARABIC_PERSON.finditer(text))
    yield from (_span(m, "PLACE", 1) for m in _ARABIC_PLACE.finditer(text))


class Mask:
    """The placeholders of one question. The same name is the same placeholder throughout, also in the history."""

    __slots__ = ("_counts", "_masker", "_ordinary", "_placeholder_of", "_words_of")

    def __init__(self, masker: Masker | None, *, ordinary: frozenset[str] = frozenset()) -> None:
        """Mask with `masker`; None masks nothing and puts nothing back."""
        self._masker, self._ordinary = masker, ordinary
        self._placeholder_of: dict[str, str] = {}
        self._words_of: dict[str, tuple[str, str]] = {}
        self._counts: Counter[str] = Counter()

    def __repr__(self) -> str:
        """How many placeholders there are, never what they stand for."""
        return f"Mask({len(self._words_of)} placeholders)"

    def hide(self, text: str) -> str:
        """Return `text` with placeholders for what must not leave."""
        if self._masker is None:
            return text
        text = _PLACEHOLDER.sub(lambda m: f"{m[1].lower()} {m[2]}", text)
        pieces: list[str] = []
        at = 0
        for span in self._masker.find(text, ordinary=self._ordinary):
            pieces += [text[at : span.start], self._placeholder(text[span.start : span.end], span.kind)]
            at = span.end
        return self._again("".join([*pieces, text[at:]]))

    def _placeholder(self, words: str, kind: str) -> str:
        key = " ".join(words.casefold().split())
        if key not in self._placeholder_of:
            self._counts[kind] += 1
            self._placeholder_of[key] = f"‹{kind}-{self._counts[kind]}›"
            self._words_of[f"{kind}-{self._counts[kind]}"] = (words, kind)
        return self._placeholder_of[key]

    def _again(self, text: str) -> str:
        """Mask the parts of names found elsewhere: once "Queen Dido" is known, "dido said" is masked as well."""
        for words, kind in list(self._words_of.values()):
            if kind in ("PERSON", "PLACE", "GROUP", "NAME"):
                for part in {
                    words,
                    *(w for w in re.findall(_WORD, words) if len(w) > 3 and w.lower() not in _ORDINARY | _ROLES),
                }:
                    pattern = rf"(?<![\w‹-]){re.escape(part)}(?![\w›])"
                    text = re.sub(pattern, lambda m, k=kind: self._placeholder(m[0], k), text, flags=re.IGNORECASE)  # type: ignore[misc]
        return text

    def restore(self, text: str) -> str | None:
        """Return `text` with the names put back; None if it holds a placeholder of contact details, or one that nobody gave out."""
        if self._masker is None:
            return text
        known = [self._words_of.get(f"{m[1]}-{m[2]}") for m in _PLACEHOLDER.finditer(text)]
        if any(entry is None or entry[1] not in PUT_BACK for entry in known):
            return None
        return _PLACEHOLDER.sub(lambda m: self._words_of[f"{m[1]}-{m[2]}"][0], text)

    def addressed(self) -> frozenset[str]:
        """Return the people and groups that the asker named: an answer may speak of them, though no passage does."""
        return frozenset(words for words, kind in self._words_of.values() if kind in ("PERSON", "GROUP", "NAME"))
