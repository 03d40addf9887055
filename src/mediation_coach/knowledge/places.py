"""Where people are: the zone of a place they name, and the public holidays of a country."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import yaml

from mediation_coach.errors import ContentError
from mediation_coach.knowledge.plans import FOLDER

REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


class Places:
    """Knows zones by their IANA name, by a city in that name, by a country with one zone, and by a list of more places."""

    def __init__(self, more: Mapping[str, str] | None = None) -> None:
        """Add `more` places: lower-case names and their zones."""
        self._zones = {name.lower(): name for name in available_timezones()}
        cities = {city_of(name): name for name in sorted(available_timezones()) if name.split("/")[0] in REGIONS}
        self._named = cities | dict(_single_zone_countries()) | dict(more or {})

    def zone_of(self, words: str) -> str | None:
        """Return the zone that `words` name, or None."""
        name = " ".join(words.replace("_", " ").strip(" .,!?'\"").lower().split())
        return self._zones.get(words.strip().lower()) or self._named.get(name)


def city_of(zone: str) -> str:
    """Return the city in a zone's name, in lower case."""
    return zone.rsplit("/", 1)[-1].replace("_", " ").lower()


def read_places(*folders: Path) -> Places:
    """Return the places of knowledge folders, on top of the cities and countries of the zone database.

    Raises:
        ContentError: a file is no list of places, or names an unknown zone.
    """
    more: dict[str, str] = {}
    for path in (folder / FOLDER / "places.yaml" for folder in folders):
        if path.exists():
            more |= _read(path)
    return Places(more)


def _read(path: Path) -> dict[str, str]:
    read = yaml.safe_load(path.read_text("utf-8"))
    if not isinstance(read, dict):
        raise ContentError(f"{path.name}:1: write one 'place: Zone/Name' a line")
    known = available_timezones()
    for place, name in read.items():
        if name not in known:
            raise ContentError(f"{path.name}: '{place}' names no known zone: '{name}'")
    return {str(place).lower(): str(name) for place, name in read.items()}


def _single_zone_countries() -> Iterable[tuple[str, str]]:
    names = dict(_rows("iso3166.tab"))
    zones: dict[str, list[str]] = {}
    for code, _, name, *_ in _rows("zone.tab"):
        zones.setdefault(code, []).append(name)
    return ((names[code].lower(), found[0]) for code, found in zones.items() if len(found) == 1 and code in names)


def _rows(name: str) -> Iterable[list[str]]:
    text = (resources.files("tzdata") / "zoneinfo" / name).read_text("utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


def is_zone(name: str) -> bool:
    """Whether `name` is a zone of the IANA database."""
    if name not in available_timezones():
        return False
    ZoneInfo(name)
    return True


@cache
def is_country(code: str) -> bool:
    """Whether public holidays are known for a two-letter country code."""
    import holidays

    return code in holidays.list_supported_countries()


@cache
def _holidays_of(country: str, year: int) -> frozenset[date]:
    import holidays

    if not is_country(country):
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=year))


def is_holiday(country: str, day: date) -> bool:
    """Whether `day` is a public holiday of a country, by its two-letter code; False where none are known."""
    return day in _holidays_of(country.upper(), day.year)
