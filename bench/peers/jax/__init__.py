"""The main benchmark with JAX in float64: one jitted function with loops over sleds and steps.

The functions of bench/board/problem.py run once, on JAX's tracers. `lax.map` moves one sled after
the other, as every row does.
"""

# mypy: ignore-errors

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from bench.board import loader

jax.config.update("jax_enable_x64", True)


def make_solver(dt, steps):
    """The solver of steps of dt seconds. It is compiled when it is first called."""
    problem = loader.load(jnp.array, jnp)

    def step(i, X):
        return problem.runge_kutta_step(problem.board, X, dt, i * dt)

    @jax.jit
    def move_all(states):
        return lax.map(lambda X: lax.fori_loop(0, steps, step, X), states)

    def solver(x, y, u, v):
        # A NumPy array is there only when JAX has finished.
        return np.asarray(move_all(np.column_stack((x, y, u, v))))

    return solver
