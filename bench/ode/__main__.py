"""Run the main benchmark: `python -m bench.ode` from the repository's root."""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Callable

from bench.harness import command_line, machine, report
from bench.harness.command_line import log
from bench.harness.rounds import Schedule
from bench.harness.runner import CheckError, Row, choose_norm
from bench.harness.workers import Worker, WorkerError
from bench.ode import check
from bench.peers.table import NORMS, Peer
from bench.peers.tools import Site, interpreter_facts

DT_S = 0.01
SPEED = 3.5  # of every sled at the start, along the slope (m/s)


@dataclass(frozen=True)
class Variant:
    """A benchmark on this problem: its size, how long it is measured, and the row that is 1."""

    name: str
    title: str
    description: str
    sleds: int
    steps: int
    usual: Schedule
    quick: Schedule
    norms: tuple[str, ...]


ODE = Variant(
    name="ode",
    title="Small-callback ODE",
    description="Time the main benchmark, sleds on a bumpy board, for PicoNumpy and its peers.",
    sleds=10,
    steps=200,
    usual=Schedule(),
    quick=Schedule(rounds=10, slice_s=0.02, settle_s=0.1, sessions=2),
    norms=NORMS,
)


class Ode:
    """The benchmark as the runner sees it."""

    def __init__(self, name: str, problem: check.Problem, reference: check.Reference) -> None:
        self.name = name
        self.problem = problem
        self.reference = reference

    def prepare(self, peer: Peer, worker: Worker) -> None:
        worker.prepare(self.problem.line())
        found = check.grouped(worker.numbers("states", 4 * len(self.problem.initial)))
        try:
            self.reference.check(peer.checked, found, peer.exact)
        except check.StateError as error:
            raise CheckError(f"{peer.name} differs from the reference: {error}") from None


def initial_states(sleds: int, seed: int) -> list[list[float]]:
    """Side by side on the first 4th of a mogul's width, drawn at random, and all equally fast."""
    draw = random.Random(seed)
    return [[0.0, draw.random(), SPEED, 0.0] for _ in range(sleds)]


def reference_worker(site: Site) -> Worker:
    """The reference, in the measured interpreter: the rows share its mathematical library."""
    return Worker([site.python, "-m", "bench.ode.worker", "--reference"], folder=site.root)


def make_parser(variant: Variant) -> argparse.ArgumentParser:
    """The options of a run."""
    parser = argparse.ArgumentParser(
        prog=f"python -m bench.{variant.name}", description=variant.description
    )
    add = parser.add_argument
    positive = command_line.positive(int)
    add("--sleds", type=positive, default=variant.sleds, help=f"how many sleds ({variant.sleds})")
    steps = f"steps of {DT_S:g} s for each sled ({variant.steps})"
    add("--steps", type=positive, default=variant.steps, help=steps)
    add("--seed", type=command_line.natural, default=1, help="of the sleds' starting places (1)")
    command_line.add_options(parser, variant.usual, variant.quick)
    return parser


def parse(arguments: Sequence[str] | None, variant: Variant) -> argparse.Namespace:
    """The options, checked as far as they can be by themselves."""
    return command_line.parse_options(make_parser(variant), arguments, variant.name)


def measure(
    options: argparse.Namespace, site: Site, variant: Variant
) -> tuple[list[Row], dict[str, Any], check.Reference]:
    """From the options to the figures: the rows, the machine, and the reference."""
    problem = check.Problem(options.steps, DT_S, initial_states(options.sleds, options.seed))
    with reference_worker(site) as worker:
        bounded = not all(peer.exact for peer in options.peers)
        reference = check.gather(worker, problem, bounded)
    where = machine.describe(options.core, interpreter_facts(options.python))
    schedule = command_line.schedule_of(options, variant.usual, variant.quick)
    benchmark = Ode(variant.name, problem, reference)
    rows = command_line.time_rows(options, benchmark, site, schedule, where)
    return rows, where, reference


def problem_description(options: argparse.Namespace) -> dict[str, Any]:
    size = f"{options.sleds} sleds x {options.steps} Runge-Kutta steps of {DT_S:g} s"
    return {
        "description": f"{size}, seed {options.seed}",
        "sleds": options.sleds,
        "steps": options.steps,
        "dt_s": DT_S,
        "seed": options.seed,
    }


def checked_text(reference: check.Reference) -> str:
    """What the check has made sure of."""
    bound = reference.relative_bound()
    if bound > check.WEAKEST_BOUND:
        return "final states have equal bits"
    text = "final states have equal bits, or differ by rounding of sin, cos or pow"
    return f"{text}: less than {bound:.1e} of the state"


@dataclass(frozen=True)
class Outcome:
    """What a run on one interpreter gave: the document, the table, and what is wrong with it."""

    results: dict[str, Any]
    lines: list[str]
    complaints: list[str]


def outcome(options: argparse.Namespace, variant: Variant) -> Outcome:
    """Measure all rows on the interpreter that the options name."""
    rows, where, reference = measure(options, Site(python=options.python, log=log), variant)
    norm = choose_norm(rows, variant.norms)
    problem = problem_description(options)
    bound = reference.relative_bound()
    problem["state_bound"] = bound if math.isfinite(bound) else None
    lines = report.header_lines(where, problem["description"], report.versions(rows, where))
    lines += [
        f"{'Check':17}: {checked_text(reference)}",
        "",
        *report.table_lines(rows, norm),
        "",
        *report.derived_lines(rows),
    ]
    results = report.document(variant.name, problem, where, rows, norm)
    return Outcome(results, lines, command_line.failures(rows, options.rows is not None))


def explained(run: Callable[[], int]) -> int:
    """The exit status; what keeps a run from giving any results is said in a line."""
    try:
        return run()
    except WorkerError as error:
        log(f"error: the reference's worker {error}")
        return 1
    except check.StateError as error:
        log(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        log("interrupted; nothing was written")
        return 130


def main(arguments: Sequence[str] | None = None, variant: Variant = ODE) -> int:
    options = parse(arguments, variant)
    if options.list:
        command_line.list_rows(variant.name)
        return 0

    def run() -> int:
        found = outcome(options, variant)
        print("\n".join(found.lines).rstrip())
        return command_line.finish(
            lambda: command_line.save_ratios(
                found.results, options.output, variant.name, variant.title, not options.no_plot
            ),
            found.complaints,
        )

    return explained(run)


if __name__ == "__main__":
    sys.exit(main())
