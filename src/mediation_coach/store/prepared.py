"""Statements of the main path, made ready once and then given to SQLite as they are.

SQLAlchemy looks at a statement anew each time, which takes five times as long as SQLite takes for the few rows it is about.
The statement itself is written once, in SQLAlchemy's words, for both databases.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.sql.compiler import SQLCompiler

Convert = Callable[[Any], Any]


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class _Given:
    """Where one value of a statement comes from: what is given under a name, or a part of a list given under it."""

    name: str
    at: tuple[int, ...] = ()

    def of(self, values: Mapping[str, Any]) -> Any:
        found = values[self.name]
        for number in self.at:
            found = found[number]
        return found


class _Ready:
    """A statement for SQLite, for lists of certain lengths."""

    def __init__(self, statement: Any, dialect: Dialect, shape: Mapping[str, Any]) -> None:
        """`shape` has a `_Given` in the place of each value."""
        compiled = statement.compile(dialect=dialect, column_keys=list(shape))
        assert isinstance(compiled, SQLCompiler)
        state = compiled.construct_expanded_state(shape)
        self.text = state.statement
        converts = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()
        }
        converts |= state.processors  # of the parts of lists
        self._binds = [(state.parameters[name], converts.get(name) or _as_it_is) for name in state.positiontup or ()]
        columns = list(statement.exported_columns)
        self._row: Any = namedtuple("Row", [c.key for c in columns])  # type: ignore[misc]
        self._reads = [c.type.dialect_impl(dialect).result_processor(dialect, None) or _as_it_is for c in columns]

    def bound(self, values: Mapping[str, Any]) -> list[Any]:
        """Return `values` in the order and the form in which SQLite takes them."""
        return [convert(value.of(values) if isinstance(value, _Given) else value) for value, convert in self._binds]

    def row(self, found: Sequence[Any]) -> Any:
        """Return a row with its columns by name."""
        return self._row._make([read(value) for read, value in zip(self._reads, found, strict=True)])


class Prepared:
    """A statement to run again and again. The rows it returns have their columns by name, on every database."""

    def __init__(self, statement: Any) -> None:
        """Take a SELECT, INSERT, UPDATE or DELETE."""
        self._statement = statement
        self._ready: dict[tuple[Any, ...], _Ready] = {}

    def __call__(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Any]:
        """Run it with `values` and return its rows."""
        raw = connection.connection.driver_connection
        if not isinstance(raw, sqlite3.Connection):
            return _rows(connection.execute(self._statement, values))
        return self._straight(raw, connection.dialect, {name: _padded(value) for name, value in values.items()})

    def each(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> Sequence[Any]:
        """Run it with each of `rows`, all of which name the same things; return the rows of all of them."""
        raw = connection.connection.driver_connection
        if not isinstance(raw, sqlite3.Connection):
            return _rows(connection.execute(self._statement, rows))
        return [found for values in rows for found in self._straight(raw, connection.dialect, values)]

    def _straight(self, raw: sqlite3.Connection, dialect: Dialect, values: Mapping[str, Any]) -> Sequence[Any]:
        shape = tuple((name, len(value) if isinstance(value, list) else None) for name, value in values.items())
        ready = self._ready.get(shape)
        if ready is None:
            ready = self._ready[shape] = _Ready(self._statement, dialect, {n: _given(n, v) for n, v in values.items()})
        return [ready.row(found) for found in raw.execute(ready.text, ready.bound(values)).fetchall()]


def _rows(result: Any) -> Sequence[Any]:
    return result.all() if result.returns_rows else ()


def _padded(value: Any) -> Any:
    """Return a list that is as long as a power of two, by saying its last again, so that few statements serve all."""
    if not isinstance(value, list) or not value:
        return value
    length = 1 << (len(value) - 1).bit_length()
    return value + value[-1:] * (length - len(value))


def _given(name: str, value: Any) -> Any:
    """Return where the values of what is given under `name` come from."""
    if not isinstance(value, list):
        return _Given(name)
    return [
        tuple(_Given(name, (n, part)) for part in range(len(one))) if isinstance(one, tuple) else _Given(name, (n,))
        for n, one in enumerate(value)
    ]
