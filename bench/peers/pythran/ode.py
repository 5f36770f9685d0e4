"""The functions of bench/board/problem.py as a user of Transonic writes them, compiled by Pythran.

The callback is compiled too: this row shows what leaves the interpreter altogether.
"""

# mypy: ignore-errors
# ruff: noqa: F722

import math

import numpy as np
from transonic import boost


def board(t, X):
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
    return np.array([u0, v0, dU, dV])


def runge_kutta_step(f, x0, dt, t):
    k1 = f(t, x0) * dt
    k2 = f(t, x0 + k1 / 2) * dt
    k3 = f(t, x0 + k2 / 2) * dt
    k4 = f(t, x0 + k3) * dt
    return x0 + (k1 + 2 * k2 + 2 * k3 + k4) / 6


@boost
def solver(x: "float[]", y: "float[]", u: "float[]", v: "float[]", dt: float, n: int):
    states = np.empty((len(x), 4))
    for k in range(len(x)):
        X = np.array([x[k], y[k], u[k], v[k]])
        for i in range(n):
            X = runge_kutta_step(board, X, dt, i * dt)
        states[k] = X
    return states
