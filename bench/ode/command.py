"""The command of the main benchmark and its variants, on one interpreter or on two."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.harness import command_line, report
from bench.harness.command_line import Command, Outcome, log, natural, positive
from bench.harness.results import Results
from bench.harness.rounds import Schedule
from bench.harness.runner import CheckError
from bench.harness.workers import Worker
from bench.ode import both, check
from bench.ode.derived import derived_lines, document
from bench.ode.sleds import DT_S, Problem, grouped, initial_states
from bench.peers.table import Peer
from bench.peers.tools import BuildEnv


@dataclass(frozen=True)
class Variant(Command):
    """A benchmark on this problem, with its usual size."""

    sleds: int = 10
    steps: int = 200


VARIANTS = {
    "ode": Variant(
        name="ode",
        title=both.TITLE,
        description="Time the main benchmark, sleds on a bumpy board, for PicoNumpy and its peers.",
        usual=Schedule(),
        quick=Schedule(rounds=10, slice_s=0.02, settle_s=0.1, sessions=2),
    ),
    # A run takes a second and more, so each slice is one run. After 2000 steps of a chaotic motion
    # only rows with equal bits can be checked: none of another language takes part.
    "cpy-vs-hpy": Variant(
        name="cpy_vs_hpy",
        title="C-API and HPy",
        description="Time the sleds of the main benchmark, more and longer, for extensions written "
        "with the C-API and with HPy, and for PicoNumpy.",
        sleds=100,
        steps=2000,
        usual=Schedule(rounds=6, slice_s=0.01, settle_s=0.1, sessions=2),
        quick=Schedule(rounds=2, slice_s=0.01, settle_s=0.1, sessions=1),
        norms=("capi", "piconumpy"),
    ),
}


@dataclass(frozen=True)
class Ode:
    """The benchmark as the runner sees it."""

    initial: Problem
    reference: check.Reference
    problem: Mapping[str, Any]
    program: str = "ode"

    def prepare(self, peer: Peer, worker: Worker) -> float | None:
        worker.prepare(self.initial.line())
        # Nothing must have been compiled yet.
        first = worker.numbers("first", 1)[0] if peer.compiles else None
        found = grouped(worker.numbers("states", 4 * len(self.initial.initial)))
        try:
            self.reference.check(peer.checked, found, peer.exact)
        except check.StateError as error:
            raise CheckError(f"{peer.name} differs from the reference: {error}") from None
        return first


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options, checked as far as they can be by themselves; `variant` is a Variant."""
    # The variant decides the other options' defaults, so it is read first.
    first = argparse.ArgumentParser(add_help=False)
    first.add_argument("--variant", default="ode")
    variant = VARIANTS.get(first.parse_known_args(arguments)[0].variant, VARIANTS["ode"])
    parser = variant.parser()
    parser.prog = "python -m bench.ode"
    add = parser.add_argument
    text = "the problem and its rows: %(choices)s (%(default)s)"
    add("--variant", choices=VARIANTS, default="ode", help=text)
    add("--sleds", type=positive, default=variant.sleds, help=f"how many sleds ({variant.sleds})")
    steps = f"steps of {DT_S:g} s for each sled ({variant.steps})"
    add("--steps", type=positive, default=variant.steps, help=steps)
    add("--seed", type=natural, default=1, help="of the sleds' starting places (1)")
    add(
        "--pypy",
        nargs="?",
        type=command_line.interpreter,
        const=both.default_pypy(),
        metavar="PATH",
        help="measure PyPy too (.venv-pypy, or pypy3 on PATH), and write one document of both",
    )
    options = variant.parse(parser, arguments)
    if options.pypy and variant.name != "ode":
        parser.error("--pypy: only the main benchmark has a document of two interpreters")
    options.variant = variant
    return options


def measure(options: argparse.Namespace, python: str) -> tuple[Results, list[str]]:
    """The results on one interpreter, and what is printed of them."""
    env = BuildEnv(python, log=log)
    initial = Problem(options.steps, DT_S, initial_states(options.sleds, options.seed))
    with check.reference_worker(env) as worker:
        bounded = not all(peer.exact for peer in options.peers)
        reference = check.gather(worker, initial, bounded)
    bound = reference.relative_bound()
    size = f"{options.sleds} sleds x {options.steps} Runge-Kutta steps of {DT_S:g} s"
    problem = {
        "description": f"{size}, seed {options.seed}",
        "sleds": options.sleds,
        "steps": options.steps,
        "dt_s": DT_S,
        "seed": options.seed,
        "state_bound": bound if math.isfinite(bound) else None,
    }
    (results,) = options.variant.measure(options, env, [Ode(initial, reference, problem)])
    checked = "final states have equal bits"
    if bound <= check.WEAKEST_BOUND:
        checked += f", or differ by rounding of sin, cos or pow: less than {bound:.1e} of the state"
    return results, report.page(results, checked, derived_lines(results))


def measure_one(options: argparse.Namespace) -> Outcome:
    results, lines = measure(options, options.python)
    return Outcome(
        lines,
        lambda: options.variant.save(options, results, document(results)),
        command_line.failures(results.rows, options.rows is not None),
    )


def measure_both(options: argparse.Namespace) -> Outcome:
    """One interpreter after the other; each leaves out the rows that are not for it."""
    documents, tables, failures = [], [], []
    for place, python in enumerate((options.python, options.pypy), start=1):
        log(f"interpreter {place} of 2")
        results, lines = measure(options, python)
        documents.append(results)
        tables.append("\n".join(lines).rstrip())
        print(tables[-1] + "\n", flush=True)
        failures += [
            f"{results.interpreter}: {failure}"
            for failure in command_line.failures(results.rows, options.rows is not None)
        ]
    plot = not options.no_plot
    return Outcome([], lambda: both.save(documents, tables, options.output, plot), failures)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    work = measure_one if options.pypy is None else measure_both
    status: int = options.variant.execute(options, lambda: work(options))
    return status
