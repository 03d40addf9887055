"""Reading Matrix events and writing Matrix messages: pure, by table and by generated input."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_coach.adapters import matrix_format as fmt
from mediation_coach.adapters import matrix_html as shown
from mediation_coach.adapters.matrix_rooms import allowed
from mediation_coach.adapters.matrix_session import MatrixOptions, options_of
from mediation_coach.adapters.matrix_words import WORDS, say
from mediation_coach.coach.words import LANGUAGES
from mediation_coach.domain.chat import Choice, Choices, Field, Form, Image, Intent, Reply, SourceLine, Sources, Text
from mediation_coach.errors import ConfigError

ME = "@coach:example.org"
ALLOWED_TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "a"}
PRIVATE = fmt.RoomFacts(id="!room", me=ME, my_name="The Coach")
GROUP = fmt.RoomFacts(id="!room", me=ME, my_name="The Coach", private=False, threads=frozenset({"$ours"}))


def message(body: Any = "a question", **content: Any) -> dict[str, Any]:
    return {
        "type": "m.room.message",
        "event_id": "$event",
        "sender": "@someone:example.org",
        "origin_server_ts": 1_700_000_000_000,
        "content": {"msgtype": "m.text", "body": body, **content},
    }


def mention() -> dict[str, Any]:
    return {"user_ids": [ME]}


def thread(root: str) -> dict[str, Any]:
    return {"rel_type": "m.thread", "event_id": root, "is_falling_back": True, "m.in_reply_to": {"event_id": root}}


def test_a_private_message_becomes_one_event() -> None:
    heard = fmt.read(message(), PRIVATE)

    assert isinstance(heard, fmt.Said)
    event = heard.event
    assert (event.id, event.person.id, event.text, event.intent) == (
        "$event",
        "@someone:example.org",
        "a question",
        Intent.MESSAGE,
    )
    assert (event.conversation.room, event.conversation.thread, event.conversation.private) == ("!room", "", True)
    assert event.at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("source", "text", "root"),
    [
        (message("talk among others"), None, ""),
        (message("The Coach is in this text"), None, ""),
        (message("https://coach.example.org"), None, ""),
        (message("The Coach: what now", **{"m.mentions": mention()}), "what now", "$event"),
        (message("@coach, what now", **{"m.mentions": mention()}), "what now", "$event"),
        (message("coaching is hard", **{"m.mentions": mention()}), "coaching is hard", "$event"),
        (message("!coach what now"), "what now", "$event"),
        (message("!Coach: what now"), "what now", "$event"),
        (message("!coaching what now"), None, ""),
        (message("go on", **{"m.relates_to": thread("$ours")}), "go on", "$ours"),
        (message("go on", **{"m.relates_to": thread("$theirs")}), None, ""),
        (message("go on", **{"m.relates_to": thread("$theirs"), "m.mentions": mention()}), "go on", "$theirs"),
    ],
)
def test_in_a_group_only_what_is_meant_for_the_coach_is_heard(
    source: dict[str, Any], text: str | None, root: str
) -> None:
    heard = fmt.read(source, GROUP)

    if text is None:
        assert heard is None
    else:
        assert isinstance(heard, fmt.Said)
        assert (heard.event.text, heard.event.conversation.thread) == (text, root)


def test_the_quoted_message_of_an_old_reply_is_not_taken_for_words() -> None:
    reply = {"m.relates_to": {"m.in_reply_to": {"event_id": "$before"}}}
    heard = fmt.read(message("> <@x:example.org> said before\n> more\n\nwhat I say", **reply), PRIVATE)

    assert isinstance(heard, fmt.Said)
    assert heard.event.text == "what I say"


def test_commands_files_reactions_edits_and_deletions_are_told_apart() -> None:
    def of(kind: str, **content: Any) -> dict[str, Any]:
        return {**message(), "type": kind, "content": content}

    command = fmt.read(message("!coach settings listen everything"), GROUP)
    assert isinstance(command, fmt.RoomCommand)
    assert (command.name, command.argument) == ("settings", "listen everything")
    assert isinstance(fmt.read(message("!coach help"), GROUP), fmt.RoomCommand)
    helped = fmt.read(message("!coach help"), PRIVATE)
    assert isinstance(helped, fmt.Said)
    assert helped.event.text == "help"
    assert isinstance(fmt.read(message("plan.pdf", msgtype="m.file"), PRIVATE), fmt.Attachment)
    assert fmt.read(message("plan.pdf", msgtype="m.file"), GROUP) is None
    reaction = of("m.reaction", **{"m.relates_to": {"rel_type": "m.annotation", "event_id": "$about", "key": "👍"}})
    assert fmt.read(reaction, PRIVATE) == fmt.Reacted(about="$about", key="👍")
    edit = message(
        "* new", **{"m.new_content": {"body": "new"}, "m.relates_to": {"rel_type": "m.replace", "event_id": "$about"}}
    )
    assert fmt.read(edit, PRIVATE) == fmt.Edited(about="$about", content={"body": "new"})
    assert fmt.read(of("m.room.redaction", redacts="$about"), PRIVATE) == fmt.Redacted(about="$about")
    assert fmt.read({**message(), "sender": ME}, PRIVATE) is None
    assert fmt.read(message(msgtype="m.notice"), PRIVATE) is None


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["m.relates_to", "m.mentions", "user_ids", "event_id", "rel_type", "body", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(["m.room.message", "m.reaction", "m.room.redaction", "m.sticker", "other"]), _json, _json)
def test_no_content_that_anyone_can_send_breaks_the_reading(kind: str, content: Any, moment: Any) -> None:
    if isinstance(content, dict):
        content = {"msgtype": "m.text", "body": "x", **content}
    for room in (PRIVATE, GROUP):
        fmt.read(
            {"type": kind, "event_id": "$e", "sender": "@a:b", "origin_server_ts": moment, "content": content}, room
        )


def test_numbers_and_thumbs_are_read_in_every_writing() -> None:
    assert [fmt.chosen_number(fmt.keycap(n)) for n in range(1, 11)] == list(range(1, 11))
    assert fmt.chosen_number("1\u20e3") == 1
    assert fmt.chosen_number("🎉") is fmt.chosen_number("") is fmt.chosen_number("12") is None
    assert [fmt.thumb(e) for e in ("👍", "👍🏿", "👎🏻", "👏")] == ["up", "up", "down", ""]


def full_reply() -> Reply:
    return Reply(
        blocks=(
            Text(
                markdown="**Process <design>**\n\nMap who can block it & why. [1]\n\n1. List them.\n2. Ask.\n\n- one\n- two\n\n_General information._"
            ),
            Sources(
                lines=(
                    SourceLine(number=1, title="A <b>guide</b>", note="as of 2024", url="https://example.org/?a=1&b=2"),
                )
            ),
            Choices(choices=(Choice(id="a", label="More"),), prompt="Go on with:"),
            Choices(choices=(Choice(id="b", label="Risks"), Choice(id="c", label="<script>"))),
        )
    )


def test_a_reply_is_plain_text_and_html_with_choices_numbered_throughout() -> None:
    (page,) = shown.messages(full_reply())
    assert isinstance(page, shown.Page)

    assert page.body == (
        "Process <design>\n\nMap who can block it & why. [1]\n\n1. List them.\n2. Ask.\n\n- one\n- two\n\nGeneral information.\n\n"
        "[1] A <b>guide</b> (as of 2024) https://example.org/?a=1&b=2\n\nGo on with:\n\n1. More\n\n2. Risks\n3. <script>"
    )
    assert page.formatted == (
        "<p><strong>Process &lt;design&gt;</strong></p><p>Map who can block it &amp; why. [1]</p><ol><li>List them.</li><li>Ask.</li></ol>"
        "<ul><li>one</li><li>two</li></ul><p><em>General information.</em></p>"
        '<p>[1] <a href="https://example.org/?a=1&amp;b=2">A &lt;b&gt;guide&lt;/b&gt;</a> (as of 2024)</p>'
        '<p>Go on with:</p><ol start="1"><li>More</li></ol><ol start="2"><li>Risks</li><li>&lt;script&gt;</li></ol>'
    )


@given(st.text(max_size=3000), st.text(max_size=40), st.text(max_size=40))
def test_whatever_is_said_only_the_specs_tags_come_out_and_no_message_is_too_long(
    markdown: str, label: str, url: str
) -> None:
    reply = Reply(
        blocks=(
            Text(markdown=markdown),
            Choices(choices=(Choice(id="x", label=label),)),
            Sources(lines=(SourceLine(number=1, title=label, url=url),)),
        )
    )
    pages = [p for p in shown.messages(reply, most=2000) if isinstance(p, shown.Page)]

    for page in pages:
        assert set(re.findall(r"</?([a-zA-Z]+)", page.formatted)) <= ALLOWED_TAGS
        assert (
            "javascript:" not in page.formatted.replace(url, "").lower()
            or "javascript:" in markdown.lower() + label.lower()
        )
        assert not re.search(r"<(?!/?(p|br|strong|em|ul|ol|li|a)[ >])", page.formatted)
        assert not re.search(r'href="(?!https?://)', page.formatted)
        assert page.body


@given(st.lists(st.text(alphabet="abcdé漢😀 .", min_size=1, max_size=400), min_size=1, max_size=30))
def test_splitting_loses_no_word(paragraphs: list[str]) -> None:
    text = "\n\n".join(paragraphs)
    pages = [p for p in shown.messages(Reply(blocks=(Text(markdown=text),)), most=1000) if isinstance(p, shown.Page)]

    assert "".join("".join(p.body for p in pages).split()) == "".join(text.split())
    assert all(sum(piece.size for piece in p.pieces) <= 1000 or len(p.pieces) == 1 for p in pages)


def test_pictures_stand_alone_and_a_form_shows_its_first_question() -> None:
    picture = Image(png=b"x", alt="a plan")
    parts = shown.messages(Reply(blocks=(Text(markdown="before"), picture, Text(markdown="after"))))
    assert [p.body if isinstance(p, shown.Page) else p.alt for p in parts] == ["before", "a plan", "after"]
    form = Form(
        id="f",
        title="Your commitment",
        fields=(
            Field(id="a", label="What?", hint="one line", choices=(Choice(id="y", label="Yes"),)),
            Field(id="b", label="When?"),
        ),
    )
    (page,) = shown.messages(Reply(blocks=(form,)))
    assert isinstance(page, shown.Page)
    assert page.body == "Your commitment\n\nWhat?\n\none line\n\n1. Yes"
    assert [c.id for c in shown.offered(Reply(blocks=(form,)))] == ["y"]


def test_the_same_key_gives_the_same_transaction_and_tells_nothing_of_it() -> None:
    assert fmt.transaction("reply:secret", 1) == fmt.transaction("reply:secret", 1)
    assert len({fmt.transaction("a"), fmt.transaction("b"), fmt.transaction("a", 1), fmt.key_mark("a")}) == 4
    assert "secret" not in fmt.transaction("reply:secret") + fmt.key_mark("reply:secret")


def test_choices_travel_in_the_message_itself() -> None:
    choices = (Choice(id="a", label="More"), Choice(id="b", label="Risks"))
    first = shown.marked({}, key="k", part=0, of=2, choices=choices)
    last = shown.marked({}, key="k", part=1, of=2, choices=choices)

    assert fmt.choices_of(first) == ()
    assert fmt.choices_of(last) == (("a", "More"), ("b", "Risks"))
    assert fmt.is_own(first)
    assert fmt.choices_of({fmt.OWN: {"choices": "nonsense"}}) == fmt.choices_of({fmt.OWN: [1]}) == ()


@pytest.mark.parametrize(
    ("lists", "inviter", "room", "follows"),
    [
        ({}, "@a:example.org", "!r", True),
        ({}, "@a:elsewhere.org", "!r", False),
        ({"allow_servers": ("*.friends.org",)}, "@a:x.friends.org", "!r", True),
        ({"allow_servers": ("*.friends.org",)}, "@a:example.org", "!r", False),
        ({"allow_users": ("@team-*:elsewhere.org",)}, "@team-a:elsewhere.org", "!r", True),
        ({"allow_rooms": ("!known",)}, "@a:elsewhere.org", "!known", True),
    ],
)
def test_invitations_are_followed_by_list(lists: dict[str, Any], inviter: str, room: str, follows: bool) -> None:
    options = MatrixOptions(homeserver="https://example.org", user=ME, **lists)

    assert allowed(inviter, room, options) is follows


@pytest.mark.parametrize(
    "table",
    [
        {"homeserver": "example.org", "user": ME},
        {"homeserver": "https://example.org", "user": "coach"},
        {"homeserver": "https://example.org", "user": ME, "pasword": "a secret word"},
        {"user": ME},
    ],
)
def test_wrong_settings_are_named_and_never_quoted(table: dict[str, object]) -> None:
    with pytest.raises(ConfigError) as caught:
        options_of(table)

    assert "[matrix]" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_adapter_can_be_said_in_every_language_with_the_same_places(language: str) -> None:
    values = {"prefix": "!coach", "listen": "mentions", "introduce": "on"}

    assert all(say(key, language, **values) for key in WORDS)
    for key, entry in WORDS.items():
        assert sorted(re.findall(r"\{(\w+)\}", entry[language])) == sorted(re.findall(r"\{(\w+)\}", entry["en"])), key
    assert say("cannot_read.m.unknown_code", language) == say("cannot_read", language)


def test_a_language_that_is_not_known_is_english() -> None:
    assert say("private_again", "") == say("private_again", "de") == say("private_again", "en")
