# SPDX-License-Identifier: BSD-3-Clause
"""The methods of SciPy, with traced right-hand sides and their Jacobians."""

from __future__ import annotations

import functools
import inspect
from typing import Any, Callable

from .._trace import jitted
from . import _functions
from ._solve_ivp import MESSAGES, Event, Problem

__all__ = ["is_solver_class", "solve"]


def _integrators() -> Any:
    try:
        import scipy.integrate
    except ImportError:
        raise ImportError(
            "the methods Radau, BDF, and LSODA are those of SciPy, which is not installed: "
            "`pip install scipy`"
        ) from None
    return scipy.integrate


def is_solver_class(method: Any) -> bool:
    """Whether a class is a method of SciPy or a user's own."""
    try:
        return issubclass(method, _integrators().OdeSolver)
    except ImportError:
        return False


def solve(
    problem: Problem,
    method: Any,
    options: dict[str, Any],
    observer: Callable[[float, Any], Any] | None,
    of_columns: Callable[..., Any] | None,
) -> dict[str, Any]:
    """The fields of the result.

    of_columns: the right-hand side as it is, if it takes many states.
    """
    integrators = _integrators()
    solver_class = getattr(integrators, method) if isinstance(method, str) else method
    form = ("ndarray", problem.n)
    arguments, mode = problem.arguments, problem.mode
    function = _functions.traced(problem.fun, form, arguments, problem.n, mode)
    fun = _functions.bound(_called(problem.fun, function), arguments)
    if of_columns is not None:
        fun = _functions.bound(of_columns, arguments)
    if callable(options.get("jac")):
        options["jac"] = _functions.bound(options["jac"], arguments)
    elif options.get("jac") is None and options.get("jac_sparsity") is None:
        jacobian = _jacobian_of(function, problem.n)
        if jacobian is not None and "jac" in inspect.signature(solver_class).parameters:
            options["jac"] = jacobian
    events = None
    if problem.events is not None:
        events = [_event(event, problem) for event in problem.events]
    run = _Run(problem.max_steps, observer)
    watched = run.watched(solver_class)
    found = integrators.solve_ivp(
        fun,
        (problem.t0, problem.t_end),
        problem.y0,
        method=watched,
        t_eval=problem.t_eval,
        dense_output=problem.is_dense,
        events=events,
        vectorized=of_columns is not None,
        **options,
    )
    fields = dict(found)
    if run.status is not None:
        fields.update(status=run.status, message=MESSAGES[run.status], success=run.status >= 0)
    if fields["sol"] is not None:
        # SciPy knows by the class which of two pieces is meant where they meet.
        takes_later = solver_class in (integrators.BDF, integrators.LSODA)
        sol = fields["sol"]
        fields["sol"] = integrators.OdeSolution(sol.ts, sol.interpolants, alt_segment=takes_later)
    fields.update(nsteps=run.steps, engine=function.engine)
    return fields


def _called(fun: Callable[..., Any], function: _functions.Function) -> Callable[..., Any]:
    """What SciPy calls: a jitted function where there is a program."""
    if function.program is None or _functions.is_jitted(fun):
        return fun
    return jitted.jit(fun)


def _jacobian_of(function: _functions.Function, n: int) -> Callable[..., Any] | None:
    """The derived Jacobian of a traced function."""
    if function.program is None:
        return None
    program = function.signature.jacobian(1)
    if program is None:
        return None
    parameters = function.parameters.tolist()

    def jacobian(t: float, y: Any) -> Any:
        import numpy as np

        numbers, _ = program.run_point([float(t), *y.tolist(), *parameters])
        if numbers is not None and np.isfinite(numbers).all():
            return np.array(numbers).reshape(n, n)
        # The function may have an answer where its derivative has none, such as sqrt at 0.
        return _differences(functools.partial(function.function, t), y)

    return jacobian


def _differences(fun: Callable[[Any], Any], y: Any) -> Any:
    """The Jacobian by finite differences, in the direction in which the states move."""
    import numpy as np
    from scipy.optimize import approx_fprime

    sizes = np.sqrt(np.finfo(float).eps) * np.where(y, np.abs(y), 1.0)
    directions = np.where(np.asarray(fun(y)) < 0, -1.0, 1.0)
    return np.atleast_2d(approx_fprime(y, fun, sizes * directions))


def _event(event: Event, problem: Problem) -> Callable[..., Any]:
    """An event as SciPy takes it, with its attributes."""
    bound = _functions.bound(event.function, problem.arguments)

    def of_state(t: float, y: Any) -> Any:
        return bound(t, y)

    of_state.terminal = event.last  # type: ignore[attr-defined]
    of_state.direction = event.direction  # type: ignore[attr-defined]
    return of_state


class _Run:
    """A run whose steps are counted, and that can end early.

    Attributes
    ----------
    status : int or None
        That of a run which ended early.
    """

    def __init__(self, max_steps: int, observer: Callable[[float, Any], Any] | None) -> None:
        self.max_steps, self.observer = max_steps, observer
        self.status: int | None = None
        self.steps = 0

    def watched(self, solver_class: Any) -> Any:
        """A class derived from it that counts steps and asks the observer after each one."""
        run = self

        class Watched(solver_class):  # type: ignore[misc]
            def step(self) -> Any:
                if run.steps == run.max_steps > 0:
                    run.status = -2
                    self.status = "failed"
                    return MESSAGES[-2]
                message = super().step()
                run.steps += 1
                is_running = self.status != "failed"
                if is_running and run.observer is not None and run.observer(self.t, self.y):
                    if self.status == "running":
                        run.status = 2
                    self.status = "finished"
                return message

        return Watched
