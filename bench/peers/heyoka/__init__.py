"""The main benchmark with heyoka: one compiled function is a Runge-Kutta step.

The functions of bench/board/problem.py run once, on heyoka's expressions. The loop over the steps
is Python's, because a compiled function (`cfunc`) has no loops.
"""

# mypy: ignore-errors

import math
from types import SimpleNamespace

import heyoka as hy
import numpy as np

from bench.board import loader


def make_solver(dt, steps):
    """The solver of steps of dt seconds. It is compiled here."""
    problem = loader.load(np.array, SimpleNamespace(sin=hy.sin, cos=hy.cos, pi=math.pi))
    variables = hy.make_vars("x", "y", "u", "v")
    end = problem.runge_kutta_step(problem.board, np.array(variables), dt, 0.0)
    step = hy.cfunc(list(end), list(variables))

    def solver(x, y, u, v):
        states = np.column_stack((x, y, u, v))
        for k, X in enumerate(states.copy()):
            # The function must not write to its input.
            after = np.empty(4)
            for _ in range(steps):
                step(X, outputs=after)
                X, after = after, X
            states[k] = X
        return states

    return solver
