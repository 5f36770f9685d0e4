# SPDX-License-Identifier: BSD-3-Clause
"""Functions of t and y: as programs where they are traced, else as they are."""

from __future__ import annotations

import sys
from typing import Any, Callable

from .. import _backend
from .._caches import cached
from .._trace import jitted, loops, structure
from .._trace.structure import Form
from .._trace.tape import TraceError

if "numpy" in sys.modules:
    # What traces ndarrays takes milliseconds to import: now, and not in the first run.
    from .._trace import numpy_functions as _  # noqa: F401

__all__ = ["Function", "bound", "derivatives_of", "first_output_of", "is_jitted", "traced"]


class Function:
    """A function of t and y, as the integrators take it.

    Attributes
    ----------
    function : callable
        The function of t and y in Python. With a program, it is called where that has trouble.
    program : Program or None
    parameters : array
        The inputs of the program behind t and y.
    signature : Signature or None
        The one that the program is of.
    why : str
        Why there is no program.
    """

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.function = bound(function, arguments)
        self.program: Any = None
        self.parameters: Any = _backend.array([])
        self.signature: Any = None
        self.why = ""

    @property
    def as_tuple(self) -> tuple[Any, Any, Any]:
        return (self.program, self.parameters, self.function)

    @property
    def engine(self) -> str:
        """What runs it, for people."""
        if self.program is not None:
            return str(self.program.engine)
        return f"Python: {self.why}" if self.why else "Python"


def bound(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Callable[..., Any]:
    """The function of t and y alone."""
    if not arguments:
        return function
    return lambda t, y: function(t, y, *arguments)


def is_jitted(function: Any) -> bool:
    return isinstance(function, _backend.jitted)


def traced(
    function: Callable[..., Any],
    state: Form,
    arguments: tuple[Any, ...],
    results: int,
    mode: bool | str | None,
) -> Function:
    """The function as a program, if it is to be one.

    Parameters
    ----------
    function : callable
        ``function(t, y, *arguments)`` returns `results` numbers.
    state : Form
        The form of y.
    mode : None, bool, or "auto"
        None traces what jit has decorated; "auto" all that can be traced; True everything; False
        nothing.
    """
    made = Function(function, arguments)
    if mode is False or jitted.IS_SWITCHED_OFF or (mode is None and not is_jitted(function)):
        made.why = "" if mode is None else "tracing is switched off"
        if mode is False and is_jitted(function):
            made.function = bound(loops.engine_of(function).function, arguments)
        return made
    engine = loops.engine_of(function)
    # The function itself: a call of the jitted one would trace again what has no program.
    made.function = bound(engine.function, arguments)
    try:
        forms = tuple(structure.form_of(argument) for argument in arguments)
        signature = engine.signature((("float",), state, *forms))
        if any(map(structure.is_lanes, forms)):
            raise TraceError("an argument with two dimensions")
    except TraceError as error:
        if mode == "auto" or engine.has_fallback:
            made.why = str(error)
            return made
        raise TraceError(str(error)) from None
    if signature.program is None:
        made.why = "it raises an exception whatever its arguments are"
        if mode != "auto" and not engine.has_fallback:
            made.function = _refusing(made.function, signature)
    elif len(signature.results) != 1 or not _is_flat(signature.results[0], results):
        made.why = f"it does not return {results} floats in one container: {signature}"
    else:
        numbers: list[float] = []
        for argument in arguments:
            structure.flatten(argument, numbers)
        made.program = signature.program
        made.parameters = _backend.array(numbers)
        made.signature = signature
    return made


def _refusing(function: Callable[..., Any], signature: Any) -> Callable[..., Any]:
    """The function, with TraceError if it does not raise where its trace did."""

    def checked(t: float, y: Any) -> Any:
        result = function(t, y)
        signature.refuse_unless_right()
        return result

    return checked


@cached(256)
def _is_flat(form: Form, count: int) -> bool:
    kind = form[0]
    if count == 1 and kind in ("float", "float64"):
        return True
    if kind in ("list", "tuple"):
        is_flat = all(part[0] in ("float", "float64") for part in form[1:])
        return is_flat and len(form) - 1 == count
    shape = form[1] if kind in ("array", "ndarray") else None
    return shape in (count, (count,))


# ---- derivatives --------------------------------------------------------------------------------

_Callable = tuple[Any, Any, Any]


def derivatives_of(
    function: Function, jac: Any, arguments: tuple[Any, ...], n: int
) -> tuple[_Callable | None, _Callable | None]:
    """The Jacobian and the time derivative of a right-hand side, as the integrators take them.

    None stands for one that is to be computed by differences.

    Parameters
    ----------
    jac : callable, array_like, or None
        The Jacobian that the user gives, with the function's further arguments.
    """
    jacobian, time_derivative = None, None
    if function.program is not None:
        time_derivative = _derivative(function, 0)
    if jac is not None:
        jacobian = (None, None, _given_jacobian(jac, arguments, n))
    elif function.program is not None:
        jacobian = _derivative(function, 1)
    return jacobian, time_derivative


def _derivative(function: Function, argument: int) -> _Callable | None:
    program = function.signature.jacobian(argument)
    return None if program is None else (program, function.parameters, None)


def _given_jacobian(jac: Any, arguments: tuple[Any, ...], n: int) -> Callable[[float, Any], Any]:
    if callable(jac):
        of_state = bound(jac, arguments)
        return lambda t, y: _matrix(of_state(t, y), n)
    matrix = _matrix(jac, n)
    return lambda t, y: matrix


def _matrix(numbers: Any, n: int) -> Any:
    """The n * n numbers of a matrix, row by row."""
    import numpy as np

    if hasattr(numbers, "toarray"):  # a sparse one
        numbers = numbers.toarray()
    matrix = np.atleast_2d(np.asarray(numbers, dtype=float))
    if matrix.shape != (n, n):
        raise ValueError(
            f"`jac` is expected to have shape {(n, n)}, but actually has {matrix.shape}."
        )
    return matrix.reshape(-1)


# ---- functions with two results -----------------------------------------------------------------


def _new_first_output(function: Callable[..., Any]) -> Callable[..., Any]:
    def first_output(t: float, y: Any, *arguments: Any) -> Any:
        return function(t, y, *arguments)[0]

    return first_output


_cached_first_output = cached(128)(_new_first_output)


def first_output_of(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function that returns the first item of the function's result.

    It is the same one each time, so that it is traced once.
    """
    try:
        return _cached_first_output(function)
    except TypeError:  # no hash
        return _new_first_output(function)
