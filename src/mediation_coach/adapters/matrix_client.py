"""The connection: nio, guarded against one bad event, and its answers and errors as ours."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import quote

from aiohttp import ClientError, ClientResponse
from nio import AsyncClient, AsyncClientConfig, ErrorResponse, MegolmEvent
from nio.exceptions import EncryptionError, LocalProtocolError
from peewee import OperationalError

from mediation_coach import logs
from mediation_coach.adapters.matrix_format import NAME
from mediation_coach.adapters.matrix_session import Folder, MatrixOptions, Session
from mediation_coach.errors import AdapterError, ConfigError, NotDelivered, TryLater

log = logs.get("matrix")
T = TypeVar("T")

TOKEN_GONE = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED"})
_FOR_GOOD = frozenset(
    {
        "M_FORBIDDEN",
        "M_NOT_FOUND",
        "M_TOO_LARGE",
        "M_BAD_JSON",
        "M_NOT_JSON",
        "M_INVALID_PARAM",
        "M_UNRECOGNIZED",
        "M_GUEST_ACCESS_FORBIDDEN",
        "M_INCOMPATIBLE_ROOM_VERSION",
        "M_UNSUPPORTED_ROOM_VERSION",
        "M_EXCLUSIVE",
    }
)
BAD_REQUEST = 400
_IN_A_BROWSER = ("m.oauth", "org.matrix.cross_signing_reset")
SOON = timedelta(seconds=5)
_BROKEN = (ClientError, TimeoutError, OSError)


class TokenGoneError(AdapterError):
    """The homeserver does not know this session any more; with `soft` it still keeps the device and its keys."""

    def __init__(self, adapter: str, reason: str, *, soft: bool = False) -> None:
        """Note whether the device is still there."""
        super().__init__(adapter, reason)
        self.soft = soft


class CoachClient(AsyncClient):  # type: ignore[misc]
    """nio's client, in which no event that someone sends can stop the sync; nothing is retried behind our back."""

    def __init__(self, options: MatrixOptions, session: Session, folder: Folder) -> None:
        """Open the key store of `session`; nothing is asked of the network yet.

        Raises:
            ConfigError: the key store does not open with this pickle key.
        """
        store = folder.store(session)
        store.touch(mode=0o600)
        config = AsyncClientConfig(
            store_name=store.name,
            pickle_key=folder.pickle_key(options.pickle_key),
            encryption_enabled=True,
            store_sync_tokens=False,
            max_timeouts=0,
            max_limit_exceeded=0,
            request_timeout=30,
        )
        super().__init__(session.homeserver, session.user, session.device, str(folder.crypto), config)
        self.unused_fallback_keys: list[str] | None = None
        self.refused = 0
        try:
            self.restore_login(session.user, session.device, session.token)
        except (OSError, OperationalError):  # a full disk, a file that another reads: it may pass
            raise
        except (
            Exception
        ) as exc:  # vodozemac and peewee each raise their own kinds; all mean that this store is not ours
            raise ConfigError(
                f"the key store in {folder.crypto} does not open; set the pickle_key it was made with, or, where it is damaged,"
                " delete it and log in as a new device: run `mediation-coach matrix login`"
            ) from exc

    async def parse_body(self, transport_response: ClientResponse) -> dict[Any, Any]:
        """Return the body, and note what nio does not: whether an unused fallback key is left."""
        body: dict[Any, Any] = await super().parse_body(transport_response)
        left = body.get("device_unused_fallback_key_types") if isinstance(body, dict) else None
        if isinstance(left, list):
            self.unused_fallback_keys = left
        return body

    def _handle_decrypt_to_device(self, to_device_event: Any) -> Any:
        try:
            return super()._handle_decrypt_to_device(to_device_event)
        except Exception as exc:  # anything a stranger can send: broken base64, an unknown one-time key
            self._refuse(exc)
            return None

    def _handle_timeline_event(self, event: Any, room_id: str, room: Any, encrypted_rooms: set[str]) -> Any:
        try:
            return super()._handle_timeline_event(event, room_id, room, encrypted_rooms)
        except Exception as exc:  # as above
            self._refuse(exc)
            return None

    def _handle_joined_state(self, room_id: str, join_info: Any, encrypted_rooms: set[str]) -> None:
        try:
            super()._handle_joined_state(room_id, join_info, encrypted_rooms)
        except Exception as exc:  # as above; the members are then asked for before anything is encrypted
            self._refuse(exc)
            self.rooms[room_id].members_synced = False

    def _refuse(self, exc: Exception) -> None:
        self.refused += 1
        log.warning("matrix_event_refused", error=type(exc).__name__, place=logs.place_of(exc))

    def opened(self, event: MegolmEvent) -> Any | None:
        """Return the decrypted event, or None where its key is not here."""
        try:
            return self.decrypt_event(event)
        except (EncryptionError, AssertionError, ValueError, KeyError):
            return None

    async def ask(self, method: str, path: str, body: object | None = None) -> dict[str, Any]:
        """Return the JSON that an endpoint nio does not know answers.

        Raises:
            TryLater: the server is busy or out of reach.
            NotDelivered: it refused.
            TokenGoneError: it does not know the session.
            ApprovalNeededError: it asks for an approval first.
        """
        headers = {"Authorization": f"Bearer {self.access_token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body)
        try:
            answer = await self.send(method, path, data, headers)
            found = await self.parse_body(answer)
        except _BROKEN as exc:
            raise TryLater(NAME, "no connection", SOON, sent_unknown=True) from exc
        if answer.status == 401 and "flows" in found:
            raise ApprovalNeededError(found)
        if answer.status >= 400:
            code, soft = str(found.get("errcode", answer.status)), bool(found.get("soft_logout"))
            raise refusal(code, found.get("retry_after_ms"), status=answer.status, soft=soft)
        return found


class ApprovalNeededError(AdapterError):
    """The server wants the password, or a person in a browser, before it does this.

    Source: Matrix specification, "User-Interactive Authentication API"; MSC4312 for the page to open (`m.oauth`).
    """

    def __init__(self, asked: dict[str, Any]) -> None:
        """Keep the session to answer in, whether the password would do, and the page to open where there is one."""
        super().__init__(NAME, "asks for an approval first")
        self.session = str(asked.get("session", ""))
        self.by_password = any(flow.get("stages") == ["m.login.password"] for flow in asked["flows"])
        pages = [asked.get("params", {}).get(stage, {}).get("url") for stage in _IN_A_BROWSER]
        self.page = next((str(page) for page in pages if page), "")


def refusal(code: str, retry_after_ms: object = None, *, status: int = 0, soft: bool = False) -> AdapterError:
    """Return what a server's error code means for us."""
    if code in TOKEN_GONE:
        return TokenGoneError(NAME, code, soft=soft)
    if code in _FOR_GOOD or status == BAD_REQUEST:
        return NotDelivered(NAME, code)
    wait = timedelta(milliseconds=retry_after_ms) if isinstance(retry_after_ms, int) and retry_after_ms > 0 else SOON
    return TryLater(NAME, code if code.startswith("M_") else "server error", wait)


async def result(call: Awaitable[Any]) -> Any:
    """Return what a call of nio gives; raise what it only returns.

    Raises:
        TryLater: the server is busy or out of reach.
        NotDelivered: it refused.
        TokenGoneError: it does not know the session.
    """
    try:
        response = await call
    except _BROKEN as exc:
        raise TryLater(NAME, "no connection", SOON, sent_unknown=True) from exc
    except LocalProtocolError as exc:
        raise TryLater(NAME, "not connected", SOON) from exc
    if isinstance(response, ErrorResponse):
        status = getattr(response.transport_response, "status", 0)
        raise refusal(response.status_code or "", response.retry_after_ms, status=status, soft=response.soft_logout)
    return response


async def insist(call: Callable[[], Awaitable[T]], *, times: int = 4, first_wait: float = 0.5) -> T:
    """Return what `call()` gives; where the server is busy, try again with growing pauses."""
    for attempt in range(times):
        try:
            return await call()
        except TryLater as exc:
            if attempt == times - 1:
                raise
            await asyncio.sleep(
                max(first_wait * 2**attempt, exc.retry_after.total_seconds() if exc.reason == "M_LIMIT_EXCEEDED" else 0)
            )
    raise AssertionError("unreachable")


def path_of(*parts: str) -> str:
    """Return a client-server path with every part quoted."""
    return "/_matrix/client/v3/" + "/".join(quote(p, safe="") for p in parts)
