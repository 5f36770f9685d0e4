# SPDX-License-Identifier: BSD-3-Clause
"""The integrators of libpicokernels for piconumpy/integrate."""

from __future__ import annotations

from typing import Any, Callable

from . import programs as _programs
from .kernels import declare, ffi, library, memory_of, new_memory

__all__ = ["Solution", "solve_ensemble", "solve_ode"]

declare("integrate.h")


def _array(source: Any, n: int) -> Any:
    """A new array with n numbers of some memory."""
    from .. import _backend

    return _backend.array(ffi.unpack(source, n) if n else [])


class Solution:
    """The stored results of a run."""

    def __init__(self, solution: Any, n: int, events: int) -> None:
        self._solution = ffi.gc(solution, library.pk_ode_destroy)
        self._n = n
        self._events = events

    @property
    def summary(self) -> tuple[int, ...]:
        found = library.pk_ode_get_summary(self._solution)
        return (
            found.outcome,
            found.points,
            found.segments,
            found.steps,
            found.rejected,
            found.evaluations,
            found.jacobians,
            found.factorizations,
        )

    def points(self) -> tuple[Any, Any]:
        count = library.pk_ode_get_summary(self._solution).points
        times = library.pk_ode_times(self._solution)
        states = library.pk_ode_states(self._solution)
        return _array(times, count), _array(states, count * self._n)

    def event_points(self, event: int) -> tuple[Any, Any]:
        if not 0 <= event < self._events:
            raise IndexError("there is no such event")
        count = library.pk_ode_event_points(self._solution, event)
        times = library.pk_ode_event_times(self._solution, event)
        states = library.pk_ode_event_states(self._solution, event)
        return _array(times, count), _array(states, count * self._n)

    def breaks(self) -> Any:
        segments = library.pk_ode_get_summary(self._solution).segments
        found = library.pk_ode_breaks(self._solution)
        return _array(found, segments + 1 if found != ffi.NULL else 0)

    def evaluate(self, times: Any, segment: int) -> Any:
        """The states at times, by one segment or, if that is negative, by all of them."""
        count = len(times)
        at = memory_of(times.tolist())
        states = new_memory(count * self._n)
        if segment < 0:
            status = library.pk_ode_evaluate(self._solution, at, count, states)
        else:
            status = library.pk_ode_evaluate_segment(self._solution, segment, at, count, states)
        if status != library.PK_OK:
            raise ValueError(ffi.string(library.pk_status_message(status)).decode())
        return _array(states, count * self._n)


def _read_result(result: Any, n: int, out: Any) -> None:
    """Writes the n numbers that a function returned."""
    kind = type(result)
    if (kind is list or kind is tuple) and len(result) == n and set(map(type, result)) <= {float}:
        out[0:n] = result
        return
    if n == 1 and kind is float:
        out[0] = result
        return
    from ..integrate import _results

    out[0:n] = _results.numbers_of(result, n).tolist()


def _handle_signals() -> int:
    """Lets handlers of signals run: PyPy's JIT looks for signals where code jumps backwards."""
    for _ in (0, 0):
        pass
    return 0


class _Problem:
    """A problem in C, and what keeps its parts alive."""

    def __init__(self, n: int, make_state: Callable[[int], Any] | None) -> None:
        self.c = ffi.new("pk_ode_problem*")
        self.error: BaseException | None = None
        self._n = n
        self._make_state = make_state
        self._held: list[Any] = []

    def hold(self, thing: Any) -> Any:
        self._held.append(thing)
        return thing

    def numbers(self, array: Any) -> Any:
        return self.hold(memory_of(array.tolist()))

    def _state(self, y: Any) -> Any:
        if self._make_state is None:
            return _array(y, self._n)
        state = self._make_state(self._n)
        state[:] = ffi.unpack(y, self._n) if self._n else []
        return state

    def _guarded(self, call: Callable[[], int]) -> int:
        """Exceptions don't pass through C: they are raised after the run."""
        try:
            return call()
        except BaseException as error:
            self.error = error
            return -1

    def read_callable(self, parts: tuple[Any, Any, Any], target: Any, results: int) -> None:
        program, parameters, function = parts
        if program is not None:
            if type(program) is not _programs.Program:
                raise TypeError("a Program or None is needed")
            if 1 + self._n + len(parameters) < program.inputs:
                raise ValueError("an array of all parameters is needed")
            target.program = self.hold(program).pointer
            target.parameters = self.numbers(parameters)
        if function is not None:

            def call(t: float, y: Any, out: Any, _: Any) -> int:
                def computed() -> int:
                    _read_result(function(t, self._state(y)), results, out)
                    return 0

                return self._guarded(computed)

            target.function = self.hold(ffi.callback("pk_ode_function", call, error=-1))

    def fill(
        self,
        method: int,
        n: int,
        span: tuple[float, float],
        rtol: Any,
        atol: Any,
        first_step: float,
        max_step: float,
        max_steps: int,
        t_eval: Any,
    ) -> Any:
        """What problems of one run and of an ensemble have in common."""
        c = self.c
        c.method = method
        c.n = n
        c.t0, c.t_end = span
        c.rtol, c.atol = self.numbers(rtol), self.numbers(atol)
        c.rtol_count, c.atol_count = len(rtol), len(atol)
        c.first_step, c.max_step, c.max_steps = first_step, max_step, max_steps
        if t_eval is not None:
            c.has_t_eval = 1
            c.t_eval, c.t_eval_count = self.numbers(t_eval), len(t_eval)
        return c

    def observe_with(self, function: Callable[[float, Any], Any] | None) -> None:
        """Signals such as Ctrl-C are handled in calls of Python. So there is always an observer."""

        def call(t: float, y: Any, _: Any) -> int:
            if function is None:
                return self._guarded(_handle_signals)
            return self._guarded(lambda: bool(function(t, self._state(y))))

        self.c.observer = self.hold(ffi.callback("pk_ode_observer", call, error=-1))

    def report_with(self, function: Callable[[int], Any] | None) -> Any:
        def call(done: int, _: Any) -> int:
            def reported() -> int:
                if function is not None:
                    function(done)
                return _handle_signals()

            return self._guarded(reported)

        return self.hold(ffi.callback("int(size_t, void*)", call, error=-1))


def _plan_of(program: Any, method: int) -> Any:
    """The plan of a program, which lives as long as the program. NULL: there is none."""
    plan = program.plans.get(method)
    if plan is None:
        made = ffi.new("pk_ode_plan**")
        library.pk_ode_plan_create(program.pointer, method, made)
        plan = program.plans[method] = ffi.gc(made[0], library.pk_ode_plan_destroy)
    return plan


def solve_ode(
    method: int,
    f: tuple[Any, Any, Any],
    jacobian: tuple[Any, Any, Any] | None,
    time_derivative: tuple[Any, Any, Any] | None,
    t0: float,
    t_end: float,
    y0: Any,
    rtol: Any,
    atol: Any,
    first_step: float,
    max_step: float,
    max_steps: int,
    t_eval: Any,
    is_dense: bool,
    events: tuple[Any, ...],
    event_parts: int,
    observer: Callable[[float, Any], Any] | None,
    make_state: Callable[[int], Any] | None,
) -> Solution:
    """Solves a problem: arrays, callables as tuples, and None where something is absent."""
    run = _Problem(len(y0), make_state)
    c = run.fill(method, len(y0), (t0, t_end), rtol, atol, first_step, max_step, max_steps, t_eval)
    c.y0 = run.numbers(y0)
    c.is_dense = is_dense
    c.event_parts = event_parts
    run.read_callable(f, c.f, len(y0))
    if f[0] is not None:
        c.plan = _plan_of(f[0], method)
    if jacobian is not None:
        run.read_callable(jacobian, c.jacobian, len(y0) ** 2)
    if time_derivative is not None:
        run.read_callable(time_derivative, c.time_derivative, len(y0))
    found = c.events = run.hold(ffi.new("pk_ode_event[]", len(events)))
    c.event_count = len(events)
    for (parts, direction, last), event in zip(events, found):
        event.direction, event.last = direction, last
        run.read_callable(parts, event.g, 1)
    run.observe_with(observer)
    made = ffi.new("pk_ode_solution**")
    error = ffi.new("pk_ode_error*")
    status = library.pk_ode_solve(c, made, error)
    if run.error is not None:
        raise run.error
    if status == library.PK_ERROR_OUT_OF_MEMORY:
        raise MemoryError("no memory for a run")
    if status != library.PK_OK:
        raise ValueError(ffi.string(error.message).decode())
    return Solution(made[0], len(y0), len(events))


def solve_ensemble(
    method: int,
    program: Any,
    t0: float,
    t_end: float,
    members: int,
    y0: Any,
    parameters: Any,
    rtol: Any,
    atol: Any,
    first_step: float,
    max_step: float,
    max_steps: int,
    t_eval: Any,
    progress: Callable[[int], Any] | None,
) -> tuple[Any, ...]:
    """Solves a problem for many states: arrays, all members one after the other.

    Returns (status of each member, outcomes, evaluations, steps, points, times, states).
    """
    n = len(y0) // members if members else 0
    if n * members != len(y0) or len(parameters) != (program.inputs - 1 - n) * members:
        raise ValueError("the lengths do not fit")
    run = _Problem(n, None)
    c = run.fill(method, n, (t0, t_end), rtol, atol, first_step, max_step, max_steps, t_eval)
    c.only_end = 1
    c.f.program = run.hold(program).pointer
    if members:
        c.plan = _plan_of(program, method)
    report = run.report_with(progress)
    found = ffi.new("pk_ode_solution*[]", members)
    errors = ffi.new("pk_ode_error[]", members)
    library.pk_ode_solve_ensemble(
        c, members, run.numbers(y0), run.numbers(parameters), found, errors, report, ffi.NULL
    )
    solutions = [Solution(one, n, 0) if one != ffi.NULL else None for one in found]
    if run.error is not None:
        raise run.error
    for error in errors:
        if error.status == library.PK_ERROR_OUT_OF_MEMORY:
            raise MemoryError("no memory for a run")
        if error.status == library.PK_ERROR_INVALID_PROBLEM:
            raise ValueError(ffi.string(error.message).decode())
    return _collected(solutions, errors)


def _collected(solutions: list[Solution | None], errors: Any) -> tuple[Any, ...]:
    from .. import _backend

    columns: list[list[float]] = [[] for _ in range(5)]
    times: list[float] = []
    states: list[float] = []
    for solution, error in zip(solutions, errors):
        row = (error.status, 0, 0, 0, 0)
        if solution is not None:
            outcome, points, _, steps, _, evaluations, _, _ = solution.summary
            row = (0, outcome, evaluations, steps, points)
            t, y = solution.points()
            times += t.tolist()
            states += y.tolist()
        for column, number in zip(columns, row):
            column.append(float(number))
    return tuple(map(_backend.array, (*columns, times, states)))
