"""Keys and identities on a real Synapse: never dry, never silently deaf, verified by their owner for other clients too."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from nio.crypto import InboundGroupSession

from mediation_coach.adapters import matrix_identity as identity
from mediation_coach.adapters import matrix_sync, matrix_vault
from mediation_coach.adapters.matrix_check import check
from mediation_coach.adapters.matrix_client import path_of
from mediation_coach.adapters.matrix_login import open_device
from mediation_coach.adapters.matrix_sending import Speaker
from mediation_coach.adapters.matrix_session import Folder, Owed
from mediation_coach.adapters.matrix_words import say
from mediation_coach.errors import ConfigError
from mediation_coach.testing import until
from tests.matrix_js import JsMember
from tests.matrix_people import EchoCoach, Member, eventually, options_for, running
from tests.synapse import Synapse, synapse

pytestmark = [pytest.mark.xdist_group("synapse"), pytest.mark.timeout(120)]
__all__ = ["synapse"]


@pytest.fixture
async def person(synapse: Synapse) -> AsyncIterator[Member]:
    async with Member.present(synapse) as someone:
        yield someone


@pytest.fixture
async def coach(synapse: Synapse, tmp_path: Path) -> AsyncIterator[EchoCoach]:
    async with running(EchoCoach(options_for(synapse, tmp_path / "matrix"))) as started:
        yield started


async def ask_and_hear(person: Member, room: str, coach: EchoCoach, text: str) -> Any:
    await person.say(room, text)
    return await person.answered(room, coach.user, f"echo: {text}")


def line_of(coach: EchoCoach) -> Any:
    assert coach.adapter._line is not None
    return coach.adapter._line


def key_count(synapse: Synapse, user: str) -> int:
    return int(synapse.rows("select count(*) from e2e_one_time_keys_json where user_id = ?", user)[0][0])


def claim(synapse: Synapse, by: Member, coach: EchoCoach) -> dict[str, Any]:
    device = line_of(coach).client.device_id
    body = {"one_time_keys": {coach.user: {device: "signed_curve25519"}}}
    keys: dict[str, Any] = synapse.ask("POST", path_of("keys", "claim"), body, by.token)["one_time_keys"][coach.user][
        device
    ]
    return keys


async def test_one_time_keys_that_are_used_up_are_refilled_and_a_fallback_key_serves_meanwhile(
    synapse: Synapse, person: Member, tmp_path: Path
) -> None:
    options = options_for(synapse, tmp_path / "matrix")
    async with running(EchoCoach(options)) as coach:
        await eventually(lambda: key_count(synapse, coach.user) == 50)
        taker = coach
        device = line_of(coach).client.device_id
    body = {"one_time_keys": {options.user: {device: "signed_curve25519"}}}
    claimed = [
        synapse.ask("POST", path_of("keys", "claim"), body, person.token)["one_time_keys"][options.user][device]
        for _ in range(53)
    ]
    assert key_count(synapse, options.user) == 0
    fallback = [key for keys in claimed[50:] for key in keys.values()]
    assert len(fallback) == 3
    assert all(key["fallback"] for key in fallback)

    async with running(EchoCoach(options)) as coach:
        await eventually(lambda: key_count(synapse, coach.user) == 50)
        room = await person.open_room(coach.user, encrypted=True)
        await ask_and_hear(person, room, coach, "can you still read me")
    assert taker.user == coach.user


async def test_someone_who_only_got_the_fallback_key_is_answered(
    synapse: Synapse, person: Member, coach: EchoCoach, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await person.open_room(coach.user, encrypted=True)
    await eventually(lambda: key_count(synapse, coach.user) == 50)
    line_of(coach).client.olm.uploaded_key_count = 50
    with monkeypatch.context() as held:
        held.setattr(matrix_sync, "refill", never)
        for _ in range(50):
            claim(synapse, person, coach)
        await ask_and_hear(person, room, coach, "with the last key")
    unused = "select count(*) from e2e_fallback_keys_json where user_id = ? and not used"
    await ask_and_hear(person, room, coach, "and on")
    await eventually(lambda: key_count(synapse, coach.user) == 50)
    await eventually(lambda: synapse.rows(unused, coach.user)[0][0] == 1)


async def never(*_: object) -> None:
    """Upload no keys."""


async def test_a_new_device_reads_a_removed_one_does_not_and_one_who_left_does_not(
    synapse: Synapse, person: Member, coach: EchoCoach
) -> None:
    async with Member.present(synapse) as other:
        room = await person.open_room(coach.user, other.user, encrypted=True, joined=2)
        await other.client.join(room)
        await person.until(lambda: person.in_room(room) == 3)
        await other.until(lambda: other.in_room(room) == 3)
        session = await session_after(person, room, coach, "!coach one")
        async with Member.present(synapse, user=other.user) as phone:
            await eventually(lambda: knows(coach, other.user, 2))
            with_phone = await session_after(person, room, coach, "!coach two")
            assert await phone.answered(room, coach.user, "echo: two")
            synapse.ask("POST", "/_matrix/client/v3/logout", {}, phone.token)
        await eventually(lambda: knows(coach, other.user, 1))
        without_phone = await session_after(person, room, coach, "!coach three")
        assert await other.answered(room, coach.user, "echo: three")
        await other.client.room_leave(room)
        await eventually(lambda: other.user not in line_of(coach).client.rooms[room].users)
        without_other = await session_after(
            person, room, coach, "!coach four" if not is_private(coach, room) else "four"
        )

    assert len({session, with_phone, without_phone, without_other}) == 4


def is_private(coach: EchoCoach, room: str) -> bool:
    return len(line_of(coach).client.rooms[room].users) == 2


async def session_after(person: Member, room: str, coach: EchoCoach, text: str) -> str:
    answer = await ask_and_hear_words(person, room, coach, text)
    return str(answer.session_id)


async def ask_and_hear_words(person: Member, room: str, coach: EchoCoach, text: str) -> Any:
    await person.say(room, text)
    return await person.answered(room, coach.user, f"echo: {text.removeprefix('!coach ')}")


def knows(coach: EchoCoach, user: str, devices: int) -> bool:
    client = line_of(coach).client
    active = list(client.device_store.active_user_devices(user))
    return len(active) == devices and user not in client.users_for_key_query


async def test_a_rooms_key_is_changed_as_often_as_the_room_asks(person: Member, coach: EchoCoach) -> None:
    room = await person.open_room(coach.user)
    content = {"algorithm": "m.megolm.v1.aes-sha2", "rotation_period_msgs": 2}
    await person.client.room_put_state(room, "m.room.encryption", content)
    await eventually(lambda: line_of(coach).client.rooms[room].encrypted)
    await person.until(lambda: person.client.rooms[room].encrypted)
    sessions = [await session_after(person, room, coach, f"message {n}") for n in range(4)]

    assert len(set(sessions)) == 2


async def test_a_rooms_key_is_changed_when_it_is_as_old_as_the_room_allows(person: Member, coach: EchoCoach) -> None:
    room = await person.open_room(coach.user)
    content = {"algorithm": "m.megolm.v1.aes-sha2", "rotation_period_ms": 3_600_000}
    await person.client.room_put_state(room, "m.room.encryption", content)
    await eventually(lambda: line_of(coach).client.rooms[room].encrypted)
    await person.until(lambda: person.client.rooms[room].encrypted)
    await session_after(person, room, coach, "one")
    await eventually(lambda: knows(coach, person.user, 1))
    first = await session_after(person, room, coach, "two")
    session = line_of(coach).client.olm.outbound_group_sessions[room]
    session.creation_time -= timedelta(minutes=59)
    assert await session_after(person, room, coach, "three") == first
    session.creation_time -= timedelta(minutes=2)
    assert await session_after(person, room, coach, "four") != first


async def test_a_device_that_comes_while_the_key_is_being_shared_reads_the_answer(
    synapse: Synapse, person: Member, coach: EchoCoach, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await person.open_room(coach.user, encrypted=True)
    client, phones = line_of(coach).client, list[Member]()
    ask = client.ask
    async with AsyncExitStack() as stack:

        async def meanwhile(method: str, path: str, body: object | None = None) -> Any:
            answer = await ask(method, path, body)
            if "sendToDevice/m.room.encrypted" in path and not phones:
                phones.append(await stack.enter_async_context(Member.present(synapse, user=person.user)))
                await eventually(lambda: knows(coach, person.user, 2))
            return answer

        monkeypatch.setattr(client, "ask", meanwhile)
        await person.say(room, "one")
        await person.answered(room, coach.user, "echo: one")
        assert await phones[0].answered(room, coach.user, "echo: one")
        assert person.bodies(room, coach.user) == ["echo: one"]


async def test_a_message_whose_key_is_withheld_is_spoken_of_once_and_answered_when_the_key_comes(
    person: Member, coach: EchoCoach, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matrix_sync, "PATIENCE_S", 0.5)
    monkeypatch.setattr(matrix_sync, "WAITING_POLL_MS", 300)
    room = await person.open_room(coach.user, encrypted=True)
    await person.until(lambda: coach.user in person.client.device_store.users or person.client.should_query_keys)
    device = await the_coachs_device(person, coach)
    person.client.blacklist_device(device)
    await person.say(room, "you cannot read this")
    await person.say(room, "nor this")
    await person.answered(room, coach.user, say("cannot_read"))
    assert person.bodies(room, coach.user).count(say("cannot_read")) == 1

    session = person.client.olm.outbound_group_sessions[room]
    await send_room_key(person, coach, room, session)
    await person.say(room, "but this")
    await person.answered(room, coach.user, "echo: you cannot read this")
    await person.answered(room, coach.user, "echo: nor this")
    await person.answered(room, coach.user, "echo: but this")
    assert len(person.bodies(room, coach.user)) == 4


async def test_a_client_that_could_set_up_no_session_is_met_halfway(
    synapse: Synapse, person: Member, coach: EchoCoach
) -> None:
    room = await person.open_room(coach.user, encrypted=True)
    await ask_and_hear(person, room, coach, "one")
    person.client.blacklist_device(await the_coachs_device(person, coach))
    own = person.client.olm.account.identity_keys["curve25519"]
    content = {"algorithm": "m.megolm.v1.aes-sha2", "code": "m.no_olm", "sender_key": own}
    body = {"messages": {coach.user: {line_of(coach).client.device_id: content}}}
    synapse.ask("PUT", path_of("sendToDevice", "m.room_key.withheld", "none"), body, person.token)
    await person.say(room, "two")
    await person.answered(room, coach.user, say("cannot_read.m.no_olm"))
    await eventually(lambda: not line_of(coach).client.olm.wedged_devices)


async def the_coachs_device(person: Member, coach: EchoCoach) -> Any:
    store = person.client.device_store
    await eventually(lambda: list(store.active_user_devices(coach.user)))
    return next(iter(store.active_user_devices(coach.user)))


async def send_room_key(person: Member, coach: EchoCoach, room: str, session: Any) -> None:
    """Give the coach a key that it was refused, from its first message on, as a key that arrives late would be there."""
    olm = person.client.olm
    person.client.unblacklist_device(await the_coachs_device(person, coach))
    keys = olm.account.identity_keys
    own = olm.inbound_group_store.get(room, keys["curve25519"], session.id)
    late = InboundGroupSession.import_session(own.export_session(0), keys["ed25519"], keys["curve25519"], room)
    line_of(coach).client.olm.inbound_group_store.add(late)


async def test_garbage_sent_to_the_device_stops_nothing(synapse: Synapse, person: Member, coach: EchoCoach) -> None:
    client = line_of(coach).client
    own_key = client.olm.account.identity_keys["curve25519"]
    broken = [
        {
            "algorithm": "m.olm.v1.curve25519-aes-sha2",
            "sender_key": "A" * 43,
            "ciphertext": {own_key: {"type": 0, "body": "%%%"}},
        },
        {
            "algorithm": "m.olm.v1.curve25519-aes-sha2",
            "sender_key": "!",
            "ciphertext": {own_key: {"type": 1, "body": "AAAA"}},
        },
        {"algorithm": "none", "ciphertext": []},
        {},
    ]
    for number, content in enumerate(broken):
        body = {"messages": {coach.user: {client.device_id: content}}}
        synapse.ask("PUT", path_of("sendToDevice", "m.room.encrypted", f"broken{number}"), body, person.token)
    room = await person.open_room(coach.user, encrypted=True)
    await person.client.room_send(
        room, "m.room.message", {"msgtype": "m.text", "body": "x"}, ignore_unverified_devices=True
    )
    half = {
        "algorithm": "m.megolm.v1.aes-sha2",
        "ciphertext": "AAAA",
        "session_id": "none",
        "device_id": "none",
        "sender_key": "none",
    }
    synapse.ask("PUT", path_of("rooms", room, "send", "m.room.encrypted", "broken"), half, person.token)
    await ask_and_hear(person, room, coach, "still there")

    assert line_of(coach).listener.trouble == ""


async def test_the_coach_signs_its_device_once_and_never_replaces_a_foreign_identity(
    synapse: Synapse, tmp_path: Path
) -> None:
    options = options_for(synapse, tmp_path / "one")
    async with running(EchoCoach(options)) as coach:
        first = line_of(coach).standing
    async with running(EchoCoach(options)) as coach:
        assert line_of(coach).standing == first
        assert first.good

    elsewhere = options_for(synapse, tmp_path / "two", options.user)
    async with running(EchoCoach(elsewhere)) as coach:
        standing = line_of(coach).standing
        assert standing.master == first.master
        assert not standing.ours
        assert "matrix verify" in str(await coach.adapter.ready())


async def test_the_recovery_key_brings_the_identity_to_a_new_folder(synapse: Synapse, tmp_path: Path) -> None:
    options = options_for(synapse, tmp_path / "one")
    Folder(options.folder).open()
    opened = await open_device(options, Folder(options.folder))
    seeds = identity.seeds_of(Folder(options.folder))
    assert seeds is not None
    written = await identity.store(opened.client, seeds)
    await opened.client.close()

    other = options_for(synapse, tmp_path / "two", options.user, recovery_key=written)
    async with running(EchoCoach(other)) as coach:
        assert line_of(coach).standing.good
        assert line_of(coach).standing.vault
        assert await coach.adapter.ready() is None
    assert identity.seeds_of(Folder(tmp_path / "two")) == seeds


@pytest.mark.parametrize("loss", ["lost", "another device's"])
async def test_a_lost_or_foreign_key_store_is_noticed_said_and_mended_with_a_new_device(
    synapse: Synapse, person: Member, tmp_path: Path, loss: str
) -> None:
    options = options_for(synapse, tmp_path / "matrix", pickle_key="the same for all")
    async with running(EchoCoach(options)) as coach:
        room = await person.open_room(coach.user, encrypted=True)
        plain = await person.open_room(coach.user)
        await ask_and_hear(person, room, coach, "before")
        old = line_of(coach).client.device_id
    crypto = tmp_path / "matrix" / "crypto"
    if loss == "lost":
        shutil.rmtree(crypto)
    else:
        other = options_for(synapse, tmp_path / "other", pickle_key="the same for all")
        async with running(EchoCoach(other)):
            pass
        shutil.copy(next((tmp_path / "other" / "crypto").glob("*.db")), next(crypto.glob("*.db")))

    findings = {what: (good, mend) for what, good, mend in await check(options)}
    assert findings["matrix: the key store is the one this device began with"] == (
        False,
        "a new device was made; rooms will be told",
    )
    async with running(EchoCoach(options)) as coach:
        await person.answered(room, coach.user, say("keys_lost"))
        await ask_and_hear(person, room, coach, "after")
        await ask_and_hear(person, plain, coach, "and here")
        assert line_of(coach).client.device_id != old
        assert line_of(coach).standing.good
        assert await coach.adapter.ready() is None
        assert person.bodies(plain, coach.user) == ["echo: and here"]
    devices = [
        row[0] for row in synapse.rows("select device_id from devices where user_id = ? and hidden = 0", options.user)
    ]
    assert old not in devices


async def test_while_rooms_are_still_to_be_told_of_lost_keys_the_coach_is_not_ready(
    synapse: Synapse, person: Member, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = options_for(synapse, tmp_path / "matrix")
    async with running(EchoCoach(options)) as coach:
        room = await person.open_room(coach.user, encrypted=True)
        await ask_and_hear(person, room, coach, "before")
    shutil.rmtree(tmp_path / "matrix" / "crypto")
    go = asyncio.Event()
    say_owed = Speaker.say_owed

    async def later(self: Speaker, owed: Owed) -> None:
        await go.wait()
        await say_owed(self, owed)

    monkeypatch.setattr(Speaker, "say_owed", later)
    async with running(EchoCoach(options)) as coach:
        assert "keys were lost" in str(await coach.adapter.ready())
        go.set()
        await person.answered(room, coach.user, say("keys_lost"))
        await until(lambda: _ready(coach))


async def _ready(coach: EchoCoach) -> bool:
    return await coach.adapter.ready() is None


async def test_a_key_store_from_a_backup_finds_its_way_back(synapse: Synapse, person: Member, tmp_path: Path) -> None:
    options = options_for(synapse, tmp_path / "matrix")
    async with running(EchoCoach(options)) as coach:
        await eventually(lambda: key_count(synapse, coach.user) == 50)
    shutil.copytree(tmp_path / "matrix" / "crypto", tmp_path / "backup")
    async with running(EchoCoach(options)) as coach:
        for _ in range(20):
            claim(synapse, person, coach)
        room = await person.open_room(coach.user, encrypted=True)
        await ask_and_hear(person, room, coach, "one")
        await eventually(lambda: key_count(synapse, coach.user) == 50)
        for _ in range(10):
            claim(synapse, person, coach)
    shutil.rmtree(tmp_path / "matrix" / "crypto")
    shutil.move(tmp_path / "backup", tmp_path / "matrix" / "crypto")

    async with running(EchoCoach(options)) as coach, Member.present(synapse) as other:
        nudge = await other.open_room(coach.user)
        await ask_and_hear(other, nudge, coach, "a plain word")
        await eventually(lambda: key_count(synapse, coach.user) == 50)
        room = await other.open_room(coach.user, encrypted=True)
        await ask_and_hear(other, room, coach, "two")


async def test_a_lost_or_foreign_key_store_without_a_password_is_a_clear_error(
    synapse: Synapse, tmp_path: Path
) -> None:
    user = synapse.user("coach")
    token, device = synapse.log_in(user)
    options = options_for(synapse, tmp_path / "matrix", user, password=None, access_token=token, device_id=device)
    async with running(EchoCoach(options)):
        pass
    shutil.move(tmp_path / "matrix" / "crypto", tmp_path / "aside")
    with pytest.raises(ConfigError, match="keys of this Matrix session are lost"):
        await EchoCoach(options).start()

    shutil.rmtree(tmp_path / "matrix" / "crypto")
    shutil.move(tmp_path / "aside", tmp_path / "matrix" / "crypto")
    with pytest.raises(ConfigError, match="pickle_key"):
        await EchoCoach(
            options.model_copy(
                update={"pickle_key": options_for(synapse, tmp_path, user, pickle_key="another").pickle_key}
            )
        ).start()

    fresh = options_for(synapse, tmp_path / "fresh", user, password=None, access_token=token, device_id=device)
    with pytest.raises(ConfigError, match="belong to another device"):
        await EchoCoach(fresh).start()


@pytest.mark.parametrize("isolation", ["", "signed"], ids=["ordinary", "insecure devices excluded"])
async def test_another_client_reads_the_coach_without_a_warning_and_is_read(
    synapse: Synapse, coach: EchoCoach, isolation: str
) -> None:
    async with JsMember.present(synapse, isolation) as element:
        room = await element.open_room(coach.user)
        await element.say(room, "do you read me")
        heard = await element.hears("echo: do you read me")

        assert (heard["unreadable"], heard["shield"], heard["kind"]) == (False, 0, "m.notice")


async def test_a_client_that_shares_with_verified_devices_only_is_told_the_way_out(
    synapse: Synapse, coach: EchoCoach
) -> None:
    async with JsMember.present(synapse, "verified") as element:
        room = await element.open_room(coach.user)
        await element.say(room, "you will not read this")
        heard = await element.hears(say("cannot_read.m.unverified"))

        assert not heard["unreadable"]
        assert Folder(coach.options.folder).memory().waiting[0].room == room


def test_recovery_keys_are_read_back_and_typing_errors_found() -> None:
    key = matrix_vault.new_key()
    written = matrix_vault.written(key)
    wrong = ("2" if written[6] != "2" else "3").join([written[:6], written[7:]])

    assert matrix_vault.read_key(f" {written}\n") == key
    for text in (wrong, written[:-3], "not a key", "", "0OIl"):
        with pytest.raises(ConfigError):
            matrix_vault.read_key(text)
    sealed = matrix_vault.seal(key, "m.place", b"secret")
    assert matrix_vault.unseal(key, "m.place", sealed) == b"secret"
    with pytest.raises(ConfigError):
        matrix_vault.unseal(key, "m.other", sealed)
