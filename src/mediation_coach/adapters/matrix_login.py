"""Logging in, once: by password or with a token of a device of its own; and noticing that the keys are not what they were."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import aiohttp

from mediation_coach import logs
from mediation_coach.adapters.matrix_client import SOON, CoachClient, TokenGoneError, path_of, refusal
from mediation_coach.adapters.matrix_format import NAME
from mediation_coach.adapters.matrix_identity import Standing, look, vouch
from mediation_coach.adapters.matrix_keys import refill
from mediation_coach.adapters.matrix_session import KEYS_LOST, Folder, MatrixOptions, Owed, Session
from mediation_coach.errors import AdapterError, ConfigError, NotDelivered, TryLater

log = logs.get("matrix")

AGAIN = "run `mediation-coach matrix login`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A client that is logged in, has its keys on the server and is signed by its owner as far as that can be had."""

    client: CoachClient
    session: Session
    standing: Standing
    keys_lost: bool = False


async def open_device(options: MatrixOptions, folder: Folder, *, afresh: bool = False) -> Opened:
    """Return a client for the stored session, or for a new one where there is none, its keys are gone, or `afresh`.

    Raises:
        ConfigError: there is no way in with these settings; the message says what to do.
        TryLater: the server is out of reach.
    """
    before = folder.session()
    session = None if afresh or before is None else _stored(before, options, folder)
    if session is None:
        session = await _new_session(options, folder, before)
    elif _keys_gone(session, folder):
        return await _with_new_keys(options, folder, session)
    client = CoachClient(options, session, folder)
    try:
        if session.fingerprint and fingerprint(client) != session.fingerprint:
            await client.close()
            return await _with_new_keys(options, folder, session)
        session = session.model_copy(update={"fingerprint": fingerprint(client)})
        folder.keep_session(session)
        on_server = await look(client, None)
        if on_server.device_known and on_server.device_key != session.fingerprint:
            await client.close()
            return await _with_new_keys(options, folder, session)
        await refill(client)
        standing = await vouch_if_possible(client, options, folder)
        if before is not None and before.user == session.user and before.device != session.device:
            await _take_room_keys_along(options, folder, before, client)
    except TokenGoneError as gone:
        await client.close()
        return await _again(options, folder, session, same_device=gone.soft)
    except BaseException:
        await client.close()
        raise
    return Opened(client=client, session=session, standing=standing)


async def vouch_if_possible(client: CoachClient, options: MatrixOptions, folder: Folder) -> Standing:
    """Sign the device where we may; an unsigned coach still answers those who allow it, and says so in `ready`."""
    try:
        return await vouch(client, options, folder)
    except NotDelivered as exc:
        log.warning("matrix_device_unsigned", why=exc.reason.partition(":")[0])
        return Standing()


def _stored(session: Session, options: MatrixOptions, folder: Folder) -> Session | None:
    """Return the stored session as it is to be used; None where the settings have another token and nothing else."""
    if session.user != options.user:
        raise ConfigError(
            f"{folder.path} belongs to another Matrix user; give this one its own [matrix] folder, or {AGAIN}"
        )
    token = options.access_token.get_secret_value() if options.access_token else ""
    if token and token != session.token and options.password is None:
        return None
    return session.model_copy(update={"homeserver": options.homeserver})


def _keys_gone(session: Session, folder: Folder) -> bool:
    store = folder.store(session)
    return bool(session.fingerprint) and not (store.exists() and store.stat().st_size)


def fingerprint(client: CoachClient) -> str:
    """Return the public key that tells this device from every other."""
    assert client.olm is not None
    return str(client.olm.account.identity_keys["ed25519"])


async def _with_new_keys(options: MatrixOptions, folder: Folder, old: Session) -> Opened:
    """Start again as a new device: other clients rightly refuse an old device that shows new keys."""
    log.error("matrix_keys_lost")
    if options.password is None:
        raise ConfigError(
            "the encryption keys of this Matrix session are lost or belong to another device. Log in as a new device:"
            f" {AGAIN} with a password or a new access token"
        )
    await _log_out(options, old)
    folder.store(old).unlink(missing_ok=True)
    session = await _by_password(options, device="")
    _owe_the_loss(folder, session.device)
    folder.keep_session(session)
    return replace(await open_device(options, folder), keys_lost=True)


def _owe_the_loss(folder: Folder, device: str) -> None:
    """Owe each room the news that the keys are gone, whichever command noticed it; put aside what can no longer be opened."""
    memory = folder.memory()
    memory.waiting = []
    for room in memory.rooms:
        memory.owe(Owed(room=room, key=f"keys_lost:{device}:{room}", words=KEYS_LOST))
    folder.keep_memory(memory.model_dump_json())


async def _again(options: MatrixOptions, folder: Folder, old: Session, *, same_device: bool) -> Opened:
    """Log in again after the token was revoked: on the same device where the server kept it, else on a new one.

    Others do not come back to a device that was deleted once; the new one takes the room keys of the old along.
    """
    if options.password is None:
        token = "make a new access token for a new device, set both, and " if options.access_token else ""
        raise ConfigError(f"the Matrix homeserver no longer knows this session (token revoked); {token}{AGAIN}")
    session = await _by_password(options, device=old.device if same_device else "")
    folder.keep_session(session.model_copy(update={"fingerprint": old.fingerprint if same_device else ""}))
    opened = await open_device(options, folder)
    if not same_device:
        await _take_room_keys_along(options, folder, old, opened.client)
    log.info("matrix_logged_in_again", status=same_device)
    return opened


async def _take_room_keys_along(options: MatrixOptions, folder: Folder, old: Session, new: CoachClient) -> None:
    """Copy the room keys of an old device into the store of a new one, and delete the old store."""
    if not folder.store(old).exists():
        _owe_the_loss(folder, new.device_id)
        return
    before = CoachClient(options, old, folder)
    assert before.olm is not None
    assert new.olm is not None
    for key in before.olm.inbound_group_store:
        if new.olm.inbound_group_store.add(key):
            new.olm.save_inbound_group_session(key)
    await before.close()
    folder.store(old).unlink(missing_ok=True)


async def _new_session(options: MatrixOptions, folder: Folder, before: Session | None) -> Session:
    """Log in and keep the session; a new token of the same device goes on with its keys."""
    if options.access_token is not None:
        session = await _by_token(options)
    elif options.password is not None:
        session = await _by_password(options, device=options.device_id.get_secret_value() if options.device_id else "")
    else:
        raise ConfigError(
            f"there is no Matrix session yet: {AGAIN}, or set [matrix] password or access_token and device_id"
        )
    if before is not None and options.access_token is not None and before.device == session.device:
        session = before.model_copy(update={"token": session.token, "homeserver": session.homeserver})
    else:
        folder.store(session).unlink(missing_ok=True)
    folder.keep_session(session)
    return session


async def _by_token(options: MatrixOptions) -> Session:
    assert options.access_token is not None
    token = options.access_token.get_secret_value()
    try:
        who = await _plain_ask(options, "GET", path_of("account", "whoami"), token=token)
    except (NotDelivered, TokenGoneError) as exc:
        raise ConfigError(
            f"the homeserver does not know this access token ({exc.reason}); make a new one for a new device: see"
            " docs/matrix.md"
        ) from exc
    device = str(who.get("device_id") or (options.device_id.get_secret_value() if options.device_id else ""))
    if who.get("user_id") != options.user:
        raise ConfigError("the access token belongs to another user than [matrix] user names")
    if not device:
        raise ConfigError("this access token has no device, and encryption needs one; make a token with a device id")
    if options.device_id is not None and options.device_id.get_secret_value() != device:
        raise ConfigError(
            "the access token belongs to another device than [matrix] device_id names; use the pair that was made together"
        )
    return Session(homeserver=options.homeserver, user=options.user, device=device, token=token)


async def _by_password(options: MatrixOptions, *, device: str) -> Session:
    assert options.password is not None
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": options.user},
        "password": options.password.get_secret_value(),
        "initial_device_display_name": options.device_name,
        **({"device_id": device} if device else {}),
    }
    try:
        found = await _plain_ask(options, "POST", path_of("login"), body=body)
    except (NotDelivered, TokenGoneError) as exc:
        raise ConfigError(
            f"the homeserver refused the login ({exc.reason}); check user and password. Where it delegates authentication,"
            " use a compatibility token: see docs/matrix.md"
        ) from exc
    return Session(
        homeserver=options.homeserver,
        user=str(found["user_id"]),
        device=str(found["device_id"]),
        token=str(found["access_token"]),
    )


async def _log_out(options: MatrixOptions, session: Session) -> None:
    """Take the dead device off the account, so that nobody encrypts for it; it does not matter if it is gone already."""
    try:
        await _plain_ask(options, "POST", path_of("logout"), token=session.token, body={})
    except AdapterError as exc:
        log.info("matrix_old_device_stays", why=exc.reason)


async def _plain_ask(
    options: MatrixOptions, method: str, path: str, *, token: str = "", body: object | None = None
) -> dict[str, Any]:
    """Ask the homeserver something for which no device is needed yet."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as http,
            http.request(
                method, options.homeserver + path, data=None if body is None else json.dumps(body), headers=headers
            ) as answer,
        ):
            found = await answer.json(content_type=None)
            status = answer.status
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as exc:
        raise TryLater(NAME, "the homeserver does not answer", SOON) from exc
    if status >= 400:
        said = found if isinstance(found, dict) else {}
        raise refusal(str(said.get("errcode", status)), said.get("retry_after_ms"), status=status)
    return found if isinstance(found, dict) else {}
