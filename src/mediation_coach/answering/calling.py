"""One language model behind LangChain: built from settings, called within time, counted, and given up on in good time."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelTimeoutError,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from mediation_coach import logs
from mediation_coach.answering.options import ModelOptions
from mediation_coach.answering.spending import Breaker, Usage
from mediation_coach.errors import AnswererUnavailable, ConfigError

T = TypeVar("T")

CHARACTERS_PER_TOKEN = 3.5
LONGEST_PAUSE = 10.0
# Said outright, so that no address in the environment (OPENAI_BASE_URL, OLLAMA_HOST) sends questions elsewhere than we tell.
_ADDRESSES = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "ollama": "http://localhost:11434",
}
_TRACING = ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2")

log = logs.get()


class CallFailed(AnswererUnavailable):
    """A call to the model came to nothing. `kind` is a word for metrics; `mend` says what an operator can do."""

    def __init__(self, kind: str, mend: str, *, again: bool = False, retry_after: float = 0.0) -> None:
        """`again` is true where the same call may succeed after `retry_after` seconds."""
        super().__init__(f"the language model did not answer ({kind}): {mend}")
        self.kind, self.mend, self.again, self.retry_after = kind, mend, again, retry_after


def build_model(options: ModelOptions) -> BaseChatModel:
    """Return LangChain's chat model for `options`; nothing is called yet.

    Raises:
        ConfigError: the provider is unknown, its package is missing, or it refuses the options.
    """
    if not options.tracing:
        os.environ.update(dict.fromkeys(_TRACING, "false"))
    from langchain.chat_models import init_chat_model

    try:
        model: BaseChatModel = init_chat_model(options.name, **_arguments(options))
    except ImportError as exc:
        package = f"langchain-{options.provider.replace('_', '-')}"
        if options.provider in ("openai", "anthropic", "ollama"):
            raise ConfigError(
                f"the model {options.name} needs a package: pip install 'mediation-coach[{options.provider}]'"
            ) from exc
        raise ConfigError(f"the model {options.name} needs a package: pip install {package}") from exc
    except (
        Exception
    ) as exc:  # each provider refuses options in its own way, often repeating them: only the type is told
        raise ConfigError(
            f"[model] {options.name} cannot be set up ({type(exc).__name__}); check name, api_key, base_url and extra"
        ) from None
    return model


def _arguments(options: ModelOptions) -> dict[str, Any]:
    """Return the options as LangChain's standard arguments, and as Ollama's own where it has others."""
    arguments: dict[str, Any] = {"temperature": options.temperature} if options.temperature is not None else {}
    if address := options.base_url or _ADDRESSES.get(options.provider):
        arguments["base_url"] = address
    if options.provider == "ollama":
        arguments |= {"num_predict": options.max_tokens, "client_kwargs": {"timeout": options.whole_seconds}}
        return arguments | options.extra
    arguments |= {"max_tokens": options.max_tokens, "timeout": options.whole_seconds, "max_retries": 0}
    if options.api_key is not None:
        arguments["api_key"] = options.api_key.get_secret_value()
    elif options.provider == "openai" and options.base_url and options.local:
        arguments["api_key"] = "none"  # local servers ask for no key; the client insists on one
    if options.provider == "openai":
        silence = options.whole_seconds
        arguments |= {"stream_usage": True, "timeout": (options.connect_seconds, silence, silence, silence)}
    return arguments | options.extra


def translate(exc: Exception) -> CallFailed:
    """Return our error for a vendor's; one ladder for every provider, by LangChain's neutral types."""
    match exc:
        case CallFailed():
            return exc
        case ModelAuthenticationError() | ModelPermissionDeniedError():
            return CallFailed("key", "the provider refused the key; check api_key")
        case ModelNotFoundError():
            return CallFailed("not_found", "the provider does not have this model; check name and base_url")
        case ContextOverflowError():
            return CallFailed(
                "too_long", "the prompt is longer than the model reads; choose fewer passages or a larger model"
            )
        case ModelInvalidRequestError():
            return CallFailed("request", "the provider refused the request; check the options in extra")
        case ModelRateLimitError():
            return CallFailed(
                "busy",
                "the provider limits the rate; wait, or raise the limit there",
                again=True,
                retry_after=_retry_after(exc),
            )
        case ModelTimeoutError() | TimeoutError():
            return CallFailed(
                "silent",
                "no answer in time; check that the server is up, or raise first_seconds and whole_seconds",
                again=True,
            )
        case ModelConnectionError() | ConnectionError():
            return CallFailed("unreachable", "no connection; check base_url and the network", again=True)
        case ModelAPIError():
            return CallFailed(
                "server", "the provider had a fault of its own", again=True, retry_after=_retry_after(exc)
            )
        case ModelError():
            return CallFailed("refused", "the provider did not serve the request")
        case _:
            return CallFailed("broken", f"the provider's answer could not be read ({type(exc).__name__})", again=True)


def _retry_after(exc: Exception) -> float:
    headers = getattr(getattr(exc, "response", None), "headers", None) or {}
    with suppress(ValueError, TypeError):
        return max(0.0, float(headers.get("retry-after", 0)))
    return 0.0


@dataclass(slots=True)
class Bill:
    """The tokens of one question."""

    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def total(self) -> int:
        """Read and written together."""
        return self.tokens_in + self.tokens_out


class Caller:
    """Makes the calls: at most so many at once, each within its time, none while the breaker is open."""

    def __init__(self, model: BaseChatModel, options: ModelOptions, usage: Usage) -> None:
        """Call `model` as `options` allow and count in `usage`."""
        self._model, self._options, self.usage = model, options, usage
        self._slots = asyncio.Semaphore(options.concurrency)
        self._timers: set[asyncio.Timeout] = set()
        self._closed = False
        self.breaker = Breaker(failures=options.breaker_failures, seconds=options.breaker_seconds)

    @asynccontextmanager
    async def slot(self, deadline: float) -> AsyncIterator[None]:
        """Hold one of the slots. Waiting for it counts against the deadline (of the loop's clock).

        Raises:
            CallFailed: none became free in time.
        """
        self.usage.waiting += 1
        try:
            await self._within(
                deadline,
                lambda: self._slots.acquire(),
                "crowded",
                "too many questions at once; raise concurrency if the provider allows",
            )
        finally:
            self.usage.waiting -= 1
        self.usage.busy += 1
        self.usage.most_busy = max(self.usage.most_busy, self.usage.busy)
        try:
            yield
        finally:
            self.usage.busy -= 1
            self._slots.release()

    async def stream(self, messages: Sequence[BaseMessage], deadline: float, bill: Bill) -> AsyncGenerator[str, None]:
        """Yield the model's text as it comes. A first fault that may pass is met by one more try, before any text came.

        Raises:
            CallFailed: it came to nothing, or broke off.
        """
        for attempt in (1, 2):
            began = False
            try:
                async with aclosing(self._once(messages, deadline, bill)) as pieces:
                    async for piece in pieces:
                        began = True
                        yield piece
                return
            except CallFailed as failed:
                pause = failed.retry_after or self._options.retry_seconds * (1 + random.random())  # noqa: S311 (jitter)
                left = deadline - asyncio.get_running_loop().time()
                if attempt == 2 or began or not failed.again or pause > min(LONGEST_PAUSE, left) or self._closed:
                    raise
                self.usage.retries += 1
                await self._within(deadline, lambda p=pause: asyncio.sleep(p), "silent", "no answer in time")  # type: ignore[misc]

    async def _once(self, messages: Sequence[BaseMessage], deadline: float, bill: Bill) -> AsyncGenerator[str, None]:
        if not self.breaker.enter():
            raise CallFailed("resting", "several calls failed in a row; the next try is made within a minute")
        self.usage.calls += 1
        started, counted, written = time.monotonic(), False, 0
        first = asyncio.get_running_loop().time() + self._options.first_seconds
        try:
            async with aclosing(self._model.astream(list(messages))) as chunks:  # type: ignore[type-var]
                while True:
                    until = min(deadline, first) if not written else deadline
                    chunk = await self._within(until, lambda: anext(chunks, None))
                    if chunk is None:
                        break
                    if used := chunk.usage_metadata:
                        counted = True
                        self._charge(bill, used["input_tokens"], used["output_tokens"])
                    if text := chunk.text:
                        written += len(text)
                        yield text
            self.breaker.succeeded()
        except Exception as exc:  # whatever a provider's package raises means one thing: the library answers
            failed = translate(exc)
            self._failed(failed)
            raise failed from exc
        finally:
            self.usage.seconds += time.monotonic() - started
            if not counted:
                self._charge(bill, tokens_of(*(str(m.content) for m in messages)), int(written / CHARACTERS_PER_TOKEN))

    def _failed(self, failed: CallFailed) -> None:
        if failed.kind == "closed":
            return
        self.usage.failures += 1
        self.usage.faults[failed.kind] += 1
        self.breaker.failed()
        log.warning("model_call_failed", kind=failed.kind)

    def _charge(self, bill: Bill, read: int, written: int) -> None:
        """Count tokens; what a provider did not count is reckoned from the characters, too much rather than too little."""
        bill.tokens_in += read
        bill.tokens_out += written
        self.usage.tokens_in += read
        self.usage.tokens_out += written

    async def _within(
        self,
        deadline: float,
        what: Callable[[], Awaitable[T]],
        kind: str = "silent",
        mend: str = "no answer in time; check that the server is up, or raise first_seconds",
    ) -> T:
        """Await `what` until the deadline, or until the house closes."""
        if self._closed:
            raise CallFailed("closed", "the coach is shutting down")
        try:
            async with asyncio.timeout_at(deadline) as timer:
                self._timers.add(timer)
                try:
                    return await what()
                finally:
                    self._timers.discard(timer)
        except TimeoutError:
            if timer.expired():
                if self._closed:
                    raise CallFailed("closed", "the coach is shutting down") from None
                raise CallFailed(kind, mend, again=kind == "silent") from None
            raise

    async def close(self) -> None:
        """End every call now; whoever waits for one gets the library's answer."""
        self._closed = True
        now = asyncio.get_running_loop().time()
        for timer in list(self._timers):
            timer.reschedule(now)
        await asyncio.sleep(0)


def tokens_of(*texts: str) -> int:
    """Return about how many tokens texts are, on the high side."""
    return sum(int(len(text) / CHARACTERS_PER_TOKEN) + 4 for text in texts)
