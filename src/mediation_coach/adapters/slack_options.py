"""What can be set for Slack: the table `[slack]` of the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from mediation_coach.errors import ConfigError

SLACK_API = "https://slack.com/api/"


class SlackOptions(BaseModel):
    """The table `[slack]`. One workspace needs `bot_token`; several need `client_id` and `client_secret` instead.

    `channels`, `check_ins`, `files`, `reactions` and `agent_view` are features: each asks Slack for more rights, and the manifest
    holds the rights of those that are on. Times are seconds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    mode: Literal["socket", "http"] = "socket"
    bot_token: SecretStr = SecretStr("")
    app_token: SecretStr = SecretStr("")
    signing_secret: SecretStr = SecretStr("")
    base_url: str = SLACK_API

    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    public_url: str = ""

    http_host: str = "127.0.0.1"
    http_port: int = Field(default=3000, ge=0, le=65535)

    channels: bool = False
    check_ins: bool = True
    files: bool = True
    reactions: bool = False
    agent_view: bool = False
    feedback: bool = True
    streaming: bool = True
    command: str = Field(default="/coach", pattern=r"^/[a-z0-9_-]{1,31}$")
    suggestions: tuple[str, ...] = Field(default=(), max_length=4)

    allow_workspaces: frozenset[str] = frozenset()
    allow_channels: frozenset[str] = frozenset()
    allow_people: frozenset[str] = frozenset()
    allow_guests: bool = True
    contact: str = Field(default="", max_length=200)

    sockets: int = Field(default=2, ge=1, le=10)
    ping_interval: float = Field(default=2.0, gt=0)
    stale_after: float = Field(default=8.0, gt=0)
    idle_refresh: float = Field(default=1800.0, gt=0)
    timeout: float = Field(default=30.0, gt=0)
    look_back: float = Field(default=86400.0, gt=0)

    @property
    def many_workspaces(self) -> bool:
        """True where workspaces install the app themselves, by OAuth."""
        return bool(self.client_id)

    @property
    def api(self) -> str:
        """The base of Slack's Web API, with its last slash."""
        return self.base_url.rstrip("/") + "/"

    @model_validator(mode="after")
    def _is_enough(self) -> Self:
        if self.many_workspaces:
            needed = {"client_secret": self.client_secret, "signing_secret": self.signing_secret}
        else:
            needed = {"bot_token": self.bot_token}
        if self.mode == "socket":
            needed["app_token"] = self.app_token
        else:
            needed["signing_secret"] = self.signing_secret
        if missing := sorted(name for name, secret in needed.items() if not secret.get_secret_value()):
            raise ValueError(f"these are missing: {', '.join(missing)}")
        return self


def read_options(table: dict[str, Any], *, file: Path | str = "coach.toml") -> SlackOptions:
    """Return the options that a settings table holds.

    Raises:
        ConfigError: a key is unknown, missing or impossible; it names the key and the environment variable.
    """
    try:
        return SlackOptions.model_validate(table)
    except ValidationError as exc:
        problem = exc.errors(include_url=False, include_input=False)[0]
        where = ".".join(["slack", *map(str, problem["loc"])])
        hint = "set it in the table [slack] or as MEDIATION_COACH_SLACK__<KEY>; docs/slack.md has all keys"
        raise ConfigError(f"{file}: '{where}' is not usable: {problem['msg']}; {hint}") from exc
