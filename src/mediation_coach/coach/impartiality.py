"""The same question from either side is looked up in the same words: who asks and who the others are is taken out of the query.

Only the words that are looked up are changed; what the reader said, and what a language model is shown, stays theirs.
"""

from __future__ import annotations

import re

LONGEST = 120
"""Words in a message up to which sides are taken out of the query; a longer one is its own context."""

_PARTY = (
    # who people are at the table, in five languages
    r"mainland(?:er)?s?|incumbents?|challengers?|government|ministry|cabinet|presidency|"
    r"president(?:ial)?|state|army|military|regime|authorit(?:y|ies)|officials?|capital|centre|"
    r"center|central|ruling|majority|coalition|administration|governor|crown"
    r"|rebels?|insurgents?|insurgency|movement|front|guerrillas?|opposition|resistance|militias?|"
    r"fighters?|ex-?fighters?|ex-?combatants?|combatants?|separatists?|autonomists?|federalists?|"
    r"secessionists?|loyalists?|republicans?|unionists?|nationalists?|royalists?|minorit(?:y|ies)|"
    r"armed|revolutionar(?:y|ies)"
    r"|hill|valley|river|coast(?:al)?|mountain|highland(?:er)?s?|lowland(?:er)?s?|island(?:er)?s?|"
    r"northern(?:er)?s?|southern(?:er)?s?|eastern(?:er)?s?|western(?:er)?s?|north|south|east|west|"
    r"upper|lower|upstream|downstream|urban|rural|town|village"
    r"|christians?|muslims?|sunnis?|shiites?|shia|catholics?|protestants?|orthodox|jews?|jewish|"
    r"druze|hindus?|buddhists?|tamils?|farmers?|herders?|pastoralists?|nomads?|settled|bigger|"
    r"smaller|larger|big|small|winners?|losers?|declared winner|declared loser|oil|region|"
    r"regional|province|provincial|company|workers|union|landowners?|tenants?"
    r"|federal|unitary|national|interim|transitional|executive|mayor(?:'s office)?|"
    r"municipal(?:ity)?|council(?:lors)?|parliament(?:arians?)?|senators?|palace|royal|king|"
    r"police|gendarmerie|security services?|intelligence|brigade|battalion|faction"
    r"|leftists?|rightists?|conservatives?|liberals?|socialists?|communists?|democrats?|"
    r"monarchists?|islamists?|secular(?:ists?)?|religious|church|mosque|temple|bishops?|priests?|"
    r"imams?|clerics?|reds?|blues?|greens?|whites?"
    r"|miners?|employers?|employees|strikers?|students?|rectorate|landlords?|planters?|fishers?|"
    r"fishermen|ranchers?|settlers?|residents?|natives?|indigenous|migrants?|exiles?|diaspora|"
    r"returnees?|returners|occupants?|stayers|elders|chiefs?|herdsmen|pastoral|cultivators?|"
    r"growers|shepherds?|traders?|downriver|upriver|inland|plateau|old town|new town|east bank|"
    r"west bank"
    r"|ethnic|tribal|clans?|tribes?|families|kin|self-defen[cs]e|commandos?|partisans?|"
    r"dissidents?|breakaway|mainstream|splinter|hardliners?|moderates?"
    r"|gouvernement|minist[eè]re|arm[eé]e|rebelles?|mouvement|insurg[eé]s?|majorit[eé]|"
    r"minorit[eé]|pouvoir|gobierno|ministerio|ej[eé]rcito|rebeldes?|guerrilla|movimiento|"
    r"insurgentes?|oposici[oó]n|mayor[ií]a|minor[ií]a"
)
_AT_THE_TABLE = (
    r"government|ministry|cabinet|army|rebels?|movement|front|guerrillas?|militia|opposition|"
    r"resistance|delegation|party|side|faction|clan|tribe|community"
    r"|gouvernement|mouvement|rébellion|délégation|gobierno|guerrilla|movimiento|delegaci[oó]n"
)
_GROUP = (
    r"(?:community|clan|tribe|delegation|team|side|party|group|people|quarter|camp|commanders?|"
    r"generals?|forces|bloc|wing|troops|soldiers|women's group|youth|delegates?|negotiators?|"
    r"advisers?|leaders?|mps?|members?|officers?|representatives?|spokes\w+|elders?|clergy|"
    r"language|secretary|council|without oil|one|ones)"
)
_ARTICLE = (
    r"(?:the|a|an|our|their|my|his|her|your|this|that|le|la|les|l'|un|une|notre|leur|nos|leurs|el|"
    r"los|las|nuestro|nuestra|su)"
)
_OTHER = re.compile(
    rf"(?<!\w)(?:{_ARTICLE}\s+)?(?:(?:other|opposing|rival|"
    rf"opposite)\s+)?(?:(?:{_PARTY})(?:'s?)?[\s-]+)+(?:{_GROUP}(?:'s?)?(?!\w)(?:\s+(?:of|"
    rf"from) (?:the )?(?:{_PARTY}))?|(?<=\s)(?=\W|$))"
    rf"|(?<!\w)(?:{_ARTICLE}\s+)?(?:(?:other|opposing|"
    rf"rival)\s+)?(?:{_PARTY})(?:'s?)?(?!\w)(?!\s+(?:commission|council|plan|text|ceasefire|line|"
    rf"border|vote|election|secret|revenue|money|wells?|sharing))"
    rf"|(?<!\w)(?:the|our|their) other (?:{_GROUP})(?!\w)",
    re.IGNORECASE,
)
_I_AM = (
    r"(?:(?:i am|i'm|we are|we're|je suis|nous sommes|soy|somos)(?= (?:an?|the|from|with|for|part of|one of|"
    r"(?:in|on) (?:the|an?|our|your) [\w'’ -]{0,30}(?:team|delegation|side|party|group|camp|committee|council)|"
    r"(?:in|on) \w+ side|un|une|le|la|l'|du|de|des|el|los|las|del)(?!\w))|i speak for|we speak for|i negotiate for|we negotiate for|i lead|"
    r"i head|i advise|i work (?:for|with)|i represent|we represent|i sit (?:with|for)|i belong to|"
    r"i serve|we signed for|i come from|we come from|i write for|i act for|i command|"
    r"i (?:was sent|am sent|was appointed|am here) by|i sit on|we sit on|i'm here for|my (?:side|"
    r"party|people|delegation|principal|boss|minister|employer|team) (?:is|are)|i (?:joined|"
    r"support|fight|fought|vote|voted|campaign|work|worked|write|speak|translate|draft) (?:for|"
    r"with|on behalf of)|speaking from|we,|us,"
    r"|as|speaking (?:as|for)|on behalf of|je parle (?:au nom )?d\w+|"
    r"je négocie pour|en tant que|hablo por|negocio por|я из|я представляю|я от|"
    r"мы из|мы от|أنا من|نحن من|أمثل|بصفتي)"
)
_HEADED = re.compile(
    rf"^\s*(?:[\w'’-]+ ){{0,3}}(?:{_PARTY})(?:'s?)?(?: [\w'’-]+){{0,3}}\s*(?::(?=\s)|\bhere[.:,])", re.IGNORECASE
)
_APPOSED = re.compile(
    r"(?<!\w)(?:our|my) (?:side|party|people|delegation|team|group), the [^,.;:?!]{2,40},", re.IGNORECASE
)
_MINE = re.compile(
    r"(?<!\w)(?:my|our) (?:\w+ )?(?:leaders|members|men|people|fighters|soldiers|troops|comrades|"
    r"colleagues)(?!\w)",
    re.IGNORECASE,
)
_LEADER = re.compile(
    r"(?<!\w)(?:the|our|their|a) (?:\w+ )?(?:ministers?|president|prime minister|premier|governor|"
    r"king|emir|chairman|secretary-general)(?!\w)",
    re.IGNORECASE,
)
_WITH = re.compile(
    r"(?<!\w)((?:discuss\w*|agree\w*|talk\w*|meet\w*|speak\w*|negotiat\w*|quarrel\w*|dispute|"
    r"conflict|deal|sit|share[ds]?|shared|serve) (?:\w+ ){0,2}with) the (?:\w+ ){0,2}\w+",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    rf"(?:^|(?<=[.!?:;,]\s)|(?<=\n)|(?<=and )){_I_AM}(?!\w)[^.!?:;,\n]*(?:[.!?:;,\n]|$)", re.IGNORECASE
)
_RANKS = re.compile(r"(?<!\w)(?:commanders?|generals?|colonels?|officers?|chiefs?|leaders?)(?!\w)", re.IGNORECASE)
_SIDED = re.compile(
    r"(?<!\w)(?:speak|speaking|negotiate|sit|act|write|work|fight|fought|campaign|vote|draft|"
    r"translate) (?:for|with|on behalf of)(?!\w)|(?<!\w)(?:represent|advise|was sent by|"
    r"am sent by|was appointed by|belong to|come from|(?:i'm|i am|we're|we are) (?:from|with|for|"
    r"on)"
    r"|as (?:the|an?) [\w'’ -]{2,40} (?:negotiator|spokes\w+|adviser|advisor|lawyer|delegate|"
    r"envoy|secretary|representative|officer)"
    r"|(?:delegate|member|adviser|advisor|envoy|lawyer|officer|leader|spokes\w+|secretary|"
    r"representative) (?:of|for|to)|(?:je|nous) (?:parl\w+|négoci\w+|représent\w+)|(?:hablo|"
    r"negocio|represento)|(?:представляю|говорю от)|أمثل)(?!\w)",
    re.IGNORECASE,
)
_OF_OTHERS = re.compile(
    r"(?<!\w)(?:the|those|these) (?!same |question |next |first |last |talks |ceasefire |text |"
    r"draft )(?:(?!and |i |we )[\w'’]+ ){0,3}?(?!i |we )[\w'’]+(?= (?:say|says|said|ask|asks|asked|want|wants|wanted|"
    r"refuse|refuses|refused|demand|demands|demanded|think|thinks|believe|believes|fear|fears|"
    r"claim|claims|accuse|accuses|lie|lies|insult|insults|leak|leaks|leaked|block|blocks|blocked"
    r"|occupy|occupies|hold|holds|held|keep|keeps|kept|stop|stops|stopped|broke|break|breaks|left|"
    r"leave|leaves|gave|give|gives|made|make|makes|offer|offers|offered|won't|will not|would not|"
    r"don't|doesn't|do not|does not|never|call|calls|called|distrust|distrusts|threaten|threatens|"
    r"lost|walked|signed|started|began|sent|promised|owe|owes|took|attack\w*)(?!\w))"
    r"|(?<=us and )the (?:\w+ ){0,2}\w+|(?<=between )the (?:\w+ ){0,2}\w+(?= and (?:us|we)(?!\w))",
    re.IGNORECASE,
)
_NOT_PEOPLE = (
    r"(?!(?:leaders|members|papers|numbers|letters|matters|orders|borders|others|offers|powers|"
    r"answers|waters|quarters|chapters|mediators|facilitators|observers|monitors|donors|factors|"
    r"doors|errors|guarantors|guarantees|committees|grants|warrants|investors"
    r"|mothers|fathers|sisters|brothers|voters|women|negotiators|negotiation|parameters|computers|"
    r"covers|containers|corridors|disorders|murders|disasters|barriers|triggers|teachers|"
    r"journalists)(?!\w))"
)
_PEOPLE = re.compile(
    rf"(?<!\w)(?:(?:the|those|these|our|their) (?:\w+ )?)?{_NOT_PEOPLE}\w{{3,}}(?:ers|ors|ists|"
    rf"ians|men|people|folk|ites|ants)(?:'s?|s')?(?!\w)",
    re.IGNORECASE,
)
_OURS = re.compile(
    rf"(?<!\w)(?:our|my|notre|mon|ma|nuestr[oa]|mi|we,? the|us,? the|nous,? les|"
    rf"nosotros,? los)\s+(?:\w+\s+)?(?:{_AT_THE_TABLE})(?!\w)",
    re.IGNORECASE,
)
_WHOLE_PERSON = re.compile(
    r"(?<!\w)(?:victims?|survivors?|witness(?:es)?|refugees?|displaced|women|youth|young|mothers?|"
    r"teachers?|priests?|journalists?|mediators?|facilitators?|observers?|monitors?|donors?|"
    r"trainers?|victimes?|v[ií]ctimas?)(?!\w)",
    re.IGNORECASE,
)


def query_of(text: str) -> str:
    """Return the words to look up: as they are, or, where someone says whose side they are on, without the sides."""
    if len(text.split()) > LONGEST:
        return text
    clauses = [m for m in _CLAUSE.finditer(text) if _OTHER.search(m[0]) or _SIDED.search(m[0])]
    ours = _OURS.search(text) is not None and len(_OTHER.findall(text)) > 1
    if not (clauses or ours or _HEADED.match(text) or _APPOSED.search(text)):
        return text
    rest = text
    for match in reversed(clauses):
        rest = rest[: match.start()] + _who(match[0]) + rest[match.end() :]
    level = _level(_APPOSED.sub("our side", _HEADED.sub("", rest)))
    return level if re.search(r"\w+\W+\w+\W+\w+", level) else text


def _who(clause: str) -> str:
    """Return what a self-introduction says besides the side: that someone is a victim, a woman, a teacher."""
    kept = dict.fromkeys(match.lower() for match in _WHOLE_PERSON.findall(clause))
    return f" {' '.join(kept)}: " if kept else " "


def _level(text: str) -> str:
    text = _LEADER.sub("the party leaders", _MINE.sub("our people", _RANKS.sub("leaders", text)))
    text = _WITH.sub(r"\1 the party", text)
    for others in (_OF_OTHERS, _OTHER, _PEOPLE):
        text = others.sub(" the party ", text)
    text = re.sub(r"(?:the party\s+(?:of |from |and |or )?)+(?=the party)", "", text)
    text = " ".join(text.split())
    text = re.sub(
        r"\bthe party (?:local |own |top |main )?leaders? and (?=i\b|we\b|us\b)",
        "the party and ",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(
        r"\bthe party\s+(?:is|are|has|have|do|does|don't|doesn't|did|was|were)\b",
        "the party",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(
        r"\bthe party\s+and (?:i|we|us)\b|\b(?:i|we|us) and\s+the party\b",
        "the party and we",
        text,
        flags=re.IGNORECASE,
    )
    return " ".join(re.sub(r"\s+([.,;:?!])", r"\1", text).split())
