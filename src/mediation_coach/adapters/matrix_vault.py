"""Secret storage of the Matrix spec (`m.secret_storage.v1.aes-hmac-sha2`): seeds on the server, closed with a recovery key.

Source: Matrix specification, client-server API, "Secrets".
"""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mediation_coach.errors import ConfigError

ALGORITHM = "m.secret_storage.v1.aes-hmac-sha2"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_HEAD = b"\x8b\x01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """One encrypted secret, as it lies in the account data."""

    iv: str
    ciphertext: str
    mac: str


def new_key() -> bytes:
    """Return a new recovery key."""
    return secrets.token_bytes(32)


def written(key: bytes) -> str:
    """Return a recovery key as people write it down: base58 in groups of four."""
    body = _HEAD + key
    number = int.from_bytes(body + bytes([_parity(body)]), "big")
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = _BASE58[digit] + text
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def read_key(text: str) -> bytes:
    """Return the recovery key that was typed.

    Raises:
        ConfigError: a letter is missing or wrong.
    """
    number = 0
    for letter in "".join(text.split()):
        if (digit := _BASE58.find(letter)) < 0:
            raise ConfigError("the recovery key has a letter that recovery keys do not use; check it and type it again")
        number = number * 58 + digit
    body = number.to_bytes(max(35, (number.bit_length() + 7) // 8), "big")
    if len(body) != 35 or body[:2] != _HEAD or _parity(body):
        raise ConfigError("the recovery key is not complete or has a typing error; check it and type it again")
    return body[2:34]


def _parity(body: bytes) -> int:
    parity = 0
    for byte in body:
        parity ^= byte
    return parity


def seal(key: bytes, name: str, secret: bytes) -> Sealed:
    """Return `secret` closed with the recovery key, for its place `name`."""
    iv = bytearray(secrets.token_bytes(16))
    iv[8] &= 0x7F
    aes, mac = _keys(key, name)
    ciphertext = _ctr(aes, bytes(iv), secret)
    return Sealed(
        iv=unpadded(bytes(iv)), ciphertext=unpadded(ciphertext), mac=unpadded(hmac.digest(mac, ciphertext, sha256))
    )


def unseal(key: bytes, name: str, sealed: Sealed) -> bytes:
    """Return the secret.

    Raises:
        ConfigError: this is not the key it was closed with.
    """
    aes, mac = _keys(key, name)
    ciphertext = decoded(sealed.ciphertext)
    if not hmac.compare_digest(hmac.digest(mac, ciphertext, sha256), decoded(sealed.mac)):
        raise ConfigError("this is not the recovery key that the account's secrets were stored with")
    return _ctr(aes, decoded(sealed.iv), ciphertext)


def key_check(key: bytes) -> dict[str, str]:
    """Return the description by which a client recognises the right recovery key."""
    sealed = seal(key, "", bytes(32))
    return {"algorithm": ALGORITHM, "iv": sealed.iv, "mac": sealed.mac}


def _keys(key: bytes, name: str) -> tuple[bytes, bytes]:
    both = HKDF(algorithm=SHA256(), length=64, salt=bytes(32), info=name.encode()).derive(key)
    return both[:32], both[32:]


def _ctr(key: bytes, iv: bytes, data: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.CTR(iv)).encryptor().update(data)


def unpadded(data: bytes) -> str:
    """Return base64 without padding, as Matrix signs and compares it."""
    return base64.b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """Return the bytes of base64, padded or not."""
    return base64.b64decode(text + "=" * (-len(text) % 4))
