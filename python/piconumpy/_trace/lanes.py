# SPDX-License-Identifier: BSD-3-Clause
"""Calls with many lanes: a state of shape (n, k), and elementwise kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from . import structure
from .structure import Form
from .tape import TraceError

if TYPE_CHECKING:
    from .jitted import Engine, Signature

__all__ = ["add_note", "call", "inputs_of", "lanes_of", "run"]


def add_note(error: BaseException, note: str) -> None:
    """Says more about an exception that is on its way."""
    if hasattr(error, "add_note"):
        error.add_note(note)
    elif error.args and isinstance(error.args[0], str):
        error.args = (f"{error.args[0]} ({note})", *error.args[1:])


def inputs_of(arguments: tuple[Any, ...]) -> list[Any]:
    """The inputs of a program: floats, and contiguous rows of lanes."""
    import numpy as np

    numbers: list[Any] = []
    for argument in arguments:
        structure.flatten(argument, numbers)
    return [
        np.ascontiguousarray(value) if isinstance(value, np.ndarray) else value for value in numbers
    ]


def lanes_of(inputs: list[Any]) -> int:
    """How many lanes the inputs have, all alike."""
    lengths = {len(value) for value in inputs if type(value) is not float}
    if not lengths:
        raise TraceError("lanes: an ndarray without rows")
    if len(lengths) != 1:
        raise ValueError(f"the arguments have different numbers of lanes: {sorted(lengths)}")
    return lengths.pop()


def run(
    program: Any,
    inputs: list[Any],
    outputs: list[Any],
    n: int,
    in_python: Callable[[int], list[float]],
) -> None:
    """Runs all lanes. Where one has no answer, `in_python(lane)` gives its numbers, or raises."""
    start = 0
    while start < n:
        some = [_rest(value, start) for value in inputs]
        trouble = program.run(some, [_rest(output, start) for output in outputs], n - start)
        if trouble is None:
            return
        lane = start + trouble[2]
        for output, number in zip(outputs, in_python(lane)):
            output[lane] = number
        start = lane + 1


def _rest(numbers: Any, start: int) -> Any:
    """The numbers from a lane on, in the same memory: a slice of an array is a copy."""
    return numbers if start == 0 or type(numbers) is float else memoryview(numbers)[start:]


def lane_of(argument: Any, lane: int) -> Any:
    """An argument as one lane alone sees it."""
    if type(argument).__name__ == "ndarray" and argument.ndim == 2:
        return argument[:, lane].copy()
    if isinstance(argument, list):
        return [lane_of(item, lane) for item in argument]
    if isinstance(argument, tuple):
        items = [lane_of(item, lane) for item in tuple.__iter__(argument)]
        return tuple.__new__(type(argument), items)
    if isinstance(argument, dict):
        return {key: lane_of(item, lane) for key, item in argument.items()}
    return argument


def _rows(form: Form) -> int | None:
    """How many rows a result of a form makes; 0 for one number, None if it can't be of lanes."""
    kind = form[0]
    if kind in ("float", "float64", "int"):
        return 0
    if kind == "array":
        return int(form[1])
    if kind == "ndarray":
        return int(form[1][0]) if len(form[1]) == 1 else None
    if kind in ("list", "tuple") and all(_rows(part) == 0 for part in form[1:]):
        return len(form) - 1
    return None


def call(engine: Engine, signature: Signature, arguments: tuple[Any, ...]) -> Any:
    """A call of a jitted function with lanes: an ndarray of shape (m, k), or (k,)."""
    import numpy as np

    rows = _rows(signature.results[0]) if len(signature.results) == 1 else None
    if rows is None:
        raise TraceError(
            "lanes: the function must return numbers of one shape, such as an ndarray or a list of "
            f"floats, on all paths; it returns {signature}"
        )
    inputs = inputs_of(arguments)
    n = lanes_of(inputs)
    result = np.empty((max(rows, 1), n))

    def in_python(lane: int) -> list[float]:
        try:
            found = engine.function(*(lane_of(argument, lane) for argument in arguments))
        except Exception as error:
            add_note(error, f"in lane {lane}")
            raise
        return [float(x) for x in found] if rows else [float(found)]

    run(signature.lanes_program, inputs, list(result), n, in_python)
    return result if rows else result[0]
