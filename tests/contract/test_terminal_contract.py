"""The contract of a chat adapter, kept by the terminal as far as a terminal goes."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator, Sequence

import pytest

from mediation_coach.adapters.terminal import TerminalAdapter
from mediation_coach.testing import AdapterContract


class TerminalStage:
    """One person at a terminal."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        self.lines, self.typing = os.fdopen(reading), os.fdopen(writing, "w")
        self.out = io.StringIO()
        self.adapter = TerminalAdapter(lines=self.lines, out=self.out)

    async def write(self, text: str, *, by: str = "first") -> None:
        """Type a line."""
        self.typing.write(text + "\n")
        self.typing.flush()

    async def deliver_again(self) -> bool:
        """Say that a terminal never does that."""
        return False

    async def seen(self, *, by: str = "first") -> Sequence[str]:
        """Return what stands on the screen."""
        return [self.out.getvalue()] if by == "first" and self.out.getvalue() else []


class TestTerminal(AdapterContract):
    test_two_people_have_two_conversations = None  # type: ignore[assignment]
    test_a_message_that_could_not_be_kept_comes_again = None  # type: ignore[assignment]
    test_a_busy_platform_says_when_to_try_again = None  # type: ignore[assignment]
    test_a_refusal_is_told_as_one = None  # type: ignore[assignment]
    test_a_stranger_cannot_be_reached_but_says_so_as_ours = None  # type: ignore[assignment]
    test_it_is_ready_only_while_connected = None  # type: ignore[assignment]

    @pytest.fixture
    async def stage(self) -> AsyncIterator[TerminalStage]:
        stage = TerminalStage()
        yield stage
        stage.typing.close()
        await asyncio.get_running_loop().shutdown_default_executor()  # the line that is being read ends with the input
        stage.lines.close()
