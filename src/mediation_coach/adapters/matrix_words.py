"""What the Matrix adapter says of itself, in every language of the coach: about rooms, keys and files; never about the field."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "no_longer_private": {
        "en": (
            "Someone else has joined this room, so it is no longer private between us. From now on I answer here only when you"
            " mention me or begin with {prefix}. For anything sensitive, open a room with me alone."
        ),
        "fr": (
            "Quelqu'un d'autre est entré dans ce salon : il n'est plus privé entre nous. Désormais, je ne réponds ici que si vous"
            " me mentionnez ou commencez par {prefix}. Pour tout ce qui est sensible, ouvrez un salon avec moi seul."
        ),
        "es": (
            "Otra persona ha entrado en esta sala, así que ya no es privada entre nosotros. A partir de ahora solo respondo aquí"
            " cuando usted me menciona o empieza por {prefix}. Para todo lo delicado, abra una sala solo conmigo."
        ),
        "ar": (
            "انضم شخص آخر إلى هذه الغرفة، فلم تعد خاصة بيننا. من الآن لا أجيب هنا إلا إذا أشرت إليّ أو بدأت رسالتك بـ {prefix}."
            " لكل أمر حساس افتح غرفة معي وحدي."
        ),
        "ru": (
            "В эту комнату вошёл кто-то ещё, и она больше не только наша с вами. Теперь я отвечаю здесь, только если вы упоминаете"
            " меня или начинаете с {prefix}. Для всего деликатного откройте комнату со мной наедине."
        ),
    },
    "withheld": {
        "en": (
            "Someone else has come into this room, so I keep back what I had here for you alone. Open a room with me alone and"
            " ask there; or ask again here, beginning with {prefix}, and I answer for everyone to read."
        ),
        "fr": (
            "Quelqu'un d'autre est entré dans ce salon : je garde donc pour moi ce qui était pour vous seulement. Ouvrez un salon"
            " avec moi seul et posez-y la question ; ou reposez-la ici en commençant par {prefix}, et tout le monde lira ma réponse."
        ),
        "es": (
            "Otra persona ha entrado en esta sala, así que me guardo lo que tenía aquí solo para usted. Abra una sala solo conmigo"
            " y pregunte allí; o pregunte de nuevo aquí, empezando por {prefix}, y todos leerán mi respuesta."
        ),
        "ar": (
            "دخل شخص آخر إلى هذه الغرفة، ولذلك أحتفظ بما كان لك وحدك. افتح غرفة معي وحدي واسأل هناك، أو أعد السؤال هنا"
            " مبتدئاً بـ {prefix} فأجيب بحيث يقرأ الجميع."
        ),
        "ru": (
            "В эту комнату вошёл кто-то ещё, поэтому то, что предназначалось только вам, я оставляю при себе. Откройте комнату со"
            " мной наедине и спросите там; или спросите здесь снова, начав с {prefix}, и мой ответ прочтут все."
        ),
    },
    "someone_elses": {
        "en": (
            "This room began between someone else and me, so here I still answer only when you mention me or begin with"
            " {prefix}. For a talk of your own, open a room with me alone."
        ),
        "fr": (
            "Ce salon a commencé entre quelqu'un d'autre et moi : ici, je ne réponds donc toujours que si vous me mentionnez ou"
            " commencez par {prefix}. Pour un échange à vous, ouvrez un salon avec moi seul."
        ),
        "es": (
            "Esta sala empezó entre otra persona y yo, así que aquí sigo respondiendo solo cuando usted me menciona o empieza por"
            " {prefix}. Para una conversación suya, abra una sala solo conmigo."
        ),
        "ar": (
            "بدأت هذه الغرفة بيني وبين شخص آخر، ولذلك لا أزال أجيب هنا فقط إذا أشرت إليّ أو بدأت رسالتك بـ {prefix}."
            " لحديث خاص بك افتح غرفة معي وحدي."
        ),
        "ru": (
            "Эта комната началась между мной и другим человеком, поэтому здесь я по-прежнему отвечаю, только если вы упоминаете"
            " меня или начинаете с {prefix}. Для собственного разговора откройте комнату со мной наедине."
        ),
    },
    "private_again": {
        "en": "It is only the two of us again: in this room I answer everything from now on.",
        "fr": "Nous ne sommes de nouveau que deux : désormais, je réponds à tout dans ce salon.",
        "es": "Volvemos a ser solo dos: a partir de ahora respondo a todo en esta sala.",
        "ar": "عدنا نحن الاثنين فقط: من الآن أجيب عن كل شيء في هذه الغرفة.",
        "ru": "Нас снова только двое: теперь в этой комнате я отвечаю на всё.",
    },
    "cannot_read": {
        "en": (
            "I received a message here that I could not decrypt; its key has not reached me. Please send it again. If that does"
            " not help, open a new room with me and ask there."
        ),
        "fr": (
            "J'ai reçu ici un message que je n'ai pas pu déchiffrer : sa clé ne m'est pas parvenue. Envoyez-le à nouveau, s'il vous"
            " plaît. Si cela n'aide pas, ouvrez un nouveau salon avec moi et posez-y la question."
        ),
        "es": (
            "He recibido aquí un mensaje que no pude descifrar; su clave no me ha llegado. Envíelo de nuevo, por favor. Si eso no"
            " ayuda, abra una sala nueva conmigo y pregunte allí."
        ),
        "ar": (
            "وصلتني هنا رسالة لم أستطع فك تشفيرها، فمفتاحها لم يصلني. من فضلك أرسلها مرة أخرى. وإن لم ينفع ذلك فافتح غرفة جديدة"
            " معي واسأل هناك."
        ),
        "ru": (
            "Я получил здесь сообщение, которое не смог расшифровать: его ключ до меня не дошёл. Пожалуйста, отправьте его ещё раз."
            " Если это не поможет, откройте новую комнату со мной и спросите там."
        ),
    },
    "cannot_read.m.unverified": {
        "en": (
            "I received a message here that I could not decrypt: your app shares keys only with devices that you have verified."
            " In its security settings, turn off 'never send to unverified sessions' for this room, or verify me; then send it again."
        ),
        "fr": (
            "J'ai reçu ici un message que je n'ai pas pu déchiffrer : votre application ne partage ses clés qu'avec les appareils que"
            " vous avez vérifiés. Dans ses réglages de sécurité, désactivez pour ce salon « ne jamais envoyer aux sessions non"
            " vérifiées », ou vérifiez-moi ; puis envoyez-le à nouveau."
        ),
        "es": (
            "He recibido aquí un mensaje que no pude descifrar: su aplicación solo comparte claves con dispositivos que usted ha"
            " verificado. En sus ajustes de seguridad, desactive para esta sala «no enviar nunca a sesiones sin verificar», o"
            " verifíqueme; después envíelo de nuevo."
        ),
        "ar": (
            "وصلتني هنا رسالة لم أستطع فك تشفيرها: تطبيقك لا يشارك المفاتيح إلا مع الأجهزة التي تحققت منها. أوقف في إعدادات الأمان"
            " لهذه الغرفة «عدم الإرسال أبداً إلى الجلسات غير المتحقق منها»، أو تحقق مني، ثم أرسلها مرة أخرى."
        ),
        "ru": (
            "Я получил здесь сообщение, которое не смог расшифровать: ваше приложение передаёт ключи только тем устройствам, которые"
            " вы подтвердили. В настройках безопасности отключите для этой комнаты «никогда не отправлять неподтверждённым сеансам»"
            " или подтвердите меня; затем отправьте его снова."
        ),
    },
    "cannot_read.m.no_olm": {
        "en": (
            "I received a message here that I could not decrypt: your app could not set up a secure session with me. That is mended"
            " now. Please send the message again."
        ),
        "fr": (
            "J'ai reçu ici un message que je n'ai pas pu déchiffrer : votre application n'a pas pu établir de session sécurisée avec"
            " moi. C'est réparé. Envoyez le message à nouveau, s'il vous plaît."
        ),
        "es": (
            "He recibido aquí un mensaje que no pude descifrar: su aplicación no pudo establecer una sesión segura conmigo. Ya está"
            " arreglado. Envíe el mensaje de nuevo, por favor."
        ),
        "ar": (
            "وصلتني هنا رسالة لم أستطع فك تشفيرها: لم يتمكن تطبيقك من فتح جلسة آمنة معي. أُصلح ذلك الآن. من فضلك أرسل الرسالة"
            " مرة أخرى."
        ),
        "ru": (
            "Я получил здесь сообщение, которое не смог расшифровать: ваше приложение не смогло установить со мной защищённый сеанс."
            " Теперь это исправлено. Пожалуйста, отправьте сообщение ещё раз."
        ),
    },
    "cannot_read.m.blacklisted": {
        "en": (
            "I received a message here that I could not decrypt: your app has blocked this device of mine. Unblock it in the list"
            " of members, then send the message again."
        ),
        "fr": (
            "J'ai reçu ici un message que je n'ai pas pu déchiffrer : votre application a bloqué mon appareil. Débloquez-le dans la"
            " liste des membres, puis envoyez le message à nouveau."
        ),
        "es": (
            "He recibido aquí un mensaje que no pude descifrar: su aplicación ha bloqueado este dispositivo mío. Desbloquéelo en la"
            " lista de miembros y envíe el mensaje de nuevo."
        ),
        "ar": (
            "وصلتني هنا رسالة لم أستطع فك تشفيرها: تطبيقك حظر جهازي هذا. ألغ الحظر في قائمة الأعضاء ثم أرسل الرسالة مرة أخرى."
        ),
        "ru": (
            "Я получил здесь сообщение, которое не смог расшифровать: ваше приложение заблокировало это моё устройство. Разблокируйте"
            " его в списке участников и отправьте сообщение снова."
        ),
    },
    "keys_lost": {
        "en": (
            "My encryption keys were lost, and I started with new ones. I can no longer read what was sent here before, and I may"
            " have missed messages. Please send again what you still need answered."
        ),
        "fr": (
            "Mes clés de chiffrement ont été perdues, et je repars avec de nouvelles. Je ne peux plus lire ce qui a été envoyé ici"
            " auparavant, et j'ai peut-être manqué des messages. Renvoyez, s'il vous plaît, ce qui attend encore une réponse."
        ),
        "es": (
            "Mis claves de cifrado se perdieron y he empezado con otras nuevas. Ya no puedo leer lo que se envió aquí antes, y puede"
            " que me falten mensajes. Envíe de nuevo, por favor, lo que aún necesite respuesta."
        ),
        "ar": (
            "ضاعت مفاتيح التشفير الخاصة بي وبدأت بمفاتيح جديدة. لم أعد أستطيع قراءة ما أُرسل هنا من قبل، وربما فاتتني رسائل."
            " من فضلك أعد إرسال ما لا يزال يحتاج إلى جواب."
        ),
        "ru": (
            "Мои ключи шифрования потеряны, и я начал с новыми. Я больше не могу прочесть то, что было отправлено сюда раньше, и мог"
            " пропустить сообщения. Пожалуйста, отправьте снова то, на что ещё нужен ответ."
        ),
    },
    "no_files": {
        "en": "I read only text; I do not open files, pictures or voice messages. Please tell me the main point in words.",
        "fr": (
            "Je ne lis que du texte ; je n'ouvre ni fichiers, ni images, ni messages vocaux. Dites-moi l'essentiel avec des mots,"
            " s'il vous plaît."
        ),
        "es": "Solo leo texto; no abro archivos, imágenes ni mensajes de voz. Dígame lo esencial con palabras, por favor.",
        "ar": "أقرأ النص فقط؛ لا أفتح الملفات ولا الصور ولا الرسائل الصوتية. من فضلك قل لي النقطة الأساسية بالكلمات.",
        "ru": (
            "Я читаю только текст; файлы, картинки и голосовые сообщения я не открываю. Пожалуйста, передайте главное словами."
        ),
    },
    "room_help": {
        "en": (
            "In a group I answer when you mention me, when a message begins with {prefix}, and in threads that I am part of.\n\n"
            "- {prefix} your question: ask me\n"
            "- {prefix} settings: how I behave in this room\n"
            "- {prefix} settings listen mentions: answer only when called (the default)\n"
            "- {prefix} settings listen everything: answer every message in this room\n"
            "- {prefix} settings introduce on: say hello when I join; off: stay quiet"
        ),
        "fr": (
            "Dans un groupe, je réponds quand vous me mentionnez, quand un message commence par {prefix}, et dans les fils auxquels"
            " je participe.\n\n"
            "- {prefix} votre question : me demander quelque chose\n"
            "- {prefix} settings : comment je me comporte dans ce salon\n"
            "- {prefix} settings listen mentions : ne répondre que si l'on m'appelle (par défaut)\n"
            "- {prefix} settings listen everything : répondre à chaque message de ce salon\n"
            "- {prefix} settings introduce on : me présenter en arrivant ; off : rester silencieux"
        ),
        "es": (
            "En un grupo respondo cuando usted me menciona, cuando un mensaje empieza por {prefix} y en los hilos en los que"
            " participo.\n\n"
            "- {prefix} su pregunta: preguntarme algo\n"
            "- {prefix} settings: cómo me comporto en esta sala\n"
            "- {prefix} settings listen mentions: responder solo cuando me llaman (lo habitual)\n"
            "- {prefix} settings listen everything: responder a cada mensaje de esta sala\n"
            "- {prefix} settings introduce on: presentarme al entrar; off: quedarme en silencio"
        ),
        "ar": (
            "في المجموعات أجيب حين تشير إليّ، وحين تبدأ الرسالة بـ {prefix}، وفي سلاسل النقاش التي أشارك فيها.\n\n"
            "- {prefix} ثم سؤالك: لتسألني\n"
            "- {prefix} settings: كيف أتصرف في هذه الغرفة\n"
            "- {prefix} settings listen mentions: أجيب فقط حين أُنادى (وهو المعتاد)\n"
            "- {prefix} settings listen everything: أجيب عن كل رسالة في هذه الغرفة\n"
            "- {prefix} settings introduce on: أعرّف بنفسي حين أنضم؛ off: أبقى صامتاً"
        ),
        "ru": (
            "В группе я отвечаю, когда вы упоминаете меня, когда сообщение начинается с {prefix}, и в обсуждениях, в которых"
            " участвую.\n\n"
            "- {prefix} ваш вопрос: спросить меня\n"
            "- {prefix} settings: как я веду себя в этой комнате\n"
            "- {prefix} settings listen mentions: отвечать, только когда зовут (так обычно)\n"
            "- {prefix} settings listen everything: отвечать на каждое сообщение в этой комнате\n"
            "- {prefix} settings introduce on: представляться при входе; off: молчать"
        ),
    },
    "room_settings": {
        "en": "In this room: listen = {listen}, introduce = {introduce}. To change one: {prefix} settings listen mentions",
        "fr": "Dans ce salon : listen = {listen}, introduce = {introduce}. Pour en changer un : {prefix} settings listen mentions",
        "es": "En esta sala: listen = {listen}, introduce = {introduce}. Para cambiar uno: {prefix} settings listen mentions",
        "ar": "في هذه الغرفة: listen = {listen}، introduce = {introduce}. لتغيير أحدهما: {prefix} settings listen mentions",
        "ru": "В этой комнате: listen = {listen}, introduce = {introduce}. Чтобы изменить: {prefix} settings listen mentions",
    },
    "room_setting_unknown": {
        "en": "I know two settings: 'listen' (mentions or everything) and 'introduce' (on or off).",
        "fr": "Je connais deux réglages : « listen » (mentions ou everything) et « introduce » (on ou off).",
        "es": "Conozco dos ajustes: «listen» (mentions o everything) e «introduce» (on u off).",
        "ar": "أعرف إعدادين: «listen» (mentions أو everything) و«introduce» (on أو off).",
        "ru": "Я знаю две настройки: «listen» (mentions или everything) и «introduce» (on или off).",
    },
    "room_setting_refused": {
        "en": "Only someone who may change this room's settings can change mine here.",
        "fr": "Seule une personne qui peut modifier les réglages de ce salon peut changer les miens ici.",
        "es": "Solo quien puede cambiar los ajustes de esta sala puede cambiar los míos aquí.",
        "ar": "لا يستطيع تغيير إعداداتي هنا إلا من يحق له تغيير إعدادات هذه الغرفة.",
        "ru": "Изменить мои настройки здесь может только тот, кто вправе менять настройки этой комнаты.",
    },
}


def say(key: str, language: str = "en", **values: object) -> str:
    """Return a sentence in `language`, with the general one where there is none for a special code."""
    entry = WORDS.get(key) or WORDS[key.split(".", 1)[0]]
    return entry.get(language, entry["en"]).format(**values)
