# SPDX-License-Identifier: BSD-3-Clause
"""Finished chunks of an ensemble in a file, which survives the death of the process."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import sqlite3
import types
import warnings
from collections.abc import Iterator
from typing import Any

from .._trace.tape import levels_to_user

__all__ = ["opened"]

_APPLICATION = 0x50694E75  # SQLite's number for the kind of a file


_FORMAT = 2  # of what is stored
_DIGEST_SIZE = 32


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


class _Store:
    """Chunks by their first members. SQLite makes each one durable before it returns."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def get(self, start: int) -> Any:
        """The chunk, or None if it is not stored, or damaged."""
        found = self._connection.execute("SELECT result FROM chunk WHERE start = ?", (start,))
        row = found.fetchone()
        if row is None:
            return None
        digest, data = row[0][:_DIGEST_SIZE], row[0][_DIGEST_SIZE:]
        if digest != _digest(data):
            # SQLite notices damage of its own structures, but not of what is stored.
            warnings.warn(
                f"checkpoint: the chunk that begins with member {start} is damaged: it is "
                "computed again",
                RuntimeWarning,
                stacklevel=levels_to_user(),
            )
            return None
        return pickle.loads(data)

    def __setitem__(self, start: int, result: Any) -> None:
        data = pickle.dumps(result)
        with self._connection:
            self._connection.execute(
                "INSERT OR REPLACE INTO chunk VALUES (?, ?)", (start, _digest(data) + data)
            )


def _code_parts(code: types.CodeType) -> Iterator[Any]:
    """What tells one function's code from another's, in every process."""
    yield code.co_code
    yield code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):  # of a function inside; its repr has an address
            yield from _code_parts(constant)
        else:
            yield constant


def _function_parts(given: Any) -> Iterator[Any]:
    """What tells one function from another. An object that is no function has only its type."""
    function = getattr(given, "__wrapped__", given)
    yield type(given).__qualname__
    engine = getattr(given, "_engine", None)  # of a jitted function
    yield getattr(engine, "is_fast", False)
    yield getattr(function, "__qualname__", "")
    code = getattr(function, "__code__", None)
    if code is not None:
        yield from _code_parts(code)


def _fingerprint(task: Any, states: Any, rows: Any, size: int) -> str:
    """What tells one ensemble from another, as far as results depend on it."""
    events = task.events if isinstance(task.events, (list, tuple)) else [task.events]
    digest = hashlib.sha256()
    for part in (
        _FORMAT,
        *_function_parts(task.fun),
        *(part for event in events for part in _function_parts(event)),
        task.t_span,
        str(task.method),
        None if task.t_eval is None else task.t_eval.tobytes(),
        task.max_steps,
        sorted((name, repr(value)) for name, value in task.options.items()),
        states.shape,
        states.tobytes(),
        None if rows is None else rows.tobytes(),
        size,
    ):
        digest.update(part if type(part) is bytes else repr(part).encode())
        digest.update(b"\0")
    return digest.hexdigest()


@contextlib.contextmanager
def opened(
    path: Any, task: Any, states: Any, rows: Any, size: int
) -> Iterator[_Store | dict[int, Any]]:
    """The finished chunks of this ensemble. Without a path, they are kept in memory."""
    if path is None:
        yield {}
        return
    name = os.fspath(path)
    try:
        with contextlib.closing(sqlite3.connect(name)) as connection:
            _prepare(connection, name, _fingerprint(task, states, rows, size))
            yield _Store(connection)
    except sqlite3.Error as error:
        raise OSError(f"checkpoint: {name}: {error}") from error


def _prepare(connection: sqlite3.Connection, name: str, wanted: str) -> None:
    """Makes the tables, or checks that they are those of this ensemble."""
    with connection:
        kind = connection.execute("PRAGMA application_id").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables and kind != _APPLICATION:
            raise ValueError(f"checkpoint: {name} is a database of another kind")
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute("CREATE TABLE IF NOT EXISTS ensemble (fingerprint TEXT)")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS chunk (start INTEGER PRIMARY KEY, result BLOB)"
        )
        found = connection.execute("SELECT fingerprint FROM ensemble").fetchone()
        if found is None:
            connection.execute("INSERT INTO ensemble VALUES (?)", (wanted,))
        elif found[0] != wanted:
            raise ValueError(
                f"checkpoint: {name} is of another ensemble: the function, its arguments, or "
                "`chunk` differ. Remove the file, or take another one"
            )
