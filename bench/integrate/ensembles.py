"""How each package solves for many sleds, each with steps of its own, on one core.

The rows differ in how many sleds a run has: more where they are fast. Times are those of one sled.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Callable

from bench.integrate.problems import SLEDS_CHECKED
from bench.integrate.solvers import (
    Found,
    Solver,
    Task,
    cyrk_callback,
    diffrax_run,
    heyoka_system,
    imported,
)
from bench.ode.sleds import initial_states

BATCH = 4  # of heyoka: the numbers in a register of AVX2, where it is fastest


def _checked(states: Any) -> Found:
    """states: a row for each sled."""
    return Found([[float(number) for number in state] for state in states[:SLEDS_CHECKED]])


def of_scipy(task: Task, sleds: Any, style: str) -> Solver:
    """One after the other. A process pool on one core would not be faster."""
    np, solve_ivp = imported("numpy"), imported("scipy.integrate").solve_ivp
    f, options = task.problem.rhs(np.array), {"rtol": task.tolerance, "atol": task.atol}

    def solve() -> Any:
        return [
            solve_ivp(f, task.problem.span, y0, method=task.method, **options).y[:, -1]
            for y0 in sleds
        ]

    return Solver(solve, _checked)


def of_piconumpy(task: Task, sleds: Any, style: str) -> Solver:
    """jit, fast: solve_ensemble; alone: solve_ivp, one sled after the other."""
    package, integrate = imported("piconumpy"), imported("piconumpy.integrate")
    options = {"method": task.method, "rtol": task.tolerance, "atol": task.atol}
    f = task.problem.rhs(package.array)

    @functools.cache
    def function() -> Callable[..., Any]:
        traced: Callable[..., Any] = package.jit(f, fastmath=style == "fast")
        return traced

    def solve() -> Any:
        span = task.problem.span
        if style == "alone":
            return [integrate.solve_ivp(function(), span, y0, **options).y[:, -1] for y0 in sleds]
        return integrate.solve_ensemble(function(), span, sleds, **options).y

    return Solver(solve, _checked)


def of_cyrk(task: Task, sleds: Any, style: str) -> Solver:
    """nbsolve2_ivp, which a compiled loop calls for one sled after the other."""
    np, numba = imported("numpy"), imported("numba")
    nbsolve2_ivp = imported("CyRK").nbsolve2_ivp
    method, times = task.method, np.array([], dtype=float)

    def run(address: int, span: Any, sleds: Any, rtol: float, atol: float):  # type: ignore[no-untyped-def]
        ends = np.empty_like(sleds)
        for i in range(len(sleds)):
            solution = nbsolve2_ivp(
                address, span, sleds[i], method, times, False, rtol=rtol, atol=atol
            )
            ends[i] = solution.y[:, -1]
            solution.free()
        return ends

    @functools.cache
    def compiled() -> Callable[..., Any]:
        made: Callable[..., Any] = numba.njit(run)
        return made

    def solve() -> Any:
        callback = cyrk_callback(task.problem, "nbsolve2")
        return compiled()(callback.address, task.problem.span, sleds, task.tolerance, task.atol)

    return Solver(solve, _checked)


def of_diffrax(task: Task, sleds: Any, style: str) -> Solver:
    """jax.vmap over the sleds, which take turns until the last one has ended."""
    np, jax = imported("numpy"), imported("jax")

    @functools.cache
    def compiled() -> Callable[[Any], Any]:
        made: Callable[[Any], Any] = jax.jit(jax.vmap(diffrax_run(task)))
        return made

    return Solver(lambda: np.asarray(compiled()(sleds))[:, -1], _checked)


def of_heyoka(task: Task, sleds: Any, style: str) -> Solver:
    """The batch integrator: sleds in the lanes of registers, each with steps of its own."""
    hy: Any = imported("heyoka")
    np = imported("numpy")
    columns = [np.ascontiguousarray(sleds[i : i + BATCH].T) for i in range(0, len(sleds), BATCH)]

    @functools.cache
    def integrator() -> Any:
        system = heyoka_system(task.problem)
        return hy.taylor_adaptive_batch(system, columns[0], tol=task.tolerance)

    def solve() -> Any:
        made, ends = integrator(), []
        for state in columns:
            made.set_time(0.0)
            made.state[:] = state
            made.propagate_until(task.problem.t_end)
            if any(one[0] != hy.taylor_outcome.time_limit for one in made.propagate_res):
                raise RuntimeError(f"heyoka stops: {made.propagate_res}")
            ends.append(made.state.T.copy())
        return np.concatenate(ends)

    return Solver(solve, _checked)


# By the word before the dot of a style.
MAKERS: dict[str, Callable[[Task, Any, str], Solver]] = {
    "scipy": of_scipy,
    "piconumpy": of_piconumpy,
    "cyrk_numba": of_cyrk,
    "diffrax": of_diffrax,
    "heyoka": of_heyoka,
}


def make(specification: str, task: Task, count: int) -> Solver:
    """The solver for so many sleds that PACKAGES:MAKER.STYLE names."""
    states: Sequence[Sequence[float]] = initial_states(count, 1)
    maker, _, style = specification.partition(":")[2].partition(".")
    return MAKERS[maker](task, imported("numpy").array(states), style)
