"""Encryption keys: never run dry, reach every device of a room, change as the room asks."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

from nio import DeviceOneTimeKeyCount, KeysUploadResponse
from nio.api import Api

from mediation_coach import logs
from mediation_coach.adapters.matrix_client import CoachClient, path_of, result
from mediation_coach.adapters.matrix_format import NAME
from mediation_coach.adapters.matrix_session import RoomNotes
from mediation_coach.errors import NotDelivered, TryLater

log = logs.get("matrix")

RETRY_UNREACHED_S = 60.0
AT_ONCE = timedelta(milliseconds=200)


async def refill(client: CoachClient, count: DeviceOneTimeKeyCount | None = None) -> None:
    """Upload one-time keys up to the full number, and a fallback key where none is unused.

    The server leaves the count out, or says 0, when all are used up; both mean zero. Keys that it refuses, since it has
    others by the same names (a key store from a backup), are passed over: the next call makes new ones.
    """
    olm = client.olm
    assert olm is not None
    if count is not None:
        olm.uploaded_key_count = count.signed_curve25519 or 0
    fallback = client.unused_fallback_keys is not None and "signed_curve25519" not in client.unused_fallback_keys
    if not olm.should_upload_keys and not fallback and olm.account.shared:
        return
    body: dict[str, Any] = olm.share_keys() if olm.should_upload_keys else {}
    if fallback or not olm.account.shared:
        body["fallback_keys"] = _fallback_keys(client)
    olm.save_account()
    try:
        answer = await client.ask("POST", path_of("keys", "upload"), body)
    except NotDelivered:
        log.warning("matrix_keys_out_of_step")
        olm.mark_keys_as_published()
        raise
    counts = answer.get("one_time_key_counts", {})
    await client.receive_response(KeysUploadResponse(counts.get("curve25519", 0), counts.get("signed_curve25519", 0)))
    client.unused_fallback_keys = None
    log.info("matrix_keys_uploaded", count=len(body.get("one_time_keys", {})))


def _fallback_keys(client: CoachClient) -> dict[str, Any]:
    """Return a new signed fallback key: it serves those who write when all one-time keys are taken."""
    olm = client.olm
    assert olm is not None
    account = olm.account._account
    account.generate_fallback_key()
    signed = {}
    for name, key in account.fallback_key.items():
        body = {"key": key.to_base64(), "fallback": True}
        signature = {client.user_id: {f"ed25519:{client.device_id}": olm.sign_json(body)}}
        signed[f"signed_curve25519:{name}"] = {**body, "signatures": signature}
    return signed


class RoomKeys:
    """Sees to it that every device of an encrypted room can read what is sent next."""

    def __init__(self, client: CoachClient) -> None:
        """Work with this client's key store."""
        self._client = client
        self._unreached: dict[str, float] = {}

    async def share(self, room_id: str, notes: RoomNotes) -> None:
        """Share the room's key with the devices that are in the room now; a new key where the old one is used up.

        Raises:
            TryLater: some device could not be asked for or reached, or one came or went; nothing is marked as shared then.
        """
        client, olm = self._client, self._client.olm
        assert olm is not None
        room = client.rooms[room_id]
        if not room.members_synced:
            await result(client.joined_members(room_id))
        if client.users_for_key_query & set(room.users):
            await result(client.keys_query())
        if time.monotonic() - self._unreached.get(room_id, time.monotonic()) > RETRY_UNREACHED_S:
            client.invalidate_outbound_session(room_id)
        if not olm.should_share_group_session(room_id):
            return
        missing = client.get_missing_sessions(room_id)
        if missing:
            await result(client.keys_claim(missing))
        before = self._devices(room_id)
        for reached, body in olm.share_group_session_parallel(
            room_id, list(room.users), ignore_unverified_devices=True
        ):
            await client.ask("PUT", path_of("sendToDevice", "m.room.encrypted", str(uuid4())), body)
            olm.outbound_group_sessions[room_id].users_shared_with.update(reached)
        if self._devices(room_id) != before:  # nio keeps a session that is being shared, whoever comes or goes
            del olm.outbound_group_sessions[room_id]
            raise TryLater(NAME, "the devices in the room changed meanwhile", AT_ONCE)
        session = olm.outbound_group_sessions[room_id]
        session.max_messages = max(1, notes.rotate_after)
        session.max_age = timedelta(milliseconds=max(60_000, notes.rotate_ms))
        session.shared = True
        await self._tell_unreached(room_id, client.get_missing_sessions(room_id))

    def _devices(self, room_id: str) -> set[tuple[str, str]]:
        """Return the devices that may read what is said in a room now."""
        client = self._client
        room = client.rooms.get(room_id)
        users = room.users if room is not None else ()
        return {(user, device.id) for user in users for device in client.device_store.active_user_devices(user)}

    async def _tell_unreached(self, room_id: str, missing: dict[str, list[str]]) -> None:
        """Tell devices that we have no secure session with that they will not read this, and try them again later."""
        self._unreached.pop(room_id, None)
        if not missing:
            return
        self._unreached[room_id] = time.monotonic()
        olm = self._client.olm
        assert olm is not None
        content = {
            "algorithm": "m.megolm.v1.aes-sha2",
            "code": "m.no_olm",
            "reason": "no secure session could be set up",
            "sender_key": olm.account.identity_keys["curve25519"],
        }
        body = {"messages": {user: dict.fromkeys(devices, content) for user, devices in missing.items()}}
        log.warning("matrix_devices_unreached", count=sum(map(len, missing.values())))
        await self._client.ask("PUT", path_of("sendToDevice", "m.room_key.withheld", str(uuid4())), body)


def sent_by_its_owner(client: CoachClient, event: Any) -> bool:
    """Return whether a decrypted event was encrypted by a device of the user who is said to have sent it."""
    olm = client.olm
    assert olm is not None
    if not event.decrypted:
        return True
    return olm.device_store.device_from_sender_key(event.sender, event.sender_key) is not None


def canonical(value: object) -> bytes:
    """Return the canonical JSON that Matrix signs."""
    return str(Api.to_canonical_json(value)).encode()
