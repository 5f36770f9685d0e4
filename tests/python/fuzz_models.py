# SPDX-License-Identifier: BSD-3-Clause
"""What the fuzzer expects: the operations of the array on NumPy's arrays, and the errors.

A model that raises Refused tells which errors piconumpy may raise: arguments can be wrong in
several ways, of which any may be reported.
"""

from __future__ import annotations

import math
from typing import Any, Callable

import numpy as np
from fuzz_arguments import Elements, Memory, Number, Refused
from support import BINARY, divided

# ---- numbers ----------------------------------------------------------------------------------


def floor_divided(a: float, b: float) -> float:
    return a // b if b else divided(a, b)


def remainder(a: float, b: float) -> float:
    return a % b if b else math.nan


def power(a: float, b: float) -> float:
    """The float of Python, and the infinity or nan of IEEE 754 where Python has none."""
    is_odd = b % 2 == 1
    if a < 0 and math.isfinite(a) and math.isfinite(b) and not b.is_integer():
        return math.nan  # Python's is complex
    try:
        return a**b
    except OverflowError:
        return -math.inf if a < 0 and is_odd else math.inf
    except ZeroDivisionError:
        return math.copysign(math.inf, a) if is_odd else math.inf


# Where NumPy's bits differ: the sign of a zero, the last digit of a power.
ELEMENTS: dict[str, Callable[[float, float], float]] = {
    "minimum": BINARY["minimum"],
    "maximum": BINARY["maximum"],
    "floor_divide": floor_divided,
    "remainder": remainder,
    "power": power,
}


def computed(name: str, *operands: Any) -> Any:
    """An operation on NumPy's arrays and floats."""
    if name in ELEMENTS:
        a, b = np.broadcast_arrays(*operands)
        found = [ELEMENTS[name](x, y) for x, y in zip(a.tolist(), b.tolist())]
        return np.array(found, a.dtype)
    return getattr(np, name)(*operands)


def reduced(name: str, model: Any, start: float) -> float:
    """In the order that the documentation states: 32 partial results, folded by halves."""
    partial = model[:32].copy()
    for i in range(32, len(model), 32):
        block = model[i : i + 32]
        partial[: len(block)] = computed(name, partial[: len(block)], block)
    for w in (16, 8, 4, 2, 1):
        upper = partial[w:]
        partial = partial[:w]
        partial[: len(upper)] = computed(name, partial[: len(upper)], upper)
    return float(partial[0]) if len(partial) else start


def mean(model: Any) -> float:
    return reduced("add", model, 0.0) / len(model) if len(model) else math.nan


def not_empty(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def check(model: Any) -> Any:
        if not len(model):
            raise Refused(ValueError)
        return function(model)

    return check


# ---- what has no arguments ---------------------------------------------------------------------

METHODS: dict[str, Callable[[Any], Any]] = {
    "tolist": lambda m: m.tolist(),
    "sum": lambda m: reduced("add", m, 0.0),
    "prod": lambda m: reduced("multiply", m, 1.0),
    "mean": mean,
    "min": not_empty(lambda m: reduced("minimum", m, math.inf)),
    "max": not_empty(lambda m: reduced("maximum", m, -math.inf)),
    "argmin": not_empty(lambda m: int(np.argmin(m))),
    "argmax": not_empty(lambda m: int(np.argmax(m))),
    "any": lambda m: bool(m.any()),
    "all": lambda m: bool(m.all()),
    "__len__": len,
}
"""Methods without arguments."""

ATTRIBUTES: dict[str, Callable[[Any], Any]] = {
    "size": lambda m: m.size,
    "shape": lambda m: m.shape,
    "ndim": lambda m: 1,
    "nbytes": lambda m: m.nbytes,
    "itemsize": lambda m: 8,
    "dtype": lambda m: m.dtype,
}


# ---- operands ----------------------------------------------------------------------------------


def scalar_of(memory: Memory) -> float:
    """The value of memory without dimensions."""
    if memory.model.dtype.kind == "c":
        raise Refused(TypeError)
    return float(memory.model)


def operator_result(name: str, function: Callable[..., Any], a: Any, b: Any) -> Any:
    """The result of an operator of which one operand is an array."""
    models = []
    for thing in (a, b):
        if isinstance(thing, Number):
            models.append(thing.scalar())
        elif isinstance(thing, Elements) and thing.kind in ("list", "tuple"):
            models.append(thing.values())
        elif isinstance(thing, Elements) or not (
            thing.is_array or isinstance(thing.real, np.ndarray)
        ):
            raise Refused(TypeError)
        else:
            models.append(thing.model)
    if any(isinstance(thing, Memory) and not thing.is_array for thing in (a, b)):
        try:
            return function(*models)  # NumPy's own operation
        except (TypeError, ValueError) as error:  # complex // float, lengths
            raise Refused(type(error)) from None
    if len({len(model) for model in models if not isinstance(model, float)}) > 1:
        raise Refused(ValueError)
    return computed(name, *models)


def values_of(thing: Any, for_operators: bool = False) -> Any:
    """What stands on the right of an assignment: a float, or numbers."""
    if isinstance(thing, Number):
        return thing.scalar() if for_operators else thing.value()
    if isinstance(thing, Elements):
        if for_operators and thing.kind not in ("list", "tuple"):
            raise Refused(TypeError)
        return thing.values()
    return scalar_of(thing) if thing.model.ndim == 0 else thing.values()


def assign(target: Any, values: Any) -> None:
    """Of numbers to NumPy's view of a slice."""
    if not isinstance(values, float) and len(values) != len(target):
        raise Refused(ValueError)
    target[...] = values.copy() if isinstance(values, np.ndarray) else values


def operate_on_model(name: str, a: Memory, thing: Any) -> None:
    values = values_of(thing, for_operators=True)
    if not isinstance(values, float) and len(values) != len(a.model):
        raise Refused(ValueError)
    a.model[:] = computed(name, a.model, values)


def clipped(model: Any, bounds: list[Any]) -> Any:
    errors: list[type[BaseException]] = []
    for name, bound in zip(("maximum", "minimum"), bounds):
        if isinstance(bound, Number) and bound.real is None:
            continue
        try:
            value = values_of(bound, for_operators=isinstance(bound, Number))
            if isinstance(value, float) or len(value) == len(model):
                model = computed(name, model, value)
            else:
                errors.append(ValueError)
        except Refused as refusal:
            errors += refusal.errors
    if errors:
        raise Refused(*errors)
    return model


def dot(model: Any, thing: Any) -> float:
    other = values_of(thing)
    if isinstance(other, float):
        raise Refused(TypeError)
    if len(other) != len(model):
        raise Refused(ValueError)
    return reduced("add", model * other, 0.0)


def rounded(model: Any, digits: int | None) -> Any:
    def number(x: float) -> float:
        try:
            return round(x, digits or 0)
        except OverflowError:
            return math.copysign(math.inf, x)

    return np.array([number(x) for x in model.tolist()])


def places(model: Any, x: Number) -> list[int]:
    """Where the numbers are that equal a thing."""
    try:
        value = x.scalar()
    except Refused as refusal:
        if refusal.errors[0] in (OverflowError, TypeError):
            return []
        raise
    is_exact = x.real == value
    return [i for i, y in enumerate(model.tolist()) if is_exact and y == value]


# ---- functions on memory -----------------------------------------------------------------------


def _address(model: Any) -> int:
    found: int = model.__array_interface__["data"][0]
    return found


class Arguments:
    """The arguments of a function on memory, and all errors that they give reason for."""

    def __init__(self, inputs: list[Any], out: Any) -> None:
        self.errors: set[type[BaseException]] = set()
        self.inputs = [self._load(thing) for thing in inputs]
        self.out = None if out is None else self._load(out)
        arrays = [model for model in self.inputs if isinstance(model, np.ndarray)]
        if not arrays:  # numbers alone have a result, but no output
            self._expect(out is None, TypeError)
            return
        if out is None:
            self._expect(arrays[0].dtype == np.float64, TypeError)
        elif isinstance(self.out, np.ndarray):
            self._expect(not out.is_readonly, ValueError)
            for model in arrays:
                self._expect(
                    not np.may_share_memory(model, self.out)
                    or _address(model) == _address(self.out),
                    ValueError,
                )
            arrays.append(self.out)
        else:
            self.errors.update((TypeError, ValueError))
        self._expect(len({model.dtype for model in arrays}) == 1, TypeError)
        self._expect(len({len(model) for model in arrays if model.ndim}) == 1, ValueError)

    def _expect(self, condition: bool, error: type[BaseException]) -> None:
        if not condition:
            self.errors.add(error)

    def _load(self, thing: Any) -> Any:
        try:
            if isinstance(thing, Number):
                return thing.scalar()
            if isinstance(thing, Elements):
                raise Refused(TypeError)
            model = thing.model
            thing.check_access()
            if model.ndim == 0:
                return scalar_of(thing)
        except Refused as refusal:
            self.errors.update(refusal.errors)
            return None
        self._expect(not thing.has_lost_place(), BufferError)
        self._expect(model.ndim == 1, ValueError)
        self._expect(model.dtype.char in "df" and model.dtype.isnative, TypeError)
        self._expect(model.flags.c_contiguous, ValueError)
        self._expect(model.size == 0 or _address(model) % model.itemsize == 0, ValueError)
        return model


def function_result(name: str, inputs: list[Any], out: Any) -> Any:
    arguments = Arguments(inputs, out)
    if arguments.errors:
        raise Refused(*arguments.errors)
    dtype = next((m.dtype for m in arguments.inputs if isinstance(m, np.ndarray)), None)
    if dtype is None:
        return float(computed(name, *[np.array([m]) for m in arguments.inputs])[0])
    models = [m if isinstance(m, np.ndarray) else dtype.type(m) for m in arguments.inputs]
    result = computed(name, *models)
    if out is None:
        return result
    arguments.out[...] = result
    return out
