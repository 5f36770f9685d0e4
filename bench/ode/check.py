"""Do the rows compute the same? Their final states against the reference's, before any timing.

Rows that do the reference's IEEE operations with the reference's mathematical library must be equal
to the bit. The others (another sin and cos, x * x in place of pow) may differ in the last bits of
each callback. What that can do to a final state is bounded as follows. A callback's rounding
differences reach the state multiplied by dt = 0.01, so with derivatives of the order of 10 and some
ten roundings they amount to about one unit in the last place of the state in a step, and the motion
carries them from there: moguls drive neighbouring sleds apart. By how much is measured on the
reference, by starting it a little beside each initial state; friction can make that less than one,
but a difference that arises in the last step is not damped, so the gain counts as one at least.
Differences that all add up stay within steps * gain * epsilon, relative to the largest component of
the states at both ends. (They do not all add up: Julia was found at less than 0.01 of this bound
over 10 to 2000 steps, C++ and NumPy on glibc at zero.) The motion is chaotic. Where the gain makes
the bound too wide to tell right from wrong, after some 1000 steps, a row that is not bit-equal
cannot be checked and is refused.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

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


class Computer(Protocol):
    """What answers: a worker."""

    def prepare(self, problem: str) -> None: ...

    def numbers(self, word: str, count: int) -> list[float]: ...


def reference_worker(env: BuildEnv) -> Worker:
    """The reference, in the measured interpreter: the rows share its mathematical library."""
    return Worker([env.python, "-m", "bench.ode.worker", "--reference"], folder=env.root)


@dataclass(frozen=True)
class Reference:
    """The states to reach, the callback's values at the start, and a bound for each sled."""

    states: States
    derivatives: States
    bounds: list[float]

    def expected(self, command: str) -> States:
        return self.derivatives if command == "derivatives" else self.states

    def check(self, command: str, found: States, exact: bool) -> None:
        """Raise StateError unless what was found for that command agrees."""
        if not exact and self.relative_bound() > WEAKEST_BOUND:
            raise StateError(
                f"the motion amplifies rounding to {self.relative_bound():.1e} of the state, "
                "so that only rows with equal bits can be checked; take fewer steps"
            )
        compare(self.expected(command), found, None if exact else self.bounds)

    def relative_bound(self) -> float:
        """The widest of the bounds, relative to the sled's state."""
        return max(
            bound / max(abs(number) for number in state)
            for bound, state in zip(self.bounds, self.states)
        )


def gather(computer: Computer, problem: Problem, bounded: bool = True) -> Reference:
    """Ask the reference's worker for all that the check needs.

    The bounds, which take four times as long as the states, may be left out: then the check refuses
    rows that are not equal to the bit.
    """
    count = 4 * len(problem.initial)
    computer.prepare(problem.line())
    states = grouped(computer.numbers("states", count))
    derivatives = grouped(computer.numbers("derivatives", count))
    refuse_degenerate(problem, states)
    if not bounded:
        return Reference(states, derivatives, [math.inf] * len(states))
    gains = measure_gains(computer, problem, states)
    bounds = []
    for initial, final, gain in zip(problem.initial, states, gains):
        size = max(abs(number) for number in initial + final)
        bounds.append(problem.steps * gain * sys.float_info.epsilon * size)
    return Reference(states, derivatives, bounds)


def refuse_degenerate(problem: Problem, states: States) -> None:
    """A reference that stands still or is not finite would agree with broken rows."""
    for k, (initial, final) in enumerate(zip(problem.initial, states)):
        if not all(math.isfinite(number) for number in final):
            raise StateError(f"the reference's sled {k} ends in {final}")
        if initial[0] == final[0]:
            raise StateError(f"the reference's sled {k} did not move: {initial} became {final}")


def measure_gains(computer: Computer, problem: Problem, states: States) -> list[float]:
    """For each sled, how much farther apart neighbouring starts end, at least 1."""
    displaced = []
    for initial in problem.initial:
        for i in range(4):
            beside = list(initial)
            beside[i] += DISPLACEMENT
            displaced.append(beside)
    neighbours = Problem(problem.steps, problem.dt, displaced)
    computer.prepare(neighbours.line())
    ends = grouped(computer.numbers("states", 4 * len(displaced)))
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
            bound = 0.0 if bounds is None else bounds[k]
            # Written so that a NaN differs, and for equal bits the sign of a zero too.
            same = repr(a) == repr(b) if bounds is None else abs(a - b) <= bound
            if not same:
                allowed = (
                    "equal bits are required" if bounds is None else f"the bound is {bound:.1e}"
                )
                raise StateError(
                    f"sled {k}, component {component}: {b!r} where the reference has {a!r} "
                    f"(apart by {abs(a - b):.1e}; {allowed})"
                )
