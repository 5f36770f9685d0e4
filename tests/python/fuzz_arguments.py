# SPDX-License-Identifier: BSD-3-Clause
"""What the fuzzer passes to piconumpy, each thing with what NumPy makes of it.

A number comes with the float that it means, or with the error that it raises. Memory comes with a
NumPy array, its model, which the fuzzer keeps in step. Views share the memory of their models as
they share memory themselves.
"""

from __future__ import annotations

import array as std
import contextlib
import gc
import math
import numbers
import sys
from collections import deque
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Callable

import numpy as np
from hypothesis import strategies as st
from support import SPECIAL, mixed

try:
    from __pypy__.bufferable import bufferable as exporter_base
except ImportError:
    exporter_base = object


class Refused(Exception):
    """Raised by a model where piconumpy has to raise one of these errors."""

    def __init__(self, *errors: type[BaseException]) -> None:
        super().__init__(*(error.__name__ for error in errors))
        self.errors = errors


# ---- hostile numbers --------------------------------------------------------------------------


class Reach:
    """What hostile numbers get hold of: the things that take part in the call."""

    def __init__(self) -> None:
        self.arm()

    def arm(self, memories: Sequence[Memory] = (), containers: Sequence[Any] = ()) -> None:
        self.memories = memories
        self.containers = containers
        self.has_written = False
        self.shrunk: list[Memory] = []

    def write(self) -> None:
        """Writes into all arrays of the call."""
        for memory in self.memories:
            if memory.is_array:
                memory.real[:] = 7.0
                self.has_written = True

    def shrink(self) -> None:
        """Empties all buffers of the call that let themselves be emptied."""
        for memory in self.memories:
            if memory.shrink is not None and memory not in self.shrunk:
                try:
                    memory.shrink()
                except BufferError:
                    continue  # piconumpy holds on to the buffer
                self.shrunk.append(memory)

    def clear(self) -> None:
        for container in self.containers:
            container.clear()

    def follow(self) -> None:
        """Does to the models what was done to the things."""
        for memory in self.memories:
            if memory.is_array and self.has_written:
                memory.model[:] = 7.0
        for memory in self.shrunk:
            memory.follow_shrink()


reach = Reach()


def _recurse() -> None:
    _recurse()


def _raise() -> None:
    raise ZeroDivisionError


ACTIONS: dict[str, tuple[Callable[[], object], type[BaseException] | None]] = {
    "raise": (_raise, ZeroDivisionError),
    "recurse": (_recurse, RecursionError),
    "collect": (lambda: gc.collect(0), None),
    "write": (lambda: reach.write(), None),
    "shrink": (lambda: reach.shrink(), None),
    "clear": (lambda: reach.clear(), None),
}
"""What a hostile number does when it is asked for its value, and the error that this raises."""


class Hostile:
    """It is a number, but not one that operators take."""

    def __init__(self, action: str) -> None:
        self.action = action

    def __float__(self) -> float:
        ACTIONS[self.action][0]()
        return 1.5

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.action!r})"


class HostileReal(Hostile):
    """Operators take it too."""


numbers.Real.register(HostileReal)


class HostileInteger:
    def __init__(self, action: str) -> None:
        self.action = action

    def __index__(self) -> int:
        ACTIONS[self.action][0]()
        return 1

    __repr__ = Hostile.__repr__


class HostileExporter(exporter_base):  # type: ignore[misc]
    """Does something before it exports its numbers."""

    def __init__(self, action: str, numbers: list[float]) -> None:
        self.action = action
        self.numbers = numbers

    def __buffer__(self, flags: int) -> memoryview:
        ACTIONS[self.action][0]()
        return memoryview(np.array(self.numbers).tobytes()).cast("d")

    def tolist(self) -> list[float]:
        return self.numbers


class Wrong:
    def __float__(self) -> float:
        return "1.5"  # type: ignore[return-value]


class Loud(float):
    def __float__(self) -> float:
        raise AssertionError("the value of a float is known without asking")


class LoudInteger(int):
    def __float__(self) -> float:
        raise AssertionError("the value of an int is known without asking")

    __index__ = __float__  # type: ignore[assignment]


# ---- numbers ----------------------------------------------------------------------------------


class Number:
    """A scalar, the float that it means or its error, and whether operators take it."""

    def __init__(self, real: Any, value: Any = None, for_operators: bool = True) -> None:
        self.real = real
        self.meaning = float(real) if value is None else value
        self.for_operators = for_operators

    def value(self) -> float:
        if isinstance(self.meaning, type):
            raise Refused(self.meaning)
        return self.meaning

    def scalar(self) -> float:
        """The value of an operator's operand."""
        if not self.for_operators:
            raise Refused(TypeError)
        return self.value()

    def __repr__(self) -> str:
        return f"{type(self.real).__name__}:{self.real!r}"


_hostile = [
    Number(kind(action), error or 1.5 - 0.5 * (kind is HostileInteger), kind is HostileReal)
    for action, (_, error) in ACTIONS.items()
    for kind in (Hostile, HostileReal, HostileInteger)
]
_numbers = [
    *map(Number, SPECIAL),
    *(Number(i) for i in (0, 1, -1, 2, 3, -7, 2**30, -(2**30), 2**53 + 1, 2**70, 10**308)),
    *(Number(kind) for kind in (True, False, Fraction(1, 3), Fraction(-7, 2))),
    Number(Loud(2.5), 2.5),
    Number(LoudInteger(3), 3.0),
    *(
        Number(kind(value))
        for kind in (np.float64, np.float32, np.float16, np.longdouble)
        for value in (0.5, -3.25)
    ),
    *(Number(kind(5)) for kind in (np.int8, np.uint8, np.int64, np.uint64, np.bool_)),
    Number(Decimal("0.1"), None, False),
    Number(Decimal("nan"), None, False),
]
_refused = [
    Number(10**400, OverflowError),
    Number(-(10**400), OverflowError),
    Number(Fraction(10**400), OverflowError),
    Number(Wrong(), TypeError, False),
    *(Number(thing, TypeError) for thing in ("1.5", None, 1j, object, {1: 2}, {1.5})),
]

any_numbers = st.floats(width=64).map(Number) | st.sampled_from(
    [*_numbers, *_numbers, *_hostile, *_refused]
)

# ---- elements ---------------------------------------------------------------------------------


class ListLike:
    """Iterated by indices, and wrong about its length."""

    def __init__(self, items: list[Any]) -> None:
        self.items = items

    def __getitem__(self, index: int) -> Any:
        return self.items[index]

    def __len__(self) -> int:
        return 3


class Unlucky:
    """Raises after its last item."""

    def __init__(self, items: list[Any]) -> None:
        self.items = items

    def __iter__(self) -> Any:
        yield from self.items
        raise ZeroDivisionError


CONTAINERS: dict[str, Callable[[list[Any]], Any]] = {
    "list": lambda items: items,
    "tuple": tuple,
    "iterator": iter,
    "generator": lambda items: (item for item in items),
    "deque": deque,
    "list-like": ListLike,
    "unlucky": Unlucky,
}


class Elements:
    """Numbers in something that can be iterated: floats, with a few numbers of other kinds."""

    def __init__(
        self, kind: str, n: int, shift: int, others: Sequence[tuple[int, Number]] = ()
    ) -> None:
        self.kind, self.n, self.shift, self.others = kind, n, shift, others

    def real(self) -> tuple[Any, list[Any]]:
        """A new thing of this kind, and the list in it."""
        items: list[Any] = mixed(self.n, self.shift)
        for position, number in self.others:
            if self.n:
                items[position % self.n] = number.real
        return CONTAINERS[self.kind](items), items

    def values(self) -> np.ndarray[Any, Any]:
        """What array() makes of it."""
        items: list[Any] = mixed(self.n, self.shift)
        for position, number in self.others:
            if self.n:
                items[position % self.n] = number
        if self.kind == "unlucky":
            raise Refused(ZeroDivisionError)
        return np.array(
            [item.value() if isinstance(item, Number) else item for item in items], np.float64
        )

    def __repr__(self) -> str:
        return f"{self.kind}({self.n}, {self.shift}, {self.others})"


# ---- memory -----------------------------------------------------------------------------------


class Memory:
    """Numbers in memory: the thing that holds them, and NumPy's array of the same numbers."""

    def __init__(self, real: Any, model: np.ndarray[Any, Any], **marks: Any) -> None:
        self.real = real
        self.model = model
        self.is_array: bool = marks.pop("is_array", False)
        self.is_readonly: bool = marks.pop("is_readonly", False)
        self.is_released = False
        self.shrink: Callable[[], None] | None = marks.pop("shrink", None)
        self.error: type[BaseException] | None = marks.pop("error", None)
        assert not marks

    def numbers(self) -> list[Any]:
        """What the thing holds. It exports no buffer, which would change how PyPy's arrays work."""
        return self.real.tolist() if hasattr(self.real, "tolist") else list(self.real)

    def check(self) -> None:
        if not self.is_released:
            assert repr(self.numbers()) == repr(self.model.tolist()), self

    def fits(self, partner: Memory | None) -> bool:
        """Whether the two can take part in one operation."""
        return partner is None or (
            self.model.dtype == partner.model.dtype and self.model.shape == partner.model.shape
        )

    def follow_shrink(self) -> None:
        self.model = self.model[:0]
        self.is_released = isinstance(self.real, memoryview)

    def has_lost_place(self) -> bool:
        """PyPy does not tell where a slice of a slice is, which functions refuse."""
        return isinstance(self.real, memoryview) and self.real.obj is None and self.model.size > 0

    def is_view(self) -> bool:
        return isinstance(self.real, (memoryview, np.ndarray))

    def check_access(self) -> None:
        if self.is_released:
            raise Refused(TypeError, ValueError)
        if self.error is not None:
            raise Refused(self.error)

    def values(self) -> np.ndarray[Any, Any]:
        """What array() makes of it."""
        self.check_access()
        if self.model.ndim != 1 or (self.model.dtype.kind == "c" and self.model.size):
            raise Refused(TypeError)
        return self.model.real.astype(np.float64)  # empty if complex

    def __repr__(self) -> str:
        return f"{type(self.real).__name__}({self.model.dtype}, {self.model.shape})"


def array_memory(real: Any, model: Any) -> Memory:
    return Memory(real, np.array(model, np.float64), is_array=True)


def _shrinkable(n: int, shift: int) -> Memory:
    """A view that is released, and its bytearray emptied, by a hostile number."""
    owner = bytearray(np.array(mixed(n, shift)).tobytes())
    view = memoryview(owner).cast("d")

    def shrink() -> None:
        view.release()
        # While piconumpy makes the message of an error, it has another view of the bytearray, which
        # cannot be emptied then.
        with contextlib.suppress(BufferError):
            del owner[:]

    return Memory(view, np.array(mixed(n, shift)), shrink=shrink)


def _std_array(letter: str, dtype: str, values: Sequence[Any]) -> Memory:
    real: Any = std.array(letter, values)
    return Memory(real, np.array(values, dtype), shrink=lambda: real.__delitem__(slice(None)))


def _misaligned(n: int, shift: int) -> Memory:
    owner = bytearray(b"." + np.array(mixed(n, shift)).tobytes())
    model = np.frombuffer(bytearray(owner), np.uint8)
    return Memory(memoryview(owner)[1:].cast("d"), model[1:].view(np.float64))


def _numpy(dtype: Any) -> Callable[[int, int], Memory]:
    def make(n: int, shift: int) -> Memory:
        with np.errstate(all="ignore"):
            model = np.array(mixed(n, shift)).astype(dtype)
        return Memory(model.copy(), model)

    return make


def _hostile_exporter(n: int, shift: int) -> Memory:
    action = sorted(ACTIONS)[shift % len(ACTIONS)]
    real = HostileExporter(action, mixed(n, shift))
    return Memory(real, np.array(real.numbers), is_readonly=True, error=ACTIONS[action][1])


def _small(n: int) -> list[int]:
    return [i % 100 for i in range(n)]


def _readonly_ndarray(n: int, shift: int) -> Memory:
    memory = _numpy(np.float64)(n, shift)
    memory.real.flags.writeable = False
    memory.is_readonly = True
    return memory


def _two_dimensional(n: int, shift: int) -> Memory:
    model = np.array(mixed(2 * n, shift)).reshape(n, 2)
    return Memory(model.copy(), model)


def _without_dimensions(n: int, shift: int) -> Memory:
    model = np.array(mixed(1, shift)[0])
    return Memory(model.copy(), model)


BUFFERS: dict[str, Callable[[int, int], Memory]] = {
    "bytearray": _shrinkable,
    "array.array d": lambda n, shift: _std_array("d", "f8", mixed(n, shift)),
    "array.array f": lambda n, shift: _std_array(
        "f", "f4", [x if abs(x) < 1e38 else math.copysign(math.inf, x) for x in mixed(n, shift)]
    ),
    "array.array i": lambda n, shift: _std_array("i", "i4", _small(n)),
    "bytes": lambda n, shift: Memory(
        memoryview(np.array(mixed(n, shift)).tobytes()).cast("d"),
        np.array(mixed(n, shift)),
        is_readonly=True,
    ),
    "misaligned": _misaligned,
    "float64": _numpy(np.float64),
    "float32": _numpy(np.float32),
    "float16": _numpy(np.float16),
    "foreign order": _numpy(np.dtype(np.float64).newbyteorder()),
    "complex": _numpy(np.complex128),
    "int64": lambda n, shift: Memory(np.arange(n), np.arange(n)),
    "read-only": _readonly_ndarray,
    "2-D": _two_dimensional,
    "0-D": _without_dimensions,
}
"""New memory of n numbers, by its kind."""

if exporter_base is not object or sys.version_info >= (3, 12):
    BUFFERS["hostile exporter"] = _hostile_exporter
