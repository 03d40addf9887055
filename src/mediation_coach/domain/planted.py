"""Words that speak to the machine instead of asking it something, and the text without them.

People paste drafts, mails and notes; some carry sentences meant for whatever machine reads them. Such sentences are taken out before
anything is looked up or answered, so that the answer is the same with and without them. Pure; five languages; nothing is decoded or run.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\U000e0000-\U000e007f]")
_MARKUP = re.compile(
    r"<!--.*?(?:-->|$)|!\[[^\]]*\]\([^)]*\)|(?:%[0-9a-f]{2}){6,}|(?:\\[xu][0-9a-f]{2,4}){4,}|"
    r"(?<!\w)(?:[0-9a-f]{2}[ :]){11,}[0-9a-f]{2}(?!\w)|(?<!\w)(?:\w[ .\-_]{1,3}){7,}\w(?!\w)|<\|"
    r"[^>]{0,40}\|>|\[/?INST\]|<</?SYS>>|</?(?:system|assistant|instructions?|prompt)>"
    r"|(?<![\w+/=])[A-Za-z0-9+/]{24,}={0,2}(?![\w+/=])",
    re.DOTALL | re.IGNORECASE,
)
_OBJECT = re.compile(r"\{[^{}]*[\"'](?:role|system|instructions?|tool|function|content)[\"'][^{}]*\}", re.IGNORECASE)
_FENCED = re.compile(r"(?:-{2,}|\*{3,}|={3,}|#{3,})\s*(?=\S)[^\n]*?(?<=\S)\s*(?:-{2,}|\*{3,}|={3,}|#{3,})", re.DOTALL)
_PIECE = re.compile(r".+?(?:[.!?؟…:](?=[\"'”’»)\]]*(?:\s|$|[A-ZÀ-ÞА-Я]))[\"'”’»)\]]*|\n|$)\s*", re.DOTALL)
_QUOTE_CLOSES = "\"'”’»)]"


def _one_of(*alternatives: str) -> str:
    return "(?:" + "|".join(alternatives) + ")"


_MACHINE = _one_of(
    r"(?<!\w)(?:a\.?i\.?|ais|i\.?a\.?|llms?|gpt|chat ?gpt|chat ?bots?|bots?|robots?|machines?|"
    r"language models?|ai (?:readers?|assistants?|systems?|models?|tools?|agents?)|"
    r"virtual assistants?)(?!\w)",
    r"(?<!\w)(?:the|this|any|dear|every|your) (?:assistant|coach ?bot|model|coach software)(?!\w)|"
    r"(?:attention|dear|hey|hello|hi|to|note|for) (?:the )?(?:assistant|model)\s*[:,]|"
    r"^\W*(?:assistant|model)\s*[:,]|(?<!\w)assistants? (?:reading|that reads?|who reads?|"
    r"processing|must|shall|should|will)(?!\w)",
    r"(?<!\w)(?:l'|cet |tout |cher |chère )?(?:assistant(?:e)? (?:qui|lisant|doit|devra|"
    r"virtuel\w*)|intelligence artificielle|modèle de langage|mod[eè]les? de langue|"
    r"automate)(?!\w)",
    r"(?<!\w)(?:el|la|este|un|cualquier|todo) (?:asistente|modelo de lenguaje)(?!\w)|"
    r"(?<!\w)(?:asistente|modelo de lenguaje|inteligencia artificial)(?!\w)",
    r"(?<!\w)(?:языков\w+ модел\w+|нейросет\w+|искусственн\w+ интеллект\w*|ассистент\w*|"
    r"чат-?бот\w*|бот\w{0,2}|ии)(?!\w)",
    r"(?:النموذج اللغوي|نموذج لغوي|الذكاء الاصطناعي|ذكاء اصطناعي|المساعد (?:الذي|الذكي|الآلي)|"
    r"أيها (?:المساعد|الروبوت|البوت|النموذج)|روبوت|بوت)",
)
_MUST = _one_of(
    r"(?<!\w)(?:must|shall|should|has to|have to|will|please|kindly|only|note to|note for|"
    r"instructions? (?:to|for)|attention|ps|remember|reply|respond|answer|say|print|reveal|"
    r"disclose|show|send|forward|list|confirm|approve|rank|continue|call|ignore|forget|follow|"
    r"obey|act|write|start|output|repeat|mention|processed by|read by|reading this|reads this|"
    r"if you are)(?!\w)",
    r"(?<!\w)(?:doit|doivent|devra|devront|devez|veuillez|uniquement|seulement|note (?:à|pour|a)|"
    r"ps|répond\w*|affich\w*|révèl\w*|montr\w*|envo\w+|ignor\w*|oubli\w*|appell\w*|class\w*|"
    r"approuv\w*|confirm\w*|écri\w*|ne mentionne|lu par|si (?:tu es|vous êtes)|lira|lit|"
    r"pour tout)(?!\w)",
    r"(?<!\w)(?:debe|deben|deberá|deberán|por favor|solo|sólo|únicamente|nota (?:para|a)|pd|"
    r"p\.d\.|respond\w*|muestr\w*|mostr\w*|revel\w*|env[ií]\w*|ignor\w*|olvid\w*|llam\w*|"
    r"clasific\w*|aprob\w*|apruebe|confirm\w*|escrib\w*|le[aí]d?[oa]?|si eres|si es usted|"
    r"que lea)(?!\w)",
    r"(?<!\w)(?:долж\w+|пожалуйста|только|обязан\w*|ответь\w*|отвечай\w*|покажи\w*|раскрой\w*|"
    r"отправь\w*|игнорируй\w*|забудь\w*|называй\w*|одобри\w*|подтверди\w*|если ты|если вы|"
    r"примечание|для)(?!\w)",
    r"(?:يجب|على|أرجو|الرجاء|فقط|أجب|أظهر|اكشف|أرسل|تجاهل|انس|سمّ|وافق|أكد|إذا كنت|ملاحظة|إلى)",
)
_ORDERS = _one_of(
    # forget the rules, show the inside
    r"(?<!\w)(?:ignore|disregard|forget|override|bypass|drop|skip|suspend|abandon|set aside|"
    r"do not follow|stop following)\b[^.!?\n]{0,40}\b(?:instructions?|rules?|guidelines?|prompts?|"
    r"polic(?:y|ies)|restrictions?|safety|limits?|filters?|the question|everything (?:above|"
    r"before))(?!\w)",
    r"(?<!\w)(?:rules?|restrictions?|safety|filters?|confidentiality)\b[^.!?\n]{0,30}\b(?:are|is|"
    r"were|was|ended|end|have been|has been) ?(?:now )?(?:suspended|lifted|off|disabled|void|over|"
    r"ended|cancelled|switched off)|(?<!\w)(?:rules?) (?:ended|end|no longer apply)(?!\w)",
    r"(?<!\w)(?:your|hidden|secret|initial|system|the original|previous|prior|above|"
    r"first and last) (?:\w+ )?(?:instructions?|prompts?|memory|configuration|rules|"
    r"system message|keys)(?!\w)|(?<!\w)system prompts?(?!\w)",
    r"(?<!\w)(?:print|reveal|disclose|show|display|output|dump|repeat|leak|list|export|give me|"
    r"tell me)\b[^.!?\n]{0,50}\b(?:your (?:memory|prompt|instructions|rules|configuration|keys|"
    r"notes|data)|chat history|(?:stored|other|all|whole|full|entire|this|"
    r"previous)? ?(?:conversations?|chats?|chat history)|other users?|all users?|every(?:one|"
    r"body) who|the names? of everyone|environment variables?|api keys?|passwords?)(?!\w)",
    r"(?<!\w)(?:you are|you're|act as|behave as|pretend (?:to be|you)|role-?play|"
    r"from now on,? you|answer as|speak as) (?:now |from now on |an? |"
    r"the )?(?:\w+ ?){0,3}(?:unrestricted|unfiltered|without (?:limits|rules|restrictions)|"
    r"\w*coach\w*|\w*bot|assistant|dan|admin\w*|root|jailbr\w+|developer mode|free)(?!\w)|"
    r"(?<!\w)you are now(?!\w)",
    r"(?<!\w)(?:enter|activate|enable|switch to|start) (?:\w+ ){0,2}(?:mode|override)(?!\w)|"
    r"(?<!\w)(?:maintenance|developer|debug|god|admin|unrestricted|jailbreak|test) mode(?!\w)|"
    r"(?<!\w)(?:operator|admin\w*|system|security) (?:override|code)(?!\w)",
    r"(?<!\w)(?:as|i am|i'm|this is) (?:your|the) (?:\w+ )?(?:administrator|admin|developer|"
    r"operator|creator|owner|course team|programmer|system)(?!\w)|(?<!\w)from the (?:course|admin|"
    r"security|development) team(?!\w)",
    r"(?<!\w)(?:post|publish|send|forward|share|e-?mail|upload|copy|"
    r"tell)\b[^.!?\n]{0,30}\b(?:this|the|whole|all|his|her|their|user'?s?|our|"
    r"entire)\b[^.!?\n]{0,20}\b(?:conversation|chat|thread|notes?|history|messages?|phone number|"
    r"transcript|memory|data)(?!\w)",
    r"(?<!\w)(?:erase|delete|wipe|cancel|remove|change)\b[^.!?\n]{0,20}\b(?:reminders?|"
    r"check-?ins?|records?|data|memory|accounts?) of (?:all|every|the|other)\b|(?<!\w)(?:tell|"
    r"show) (?:each|every|any|the) users?\b|(?<!\w)the user (?:has|have|will|already|would|agreed|"
    r"wants|likes?)(?!\w)|(?<!\w)users?'s? (?:phone|name|data|notes)(?!\w)",
    r"(?<!\w)(?:invent|make up|fabricate|fake) (?:a |an |some |the )?(?:statistics?|numbers?|"
    r"figures?|quotes?|sources?|citations?|cases?)(?!\w)|"
    r"(?<!\w)cite (?:the )?[\w ]{2,30} for it(?!\w)|(?<!\w)(?:ignore|skip) the question(?!\w)",
    r"(?<!\w)(?:tool_?call|function_?call|exec|eval|system|import os|curl|export_all|sudo|"
    r"rm -rf)\s*[:(]|\w+\((?:\w+=\S+,? ?)+\)",
    r"^\W*\[?(?:system|admin|operator|developer|assistant|sistema|syst[eè]me|система|النظام|"
    r"نظام)\]?\s*[:\]]",
    r"(?<!\w)(?:translate|encode|convert|decode)\b[^.!?\n]{0,30}\b(?:base64|rot13|hex|binary|"
    r"morse)(?!\w)|(?<!\w)you may now(?!\w)|(?<!\w)priority:? ?(?:total|absolute|highest|max)\w*|"
    r"card steps:|(?<!\w)end of (?:message|prompt|document)\W+(?:developer|system|admin|new)",
    # French
    r"(?<!\w)(?:ignor\w+|oubli\w+|outrepass\w+|contourn\w+|suspend\w+|d'oublier|"
    r"d'ignorer)\b[^.!?\n]{0,40}\b(?:instructions?|règles?|consignes?|directives?|restrictions?|"
    r"limites?|question)(?!\w)",
    r"(?<!\w)(?:affich\w+|révél\w+|révèl\w+|imprim\w+|montr\w+|donne[rz]?|me donner|list\w+|"
    r"export\w+|envo\w+|publi\w+|partag\w+|transmet\w+|transfér\w+|joign\w+|"
    r"copi\w+)\b[^.!?\n]{0,50}\b(?:mémoire|instructions|consignes|configuration|clés?|historique|"
    r"(?:toute|cette|la|les|nos|des) (?:conversation|discussion|conversations|notes)|"
    r"autres utilisateurs|utilisateurs|prompt|notes)(?!\w)",
    r"(?<!\w)(?:tu es|vous êtes|agis|agissez|comporte-toi)\b[^.!?\n]{0,30}\b(?:désormais|"
    r"maintenant|sans (?:aucune )?(?:limites?|restrictions?|règles?)|comme)(?!\w)|"
    r"(?<!\w)mode (?:sans restrictions?|maintenance|débogage|développeur|administrateur|"
    r"libre)(?!\w)",
    r"(?<!\w)(?:en tant que|je suis) (?:votre |ton |l'|le |un )?(?:administrat\w+|développeu\w+|"
    r"opérateu\w+)|(?<!\w)(?:développeur|administrateur|opérateur|système)\s*:|"
    r"(?<!\w)l'utilisateur (?:a|est|sera|veut|aimera|accepte)(?!\w)|(?<!\w)(?:effac\w+|"
    r"supprim\w+)\b[^.!?\n]{0,20}\b(?:rappels?|données|mémoire)|(?<!\w)invent\w+ (?:un|une|"
    r"des) (?:chiffres?|statistiques?|sources?)|(?<!\w)fin du (?:message|document|prompt)(?!\w)|"
    r"(?<!\w)ne mentionne\w* pas cette|(?<!\w)règles? de (?:sécurité|"
    r"confidentialité)\b[^.!?\n]{0,30}\b(?:suspendue?s?|levée?s?|finie?s?|terminée?s?)|"
    r"(?<!\w)(?:auriez-vous|aurais-tu) l'amabilité d(?:'|e )(?:oublier|ignorer)",
    # Spanish
    r"(?<!\w)(?:ignor\w+|olvid\w+|omit\w+|suspend\w+|salt\w+)\b[^.!?\n]{0,40}\b(?:instrucciones|"
    r"reglas?|normas?|directrices|restricciones|l[ií]mites?|pregunta)(?!\w)",
    r"(?<!\w)(?:imprim\w+|muestr\w+|mostr\w+|revel\w+|dame|deme|dar|list\w+|export\w+|env[ií]\w+|"
    r"publi\w+|compart\w+|reenv[ií]\w+|adjunt\w+|copi\w+)\b[^.!?\n]{0,50}\b(?:memoria|"
    r"instrucciones|configuraci[oó]n|claves?|historial|(?:toda|esta|la|las) (?:charla|"
    r"conversaci[oó]n|conversaciones)|otros usuarios|usuarios|prompt|apuntes|notas)(?!\w)",
    r"(?<!\w)(?:eres|act[uú]a|comp[oó]rtate|usted es)\b[^.!?\n]{0,30}\b(?:ahora|desde ahora|"
    r"sin (?:ning[uú]n )?(?:l[ií]mites?|restricciones|reglas)|como)(?!\w)|"
    r"(?<!\w)modo (?:sin restricciones|mantenimiento|depuraci[oó]n|desarrollador|administrador|"
    r"libre)(?!\w)",
    r"(?<!\w)(?:como|soy) (?:tu |su |el |un )?(?:administrador\w*|desarrollador\w*|operador\w*)|"
    r"(?<!\w)(?:desarrollador|administrador|operador|sistema)\s*:|(?<!\w)el usuario (?:ya|ha|"
    r"autoriz\w+|quiere|acept\w+)|(?<!\w)al usuario le (?:encantar\w+|gustar\w+)|"
    r"(?<!\w)(?:borr\w+|elimin\w+)\b[^.!?\n]{0,20}\b(?:recordatorios?|datos|memoria)|"
    r"(?<!\w)invent\w+ (?:un|una|cifras?|estad[ií]sticas?|fuentes?)|(?<!\w)fin del (?:mensaje|"
    r"documento)(?!\w)|(?<!\w)reglas? de (?:seguridad|"
    r"confidencialidad)\b[^.!?\n]{0,30}\b(?:suspendidas?|terminaron|anuladas?)|"
    r"(?<!\w)comentario del revisor: la ia|(?<!\w)decir que (?:el|la|"
    r"los) \w+ tienen? (?:la )?raz[oó]n",
    # Russian and Arabic
    r"(?<!\w)(?:игнорируй\w*|забудь\w*|отмени\w*|обойди\w*)\b[^.!?\n]{0,40}(?:инструкци|правил|"
    r"указани|ограничени)\w*|(?<!\w)(?:покажи\w*|раскрой\w*|выведи\w*|напечатай\w*|перечисли\w*|"
    r"отправь\w*|перешли\w*|опубликуй\w*)\b[^.!?\n]{0,50}(?:памят|инструкци|настройк|истори|"
    r"переписк|пользовател|ключ|промпт|заметк)\w*|(?<!\w)(?:теперь ты|ты теперь|действуй как|"
    r"веди себя как)(?!\w)|(?<!\w)режим (?:без ограничений|отладки|разработчика|обслуживания)|"
    r"(?<!\w)(?:как|я) (?:ваш |твой )?(?:администратор|разработчик|оператор)(?!\w)|"
    r"(?<!\w)(?:отвечай|ответь)\w* только|(?<!\w)пользователь (?:уже|согласил|разрешил)|"
    r"(?<!\w)удали\w*\b[^.!?\n]{0,20}(?:напоминани|данны|памят)\w*|(?<!\w)придумай\w* (?:цифр|"
    r"статистик|источник)",
    r"(?:تجاهل|انس|ألغ|تخط)\w*[^.!?؟\n]{0,40}(?:التعليمات|تعليمات|القواعد|قواعد|القيود)|(?:اطبع|"
    r"أظهر|اعرض|اكشف|أرسل|انشر|اذكر)\w*[^.!?؟\n]{0,50}(?:ذاكرت|الذاكرة|تعليمات|المحادث|محادث|"
    r"المستخدم|سجل|الإعدادات|المفاتيح)|أنت الآن|من الآن فصاعدا أنت|وضع (?:المطور|الصيانة|"
    r"بلا قيود)|بصفتي (?:المدير|المطور|المشغل)|أنا (?:المطور|المشرف|مدير النظام)|أجب فقط|"
    r"المستخدم (?:وافق|قد وافق|سبق)|احذف[^.!?؟\n]{0,20}(?:التذكيرات|البيانات)|اخترع (?:رقم|إحصا)",
)

_MORE_ORDERS = _one_of(
    r"(?<!\w)(?:reply|respond|answer|say|start|begin|end)\b[^.!?\n]{0,24}\b(?:only|solely|"
    r"every (?:answer|reply)|each (?:answer|reply)|nothing but|exactly|with the words?)(?!\w)",
    r"^\W*(?:commenc\w+ (?:par|chaque)|empiez\w+ (?:con|cada))|"
    r"(?<!\w)répond\w*\b[^.!?\n]{0,20}\b(?:uniquement|seulement|que par)(?!\w)|"
    r"(?<!\w)respond\w*\b[^.!?\n]{0,20}\b(?:solo|sólo|solamente|[uú]nicamente)(?!\w)",
    # the message ends here, so a new one begins; stop being what you are; say it after me
    r"^\W*(?:end of (?:the )?(?:user )?(?:message|input|prompt|document|text|conversation)|"
    r"new (?:conversation|session|chat|topic|context)|fin (?:du|de la|del|de) (?:\w+ )?(?:message|"
    r"conversation|mensaje|conversaci[oó]n|documento?|texte?o?)|nouvelle conversation|"
    r"nueva conversaci[oó]n)\W*$",
    r"(?<!\w)(?:stop|quit|cease) (?:being|acting as|playing) (?:a |an |the )?(?:coach|assistant|"
    r"bot|machine|neutral)|(?<!\w)(?:repeat|say) after me|(?<!\w)word for word:|"
    r"(?<!\w)mot pour mot :|(?<!\w)palabra por palabra:",
    r"(?<!\w)(?:show|read|send|give|list|quote) (?:me |us )?(?:the )?(?:last|previous|recent|"
    r"latest|first) (?:\w+ )?(?:messages?|conversations?|chats?|questions?|answers?)(?!\w)|"
    r"(?<!\w)messages? (?:from|of|in) other (?:rooms?|channels?|users?|people)|"
    r"(?<!\w)dire que (?:le|la|les|l')\s?[\w ]{2,40} (?:a|ont) (?:raison|tort|gagné)|"
    r"(?<!\w)priorité[- ](?:absolue|totale|maximale)|(?<!\w)prioridad[- ](?:absoluta|total|"
    r"m[aá]xima)",
    # a part to play, a game, a story in which nothing holds
    r"(?<!\w)(?:imagine|suppose|pretend|let's (?:play|pretend|"
    r"imagine))\b[^.!?\n]{0,40}\b(?:you (?:are|have|can|were|had)|a game|no (?:rules|limits|"
    r"restrictions)|you're)|(?<!\w)in (?:this|our|the) (?:story|game|scenario|play|"
    r"role)\b[^.!?\n]{0,40}\b(?:you|machine|rules)|(?<!\w)(?:new|updated|revised|"
    r"changed) (?:instructions?|polic(?:y|ies)|rules?|guidelines?|directives?)\W",
    # judge for one side, name a side badly
    r"(?<!\w)(?<!i )(?<!we )(?<!they )(?<!to )(?<!you )(?:say|state|conclude|declare|agree|write|answer|reply|admit|confirm|insist|"
    r"tell (?:him|her|them|the user|everyone)) (?:\w+ ){0,3}that (?:the |our |their |one |"
    r"this )?(?:\w+ ){1,4}(?:is|are|was|were|has|have|will|must|should|wins?|won)(?!\w)|"
    r"(?<!\w)(?:take|takes) (?:the|our) side of|(?<!\w)(?:side|sides) with (?:the|us|our)|"
    r"(?<!\w)(?:always|only|never) (?:recommend|praise|favou?r|support|mention|cite|use|call|"
    r"refer|side|answer|reply|say|write|speak|name|give|add|include|refuse|warn)(?!\w)|"
    r"(?<!\w)(?:refer to|call|describe|label|address) (?:the |all )?(?:\w+ ){1,3}(?:as |only |"
    r"from now on )?[\"'“«]?(?:terrorists?|bandits?|criminals?|thugs?|traitors?|rats?|enem(?:y|"
    r"ies))",
    # I may, so you must
    r"(?<!\w)(?:i am|i'm|we are|this is) (?:\w+ ){0,3}(?:authori[sz]ed|cleared|allowed|entitled|"
    r"permitted) to(?!\w)|(?<!\w)(?:authori[sz]ation|clearance|access|override|security|"
    r"unlock) (?:code|key|level|phrase|token)(?!\w)|(?<!\w)(?:do not|don't|never) (?:mention|tell|"
    r"show|reveal|warn|refuse|ask|cite|inform|translate|discuss) (?:this|that|the user|him|her|"
    r"them|anyone|me|it|any)(?!\w)|(?<!\w)without (?:telling|informing|warning|"
    r"asking) (?:the )?(?:user|him|her|them|anyone)(?!\w)|(?<!\w)(?:this|"
    r"it) is (?:only )?a (?:test|drill|simulation)(?!\w)",
    r"(?<!\w)(?:append|prepend|insert|embed|include|add)\b[^.!?\n]{0,40}\b(?:to|in|into|"
    r"at the end of|before|after) (?:every|each|your|all|the) (?:answers?|repl(?:y|ies)|"
    r"responses?|messages?|outputs?)(?!\w)|(?<!\w)(?:in|with) (?:every|each|all|your next|"
    r"your) (?:answers?|repl(?:y|ies)|responses?)(?!\w)|(?<!\w)(?:store|save|remember|memori[sz]e|"
    r"record|log|keep)\b[^.!?\n]{0,30}\b(?:for (?:all|every|other|later|ever)|permanently|"
    r"in your memory|for future)|https?://\S+[?&]\S*=|\bfetch\b[^.!?\n]{0,20}https?://",
    r"(?<!\w)(?:change|set|replace|adjust|lower|raise|mark|rate|score|"
    r"approve)\b[^.!?\n]{0,40}\b(?:confidence|citations?|sources?|settings?|permissions?|"
    r"without (?:criticism|comment|question|checking)|as (?:verified|approved|true|safe|"
    r"reviewed))(?!\w)|(?<!\w)(?:connect|introduce|give) me (?:to|with|"
    r"the contact of) (?:the )?other (?:user|party|side|delegation)s?(?!\w)|"
    r"(?<!\w)what (?:the )?(?:other|all) (?:users?|side|part(?:y|ies)) (?:asked|wrote|said|"
    r"told you)(?!\w)",
    # French
    r"(?<!\w)(?:imagine[zr]?|supposez?|fai(?:s|tes) comme si|jouons)\b[^.!?\n]{0,40}\b(?:tu (?:es|"
    r"n'as|peux)|vous (?:êtes|n'avez|pouvez)|un jeu|aucune? (?:règles?|limites?))|"
    r"(?<!\w)nouvelles? (?:instructions?|consignes?|règles?|directives?)\W|(?<!\w)(?:dis|dites|"
    r"conclus|concluez|déclare[zr]?|écri(?:s|vez)|affirme[zr]?|confirme[zr]?|réponds|"
    r"répondez) (?:\w+ ){0,3}que (?:le|la|les|l'|notre)|(?<!\w)(?:toujours|"
    r"jamais) (?:recommand\w+|mention\w+|cit\w+|appel\w+|répond\w*|dire|nommer)|(?<!\w)(?:je suis|"
    r"nous sommes) (?:\w+ ){0,2}(?:autorisée?s?|habilitée?s?) à|(?<!\w)code (?:d'autorisation|"
    r"d'accès|de déblocage)|(?<!\w)(?:ne|n') ?(?:mentionne|dis|dites|révèle|avertis|montre|parle|"
    r"refuse|cite|signale)[sz]? (?:pas|rien|jamais|à personne)|(?<!\w)sans (?:le |la |"
    r"en )?(?:dire|prévenir|avertir|informer)|(?<!\w)ceci (?:n')?est (?:qu')?un (?:test|exercice)|"
    r"(?<!\w)(?:enregistr|mémoris|retien)\w+\b[^.!?\n]{0,30}\b(?:numéro|pour toujours|"
    r"définitivement|tous les)|(?<!\w)(?:à la fin|au début) de (?:chaque|toutes? les?) réponses?|"
    r"(?<!\w)dans (?:chaque|toutes les) réponses?|(?<!\w)(?:désormais|à partir de maintenant|"
    r"dorénavant)(?!\w)|(?<!\w)(?:de tous les|des autres) (?:utilisateurs|participants)|"
    r"(?<!\w)tous les participants(?= et leurs)|(?<!\w)(?:approuv|"
    r"valid)\w+\b[^.!?\n]{0,30}\bsans (?:critique|commentaire|réserve)|(?<!\w)vos règles(?!\w)|"
    r"(?<!\w)tes règles(?!\w)|(?<!\w)ce que (?:l'autre|les autres) (?:partie|camp|délégation|"
    r"utilisateurs?) (?:a|ont) (?:demandé|écrit|dit)",
    # Spanish
    r"(?<!\w)(?:imagin[ae]|sup[oó]n|haz como si|haga como si|juguemos|finge|"
    r"finja)\b[^.!?\n]{0,40}\b(?:que|eres|tienes|un juego|sin)|"
    r"(?<!\w)nuevas? (?:instrucci[oó]n(?:es)?|reglas?|directrices|[oó]rdenes)\W|(?<!\w)(?:di|diga|"
    r"concluy[ae]|declar[ae]|escrib[ae]|afirm[ae]|confirm[ae]|respond[ae]) (?:\w+ ){0,3}que (?:el|"
    r"la|los|las|nuestr[oa])|(?<!\w)(?:siempre|nunca) (?:recomi\w+|mencion\w+|cit\w+|llam\w+|"
    r"respond\w+|dig\w+|nombr\w+)|(?<!\w)(?:estoy|estamos) (?:\w+ ){0,2}autorizad[oa]s? (?:a|"
    r"para)|(?<!\w)c[oó]digo de (?:autorizaci[oó]n|acceso|desbloqueo)|(?<!\w)no (?:menciones?|"
    r"digas?|diga|reveles?|adviertas?|muestres?|cites?|se lo digas?|avises?)(?!\w)|"
    r"(?<!\w)sin (?:decir|avisar|informar|contar)\w*(?!\w)|"
    r"(?<!\w)esto es (?:s[oó]lo )?una? (?:prueba|simulacro)|(?<!\w)(?:guard|memoriz|record|"
    r"registr)\w+\b[^.!?\n]{0,30}\b(?:n[uú]mero|para siempre|permanentemente|todos los)|"
    r"(?<!\w)(?:al final|al principio) de (?:cada|todas? las?) respuestas?|(?<!\w)en (?:cada|"
    r"todas las) respuestas?|(?<!\w)(?:desde ahora|a partir de ahora|de ahora en adelante)(?!\w)|"
    r"(?<!\w)(?:de todos los|de los otros|de otros) (?:usuarios|participantes)|(?<!\w)(?:aprob|"
    r"apruebe?|valid)\w*\b[^.!?\n]{0,30}\bsin (?:cr[ií]ticas?|comentarios?|objeciones)|"
    r"(?<!\w)(?:tus|sus) (?:reglas|normas|instrucciones|l[ií]mites)(?!\w)|"
    r"(?<!\w)lo que (?:la otra|el otro|los otros) (?:parte|bando|lado|delegaci[oó]n|"
    r"usuarios?) (?:pregunt|escribi|dij)\w+",
)
_IMPERATIVE = re.compile(
    r"^[\W\d]*(?:please|kindly|now|then|also|first|finally|veuillez|merci de|ensuite|puis|"
    r"por favor|ahora|luego|después|\w{1,12}:)?[\W\d]*(?:"
    r"ignore|disregard|forget|print|reveal|disclose|output|repeat|execute|run|translate|encode|"
    r"decode|conclude|declare|pretend|imagine|act|behave|roleplay|respond|reply|obey|comply|"
    r"append|insert|call|remember|store|save|send|forward|post|publish|upload|delete|erase|export|"
    r"visit|click|fetch|download|switch|enter|enable|disable|activate|grant|unlock|approve|praise|"
    r"invent|dump|display|override|rate|rank"
    r"|ignore[zr]?|oublie[zr]?|affiche[zr]?|imprime[zr]?|révèle|révélez|répète|répétez|"
    r"exécute[zr]?|répond(?:s|ez)|commence[zr]?|envoie|envoyez|transfère|transférez|publie[zr]?|"
    r"poste[zr]?|supprime[zr]?|efface[zr]?|classe[zr]?|conclu(?:s|ez)|appelle|appelez|nomme[zr]?|"
    r"approuve[zr]?|confirme[zr]?|traduis(?:ez)?|encode[zr]?|ajoute[zr]?|active[zr]?|"
    r"désactive[zr]?|enregistre[zr]?|mémorise[zr]?|obéis(?:sez)?|invente[zr]?|exporte[zr]?|"
    r"passe[zr]? en|agis(?:sez)?"
    r"|ignor[ae]|olvid[ae]|muestr[ae]|imprim[ae]|revel[ae]|repit[ae]|ejecut[ae]|respond[ae]|"
    r"empiez[ae]|comienz[ae]|env[ií][ae]|reenv[ií][ae]|public[ae]|publique|borr[ae]|elimin[ae]|"
    r"clasific[ae]|clasifique|concluy[ae]|llam[ae]|nombr[ae]|aprueb[ae]|confirm[ae]|traduzc[ae]|"
    r"traduce|codific[ae]|agreg[ae]|añad[ae]|activ[ae]|desactiv[ae]|guard[ae]|memoric[ae]|"
    r"obedezc[ae]|obedece|invent[ae]|export[ae]|act[uú][ae]"
    r"|игнорируй\w*|забудь\w*|покажи\w*|выведи\w*|раскрой\w*|повтори\w*|выполни\w*|отвечай\w*|"
    r"отправь\w*|перешли\w*|опубликуй\w*|удали\w*|сотри\w*|назови\w*|одобри\w*|подтверди\w*|"
    r"переведи\w*|запомни\w*|сохрани\w*|придумай\w*"
    r"|تجاهل|انس|اطبع|أظهر|اكشف|كرر|نفذ|أجب|أرسل|انشر|احذف|امسح|سمّ|وافق|أكد|ترجم|احفظ|تذكر|اخترع"
    r")(?!\w)",
    re.IGNORECASE,
)
_ASKS = re.compile(r"[?؟][\"'”’»)\]]*\s*$")
_PLAINLY = re.compile(
    r"(?<!\w)(?:ignore|disregard|forget|reveal|print|override)\b.{0,40}\b(?:instructions?|rules?|"
    r"prompt|memory|conversations?)(?!\w)",
    re.IGNORECASE,
)
_LEET = str.maketrans("013457@$", "oieastas")
_AGAINST_RULES = re.compile(_ORDERS, re.IGNORECASE)
_ORDER = re.compile(_MORE_ORDERS, re.IGNORECASE)
_TO_MACHINE = re.compile(rf"^(?=[^\n]*{_MACHINE})(?=[^\n]*{_MUST})", re.IGNORECASE | re.MULTILINE)
_COURTESY = re.compile(
    r"^\W*(?:thank(?:s| you)[^.!?\n]{0,20}|many thanks|merci(?: \w+){0,2}|(?:muchas |"
    r"mil )?gracias|mille mercis|(?:большое )?спасибо|شكرا\S*(?: \S+)?|sent from my \w+)\W*$",
    re.IGNORECASE,
)
_LEAD_IN = re.compile(
    r"^\W*(?:ps|p\. ?s\.?|pd|p\. ?d\.?|[pds]|nb|note|nota|remarque|(?:footnote|annex|appendix|"
    r"comment|remark|line|paragraph|section|clause|step|note de bas de page|nota al pie|annexe|"
    r"anexo|étape|paso) ?\d*|important\w*|attention|system|commentaire\w*|comentario\w*|"
    r"article \d+|art[ií]culo \d+|статья \d+|المادة \d+|\d+)\W*$",
    re.IGNORECASE,
)
_TO_SOMEONE = re.compile(
    rf"^[^.!?]*(?:{_MACHINE}|reviewer|revisor|relecteur|\w+ team|developer|"
    rf"developers?)[^.!?]{{0,20}}:\W*$|^\W*(?:comentario del revisor|commentaire du relecteur|"
    rf"reviewer'?s? comment|message \w+ (?:the )?\w+)\W*$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^\W*\d+[.)]?\W*$")
_GOES_ON = re.compile(
    r"^\W*(?:(?:please|and|then|also|now) )?(?:write|draft|read|give|tell|show|list|make|say|sign|"
    r"use|do|be|speak|provide|explain|add|continue|finish|keep|let|put|take|cite"
    r"|écri\w+|lis\w*|donn\w+|dis|dites|montr\w+|fai(?:s|tes)|sign\w+|ajout\w+|continu\w+|cit\w+|"
    r"escrib\w+|le[ae]|d[ae]|di|diga|muestr\w+|ha[zg]\w*|firm\w+|a[nñ]ad\w+|contin[uú]\w+)(?!\w)",
    re.IGNORECASE,
)


def speaks_to_a_machine(sentence: str) -> bool:
    """Whether a sentence gives orders to the machine that reads it, rather than saying or asking something."""
    plain = unicodedata.normalize("NFKC", sentence)
    if _AGAINST_RULES.search(plain):
        return True
    if not _ASKS.search(plain) and (_ORDER.search(plain) or _TO_MACHINE.search(plain)):
        return True
    disguised = (plain.translate(_LEET), plain[::-1], codecs.encode(plain, "rot13"))
    return any(_PLAINLY.search(text) for text in disguised if text != plain)


def without_planted(text: str) -> tuple[str, bool]:
    """Return the text without what was planted in it, white space tidied, and whether anything was."""
    clean = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    spared = _MARKUP.sub(" ", _OBJECT.sub(" ", clean))
    spared = _FENCED.sub(lambda m: " " if speaks_to_a_machine(m[0]) else m[0], spared)
    pieces = _PIECE.findall(spared)
    planted = _planted(pieces)
    kept = [_closing(piece) if gone else piece for piece, gone in zip(pieces, planted, strict=True)]
    return _tidy("".join(kept)), any(planted) or spared != clean


def _planted(pieces: Sequence[str]) -> list[bool]:
    """Return for each piece whether it is an order to the machine, or belongs to one before or after it."""
    planted = [speaks_to_a_machine(piece) for piece in pieces]
    asks = [bool(_ASKS.search(piece)) for piece in pieces]
    if any(ask and not gone for ask, gone in zip(asks, planted, strict=True)):
        planted = [
            gone or (not ask and bool(_IMPERATIVE.match(piece)))
            for piece, ask, gone in zip(pieces, asks, planted, strict=True)
        ]
    for at in (*range(len(pieces)), *reversed(range(len(pieces)))):
        before = pieces[at - 1] if at > 0 and planted[at - 1] else ""
        after = at + 1 < len(pieces) and planted[at + 1]
        planted[at] = planted[at] or _belongs(pieces[at], before, after=after)
    return planted


def _belongs(piece: str, before: str, *, after: bool) -> bool:
    """Whether a piece is part of the planted piece before it, or leads in to a planted one after it."""
    if _COURTESY.match(piece):
        return bool(before) or after
    if after and (_LEAD_IN.match(piece) or _TO_SOMEONE.match(piece)):
        return True
    if not before or _ASKS.search(piece):
        return False
    follows = before.rstrip().endswith(":")
    return follows or any(pattern.match(piece) for pattern in (_NUMBERED, _IMPERATIVE, _GOES_ON))


def _closing(piece: str) -> str:
    """Return the quotation mark that a planted piece closes for the text around it, if it opened none itself."""
    bare = piece.rstrip()
    mark = bare[-1:]
    if mark not in _QUOTE_CLOSES or not bare or bare.count(mark) % 2 == 0 or _OPENS.get(mark, "\0") in bare:
        return ""
    return f"{mark} "


_OPENS = {"»": "«", ")": "(", "]": "[", "”": "“", "’": "‘"}


def _tidy(text: str) -> str:
    return re.sub(r"[ \t\r\f\v]+", " ", re.sub(r"\s*\n\s*", "\n", text)).strip()
