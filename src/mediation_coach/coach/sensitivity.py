"""Loaded words: what they are, the calm word for them, and what the coach says of it. Nothing loaded is echoed, looked up or passed on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Loaded(StrEnum):
    """Kinds of words that close doors; each has one calm sentence among the coach's words (`note.*`)."""

    DEHUMANISING = "dehumanising"
    CODED = "coded"
    NAMING = "naming"
    COURTS = "courts"
    HATREDS = "hatreds"
    STEREOTYPE = "stereotype"
    PLACE = "place"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calm:
    """A message in neutral words, and the kinds of loaded words that it had."""

    text: str
    kinds: tuple[Loaded, ...] = ()


_THOSE = r"(?:(?:all |some of )?(?:the|those|these|such|you|our|their|your) (?:\w+ )?)?"
_TERROR = r"(?:terrorist)s?(?! (?:list\w*|act\w*|attack\w*|organi[sz]ation|financ\w+|law\w*|charge\w*))"

_CALMER: Mapping[Loaded, tuple[tuple[str, str], ...]] = {
    Loaded.DEHUMANISING: (
        (
            rf"{_THOSE}(?:cockroach(?:es)?|vermin|sub-?humans?|savages|parasites?|lice|hyenas?|jackals?|"
            rf"locusts?|scum|filth|maggots?|leeches|bloodsuckers?|devils|demons|infidels?|"
            rf"human (?:animals?|garbage|waste)|two-legged \w+)",
            "the other party",
        ),
        (
            r"(?:the|those|these|such) (?:\w+ )?(?:rats?|snakes?|weeds?|insects?|beasts?|wolves|pigs?|"
            r"monkeys?|apes?|serpents?|viruses|virus|plague|cancer|tumou?r)(?! (?:bite|poison|control))",
            "the other party",
        ),
        (
            r"(?:those|these|such|government|rebel|opposition|northern|southern|army|police|"
            r"militia)(?:'s)? (?:animals?|dogs?|bitches|swine|cattle)",
            "the other party",
        ),
        (
            r"(?:exterminat\w+|eradicat\w+|cleans(?:e|ed|ing)|purg(?:e|ed|ing)) (?:the |those |these |"
            r"our |of )?(?:\w+ )?(?:people|minority|villages?|area|region|them|land|north|south|valley)",
            "dealing with the other community",
        ),
        (
            r"(?:ces|les|de|des) (?:cafards?|cancrelats?|rats|vermine|serpents|chiens|animaux|parasites|"
            r"b[eê]tes|sous-hommes|sauvages|vip[eè]res|microbes)",
            "l'autre partie",
        ),
        (
            r"(?:es[oa]s|est[oa]s|l[oa]s) (?:cucarachas?|ratas|v[ií]boras|serpientes|perros|animales|"
            r"par[aá]sitos|bestias|salvajes|alima[nñ]as|gusanos|plaga)",
            "la otra parte",
        ),
        (
            r"(?:эти|этих|этим|те|тех|как) (?:тараканы?|тараканов|крыс\w*|зме\w+|собак\w*|звер\w+|"
            r"паразит\w*|животн\w+|нелюд\w+|вш\w+|гад\w+)|нелюд\w+|недочеловек\w*",
            "другая сторона",
        ),
        (
            r"(?:هؤلاء|تلك|أولئك|هذه) (?:ال)?(?:صراصير|جرذان|فئران|أفاعي|كلاب|حيوانات|طفيليات|حشرات|وحوش|"
            r"خنازير)|الصراصير|الجرذان",
            "الطرف الآخر",
        ),
    ),
    Loaded.CODED: (
        (r"(?:the )?cleansing(?= of)", "the expulsions"),
        (r"so-called(?= \w+s?)", "the"),
        (r"(?:a |the )?final solution", "a lasting settlement"),
        (
            rf"{_THOSE}(?:traitors?|collaborators?|quislings?|sell-?outs?|fifth column(?:ists?)?|"
            rf"judas(?:es)?|turncoats?|enem(?:y|ies) within)",
            "people who talk with the other side",
        ),
        (rf"{_THOSE}settlers?", "residents"),
        (r"(?:ethnic|demographic) (?:purity|cleansing|hygiene|correction|balance restored)", "who lives in the area"),
        (
            rf"{_THOSE}(?:invaders?|infiltrators?|occupiers?|colonisers?|colonizers?|crusaders?|"
            rf"foreign elements?|newcomers?|intruders?|outsiders)",
            "the other community",
        ),
        (
            r"(?:send|drive|push|throw|chase) (?:them|these people|those people) (?:back|out|"
            r"into the (?:sea|river|desert))|go back where they came from|(?:our|the) (?:true|pure|real|"
            r"original) (?:blood|people|sons of the soil)|great(?:er)? replacement|(?:finish|"
            r"complete) the (?:work|job) (?:of|our|from)",
            "live in the area",
        ),
        (r"solution finale", "règlement durable"),
        (r"soluci[oó]n final", "arreglo duradero"),
        (r"окончательн\w+ решени\w+ (?:\w+ )?вопрос\w*", "прочное урегулирование"),
        (r"الحل النهائي ل", "تسوية دائمة ل"),
        (r"(?:les |des )?(?:tra[iî]tres|collabos|envahisseurs)", "ceux qui parlent à l'autre partie"),
        (r"(?:los |las )?(?:traidores|traidoras|vendepatrias|sapos|invasores)", "quienes hablan con la otra parte"),
        (r"предател\w+|оккупант\w+|захватчик\w+", "те, кто говорит с другой стороной"),
        (r"الخونة|العملاء|الغزاة", "من يتحدث مع الطرف الآخر"),
    ),
    Loaded.NAMING: (
        (
            r"(?:the |this |that |their )?(?:(?!sanctions?|inspection|monitoring|verification|ceasefire|legal|arms|"
            r"control|property|visa|treaty|border|customs)\w+ )?(?<!sanctions )(?<!inspection )(?<!monitoring )"
            r"(?<!verification )(?<!ceasefire )(?<!legal )(?:regime|junta|puppet government|puppets?|usurpers?|"
            r"dictatorship|so-called government|clique|cabal)(?! (?:of|for) (?:inspection|verification|"
            r"sanctions|access))",
            "the authorities",
        ),
        (
            rf"{_THOSE}(?:{_TERROR}|bandits?|thugs?|gangsters?|criminals in the bush|outlaws?|hooligans?|"
            rf"mobsters?|killers|butchers|murderers|warlords?|separatist gangs?|(?:armed )?gangs?)",
            "the armed group",
        ),
        (
            r"(?:so-called|self-styled|fake|pseudo|illegal) (?:government|republic|state|movement|army|"
            r"parliament|president|authorities)",
            "the other party",
        ),
        (
            r"(?:ces|les|des|de ces) (?:terroristes|bandits|voyous|criminels|hors-la-loi)|la junte|le r[eé]gime",
            "l'autre partie",
        ),
        (
            r"(?:es[oa]s|l[oa]s) (?:terroristas|bandidos|bandoleros|matones|criminales|forajidos|narcos)|"
            r"el r[eé]gimen|la dictadura",
            "la otra parte",
        ),
        (
            r"(?:эти\w* )?(?:террорист\w*|бандит\w*|головорез\w*|боевик\w*|каратели\w*)|(?:этот |"
            r"их )?режим(?!\w* (?:прекращени|тишин|контрол|провер))|хунт\w+",
            "другая сторона",
        ),
        (
            r"(?:هؤلاء )?(?:الإرهابيين|الإرهابيون|العصابات|قطاع الطرق|المجرمين|البلطجية)|النظام الحاكم|عصابة",
            "الطرف الآخر",
        ),
    ),
    Loaded.HATREDS: (
        (
            r"(?:have |has )?(?:been )?(?:killing|fighting|hating|at war with|slaughtering|"
            r"enemies)(?: each other| one another)? (?:for|since) (?:centuries|generations|ever|"
            r"a thousand years|time immemorial|the dawn of time)",
            "have a long conflict",
        ),
        (
            r"(?:ancient|age-?old|centur(?:y|ies)-?old|eternal|tribal|primordial|"
            r"historic) (?:\w+ )?(?:hatreds?|hate|enmit(?:y|ies)|feuds?|enemies|rivalr(?:y|ies)|"
            r"blood feuds?)",
            "a long conflict",
        ),
        (
            r"(?:is |are |it's |runs? |it is )?(?:all )?in (?:their|our|the) (?:blood|genes|nature|dna)|"
            r"(?:have |has )?(?:always|for centuries|for a thousand years|since for ?ever) (?:hated|"
            r"fought|killed|been (?:killing|fighting|enemies))\b(?: each other| one another)?|"
            r"born (?:enemies|killers|fighters|warriors)|hate each other by nature|(?:will|"
            r"can) never live together",
            "have a long conflict",
        ),
        (
            r"haines? (?:ancestrales?|s[eé]culaires?|ataviques?)|dans (?:le|leur) sang|depuis (?:toujours|"
            r"des si[eè]cles) (?:ennemis|ils se ha[iï]ssent)",
            "long conflit",
        ),
        (
            r"odios? (?:ancestral(?:es)?|milenari\w+|secular(?:es)?|at[aá]vicos?)|lo llevan en la sangre|"
            r"desde siempre se odian",
            "conflicto largo",
        ),
        (r"(?:древн|вековечн|извечн|веков)\w+ (?:ненавист|вражд)\w*|(?:это )?у них в крови", "долгий конфликт"),
        (r"(?:أحقاد|كراهية|عداوات|ضغائن) (?:قديمة|تاريخية|أزلية)|في دمهم|يكرهون بعضهم منذ الأزل", "نزاع طويل"),
    ),
    Loaded.STEREOTYPE: (
        (
            r"(?:tribal|arab|african|asian|balkan|oriental|peasant|muslim|christian|jewish|bedouin|nomad|"
            r"mountain|southern|northern|feudal|slave|clan|backward|herd|village|eastern|"
            r"western) (?:mentality|mindset|temperament|brain)",
            "the way of the people concerned",
        ),
        (
            r"(?:primitive|backward|uncivili[sz]ed|barbari[ac]n?|medieval|childlike|simple-minded|"
            r"illiterate masses)(?= \w+)",
            "customary",
        ),
        (
            r"\ball (?:the )?(?:[A-Z]\w+s|muslims|christians|jews|arabs|nomads|herders|farmers|"
            r"northerners|southerners|easterners|westerners|highlanders|lowlanders|refugees|migrants|"
            r"women|young men|men|foreigners|tribesmen|militiamen|policemen)\b(?! (?:who|in the (?:talks|"
            r"commission|session)|at the table))",
            "the groups concerned",
        ),
        (
            r"(?:they|those people|these people|the \w+ people|[A-Z]\w+s) (?:all |only |just |simply |"
            r"always |never )*(?:understand (?:only |nothing but )?(?:force|the stick|strength)|lie|cheat|"
            r"steal|are (?:lazy|liars|cowards|thieves|violent|emotional|irrational|hot-?blooded|greedy|"
            r"treacherous|all the same|like children)|cannot be trusted|can't be trusted|"
            r"can't think)(?: by nature)?|only understand(?:s)? (?:force|strength|the stick)|"
            r"(?:typical(?:ly)?) (?:of them|for them|[A-Z]\w+|tribal|male|female)|that kind of people|"
            r"people like that|(?:too )?(?:emotional|soft|weak) (?:for|because they are) (?:women|talks)|"
            r"women are (?:\w+ )?(?:emotional|natural|too|softer|born|peaceful|more peaceful)\w*",
            "the people concerned",
        ),
        (
            r"mentalit[eé] (?:tribale|arabe|africaine|paysanne|f[eé]odale)|ne comprennent que la force|"
            r"tous les (?:musulmans|chr[eé]tiens|arabes|nomades)|primiti(?:f|fs|ve|ves)|arri[eé]r[eé]e?s?",
            "les personnes concernées",
        ),
        (
            r"mentalidad (?:tribal|campesina|ind[ií]gena|feudal)|s[oó]lo entienden (?:la fuerza|a golpes)|"
            r"todos los (?:musulmanes|cristianos|ind[ií]genas|campesinos) (?:son|siguen)|primitiv[oa]s?|"
            r"atrasad[oa]s?|incivilizad[oa]s?",
            "las personas concernidas",
        ),
        (
            r"(?:племенн|кавказск|восточн|крестьянск|рабск)\w* (?:менталитет|мышлени)\w*|"
            r"понимают только силу|все (?:мусульмане|христиане|горцы|кочевники)|примитивн\w+|"
            r"отстал\w+ (?:народ|люд|плем)\w*|дикар\w+",
            "эти люди",
        ),
        (
            r"العقلية (?:القبلية|البدوية|العربية|الريفية)|لا يفهمون (?:إلا|سوى|غير) القوة|كل (?:المسلمين|"
            r"المسيحيين|البدو)|متخلف\w*|بدائي\w*",
            "المعنيون",
        ),
    ),
    Loaded.PLACE: (
        (
            r"(?:our |the |this )?(?:liberated|occupied|historic(?:al)?|sacred|holy|ancestral|reclaimed|"
            r"stolen|rebel|bandit|terrorist|enemy|infidel|temporarily occupied|god-given|"
            r"eternal) (?:\w+ )?(?:lands?|territor(?:y|ies)|homelands?|provinces?|soil|region|areas?|"
            r"zones?|valley|city)",
            "the area",
        ),
        (r"(?:nos|les|la|nôtre) (?:terres?|territoires?) (?:lib[eé]r[eé]e?s?|occup[eé]e?s?|sacr[eé]e?s?)", "la zone"),
        (r"(?:nuestras?|las?|los) (?:tierras?|territorios?) (?:liberad[oa]s?|ocupad[oa]s?|sagrad[oa]s?)", "la zona"),
        (r"(?:наш\w* )?(?:освобожденн|освобождённ|оккупированн|священн|исконн)\w+ (?:земл|территори)\w*", "этот район"),
        (r"(?:أراضينا|الأراضي|أرضنا) (?:المحررة|المحتلة|المقدسة)", "المنطقة"),
    ),
}

_RULES = tuple(
    (kind, re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE), calm)
    for kind, pairs in _CALMER.items()
    for pattern, calm in pairs
)

_RULED = (
    r"(?:court|tribunal|judges?|commissions?|inquir(?:y|ies)|investigat\w+|trial|proved|proven|"
    r"established|verdict|judge?ment|convict\w+|icj|icc|icty|ictr|tribunaux|cour|jugement|corte|"
    r"sentencia|суд\w*|трибунал\w*|приговор\w*|محكمة|المحكمة|حكم)"
)
_BOTH_WAYS = (
    r"(?:alleged(?:ly)?|so-called|supposed|(?:two|both|equal|different|other) (?:\w+ )?(?:stories|"
    r"versions?|truths|narratives|sides|views)|our version|their version|balance[d]?|neutral|"
    r"equal(?:ly)?|open question|den(?:y|ies|ied|ial)|doubt\w*|tone down|leave (?:it )?out|"
    r"never (?:happened|took place|existed)|both sides|(?:on )?(?:both|all) sides|equally|"
    r"play down|soften"
    r"|pr[eé]tendu\w*|deux (?:versions|r[eé]cits)|nier|équilibr\w+|presunt\w+|dos (?:versiones|"
    r"relatos)|negar|equilibr\w+|так называем\w+|две (?:версии|правды)|отрица\w+|المزعوم\w*|"
    r"روايتين|روايتان|إنكار)"
)
_COURTS = re.compile(rf"\A(?=.*(?<!\w){_RULED}(?!\w))(?=.*(?<!\w){_BOTH_WAYS}(?!\w))", re.IGNORECASE | re.DOTALL)
_HEDGED = re.compile(
    r"(?:alleged|so-called|supposed|pr[eé]tendue?s?|presunt[oa]s?|так называем\w+)\s+(?=\w)", re.IGNORECASE
)
_TWO_NAMES = re.compile(
    r"\b(?:we|ours?|us)\b.{0,25}\b(?:say|call|use|name|write)\b.{1,60}\b(?:they|theirs?|"
    r"the others?|other side)\b.{0,20}\b(?:say|call|use|name|write)\b"
    r"|\btwo names\b|\b(?:which|what) name\b|\bcalled (?:\w+ ){1,3}by (?:us|them|one side)\b|"
    r"\bname of the (?:town|city|region|river|mountain|area|province|island)\b",
    re.IGNORECASE | re.DOTALL,
)


def calmed(text: str) -> Calm:
    """Return `text` in neutral words, with the kinds of loaded words found, in the order of `Loaded`."""
    kinds: set[Loaded] = set()
    calm = text
    if _COURTS.search(calm):
        kinds.add(Loaded.COURTS)
        calm = _HEDGED.sub("", calm)
    for kind, pattern, word in _RULES:
        calm, times = pattern.subn(word, calm)
        if times:
            kinds.add(kind)
    if _TWO_NAMES.search(text):
        kinds.add(Loaded.PLACE)
    return Calm(text=calm, kinds=tuple(kind for kind in Loaded if kind in kinds))


_TITLE = (
    r"(?:colonel|general|brigadier|major|captain|lieutenant|commander|minister|governor|president|"
    r"chief|mr|mrs|ms|dr|sheikh|imam|father|bishop|witness|informant|source|ambassador|envoy|"
    r"judge|colonel|général|commandant|ministre|témoin|m\.|mme|coronel|comandante|ministro|"
    r"testigo|se[nñ]or|señora|генерал|полковник|командир|министр|свидетель|господин|العقيد|العميد|"
    r"اللواء|الجنرال|القائد|الوزير|الشاهد|الشيخ|السيد|السيدة)"
)
_NAME = r"[A-ZÀ-ÞА-ЯЁ][a-zß-ÿа-яё'’-]+"
_PUBLIC = re.compile(
    r"\b(?:The|United|Nations|Champions|League|Security|Council|African|European|Union|Red|Cross|"
    r"Crescent|Northern|Southern|Eastern|Western|North|South|East|West|Good|Friday|Human|Rights|"
    r"Peace|Agreement|Accords?|Article|Annex|Chapter|Central|Republic"
    r"|General|Assembly|International|Criminal|Court|Supreme|Prime|Foreign|New|Saint|San|Sierra|"
    r"Sri|El|Costa|Burkina|Papua|Saudi|Middle|Latin|Geneva|Oslo|Camp|David|Monday|Tuesday|"
    r"Wednesday|Thursday|Saturday|Sunday"
    r"|January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Christian|Muslim|Islamic|Orthodox|Catholic)\b"
)
_FULL_NAME = re.compile(rf"(?<![.!?]\s)(?<!^)(?<!\w)({_NAME}(?: {_NAME}){{1,2}})(?!\w)")
_TITLED = re.compile(rf"(?<!\w)(?i:{_TITLE})\s+(?:{_NAME}|(?-i:ال)?[\u0621-\u064a]{{3,}} [\u0621-\u064a]{{3,}})")
_NUMBER = re.compile(
    r"\+?\d[\d ()\-/]{7,}\d|(?<!\w)(?:room|chambre|habitaci[oó]n|номер|غرفة) \d+|"
    r"[\w.]+@[\w.]+\.\w+|\b\d{1,2}[.,]\d{3,}\s*[,;]\s*\d{1,3}[.,]\d{3,}",
    re.IGNORECASE,
)


def names_people(text: str) -> bool:
    """Whether `text` seems to name people, or gives numbers and rooms where they can be found."""
    full = any(not _PUBLIC.search(match[1]) for match in _FULL_NAME.finditer(text))
    return full or bool(_TITLED.search(text) or _NUMBER.search(text))
