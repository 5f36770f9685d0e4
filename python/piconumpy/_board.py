# SPDX-License-Identifier: BSD-3-Clause
"""The problem of `python -m piconumpy bench`: sleds on a bumpy board.

The model is the one of Edward Lorenz's "The Essence of Chaos": a sled slides down a slope whose
moguls repeat every 10 m along the slope and every 4 m across it. Its state is `X = [x0, y0, u0,
v0]`: position along and across (m) and velocity (m/s). The functions are written as a Python user
would write them. Each row of the benchmark puts its own `array` into a fresh copy of this module.
"""

from __future__ import annotations

import math
from typing import Any, Callable

array: Any = list  # each row has its own


def board(t: float, X: Any) -> Any:
    """The derivative of the state X at the time t (s): velocity (m/s) and acceleration (m/s^2)."""
    g = 9.81
    c = 0.5
    a = 0.25
    b = 0.5
    p = (2 * math.pi) / 10.0
    q = (2 * math.pi) / 4.0
    x0 = X[0]
    y0 = X[1]
    u0 = X[2]
    v0 = X[3]
    H_x = -a + b * p * math.sin(p * x0) * math.cos(q * y0)
    H_xx = b * p**2 * math.cos(p * x0) * math.cos(q * y0)
    H_y = b * q * math.cos(p * x0) * math.sin(q * y0)
    H_yy = b * q**2 * math.cos(p * x0) * math.cos(q * y0)
    H_xy = -b * q * p * math.sin(p * x0) * math.sin(q * y0)
    F = (g + H_xx * u0**2 + 2 * H_xy * u0 * v0 + H_yy * v0**2) / (1 + H_x**2 + H_y**2)
    dU = -F * H_x - c * u0
    dV = -F * H_y - c * v0
    return array([u0, v0, dU, dV])


def runge_kutta_step(f: Callable[[float, Any], Any], x0: Any, dt: float, t: float) -> Any:
    """The state dt seconds after x0, by the classical fourth-order Runge-Kutta method."""
    k1 = f(t, x0) * dt
    k2 = f(t, x0 + k1 / 2) * dt
    k3 = f(t, x0 + k2 / 2) * dt
    k4 = f(t, x0 + k3) * dt
    return x0 + (k1 + 2 * k2 + 2 * k3 + k4) / 6


def runge_kutta_step_of_lists(f: Callable[[float, Any], Any], x0: Any, dt: float, t: float) -> Any:
    """The same step, for states that are lists of floats."""
    k1 = [k * dt for k in f(t, x0)]
    k2 = [k * dt for k in f(t, [x + k / 2 for x, k in zip(x0, k1)])]
    k3 = [k * dt for k in f(t, [x + k / 2 for x, k in zip(x0, k2)])]
    k4 = [k * dt for k in f(t, [x + k for x, k in zip(x0, k3)])]
    return [x + (a + 2 * b + 2 * c + d) / 6 for x, a, b, c, d in zip(x0, k1, k2, k3, k4)]


def solver(
    step: Callable[..., Any], f: Callable[[float, Any], Any], initial: Any, dt: float, n: int
) -> Any:
    """Move each sled by n steps of dt seconds; return the final state of each."""
    states = []
    for start in initial:
        X = array(start)
        for i in range(n):
            X = step(f, X, dt, i * dt)
        states.append(X)
    return states
