# SPDX-License-Identifier: BSD-3-Clause
"""Programs of libpicokernels as Python objects, and the callables that jit makes.

What the engine of a callable does is written in ``piconumpy/_trace``.
"""

from __future__ import annotations

import sys
from types import MethodType
from typing import Any, Callable, NoReturn

from .. import _interface
from .._conversion import acquire, native_format
from .fast_calls import MISSED, FastCall, Guards
from .kernels import (
    address,
    address_of,
    copied,
    declare,
    ffi,
    library,
    memory_of,
    new_memory,
    pointer,
)

__all__ = ["FastCall", "Guards", "Program", "jitted"]

declare("program.h")

# Types of parameters. cffi takes milliseconds to parse the name of a type.
_INSTRUCTIONS, _, _, _PROGRAM, _ERROR = ffi.typeof(library.pk_program_create).args
_TROUBLE = ffi.typeof(library.pk_program_run).args[-1]
_INSTRUCTION_SIZE: int = ffi.sizeof(_INSTRUCTIONS.item)

Trouble = tuple[int, int, int, int]  # kind, instruction, lane, step


def _trouble_of(trouble: Any) -> Trouble | None:
    if trouble.kind == library.PK_TROUBLE_NONE:
        return None
    return trouble.kind, trouble.instruction, trouble.lane, trouble.step


def _message(status: int) -> str:
    text: str = ffi.string(library.pk_status_message(status)).decode()
    return text


# ---- lanes ------------------------------------------------------------------------------------


class _Columns:
    """The float64 numbers of arrays and scalars, held during a call."""

    def __init__(self, name: str, things: Any, count: int, length: int, is_output: bool) -> None:
        if type(things) is not list or len(things) != count:
            raise ValueError(f"{name}: a list of {count} is needed")
        self._name, self._length, self._is_output = name, length, is_output
        self._held: list[Any] = []  # what the addresses belong to
        self._places = [self._place(i, thing) for i, thing in enumerate(list(things))]

    def _place(self, i: int, thing: Any) -> tuple[int, int]:
        """Address and stride."""
        if type(thing) is float and not self._is_output:
            self._held.append(memory := memory_of([thing]))
            return address(memory), 0
        view = acquire(thing)[1]
        if view is None or not self._fits(view):
            raise ValueError(
                f"{self._name} {i}: {self._length} contiguous float64 numbers are needed"
            )
        self._held.append((thing, view))
        place = address_of(view, self._length)
        if self._length and place % 8:
            raise ValueError(f"{self._name} {i}: the memory is not aligned")
        return place, 1

    def _fits(self, view: memoryview) -> bool:
        return (
            native_format(view) == "d"
            and view.ndim == 1
            and view.c_contiguous
            and len(view) == self._length
            and not (self._is_output and view.readonly)
        )

    def inputs(self) -> Any:
        return ffi.new(
            "pk_input[]", [(pointer(place, "d"), stride) for place, stride in self._places]
        )

    def pointers(self) -> Any:
        return ffi.new("double*[]", [pointer(place, "d") for place, _ in self._places])


# ---- programs ---------------------------------------------------------------------------------


class Program:
    """A program: Program(the bytes of an array of pk_instruction, options)."""

    __slots__ = ("__weakref__", "engine", "inputs", "outputs", "plans", "pointer")

    def __init__(self, instructions: bytes, options: int) -> None:
        count = len(instructions) // _INSTRUCTION_SIZE
        memory = copied(instructions, count * _INSTRUCTION_SIZE // 8)
        made = ffi.new(_PROGRAM)
        error = ffi.new(_ERROR)
        status = library.pk_program_create(
            ffi.cast(_INSTRUCTIONS, memory), count, options, made, error
        )
        if status == library.PK_ERROR_OUT_OF_MEMORY:
            raise MemoryError("no memory for a program")
        if status != library.PK_OK:
            raise ValueError(ffi.string(error.message).decode())
        size = 64 * count  # about what it occupies, for the garbage collector
        self.pointer: Any = ffi.gc(made[0], library.pk_program_destroy, size)
        self.inputs: int = library.pk_program_inputs(self.pointer)
        self.outputs: int = library.pk_program_outputs(self.pointer)
        self.plans: dict[int, Any] = {}  # integrators.py: of solve_ivp, by the method
        self.engine: str = ffi.string(library.pk_program_engine(self.pointer)).decode()

    def _read_inputs(self, numbers: Any) -> Any:
        if type(numbers) is not list or len(numbers) != self.inputs:
            raise ValueError(f"a list of {self.inputs} floats is needed")
        return memory_of(list(numbers))  # a copy: conversions can change the list

    def run_point(self, numbers: list[float]) -> tuple[list[float] | None, Trouble | None]:
        """The results, None if there was trouble, and the trouble."""
        outputs = new_memory(self.outputs)
        trouble = ffi.new(_TROUBLE)
        inputs = self._read_inputs(numbers)
        status = library.pk_program_run_point(self.pointer, inputs, outputs, trouble)
        return list(outputs) if status == library.PK_OK else None, _trouble_of(trouble)

    def iterate_point(
        self, numbers: list[float], count: int, every: int
    ) -> tuple[list[float], list[float], Trouble | None]:
        """The last state, the stored states in one list, and the trouble."""
        inputs = self._read_inputs(numbers)
        n = self.outputs
        outputs = new_memory(n)
        stored = new_memory((count // every if every else 0) * n)
        trouble = ffi.new(_TROUBLE)
        _check(
            library.pk_program_iterate_point(
                self.pointer, inputs, outputs, count, every, stored, trouble
            )
        )
        if trouble.kind != library.PK_TROUBLE_NONE and every:
            return list(outputs), list(stored[0 : trouble.step // every * n]), _trouble_of(trouble)
        return list(outputs), list(stored), _trouble_of(trouble)

    def run(self, inputs: list[Any], outputs: list[Any], n: int) -> Trouble | None:
        """Runs n lanes: inputs are buffers and floats, outputs are buffers."""
        sources = _Columns("input", inputs, self.inputs, n, is_output=False)
        targets = _Columns("output", outputs, self.outputs, n, is_output=True)
        trouble = ffi.new(_TROUBLE)
        library.pk_program_run(self.pointer, sources.inputs(), targets.pointers(), n, trouble)
        return _trouble_of(trouble)

    def iterate(
        self,
        inputs: list[Any],
        outputs: list[Any],
        n: int,
        count: int,
        every: int,
        stored: list[Any],
    ) -> Trouble | None:
        """Iterates n lanes; stored are buffers, or an empty list if every is 0."""
        rows = count // every if every else 0
        m = self.outputs
        sources = _Columns("input", inputs, self.inputs, n, is_output=False)
        targets = _Columns("output", outputs, m, n, is_output=True)
        kept = _Columns("stored", stored, m if every else 0, rows * n, is_output=True)
        trouble = ffi.new(_TROUBLE)
        _check(
            library.pk_program_iterate(
                self.pointer,
                sources.inputs(),
                targets.pointers(),
                n,
                count,
                every,
                kept.pointers(),
                trouble,
            )
        )
        return _trouble_of(trouble)

    def dump(self) -> str:
        """What will run, as text."""
        size = library.pk_program_dump(self.pointer, ffi.NULL, 0) + 1
        text = ffi.new("char[]", size)
        library.pk_program_dump(self.pointer, text, size)
        string: str = ffi.string(text).decode()
        return string


def _check(status: int) -> None:
    if status == library.PK_ERROR_NOT_ITERABLE:
        raise ValueError(_message(status))


# ---- callables --------------------------------------------------------------------------------


def _misses(arguments: tuple[Any, ...]) -> Any:
    return MISSED


def _chained(first: Callable[..., Any], second: Callable[..., Any]) -> Callable[..., Any]:
    """Without a loop over calls, which the JIT would not compile into the caller."""

    def call(arguments: tuple[Any, ...]) -> Any:
        result = first(arguments)
        return second(arguments) if result is MISSED else result

    return call


class jitted:
    __doc__ = _interface.jitted.__doc__
    __slots__ = ("__dict__", "__weakref__", "_chosen", "_engine", "_fast", "_function")
    __module__ = "piconumpy"

    def __init__(self, function: Any, engine: Any) -> None:
        self._function = function
        self._engine = engine
        self._calls = ()

    def __init_subclass__(cls, **keywords: Any) -> NoReturn:
        raise TypeError("type 'piconumpy.jitted' is not an acceptable base type")

    def __call__(self, /, *arguments: Any, **options: Any) -> Any:
        if not options:
            result = self._fast(arguments)
            if result is not MISSED:
                return result
        return self._engine.call(*arguments, **options)

    def __get__(self, owner: Any, kind: Any = None) -> Any:
        return self if owner is None else MethodType(self, owner)

    def __repr__(self) -> str:
        return _engine_module().text_of(self)  # type: ignore[no-any-return]

    def __reduce__(self) -> Any:
        return _engine_module().reduced(self)

    def __copy__(self) -> jitted:
        return self

    def __deepcopy__(self, memo: Any) -> jitted:
        return self

    @property
    def __wrapped__(self) -> Any:
        return self._function

    __piconumpy_wrapped__ = __wrapped__

    @property
    def _calls(self) -> tuple[FastCall, ...]:
        return self._chosen

    @_calls.setter
    def _calls(self, calls: tuple[FastCall, ...]) -> None:
        if type(calls) is not tuple or not all(type(call) is FastCall for call in calls):
            raise TypeError("a tuple of FastCall is needed")
        fast: Callable[..., Any] = _misses
        for call in reversed(calls):
            fast = call.run if fast is _misses else _chained(call.run, fast)
        self._chosen = calls
        self._fast = fast

    @property
    def program(self) -> str:
        return self._engine.program  # type: ignore[no-any-return]

    @property
    def signatures(self) -> list[str]:
        return self._engine.signatures  # type: ignore[no-any-return]

    def clear(self) -> None:
        self._engine.clear()


for _name, _documented in vars(_interface.jitted).items():
    if _name in ("clear", "program", "signatures"):
        vars(jitted)[_name].__doc__ = _documented.__doc__


def _engine_module() -> Any:
    return sys.modules["piconumpy._trace.jitted"]
