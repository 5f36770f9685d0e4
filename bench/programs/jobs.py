"""The jobs: what is handed to the rows, and what they must answer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.harness.runner import CheckError
from bench.harness.workers import Worker, WorkerError
from bench.ode import check
from bench.ode.sleds import DT_S, Problem, grouped, initial_states
from bench.peers.table import Peer
from bench.peers.tools import BuildEnv, Unavailable
from bench.programs.expressions import EXPRESSIONS, expected

STEPS, SEED = 200, 1
MANY, CHECKED = 10_000, 1000  # every 1000th of the many sleds is checked
CREATIONS = 20
# Of results that are small numbers. A fast function's error is a few units in the last place.
TOLERANCE = 1e-13
# How a worker says that it does not do such a job.
CANNOT_DO = "reported: CannotDo: "


def takes_part(peer: Peer, kind: str) -> bool:
    """Which rows a kind of job has."""
    of_points, of_lanes = (
        peer.name.startswith(prefix) for prefix in ("program_point", "program_lanes")
    )
    compiled = peer.name.startswith("gcc")
    return {
        "sleds": peer.name == "julia" or compiled or of_points or of_lanes,
        "many_sleds": of_lanes,
        "create": of_points or of_lanes,
        "expression": not (peer.name == "julia" or of_points),
    }[kind]


@dataclass(frozen=True)
class Job:
    """One job as the runner sees it.

    line: what follows the word `problem`. wanted: what `states` must answer, the numbers themselves
    or a reference with bounds. every: only every so-many-th sled is checked.
    """

    kind: str
    line: str
    problem: Mapping[str, Any]
    wanted: check.Reference | Sequence[float]
    answers: int
    every: int = 1
    program: str = "programs"

    @property
    def name(self) -> str:
        return str(self.problem["name"])

    def prepare(self, peer: Peer, worker: Worker) -> None:
        try:
            worker.prepare(self.line)
        except WorkerError as error:
            if str(error).startswith(CANNOT_DO):
                raise Unavailable(str(error)[len(CANNOT_DO) :]) from None
            raise
        found = worker.numbers("states", self.answers)
        try:
            self._check(found, peer.exact)
        except check.StateError as error:
            raise CheckError(f"{peer.name} differs from the reference: {error}") from None

    def _check(self, found: Sequence[float], exact: bool) -> None:
        if isinstance(self.wanted, check.Reference):
            self.wanted.check("states", grouped(found)[:: self.every], exact)
            return
        bound = 0.0 if exact else TOLERANCE
        for place, (a, b) in enumerate(zip(self.wanted, found)):
            if not math.isclose(a, b, rel_tol=bound, abs_tol=bound):
                raise check.StateError(f"result {place} is {b!r} instead of {a!r}")


def _problem(name: str, description: str, operations: int, unit: str) -> dict[str, Any]:
    return {"name": name, "description": description, "operations": operations, "unit": unit}


def _sleds(worker: Worker, name: str, count: int, every: int) -> Job:
    initial = initial_states(count, SEED)
    reference = check.gather(worker, Problem(STEPS, DT_S, initial[::every]))
    description = f"{count} sleds x {STEPS} Runge-Kutta steps: one step of one sled"
    problem = _problem(name, description, count * STEPS, "ns")
    line = f"{name} {Problem(STEPS, DT_S, initial).line()}"
    return Job(name, line, problem, reference, 4 * count, every)


def _creation(worker: Worker, name: str, what: str) -> Job:
    initial = initial_states(1, SEED)
    reference = check.gather(worker, Problem(1, DT_S, initial), bounded=False)
    (wanted,) = reference.derivatives if name == "create_board" else reference.states
    problem = _problem(
        name, f"create a program of {what}, run it once, destroy it", CREATIONS, "us"
    )
    line = f"{name} {Problem(CREATIONS, DT_S, initial).line()}"
    return Job("create", line, problem, wanted, 4)


def _expression(name: str, n: int) -> Job:
    # A call is short beside the clock's and the protocol's costs, so there are several.
    calls = max(1, 100_000 // n)
    wanted = expected(name, n)
    problem = _problem(f"{name} {n:.0e}".replace("e+0", "e"), EXPRESSIONS[name].title, calls, "us")
    return Job("expression", f"{name} {n} {calls}", problem, wanted, len(wanted))


LENGTHS = (100, 10_000, 1_000_000)
NAMES = ("sleds", "many_sleds", "create_board", "create_step", *EXPRESSIONS)


def make(env: BuildEnv, wanted: Sequence[str]) -> list[Job]:
    """The jobs of these names; an expression is a job at each length."""
    jobs = []
    with check.reference_worker(env) as worker:
        if "sleds" in wanted:
            jobs.append(_sleds(worker, "sleds", 10, 1))
        if "many_sleds" in wanted:
            jobs.append(_sleds(worker, "many_sleds", MANY, CHECKED))
        if "create_board" in wanted:
            jobs.append(_creation(worker, "create_board", "board"))
        if "create_step" in wanted:
            jobs.append(_creation(worker, "create_step", "a Runge-Kutta step"))
    jobs += [_expression(name, n) for name in EXPRESSIONS if name in wanted for n in LENGTHS]
    return jobs
