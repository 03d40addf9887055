"""The table `[delivery]`: how much at once, how fast, how long, and how often before giving up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mediation_coach.errors import ConfigError

WhenUnsure = Literal["send", "hold"]


class Pace(BaseModel):
    """How fast a platform may be written to; 0 means without a limit. A burst may go out at once before the pace counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    conversation_per_second: float = Field(default=0, ge=0)
    conversation_burst: int = Field(default=3, ge=1)
    workspace_per_second: float = Field(default=0, ge=0)
    workspace_burst: int = Field(default=10, ge=1)


class DeliverySettings(BaseModel):
    """Limits of the way in and the way out.

    `when_unsure` says, by kind of reply, what happens when nobody can tell whether a message arrived and the platform
    offers no way to look: `send` may double it, `hold` may lose it until someone looks. Kinds not named are held.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    workers: int = Field(default=32, ge=1, le=1000)
    answer_seconds: float = Field(default=60, gt=0)
    answer_attempts: int = Field(default=3, ge=1)
    answer_lease_seconds: float = Field(default=30, ge=1)
    status_after_seconds: float = Field(default=0.7, ge=0)
    slow_backlog: int = Field(default=200, ge=1)
    full_backlog: int = Field(default=5000, ge=1)
    person_per_minute: float = Field(default=30, gt=0)
    person_burst: int = Field(default=20, ge=1)

    senders: int = Field(default=32, ge=1, le=1000)
    send_lease_seconds: float = Field(default=60, ge=2)
    send_margin_seconds: float = Field(default=10, gt=0)
    send_attempts: int = Field(default=30, ge=1)
    longest_wait_seconds: float = Field(default=900, gt=0)
    look_after_seconds: float = Field(default=30, ge=0)
    same_key_hours: float = Field(default=20, ge=0)
    when_unsure: dict[str, WhenUnsure] = {"reply": "send"}
    pace: dict[str, Pace] = {}

    poll_seconds: float = Field(default=1, gt=0)
    drain_seconds: float = Field(default=20, gt=0)

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Self:
        """Return the settings of a raw table.

        Raises:
            ConfigError: a key is unknown, or a value not usable.
        """
        try:
            return cls.model_validate(table)
        except ValidationError as exc:
            problem = exc.errors(include_url=False, include_input=False)[0]
            raise ConfigError(
                f"delivery.{'.'.join(map(str, problem['loc']))} is not usable: {problem['msg']}"
            ) from None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.send_margin_seconds >= self.send_lease_seconds:
            raise ValueError("send_margin_seconds must be shorter than send_lease_seconds")
        if self.slow_backlog > self.full_backlog:
            raise ValueError("slow_backlog must not be above full_backlog")
        return self
