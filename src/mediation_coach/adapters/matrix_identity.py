"""Cross-signing: the coach vouches for its own device, so that clients which exclude insecure devices still talk to it."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field

from mediation_coach import logs
from mediation_coach.adapters import matrix_vault as vault
from mediation_coach.adapters.matrix_client import ApprovalNeededError, CoachClient, path_of
from mediation_coach.adapters.matrix_format import NAME
from mediation_coach.adapters.matrix_keys import canonical
from mediation_coach.adapters.matrix_session import Folder, MatrixOptions, write
from mediation_coach.errors import ConfigError, NotDelivered

log = logs.get("matrix")

WANTS_A_PERSON = "the homeserver wants a person to allow the coach's identity"
_PLACES = {
    "master": "m.cross_signing.master",
    "self_signing": "m.cross_signing.self_signing",
    "user_signing": "m.cross_signing.user_signing",
}


class Seeds(BaseModel):
    """The three private keys of an identity. Whoever has them can vouch for devices of the coach."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    master: str = Field(repr=False)
    self_signing: str = Field(repr=False)
    user_signing: str = Field(repr=False)

    @classmethod
    def new(cls) -> Seeds:
        """Draw an identity."""
        return cls(**{usage: vault.unpadded(secrets.token_bytes(32)) for usage in _PLACES})

    def private(self, usage: str) -> Ed25519PrivateKey:
        """Return the private key for a usage."""
        return Ed25519PrivateKey.from_private_bytes(vault.decoded(getattr(self, usage)))

    def public(self, usage: str) -> str:
        """Return the public key for a usage, in unpadded base64: padded signatures are dropped without a word by others."""
        return vault.unpadded(self.private(usage).public_key().public_bytes_raw())


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the account and this device stand on the server."""

    master: str = ""
    ours: bool = False
    device_known: bool = False
    device_key: str = ""
    device_signed: bool = False
    vault: bool = False

    @property
    def good(self) -> bool:
        """Whether others see this device as verified by its owner."""
        return self.ours and self.device_signed


def seeds_of(folder: Folder) -> Seeds | None:
    """Return the stored identity, or None."""
    try:
        return Seeds.model_validate_json(folder.seeds.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        raise ConfigError(
            f"{folder.seeds} is damaged; restore it from a backup, or run `mediation-coach matrix verify` with the recovery key"
        ) from None


async def look(client: CoachClient, seeds: Seeds | None) -> Standing:
    """Return how the account and this device stand on the server."""
    answer = await client.ask("POST", path_of("keys", "query"), {"device_keys": {client.user_id: []}})
    device = answer.get("device_keys", {}).get(client.user_id, {}).get(client.device_id, {})
    master = _only_key(answer.get("master_keys", {}).get(client.user_id))
    self_signing = _only_key(answer.get("self_signing_keys", {}).get(client.user_id))
    return Standing(
        master=master,
        ours=seeds is not None and bool(master) and seeds.public("master") == master,
        device_known=bool(device),
        device_key=device.get("keys", {}).get(f"ed25519:{client.device_id}", ""),
        device_signed=bool(self_signing) and _signed(device, client.user_id, self_signing),
        vault=await _account_data(client, "m.secret_storage.default_key") is not None,
    )


def _only_key(described: Any) -> str:
    keys = described.get("keys", {}) if isinstance(described, dict) else {}
    return str(next(iter(keys.values()), ""))


def _signed(device: dict[str, Any], user: str, public: str) -> bool:
    signature = device.get("signatures", {}).get(user, {}).get(f"ed25519:{public}", "")
    body = {k: v for k, v in device.items() if k not in ("signatures", "unsigned")}
    try:
        Ed25519PublicKey.from_public_bytes(vault.decoded(public)).verify(vault.decoded(signature), canonical(body))
    except (InvalidSignature, ValueError):
        return False
    return True


async def vouch(client: CoachClient, options: MatrixOptions, folder: Folder) -> Standing:
    """See to it that this device is signed by its owner, and return how it stands then.

    An identity that is already there and not ours is never replaced; only the recovery key opens it.
    """
    seeds = seeds_of(folder)
    standing = await look(client, seeds)
    if standing.master and not standing.ours and options.recovery_key is not None:
        seeds = await recover(client, vault.read_key(options.recovery_key.get_secret_value()), folder)
        standing = await look(client, seeds)
    if not standing.master:
        seeds = seeds or _new(folder)
        await _upload(client, seeds, options, again="mediation-coach matrix verify")
    elif not standing.ours or seeds is None:
        log.warning("matrix_identity_foreign")
        return standing
    if not standing.device_signed:
        await _sign_device(client, seeds)
        standing = await look(client, seeds)
        log.info("matrix_device_signed", status=standing.good)
    return standing


def _new(folder: Folder) -> Seeds:
    seeds = Seeds.new()
    write(folder.seeds, seeds.model_dump_json())
    return seeds


async def replace(client: CoachClient, options: MatrixOptions, folder: Folder) -> str:
    """Make a new identity in place of the one that is there, and return its recovery key as people write it.

    Raises:
        NotDelivered: the server wants an approval first; the reason says how to give it.
    """
    seeds = Seeds.new()
    await _upload(client, seeds, options, again="mediation-coach matrix verify --reset")
    write(folder.seeds, seeds.model_dump_json())
    await _sign_device(client, seeds)
    return await store(client, seeds)


async def _upload(client: CoachClient, seeds: Seeds, options: MatrixOptions, *, again: str) -> None:
    master = _described(client, seeds, "master")
    master["signatures"] = {client.user_id: {f"ed25519:{client.device_id}": _by_device(client, master)}}
    body: dict[str, Any] = {"master_key": master}
    for usage in ("self_signing", "user_signing"):
        key = _described(client, seeds, usage)
        body[f"{usage}_key"] = {**key, "signatures": {client.user_id: _signature(seeds, "master", key)}}
    path = path_of("keys", "device_signing", "upload")
    try:
        await client.ask("POST", path, body)
    except ApprovalNeededError as asked:
        await client.ask("POST", path, {**body, "auth": _password_for(asked, client, options, again)})


def _password_for(
    asked: ApprovalNeededError, client: CoachClient, options: MatrixOptions, again: str
) -> dict[str, Any]:
    if asked.page:
        raise NotDelivered(
            NAME,
            f"{WANTS_A_PERSON}: open {asked.page} in a browser, log in there as the coach, allow the reset, and run"
            f" `{again}` within ten minutes",
        )
    if not asked.by_password:
        raise NotDelivered(
            NAME, f"{WANTS_A_PERSON}: ask whoever runs it to allow a cross-signing reset, then run `{again}`"
        )
    if options.password is None:
        raise NotDelivered(NAME, f"the homeserver wants the password for this: set [matrix] password and run `{again}`")
    identifier = {"type": "m.id.user", "user": client.user_id}
    return {
        "type": "m.login.password",
        "identifier": identifier,
        "password": options.password.get_secret_value(),
        "session": asked.session,
    }


def _described(client: CoachClient, seeds: Seeds, usage: str) -> dict[str, Any]:
    public = seeds.public(usage)
    return {"user_id": client.user_id, "usage": [usage], "keys": {f"ed25519:{public}": public}}


def _signature(seeds: Seeds, usage: str, body: dict[str, Any]) -> dict[str, str]:
    return {f"ed25519:{seeds.public(usage)}": vault.unpadded(seeds.private(usage).sign(canonical(body)))}


def _by_device(client: CoachClient, body: dict[str, Any]) -> str:
    assert client.olm is not None
    return str(client.olm.sign_json(body))


async def _sign_device(client: CoachClient, seeds: Seeds) -> None:
    answer = await client.ask("POST", path_of("keys", "query"), {"device_keys": {client.user_id: [client.device_id]}})
    device = answer.get("device_keys", {}).get(client.user_id, {}).get(client.device_id)
    if not device:
        raise NotDelivered(NAME, "the server does not have this device's keys")
    body = {k: v for k, v in device.items() if k not in ("signatures", "unsigned")}
    signed = {**body, "signatures": {client.user_id: _signature(seeds, "self_signing", body)}}
    answer = await client.ask(
        "POST", path_of("keys", "signatures", "upload"), {client.user_id: {client.device_id: signed}}
    )
    if answer.get("failures"):
        raise NotDelivered(NAME, "the server refused the device's signature")


async def store(client: CoachClient, seeds: Seeds) -> str:
    """Put the seeds into the account's secret storage under a new recovery key, and return that key as people write it."""
    key, name = vault.new_key(), secrets.token_urlsafe(24)
    await _put_account_data(client, f"m.secret_storage.key.{name}", vault.key_check(key))
    for usage, place in _PLACES.items():
        sealed = vault.seal(key, place, getattr(seeds, usage).encode())
        closed = {"iv": sealed.iv, "ciphertext": sealed.ciphertext, "mac": sealed.mac}
        await _put_account_data(client, place, {"encrypted": {name: closed}})
    await _put_account_data(client, "m.secret_storage.default_key", {"key": name})
    return vault.written(key)


async def recover(client: CoachClient, key: bytes, folder: Folder) -> Seeds:
    """Fetch the identity from the account's secret storage and keep it.

    Raises:
        ConfigError: nothing is stored, or the key is another one.
    """
    default = await _account_data(client, "m.secret_storage.default_key") or {}
    found = {}
    for usage, place in _PLACES.items():
        stored = (await _account_data(client, place) or {}).get("encrypted", {}).get(default.get("key"))
        if not stored:
            raise ConfigError("the account has no secret storage with an identity in it; the recovery key cannot help")
        sealed = vault.Sealed(iv=stored["iv"], ciphertext=stored["ciphertext"], mac=stored["mac"])
        found[usage] = vault.unpadded(vault.decoded(vault.unseal(key, place, sealed).decode()))
    seeds = Seeds(**found)
    write(folder.seeds, seeds.model_dump_json())
    return seeds


async def _account_data(client: CoachClient, kind: str) -> dict[str, Any] | None:
    try:
        found = await client.ask("GET", path_of("user", client.user_id, "account_data", kind))
    except NotDelivered:
        return None
    return found or None


async def _put_account_data(client: CoachClient, kind: str, content: dict[str, Any]) -> None:
    await client.ask("PUT", path_of("user", client.user_id, "account_data", kind), json.loads(json.dumps(content)))
