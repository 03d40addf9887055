"""What the coach does not do, whoever asks: judge, tell on others, clear contacts legally, help to harm, verify, predict.

Each boundary is a handful of turns of phrase over folded text. A boundary is told in one sentence and followed by a next step
(`NEXT`): the cards that help with what can be done instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from mediation_coach.coach.signs import fold


class Boundary(StrEnum):
    """Things the coach does not do; each has its own sentence and its own next step."""

    OTHER_USERS = "other_users"
    HARMFUL = "harmful"
    LISTED_CONTACT = "listed_contact"
    VERIFICATION = "verification"
    PREDICTION = "prediction"
    TAKES_SIDES = "takes_sides"


NEXT: Mapping[Boundary, str] = {
    Boundary.TAKES_SIDES: "How do I set out the positions, interests and needs of both sides?",
    Boundary.LISTED_CONTACT: "A negotiator is under a warrant or on a sanctions list: what do I ask counsel?",
    Boundary.HARMFUL: "How do I answer hard tactics and say firmly what follows, without threatening?",
    Boundary.VERIFICATION: "An allegation of a massacre during talks: how is it logged and referred?",
    Boundary.PREDICTION: "How do I prepare for an election or a shock that changes everything?",
}
"""For each boundary with something to offer instead, the question whose cards are offered."""

_SIDE = (
    r"(?:side|party|delegation|team|leader|camp|group|army|government|rebels?|opposition|movement|"
    r"commander|president|people|community|cause|claim|war|us|them|we|they)s?"
)

_PATTERNS: Mapping[Boundary, tuple[str, ...]] = {
    Boundary.OTHER_USERS: (
        r"what (?:the )?(?:other|others|opposing|opposite|\w+ side) ?(?:\w+ ){0,3}(?:asked|told|wrote|said|ask|tells?|says?) "
        r"(?:to )?(?:you|the coach|this coach)\b",
        r"what (?:did|do|does|has|have|is|are|was) (?:the )?(?:other|others?|opposite|opposing|"
        r"different|anyone|anybody|someone|somebody|government|rebel|\w+) ?(?:\w+ ){0,3}(?:ask|asked|"
        r"asking|write|wrote|said|say|tell|told|type|typed|want|wanted) (?:to )?(?:you|the coach|"
        r"this coach|here)\b",
        r"(?:does|do|did|is|are|has|have|was|were) (?:any ?one|any ?body|some ?one|some ?body|the \w+|"
        r"our \w+|my \w+|people|others?|there) (?:\w+ ){0,6}(?:us(?:e|es|ed|ing) (?:you|this|"
        r"the coach|this coach|it)\b|(?:take|took|taken|attend|attended|join|joined|follow|"
        r"followed) (?:this|the|the same|your) (?:course|training|programme|program|workspace)|"
        r"in this (?:workspace|channel|course|training)|talk(?:s|ed|ing)? (?:to|with) you|ask(?:s|ed|"
        r"ing)? you|writ(?:e|es|ing) (?:to )?you)",
        r"who (?:else )?(?:uses|used|is using|asks|asked|talks|talked|writes|wrote|has asked|has used|"
        r"took|attended|is) (?:to |with )?(?:you|this coach|the coach|this|here|the course|"
        r"in this (?:workspace|course))\b",
        r"(?:most|three|five|ten|top|common|popular|frequent|typical|last|"
        r"recent) (?:\w+ ){0,3}(?:questions?|topics?|worries|requests) (?:\w+ ){0,4}(?:from|of|by|"
        r"asked|here|people|users)\b.{0,40}\b(?:here|ministry|users?|people|side|workspace|delegation|"
        r"country|movement|party|participants?)\b",
        r"(?:people|users?|participants?|anyone|others?) from (?:my|our|their|his|her|the) (?:country|"
        r"party|side|organi[sz]ation|delegation|ministry|movement|\w+)\b.{0,40}\b(?:workspace|here|"
        r"use|using|ask|asked|you|worr\w+|course)\b",
        r"(?:show|tell|give|share|repeat|send|forward|read|print|list) (?:me |"
        r"us )?(?:\w+ ){0,4}(?:other|another|previous|someone else'?s?|somebody else'?s?|his|her|"
        r"their|the (?:other|government|rebel|opposing)\w*) (?:\w+ )?(?:user|person|conversation|chat|"
        r"question|message|transcript|client)s?\b",
        r"(?:how many|which) (?:\w+ ){0,3}(?:users?|people|parties|delegations|"
        r"participants?) (?:\w+ ){0,4}(?:use|using|asked|ask|here|in this workspace)\b",
        r"(?:qu'est-ce que|que|qui|est-ce que) .{0,40}(?:autres?|quelqu'un|d[eé]l[eé]gation|"
        r"minist[eè]re) .{0,30}(?:(?:t'|vous |te )(?:a|ont|demande\w*|pose\w*|dit)|utilise\w* ce|"
        r"suivi (?:ce|le m[eê]me) cours)",
        r"(?:qu[eé]|qui[eé]n(?:es)?|alguien|hay) .{0,40}(?:otr[oa]s?|alguien|delegaci[oó]n|ministerio|"
        r"pa[ií]s) .{0,30}(?:(?:te|le) (?:pregunt|dij|escrib|cont)\w+|usa[n]? (?:este|esto|el coach)|"
        r"tom[oó] (?:este|el mismo) curso|en este espacio)",
        r"(?:что|кто|кто-нибудь|есть ли) .{0,40}(?:друг\w+|делегаци\w+|министерств\w+|сторон\w+|"
        r"кто-то) .{0,30}(?:(?:тебя|вас|тебе|вам) (?:спраш|спроси|писа|говори)\w*|"
        r"спрашивал\w* (?:тебя|вас)|пользу\w+ (?:этим|тобой|вами)|проходил\w* (?:этот|тот же) курс)",
        r"(?:ماذا|من|هل) .{0,40}(?:الاخر|اخرون|احد|الوفد|الوزاره|غيري) .{0,30}(?:سالك|سالوك|يسالك|"
        r"كتب لك|يستخدم|يستخدمون|استخدم|حضر (?:هذه|نفس) الدوره)",
        r"qui d'autre (?:vous |t')utilise|l'autre (?:partie|camp) (?:vous |t')utilise|"
        r"ce que l'autre (?:partie|camp) (?:vous |t')a demand[eé]",
        r"qu[eé] (?:le|te) pregunt[oó] (?:a usted )?la otra parte(?! al? )|qui[eé]n m[aá]s (?:le|te|lo) usa",
        r"что (?:(?:у )?(?:вас|тебя) )?спрашивала другая сторона(?! у )|"
        r"кто еще (?:(?:вами|тобой) пользуется|пользуется (?:вами|тобой)|пользуется\W*$)",
        r"ما(?:ذا)? سالك الطرف الاخر|(?:^|اخبرني |قل لي |اريد ان اعرف )ما ساله الطرف الاخر|من يستخدمك",
    ),
    Boundary.HARMFUL: (
        r"\b(?:write|draft|word|text|send|tell|say|message|help|make|get|convince|persuade|press|"
        r"pressure)\b.{0,80}\bso (?:that )?(?:they|he|she|it|the \w+) (?:will |would |can )?(?:stops?|"
        r"stays?|keeps?|shuts?|withdraws?|retracts?|disappears?|drops?|forgets?)\b|\b(?:witness|"
        r"journalist|victim|source|survivor)s?\b.{0,40}\b(?:(?:stay|keep|keeps|stays) (?:quiet|"
        r"silent)|shut up|retract\w*|withdraw (?:the|her|his|their) (?:statement|testimony))",
        r"without (?:the |either |one |any )?(?:others?|them|him|her|side|party|mediator|monitors?|"
        r"delegation) (?:\w+ )?(?:knowing|noticing|finding out|seeing|realising|realizing)|(?:make|"
        r"get|have) (?:\w+ ){0,4}(?:report|evidence|autopsy|findings?|investigation|audit|test|count|"
        r"record)s? (?:\w+ )?(?:look|appear|seem|sound|come out|disappear|vanish|say)\b|teach (?:them|"
        r"him|her) a lesson|something (?:they|he|she)(?:'d| would|'ll| will) (?:understand|remember|"
        r"not forget|fear)",
        r"(?:draft|write|compose|prepare|phrase|word|formulate|give me|help (?:me|"
        r"us) (?:to )?(?:write|draft|word)|make) (?:(?!without|not|no|never|"
        r"avoid)\w+ ){0,6}(?:threat(?:s|ening)?|ultimatum|menac\w+|blackmail|intimidat\w+|scare|"
        r"frighten\w*|extort\w*)\b",
        r"(?:more|sound|sounds|look) (?:\w+ )?(?:menacing|threatening|frightening|intimidating|"
        r"scary)\b|(?:their|his|her|your) (?:famil(?:y|ies)|wife|wives|children|kids|sons?|daughters?|"
        r"homes?|villages?) will (?:regret|pay|suffer|burn|be (?:next|hurt|sorry))",
        r"(?<!without )(?<!not )(?<!never )(?:threaten|intimidate|blackmail|frighten|scare|extort|"
        r"bribe|coerce|poison|kidnap|abduct|assassinate|kill|eliminate|ambush|smear|defame|discredit|"
        r"humiliate|spy on|bug|wiretap|hack|track|surveil|stalk|infiltrate|deceive|mislead|trick|fool|"
        r"dupe|lie to|cheat) (?:the |their |his |her |our |a |an |one of |my |some |any )?(?:other |"
        r"rival |opposing )?(?:\w+ )?(?:side|party|delegat\w+|mediators?|monitors?|observers?|"
        r"leaders?|commanders?|negotiators?|witness\w*|opponents?|ministers?|governor|journalists?|"
        r"activists?|team|people|famil\w+|them|him|her|inspectors?|commission|envoy|donors?)\b",
        r"(?:plant|place|put|insert|recruit|run|pay|slip) (?:\w+ ){0,3}(?:somebody|someone|a spy|"
        r"spies|a mole|moles|an agent|an informer|an informant|a bug|a microphone|our man|a source|"
        r"a person) (?:in|inside|into|within|on|among|under)\b",
        r"(?:fake|forged?|false|doctored|fabricated|made-up|made up) (?:\w+ ){0,2}(?:leak|letter|"
        r"document|evidence|video|audio|report|minutes|quote|statement|photo\w*|map|numbers?|figures|"
        r"list|news|story|stories|rumou?rs?|accounts?)\b(?!.{0,40}\b(?:about us|is going round|"
        r"circulat|went viral|appeared|of me|was|has been|online|respond|answer|react|counter)\b)",
        r"(?:report|declare|show|hand in|give|count|register) (?:\w+ ){0,3}(?:fewer|less|more|"
        r"only half|not all|old|broken|false|wrong) (?:\w+ ){0,3}(?:soldiers|troops|fighters|weapons|"
        r"rifles|guns|arms|numbers|men)\b|(?:hide|conceal|keep back|bury|store away|"
        r"move) (?:\w+ ){0,4}(?:weapons|rifles|guns|arms|troops|soldiers|fighters|heavy weapons|"
        r"prisoners|bodies|graves?) (?:\w+ ){0,4}(?:from|before|so that|without|"
        r"where) (?:the )?(?:monitors?|inspect\w*|observers?|mission|commission|anyone|they|nobody|"
        r"being)",
        r"without (?:getting|being) (?:caught|noticed|seen|found out|detected)|so that (?:they|nobody|"
        r"no one|the monitors?|the mediators?) (?:do(?:es)?n't|do not|never|won't|will not|"
        r"cannot) (?:notice|find out|see|know)",
        r"(?:find|get|give me|tell me|work out|identify|look up|collect|track down|locate|list|trace|"
        r"unmask|expose) (?:\w+ ){0,4}(?:home address|where (?:he|she|they|the \w+) (?:lives?|sleeps?|"
        r"stays?)|who (?:the |their )?(?:informant|source|witness|leaker|whistle\w+) (?:is|was|are)|"
        r"(?:names|addresses|phones?|numbers|identit\w+|movements|route) of (?:the |their |all |"
        r"these )?(?:opponents?|opposition|activists?|witness\w*|protesters?|fighters?|members|"
        r"leaders?|informants?|journalists?|critics|supporters?))",
        r"(?:use|attack|take|shell|strike|raid|advance|move) (?:\w+ ){0,4}(?:the (?:ceasefire|truce|"
        r"pause|talks|lull) to|during the (?:ceasefire|truce|talks|pause)) (?:\w+ ){0,3}(?:attack|"
        r"regroup|rearm|re-arm|advance|surprise|take|encircle|strike|hit|move)|how (?:do|can|"
        r"should) (?:we|i) (?:attack|ambush|encircle|bomb|shell|outflank|besiege|starve)\b",
        r"(?:hide|keep) (?:\w+ ){0,3}(?:from|secret from) the mediator (?:that|how|what|the (?:number|"
        r"real|true))|(?:bend|falsify|change|alter|tamper with|backdate|manipulate|forge|destroy|"
        r"delete|shred) (?:the |our |some |a )?(?:\w+ ){0,2}(?:evidence|medical|forensic|autopsy|"
        r"records?|minutes|signatures?|votes?|ballots?|findings)\b|get (?:compromising|dirt|"
        r"kompromat)\b|compromising (?:material|photos|information)",
        r"(?:r[eé]dige\w*|[eé]cri(?:s|re|vez)|pr[eé]pare\w*|"
        r"aide\w* [aà] [eé]crire) .{0,40}(?:menac\w+|chantage|intimid\w+)|(?:tromper|duper|menacer|"
        r"espionner|infiltrer|faire chanter|mentir [aà]|cacher [aà]) (?:le|la|les|l'|aux?|"
        r"leur) ?(?:m[eé]diat\w+|d[eé]l[eé]g\w+|observ\w+|autre\w*|partie|inspecteurs?|adversaires?)|"
        r"(?:faux|fausse) (?:fuite|lettre|document|preuve|vid[eé]o|rapport)s?\b.{0,30}(?:pour|qui)|"
        r"cacher (?:\w+ ){0,3}(?:armes|troupes|soldats)",
        r"(?:redact\w+|escrib\w+|prepar\w+|ay[uú]d\w+ a escribir) .{0,40}(?:amenaz\w+|chantaje|"
        r"intimid\w+)|(?:enga[nñ]ar|amenazar|espiar|infiltrar|chantajear|mentir(?:le)? a|"
        r"ocultar(?:le)? a) (?:al?|la|los|las) ?(?:mediador\w*|delegaci\w+|observador\w*|otr\w+|parte|"
        r"inspector\w*|monitor\w*|verificador\w*)|(?:esconder|ocultar) (?:\w+ ){0,3}(?:armas|tropas|"
        r"soldados|combatientes)|filtraci[oó]n falsa|documento falso para",
        r"(?:напиш\w+|состав\w+|подготов\w+|помог\w+ написать) .{0,40}(?:угроз\w+|шантаж\w*|запуг\w+)|"
        r"(?:обмануть|запугать|шантажировать|подкупить|следить за|внедрить\w* в|прослушивать|"
        r"ввести в заблуждение) .{0,30}(?:посредник\w*|делегаци\w+|наблюдател\w+|сторон\w+|"
        r"противник\w*|переговорщик\w*|комисси\w+)|(?:спрятать|скрыть|утаить) .{0,20}(?:оружи\w+|"
        r"войск\w*|солдат\w*|численност\w+)|фальшив\w+ (?:утечк|письм|документ|доказательств)\w*",
        r"(?:اكتب|صغ|حضر|ساعدني في كتابه) .{0,40}(?:تهديد|ابتزاز|ترهيب|تخويف)|(?:خداع|تضليل|تهديد|"
        r"ابتزاز|التجسس علي|مراقبه|اختراق|رشوه|نخدع|نضلل|اخدع) .{0,20}(?:الوسيط|الوفد|المراقبين|الطرف|"
        r"الخصم|اللجنه|المفاوض)|(?:اخفا|نخفي|اخفي) .{0,20}(?:السلاح|الاسلحه|القوات|الجنود|المقاتلين)|"
        r"تسريب (?:مزيف|كاذب)|وثيقه مزوره",
    ),
    Boundary.LISTED_CONTACT: (
        r"\b(?:banned|proscribed|listed|sanctioned|designated|blacklisted|outlawed|"
        r"forbidden)\b.{0,80}\b(?:is (?:that|this|it) (?:\w+ )?(?:allowed|legal|lawful|permitted|ok|"
        r"okay|possible)|(?:may|can|could|should|do) (?:we|i) (?:go|meet|talk|train|pay|help|do (?:it|"
        r"this|that)))",
        r"\b(?:warrant|indict\w+|wanted by)\b.{0,80}\b(?:do|should|may|can|shall|could) (?:i|"
        r"we) (?:go|meet|see|talk|speak|answer|accept|invite|receive|shake|travel)\b",
        r"(?:can|may|could|should|are|am|is|do|would) (?:we|i|it|he|she|they|one|our \w+|my \w+|"
        r"the \w+) (?:be )?(?:\w+ ){0,3}(?:meet|contact|talk|speak|pay|host|invite|fly|train|advise|"
        r"transfer|fund|give|see|call|negotiate|sit|drive|accommodate|reimburse|legal|lawful|allowed|"
        r"permitted|punish\w*|liable|break\w*|violat\w*)\b.{0,80}\b(?:listed|sanction\w*|"
        r"terrorist list|blacklist\w*|proscribed|designated|banned|travel ban|asset freeze|"
        r"arrest warrant|warrant|indict\w*|wanted by|icc|terror)\b",
        r"(?:is|would|was) it (?:\w+ )?(?:legal|lawful|illegal|unlawful|a crime|criminal|punishable|"
        r"allowed|permitted|an offen[cs]e)\b|am i allowed (?:to|by law)|(?:confirm|tell me|assure me|"
        r"say) (?:\w+ ){0,3}(?:that )?(?:\w+ ){0,4}(?:is|are|would be) (?:legal|lawful|allowed)",
        r"(?:get|go|work|find a way|way|ways|trick|route) (?:a?round|past|to (?:avoid|evade|bypass|"
        r"circumvent)|of (?:avoiding|evading|bypassing)) (?:the |these |their |"
        r"any )?(?:\w+ ){0,2}(?:sanctions?|asset freeze|travel ban|embargo|listing|warrant|ban|"
        r"blacklist|restrictions on)|(?:bypass|circumvent|evade|dodge|escape) (?:the |these |"
        r"a )?(?:\w+ ){0,2}(?:sanctions?|asset freeze|travel ban|embargo|listing|warrant)",
        r"(?:puis-je|peut-on|pouvons-nous|a-t-on le droit|est-ce (?:l[eé]gal|permis|autoris[eé])|"
        r"est-il (?:l[eé]gal|permis)).{0,80}(?:sanctions?|liste|list[eé]|mandat d'arr[eê]t|cpi|"
        r"terroriste|gel des avoirs|interdiction de voyager)|(?:contourner|[eé]viter|"
        r"[eé]chapper [aà]) (?:les|le|la|l')? ?(?:sanctions?|gel|embargo|interdiction|mandat)|"
        r"est-ce l[eé]gal|est-il l[eé]gal",
        r"(?:puedo|podemos|se puede|es (?:legal|l[ií]cito|permitido)|"
        r"tenemos derecho).{0,80}(?:sancion\w*|lista|listad\w+|orden de (?:arresto|captura)|cpi|"
        r"terrorista|congelaci[oó]n|prohibici[oó]n de viaj\w+)|(?:esquivar|evadir|evitar|saltarse|"
        r"burlar) (?:las?|el|los)? ?(?:sanciones|congelaci[oó]n|embargo|orden|prohibici[oó]n)|"
        r"es legal\b",
        r"(?:можно ли|могу ли|можем ли|законно ли|имеем ли право|разрешено ли).{0,80}(?:санкци\w+|"
        r"списк\w+|ордер\w*|мус|террорист\w*|заморо\w+|запрет\w*)|(?:обойти|"
        r"избежать) (?:\w+ )?(?:санкци\w+|эмбарго|запрет\w*|ордер\w*|заморозк\w+)|законно ли",
        r"(?:هل (?:يمكن|يجوز|يحق|يسمح|من القانوني|قانوني)).{0,80}(?:عقوبات|القايمه|قايمه|مذكره|توقيف|"
        r"الجنايات|ارهاب|تجميد|حظر السفر|مطلوب)|(?:التحايل علي|تجاوز|الالتفاف علي|"
        r"تفادي) (?:ال)?(?:عقوبات|تجميد|حظر|مذكره)|هل (?:هذا |هو )?قانوني",
    ),
    Boundary.VERIFICATION: (
        r"(?:tell me|do you know|are you sure|can you say) (?:if|whether) (?:\w+ ){0,8}(?:are|is|was|"
        r"were|really|did) ?(?:\w+ ){0,3}(?:real|true|fake|genuine|authentic|staged|forged|"
        r"happen(?:ed)?)\b|how many (?:\w+ ){0,3}(?:died|dead|(?:were )?killed|"
        r"victims)\b.{0,60}\b(?:according to you|do you (?:know|think|say)|in your (?:view|opinion)|"
        r"really)",
        r"(?:is|was) it true (?:that )?.{0,60}\b(?:massacre|killed|killings?|attack\w*|atrocit\w+|"
        r"slaughter|bomb\w*|shell\w*|mass graves?|executed|poison|gas|burn\w*|raped|murder\w*|shot)\b|"
        r"(?:did|has|have) (?:the |that |this |our |their )?(?:\w+ ){0,3}(?:massacre|killings?|attack|"
        r"atrocity|bombing|shelling|slaughter) (?:\w+ ){0,2}(?:really |actually )?(?:happen|"
        r"take place|occur)",
        r"\b(?:confirm or deny|(?:can|could|will) you (?:please )?(?:confirm|verify|check)|"
        r"please (?:confirm|verify)|^(?:confirm|verify)) (?:\w+ ){0,4}(?:massacre|deaths?|"
        r"number of (?:dead|killed|victims)|killed|attack|that (?:the|they|it|there))\b|"
        r"confirm or deny|(?:true or (?:false|fake)|real or (?:fake|staged))\b|who (?:did it|"
        r"fired first|shot first|committed|carried out|is (?:behind|responsible for) the (?:attack|"
        r"massacre|killing\w*|bombing|shelling))",
        r"\b(?:massacre|slaughter|atrocit\w+|killings?|battle|attack|shelling|bombing|"
        r"mass grave)\b.{0,80}\b(?:which (?:is|was|one|version|of)|who is (?:lying|right|"
        r"telling the truth)|what really happened|what is the truth|did it happen|is (?:it|this|"
        r"that) true|true\?|really\?)",
        r"est-(?:il|ce) vrai .{0,60}(?:massacre|tu[eé]s?|attaque|charnier)|(?:peux-tu|"
        r"pouvez-vous) (?:confirmer|v[eé]rifier)|(?:le|ce) massacre a-t-il|confirme\w* ou d[eé]ment\w*",
        r"es (?:verdad|cierto) .{0,60}(?:masacre|mat\w+|ataque|fosa)|(?:puedes?|puede) (?:confirmar|"
        r"verificar)|confirm\w+ o desm\w+|ocurri[oó] (?:de verdad |realmente )?(?:la|el) (?:masacre|"
        r"ataque)",
        r"правда ли.{0,60}(?:резн|уби|расстрел|массов|нападени|могил)\w*|(?:можешь|"
        r"можете) (?:подтвердить|проверить)|подтверд\w+ или опроверг\w*|"
        r"была ли (?:на самом деле )?резня",
        r"هل (?:صحيح|حقا|فعلا).{0,60}(?:مجزره|مذبحه|قتل|هجوم|مقبره)|(?:هل يمكنك|اكد|"
        r"اكدوا) .{0,20}(?:تاكيد|نفي|التحقق)|هل (?:وقعت|حدثت) (?:المجزره|المذبحه)",
    ),
    Boundary.PREDICTION: (
        r"will (?:the |our |their )?(?:\w+ ){0,2}(?:side|camp|party|opposition|government|president|"
        r"rebels?|army|candidate|movement|leader|minister|coalition|junta|yes|"
        r"no)(?: \w+)? (?:\w+ )?(?:win|lose|fall|be (?:re-?)?elected|prevail|survive|resign|step down|"
        r"be toppled)\b(?=[^?]{0,60}\?)|who (?:comes|is|will be|would be) (?:next|the next|"
        r"after (?:him|her))\b|(?:in your (?:view|opinion)|do you (?:think|believe)|"
        r"according to you)[^?]{0,40}\b(?:win|lose|fall|collapse)\b",
        r"who (?:will|is going to|would|'ll|do you think will|is likely to) (?:\w+ )?(?:win|lose|take|"
        r"be (?:the next|elected|president)|survive|come out|rule|govern|prevail)\b|"
        r"which (?:of (?:the|these) (?:\w+ )?|\w+ )(?:\w+ )?(?:leaders?|side|part(?:y|ies)|army|"
        r"candidates?|delegation)? ?(?:\w+ )?(?:will|is going to) (?:\w+ ){0,2}(?:win|still be|lose|"
        r"be in power|survive|collapse|prevail|last)",
        r"(?:odds|bets?|chances?|probability|likelihood|percent(?:age)? chance) (?:on|of|that|"
        r"for) (?:the |a |our |their )?(?:\w+ ){0,4}(?:los\w+|win\w*|fall\w*|collaps\w+|victory|coup|"
        r"president|capital|war|elect\w+)|(?:predict|forecast|foretell|bet on|"
        r"guess) (?:\w+ ){0,4}(?:outcome|result|winner|election|vote|war|who|fall|end|referendum)|"
        r"will (?:the )?(?:war|government|regime|president|rebels?|opposition|army|movement|coalition|"
        r"party|capital) (?:\w+ )?(?:fall|win|lose|collapse|survive|end|be over|be re-?elected)|"
        r"(?:how long|when) (?:will|before) the (?:war|government|president|regime|"
        r"fighting) (?:\w+ )?(?:end|fall|last|collapse)s?|who(?:'s| is) (?:winning|going to win|ahead)",
        r"qui (?:va |ira )?(?:gagner|gagnera|remporte\w*|l'emportera)|"
        r"quelles? (?:sont les )?chances .{0,30}(?:gagn|perd|tomb)\w+|pr[eé]di(?:s|re|sez)",
        r"qui[eé]n (?:va a ganar|ganar[aá]|gana)|(?:qu[eé]|cu[aá]les son las) (?:probabilidades|"
        r"posibilidades) .{0,30}(?:gan|perd|ca)\w+|predi(?:ce|cir|ga)",
        r"кто (?:победит|выиграет|побеждает)|какие шансы .{0,30}(?:побед|выигр|проигр|паден)\w*|"
        r"предскаж\w+|спрогнозируй\w*",
        r"من (?:سيفوز|سيربح|سينتصر|يفوز|ينتصر)|ما (?:هي )?(?:احتمالات|فرص) .{0,30}(?:فوز|خساره|سقوط)|"
        r"(?:توقع|تنبا) ",
    ),
    Boundary.TAKES_SIDES: (
        rf"(?:which|what) (?:of (?:the|these|those) )?(?:two |both )?{_SIDE} (?:is|are|was|were|"
        rf"do you think|has|have|started|broke|do you (?:support|prefer|believe))\b.{{0,40}}(?:right|"
        rf"wrong|guilty|worse|better|legitimate|to blame|fault|stronger|reasonable|honest|just|more|"
        rf"aggressor|support|prefer|believe|started|broke|lying|evil|good)",
        r"who (?:is|are|was|were|do you think is|really is|is really) (?:\w+ )?(?:right(?! under)|"
        r"wrong|to blame|guilty|at fault|the (?:aggressor|victim|terrorist|culprit|bad|good|"
        r"legitimate|real)|lying|legitimate|responsible for (?:the|this) (?:war|conflict))\b|"
        r"whose (?:fault|side|war|land|claim)\b|who (?:started|began|provoked|caused) (?:this|the|it|"
        r"all)\b|who broke the (?:truce|ceasefire|deal|promise) first",
        r"(?:a |an )?(?:terrorists?|criminals?|murderers?|traitors?|war criminals?) or (?:a |"
        r"an )?(?:freedom|liberat\w+|hero\w*|legitimate|patriot\w*|resistance|negotiators?|martyrs?)|"
        r"(?:freedom fighters?|heroes?|liberators?) or (?:a )?(?:terrorists?|criminals?|traitors?)|"
        r"is (?:he|she|the \w+ ?\w*|our \w+|their \w+) (?:really )?(?:a )?(?:terrorist|war criminal|"
        r"legitimate|dictator|liar|puppet|hero)s?\b(?=.{0,12}\?)",
        r"(?:tell|say|write|confirm|admit|agree|declare|state|show|prove) (?:me |us |to me |"
        r"in writing |clearly |honestly )?(?:that )?(?:our|my|their|his|the) (?:\w+ )?(?:cause|side|"
        r"claim|position|war|struggle|fight|people|enemy|party|delegation|government|rebels?) (?:is|"
        r"are|was|were) (?:\w+ )?(?:just|right|wrong|legitimate|illegitimate|lying|guilty|terrorist|"
        r"better|the (?:aggressor|victim))",
        r"(?:score|rate|rank|grade|judge|mark) (?:\w+ ){0,4}(?:proposals?|delegations?|leaders?|"
        r"sides?|part(?:y|ies)|offers?|commanders?|presidents?)\b|(?:do|would|"
        r"don't) you (?:\w+ )?(?:support|side with|condemn|agree with|prefer|favou?r|think (?:we|they|"
        r"our|their|the \w+) (?:are|is|were|was) (?:right|wrong|just|guilty|legitimate))|(?:are|"
        r"aren't|are not) (?:we|they) (?:\w+ )?(?:right|justified|the (?:good|real|victims?|"
        r"aggressors?)|in the right)\b(?=.{0,30}\?)|take (?:our|my|their|a) side\b|on (?:our|whose|"
        r"my) side\b(?=.{0,8}\?)|(?:in )?your (?:honest |own |personal )?opinion\b.{0,60}(?:right|"
        r"wrong|war|side|fault|started|guilty|legitimate)|(?:write|draft|make|"
        r"give me) (?:\w+ ){0,4}(?:propaganda|against the (?:government|rebels?|opposition|enemy)|"
        r"that (?:blames|accuses|condemns))",
        r"qui a (?:raison|tort|commenc[eé])|quel (?:camp|c[oô]t[eé]) (?:a|est)|(?:terroristes?|"
        r"criminels?) ou (?:un |des )?(?:combattants?|r[eé]sistants?|h[eé]ros)|[aà] qui la faute|"
        r"dis(?:-moi)? que (?:notre|leur) cause|(?:note|classe|"
        r"[eé]value)\w* les (?:deux )?(?:propositions|d[eé]l[eé]gations|camps)|donne\w* raison|"
        r"de quel c[oô]t[eé] es-tu",
        r"qui[eé]n (?:tiene (?:la )?raz[oó]n|empez[oó]|tiene la culpa|comenz[oó])|(?:cu[aá]l|"
        r"qu[eé]) (?:bando|lado|parte) (?:tiene|es|est[aá])|terroristas? o (?:un |unos )?(?:luchador|"
        r"libertador|h[eé]ro|combatient)\w*|de qui[eé]n es la culpa|di(?:me|ga)? que (?:nuestra|"
        r"su) causa|(?:califi|punt[uú]|evalu)\w+ (?:las|los) (?:dos )?(?:propuestas|delegaciones|"
        r"bandos)|de qu[eé] lado est[aá]s",
        r"кто (?:прав|виноват|начал)\b|какая (?:из )?сторон\w* (?:права|виновата)|террорист\w* или|"
        r"чья вина|скажи\w*,? что (?:наш|их)\w* (?:дело|сторона)|(?:оцени|сравни)\w* (?:предложени\w+|"
        r"делегаци\w+) .{0,20}(?:лучше|справедлив|кто)|на чьей ты стороне",
        r"من (?:علي حق|المحق|المخطي|المذنب|بدا (?:الحرب|هذه))|اي (?:طرف|الطرفين|جانب) (?:علي حق|محق|"
        r"مخطي)|ارهابي ام|خطا من|قل (?:لي )?ان قضيتنا|(?:قيم|صنف) (?:مقترح|الوفدين|الطرفين)|مع من انت",
    ),
}

_RULES = {
    boundary: re.compile("|".join(f"(?:{fold_free})" for fold_free in patterns))
    for boundary, patterns in _PATTERNS.items()
}

_IN_GENERAL = re.compile(
    r"(?<!\w)(?:in general(?: terms)?|generally|what do (?:people|mediators|"
    r"practitioners) (?:usually |normally )?(?:think|consider|do)|what (?:are|is) the (?:rules?|"
    r"law|positions?|risks?)|how do (?:other )?(?:mediators|organi[sz]ations|teams) (?:handle|"
    r"decide|deal)"
    r"|en g[eé]n[eé]ral|en t[eé]rminos generales|por lo general|в общем|вообще|بشكل عام|عموما)(?!\w)"
)


def boundary_of(text: str) -> Boundary | None:
    """Return the boundary that `text` runs into, if any; questions of general method run into none of law."""
    folded = fold(text)
    for boundary, pattern in _RULES.items():
        if pattern.search(folded) and not (boundary is Boundary.LISTED_CONTACT and _IN_GENERAL.search(folded)):
            return boundary
    return None
