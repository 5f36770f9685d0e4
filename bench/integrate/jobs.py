"""The jobs: which rows take part, with which tolerances, and what they must answer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bench.harness.runner import CheckError
from bench.harness.workers import Worker
from bench.integrate.problems import EVENT_X, POINTS, PROBLEMS, Problem, reference
from bench.ode.sleds import grouped
from bench.peers.table import Peer

TOLERANCE = 1e-8
# A row that differs by more computes something else. At the tolerance of 1e-8, the state at t = 20
# is off by 4e-5, because the motion is chaotic.
BOUND = 1e-3

# Rows with another method than RK45 get the largest tolerance, of one digit, at which their error
# is at most about that of RK45, 5e-5. numbalsoda's are those of SciPy's LSODA and DOP853.
TOLERANCES = {
    "diffrax": 7e-9,
    "heyoka": 1e-6,
    "numbalsoda_lsoda": 2e-9,
    "numbalsoda_dop853": 1e-8,
}

PLAIN = (
    "scipy",
    "callback_ndarray",
    "callback_array",
    "piconumpy_ndarray",
    "piconumpy_list",
    "piconumpy_array",
    "cyrk_return",
    "cyrk_dy",
    "cyrk_reuse",
    "cyrk_list",
)
JITTED = ("piconumpy_jit", "piconumpy_fast")
COMPILED = (
    "scipy",
    *JITTED,
    "cyrk_njit",
    "cyrk_nbsolve",
    "cyrk_nbsolve2",
    "numbalsoda_lsoda",
    "numbalsoda_dop853",
    "diffrax",
    "heyoka",
)
# nbsolve_ivp is not among them, because it interpolates linearly; nbsolve2_ivp has no events.
DENSE = (*PLAIN, *JITTED, "cyrk_njit", "cyrk_nbsolve2")


@dataclass(frozen=True)
class Errors:
    """How a row's answer differs from the reference.

    state: the largest difference of a component. event_t: that of the event's time, nan without.
    """

    state: float
    event_t: float
    evaluations: float  # of the right-hand side; nan where the row does not tell


@dataclass(frozen=True)
class Job:
    """One job as the runner sees it; `errors` are filled in by the rows' names."""

    name: str
    title: str
    rows: Sequence[str]
    method: str
    extras: bool = False
    program: str = "integrate"
    source: Problem = field(default_factory=lambda: PROBLEMS["board"])
    errors: dict[str, Errors] = field(default_factory=dict)

    @cached_property
    def problem(self) -> Mapping[str, Any]:
        return {
            "name": self.name,
            "description": self.title,
            "operations": 1,
            "unit": "ms",
            "method": self.method,
            "tolerance": TOLERANCE,
        }

    def line(self, row: str) -> str:
        """What follows the word `problem`."""
        tolerance = TOLERANCES.get(row, TOLERANCE)
        return problem_line(self.source, self.method, tolerance, self.extras)

    def prepare(self, peer: Peer, worker: Worker) -> float | None:
        worker.prepare(self.line(peer.name))
        # Nothing must have been compiled yet.
        first = worker.numbers("first", 1)[0] if peer.compiles else None
        found = ask(worker, self.source, self.extras)
        if not found.state <= BOUND:
            text = f"its states are off by {found.state:.1e}, more than {BOUND:g}"
            raise CheckError(f"{peer.name} differs from the reference: {text}")
        self.errors[peer.name] = found
        return first


def problem_line(problem: Problem, method: str, tolerance: float, extras: bool = False) -> str:
    return f"{problem.name} {method} {tolerance!r} {'extras' if extras else 'end'}"


def ask(worker: Worker, problem: Problem, extras: bool = False) -> Errors:
    """The worker's errors in the problem that it has been given."""
    exact = reference(problem.name)
    wanted = exact["states"] if extras else exact["states"][-1:]
    *numbers, event_t, evaluations = worker.numbers("states", problem.n * len(wanted) + 2)
    states = grouped(numbers, problem.n)
    differences = [abs(a - b) for one, two in zip(states, wanted) for a, b in zip(one, two)]
    # max() would lose a nan.
    state = math.nan if any(map(math.isnan, differences)) else max(differences)
    event = abs(event_t - exact["event_t"]) if extras else math.nan  # nan where there is none
    return Errors(state, event, evaluations)


def make(names: Sequence[str]) -> list[Job]:
    """The jobs of these names, with nothing measured yet."""
    jobs = (
        Job("plain", "RK45, plain Python callback", PLAIN, "RK45"),
        Job("compiled", "RK45, compiled callback", COMPILED, "RK45"),
        Job(
            "dense",
            f"DOP853, dense output, {POINTS} points of t_eval, the event x = {EVENT_X:g} m",
            DENSE,
            "DOP853",
            extras=True,
        ),
    )
    return [job for job in jobs if job.name in names]


NAMES = ("plain", "compiled", "dense")
