# SPDX-License-Identifier: BSD-3-Clause
"""Steps that are repeated natively, and elementwise kernels."""

from __future__ import annotations

import functools
import operator
import sys
import warnings
from typing import Any, Callable, SupportsIndex, TypeVar, overload

from .. import _backend
from .._caches import cached
from . import arrays, lanes, structure
from .jitted import IS_SWITCHED_OFF, Engine, Signature, result_of
from .structure import Form
from .tape import TraceError

__all__ = [
    "engine_of",
    "in_python",
    "iterate",
    "iterate_engine",
    "rk4_again",
    "rk4_engine",
    "step_count",
    "vectorize",
]

# Between two pieces of a long run, Python handles signals such as Ctrl-C.
_PIECE = 1_000_000  # lanes times steps
_TROUBLE_STEP = 3

_State = TypeVar("_State")


def engine_of(function: Any) -> Engine:
    engine = getattr(function, "_engine", None)
    if isinstance(engine, Engine):
        return engine
    try:
        return _cached_engine(function)
    except TypeError:  # no hash
        return Engine(function, False, False)


@cached(128)
def _cached_engine(function: Any) -> Engine:
    return Engine(function, False, False)


def step_count(n: Any, name: str) -> int:
    """A number of steps, or an error that names the argument."""
    try:
        count = operator.index(n)
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {type(n).__name__}") from None
    if count < 0:
        raise ValueError(f"{name} must not be negative, got {count}")
    return count


@overload
def iterate(
    step: Callable[[_State], _State], state: _State, n: SupportsIndex, *, every: None = None
) -> _State: ...
@overload
def iterate(
    step: Callable[[_State], _State], state: _State, n: SupportsIndex, *, every: SupportsIndex
) -> list[_State]: ...
def iterate(step: Callable[[Any], Any], state: Any, n: Any, *, every: Any = None) -> Any:
    """Compute ``state = step(state)`` n times, natively.

    Parameters
    ----------
    step : callable
        A Python function of the state that returns the next one, with the same types and lengths.
        It is traced as by ``jit``; one with ``jit(fastmath=True)`` is fast. If it can't be traced,
        it runs in Python, with one warning.
    state : float, array, list, tuple, or ndarray
        The first state. In an ndarray of shape (m, k), each of the k columns is a state of its own,
        and all are moved together.
    n : int
        The number of steps.
    every : int, optional
        Asks for a list of the states after each `every` steps.

    Returns
    -------
    state, or list of states if `every` is given
        The same bits and types as of the loop in Python.

    Raises
    ------
    TypeError
        If step returns something else than a state like the first one.
    Exception
        What step raises.

    Notes
    -----
    What step reads from outside, such as global variables, is read once for the whole run.

    Examples
    --------
    >>> from piconumpy import iterate
    >>> iterate(lambda x: 3.7 * x * (1.0 - x), 0.5, 1000) == 0.7509227861730349
    True
    >>> iterate(lambda x: x / 2, 8.0, 3, every=1)
    [4.0, 2.0, 1.0]
    """
    count = step_count(n, "n")
    pace = None if every is None else step_count(every, "every")
    if pace == 0:
        raise ValueError("every must not be 0")
    if not callable(step):
        raise TypeError(f"step must be callable, not {type(step).__name__}")
    if IS_SWITCHED_OFF:
        return in_python(step, state, (), count, pace)
    return iterate_engine(engine_of(step), state, (), count, pace)


def iterate_engine(
    engine: Engine, state: Any, extra: tuple[Any, ...], count: int, every: int | None
) -> Any:
    """``state = step(state, *extra)``, count times."""
    try:
        forms = tuple(structure.form_of(value) for value in (state, *extra))
        signature = engine.signature(forms)
    except TraceError as error:
        _warn(engine, error)
        return in_python(engine.function, state, extra, count, every)
    if signature.program is None or count == 0:
        found = in_python(engine.function, state, extra, count, every)  # raises, as a rule
        try:
            if count > 0:
                signature.refuse_unless_right()
        except TraceError as error:
            _warn(engine, error)
        return found
    if signature.is_step is None:
        results = signature.results
        signature.is_step = len(results) == 1 and _is_like(results[0], forms[0])
    if not signature.is_step:
        raise TypeError(f"the step does not return a state like the one that it takes: {signature}")
    if signature.is_lanes:
        engine.last_lanes = signature
        return _Lanes(engine, signature, state, extra).iterate(count, every)
    engine.last_step = signature
    return _iterate_point(engine, signature, state, extra, count, every)


def _warn(engine: Engine, error: TraceError) -> None:
    if not engine.has_warned:
        engine.has_warned = True
        warnings.warn(f"the step runs in Python: {error}", RuntimeWarning, stacklevel=4)


def in_python(
    step: Callable[..., Any], state: Any, extra: Any, count: int, every: int | None
) -> Any:
    """The loop itself."""
    states = []
    for i in range(1, count + 1):
        state = step(state, *extra)
        if every is not None and i % every == 0:
            states.append(state)
    return state if every is None else states


def _is_like(result: Form, state: Form) -> bool:
    """Whether a result can be the next state."""
    if result[0] == "ndarray":
        length = result[1][0] if len(result[1]) == 1 else None
        return state in (("ndarray", length), ("lanes", length))
    if result[0] in ("list", "tuple"):
        same = result[0] == state[0] and len(result) == len(state)
        return same and all(map(_is_like, result[1:], state[1:]))
    if result[0] in ("namedtuple", "dict"):
        same = result[:2] == state[:2] and len(result) == len(state)
        return same and all(map(_is_like, result[2:], state[2:]))
    return result == state and result[0] in ("float", "float64", "array", "constant")


def _iterate_point(
    engine: Engine, signature: Signature, state: Any, extra: Any, count: int, every: int | None
) -> Any:
    numbers: list[float] = []
    structure.flatten(state, numbers)
    fixed: list[float] = []
    for value in extra:
        structure.flatten(value, fixed)
    width = len(numbers)
    states: list[Any] = []
    done = 0
    pace = every or 0
    piece = max(1, _PIECE // pace) * pace if pace else _PIECE

    def made(results: list[float]) -> Any:
        return result_of(signature, results, (state,))

    while done < count:
        # A piece begins where a state is due next, so that the library's count is ours.
        until_due = (-done) % pace if pace else 0
        steps = min(count - done, until_due or piece)
        numbers, stored, trouble = signature.program.iterate_point(
            numbers + fixed, steps, 0 if until_due else pace
        )
        states += [made(stored[i : i + width]) for i in range(0, len(stored), width or 1)]
        done += steps if trouble is None else trouble[_TROUBLE_STEP]
        if until_due and trouble is None:
            states.append(made(numbers))
        if trouble is not None:
            following = engine.function(made(numbers), *extra)  # raises, as a rule
            form = structure.form_of(following)
            if form != signature.forms[0]:
                raise TypeError(
                    f"the step does not return a state like the one that it takes: {signature}"
                )
            numbers = []
            structure.flatten(following, numbers)
            done += 1
            if pace and done % pace == 0:
                states.append(following)
    return made(numbers) if every is None else states


class _Lanes:
    """A run of many lanes."""

    def __init__(self, engine: Engine, signature: Signature, state: Any, extra: Any) -> None:
        self.engine = engine
        self.signature = signature
        self.state = state
        self.extra = extra
        self.inputs = lanes.inputs_of((state, *extra))
        self.n = lanes.lanes_of(self.inputs)
        self.width = structure.count_of(signature.results[0])

    def iterate(self, count: int, every: int | None) -> Any:
        import numpy as np

        states = []
        rows = self._matrix()
        done = 0
        piece = max(1, _PIECE // max(self.n, 1))
        while done < count:
            steps = min(count - done, piece)
            if every is not None:
                steps = min(steps, every - done % every)
            before = list(rows)
            after = [np.empty(self.n) for _ in range(self.width)]
            trouble = self._run(before, after, steps)
            if trouble is not None and trouble[_TROUBLE_STEP] > 0:
                steps = trouble[_TROUBLE_STEP]
                trouble = self._run(before, after, steps)
            if trouble is not None:
                steps = 1
                self._step(before, after, done)
            rows = after
            done += steps
            if every is not None and done % every == 0:
                states.append(self._made(rows))
        return self._made(rows) if every is None else states

    def _matrix(self) -> list[Any]:
        import numpy as np

        state = self.inputs[: self.width]
        return [np.full(self.n, x) if type(x) is float else x.copy() for x in state]

    def _run(self, before: list[Any], after: list[Any], steps: int) -> Any:
        inputs = before + self.inputs[self.width :]
        return self.signature.lanes_program.iterate(inputs, after, self.n, steps, 0, [])

    def _step(self, before: list[Any], after: list[Any], done: int) -> None:
        """One step in which a lane has no answer."""
        inputs = before + self.inputs[self.width :]

        def in_python(lane: int) -> list[float]:
            numbers = iter([float(row[lane]) for row in before])
            one = structure.build(self.signature.results[0], numbers, ())
            try:
                following = self.engine.function(one, *self.extra)
            except Exception as error:
                lanes.add_note(error, f"in lane {lane}, step {done}")
                raise
            found: list[float] = []
            structure.flatten(following, found)
            return found

        lanes.run(self.signature.lanes_program, inputs, after, self.n, in_python)

    def _made(self, rows: list[Any]) -> Any:
        """A state of the form that the first one has."""
        import numpy as np

        remaining = iter(rows)

        def made(form: Form, like: Any) -> Any:
            if form[0] == "lanes":
                return np.array([next(remaining) for _ in range(form[1])])
            if form[0] in ("float", "float64"):
                return next(remaining)
            if form[0] == "constant":
                return like
            if form[0] in ("list", "tuple"):
                return type(like)([made(part, item) for part, item in zip(form[1:], like)])
            raise TypeError(f"lanes in a state of this kind: {self.signature}")

        return made(self.signature.forms[0], self.state)


# ---- the classical Runge-Kutta method -----------------------------------------------------------


@cached(128)
def _cached_rk4_engine(function: Any, is_fast: bool) -> Engine:
    return Engine(_rk4_step(function), is_fast, False)


def rk4_engine(function: Any) -> Engine:
    """The engine of the step ``((x, i), dt, t0) -> (x, i + 1)`` for a right-hand side."""
    engine = getattr(function, "_engine", None)
    is_fast = isinstance(engine, Engine) and engine.is_fast
    try:
        return _cached_rk4_engine(function, is_fast)
    except TypeError:  # no hash
        return Engine(_rk4_step(function), is_fast, False)


def rk4_again(engine: Engine, x0: Any, dt: float, t0: float, count: int) -> Any:
    """The state after the last step, without what costs as much as many steps.

    None if the last run was of another kind, if something outside has changed, or if a step has
    trouble.
    """
    if type(x0) is arrays.ARRAY:
        return _rk4_of_array(engine, x0, dt, t0, count)
    if engine.last_lanes is not None and type(x0) is structure.ndarray_type():
        return _rk4_of_lanes(engine, engine.last_lanes, x0, dt, t0, count)
    return None


def _rk4_of_array(engine: Engine, x0: Any, dt: float, t0: float, count: int) -> Any:
    signature = engine.last_step
    n = len(x0)
    if (
        signature is None
        or signature.forms[0] != ("tuple", ("array", n), ("float",))
        or not 0 < count <= _PIECE
        or not signature.guards.hold()
    ):
        return None
    numbers, _, trouble = signature.program.iterate_point([*x0.tolist(), 0.0, dt, t0], count, 0)
    return _backend.array(numbers[:n]) if trouble is None else None


def _rk4_of_lanes(
    engine: Engine, signature: Signature, x0: Any, dt: float, t0: float, count: int
) -> Any:
    import numpy as np

    if x0.ndim != 2 or x0.dtype != float:
        return None
    m, n = x0.shape
    if (
        signature.forms[0] != ("tuple", ("lanes", m), ("float",))
        or not 0 < count * n <= _PIECE
        or not signature.guards.hold()
    ):
        return None
    found = np.empty((m, n))
    # The last row counts the steps.
    before = [*x0.copy(), np.zeros(n), dt, t0]
    after = [*found, np.empty(n)]
    trouble = signature.lanes_program.iterate(before, after, n, count, 0, [])
    return found if trouble is None else None


def _rk4_step(f: Callable[[float, Any], Any]) -> Callable[..., Any]:
    array = _backend.array

    def step(state: Any, dt: float, t0: float) -> Any:
        x, i = state
        t = t0 + i * dt
        if isinstance(x, (list, tuple)):
            # Lists have no arithmetic, so that of arrays stands in.
            make = type(x)
            y = array(x)
            k1 = array(f(t, x)) * dt
            k2 = array(f(t, make(y + k1 / 2))) * dt
            k3 = array(f(t, make(y + k2 / 2))) * dt
            k4 = array(f(t, make(y + k3))) * dt
            return make(y + (k1 + 2 * k2 + 2 * k3 + k4) / 6), i + 1.0
        k1 = f(t, x) * dt
        k2 = f(t, x + k1 / 2) * dt
        k3 = f(t, x + k2 / 2) * dt
        k4 = f(t, x + k3) * dt
        return x + (k1 + 2 * k2 + 2 * k3 + k4) / 6, i + 1.0

    return step


# ---- elementwise kernels ------------------------------------------------------------------------


class _Vectorized:
    """What vectorize makes."""

    def __init__(self, function: Any) -> None:
        self._engine = engine_of(function)
        functools.update_wrapper(self, function)

    def __repr__(self) -> str:
        return f"<vectorize of {getattr(self._engine.function, '__qualname__', '?')}>"

    def __call__(self, *arguments: Any, out: Any = None) -> Any:
        columns = [_column(argument, i) for i, argument in enumerate(arguments)]
        ndarray = structure.ndarray_type()
        buffers = [c for c in columns if type(c) is not float]
        if not buffers:
            if out is not None:
                raise TypeError("out= needs an array among the arguments")
            return (self._engine.function if IS_SWITCHED_OFF else self._engine.call)(*columns)
        shape: Any = None
        is_numpy = any(ndarray is not None and isinstance(c, ndarray) for c in buffers)
        if is_numpy:
            columns, shape = _broadcast(columns)
            n = columns[next(i for i, c in enumerate(columns) if type(c) is not float)].size
        else:
            n = lanes.lanes_of(columns)

        def in_python(i: int) -> list[float]:
            return _floats_of(self._in_python(columns, i))

        signature = program = None
        if not IS_SWITCHED_OFF:
            signature = self._engine.signature((("float",),) * len(columns))
            program = signature.lanes_program
        found = []
        if signature is not None and program is not None:
            width = self._width(signature)
        else:
            for i in range(n):
                found.append(self._in_python(columns, i))
                if signature is not None:  # of a function that always raised in the trace
                    signature.refuse_unless_right()
            width = len(found[0]) if found and isinstance(found[0], tuple) else 0
        results = _outputs(out, max(width, 1), n, shape, is_numpy)
        flat = [r.reshape(-1) if is_numpy else r for r in results]
        if program is not None:
            lanes.run(program, columns, flat, n, in_python)
        else:
            for i, result in enumerate(found):
                for target, number in zip(flat, _floats_of(result)):
                    target[i] = number
        return results[0] if width == 0 else tuple(results)

    def _width(self, signature: Signature) -> int:
        forms = signature.results
        if not forms or forms in ([("float",)], [("int",)]):
            return 0
        if len(forms) == 1 and forms[0][0] == "tuple" and set(forms[0][1:]) == {("float",)}:
            return len(forms[0]) - 1
        raise TraceError(
            f"vectorize needs a function that returns a float, or a tuple of floats: {signature}"
        )

    def _in_python(self, columns: list[Any], i: int) -> Any:
        """What the function itself returns for an element."""
        try:
            return self._engine.function(*(c if type(c) is float else float(c[i]) for c in columns))
        except Exception as error:
            lanes.add_note(error, f"in element {i}")
            raise


def _floats_of(result: Any) -> list[float]:
    return list(map(float, result if isinstance(result, tuple) else (result,)))


def _column(argument: Any, i: int) -> Any:
    """An argument as a float or as memory of floats."""
    if isinstance(argument, (bool, int, float)):
        return float(argument)
    if type(argument) is arrays.ARRAY:
        return argument
    ndarray = structure.ndarray_type()
    if ndarray is not None and isinstance(argument, (ndarray, sys.modules["numpy"].generic)):
        if argument.dtype.kind not in "fiub":
            kind = type(argument).__name__
            raise TypeError(f"argument {i}: {kind} of dtype {argument.dtype}, not of real numbers")
        return argument if isinstance(argument, ndarray) else float(argument)
    try:
        return arrays.ARRAY(argument)
    except TypeError as error:
        raise TypeError(f"argument {i}: {error}") from None


def _broadcast(columns: list[Any]) -> tuple[list[Any], Any]:
    import numpy as np

    shaped = [c if type(c) is float else np.asarray(c, dtype=float) for c in columns]
    shape = np.broadcast_shapes(*(np.shape(c) for c in shaped if type(c) is not float))
    flat = [
        c if type(c) is float else np.ascontiguousarray(np.broadcast_to(c, shape)).reshape(-1)
        for c in shaped
    ]
    return flat, shape


def _outputs(out: Any, width: int, n: int, shape: Any, is_numpy: bool) -> list[Any]:
    if out is None:
        if is_numpy:
            import numpy as np

            return [np.empty(shape) for _ in range(width)]
        return [_backend.empty(n) for _ in range(width)]
    given = list(out) if isinstance(out, (tuple, list)) else [out]
    if len(given) != width:
        raise ValueError(f"out: {width} arrays are needed, got {len(given)}")
    if is_numpy:
        ndarray = structure.ndarray_type()
        for target in given:
            is_like = isinstance(target, ndarray) and target.shape == shape
            if not is_like or not target.flags.c_contiguous:
                raise ValueError(f"out: a contiguous ndarray of shape {shape} is needed")
    return given


def vectorize(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make an elementwise kernel of a function of floats.

    Parameters
    ----------
    function : callable
        A Python function of floats that returns a float, or a tuple of floats. It is traced as by
        ``jit``; one with ``jit(fastmath=True)`` is fast.

    Returns
    -------
    callable
        ``kernel(*arguments, out=None)`` computes all elements at once. Arguments are arrays,
        ndarrays, which are broadcast, sequences of numbers, or scalars. The result is an ndarray if
        an argument is one, else an array, or a float if all are scalars. `out` may be one of the
        arguments; for a tuple of results it is a tuple.

    Raises
    ------
    TraceError
        From a call, if the function can't be traced.
    Exception
        What the function raises. A note tells the element.

    Examples
    --------
    >>> from math import exp
    >>> from piconumpy import array, vectorize
    >>> @vectorize
    ... def bump(x, width):
    ...     return exp(-1.0 / (width - x * x)) if x * x < width else 0.0
    >>> bump(array([-2, 0, 2]), 1.0)
    array([0.0, 0.36787944117144233, 0.0])
    """
    return _Vectorized(function)
