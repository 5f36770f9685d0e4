# SPDX-License-Identifier: BSD-3-Clause
"""The functions of the package: new arrays, and the operations on arrays and other buffers."""

from __future__ import annotations

import operator
from typing import Any, Callable

from .. import _interface
from .._conversion import length_value, named_value
from .._operands import Operand, check_inputs, check_new, check_output, check_output_type, locate
from .array import OPERATOR_FUNCTIONS, array, array_of, store_of
from .kernels import KERNELS, Memory, address, address_of, library, memory_of, new_memory, pointer
from .unrolled import ELEMENTS, SHORT, divided

__all__ = _interface.__all__  # type: ignore[attr-defined]

# ---- new arrays -------------------------------------------------------------------------------


def _filled(length: int, value: float) -> array:
    if length <= SHORT:
        return array_of((value,) * length)
    memory = new_memory(length, cleared=True)
    if value != 0 or str(value) == "-0.0":
        for i in range(length):
            memory[i] = value
    return array_of(memory)


def zeros(n: Any, /) -> array:
    return _filled(length_value(n), 0.0)


def ones(n: Any, /) -> array:
    return _filled(length_value(n), 1.0)


def empty(n: Any, /) -> array:
    length = length_value(n)
    return array_of((0.0,) * length if length <= SHORT else new_memory(length))


def full(n: Any, value: Any) -> array:
    number = named_value(value, "value")
    return _filled(length_value(n), number)


def release_memory() -> int:
    return 0


# ---- operations -------------------------------------------------------------------------------


class _Operand(Operand):
    """An argument with the data for kernels: an array's numbers, or a pointer into a buffer."""

    array: array | None = None
    data: Any = None

    def __init__(self, name: str, thing: Any) -> None:
        if thing.__class__ is not array:
            super().__init__(name, thing)
            return
        self.name = name
        self.array = thing
        self.n = len(thing._numbers)

    def locate(self) -> None:
        if self.array is not None:
            numbers = self.array._numbers
            self.data = numbers if numbers.__class__ is Memory else memory_of(numbers)
            self.address = address(self.data)
        elif self.view is not None:
            super().locate()
            self.data = pointer(self.address, self.format)

    def _address_of(self, view: memoryview) -> int:
        try:
            return address_of(view, self.n)
        except BufferError as error:
            raise BufferError(f"{self.name}: {error}") from None


class _Kernel:
    """The kernels of one operation for one type: for arrays, and with a scalar on either side."""

    def __init__(self, kernels: dict[str, Any], name: str) -> None:
        self.arrays: Any = kernels[name]
        self.scalar: Any = kernels.get(f"{name}_scalar")
        self.reversed: Any = kernels.get(f"r{name}_scalar", self.scalar)

    def run(self, a: _Operand, b: _Operand | None, data: Any, n: int) -> None:
        if b is None:
            self.arrays(a.data, data, n)
        elif a.scalar is not None:
            self.reversed(b.data, a.scalar, data, n)
        elif b.scalar is not None:
            self.scalar(a.data, b.scalar, data, n)
        else:
            self.arrays(a.data, b.data, data, n)


def _compute(
    kernels: dict[str, _Kernel],
    of_numbers: Callable[..., float],
    a: _Operand,
    b: _Operand | None,
    out: Any,
) -> Any:
    """The result of kernels, in out or in a new array; of numbers alone, a float."""
    if out is None and a.scalar is not None and (b is None or b.scalar is not None):
        scalars = (a.scalar,) if b is None else (a.scalar, b.scalar)
        return float(of_numbers(*scalars))
    reference = check_inputs(a, b)
    kernel, n = kernels[reference.format], reference.n
    if out is None:
        check_new(reference)
        locate(a, b, None)
        memory = new_memory(n)
        kernel.run(a, b, memory, n)
        return array_of(memory if n > SHORT else tuple(memory))
    if out.__class__ is not array:
        check_output_type(out)
    target = _Operand("out", out)
    check_output(target, reference)
    locate(a, b, target)
    kernel.run(a, b, target.data, n)
    if out.__class__ is array and out._numbers.__class__ is not Memory:
        out._numbers = target.data if n > SHORT else tuple(target.data)
    return out


def _of_numbers(name: str) -> Callable[..., float]:
    """What computes the result of an operation for numbers alone, as IEEE 754 has it."""
    known: dict[str, Any] = {**_PLAIN, **ELEMENTS}
    found: Callable[..., float] = known.get(name) or getattr(library, name)
    return found


_PLAIN = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": divided,
    "negative": operator.neg,
}


def _unary(name: str, kernels: dict[str, _Kernel]) -> Callable[..., Any]:
    element = ELEMENTS.get(name)
    of_numbers = _of_numbers(name)

    def function(a: Any, out: Any = None) -> Any:
        if out is None:
            if a.__class__ is float:
                return of_numbers(a)
            if element is not None and a.__class__ is array:
                return array_of(store_of([element(number) for number in a._numbers]))
        return _compute(kernels, of_numbers, _Operand("a", a), None, out)

    return function


def _binary(name: str, kernels: dict[str, _Kernel]) -> Callable[..., Any]:
    # Without memory for a kernel, where Python can compute the same numbers.
    plain, reflected = OPERATOR_FUNCTIONS.get(name, [None] * 3)[:2]
    of_numbers = _of_numbers(name)

    def function(a: Any, b: Any, out: Any = None) -> Any:
        if out is None and plain is not None:
            if a.__class__ is array:
                if b.__class__ is float:
                    return plain(a, b)
                if b.__class__ is array and len(a._numbers) == len(b._numbers):
                    return plain(a, b)
            elif a.__class__ is float and b.__class__ is array:
                return reflected(b, a)
        if out is None and a.__class__ is float and b.__class__ is float:
            return of_numbers(a, b)
        return _compute(kernels, of_numbers, _Operand("a", a), _Operand("b", b), out)

    return function


for _operation in _interface._OPERATIONS.values():
    globals()[_operation.name] = (_unary, _binary)[_operation.arity - 1](
        _operation.name,
        {letter: _Kernel(kernels, _operation.kernel) for letter, kernels in KERNELS.items()},
    )

for _name in set(__all__) - {"array"}:
    _function = globals()[_name]
    _function.__name__ = _function.__qualname__ = _name
    _function.__module__ = "piconumpy"
    _function.__doc__ = getattr(_interface, _name).__doc__
    _function.__annotations__ = {}
