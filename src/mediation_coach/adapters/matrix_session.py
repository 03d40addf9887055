"""Who the coach is on Matrix, and what it keeps on disk: one folder, readable by its owner alone, one process at a time."""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from mediation_coach.errors import ConfigError, InUse

KEYS_LOST = "keys_lost"
Listen = Literal["mentions", "everything"]


class MatrixOptions(BaseModel):
    """Settings of the Matrix adapter: the table `[matrix]`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    homeserver: str
    user: str
    password: SecretStr | None = None
    access_token: SecretStr | None = None
    device_id: SecretStr | None = None
    device_name: str = "Mediation Coach"
    folder: Path = Path("matrix")
    pickle_key: SecretStr | None = None
    recovery_key: SecretStr | None = None
    allow_users: tuple[str, ...] = ()
    allow_servers: tuple[str, ...] = ()
    allow_rooms: tuple[str, ...] = ()
    prefix: str = Field(default="!coach", min_length=2)
    introduce: bool = True
    offer_reactions: bool = False
    receipts: bool = True
    encrypt_new_rooms: bool = True
    catch_up: int = Field(default=5000, ge=100)

    @field_validator("homeserver")
    @classmethod
    def _with_scheme(cls, url: str) -> str:
        if not url.startswith(("https://", "http://")):
            raise ValueError("write the homeserver with https://")
        return url.rstrip("/")

    @field_validator("user")
    @classmethod
    def _whole_id(cls, user: str) -> str:
        if not user.startswith("@") or ":" not in user:
            raise ValueError("write the user as @name:server")
        return user

    @property
    def server(self) -> str:
        """The server part of the coach's own id."""
        return self.user.partition(":")[2]


class Session(BaseModel):
    """One login: a device, its token, and the fingerprint of its keys, so that a lost or foreign key store is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    homeserver: str
    user: str
    device: str
    token: str = Field(repr=False)
    fingerprint: str = ""


class RoomNotes(BaseModel):
    """What is remembered of one room; never anyone's words. `person` is whose private room it once was, and stays."""

    greeted: bool = False
    used: bool = False
    private: bool = False
    person: str = ""
    listen: Listen = "mentions"
    introduce: bool = True
    language: str = ""
    threads: list[str] = []
    creators: list[str] = []
    rotate_after: int = 100
    rotate_ms: int = 604_800_000

    def joins_thread(self, root: str, *, most: int = 300) -> bool:
        """Remember that the coach takes part in a thread; True if that is new."""
        if not root or root in self.threads:
            return False
        self.threads = [*self.threads, root][-most:]
        return True


class Waiting(BaseModel):
    """A message whose key has not come yet."""

    room: str
    event: str
    session: str
    sender_key: str
    since: float
    thread: str = ""
    code: str = ""


class Owed(BaseModel):
    """A sentence of the adapter's own that still has to be said."""

    room: str
    key: str
    words: str
    thread: str = ""
    values: dict[str, str] = {}


class Memory(BaseModel):
    """What outlives a restart beside the sync token: notes on rooms, unread messages, sentences owed."""

    rooms: dict[str, RoomNotes] = {}
    waiting: list[Waiting] = []
    owed: list[Owed] = []
    told: list[str] = []
    moved: dict[str, str] = {}
    invites: dict[str, str] = {}

    def notes(self, room: str) -> RoomNotes:
        """Return the notes on a room, new ones where there are none."""
        return self.rooms.setdefault(room, RoomNotes())

    def owe(self, owed: Owed) -> None:
        """Put a sentence on the list, once."""
        if owed.key not in self.told and all(o.key != owed.key for o in self.owed):
            self.owed.append(owed)

    def said(self, owed: Owed, *, most: int = 2000) -> None:
        """Take a sentence off the list, and remember that it was said."""
        self.owed = [o for o in self.owed if o.key != owed.key]
        self.told = [*self.told, owed.key][-most:]


@dataclass(frozen=True, slots=True)
class Folder:
    """The adapter's files. The seeds of the identity lie apart from the key store: one can be lost without the other."""

    path: Path

    def open(self) -> None:
        """Make the folders, for their owner alone."""
        for folder in (self.path, self.crypto, self.path / "identity"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)

    @property
    def crypto(self) -> Path:
        """The folder of nio's key store."""
        return self.path / "crypto"

    def store(self, session: Session) -> Path:
        """Return where a session's device keeps its keys."""
        name = "".join(c if c.isalnum() else "_" for c in session.device)
        return self.crypto / f"{name}.db"

    def session(self) -> Session | None:
        """Return the stored session, or None."""
        text = _read(self.path / "session.json")
        try:
            return Session.model_validate_json(text) if text else None
        except ValidationError:
            raise ConfigError(
                f"{self.path / 'session.json'} is damaged; delete it and run `mediation-coach matrix login`"
            ) from None

    def keep_session(self, session: Session) -> None:
        """Store a session."""
        write(self.path / "session.json", session.model_dump_json())

    def token(self) -> str:
        """Return the sync token up to which everything is in the inbox; empty at the very first start."""
        return _read(self.path / "sync").strip()

    def keep_token(self, token: str) -> None:
        """Store the sync token."""
        write(self.path / "sync", token)

    def memory(self) -> Memory:
        """Return what is remembered of rooms."""
        text = _read(self.path / "rooms.json")
        try:
            return Memory.model_validate_json(text) if text else Memory()
        except ValidationError:
            raise ConfigError(
                f"{self.path / 'rooms.json'} is damaged; delete it, and rooms start from their defaults"
            ) from None

    def keep_memory(self, memory: str) -> None:
        """Store what is remembered of rooms, as JSON."""
        write(self.path / "rooms.json", memory)

    def notebook(self) -> Notebook:
        """Return what is remembered of rooms, with the pen to write it down."""
        return Notebook(self)

    @property
    def seeds(self) -> Path:
        """The file of the cross-signing seeds."""
        return self.path / "identity" / "seeds.json"

    def pickle_key(self, given: SecretStr | None) -> str:
        """Return the key that closes the key store: the given one, or one drawn once and kept beside the identity."""
        if given is not None:
            return given.get_secret_value()
        file = self.path / "identity" / "pickle.key"
        if not (key := _read(file).strip()):
            key = secrets.token_hex(32)
            write(file, key)
        return key


class Notebook:
    """The memory and the one way to write it down: off the loop, so that no answer waits for the disk, the newest last."""

    def __init__(self, folder: Folder) -> None:
        """Read the memory of a folder."""
        self.memory = folder.memory()
        self._folder = folder
        self._wanted = self._written = self.memory.model_dump_json()
        self._token = self._written_token = ""
        self._pen = threading.Lock()
        self._writing: asyncio.Task[None] | None = None

    async def keep(self) -> None:
        """Write down what changed."""
        self._wanted = self.memory.model_dump_json()
        if self._wanted != self._written:
            await asyncio.to_thread(self._write)

    def keep_token(self, token: str) -> None:
        """Write down soon up to where everything was handed over; the next look at the stream does not wait for it."""
        self._token = token
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_tokens())

    async def _write_tokens(self) -> None:
        while self._token != self._written_token:
            await asyncio.to_thread(self._write)

    def _write(self) -> None:
        """Write what is wanted now, one thread at a time; the memory before the token that may rest on it."""
        with self._pen:
            memory, token = self._wanted, self._token
            if memory != self._written:
                self._folder.keep_memory(memory)
                self._written = memory
            if token != self._written_token:
                self._folder.keep_token(token)
                self._written_token = token

    async def close(self) -> None:
        """Write down what is still to be written."""
        self._wanted = self.memory.model_dump_json()
        await asyncio.to_thread(self._write)
        if self._writing is not None:
            await self._writing


class Lock:
    """Holds the folder for one process; two on one key store would ruin it."""

    def __init__(self, folder: Folder) -> None:
        """Take the lock.

        Raises:
            ConfigError: another process holds it.
        """
        self._file = os.open(folder.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise InUse(
                f"another process uses {folder.path}; stop it first, or give this one its own [matrix] folder"
            ) from None

    def release(self) -> None:
        """Give the folder back."""
        with suppress(OSError):
            os.close(self._file)


def write(file: Path, text: str) -> None:
    """Replace a file in one step, readable by its owner alone."""
    new = file.with_name(file.name + ".new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except FileNotFoundError:
        return ""


def options_of(table: dict[str, object]) -> MatrixOptions:
    """Return the validated `[matrix]` table.

    Raises:
        ConfigError: a key is unknown, missing or not usable.
    """
    try:
        return MatrixOptions.model_validate(table)
    except ValidationError as exc:
        problem = exc.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, problem["loc"]))
        raise ConfigError(f"[matrix] '{where}' is not usable: {problem['msg']}") from None
