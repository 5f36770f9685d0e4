"""Peers and rows that the benchmarks' tests are made with."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Callable

from bench.harness.results import Results, Row
from bench.peers import table
from bench.peers.table import Peer

# The fixtures `only` and `read_results`.
Only = Callable[..., None]
Reader = Callable[[str], "dict[str, Any]"]

MACHINE = {"cpu": "a CPU", "os": "a system", "implementation": "cpython"}


def peer(name: str, title: str | None = None) -> Peer:
    """That peer of the table, or one that is not in it."""
    found = next((one for one in table.PEERS if one.name == name), Peer(name, name))
    return found if title is None else dataclasses.replace(found, title=title)


def row(name: str, median_s: float | None, note: str = "gone", title: str | None = None) -> Row:
    """A row with quartiles at 0.9 and 1.1 of its median, or one that is missing."""
    if median_s is None:
        return Row(peer(name, title), missing=note)
    runs = [median_s * part for part in (0.8, 0.9, 1.0, 1.1, 1.2)]
    return Row(peer(name, title), processes=((runs,),))


def results(
    rows: Sequence[Row], norm: str, problem: dict[str, Any] | None = None, **machine: str
) -> Results:
    """The results of these rows, divided by that of `norm`."""
    problem = problem or {"description": "2 sleds"}
    return Results("ode", problem, {**MACHINE, **machine}, rows, (norm,))


PUREPY = peer("purepy")


class Silence:
    """Shows no progress."""

    def update(self, row: str, stage: str, done: float) -> None:
        pass
