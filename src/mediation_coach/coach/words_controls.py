"""The few words that stand on a platform's own controls, in every language; an adapter is given them by name."""

from __future__ import annotations

from collections.abc import Mapping

CONTROL_WORDS: Mapping[str, Mapping[str, str]] = {
    "control.good": {
        "en": "This helped",
        "fr": "Cela m'a aidé",
        "es": "Esto ayudó",
        "ar": "أفادني هذا",
        "ru": "Это помогло",
    },
    "control.bad": {
        "en": "This did not help",
        "fr": "Cela ne m'a pas aidé",
        "es": "Esto no ayudó",
        "ar": "لم يفدني هذا",
        "ru": "Это не помогло",
    },
    "control.good_spoken": {
        "en": "Say that this answer helped",
        "fr": "Dire que cette réponse a aidé",
        "es": "Decir que esta respuesta ayudó",
        "ar": "القول إن هذا الجواب أفاد",
        "ru": "Сказать, что этот ответ помог",
    },
    "control.bad_spoken": {
        "en": "Say that this answer did not help",
        "fr": "Dire que cette réponse n'a pas aidé",
        "es": "Decir que esta respuesta no ayudó",
        "ar": "القول إن هذا الجواب لم يفد",
        "ru": "Сказать, что этот ответ не помог",
    },
    "control.close": {"en": "Close", "fr": "Fermer", "es": "Cerrar", "ar": "إغلاق", "ru": "Закрыть"},
    "control.send": {"en": "Send", "fr": "Envoyer", "es": "Enviar", "ar": "إرسال", "ru": "Отправить"},
    "control.keep": {
        "en": "No, leave it as it is",
        "fr": "Non, ne rien changer",
        "es": "No, dejarlo como está",
        "ar": "لا، اتركه كما هو",
        "ru": "Нет, оставить как есть",
    },
    "control.ask_title": {
        "en": "Ask the coach",
        "fr": "Demander au coach",
        "es": "Preguntar al coach",
        "ar": "اسأل المدرب",
        "ru": "Спросить коуча",
    },
    "control.ask_label": {
        "en": "What would you like advice on?",
        "fr": "Sur quoi souhaitez-vous un conseil ?",
        "es": "¿Sobre qué quiere un consejo?",
        "ar": "بشأن ماذا تريد مشورة؟",
        "ru": "О чём вам нужен совет?",
    },
    "control.ask_hint": {
        "en": "Only you will see the answer, in your messages with me. Write 'party A' rather than names.",
        "fr": "Vous seul verrez la réponse, dans vos messages avec moi. Écrivez « partie A » plutôt que des noms.",
        "es": "Solo usted verá la respuesta, en sus mensajes conmigo. Escriba «parte A» en lugar de nombres.",
        "ar": "أنت وحدك سترى الجواب، في رسائلك معي. اكتب «الطرف أ» بدلاً من الأسماء.",
        "ru": "Ответ увидите только вы, в переписке со мной. Пишите «сторона А», а не имена.",
    },
    "control.working": {
        "en": "is looking in the library",
        "fr": "cherche dans la bibliothèque",
        "es": "busca en la biblioteca",
        "ar": "يبحث في المكتبة",
        "ru": "ищет в библиотеке",
    },
    "control.not_allowed": {
        "en": "I am not switched on here, or not for you yet.",
        "fr": "Je ne suis pas activé ici, ou pas encore pour vous.",
        "es": "No estoy activado aquí, o todavía no para usted.",
        "ar": "لست مفعّلاً هنا، أو ليس لك بعد.",
        "ru": "Здесь я не включён или пока не включён для вас.",
    },
    "control.guest": {
        "en": "Here I am switched on for members of this workspace, and you are here as its guest.",
        "fr": "Ici, je suis activé pour les membres de cet espace, et vous y êtes comme invité.",
        "es": "Aquí estoy activado para los miembros de este espacio, y usted está en él como invitado.",
        "ar": "أنا مفعّل هنا لأعضاء هذه المساحة، وأنت فيها بصفة ضيف.",
        "ru": "Здесь я включён для участников этого пространства, а вы в нём гость.",
    },
    "control.outsider": {
        "en": "This channel is shared between organisations. I answer people of the one that runs me, and you write from another.",
        "fr": "Ce canal est partagé entre organisations. Je réponds aux personnes de l'organisation qui me gère ; vous écrivez depuis une autre.",
        "es": "Este canal lo comparten varias organizaciones. Respondo a las personas de la organización que me administra; usted escribe desde otra.",
        "ar": "هذه القناة مشتركة بين منظمات. أجيب أفراد المنظمة التي تديرني، وأنت تكتب من منظمة أخرى.",
        "ru": "Этот канал общий для нескольких организаций. Я отвечаю людям организации, которая мной управляет, а вы пишете из другой.",
    },
    "control.ask_whoever": {
        "en": "Whoever runs the coach here can change that: please ask them to add you.",
        "fr": "La personne qui gère le coach ici peut changer cela : demandez-lui de vous ajouter.",
        "es": "Quien administra el coach aquí puede cambiarlo: pídale que le añada.",
        "ar": "من يدير المدرب هنا يستطيع تغيير ذلك: اطلب منه إضافتك.",
        "ru": "Это может изменить тот, кто управляет коучем: попросите добавить вас.",
    },
    "control.ask_contact": {
        "en": "This can be changed; please ask: {contact}",
        "fr": "Cela peut changer ; adressez-vous à : {contact}",
        "es": "Esto se puede cambiar; pregunte a: {contact}",
        "ar": "يمكن تغيير ذلك؛ اسأل: {contact}",
        "ru": "Это можно изменить; обратитесь: {contact}",
    },
    "control.suggestions": {
        "en": (
            "Who should be at the first meeting?\nWhat must a ceasefire text say?"
            "\nOne side has just walked out: what now?\nHow do we follow up a signed promise?"
        ),
        "fr": (
            "Qui doit être à la première réunion ?\nQue doit dire un texte de cessez-le-feu ?"
            "\nUne partie vient de quitter la salle : que faire ?\nComment suivre une promesse signée ?"
        ),
        "es": (
            "¿Quién debe estar en la primera reunión?\n¿Qué debe decir un texto de cese al fuego?"
            "\nUna parte acaba de irse: ¿y ahora qué?\n¿Cómo dar seguimiento a una promesa firmada?"
        ),
        "ar": (
            "من ينبغي أن يحضر الاجتماع الأول؟\nماذا يجب أن يقول نص وقف إطلاق النار؟"
            "\nانسحب أحد الطرفين للتو: ما العمل؟\nكيف نتابع وعداً موقّعاً؟"
        ),
        "ru": (
            "Кто должен быть на первой встрече?\nЧто должно быть в тексте о прекращении огня?"
            "\nОдна сторона только что ушла: что делать?\nКак следить за подписанным обещанием?"
        ),
    },
}
