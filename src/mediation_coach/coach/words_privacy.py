"""What the coach says about privacy, the person on duty and words that close doors, in every language it speaks."""

from __future__ import annotations

from collections.abc import Mapping

PRIVACY_WORDS: Mapping[str, Mapping[str, str]] = {
    "orders": {
        "en": (
            "I answer questions about mediation and peace processes. I do not follow orders in a message that "
            "tell me to work in another way. What are you facing?"
        ),
        "fr": (
            "Je réponds aux questions sur la médiation et les processus de paix. Je ne suis pas les ordres d'un "
            "message qui me disent de travailler autrement. À quoi faites-vous face ?"
        ),
        "es": (
            "Respondo preguntas sobre mediación y procesos de paz. No sigo órdenes de un mensaje que me digan "
            "que trabaje de otra manera. ¿Qué enfrenta usted?"
        ),
        "ar": (
            "أجيب عن الأسئلة حول الوساطة وعمليات السلام. ولا أتبع أوامر في رسالة تطلب مني أن أعمل بطريقة أخرى. "
            "ما الذي تواجهه؟"
        ),
        "ru": (
            "Я отвечаю на вопросы о посредничестве и мирных процессах. Я не выполняю указаний из сообщений, "
            "которые велят мне работать иначе. С чем вы столкнулись?"
        ),
    },
    "note.dehumanising": {
        "en": "I use words that leave everyone their humanity, such as 'the other party'. Yours I do not repeat.",
        "fr": (
            "J'emploie des mots qui laissent à chacun son humanité, comme « l'autre partie ». Les vôtres, je ne "
            "les répète pas."
        ),
        "es": "Uso palabras que dejan a cada quien su humanidad, como «la otra parte». Las suyas no las repito.",
        "ar": "أستخدم كلمات تحفظ لكل إنسان إنسانيته، مثل «الطرف الآخر». أما كلماتك فلا أكررها.",
        "ru": (
            "Я выбираю слова, которые оставляют каждому его человечность, например «другая сторона». Ваши я не "
            "повторяю."
        ),
    },
    "note.coded": {
        "en": (
            "Some words carry a threat or a verdict with them. I use plain ones, so that both sides could read "
            "this answer."
        ),
        "fr": (
            "Certains mots portent une menace ou un verdict. J'emploie des mots simples, pour que les deux "
            "parties puissent lire cette réponse."
        ),
        "es": (
            "Algunas palabras llevan consigo una amenaza o un veredicto. Uso palabras llanas, para que ambas "
            "partes puedan leer esta respuesta."
        ),
        "ar": "بعض الكلمات تحمل تهديداً أو حكماً. أستخدم كلمات بسيطة كي يستطيع الطرفان قراءة هذا الجواب.",
        "ru": (
            "Некоторые слова несут в себе угрозу или приговор. Я беру простые, чтобы этот ответ могли прочесть "
            "обе стороны."
        ),
    },
    "note.naming": {
        "en": "I use neutral names, such as 'the authorities' or 'the armed group', for every side alike.",
        "fr": (
            "J'emploie des noms neutres, comme « les autorités » ou « le groupe armé », pour toutes les parties "
            "de la même manière."
        ),
        "es": "Uso nombres neutrales, como «las autoridades» o «el grupo armado», para todas las partes por igual.",
        "ar": "أستخدم أسماء محايدة مثل «السلطات» أو «المجموعة المسلحة»، لكل الأطراف على السواء.",
        "ru": (
            "Я использую нейтральные названия, например «власти» или «вооружённая группа», одинаково для всех сторон."
        ),
    },
    "note.courts": {
        "en": (
            "What a competent court has established I take as established; I do not set it beside its denial as "
            "one opinion of two."
        ),
        "fr": (
            "Ce qu'un tribunal compétent a établi, je le tiens pour établi ; je ne le place pas à côté de sa "
            "négation comme une opinion parmi deux."
        ),
        "es": (
            "Lo que un tribunal competente ha establecido lo tomo como establecido; no lo pongo junto a su "
            "negación como una opinión entre dos."
        ),
        "ar": "ما أثبتته محكمة مختصة أعدّه ثابتاً، ولا أضعه إلى جانب إنكاره كرأي من رأيين.",
        "ru": (
            "То, что установил компетентный суд, я считаю установленным и не ставлю рядом с отрицанием как одно "
            "мнение из двух."
        ),
    },
    "note.hatreds": {
        "en": (
            "I do not explain a conflict by nature or by old hatred: decisions, interests and experience can be "
            "worked with."
        ),
        "fr": (
            "Je n'explique pas un conflit par la nature ou par de vieilles haines : on peut travailler avec des "
            "décisions, des intérêts et des expériences."
        ),
        "es": (
            "No explico un conflicto por la naturaleza ni por viejos odios: con decisiones, intereses y "
            "experiencias se puede trabajar."
        ),
        "ar": "لا أفسّر النزاع بالطبع ولا بكراهية قديمة: القرارات والمصالح والتجارب هي ما يمكن العمل عليه.",
        "ru": "Я не объясняю конфликт природой или старой ненавистью: работать можно с решениями, интересами и опытом.",
    },
    "note.stereotype": {
        "en": "I do not speak of a whole people as one. Think of the persons, groups and institutions concerned.",
        "fr": (
            "Je ne parle pas de tout un peuple comme d'un seul homme. Pensez aux personnes, aux groupes et aux "
            "institutions concernés."
        ),
        "es": (
            "No hablo de todo un pueblo como si fuera uno solo. Piense en las personas, los grupos y las "
            "instituciones de que se trata."
        ),
        "ar": "لا أتحدث عن شعب كامل كأنه شخص واحد. فكّر في الأشخاص والجماعات والمؤسسات المعنية.",
        "ru": "Я не говорю о целом народе как об одном человеке. Подумайте о конкретных людях, группах и учреждениях.",
    },
    "note.place": {
        "en": "Where a place has two names I say 'the area', or use both names side by side.",
        "fr": "Quand un lieu a deux noms, je dis « la zone », ou j'emploie les deux noms côte à côte.",
        "es": "Cuando un lugar tiene dos nombres, digo «la zona» o uso ambos nombres juntos.",
        "ar": "حين يكون للمكان اسمان أقول «المنطقة» أو أستخدم الاسمين معاً.",
        "ru": "Если у места два названия, я говорю «этот район» или привожу оба названия рядом.",
    },
    "note.names": {
        "en": (
            "Please do not paste names, numbers or places of real people here: edit or delete that message, and "
            "write 'A', 'B', 'the town'. I help with the structure just as well."
        ),
        "fr": (
            "Merci de ne pas coller ici de noms, de numéros ni de lieux de personnes réelles : modifiez ou "
            "supprimez ce message et écrivez « A », « B », « la ville ». J'aide tout aussi bien pour la "
            "structure."
        ),
        "es": (
            "Por favor, no pegue aquí nombres, números ni lugares de personas reales: edite o borre ese mensaje "
            "y escriba «A», «B», «el pueblo». Ayudo igual de bien con la estructura."
        ),
        "ar": (
            "رجاءً لا تضع هنا أسماء أشخاص حقيقيين ولا أرقامهم ولا أماكنهم: عدّل تلك الرسالة أو احذفها واكتب «أ» "
            "و«ب» و«البلدة». أستطيع المساعدة في البنية بالقدر نفسه."
        ),
        "ru": (
            "Пожалуйста, не вставляйте сюда имена, номера и места реальных людей: исправьте или удалите это "
            "сообщение и пишите «А», «Б», «город». С построением я помогу так же хорошо."
        ),
    },
    "note.shared_room": {
        "en": (
            "Everyone here can read this, so I answer the method only. For your own case, write to me in a "
            "private conversation."
        ),
        "fr": (
            "Tout le monde peut lire ici ; je réponds donc sur la méthode seulement. Pour votre propre cas, "
            "écrivez-moi en conversation privée."
        ),
        "es": (
            "Aquí todos pueden leer, así que respondo solo sobre el método. Para su propio caso, escríbame en "
            "una conversación privada."
        ),
        "ar": "يستطيع الجميع القراءة هنا، لذلك أجيب عن المنهج فقط. أما حالتك أنت فاكتب لي عنها في محادثة خاصة.",
        "ru": "Здесь читают все, поэтому я отвечаю только о методе. О своём случае напишите мне в личной беседе.",
    },
    "note.shared_names": {
        "en": (
            "Everyone here can read this. Names, places and dates of a live process are safer elsewhere: edit or "
            "delete your message now. For your own case, write to me in a private conversation."
        ),
        "fr": (
            "Tout le monde peut lire ici. Les noms, lieux et dates d'un processus en cours sont plus en sûreté "
            "ailleurs : modifiez ou supprimez votre message maintenant. Pour votre propre cas, écrivez-moi en "
            "conversation privée."
        ),
        "es": (
            "Aquí todos pueden leer. Los nombres, lugares y fechas de un proceso en curso están más seguros en "
            "otra parte: edite o borre su mensaje ahora. Para su propio caso, escríbame en una conversación "
            "privada."
        ),
        "ar": (
            "يستطيع الجميع القراءة هنا. أسماء عملية جارية وأماكنها وتواريخها أكثر أماناً في مكان آخر: عدّل "
            "رسالتك أو احذفها الآن. أما حالتك أنت فاكتب لي عنها في محادثة خاصة."
        ),
        "ru": (
            "Здесь читают все. Имена, места и даты идущего процесса безопаснее держать в другом месте: исправьте "
            "или удалите сообщение сейчас. О своём случае напишите мне в личной беседе."
        ),
    },
    "nothing_kept": {
        "en": "Nothing is kept here, so there is nothing to stop or forget. Plans and stories: start with `chat --as-of`.",
        "fr": (
            "Rien n'est gardé ici ; il n'y a donc rien à arrêter ni à oublier. Plans et histoires : démarrez avec "
            "`chat --as-of`."
        ),
        "es": (
            "Aquí no se guarda nada, así que no hay nada que parar ni que olvidar. Planes e historias: empiece con "
            "`chat --as-of`."
        ),
        "ar": "لا يُحفظ شيء هنا، فلا شيء يُوقف أو يُنسى. للخطط والقصص: ابدأ بالأمر `chat --as-of`.",
        "ru": (
            "Здесь ничего не хранится, поэтому нечего прекращать и забывать. Планы и истории: запустите `chat --as-of`."
        ),
    },
    "privacy.kept": {
        "en": (
            "What I keep of you: the last {turns} questions of a conversation, for {hours} hours; your plan, your "
            "story and your answers to check-ins, for {months} months; with a language model, how much you used it, for "
            "two days; and counts that name nobody. It is encrypted with a key of your own."
        ),
        "fr": (
            "Ce que je garde de vous : les {turns} dernières questions d'une conversation, pendant {hours} "
            "heures ; votre plan, votre histoire et vos réponses, {months} mois ; avec un modèle de langage, combien "
            "vous l'avez utilisé, deux jours ; et des comptes qui ne nomment personne. C'est chiffré avec une clé propre à vous."
        ),
        "es": (
            "Lo que guardo de usted: las últimas {turns} preguntas de una conversación, durante {hours} horas; "
            "su plan, su historia y sus respuestas, {months} meses; con un modelo de lenguaje, cuánto lo usó, dos "
            "días; y recuentos que no nombran a nadie. Está cifrado con una clave propia suya."
        ),
        "ar": (
            "ما أحتفظ به عنك: آخر {turns} أسئلة من المحادثة لمدة {hours} ساعة؛ وخطتك وقصتك وأجوبتك لمدة "
            "{months} شهراً؛ ومع نموذج لغوي، مقدار استخدامك له ليومين؛ وأعداد لا تسمّي أحداً. وكل ذلك مشفّر بمفتاح خاص بك."
        ),
        "ru": (
            "Что я храню о вас: последние вопросы разговора (не больше {turns}), {hours} часов; ваш план, "
            "вашу историю и ответы, {months} мес.; с языковой моделью — сколько вы ею пользовались, два дня; и "
            "счётчики, которые никого не называют. Всё зашифровано вашим собственным ключом."
        ),
    },
    "privacy.who": {
        "en": (
            "Who can see it: whoever runs this chat can in principle read what is typed here. {operator} Nothing "
            "you write is used to answer anyone else."
        ),
        "fr": (
            "Qui peut le voir : la personne qui gère ce chat peut en principe lire ce qui est écrit ici. "
            "{operator} Rien de ce que vous écrivez ne sert à répondre à quelqu'un d'autre."
        ),
        "es": (
            "Quién puede verlo: quien administra este chat puede, en principio, leer lo que se escribe aquí. "
            "{operator} Nada de lo que escribe se usa para responder a otra persona."
        ),
        "ar": (
            "من يستطيع رؤيته: من يدير هذه المحادثة يستطيع من حيث المبدأ قراءة ما يُكتب هنا. {operator} ولا "
            "يُستخدم شيء مما تكتبه للإجابة عن أسئلة غيرك."
        ),
        "ru": (
            "Кто может это видеть: тот, кто управляет этим чатом, в принципе может читать написанное здесь. "
            "{operator} Ничто из написанного вами не используется для ответов другим."
        ),
    },
    "privacy.hosts": {
        "en": "Outside hosts that I call: {hosts}.",
        "fr": "Serveurs extérieurs que j'appelle : {hosts}.",
        "es": "Servidores externos a los que llamo: {hosts}.",
        "ar": "خوادم خارجية أتصل بها: {hosts}.",
        "ru": "Внешние серверы, к которым я обращаюсь: {hosts}.",
    },
    "privacy.no_hosts": {
        "en": "I call no outside host besides this chat.",
        "fr": "Je n'appelle aucun serveur extérieur hormis ce chat.",
        "es": "No llamo a ningún servidor externo aparte de este chat.",
        "ar": "لا أتصل بأي خادم خارجي غير هذه المحادثة.",
        "ru": "Кроме этого чата, я не обращаюсь ни к каким внешним серверам.",
    },
    "privacy.words": {
        "en": (
            "Say 'my data' to see it, 'wipe' to clear this conversation, 'forget me' to erase everything, 'stop' "
            "to hear nothing more from me."
        ),
        "fr": (
            "Dites « my data » pour le voir, « wipe » pour vider cette conversation, « forget me » pour tout "
            "effacer, « stop » pour ne plus rien recevoir de moi."
        ),
        "es": (
            "Diga «my data» para verlo, «wipe» para vaciar esta conversación, «forget me» para borrarlo todo, "
            "«stop» para no recibir nada más de mí."
        ),
        "ar": (
            "قل «my data» لرؤيته، و«wipe» لمسح هذه المحادثة، و«forget me» لمحو كل شيء، و«stop» كي لا يصلك مني "
            "شيء بعد الآن."
        ),
        "ru": (
            "Скажите «my data», чтобы увидеть это, «wipe», чтобы очистить этот разговор, «forget me», чтобы "
            "стереть всё, «stop», чтобы больше ничего от меня не получать."
        ),
    },
    "privacy.in_private": {
        "en": "Not here, where others read: ask me that in a private conversation.",
        "fr": "Pas ici, où d'autres lisent : demandez-le-moi en conversation privée.",
        "es": "Aquí no, donde otros leen: pregúntemelo en una conversación privada.",
        "ar": "ليس هنا حيث يقرأ الآخرون: اسألني ذلك في محادثة خاصة.",
        "ru": "Не здесь, где читают другие: спросите меня об этом в личной беседе.",
    },
    "my_data.all": {
        "en": "This is all that I keep of you:",
        "fr": "Voici tout ce que je garde de vous :",
        "es": "Esto es todo lo que guardo de usted:",
        "ar": "هذا كل ما أحتفظ به عنك:",
        "ru": "Вот всё, что я о вас храню:",
    },
    "my_data.none": {
        "en": "I keep nothing of you.",
        "fr": "Je ne garde rien de vous.",
        "es": "No guardo nada de usted.",
        "ar": "لا أحتفظ بشيء عنك.",
        "ru": "Я ничего о вас не храню.",
    },
    "my_data.as_json": {
        "en": "All of it, as JSON",
        "fr": "Le tout, en JSON",
        "es": "Todo, en JSON",
        "ar": "كله بصيغة JSON",
        "ru": "Всё целиком, в JSON",
    },
    "forget_me.sure": {
        "en": (
            "This erases all that I keep of you, your plan and its check-ins too, and cannot be undone. What was "
            "sent in this chat stays with the platform until you delete it there. Shall I?"
        ),
        "fr": (
            "Cela efface tout ce que je garde de vous, y compris votre plan et son suivi, sans retour possible. "
            "Ce qui a été envoyé dans ce chat reste sur la plateforme jusqu'à ce que vous l'y supprimiez. "
            "Dois-je le faire ?"
        ),
        "es": (
            "Esto borra todo lo que guardo de usted, también su plan y sus seguimientos, y no se puede deshacer. "
            "Lo enviado en este chat queda en la plataforma hasta que usted lo borre allí. ¿Lo hago?"
        ),
        "ar": (
            "هذا يمحو كل ما أحتفظ به عنك، بما فيه خطتك ومتابعاتها، ولا يمكن التراجع عنه. أما ما أُرسل في هذه "
            "المحادثة فيبقى لدى المنصة حتى تحذفه أنت هناك. هل أفعل؟"
        ),
        "ru": (
            "Это сотрёт всё, что я о вас храню, в том числе ваш план и вопросы по нему, и отменить это нельзя. "
            "То, что отправлено в этом чате, останется на платформе, пока вы не удалите его там. Сделать это?"
        ),
    },
    "forget_me.done": {
        "en": "Done: I keep nothing of you any more. Receipt: {number}",
        "fr": "C'est fait : je ne garde plus rien de vous. Reçu : {number}",
        "es": "Hecho: ya no guardo nada de usted. Recibo: {number}",
        "ar": "تم: لم أعد أحتفظ بشيء عنك. رقم الإيصال: {number}",
        "ru": "Готово: я больше ничего о вас не храню. Номер подтверждения: {number}",
    },
    "forget_me.kept": {
        "en": "Nothing was erased.",
        "fr": "Rien n'a été effacé.",
        "es": "No se borró nada.",
        "ar": "لم يُمحَ شيء.",
        "ru": "Ничего не стёрто.",
    },
    "wiped": {
        "en": "I have cleared what I remembered of this conversation.",
        "fr": "J'ai effacé ce que je retenais de cette conversation.",
        "es": "Borré lo que recordaba de esta conversación.",
        "ar": "مسحتُ ما كنت أتذكره من هذه المحادثة.",
        "ru": "Я стёр то, что помнил из этого разговора.",
    },
    "stopped": {
        "en": "I will not write to you any more unless you write to me.",
        "fr": "Je ne vous écrirai plus, sauf si vous m'écrivez.",
        "es": "No le escribiré más, a menos que usted me escriba.",
        "ar": "لن أكتب إليك بعد الآن ما لم تكتب إليّ.",
        "ru": "Я больше не буду вам писать, если вы сами мне не напишете.",
    },
    "person.none": {
        "en": "No person on duty is set up here. Please turn to someone whom your organisation trusts.",
        "fr": (
            "Aucune personne de permanence n'est prévue ici. Adressez-vous à quelqu'un en qui votre organisation "
            "a confiance."
        ),
        "es": "Aquí no hay una persona de guardia. Por favor, acuda a alguien en quien su organización confíe.",
        "ar": "لا يوجد هنا شخص مناوب. رجاءً توجّه إلى شخص تثق به منظمتك.",
        "ru": "Здесь нет дежурного. Пожалуйста, обратитесь к тому, кому доверяет ваша организация.",
    },
    "person.consent": {
        "en": (
            "I can tell the person on duty ({hours}). I would send one sentence: 'A participant asked for "
            "contact.' Not who you are, and nothing that you wrote. Shall I send it?"
        ),
        "fr": (
            "Je peux prévenir la personne de permanence ({hours}). J'enverrais une seule phrase : « Un "
            "participant demande un contact. » Ni qui vous êtes, ni rien de ce que vous avez écrit. Dois-je "
            "l'envoyer ?"
        ),
        "es": (
            "Puedo avisar a la persona de guardia ({hours}). Enviaría una sola frase: «Un participante pidió "
            "contacto.» Ni quién es usted, ni nada de lo que escribió. ¿La envío?"
        ),
        "ar": (
            "أستطيع إخبار الشخص المناوب ({hours}). سأرسل جملة واحدة: «طلب أحد المشاركين التواصل.» لا من أنت، ولا "
            "شيئاً مما كتبت. هل أرسلها؟"
        ),
        "ru": (
            "Я могу сообщить дежурному ({hours}). Я отправлю одну фразу: «Участник просит связаться.» Ни кто вы, "
            "ни что вы написали. Отправить?"
        ),
    },
    "person.sent": {
        "en": "Sent: 'A participant asked for contact.' They do not know that it is you; reach them here: {contacts}",
        "fr": (
            "Envoyé : « Un participant demande un contact. » On ne sait pas que c'est vous ; joignez la "
            "permanence ici : {contacts}"
        ),
        "es": "Enviado: «Un participante pidió contacto.» No saben que es usted; comuníquese aquí: {contacts}",
        "ar": "أُرسلت: «طلب أحد المشاركين التواصل.» وهم لا يعرفون أنه أنت؛ تواصل معهم هنا: {contacts}",
        "ru": "Отправлено: «Участник просит связаться.» Дежурный не знает, что это вы; связь с ним: {contacts}",
    },
    "person.not_sent": {
        "en": "I sent nothing.",
        "fr": "Je n'ai rien envoyé.",
        "es": "No envié nada.",
        "ar": "لم أرسل شيئاً.",
        "ru": "Я ничего не отправил.",
    },
    "person.failed": {
        "en": "I could not reach the person on duty. Please contact them yourself: {contacts}",
        "fr": "Je n'ai pas pu joindre la permanence. Contactez-la vous-même : {contacts}",
        "es": "No pude comunicarme con la persona de guardia. Por favor, contáctela usted: {contacts}",
        "ar": "لم أتمكن من الوصول إلى الشخص المناوب. رجاءً تواصل معه بنفسك: {contacts}",
        "ru": "Мне не удалось связаться с дежурным. Пожалуйста, свяжитесь с ним сами: {contacts}",
    },
}
