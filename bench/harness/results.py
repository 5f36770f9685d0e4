"""The results of a benchmark: one type for the report, the chart and the JSON document."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bench.harness.spread import Spread
from bench.peers import table
from bench.peers.table import Peer

Rounds = Sequence[Sequence[float]]
"""The seconds of each timed run of a process, round by round."""


@dataclass(frozen=True)
class Row:
    """What came of one peer: figures, or the reason why there are none.

    floor: it bounds what a row can reach on the measured interpreter, and competes with none.
    """

    peer: Peer
    floor: bool = False
    info: Mapping[str, Any] = field(default_factory=dict)
    missing: str | None = None  # what the machine lacks for it
    failure: str | None = None  # what went wrong
    processes: tuple[Rounds, ...] = ()
    first_calls: tuple[float, ...] = ()  # the seconds of each process's first call

    @property
    def lost(self) -> bool:
        """It gets no figures."""
        return self.missing is not None or self.failure is not None

    @cached_property
    def spread(self) -> Spread | None:
        """Seconds of a run; None without figures."""
        runs = [seconds for one in self.rounds for seconds in one]
        return None if self.lost or not runs else Spread.of(runs)

    @property
    def rounds(self) -> list[Sequence[float]]:
        """The seconds of each timed run, by the rounds of all processes."""
        return [one for process in self.processes for one in process]

    def round_medians(self) -> list[float]:
        """Seconds of a run, one number for each round."""
        return [statistics.median(one) for one in self.rounds]

    @property
    def first_call(self) -> float | None:
        """Seconds from the callback's definition to its first result; None if nobody asked."""
        return None if self.lost or not self.first_calls else statistics.median(self.first_calls)

    @property
    def note(self) -> str:
        """Why there are no figures; or what the row is, and its version."""
        if self.failure is not None:
            return f"failed: {self.failure}"
        if self.missing is not None:
            return f"not measured: {self.missing}"
        version = self.info.get("version")
        return f"{self.peer.note}; {version}" if version else self.peer.note


def _median_of(process: Rounds) -> float:
    return statistics.median(seconds for one in process for seconds in one)


@dataclass(frozen=True)
class Results:
    """All rows of a benchmark on one interpreter; `norms` are the rows that may be the ratio 1."""

    benchmark: str
    problem: Mapping[str, Any]
    machine: Mapping[str, Any]
    rows: Sequence[Row]
    norms: Sequence[str] = table.NORMS

    def find(self, name: str) -> Row | None:
        """The row of that peer."""
        return next((row for row in self.rows if row.peer.name == name), None)

    @cached_property
    def norm(self) -> Row | None:
        """The row that all are divided by: the first of `norms` that ran, else the first that ran.

        None if no row ran.
        """
        measured = [row for row in self.rows if row.spread is not None]
        named = [row for name in self.norms for row in measured if row.peer.name == name]
        return next(iter([*named, *measured]), None)

    @property
    def norm_title(self) -> str | None:
        return None if self.norm is None else self.norm.peer.title

    @property
    def norm_reason(self) -> str:
        """Why another row than the usual one is the norm."""
        usual = self.norms[0]
        if self.norm is None or self.norm.peer.name == usual:
            return ""
        row = self.find(usual)
        if row is not None:
            return f"{row.peer.title} {'was ' if row.missing else ''}{row.note}"
        title = next((peer.title for peer in table.PEERS if peer.name == usual), usual)
        return f"{title} is not among the rows of this run"

    def ratios(self, row: Row, other: Row | None = None) -> Spread | None:
        """The row's time over that of another, round by round; by default over that of the norm.

        In a round, all rows run within seconds. So a machine that gets slower or faster meanwhile
        changes the times, but not the ratios.
        """
        other = other or self.norm
        if row.spread is None or other is None or other.spread is None:
            return None
        return Spread.of([a / b for a, b in zip(row.round_medians(), other.round_medians())])

    def ratio(self, row: Row, other: Row | None = None) -> float | None:
        """The median of these ratios."""
        ratios = self.ratios(row, other)
        return None if ratios is None else ratios.median

    @property
    def interpreter(self) -> str:
        """For titles: `CPython 3.11.7`, `PyPy 7.3.19`."""
        return str(self.machine["interpreter"]).partition(",")[0].partition(" (")[0]

    def document(self) -> dict[str, Any]:
        """The results as JSON: every row, null figures and the reason for those that have none."""
        return {
            "benchmark": self.benchmark,
            "problem": dict(self.problem),
            "machine": dict(self.machine),
            "norm": self.norm_title,
            "norm_reason": self.norm_reason,
            "rows": [self._entry(row) for row in self.rows],
        }

    def _entry(self, row: Row) -> dict[str, Any]:
        spread = row.spread
        figures = {} if spread is None else dataclasses.asdict(spread)
        ratios = self.ratios(row)
        return {
            "name": row.peer.title,
            "id": row.peer.name,
            "floor": row.floor,
            "median_s": figures.get("median"),
            "ratio": None if ratios is None else ratios.median,
            "ratio_q1": None if ratios is None else ratios.q1,
            "ratio_q3": None if ratios is None else ratios.q3,
            "min_s": figures.get("minimum"),
            "max_s": figures.get("maximum"),
            "q1_s": figures.get("q1"),
            "q3_s": figures.get("q3"),
            "runs": figures.get("count", 0),
            "first_call_s": row.first_call,
            "process_medians_s": [] if spread is None else [*map(_median_of, row.processes)],
            "version": row.info.get("version"),
            "note": row.note,
        }
