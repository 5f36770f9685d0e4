"""The jobs: which rows take part, with which tolerances, and what they must answer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bench.harness.runner import CheckError
from bench.harness.workers import Worker, WorkerError
from bench.integrate.problems import (
    EVENT_X,
    POINTS,
    PROBLEMS,
    SLEDS_CHECKED,
    STIFF,
    Problem,
    reference,
)
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
    "fixed_jit",
    "fixed_fast",
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


SCIPY_STIFF = ("scipy_radau", "scipy_bdf", "scipy_lsoda")
STIFF_ROWS = (
    *SCIPY_STIFF,
    "piconumpy_rodas",
    "piconumpy_rodas_fast",
    "piconumpy_radau",
    "numbalsoda_lsoda",
    "diffrax_kvaerno",
)
# The rows of ensembles, and how many sleds each solves in a run.
ENSEMBLE = {
    "ensemble_scipy": SLEDS_CHECKED,
    "ensemble_alone": 20,
    "ensemble_jit": 1000,
    "ensemble_fast": 1000,
    "ensemble_cyrk": 100,
    "ensemble_diffrax": 1000,
    "ensemble_heyoka": 100,
}
# Rows with another method than RK45 have about its error at these tolerances.
ENSEMBLE_TOLERANCES = {
    "ensemble_diffrax": TOLERANCES["diffrax"],
    "ensemble_heyoka": TOLERANCES["heyoka"],
}
# Of ensembles: some sleds are more sensitive than the first one.
ENSEMBLE_BOUND = 1e-2

# The relative error that rows of stiff problems are to reach, with the largest tolerance that does.
TARGET = 1e-6
STIFF_TOLERANCES = tuple(10 ** (-halves / 2) for halves in range(4, 28))


@dataclass(frozen=True)
class Errors:
    """How a row's answer differs from the reference.

    state: the largest difference of a component, of stiff problems relative to the component.
    event_t: that of the event's time, nan without.
    """

    state: float
    event_t: float
    evaluations: float  # of the right-hand side; nan where the row does not tell


@dataclass(frozen=True)
class Job:
    """One job as the runner sees it; `errors` are filled in by the rows' names.

    tolerances: those of rows that have their own. norms: the row whose ratio is 1, the first that
    ran; the command's if there are none.
    """

    name: str
    title: str
    rows: Sequence[str]
    method: str
    extras: bool = False
    program: str = "integrate"
    source: Problem = field(default_factory=lambda: PROBLEMS["board"])
    tolerances: dict[str, float] = field(default_factory=lambda: dict(TOLERANCES))
    norms: tuple[str, ...] = ()
    bound: float = BOUND
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

    def what(self, row: str) -> str:
        """The last word of a problem's line."""
        return "extras" if self.extras else "end"

    def tolerance(self, row: str) -> float:
        return self.tolerances.get(row, TOLERANCE)

    def hand_over(self, worker: Worker, row: str) -> None:
        worker.prepare(problem_line(self.source, self.method, self.tolerance(row), self.what(row)))

    def wanted(self) -> Sequence[Sequence[float]]:
        """The states that are compared."""
        states: Sequence[Sequence[float]] = reference(self.source.name)["states"]
        return states if self.extras else states[-1:]

    def ask(self, worker: Worker) -> Errors:
        """The worker's errors in the problem that it has been given."""
        event_t = reference(self.source.name)["event_t"] if self.extras else math.nan
        return ask(worker, self.wanted(), event_t)

    def prepare(self, peer: Peer, worker: Worker) -> float | None:
        self.hand_over(worker, peer.name)
        # Nothing must have been compiled yet.
        first = worker.numbers("first", 1)[0] if peer.compiles else None
        found = self.ask(worker)
        if not found.state <= self.bound:
            text = f"its states are off by {found.state:.1e}, more than {self.bound:g}"
            raise CheckError(f"{peer.name} differs from the reference: {text}")
        self.errors[peer.name] = found
        return first


@dataclass(frozen=True)
class StiffJob(Job):
    """Each row has the largest tolerance at which its error is at most TARGET."""

    def ask(self, worker: Worker) -> Errors:
        return ask(worker, self.wanted(), is_relative=True)

    def prepare(self, peer: Peer, worker: Worker) -> float | None:
        first = None
        known = self.tolerances.get(peer.name)
        tolerances = STIFF_TOLERANCES if known is None else (known,)
        last: object = None
        for tolerance in tolerances:
            self.tolerances[peer.name] = tolerance
            self.hand_over(worker, peer.name)
            try:
                if peer.compiles and first is None:
                    first = worker.numbers("first", 1)[0]
                found = self.ask(worker)
            except WorkerError as error:  # as a rule, a tolerance too large for its method
                last = error
                continue
            if found.state <= TARGET:
                self.errors[peer.name] = found
                return first
            last = f"the error is {found.state:.1e}"
        raise CheckError(
            f"{peer.name} does not reach a relative error of {TARGET:g}: at the tolerance of "
            f"{tolerances[-1]:.0e}, {last}"
        )


@dataclass(frozen=True)
class EnsembleJob(Job):
    """Many sleds, whose number depends on the row."""

    def what(self, row: str) -> str:
        return str(ENSEMBLE[row])

    def wanted(self) -> Sequence[Sequence[float]]:
        states: Sequence[Sequence[float]] = reference(self.source.name)["sleds"]
        return states


def problem_line(problem: Problem, method: str, tolerance: float, what: str = "end") -> str:
    """What follows the word `problem`."""
    return f"{problem.name} {method} {tolerance!r} {what}"


def ask(
    worker: Worker,
    wanted: Sequence[Sequence[float]],
    event_t: float = math.nan,
    is_relative: bool = False,
) -> Errors:
    """How the worker's states differ from those that are wanted."""
    n = len(wanted[0])
    *numbers, found_t, evaluations = worker.numbers("states", n * len(wanted) + 2)
    differences = [
        abs(a - b) / (abs(b) if is_relative else 1.0)
        for one, two in zip(grouped(numbers, n), wanted)
        for a, b in zip(one, two)
    ]
    # max() would lose a nan.
    state = math.nan if any(map(math.isnan, differences)) else max(differences)
    return Errors(state, abs(found_t - event_t), evaluations)


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
        *(
            StiffJob(
                name,
                f"{problem.title}: a relative error of {TARGET:g}",
                STIFF_ROWS,
                "Rodas5P",
                source=problem,
                tolerances={},
                norms=(*SCIPY_STIFF, "piconumpy_rodas"),
            )
            for name, problem in STIFF.items()
        ),
        EnsembleJob(
            "ensemble",
            "RK45, many sleds, compiled callback: one sled",
            tuple(ENSEMBLE),
            "RK45",
            tolerances=ENSEMBLE_TOLERANCES,
            norms=("ensemble_scipy", "ensemble_jit"),
            bound=ENSEMBLE_BOUND,
        ),
    )
    return [job for job in jobs if job.name in names]


NAMES = ("plain", "compiled", "dense", *STIFF, "ensemble")
