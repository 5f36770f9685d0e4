"""The command of the benchmark without arrays."""

from __future__ import annotations

import argparse
import random
from collections.abc import Mapping, Sequence
from typing import Any

from bench.harness import command_line, report
from bench.harness.command_line import Command, Outcome, log
from bench.harness.results import Row
from bench.harness.rounds import Schedule
from bench.harness.runner import CheckError
from bench.harness.workers import Worker
from bench.peers.table import Peer
from bench.peers.tools import BuildEnv
from bench.without_numpy.problem import State, rober

COMMAND = Command(
    name="without_numpy",
    title="ROBER on plain tuples",
    description="Time a right-hand side on plain tuples, without any array.",
    usual=Schedule(rounds=30, slice_s=0.04, settle_s=0.2, sessions=5),
    quick=Schedule(rounds=6, slice_s=0.02, settle_s=0.1, sessions=2),
)
INITIAL: State = (1.0, 0.0, 0.0)
# So many states are handed over, all equal; the loop over them is repeated.
STATES = 20
# Relative to the sum of the terms' sizes: x**2 may be x * x or pow(x, 2), and sums add roundings.
TOLERANCE = 1e-12


def line(repeats: int, states: Sequence[State]) -> str:
    """What follows the word `problem`."""
    return f"{repeats} " + " ".join(repr(number) for state in states for number in state)


def expected(repeats: int, states: Sequence[State]) -> tuple[list[float], list[float]]:
    """The sums, and the sums of the sizes that they are made of."""
    derivatives = [rober(0.0, state) for state in states]
    sums = [repeats * sum(column) for column in zip(*derivatives)]
    sizes = []
    for y1, y2, y3 in states:
        terms = (0.04 * abs(y1), 1e4 * abs(y2 * y3), 3e7 * y2 * y2)
        sizes.append((terms[0] + terms[1], sum(terms), terms[2]))
    return sums, [repeats * sum(column) for column in zip(*sizes)]


class Rober:
    """The benchmark as the runner sees it."""

    program = "without_numpy"

    def __init__(self, calls: int, seed: int = 1) -> None:
        self.repeats = max(1, calls // STATES)
        self.calls = self.repeats * STATES
        self.problem: Mapping[str, Any] = {
            "description": f"ROBER's right-hand side on tuples, {self.calls} calls at {INITIAL}",
            "calls": self.calls,
            "initial": list(INITIAL),
        }
        draw = random.Random(seed)
        self.different: list[State] = [
            (draw.random(), draw.random() * 1e-4, draw.random()) for _ in range(STATES)
        ]
        self.timed: list[State] = [INITIAL] * STATES

    def prepare(self, peer: Peer, worker: Worker) -> None:
        """First on states that differ, to see that each counts; then on those to be timed."""
        for states in (self.different, self.timed):
            worker.prepare(line(self.repeats, states))
            found = worker.numbers("states", 3)
            wanted, sizes = expected(self.repeats, states)
            for name, a, b, size in zip(("dy1", "dy2", "dy3"), wanted, found, sizes):
                if not abs(a - b) <= TOLERANCE * size:
                    raise CheckError(f"{peer.name}: the sum of {name} is {b!r} instead of {a!r}")


def measure(options: argparse.Namespace) -> Outcome:
    benchmark = Rober(options.calls)
    (results,) = COMMAND.measure(options, BuildEnv(options.python, log=log), [benchmark])

    def call_text(row: Row) -> str:
        assert row.spread is not None
        return f"{row.spread.median / benchmark.calls * 1e9:8.2f} ns"

    checked = f"the sums of all derivatives agree, at {STATES} other states and at this one"
    measured = [row for row in results.rows if row.spread is not None]
    calls = [f"  {text}" for text in report.titled(measured, call_text)]
    lines = report.page(results, checked, ["A call", *calls])
    return Outcome(
        lines,
        lambda: COMMAND.save(options, results, results.document()),
        command_line.failures(results.rows, options.rows is not None),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = COMMAND.parser()
    parser.add_argument(
        "--calls",
        type=command_line.positive,
        default=100_000,
        help=f"calls in a run, rounded to whole loops over {STATES} states (100000)",
    )
    options = COMMAND.parse(parser, arguments)
    return COMMAND.execute(options, lambda: measure(options))
