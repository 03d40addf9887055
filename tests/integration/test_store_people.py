"""What is kept of people: sealed, shown, forgotten, and dropped in time; on both databases."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from mediation_coach.domain.chat import ConversationState, Turn
from mediation_coach.domain.delivery import Fate, Outcome, Outgoing
from mediation_coach.errors import StoreError
from mediation_coach.store.opening import StoreSettings
from mediation_coach.store.sql import SqlStore
from mediation_coach.store.tables import metadata
from tests.conftest import new_keys
from tests.fakes import NOW, event, person, room, said

SECRET = "quietwater-seven"
ID = "U0SEEDEDPERSON"
LEASE = timedelta(seconds=30)
DAY = timedelta(days=1)


async def everything(store: SqlStore) -> bytes:
    """Return every byte of every row, and for SQLite of every file."""
    found: list[bytes] = []
    async with store.begin() as connection:
        for table in metadata.sorted_tables:
            for row in await connection.execute(table.select()):
                found.append(b"|".join(v if isinstance(v, bytes) else str(v).encode() for v in row))
    if store.alone:
        file = Path(str(store.url.database))
        found += [path.read_bytes() for path in file.parent.glob(file.name + "*")]
    return b"\n".join(found)


async def with_a_past(store: SqlStore, *, by: str = ID, at: str = "C0SEEDEDROOM") -> None:
    """Let someone have asked, been answered, have asked again, and have a check-in ahead."""
    for n in range(2):
        await store.accept(event(f"{by}-{n}", f"{SECRET} {n}", by=by, at=at), now=NOW)
    arrivals = await store.claim_events(adapters={"fake"}, owner="me", now=NOW, lease=LEASE, limit=10)
    (arrival,) = (a for a in arrivals if a.event.person.id == by)
    for other in arrivals:
        if other is not arrival:
            await store.postpone_event(other, until=NOW)
    state = arrival.state.after(Turn(question=f"{SECRET} 0", at=NOW))
    await store.finish(arrival, said(f"about {SECRET}"), state, now=NOW)
    ahead = Outgoing(key=f"check_in:{by}", to=room(at), reply=said(SECRET), due_at=NOW + 30 * DAY, person=person(by))
    await store.post([ahead], now=NOW)


async def test_words_and_names_are_nowhere_in_clear(store: SqlStore) -> None:
    await with_a_past(store)
    await store.put(f"slack/{ID}", SECRET.encode())
    kept = await everything(store)
    assert len(kept) > 1000
    for seeded in (SECRET, ID, "C0SEEDEDROOM"):
        assert seeded.encode() not in kept


async def test_a_person_is_shown_all_that_is_kept_of_them(store: SqlStore) -> None:
    await with_a_past(store)
    await with_a_past(store, by="someone-else", at="elsewhere")
    shown = await store.export_person(person(ID))
    json.dumps(shown)
    assert shown["person"] == {"adapter": "fake", "workspace": "w", "id": ID}
    assert [t["question"] for t in shown["conversations"][0]["remembered"]["turns"]] == [f"{SECRET} 0"]
    assert [e["text"] for e in shown["waiting_events"]] == [f"{SECRET} 1"]
    assert [r["state"] for r in shown["replies"]] == ["waiting", "waiting"]
    assert "elsewhere" not in json.dumps(shown)


async def test_nobody_known_has_an_empty_export(store: SqlStore) -> None:
    shown = await store.export_person(person("nobody"))
    assert shown["conversations"] == shown["waiting_events"] == shown["replies"] == []


async def test_who_is_forgotten_leaves_nothing_and_others_stay(store: SqlStore) -> None:
    await with_a_past(store)
    await with_a_past(store, by="other", at="elsewhere")
    receipt = await store.erase_person(person(ID), now=NOW)
    kept = await everything(store)
    assert SECRET.encode() not in kept
    assert store.who(person(ID)).encode() not in kept.replace(await _receipts(store), b"")
    assert await store.receipt_of(person(ID)) == receipt
    assert await store.receipt_of(person("other")) is None
    assert (await store.export_person(person(ID)))["conversations"] == []
    assert len((await store.export_person(person("other")))["replies"]) == 2


async def _receipts(store: SqlStore) -> bytes:
    """Return the keyed hash; it stays in the receipt alone, so that a restored backup can be erased again."""
    async with store.begin() as connection:
        return str((await connection.execute(text("SELECT who FROM receipts"))).scalar_one()).encode()


async def test_what_waits_for_the_forgotten_is_never_sent(store: SqlStore) -> None:
    await with_a_past(store)
    await store.erase_person(person(ID), now=NOW)
    late = NOW + 60 * DAY
    assert not await store.claim_parcels(adapters={"fake"}, owner="me", now=late, lease=LEASE, limit=10)
    assert not await store.claim_events(adapters={"fake"}, owner="me", now=late, lease=LEASE, limit=10)


async def test_the_wish_to_be_forgotten_is_itself_answered_and_then_gone(store: SqlStore) -> None:
    await store.accept(event("1", SECRET, by=ID), now=NOW)
    (wish,) = await store.claim_events(adapters={"fake"}, owner="me", now=NOW, lease=LEASE, limit=1)
    receipt = await store.erase_person(person(ID), now=NOW)
    assert await store.finish(wish, said(receipt.number), wish.state.after(Turn(question=SECRET, at=NOW)), now=NOW)
    (parcel,) = await store.claim_parcels(adapters={"fake"}, owner="me", now=NOW, lease=LEASE, limit=1)
    assert parcel.reply == said(receipt.number)
    await store.settle(parcel, Outcome(fate=Fate.SENT, message="m1"), now=NOW)
    assert await store.state_of(room(), person(ID), now=NOW) == ConversationState()
    assert (await store.export_person(person(ID)))["replies"] == []
    assert not await store.accept(event("1", SECRET, by=ID), now=NOW)


async def test_a_crash_between_forgetting_and_answering_does_not_lose_the_answer(store: SqlStore) -> None:
    await store.accept(event("1", "forget me", by=ID), now=NOW)
    await store.claim_events(adapters={"fake"}, owner="me", now=NOW, lease=LEASE, limit=1)
    await store.erase_person(person(ID), now=NOW)
    await store.release_expired(now=NOW + 2 * LEASE)
    (again,) = await store.claim_events(adapters={"fake"}, owner="me", now=NOW + 2 * LEASE, lease=LEASE, limit=1)
    assert again.event.text == "forget me"


async def test_who_comes_back_is_new(store: SqlStore) -> None:
    await with_a_past(store)
    await store.erase_person(person(ID), now=NOW)
    await store.accept(event("later", "hello again", by=ID), now=NOW)
    (arrival,) = await store.claim_events(adapters={"fake"}, owner="me", now=NOW, lease=LEASE, limit=1)
    assert arrival.state == ConversationState()


async def test_a_workspace_that_leaves_is_forgotten_whole(store: SqlStore) -> None:
    await with_a_past(store)
    await store.post([Outgoing(key="note", to=room(), reply=said(SECRET), due_at=NOW)], now=NOW)
    await store.accept(event("x", by="stays", workspace="other"), now=NOW)
    assert await store.erase_workspace("fake", "w", now=NOW) == 1
    kept = await everything(store)
    assert SECRET.encode() not in kept
    assert await store.waiting() == 1
    assert not await store.claim_parcels(adapters={"fake"}, owner="me", now=NOW, lease=LEASE, limit=10)


async def test_old_turns_are_not_shown_even_before_they_are_dropped(store: SqlStore) -> None:
    await with_a_past(store)
    late = NOW + timedelta(hours=25)
    assert not (await store.state_of(room("C0SEEDEDROOM"), person(ID), now=late)).turns


async def test_retention_drops_what_is_old_and_only_that(store: SqlStore) -> None:
    await with_a_past(store)
    assert not any((await store.enforce_retention(now=NOW + timedelta(hours=23))).values())
    assert (await store.enforce_retention(now=NOW + timedelta(hours=25)))["turns"] == 1
    oldest = {o.kind: o for o in await store.oldest(now=NOW + timedelta(hours=25))}
    assert (oldest["turns"].count, oldest["conversations"].count, oldest["events_seen"].count) == (0, 1, 1)
    (parcel,) = await store.claim_parcels(adapters={"fake"}, owner="me", now=NOW, lease=LEASE, limit=9)
    await store.settle(parcel, Outcome(fate=Fate.SENT, message="m"), now=NOW)
    dropped = await store.enforce_retention(now=NOW + 31 * DAY)
    assert (dropped["events_seen"], dropped["replies_sent"]) == (1, 1)
    assert await store.waiting() == 1


async def test_the_report_names_the_oldest_and_what_is_overdue(store: SqlStore) -> None:
    await with_a_past(store)
    report = {o.kind: o for o in await store.oldest(now=NOW + 2 * DAY)}
    assert (report["turns"].oldest, report["turns"].overdue, report["turns"].keep_days) == (NOW, 1, 1.0)
    assert (report["events_waiting"].count, report["events_waiting"].keep_days) == (1, 0)


async def test_the_key_of_someone_of_whom_nothing_is_left_goes_too(store: SqlStore) -> None:
    await store.accept(event(by=ID), now=NOW)
    (arrival,) = await store.claim_events(adapters={"fake"}, owner="me", now=NOW, lease=LEASE, limit=1)
    await store.finish(arrival, None, arrival.state, now=NOW)
    late = NOW + 1000 * DAY
    dropped = await store.enforce_retention(now=late)
    assert (dropped["events_seen"], dropped["keys"]) == (1, 1)


@pytest.fixture
async def reopened(store: SqlStore) -> None:
    await with_a_past(store)
    await store.close()  # the fixture `store` closes it a second time, which is allowed


async def open_with(settings: StoreSettings, keys: str, folder: Path) -> SqlStore:
    return await SqlStore.open(settings.model_copy(update={"keys": SecretStr(keys)}), folder=folder)


@pytest.mark.usefixtures("reopened")
async def test_a_wrong_key_is_told_plainly(store_settings: StoreSettings, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="'k1' in the settings is not the one that sealed"):
        await open_with(store_settings, new_keys("k1"), tmp_path)
    with pytest.raises(StoreError, match=r"sealed under key 'k1'.*add it to store\.keys"):
        await open_with(store_settings, new_keys("k2"), tmp_path)


@pytest.mark.usefixtures("reopened")
async def test_keys_are_changed_while_nothing_is_lost(store_settings: StoreSettings, tmp_path: Path) -> None:
    assert store_settings.keys is not None
    old, new = store_settings.keys.get_secret_value(), new_keys("k2")
    both = await open_with(store_settings, f"{new},{old}", tmp_path)
    assert await both.rotate_keys() == 2
    assert await both.rotate_keys() == 0
    await both.close()
    alone = await open_with(store_settings, new, tmp_path)
    assert len((await alone.export_person(person(ID)))["conversations"]) == 1
    await alone.close()


async def test_a_row_that_was_tampered_with_stops_nobody_else(store: SqlStore) -> None:
    await store.accept(event("1", at="a"), now=NOW)
    await store.accept(event("2", at="b"), now=NOW)
    async with store.begin() as connection:
        await connection.execute(text("UPDATE inbox SET body = (SELECT body FROM inbox WHERE seq = 2) WHERE seq = 1"))
    arrivals = await store.claim_events(adapters={"fake"}, owner="me", now=NOW, lease=LEASE, limit=9)
    assert [a.event.id for a in arrivals] == ["2"]
    assert await store.waiting() == 1


async def test_words_under_a_key_that_is_gone_stop_neither_showing_nor_dropping_nor_forgetting(store: SqlStore) -> None:
    await with_a_past(store)
    async with store.begin() as connection:
        await connection.execute(text("UPDATE conversations SET state = :noise"), {"noise": b"\x01" + b"noise" * 20})
        await connection.execute(text("UPDATE inbox SET body = :noise WHERE body IS NOT NULL"), {"noise": b"\x01noise"})
    shown = await store.export_person(person(ID))
    assert (shown["conversations"][0]["remembered"], shown["waiting_events"]) == (None, [None])
    assert await store.state_of(room("C0SEEDEDROOM"), person(ID), now=NOW) == ConversationState()
    assert (await store.enforce_retention(now=NOW + 2 * DAY))["turns"] == 1
    await store.erase_person(person(ID), now=NOW)
    assert await store.waiting() == 0
