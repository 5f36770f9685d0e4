"""The main benchmark as a user of Numba writes it who wants speed: scalars and tuples.

Arrays would be slower, because each is an allocation. fastmath lets LLVM reorder and contract
operations.
"""

# mypy: ignore-errors

import math

import numpy as np
from numba import njit


def make_solver(dt, steps):
    """The solver of steps of dt seconds. It is compiled when it is first called."""

    @njit(fastmath=True)
    def board(t, X):
        g = 9.81
        c = 0.5
        a = 0.25
        b = 0.5
        p = (2 * math.pi) / 10.0
        q = (2 * math.pi) / 4.0
        x0, y0, u0, v0 = X
        H_x = -a + b * p * math.sin(p * x0) * math.cos(q * y0)
        H_xx = b * p**2 * math.cos(p * x0) * math.cos(q * y0)
        H_y = b * q * math.cos(p * x0) * math.sin(q * y0)
        H_yy = b * q**2 * math.cos(p * x0) * math.cos(q * y0)
        H_xy = -b * q * p * math.sin(p * x0) * math.sin(q * y0)
        F = (g + H_xx * u0**2 + 2 * H_xy * u0 * v0 + H_yy * v0**2) / (1 + H_x**2 + H_y**2)
        dU = -F * H_x - c * u0
        dV = -F * H_y - c * v0
        return u0, v0, dU, dV

    @njit(fastmath=True)
    def moved(X, k, dt):
        return X[0] + k[0] * dt, X[1] + k[1] * dt, X[2] + k[2] * dt, X[3] + k[3] * dt

    @njit(fastmath=True)
    def runge_kutta_step(f, x0, dt, t):
        k1 = f(t, x0)
        k2 = f(t, moved(x0, k1, dt / 2))
        k3 = f(t, moved(x0, k2, dt / 2))
        k4 = f(t, moved(x0, k3, dt))
        return moved(moved(moved(moved(x0, k1, dt / 6), k2, dt / 3), k3, dt / 3), k4, dt / 6)

    @njit(fastmath=True)
    def solver(x, y, u, v, dt, n):
        states = np.empty((len(x), 4))
        for k in range(len(x)):
            X = (x[k], y[k], u[k], v[k])
            for i in range(n):
                X = runge_kutta_step(board, X, dt, i * dt)
            states[k] = X
        return states

    return lambda x, y, u, v: solver(x, y, u, v, dt, steps)
