"""Settings: `coach.toml`, then the environment, then `*_FILE` secrets. An unknown key is an error that names the file and the choice."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mediation_coach.errors import ConfigError

PREFIX = "MEDIATION_COACH_"
FILE = "coach.toml"
PLUGIN_TABLES = ("terminal", "slack", "matrix", "model", "store", "delivery", "follow_through", "privacy")
_SECRET = ("token", "secret", "password", "key", "keys", "url", "recovery")


class LayerSettings(BaseModel):
    """An organisation's own knowledge folder, laid over the shipped one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    folder: Path
    hides: tuple[str, ...] = ()


class SafetySettings(BaseModel):
    """What to show when someone may be in danger; never invented, always the organisation's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contacts: tuple[str, ...] = ()
    on_duty: tuple[str, ...] = ()
    hours: str = ""


class Settings(BaseModel):
    """Everything that can be set. Tables of adapters and plugins are validated by whoever they belong to."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    adapters: tuple[str, ...] = ("terminal",)
    knowledge: Path | None = None
    prompts: Path | None = None
    layers: tuple[LayerSettings, ...] = ()
    cache: Path | None = None
    data: Path | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"
    log_format: Literal["json", "text"] = "json"
    vendor_logs: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "WARNING"
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=0, le=65535)
    coordinators: tuple[str, ...] = ()
    operator: str = ""
    safety: SafetySettings = SafetySettings()
    tables: Mapping[str, Mapping[str, Any]] = {}

    def table(self, name: str) -> dict[str, Any]:
        """Return the raw table of an adapter or a plugin, for its own model to validate."""
        return dict(self.tables.get(name, {}))

    @property
    def knowledge_folder(self) -> Path:
        """The base folder of cards."""
        return self.knowledge or shipped("knowledge")

    @property
    def prompts_folder(self) -> Path:
        """The folder of prompts."""
        return self.prompts or shipped("prompts")

    @property
    def cache_folder(self) -> Path:
        """Where the model and the index are kept; it can be deleted at any time."""
        return self.cache or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mediation-coach"

    @property
    def data_folder(self) -> Path:
        """Where what people said and agreed is kept; back it up."""
        return (
            self.data or Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "mediation-coach"
        )


def shipped(name: str) -> Path:
    """Return a folder that comes with the package: from the wheel, or from the checkout."""
    here = Path(__file__).resolve().parent
    inside = here / "_shipped" / name
    return inside if inside.is_dir() else here.parents[1] / name


def load(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of `path` (or of `coach.toml` in this folder, where there is one) and the environment.

    Raises:
        ConfigError: a file that was named is missing, or a key or value is not usable.
    """
    env = os.environ if environment is None else environment
    named = path or (Path(env[PREFIX + "CONFIG"]) if PREFIX + "CONFIG" in env else None)
    file = named or Path(FILE)
    raw: dict[str, Any] = {}
    if named is not None and not file.exists():
        raise ConfigError(f"there is no settings file {file}; make it, or leave out --config")
    if file.exists():
        try:
            raw = tomllib.loads(file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigError(f"{file} cannot be read as UTF-8 text") from exc
        except tomllib.TOMLDecodeError as exc:
            raise ConfigError(f"{file} is not valid TOML: {exc}") from exc
    for keys, value in _from_environment(env):
        _put(raw, keys, value)
    return _validated(raw, file)


def _from_environment(env: Mapping[str, str]) -> list[tuple[list[str], Any]]:
    found: list[tuple[list[str], Any]] = []
    for name, value in sorted(env.items()):
        if not name.startswith(PREFIX) or name in (PREFIX + "CONFIG", PREFIX + "CONFIG_FILE"):
            continue
        keys = name.removeprefix(PREFIX).lower().split("__")
        if keys[-1].endswith("_file") and len(keys) > 1:
            keys[-1] = keys[-1].removesuffix("_file")
            try:
                value = Path(value).read_text("utf-8").strip()
            except OSError as exc:
                raise ConfigError(f"{name} names a file that cannot be read: {value}") from exc
            found.append((keys, value))
        else:
            found.append((keys, _typed(value)))
    return found


def _typed(value: str) -> Any:
    """Return a TOML value where the text is one (numbers, lists, true), else the text itself."""
    if value[:1] in "[{" or value in ("true", "false") or value.lstrip("-").isdecimal():
        try:
            return tomllib.loads(f"v = {value}")["v"]
        except tomllib.TOMLDecodeError:
            return value
    return value


def _put(raw: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        raw = raw.setdefault(key, {})
    raw[keys[-1]] = value


def _validated(raw: dict[str, Any], file: Path) -> Settings:
    tables = {name: raw.pop(name) for name in PLUGIN_TABLES if name in raw}
    plugins = raw.pop("plugins", {})
    tables.update(plugins)
    known = sorted({*Settings.model_fields, *PLUGIN_TABLES, "plugins"} - {"tables"})
    for key in raw:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else "known keys: " + ", ".join(known)
            raise ConfigError(f"{file}: unknown setting '{key}'; {hint}")
    try:
        return Settings.model_validate({**raw, "tables": tables})
    except ValidationError as exc:
        problem = exc.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, problem["loc"]))
        raise ConfigError(f"{file}: '{where}' is not usable: {problem['msg']}") from exc


def shown(settings: Settings) -> str:
    """Return the settings as text, secrets masked."""
    lines: list[str] = []
    for name, value in settings.model_dump(mode="json", exclude={"tables"}).items():
        if value not in (None, (), [], {}):
            lines.append(f"{name} = {value!r}")
    for name, table in settings.tables.items():
        lines.append(f"[{name}]")
        lines += [
            f"{key} = {'(set)' if any(s in key for s in _SECRET) else repr(value)}" for key, value in table.items()
        ]
    return "\n".join(lines)
