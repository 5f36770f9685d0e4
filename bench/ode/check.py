"""Compares the rows' final states with those of the reference, before anything is timed.

Rows with the reference's IEEE operations and mathematical library must have equal bits. The others
(another sin and cos, x * x in place of pow) may differ by rounding. Their bound is

    steps * gain * epsilon * (largest component of the states at both ends).

A callback's rounding differences reach the state multiplied by dt. That is about one unit in the
last place of the state in each step. The motion then amplifies a difference, because moguls drive
neighbouring sleds apart. The gain says by how much: it is measured by starting the reference a
little beside each initial state, and counts as one at least, because nothing damps the differences
of the last step. Real differences do not all add up: Julia stays below 0.01 of the bound over 10 to
2000 steps, and C++ and NumPy on glibc at zero.

The motion is chaotic. After some 1000 steps, the bound is too wide to tell right from wrong, and
rows without equal bits are refused.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from bench.harness.runner import CheckError
from bench.harness.workers import Worker
from bench.ode.sleds import Problem, States, grouped
from bench.peers.tools import BuildEnv

COMPONENTS = ("x0", "y0", "u0", "v0")
# Small enough for a linear response, and large enough to stand far above the rounding.
DISPLACEMENT = 2.0**-26
# A bound beyond this, relative to the state, would let wrong programs pass.
WEAKEST_BOUND = 1e-6


class StateError(CheckError):
    """A row's states are not the reference's, or the reference itself cannot be used."""


@dataclass(frozen=True)
class Reference:
    """The states to reach, the callback's values at the start, and a bound for each sled."""

    states: States
    derivatives: States
    bounds: list[float]

    def check(self, command: str, found: States, exact: bool) -> None:
        """Raise StateError unless what was found for that command agrees."""
        if not exact and self.relative_bound() > WEAKEST_BOUND:
            raise StateError(
                f"the motion amplifies rounding to {self.relative_bound():.1e} of the state, "
                "so that only rows with equal bits can be checked; take fewer steps"
            )
        expected = self.derivatives if command == "derivatives" else self.states
        compare(expected, found, None if exact else self.bounds)

    def relative_bound(self) -> float:
        """The widest of the bounds, relative to the sled's state."""
        sizes = (max(map(abs, state)) for state in self.states)
        return max(bound / size for bound, size in zip(self.bounds, sizes))


def reference_worker(env: BuildEnv) -> Worker:
    """The reference, in the measured interpreter: the rows share its mathematical library."""
    return Worker([env.python, "-m", "bench.ode.worker", "--reference"], folder=env.root)


def gather(worker: Worker, problem: Problem, bounded: bool = True) -> Reference:
    """Ask the reference's worker for all that the check needs.

    The bounds, which take four times as long as the states, may be left out: then the check refuses
    rows that are not equal to the bit.
    """
    count = 4 * len(problem.initial)
    worker.prepare(problem.line())
    states = grouped(worker.numbers("states", count))
    derivatives = grouped(worker.numbers("derivatives", count))
    refuse_degenerate(problem, states)
    if not bounded:
        return Reference(states, derivatives, [math.inf] * len(states))
    bounds = []
    for initial, final, gain in zip(
        problem.initial, states, measure_gains(worker, problem, states)
    ):
        size = max(map(abs, initial + final))
        bounds.append(problem.steps * gain * sys.float_info.epsilon * size)
    return Reference(states, derivatives, bounds)


def refuse_degenerate(problem: Problem, states: States) -> None:
    """A reference that stands still or is not finite would agree with broken rows."""
    for k, (initial, final) in enumerate(zip(problem.initial, states)):
        if not all(map(math.isfinite, final)):
            raise StateError(f"the reference's sled {k} ends in {final}")
        if initial[0] == final[0]:
            raise StateError(f"the reference's sled {k} did not move: {initial} became {final}")


def measure_gains(worker: Worker, problem: Problem, states: States) -> list[float]:
    """For each sled, how much farther apart neighbouring starts end, at least 1."""
    displaced = [
        [component + DISPLACEMENT * (i == place) for place, component in enumerate(initial)]
        for initial in problem.initial
        for i in range(4)
    ]
    worker.prepare(Problem(problem.steps, problem.dt, displaced).line())
    ends = grouped(worker.numbers("states", 4 * len(displaced)))
    gains = []
    for k, final in enumerate(states):
        apart = [abs(a - b) for end in ends[4 * k : 4 * k + 4] for a, b in zip(end, final)]
        gains.append(max(1.0, max(apart) / DISPLACEMENT))
    return gains


def compare(expected: States, found: States, bounds: Sequence[float] | None) -> None:
    """Raise StateError at the first component that differs, by a bit or beyond the bound."""
    if len(found) != len(expected):
        raise StateError(f"{len(found)} sleds instead of {len(expected)}")
    for k, (wanted, got) in enumerate(zip(expected, found)):
        for component, a, b in zip(COMPONENTS, wanted, got):
            if bounds is None:
                # Equal texts mean equal bits: the sign of a zero counts too.
                same, allowed = repr(a) == repr(b), "equal bits are required"
            else:
                # Written so that a NaN differs.
                same, allowed = abs(a - b) <= bounds[k], f"the bound is {bounds[k]:.1e}"
            if not same:
                raise StateError(
                    f"sled {k}, component {component}: {b!r} where the reference has {a!r} "
                    f"(apart by {abs(a - b):.1e}; {allowed})"
                )
