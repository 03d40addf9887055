"""Practitioners' words are found in five languages, what differs stays apart, and a message's language is told."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from mediation_coach.errors import ContentError
from mediation_coach.knowledge.lexicon import LANGUAGE_NAMES, Lexicon, Term, detect_language, fold, read_lexicon, stems

KNOWLEDGE = Path(__file__).resolve().parents[2] / "knowledge"


@pytest.fixture(scope="module")
def shipped() -> Lexicon:
    return read_lexicon([KNOWLEDGE])


@pytest.mark.parametrize(
    ("concept", "messages"),
    [
        (
            "walk-out",
            {
                "en": "they stormed out and slammed the door",
                "fr": "la délégation a claqué la porte hier soir",
                "es": "la delegación se levantó de la mesa",
                "ar": "انسحب الوفد من القاعة",
                "ru": "делегация ушла с переговоров",
            },
        ),
        (
            "ceasefire",
            {
                "en": "how long does the cease-fire hold?",
                "fr": "qui surveille le cessez-le-feu ?",
                "es": "¿quién verifica el alto el fuego?",
                "ar": "من يراقب وقف إطلاق النار؟",
                "ru": "кто следит за прекращением огня?",
            },
        ),
        (
            "prisoners",
            {
                "en": "the prisoners were promised to us",
                "fr": "les familles des prisonniers attendent",
                "es": "las familias de los prisioneros esperan",
                "ar": "أهالي الأسرى ينتظرون",
                "ru": "семьи пленных ждут",
            },
        ),
        (
            "leak",
            {
                "en": "our draft was leaked",
                "fr": "il y a eu une fuite",
                "es": "el texto se filtró ayer",
                "ar": "تم تسريب المسودة",
                "ru": "произошла утечка проекта",
            },
        ),
        (
            "womens-groups",
            {
                "en": "women's groups ask for a seat",
                "fr": "les groupes de femmes demandent une place",
                "es": "los grupos de mujeres piden un puesto",
                "ar": "المنظمات النسائية تطالب بمقعد",
                "ru": "женские организации требуют место",
            },
        ),
        (
            "elders",
            {
                "en": "the elders refuse",
                "fr": "les chefs coutumiers refusent",
                "es": "los ancianos se niegan",
                "ar": "يرفض الشيوخ",
                "ru": "старейшины отказываются",
            },
        ),
        (
            "amnesty",
            {
                "en": "no signature without an amnesty",
                "fr": "pas de signature sans l'amnistie",
                "es": "no firman sin amnistía",
                "ar": "لا توقيع بلا عفو",
                "ru": "без амнистии не подпишут",
            },
        ),
        (
            "deadlock",
            {
                "en": "we are going in circles",
                "fr": "les négociations piétinent",
                "es": "el diálogo está estancado",
                "ar": "وصلنا إلى طريق مسدود",
                "ru": "переговоры зашли в тупик",
            },
        ),
    ],
)
def test_one_concept_is_found_in_five_languages(shipped: Lexicon, concept: str, messages: dict[str, str]) -> None:
    assert set(messages) == set(LANGUAGE_NAMES)
    for language, message in messages.items():
        assert concept in shipped.concepts(message, language), language


@pytest.mark.parametrize(
    "words", ["walked out", "stormed out", "left the room", "quit the talks", "pulled out of talks", "walk-outs"]
)
def test_words_that_mean_the_same_are_one_concept(shipped: Lexicon, words: str) -> None:
    assert shipped.concepts(words, "en") == ("walk-out",)


def test_the_longest_phrase_wins(shipped: Lexicon) -> None:
    assert shipped.concepts("an exchange of prisoners", "en") == ("prisoner-exchange",)
    assert shipped.concepts("the national dialogue", "en") == ("national-dialogue",)
    assert shipped.concepts("a humanitarian pause", "en") == ("humanitarian-pause",)


def test_the_very_word_wins_over_its_stem(shipped: Lexicon) -> None:
    assert stems("mediator") == stems("mediation")
    assert shipped.concepts("the mediator", "en") == ("mediator",)
    assert shipped.concepts("the mediation", "en") == ("mediation",)
    assert shipped.concepts("the monitors", "en") == ("ceasefire-monitor",)
    assert shipped.concepts("monitoring", "en") == ("monitoring",)


def test_the_language_of_the_message_wins_over_english(shipped: Lexicon) -> None:
    assert shipped.concepts("su compromiso", "es") == ("commitment",)
    assert shipped.concepts("our compromise", "en") == ("compromise",)
    assert shipped.concepts("un compromis", "fr") == ("compromise",)
    assert shipped.concepts("reporter la séance", "fr")[0] == "delay"
    assert "mediator-exit" not in shipped.concepts("el éxito", "es")


def test_english_words_are_found_in_other_languages(shipped: Lexicon) -> None:
    assert "disarmament" in shipped.concepts("qui finance le DDR ?", "fr")


def test_terms_that_must_stay_apart_never_share_a_concept(shipped: Lexicon) -> None:
    assert shipped.apart
    for group in shipped.apart:
        found = [shipped.concepts(term, "en") for term in group.terms]
        assert all(len(concepts) == 1 for concepts in found), (group.terms, found)
        assert len({concepts[0] for concepts in found}) == len(group.terms), (group.terms, found)


def test_the_core_terms_speak_french_and_spanish_too(shipped: Lexicon) -> None:
    core = [term for term in shipped.terms if term.core]

    assert len(core) >= 100
    assert [term.id for term in core if not (term.fr and term.es)] == []
    assert sum(bool(term.ar and term.ru) for term in core) >= 60


def test_every_first_word_finds_its_own_concept(shipped: Lexicon) -> None:
    for term in shipped.terms:
        for language in LANGUAGE_NAMES:
            if words := getattr(term, language):
                assert term.id in shipped.concepts(words[0], language), (term.id, language, words[0])


def test_no_concept_stands_twice(shipped: Lexicon) -> None:
    ids = [term.id for term in shipped.terms]

    assert len(ids) == len(set(ids))


def test_a_message_is_told_roughly_in_english(shipped: Lexicon) -> None:
    gloss = shipped.in_english(shipped.concepts("الوفد يرفض التوقيع", "ar"))

    assert "delegation" in gloss
    assert "sign" in gloss


@pytest.mark.parametrize("word", ["the", "and", "that", "with", "from", "one"])
def test_small_english_words_are_no_concept(shipped: Lexicon, word: str) -> None:
    assert shipped.concepts(word, "en") == ()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "un une que comme avec depuis cette ont va fait met tu don"),
        ("es", "un una que cuando desde esta tiene hace va pero más sin"),
        ("ar", "من على أن هذا التي قبل غير منه فقط جدا أنت أو"),
        ("ru", "как что если они уже только после более один нет очень"),
    ],
)
def test_small_words_of_other_languages_are_no_concept(shipped: Lexicon, language: str, words: str) -> None:
    for word in words.split():
        assert shipped.concepts(word, language) == (), word


def test_questions_out_of_scope_are_many_and_each_stands_once(shipped: Lexicon) -> None:
    count = Counter(language for language, _ in shipped.outside)
    assert count["en"] >= 140
    assert all(count[language] >= 35 for language in ("fr", "es", "ar", "ru"))
    assert len(set(shipped.out_of_scope)) == len(shipped.out_of_scope)


SENTENCES = {
    "en": [
        "the other delegation left the room this morning",
        "who should sit at the table first",
        "our draft is in the newspapers, what do we say",
        "how do we bring the women's groups into the talks",
        "they keep adding new conditions every week",
        "the commander says he never saw the map",
        "is it too early to talk about amnesty",
        "my minister wants a signature before the summit",
        "we have no money left for the monitors",
        "what happens if the parliament votes against it",
    ],
    "fr": [
        "la délégation a quitté la salle ce matin",
        "qui doit s'asseoir en premier à la table",
        "notre projet de texte est dans les journaux",
        "comment faire entrer les groupes de femmes dans les pourparlers",
        "ils ajoutent une nouvelle condition chaque semaine",
        "le commandant dit qu'il n'a jamais vu la carte",
        "est-il trop tôt pour parler de l'amnistie",
        "mon ministre veut une signature avant le sommet",
        "nous n'avons plus d'argent pour les observateurs",
        "que se passe-t-il si le parlement vote contre",
    ],
    "es": [
        "la delegación salió de la sala esta mañana",
        "quién debe sentarse primero a la mesa",
        "nuestro borrador está en los periódicos, qué decimos",
        "cómo llevamos a los grupos de mujeres a las conversaciones",
        "cada semana añaden una condición nueva",
        "el comandante dice que nunca vio el mapa",
        "es demasiado pronto para hablar de amnistía",
        "mi ministro quiere una firma antes de la cumbre",
        "ya no tenemos dinero para los observadores",
        "qué pasa si el parlamento vota en contra",
    ],
    "ar": [
        "غادر الوفد الآخر القاعة هذا الصباح",
        "من يجب أن يجلس إلى الطاولة أولا",
        "مسودتنا في الصحف فماذا نقول الآن",
        "كيف نشرك المنظمات النسائية في المحادثات",
        "يضيفون شروطا جديدة في كل أسبوع",
        "القائد يقول إنه لم ير الخريطة",
        "هل من المبكر أن نتحدث عن العفو",
        "وزيري يريد توقيعا قبل موعد القمة",
        "لم يبق لدينا مال لفريق المراقبين",
        "ماذا يحدث إذا صوت البرلمان ضد الاتفاق",
    ],
    "ru": [
        "другая делегация сегодня утром покинула зал",
        "кто должен первым сесть за этот стол",
        "наш черновик попал в газеты, что говорить",
        "как привести женские организации на эти переговоры",
        "они каждую неделю добавляют новое условие",
        "командир говорит, что никогда не видел карту",
        "не рано ли говорить об этой амнистии",
        "мой министр хочет подпись до начала саммита",
        "у нас больше нет денег на наблюдателей",
        "что будет, если парламент проголосует против соглашения",
    ],
}


@pytest.mark.parametrize(
    ("language", "sentence"), [(language, sentence) for language, many in SENTENCES.items() for sentence in many]
)
def test_the_language_of_a_message_is_told(language: str, sentence: str) -> None:
    assert len(sentence.split()) >= 6
    assert detect_language(sentence) == language
    assert detect_language(sentence, otherwise="es") == language


@pytest.mark.parametrize("text", ["", "?", "ok", "42", "caucus"])
def test_a_message_too_short_to_tell_keeps_the_language_before(text: str) -> None:
    assert detect_language(text) == "en"
    assert detect_language(text, otherwise="fr") == "fr"


def test_stems_join_the_forms_of_a_word() -> None:
    assert stems("negotiations negotiating negotiated") == ["negoti"] * 3
    assert len(set(stems("négociation négociations négocier", "fr"))) == 1
    assert len(set(stems("firmaron firmar firmó", "es"))) == 1
    assert len(set(stems("переговоры переговоров переговорах", "ru"))) == 1


def test_arabic_words_have_one_stem_with_and_without_article() -> None:
    for words in ("هدنة الهدنة والهدنة بالهدنة للهدنة", "وفد الوفد والوفد بالوفد للوفد", "وسيط الوسيط والوسيط للوسيط"):
        assert len(set(stems(words, "ar"))) == 1, words


def test_french_small_words_before_an_apostrophe_fall_away() -> None:
    assert stems("l'accord d’amnistie", "fr") == stems("accord amnistie", "fr")


def test_small_words_are_left_out_unless_asked_for() -> None:
    assert stems("the talks are stuck") == stems("talks stuck")
    assert len(stems("the talks are stuck", keep_all=True)) == 4


def test_one_spelling_for_arabic_letters_and_marks() -> None:
    assert fold("الأَسْرى") == fold("الاسري")
    assert fold("women’s") == "women's"


def test_a_later_layer_adds(tmp_path: Path) -> None:
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "lexicon" / "ours.yaml").write_text("terms:\n  - {id: our-word, en: [gurtnapper]}\n", "utf-8")

    both = read_lexicon([KNOWLEDGE, tmp_path])

    assert both.concepts("the gurtnapper and the mediator", "en") == ("our-word", "mediator")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("terms:\n  - {id: x}\n", "mend it"),
        ("terms:\n  - {id: x, en: [x], de: [x]}\n", "mend it"),
        ("words: []\n", "unknown keys: words"),
        ("terms: [\n", "mend it"),
    ],
)
def test_a_faulty_lexicon_is_told(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "lexicon" / "ours.yaml").write_text(text, "utf-8")

    with pytest.raises(ContentError, match=told) as caught:
        read_lexicon([tmp_path])

    assert "ours.yaml" in str(caught.value)


def test_concepts_come_in_the_order_of_the_message_and_once() -> None:
    lexicon = Lexicon(terms=(Term(id="a", en=("apple",)), Term(id="b", en=("pear",))))

    assert lexicon.concepts("pears, apples and a pear", "en") == ("b", "a")
