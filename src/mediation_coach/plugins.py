"""Adapters and skills by name, from entry points. Only names found in settings are loaded."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from mediation_coach.errors import PluginError

ADAPTERS = "mediation_coach.adapters"
SKILLS = "mediation_coach.skills"


def load(group: str, name: str) -> Any:
    """Return the plugin class that `group` has under `name`.

    Raises:
        PluginError: there is none by that name, or its own dependencies are missing.
    """
    found: dict[str, EntryPoint] = {point.name: point for point in entry_points(group=group)}
    if name not in found:
        known = ", ".join(sorted(found)) or "none"
        raise PluginError(f"{group} has no {name!r}; installed: {known}") from None
    try:
        return found[name].load()
    except ImportError as exc:
        raise PluginError(f"{name!r} needs the package {exc.name!r}; install it with pip and try again") from exc
