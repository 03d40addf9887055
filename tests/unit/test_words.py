"""What the coach says of itself is there in all five languages, with the same places to fill."""

from __future__ import annotations

import re

import pytest

from mediation_coach.coach import words_ar, words_es, words_fr, words_ru
from mediation_coach.coach.words import LANGUAGES, WORDS, say

SAID = {"fr": words_fr.SAID, "es": words_es.SAID, "ar": words_ar.SAID, "ru": words_ru.SAID}
OTHERS = [language for language in LANGUAGES if language != "en"]


def places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_there(language: str) -> None:
    untranslated = [key for key, entry in WORDS.items() if not (entry.get(language) or SAID[language].get(key))]
    assert untranslated == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_has_the_same_places_to_fill(language: str) -> None:
    assert [key for key, entry in WORDS.items() if places(say(key, language)) != places(entry["en"])] == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_reader_of_another_language_is_told_what_the_sources_are_in(language: str) -> None:
    assert say("sources_in_english", language)
    assert say("sources_in_english", "en") == ""


def test_arabic_and_russian_are_in_their_own_letters() -> None:
    for key in ("hello", "emergency", "self_harm", "ask_danger", "forget_me.sure"):
        assert re.search("[\u0600-\u06ff]", say(key, "ar"))
        assert re.search("[а-я]", say(key, "ru"))


def test_the_first_words_say_what_it_is_what_it_keeps_who_sees_it_and_how_to_stop() -> None:
    for language, machine in zip(LANGUAGES, ("machine", "machine", "máquina", "آلة", "машина"), strict=True):
        first = say("hello", language) + say("hello_keep", language, turns=6, hours=24)
        assert machine in first
        for word in ("6", "24", "privacy", "forget me", "stop"):
            assert word in first


def test_no_emergency_words_invent_a_number() -> None:
    for language in LANGUAGES:
        for key in ("emergency", "self_harm", "ask_danger", "red", "person.none"):
            assert not re.search(r"\d", say(key, language))
