"""The reference: the same Runge-Kutta method on plain lists, with no array type involved.

It shares with the rows only the callback's source; the operations on each component, and their
order, are those of `runge_kutta_step`, so a row that computes in IEEE doubles and calls the same
mathematical library must agree to the bit.
"""

from __future__ import annotations

from typing import Callable

Callback = Callable[[float, "list[float]"], "list[float]"]


def stages(f: Callback, x: list[float], dt: float, t: float) -> tuple[list[float], ...]:
    """The four states that the step from x evaluates the callback at."""
    k1 = [d * dt for d in f(t, x)]
    x2 = [s + k / 2 for s, k in zip(x, k1)]
    k2 = [d * dt for d in f(t, x2)]
    x3 = [s + k / 2 for s, k in zip(x, k2)]
    k3 = [d * dt for d in f(t, x3)]
    return x, x2, x3, [s + k for s, k in zip(x, k3)]


def step(f: Callback, x: list[float], dt: float, t: float) -> list[float]:
    """The state dt seconds after x."""
    k1 = [d * dt for d in f(t, x)]
    k2 = [d * dt for d in f(t, [s + k / 2 for s, k in zip(x, k1)])]
    k3 = [d * dt for d in f(t, [s + k / 2 for s, k in zip(x, k2)])]
    k4 = [d * dt for d in f(t, [s + k for s, k in zip(x, k3)])]
    return [s + (a + 2 * b + 2 * c + d) / 6 for s, a, b, c, d in zip(x, k1, k2, k3, k4)]


def trajectory(f: Callback, x: list[float], dt: float, steps: int) -> list[list[float]]:
    """The states of one sled: the initial one and one for each step."""
    states = [x]
    for i in range(steps):
        x = step(f, x, dt, i * dt)
        states.append(x)
    return states
