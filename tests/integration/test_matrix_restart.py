"""Crashes, bursts and absences on a real Synapse: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import itertools
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from mediation_coach.adapters import matrix_identity, matrix_login
from mediation_coach.adapters.matrix import MatrixAdapter
from mediation_coach.adapters.matrix_session import Folder
from mediation_coach.domain.chat import Intent
from mediation_coach.errors import ConfigError, NotDelivered
from mediation_coach.store.sql import SqlStore
from mediation_coach.testing import until
from tests.matrix_bot import Bot
from tests.matrix_gate import standing_before
from tests.matrix_house import house
from tests.matrix_people import EchoCoach, Member, eventually, options_for, running
from tests.synapse import PASSWORD, Synapse, synapse

pytestmark = [pytest.mark.xdist_group("synapse"), pytest.mark.timeout(150)]
__all__ = ["synapse"]

both = pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])


@pytest.fixture
def bot(synapse: Synapse, tmp_path: Path) -> Iterator[Bot]:
    made = Bot(options=options_for(synapse, tmp_path / "matrix"), inbox=tmp_path / "inbox.jsonl")
    yield made
    made.put_away()


@pytest.fixture
async def person(synapse: Synapse) -> AsyncIterator[Member]:
    async with Member.present(synapse) as someone:
        yield someone


async def all_answered(person: Member, room: str, coach: str, texts: list[str], *, within: float = 60.0) -> None:
    """Wait until every text has an answer, and see that each has exactly one, in the order of the questions."""
    wanted = [f"echo: {text}" for text in texts]
    await person.until(
        lambda: set(wanted) <= set(person.bodies(room, coach)), within=within, why=f"{len(wanted)} answers"
    )
    assert Counter(person.bodies(room, coach)) == Counter(wanted)
    assert person.bodies(room, coach) == wanted


async def say_all(person: Member, room: str, texts: list[str]) -> None:
    for text in texts:
        await person.say(room, text)


@both
async def test_sixty_messages_in_a_burst_are_each_answered_once_and_in_order(
    person: Member, synapse: Synapse, tmp_path: Path, encrypted: bool
) -> None:
    texts = [f"burst {n}" for n in range(60)]
    async with running(EchoCoach(options_for(synapse, tmp_path))) as coach:
        room = await person.open_room(coach.user, encrypted=encrypted)
        await say_all(person, room, texts)
        await all_answered(person, room, coach.user, texts)


@both
async def test_killed_and_stopped_and_away_for_150_messages_loses_and_doubles_nothing(
    person: Member, bot: Bot, encrypted: bool
) -> None:
    coach = bot.options.user
    await bot.start()
    room = await person.open_room(coach, encrypted=encrypted)
    texts = ["before"]
    await say_all(person, room, texts)
    await all_answered(person, room, coach, texts)

    assert await bot.end(signal.SIGTERM) == 0
    texts += [f"away {n}" for n in range(150)]
    await say_all(person, room, texts[1:])
    await bot.start()
    await all_answered(person, room, coach, texts)

    await bot.end(signal.SIGKILL)
    texts += ["after the kill"]
    await say_all(person, room, texts[-1:])
    await bot.start()
    await all_answered(person, room, coach, texts)


@both
async def test_killed_in_the_middle_of_answering_again_and_again(person: Member, bot: Bot, encrypted: bool) -> None:
    coach = bot.options.user
    await bot.start()
    room = await person.open_room(coach, encrypted=encrypted)
    numbers = itertools.count()
    texts: list[str] = []
    for _ in range(5):
        more = [f"question {next(numbers)}" for _ in range(6)]
        texts += more
        await say_all(person, room, more)
        answered = len(person.bodies(room, coach))
        await person.until(lambda: len(person.bodies(room, coach)) > answered, why="the first answer of a round")  # noqa: B023
        await bot.end(signal.SIGKILL)
        await bot.start()
    await all_answered(person, room, coach, texts)


async def test_a_slow_answer_in_one_room_holds_up_no_other(person: Member, bot: Bot) -> None:
    await bot.start()
    rooms = [await person.open_room(bot.options.user) for _ in range(3)]
    await person.say(rooms[0], "slow question")
    loop = asyncio.get_running_loop()
    asked = loop.time()
    await person.say(rooms[1], "quick")
    await person.answered(rooms[1], bot.options.user, "echo: quick")
    quick = loop.time() - asked
    await person.say(rooms[2], "quick too")
    await person.answered(rooms[2], bot.options.user, "echo: quick too")
    await person.answered(rooms[0], bot.options.user, "echo: slow question")

    assert quick < 2.5 < loop.time() - asked


@both
async def test_a_revoked_token_is_replaced_by_a_new_device_where_the_password_is_known(
    person: Member, synapse: Synapse, tmp_path: Path, encrypted: bool
) -> None:
    async with running(EchoCoach(options_for(synapse, tmp_path))) as coach:
        room = await person.open_room(coach.user, encrypted=encrypted)
        await person.say(room, "before")
        await person.answered(room, coach.user, "echo: before")
        line = coach.adapter._line
        assert line is not None
        before = synapse.rows("select count(*) from devices where user_id = ?", coach.user)
        synapse.ask("POST", "/_matrix/client/v3/logout", {}, line.client.access_token)
        await eventually(lambda: coach.adapter._line not in (None, line))
        await coach.connected()
        await person.say(room, "after")
        await person.answered(room, coach.user, "echo: after")
        await person.react(room, person.answers(room, coach.user)[0].event_id, "👍")
        await eventually(lambda: coach.events[-1].intent is Intent.FEEDBACK)

        assert synapse.rows("select count(*) from devices where user_id = ?", coach.user) == before
        assert await coach.adapter.ready() is None


async def test_a_session_that_only_ran_out_goes_on_with_the_same_device_and_keys(
    person: Member, synapse: Synapse, tmp_path: Path
) -> None:
    options = options_for(synapse, tmp_path)
    async with running(EchoCoach(options)) as coach:
        room = await person.open_room(coach.user, encrypted=True)
        await person.say(room, "before")
        await person.answered(room, coach.user, "echo: before")
    session = Folder(tmp_path).session()
    assert session is not None
    again = await matrix_login._again(options, Folder(tmp_path), session, same_device=True)
    await again.client.close()
    async with running(EchoCoach(options)) as coach:
        await person.say(room, "after")
        await person.answered(room, coach.user, "echo: after")

        assert again.session.device == session.device
        assert again.session.token != session.token


async def test_a_revoked_token_without_a_password_ends_with_a_clear_word_and_no_storm_of_requests(
    synapse: Synapse, tmp_path: Path
) -> None:
    user = synapse.user("coach")
    token, device = synapse.log_in(user)
    options = options_for(synapse, tmp_path, user, password=None, access_token=token, device_id=device)
    coach = await EchoCoach(options).start()
    try:
        assert coach.running is not None
        synapse.ask("POST", "/_matrix/client/v3/logout", {}, token)
        with pytest.raises(ConfigError, match="matrix login"):
            await asyncio.wait_for(coach.running, 40)
        assert await coach.adapter.ready() is not None
    finally:
        await coach.stop()


async def test_an_account_that_was_closed_ends_with_a_clear_word_also_where_the_password_is_known(
    synapse: Synapse, tmp_path: Path
) -> None:
    options = options_for(synapse, tmp_path)
    token, _ = synapse.log_in(options.user)
    coach = await EchoCoach(options).start()
    try:
        assert coach.running is not None
        identifier = {"type": "m.id.user", "user": options.user}
        auth = {"type": "m.login.password", "identifier": identifier, "password": PASSWORD}
        synapse.ask("POST", "/_matrix/client/v3/account/deactivate", {"auth": auth}, token)
        with pytest.raises(ConfigError, match="refused the login"):
            await asyncio.wait_for(coach.running, 40)
    finally:
        await coach.stop()


async def test_what_the_homeserver_refuses_at_the_start_shows_and_is_tried_again(
    synapse: Synapse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, refused = matrix_identity.look, iter([True])

    async def refusing_once(*given: Any) -> Any:
        if next(refused, False):
            raise NotDelivered("matrix", "M_FORBIDDEN")
        return await look(*given)

    monkeypatch.setattr(matrix_login, "look", refusing_once)
    coach = EchoCoach(options_for(synapse, tmp_path))
    coach.running = asyncio.create_task(coach.adapter.run(coach._receive))
    try:
        await until(lambda: _says(coach.adapter, "M_FORBIDDEN"))
        await coach.connected()
        assert await coach.adapter.ready() is None
    finally:
        await coach.stop()


async def _says(adapter: MatrixAdapter, trouble: str) -> bool:
    return await adapter.ready() == trouble


async def test_a_handover_that_fails_is_tried_again_and_the_token_waits_for_it(
    person: Member, synapse: Synapse, tmp_path: Path
) -> None:
    async with running(EchoCoach(options_for(synapse, tmp_path))) as coach:
        room = await person.open_room(coach.user, encrypted=True)
        await person.say(room, "one")
        await person.answered(room, coach.user, "echo: one")
        line = coach.adapter._line
        assert line is not None
        whole = coach._receive
        failures = iter([True, True, False])

        async def failing(event: object) -> None:
            if next(failures, False):
                raise OSError("the disk is full")
            await whole(event)  # type: ignore[arg-type]

        line.listener._round = lambda _receive, _round=line.listener._round: _round(failing)  # type: ignore[method-assign, misc]
        await eventually(lambda: line.listener.last_good is not None)
        await person.say(room, "two")
        await person.answered(room, coach.user, "echo: two")

        assert person.bodies(room, coach.user) == ["echo: one", "echo: two"]


async def test_while_the_homeserver_is_away_the_coach_says_so_knocks_ever_more_rarely_and_then_answers_all(
    person: Member, synapse: Synapse, tmp_path: Path, sqlite_store: SqlStore
) -> None:
    async with standing_before(synapse) as gate:
        gate.allowed = True
        options = options_for(synapse, tmp_path, homeserver=gate.url)
        async with house(options, sqlite_store) as adapter:
            room = await person.open_room(options.user, encrypted=True)
            await person.say(room, "before")
            await person.answered(room, options.user, "echo: before")
            gate.closed = True
            await say_all(person, room, ["away 1", "away 2"])
            await eventually(lambda: gate.knocks >= 3)
            assert await adapter.ready() is not None
            assert gate.knocks < 10
            gate.closed = False
            await all_answered(person, room, options.user, ["before", "away 1", "away 2"])
            await until(lambda: _well(adapter))


async def _well(adapter: MatrixAdapter) -> bool:
    return await adapter.ready() is None


async def test_two_processes_never_share_a_folder(synapse: Synapse, tmp_path: Path) -> None:
    options = options_for(synapse, tmp_path)
    async with running(EchoCoach(options)):
        with pytest.raises(ConfigError, match="another process"):
            await EchoCoach(options).start()


def modes_below(folder: Path) -> dict[Path, str]:
    return {f.relative_to(folder): oct(f.stat().st_mode & 0o777) for f in folder.rglob("*")}


async def test_what_is_kept_on_disk_is_for_its_owner_alone(synapse: Synapse, tmp_path: Path) -> None:
    async with running(EchoCoach(options_for(synapse, tmp_path / "matrix"))):
        modes = modes_below(tmp_path)

    assert all(mode == ("0o700" if (tmp_path / name).is_dir() else "0o600") for name, mode in modes.items()), modes
