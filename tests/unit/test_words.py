"""What the coach says of itself is there in all five languages, with the same places to fill."""

from __future__ import annotations

import re
from dataclasses import asdict, fields

import pytest

from mediation_coach.adapters.slack_forms import ENGLISH, Languages, question_view
from mediation_coach.coach import words_ar, words_es, words_fr, words_ru
from mediation_coach.coach.words import LANGUAGES, WORDS, controls, say, spoken
from tests.slack_limits import faults

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


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_on_controls_fit_where_they_stand(language: str) -> None:
    labels = Languages({language: controls(language)}).of(language)
    assert set(controls(language)) == {field.name for field in fields(labels)}
    assert faults("views.open", {"view": question_view("", labels)}) == []
    assert max(len(words) for words in (labels.ask_title, labels.send, labels.close)) <= 24
    assert len(labels.keep) <= 30
    assert max(len(words) for words in (labels.good, labels.bad, labels.good_spoken, labels.bad_spoken)) <= 75
    assert [len(line) <= 75 for line in labels.suggestions.splitlines()] == [True] * 4


def test_what_is_said_on_a_busy_day_says_nothing_of_others() -> None:
    told = {"people", "asking", "personnes", "personas", "كثير", "многие", "людей"}
    said = " ".join(say(key, language) for key in ("busy", "full") for language in LANGUAGES)
    assert not [word for word in told if word in said.lower()]


def test_slacks_own_words_are_the_coachs_english_ones() -> None:
    assert asdict(ENGLISH) == controls("en")
    assert Languages().of("fr") == ENGLISH


def test_a_locale_is_read_as_a_language_that_the_coach_speaks() -> None:
    assert [spoken(locale) for locale in ("fr-FR", "AR", "sw-KE", "")] == ["fr", "ar", "", ""]
