"""The contract of a chat adapter, kept by Slack over sockets and over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from mediation_coach.testing import AdapterContract
from tests.slack_stage import SlackStage, staged


class TestSlackOverSockets(AdapterContract):
    @pytest.fixture
    async def stage(self) -> AsyncIterator[SlackStage]:
        async with staged() as stage:
            yield stage


class TestSlackOverHttp(AdapterContract):
    @pytest.fixture
    async def stage(self, unused_tcp_port: int) -> AsyncIterator[SlackStage]:
        async with staged(mode="http", http_port=unused_tcp_port) as stage:
            stage.server.http_target = f"http://127.0.0.1:{unused_tcp_port}/slack/events"
            yield stage
