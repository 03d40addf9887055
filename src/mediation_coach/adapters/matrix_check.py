"""What `doctor`, `matrix login` and `matrix verify` do: look at the account and the device, say what is wrong, mend what can be mended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from mediation_coach.adapters import matrix_identity as identity
from mediation_coach.adapters.matrix_client import path_of
from mediation_coach.adapters.matrix_format import NAME
from mediation_coach.adapters.matrix_login import Opened, fingerprint, open_device
from mediation_coach.adapters.matrix_session import Folder, Lock, MatrixOptions, options_of
from mediation_coach.adapters.matrix_vault import read_key
from mediation_coach.errors import AdapterError, CoachError, NotDelivered

__all__ = ["Account", "check", "log_in", "options_of", "verify"]

Finding = tuple[str, bool, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How the coach's account and device stand; `recovery_key` is there only when it was just made.

    `to_do` says what someone has to do before the device can be verified.
    """

    user: str
    device: str
    device_key: str
    verified: bool
    foreign: bool
    recoverable: bool
    new_device: bool = False
    recovery_key: str = ""
    to_do: str = ""


@asynccontextmanager
async def _opened(options: MatrixOptions, *, afresh: bool = False) -> AsyncIterator[tuple[Opened, Folder]]:
    folder = Folder(options.folder)
    folder.open()
    lock = Lock(folder)
    try:
        opened = await open_device(options, folder, afresh=afresh)
        try:
            yield opened, folder
        finally:
            await opened.client.close()
    finally:
        lock.release()


async def log_in(options: MatrixOptions, *, afresh: bool = False) -> Account:
    """Log in, or go on with the stored session; `afresh` makes a new device and keeps the identity.

    Raises:
        CoachError: there is no way in; the message says what to do.
    """
    folder = Folder(options.folder)
    folder.open()
    before = folder.session()
    async with _opened(options, afresh=afresh) as (opened, folder):
        return await _account(options, opened, folder, new=before is None or before.device != opened.session.device)


async def verify(options: MatrixOptions, *, recovery_key: str = "", reset: bool = False) -> Account:
    """Sign the device, with the identity that the recovery key opens where one is given, and return how things stand.

    `reset` makes a new identity in place of the one that is there.

    Raises:
        CoachError: the recovery key is wrong, or the server is out of reach.
    """
    async with _opened(options) as (opened, folder):
        if recovery_key:
            await identity.recover(opened.client, read_key(recovery_key), folder)
        made = await identity.replace(opened.client, options, folder) if reset else ""
        return await _account(options, opened, folder, new=False, made=made)


async def _account(options: MatrixOptions, opened: Opened, folder: Folder, *, new: bool, made: str = "") -> Account:
    client, to_do = opened.client, ""
    try:
        standing = await identity.vouch(client, options, folder)
    except NotDelivered as exc:
        standing, to_do = identity.Standing(), exc.reason
    seeds = identity.seeds_of(folder)
    if standing.ours and seeds is not None and not standing.vault:
        made = await identity.store(client, seeds)
    return Account(
        user=client.user_id,
        device=client.device_id,
        device_key=fingerprint(client),
        verified=standing.good,
        foreign=bool(standing.master) and not standing.ours,
        recoverable=standing.vault or bool(made),
        new_device=new,
        recovery_key=made,
        to_do=to_do,
    )


async def check(options: MatrixOptions) -> list[Finding]:
    """Return what `doctor` found: what was looked at, whether it is well, and what to do where it is not.

    While the coach runs it holds the folder; then its own `/ready` says more than we could.
    """
    found: list[Finding] = []
    try:
        async with _opened(options) as (opened, _):
            standing, client = opened.standing, opened.client
            found.append(("matrix: the homeserver knows the session", True, ""))
            found.append(
                (
                    "matrix: the key store is the one this device began with",
                    not opened.keys_lost,
                    "a new device was made; rooms will be told",
                )
            )
            found.append(
                ("matrix: the device is verified by its owner", standing.good, "run `mediation-coach matrix verify`")
            )
            found.append(
                (
                    "matrix: the identity can be recovered",
                    standing.vault,
                    "run `mediation-coach matrix verify` and keep the key it prints",
                )
            )
            rooms = (await client.ask("GET", path_of("joined_rooms"))).get("joined_rooms", [])
            found.append((f"matrix: in {len(rooms)} rooms", True, ""))
    except AdapterError as exc:
        found.append(
            (f"{NAME}: the homeserver answers", False, f"{exc.reason}; check [matrix] homeserver and the network")
        )
    except CoachError as exc:
        found.append((f"{NAME}: there is a way in", False, str(exc)))
    return found
