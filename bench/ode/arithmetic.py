"""The reference: the same Runge-Kutta method on plain lists, with no array type involved.

It shares only the callback's source with the rows. The operations on each component, and their
order, are those of `runge_kutta_step`. A row that computes in IEEE doubles and calls the same
mathematical library must therefore have equal bits.
"""

from __future__ import annotations

from typing import Callable

Callback = Callable[[float, "list[float]"], "list[float]"]


State = list[float]


def step(f: Callback, x: State, dt: float, t: float) -> tuple[tuple[State, ...], State]:
    """The four states where the step from x evaluates the callback, and the state dt later."""
    k1 = [d * dt for d in f(t, x)]
    x2 = [s + k / 2 for s, k in zip(x, k1)]
    k2 = [d * dt for d in f(t, x2)]
    x3 = [s + k / 2 for s, k in zip(x, k2)]
    k3 = [d * dt for d in f(t, x3)]
    x4 = [s + k for s, k in zip(x, k3)]
    k4 = [d * dt for d in f(t, x4)]
    after = [s + (a + 2 * b + 2 * c + d) / 6 for s, a, b, c, d in zip(x, k1, k2, k3, k4)]
    return (x, x2, x3, x4), after


def trajectory(
    f: Callback, x: State, dt: float, steps: int
) -> tuple[list[tuple[State, ...]], State]:
    """Where every step of one sled evaluates the callback, and the sled's final state."""
    stages = []
    for i in range(steps):
        evaluated, x = step(f, x, dt, i * dt)
        stages.append(evaluated)
    return stages, x
