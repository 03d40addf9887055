"""Structured logs that cannot carry what people say: event names, numbers, and listed keys only."""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import sys
from collections.abc import Callable, MutableMapping
from types import TracebackType
from typing import Any

import structlog

KEYS = frozenset(
    "event level timestamp adapter attempt batch cards check_in cohort count due duration_ms error kind lag_s limit of place port rows skill"
    " sections seconds signature state status version who why workers".split()
)
VENDORS = (
    "slack_bolt",
    "slack_sdk",
    "nio",
    "sqlalchemy",
    "aiohttp",
    "apscheduler",
    "httpx",
    "openai",
    "langchain",
    "alembic",
    "asyncio",
    "aiosqlite",
    "httpcore",
)

_salt = secrets.token_bytes(16)


def use_salt(salt: bytes) -> None:
    """Hash people with `salt` from now on, so that the same person looks the same after a restart."""
    global _salt
    _salt = salt


def hashed(identity: str) -> str:
    """Return a short keyed hash that stands for a person or a room in logs."""
    return hmac.new(_salt, identity.encode(), hashlib.sha256).hexdigest()[:12]


def _only_listed(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {
        key: value if isinstance(value, int | float | bool) else str(value)[:80]
        for key, value in entry.items()
        if key in KEYS
    }


def _exception_by_type(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    info = entry.pop("exc_info", None)
    if info:
        exc = info if isinstance(info, BaseException) else sys.exc_info()[1]
        if exc is not None:
            entry["error"] = type(exc).__name__
            entry["place"] = place_of(exc)
    return entry


def place_of(exc: BaseException) -> str:
    """Return where an exception was raised, as file and line; never its text."""
    trace = exc.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else ""


class _VendorFilter(logging.Filter):
    """Lets a vendor's record through as level and logger name only."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args, record.exc_info, record.exc_text, record.stack_info = record.name, (), None, None, None
        return True


def set_up(level: str = "INFO", *, json: bool = True, vendors: str = "WARNING", stream: Any = None) -> None:
    """Send our logs to `stream` (stderr), and silence what vendors would say about people's words."""
    out = stream or sys.stderr
    render: Callable[..., Any] = (
        structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            _exception_by_type,
            _only_listed,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.addFilter(_VendorFilter())
    handler.setFormatter(
        logging.Formatter(
            '{"level": "%(levelname)s", "event": "vendor", "kind": "%(message)s"}'
            if json
            else "%(levelname)s %(message)s"
        )
    )
    sys.excepthook = _crash
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(vendors.upper())
    for name in VENDORS:
        logging.getLogger(name).setLevel(vendors.upper())


def _crash(kind: type[BaseException], exc: BaseException, trace: TracebackType | None) -> None:
    """Write a crash as type and place: an exception's own text may carry what people said."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, exc, trace)
        return
    get().critical("crashed", exc_info=exc)


def get(name: str = "coach") -> Any:
    """Return a logger; call it with an event name and listed keys."""
    return structlog.get_logger(name)
