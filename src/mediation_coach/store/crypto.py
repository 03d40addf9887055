"""Sealing: a key for each person, wrapped by keys that only the settings know. Without a person's key their words are noise.

A sealed value is one version byte, a nonce of 12 bytes and AES-256-GCM's output. What it is bound to (table, column, row)
is authenticated with it, so that a value moved to another row does not open.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mediation_coach.errors import ConfigError, StoreError

VERSION = b"\x01"
NONCE = 12
KEY_BYTES = 32
HOW_TO = "make one with: python -c \"import os, base64; print('k1:' + base64.b64encode(os.urandom(32)).decode())\""


def new_key() -> bytes:
    """Return 32 random bytes."""
    return secrets.token_bytes(KEY_BYTES)


def seal(key: bytes, plain: bytes, *, bound_to: str) -> bytes:
    """Return `plain` sealed under `key`; it opens only for the same `bound_to`."""
    nonce = os.urandom(NONCE)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, plain, bound_to.encode())


def unseal(key: bytes, sealed: bytes, *, bound_to: str) -> bytes:
    """Return what was sealed.

    Raises:
        StoreError: another key sealed it, it was moved from another row, or it was changed.
    """
    if sealed[:1] != VERSION:
        raise StoreError(
            "a sealed value is of a version that this program does not know; is the program older than the data?"
        )
    try:
        return AESGCM(key).decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], bound_to.encode())
    except (InvalidTag, ValueError) as exc:  # ValueError: what is left is shorter than a nonce
        raise StoreError("a sealed value does not open: wrong key, or the database was changed by hand") from exc


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The wrapping keys by name. The first wraps; all unwrap, so that keys can be changed while the house is open."""

    keys: tuple[tuple[str, bytes], ...]

    @property
    def first(self) -> str:
        """The name of the key that wraps."""
        return self.keys[0][0]

    def wrap(self, key: bytes, *, bound_to: str) -> tuple[str, bytes]:
        """Return the name of the wrapping key, and `key` wrapped by it."""
        name, wrapping = self.keys[0]
        return name, seal(wrapping, key, bound_to=bound_to)

    def unwrap(self, name: str, wrapped: bytes, *, bound_to: str) -> bytes:
        """Return the key that was wrapped under the wrapping key `name`.

        Raises:
            StoreError: that wrapping key is not in the settings, or is not the one that wrapped it.
        """
        wrapping = dict(self.keys).get(name)
        if wrapping is None:
            raise StoreError(
                f"the database is sealed under key '{name}', which the settings do not have; add it to store.keys"
            )
        try:
            return unseal(wrapping, wrapped, bound_to=bound_to)
        except StoreError as exc:
            raise StoreError(f"key '{name}' in the settings is not the one that sealed this database") from exc


def read_keys(text: str) -> KeyRing:
    """Return the ring that `id:base64,id:base64` describes.

    Raises:
        ConfigError: it is empty, a name comes twice, or a key is not 32 bytes.
    """
    keys: dict[str, bytes] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, encoded = entry.partition(":")
        if not name or len(name) > 64 or name in keys:
            raise ConfigError(f"store.keys: every key needs a name of its own, as in 'k1:...'; {HOW_TO}")
        keys[name] = _decoded(encoded)
    if not keys:
        raise ConfigError(f"store.keys is empty; {HOW_TO}")
    return KeyRing(tuple(keys.items()))


def _decoded(encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ConfigError(f"store.keys: a key is not 32 bytes of base64; {HOW_TO}")
    return key


def key_file(path: Path) -> KeyRing:
    """Return the ring kept in `path`, making the file (mode 600) with a new key where there is none.

    Raises:
        StoreError: it cannot be written or read.
    """
    try:
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return read_keys(path.read_text("ascii"))
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write("file:" + base64.b64encode(new_key()).decode() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as exc:
        raise StoreError(
            f"the key file {path} cannot be read or made; set store.keys, or give the folder to this user"
        ) from exc
    return read_keys(path.read_text("ascii"))


class Pseudonyms:
    """Turns identities into keyed hashes that only this database's own key can make."""

    def __init__(self, key: bytes) -> None:
        """Derive the hashing key from the store's own key, so that it follows it through every rotation."""
        self._key = hmac.digest(key, b"pseudonyms", hashlib.sha256)

    def __call__(self, kind: str, identity: str) -> str:
        """Return 32 hex digits that stand for `identity` among things of this `kind`."""
        return hmac.new(self._key, f"{kind}\x1f{identity}".encode(), hashlib.sha256).hexdigest()[:32]
