"""How a language model is chosen and held: the `[model]` table of the settings, checked at the door."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from mediation_coach.errors import ConfigError

HOSTS = {
    "openai": "api.openai.com",
    "anthropic": "api.anthropic.com",
    "mistralai": "api.mistral.ai",
    "google_genai": "generativelanguage.googleapis.com",
    "groq": "api.groq.com",
    "ollama": "localhost",
}


class ModelOptions(BaseModel):
    """The options of a language model; unknown keys are refused, and what was typed is never repeated in an error."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    name: str = Field(pattern=r"^[a-z_0-9]+:\S+$", description="provider:model, for example ollama:llama3.1")
    base_url: str = ""
    api_key: SecretStr | None = None
    local: bool = Field(default=False, description="the model runs inside: what is sent to it does not leave")
    masking: bool = True
    names: tuple[str, ...] = Field(default=(), description="names, places and groups that are always masked")
    tracing: bool = Field(default=False, description="let LangSmith tracing be switched on by its own environment")

    temperature: float | None = Field(default=0.2, ge=0, le=2)
    max_tokens: int = Field(default=900, ge=100, le=8000)
    history_tokens: int = Field(default=300, ge=0, le=4000)
    passages: int = Field(default=8, ge=1, le=8)

    connect_seconds: float = Field(default=5, gt=0, le=60)
    first_seconds: float = Field(default=15, gt=0, le=600)
    whole_seconds: float = Field(default=60, gt=0, le=900)
    retry_seconds: float = Field(default=1, ge=0, le=30, description="the pause before the one retry, at least")
    concurrency: int = Field(default=8, ge=1, le=256)
    breaker_failures: int = Field(default=3, ge=1)
    breaker_seconds: float = Field(default=60, gt=0)

    tokens_per_person: int = Field(default=100_000, ge=0, description="a day; 0 is no limit")
    tokens_per_workspace: int = Field(default=1_000_000, ge=0, description="a day; 0 is no limit")
    price_in: float = Field(default=0, ge=0, description="per million tokens read, in the operator's currency")
    price_out: float = Field(default=0, ge=0, description="per million tokens written")

    extra: dict[str, Any] = Field(default_factory=dict, description="passed on to the provider's LangChain class")

    @model_validator(mode="after")
    def _inside_or_masked(self) -> ModelOptions:
        if self.local and not self.base_url and self.provider != "ollama":
            raise ValueError("local = true needs the base_url of the local server")
        if not self.masking and not self.local:
            raise ValueError("masking = false is for local models only; set local = true if this one runs inside")
        if self.local and self.host in set(HOSTS.values()) - {"localhost"}:
            raise ValueError(f"{self.host} is not local")
        return self

    @property
    def provider(self) -> str:
        """The part of the name before the colon."""
        return self.name.split(":", 1)[0]

    @property
    def host(self) -> str:
        """The host that sees the (masked) question, for `privacy` and `doctor`."""
        if self.base_url:
            return urlsplit(self.base_url).hostname or self.base_url
        return HOSTS.get(self.provider, f"the servers of {self.provider}")

    @property
    def outside(self) -> bool:
        """Whether what is sent leaves the machine: everything that is neither declared local nor on the loopback."""
        return not (self.local or _loopback(self.host))


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_options(table: Mapping[str, Any]) -> ModelOptions:
    """Return the options of the `[model]` table.

    Raises:
        ConfigError: a key is unknown, missing or impossible; the message names it, never its value.
    """
    try:
        return ModelOptions.model_validate(dict(table))
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "masking"
        raise ConfigError(f"[model] {where}: {first['msg'].removeprefix('Value error, ')}") from None
