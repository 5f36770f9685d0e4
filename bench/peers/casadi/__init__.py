"""The main benchmark with CasADi: a Runge-Kutta step, folded over all steps, compiled as C.

The functions of bench/board/problem.py run once, on CasADi's expressions. By default, CasADi
interprets its functions. With the option `jit` it writes C, which GCC compiles.
"""

# mypy: ignore-errors

import os
import tempfile

import casadi as ca
import numpy as np

from bench.board import loader


def make_solver(dt, steps):
    """The solver of steps of dt seconds. It is compiled here."""
    problem = loader.load(ca.vcat, ca)
    X = ca.SX.sym("X", 4)
    step = ca.Function("step", [X], [problem.runge_kutta_step(problem.board, X, dt, 0.0)])
    # The library has been loaded when its folder is removed.
    with tempfile.TemporaryDirectory() as folder:
        compiler = {"compiler": "gcc", "flags": ["-O3"], "directory": folder + os.sep}
        compiler["cleanup"] = False
        options = {"jit": True, "compiler": "shell", "jit_options": compiler, "jit_cleanup": False}
        all_steps = step.fold(steps, options)

    def solver(x, y, u, v):
        return np.array([all_steps(state).full()[:, 0] for state in np.column_stack((x, y, u, v))])

    return solver
