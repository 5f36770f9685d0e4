"""Run the benchmark without arrays: `python -m bench.without_numpy` from the repository's root."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence

from bench.harness import command_line, machine, report
from bench.harness.command_line import log
from bench.harness.rounds import Schedule
from bench.harness.runner import CheckError, choose_norm
from bench.harness.workers import Worker, WorkerError
from bench.peers.table import Peer
from bench.peers.tools import Site, interpreter_facts
from bench.without_numpy.problem import State, rober

NAME = "without_numpy"
USUAL = Schedule(rounds=30, slice_s=0.04, settle_s=0.2, sessions=5)
QUICK = Schedule(rounds=6, slice_s=0.02, settle_s=0.1, sessions=2)
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

    name = NAME

    def __init__(self, calls: int, seed: int = 1) -> None:
        self.repeats = max(1, calls // STATES)
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


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"python -m bench.{NAME}",
        description="Time a right-hand side on plain tuples, without any array.",
    )
    positive = command_line.positive(int)
    parser.add_argument(
        "--calls",
        type=positive,
        default=100_000,
        help=f"calls in a run, rounded to whole loops over {STATES} states (100000)",
    )
    command_line.add_options(parser, USUAL, QUICK)
    return command_line.parse_options(parser, arguments, NAME)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    if options.list:
        command_line.list_rows(NAME)
        return 0
    site = Site(python=options.python, log=log)
    benchmark = Rober(options.calls)
    try:
        where = machine.describe(options.core, interpreter_facts(options.python))
        schedule = command_line.schedule_of(options, USUAL, QUICK)
        rows = command_line.time_rows(options, benchmark, site, schedule, where)
    except WorkerError as error:
        log(f"error: the interpreter's worker {error}")
        return 1
    except KeyboardInterrupt:
        log("interrupted; nothing was written")
        return 130
    norm = choose_norm(rows)
    calls = benchmark.repeats * STATES
    problem = {
        "description": f"ROBER's right-hand side on tuples, {calls} calls at {INITIAL}",
        "calls": calls,
        "initial": list(INITIAL),
    }
    results = report.document(NAME, problem, where, rows, norm)
    lines = report.header_lines(where, str(problem["description"]), report.versions(rows, where))
    checked = f"the sums of all derivatives agree, at {STATES} other states and at this one"
    lines += [
        f"{'Check':17}: {checked}",
        "",
        *report.table_lines(rows, norm),
        "",
        "A call",
    ]
    width = max(len(row.peer.title) for row in rows)
    lines += [
        f"  {row.peer.title:{width}} : {row.spread.median / calls * 1e9:8.2f} ns"
        for row in rows
        if row.spread is not None
    ]
    print("\n".join(lines))
    return command_line.finish(
        lambda: command_line.save_ratios(
            results, options.output, NAME, "ROBER on plain tuples", not options.no_plot
        ),
        command_line.failures(rows, options.rows is not None),
    )


if __name__ == "__main__":
    sys.exit(main())
