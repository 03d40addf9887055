"""Every sentence the coach says of itself, in every language it speaks. Nothing of the field is said here."""

from __future__ import annotations

from collections.abc import Mapping

from mediation_coach.coach import words_ar, words_es, words_fr, words_ru
from mediation_coach.coach.words_controls import CONTROL_WORDS
from mediation_coach.coach.words_home import HOME_WORDS
from mediation_coach.coach.words_plan import PLAN_WORDS
from mediation_coach.coach.words_privacy import PRIVACY_WORDS

LANGUAGES = ("en", "fr", "es", "ar", "ru")

WORDS: Mapping[str, Mapping[str, str]] = {
    "hello": {
        "en": "I am the Mediation Coach, a machine. I answer questions about mediation and peace processes from a curated library, and show my sources."
    },
    "hello_skills": {"en": "I can help with four things. Choose one, or ask in your own words:"},
    "hello_keep": {
        "en": "I keep the last {turns} questions of this conversation for {hours} hours, so that you can ask on. Whoever runs this workspace can in principle"
        " read what is typed here: write 'party A', not names. Say 'privacy' for details, 'forget me' to delete, 'stop' to hear nothing more from me."
    },
    "skill.process_design": {"en": "Process design"},
    "skill.technical_aspects": {"en": "Technical aspects"},
    "skill.crisis_handling": {"en": "Crisis handling"},
    "skill.implementation": {"en": "Agreements and implementation"},
    "skill_prompt.process_design": {
        "en": "Ask about who, where, in what form and in what order: before the room opens."
    },
    "skill_prompt.technical_aspects": {
        "en": "Ask about what is done in the room, and what a ceasefire, justice or power-sharing text needs."
    },
    "skill_prompt.crisis_handling": {"en": "Tell me in one sentence what happened. I answer with the first hour."},
    "skill_prompt.implementation": {"en": "Ask about a draft, a signature, or a promise that is not kept."},
    "heading.find_out_first": {"en": "Find out first"},
    "heading.in_short": {"en": "In short"},
    "heading.options": {"en": "Options"},
    "heading.checklist": {"en": "Checklist"},
    "heading.trade_off": {"en": "What it costs"},
    "heading.compare": {"en": "Compare"},
    "heading.first_hour": {"en": "First hour"},
    "heading.first_day": {"en": "First day"},
    "heading.next_week": {"en": "Next week"},
    "heading.stop_if": {"en": "Stop if"},
    "heading.pin_down": {"en": "Pin it down"},
    "heading.follow_through": {"en": "Follow through"},
    "heading.ask_first": {"en": "Ask first"},
    "heading.steps": {"en": "Steps"},
    "heading.options_and_trade_offs": {"en": "Options and trade-offs"},
    "heading.risks": {"en": "Risks"},
    "heading.the_other_side": {"en": "How it looks from the other side"},
    "heading.if_talks_are_not_the_way_now": {"en": "If talks are not the way now"},
    "heading.alongside": {"en": "Who else, and what alongside"},
    "heading.case": {"en": "What happened elsewhere"},
    "heading.wording": {"en": "Words you can adapt"},
    "pin_down_line": {
        "en": "Write four things on one line: what was promised, who owns it, by when, how both sides will know."
    },
    "crisis_safety_line": {"en": "If anyone may be in danger, make people safe before anything else."},
    "choice.more": {"en": "More"},
    "choice.steps": {"en": "Steps"},
    "choice.risks": {"en": "Risks"},
    "choice.case": {"en": "A case"},
    "choice.sources": {"en": "Sources"},
    "choice.wrong_skill": {"en": "Wrong skill"},
    "choice.person": {"en": "A person"},
    "choice.as_skill": {"en": "Answer as: {skill}"},
    "choice.yes": {"en": "Yes"},
    "choice.no": {"en": "No"},
    "choose_skill": {"en": "Which field should I answer from?"},
    "nothing_more": {"en": "The library has no more on this. Ask on in your own words."},
    "clarify": {"en": "One question, so that I answer the right thing. Do you mean:"},
    "out_of_scope": {
        "en": "My library has nothing on this. It covers designing processes, the technical aspects, crises, and agreements and their implementation."
    },
    "nearest": {"en": "The nearest it has:"},
    "empty": {"en": "I did not get a question. Write one sentence about what you are facing."},
    "too_long": {
        "en": "That is longer than I can read at once ({most} characters at most). Send me the main point in a few sentences."
    },
    "help": {
        "en": "Ask in your own words, in English, French, Spanish, Arabic or Russian. Then type a number or a word from the list under an answer to open more."
        " Words I know: 'help', 'home', 'privacy', 'my plan', 'short', 'my data', 'forget me', 'stop'."
    },
    "privacy": {
        "en": "In this terminal, nothing you type leaves this machine or is kept after you leave. Your questions are never used to answer anyone else."
    },
    "sources_in_english": {"en": ""},
    "case_date": {"en": "as of {date}"},
    "reviewed_long_ago": {"en": "last reviewed {date}"},
    "from_layer": {"en": "from {layer}"},
    "written_by.library": {"en": "From the library, in its own words."},
    "written_by.model": {"en": "Written by a language model from the library; check the sources."},
    "limit_reached": {
        "en": "Your limit for today is reached with the language model, so this is the library in its own words. Tomorrow I can phrase answers for you again."
    },
    "translated": {
        "en": "Translated by a language model; the sections behind the choices are the library's own words, in English."
    },
    "amber": {"en": "General information, not legal advice: check with your own counsel before you act."},
    "red": {
        "en": "This touches people's safety. Decide nothing on a chat's word: talk to your security focal point or counsel first."
    },
    "emergency": {
        "en": "Your safety first. If you can, move to a safe place and contact your local emergency number or your organisation's security focal point."
        " I cannot send help. Please do not write names, places or pictures here; use a channel that your organisation trusts."
    },
    "emergency_contacts": {"en": "Your organisation's contacts: {contacts}"},
    "self_harm": {
        "en": "I am glad you said it. You do not have to carry this alone. Please talk now to someone you trust, or to a local helpline or health service;"
        " if you are in danger of harming yourself, call your local emergency number. I am a machine and cannot send help."
    },
    "ask_danger": {"en": "Is anyone in physical danger right now?"},
    "safe_then_ask": {"en": "Good. Then tell me what happened, and I will help with the process."},
    "short_on": {
        "en": "Short answers from now on: under 500 characters, no lists to choose from. Say 'long' to change back."
    },
    "long_on": {"en": "Full answers from now on."},
    "boundary.takes_sides": {
        "en": "I do not judge which side is right, or who will win. I can help you set out how each side sees the issue, and what each needs."
    },
    "boundary.other_users": {"en": "I don't discuss who uses me or what anyone else asked."},
    "boundary.listed_contact": {
        "en": "I cannot say whether a contact, a payment or a meeting is lawful. Ask your counsel and your organisation's policy first; I can help you write the questions for them."
    },
    "boundary.harmful": {
        "en": "I do not help to threaten, deceive, watch or expose people. I can help you say firmly what follows if nothing changes, or protect what must stay confidential."
    },
    "boundary.verification": {
        "en": "I cannot verify what happened. Mandated investigators can; I can help you log what you were told, keep people safe, and refer it to them."
    },
    "boundary.prediction": {"en": "I do not predict outcomes. I can help you prepare for more than one of them."},
    "form_skip": {
        "en": "Type 'skip' to leave this out, 'cancel' to stop.",
        "fr": "Écrivez « passer » pour laisser vide, « annuler » pour arrêter.",
        "es": "Escriba «omitir» para dejarlo en blanco, «cancelar» para terminar.",
        "ar": "اكتب «تخطي» لترك هذا السؤال، أو «إلغاء» للتوقف.",
        "ru": "Напишите «пропустить», чтобы не отвечать, или «отмена», чтобы прекратить.",
    },
    "form_leave": {
        "en": "Type 'cancel' to leave.",
        "fr": "Écrivez « annuler » pour quitter.",
        "es": "Escriba «cancelar» para salir.",
        "ar": "اكتب «إلغاء» للخروج.",
        "ru": "Напишите «отмена», чтобы выйти.",
    },
    "answer_stopped": {
        "en": "Stopped.",
        "fr": "C'est arrêté.",
        "es": "Detenido.",
        "ar": "توقفت.",
        "ru": "Остановлено.",
    },
    "form_cancelled": {
        "en": "Stopped. Nothing of it is kept.",
        "fr": "C'est arrêté. Rien n'en est gardé.",
        "es": "Terminado. No se guarda nada de ello.",
        "ar": "توقفنا. لم يُحفظ شيء منه.",
        "ru": "Остановлено. Ничего из этого не сохранено.",
    },
    "thanks": {"en": "Thank you."},
    "unknown_choice": {"en": "That choice is no longer open. Ask again, and choose from the newest list."},
    "busy": {"en": "I have your question and will answer in a few minutes."},
    "full": {"en": "I could not keep your question just now. Please ask again in a few minutes."},
    "too_fast": {
        "en": "You ask faster than I can answer well. Give me a minute, then ask the question that matters most."
    },
    "went_wrong": {
        "en": "Something went wrong on my side, and nothing you wrote was lost. Please ask again in a minute."
    },
    **CONTROL_WORDS,
    **HOME_WORDS,
    **PLAN_WORDS,
    **PRIVACY_WORDS,
}


_SAID: Mapping[str, Mapping[str, str]] = {
    "fr": words_fr.SAID,
    "es": words_es.SAID,
    "ar": words_ar.SAID,
    "ru": words_ru.SAID,
}


def say(key: str, language: str = "en", **values: object) -> str:
    """Return a sentence in `language`, or in English where it is not there yet."""
    entry = WORDS[key]
    text = entry.get(language) or _SAID.get(language, {}).get(key) or entry["en"]
    return text.format(**values) if values else text


def controls(language: str) -> dict[str, str]:
    """Return the words for a platform's own controls, by name."""
    return {key.removeprefix("control."): say(key, language) for key in CONTROL_WORDS}


def spoken(locale: str) -> str:
    """Return the language of a platform's locale, such as `fr-FR`; empty where the coach does not speak it."""
    return locale[:2].lower() if locale[:2].lower() in LANGUAGES else ""
