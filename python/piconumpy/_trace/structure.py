# SPDX-License-Identifier: BSD-3-Clause
"""Arguments and results: from nested objects to flat lists of numbers, and back.

A *form* says what an object looks like without its numbers. It is a tuple (kind, ...), and equal
forms mean equal looks. An argument's form, with those of the others, is the signature of a call.
"""

from __future__ import annotations

import functools
import math
import sys
import types
from collections.abc import Iterable, Iterator
from typing import Any

from . import arrays
from .classes import real_class
from .numbers import Number, Truth
from .objects import ABSENT, real_of
from .outside import Outside
from .tape import Tape, TraceError, refuse

__all__ = [
    "Constant",
    "Form",
    "argument_at",
    "build",
    "count_of",
    "flatten",
    "form_of",
    "has_again",
    "is_container",
    "is_lanes",
    "is_namedtuple",
    "ndarray_type",
    "places_of",
    "stand_in",
    "stand_ins",
    "stands_for_ndarray",
    "take_apart",
]

Form = tuple[Any, ...]


class Constant:
    """An object in a signature, which is compared by type and value."""

    __slots__ = ("key", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        # 1, 1.0, and True are equal, but don't mean the same to a function. Other objects than
        # these are known by their identity, which lasts as long as the signature keeps them.
        if type(value) in (int, bool, str, bytes, type(None)):
            self.key: Any = (type(value), value)
        elif type(value) is complex:
            self.key = (complex, repr(value))
        elif _is_numpy_scalar(value):  # an integer or bool
            self.key = (type(value), repr(value))
        elif type(value) is types.MethodType:  # made anew by each access to the attribute
            self.key = (types.MethodType, id(value.__self__), id(value.__func__))
        else:
            self.key = (None, id(value))

    def __eq__(self, other: object) -> bool:
        return type(other) is Constant and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        if self.key[0] not in (None, types.MethodType):
            return repr(self.value)
        return f"<{getattr(self.value, '__qualname__', None) or type(self.value).__qualname__}>"


def _is_numpy_scalar(value: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and issubclass(type(value), getattr(numpy, "generic", ()))


def ndarray_type() -> Any:
    """NumPy's type of arrays; None as long as NumPy was not imported."""
    numpy = sys.modules.get("numpy")
    return None if numpy is None else getattr(numpy, "ndarray", None)


def form_of(value: Any) -> Form:
    """The form of an argument."""
    kind = type(value)
    if kind is float:
        return ("float",)
    if kind is arrays.ARRAY:
        return ("array", len(value))
    if kind in (list, tuple):
        return (kind.__name__, *map(form_of, value))
    ndarray = ndarray_type()
    if ndarray is not None:
        if kind is ndarray:
            return _form_of_ndarray(value)
        numpy = sys.modules["numpy"]
        if kind is numpy.float64:
            return ("float64",)
        if isinstance(value, (numpy.integer, numpy.bool_)):
            return ("constant", Constant(value))
        if isinstance(value, numpy.generic):
            raise TraceError(f"a number of type {kind.__name__} as an argument: pass a float")
    if is_namedtuple(kind):
        refuse_attributes(value)
        return ("namedtuple", Constant(kind), *map(form_of, tuple.__iter__(value)))
    if kind is dict:
        return ("dict", tuple(map(Constant, value)), *map(form_of, value.values()))
    if kind in (set, bytearray, memoryview):
        raise TraceError(f"an argument of type {kind.__qualname__}")
    return ("constant", Constant(value))


def _form_of_ndarray(value: Any) -> Form:
    if value.dtype != "float64":
        raise TraceError(
            f"an ndarray of dtype {value.dtype} as an argument: float64 is needed, as from "
            "x.astype(float)"
        )
    if value.ndim == 1:
        return ("ndarray", len(value))
    if value.ndim == 2:
        return ("lanes", len(value))
    raise TraceError(f"an ndarray of {value.ndim} dimensions as an argument: 1 or 2 are needed")


def is_namedtuple(kind: type) -> bool:
    """Whether a class is one of named tuples."""
    return issubclass(kind, tuple) and hasattr(kind, "_make")


def refuse_attributes(value: Any) -> None:
    """Refuses a named tuple with attributes beside its fields, which a form does not have."""
    if getattr(value, "__dict__", None):
        refuse(f"an object of type {type(value).__qualname__} with attributes beside its fields")


def is_lanes(form: Form) -> bool:
    """Whether an argument holds many lanes: an ndarray of two dimensions."""
    return form[0] == "lanes" or any(type(part) is tuple and is_lanes(part) for part in form[1:])


def is_container(value: Any) -> bool:
    """Whether a value is known by its identity when it is returned."""
    return type(value) in (list, tuple, dict, arrays.TracedArray) or stands_for_ndarray(value)


def stands_for_ndarray(value: Any) -> bool:
    """Whether a value is a TracedNdarray, whose module is not imported without NumPy."""
    return type(value).__name__ == "TracedNdarray"


def flatten(value: Any, numbers: list[Any]) -> None:
    """Appends the numbers of an argument, in the order of stand_in. Those of lanes are rows."""
    kind = type(value)
    if kind is float:
        numbers.append(value)
    elif kind is list:
        for item in value:
            flatten(item, numbers)
    elif kind is tuple or is_namedtuple(kind):
        for item in tuple.__iter__(value):  # of a subclass, which can have another order
            flatten(item, numbers)
    elif kind is dict:
        for item in value.values():
            flatten(item, numbers)
    elif kind is arrays.ARRAY:
        numbers.extend(value.tolist())
    elif kind is ndarray_type():
        numbers.extend(value.tolist() if value.ndim == 1 else value)
    elif ndarray_type() is not None and kind is sys.modules["numpy"].float64:
        numbers.append(float(value))


def count_of(form: Form) -> int:
    """How many numbers an argument or result of a form has."""
    kind = form[0]
    if kind in ("float", "float64", "int"):
        return 1
    if kind in ("array", "lanes") or (kind == "ndarray" and type(form[1]) is int):
        return int(form[1])
    if kind == "ndarray":
        return math.prod(form[1])
    if kind in ("constant", "argument"):
        return 0
    return sum(map(count_of, form[1 if kind in ("list", "tuple") else 2 :]))


def stand_in(form: Form, numbers: Iterator[Any], outside: Outside) -> Any:
    """What stands for an argument while tracing, with numbers of the tape."""
    kind = form[0]
    if kind == "float":
        return next(numbers)
    if kind == "float64":
        number = next(numbers)
        return Number(number.tape, number.index, sys.modules["numpy"].float64)
    if kind == "array":
        items = [next(numbers) for _ in range(form[1])]
        return arrays.TracedArray(items, is_fixed=True)
    if kind in ("ndarray", "lanes"):
        from . import numpy_functions

        items = [next(numbers) for _ in range(count_of(form))]
        shape = form[1] if type(form[1]) is tuple else (form[1],)
        return numpy_functions.made(items, shape, kind == "lanes")
    if kind == "int":
        number = next(numbers)
        return Number(number.tape, number.index, int)
    if kind == "constant":
        return outside.watch(form[1].value)
    if kind == "dict":
        keys = [outside.key(key.value) for key in form[1]]
        return dict(zip(keys, [stand_in(part, numbers, outside) for part in form[2:]]))
    if kind == "namedtuple":
        parts = [stand_in(part, numbers, outside) for part in form[2:]]
        return tuple.__new__(outside.watch(form[1].value), parts)
    items = [stand_in(part, numbers, outside) for part in form[1:]]
    return items if kind == "list" else tuple(items)


def stand_ins(forms: Iterable[Form], tape: Tape, outside: Outside) -> list[Any]:
    """What stands for all arguments, whose numbers become the inputs of the tape."""
    forms = tuple(forms)
    count = sum(map(count_of, forms))
    numbers = iter([Number(tape, tape.input(), float) for _ in range(count)])
    return [stand_in(form, numbers, outside) for form in forms]


# ---- results ------------------------------------------------------------------------------------


def places_of(arguments: Iterable[Any]) -> dict[int, tuple[Any, ...]]:
    """By the id of each container among the arguments, its position, and the keys within them."""
    places: dict[int, tuple[Any, ...]] = {}
    pending: list[tuple[tuple[Any, ...], Any]] = [((i,), a) for i, a in enumerate(arguments)]
    for place, value in pending:  # which grows
        if is_container(value) or isinstance(value, tuple):
            places[id(value)] = place
        if isinstance(value, tuple):
            pending += [((*place, key), item) for key, item in enumerate(tuple.__iter__(value))]
        elif isinstance(value, list):
            pending += [((*place, key), item) for key, item in enumerate(value)]
        elif isinstance(value, dict):
            pending += [((*place, real_of(key)), item) for key, item in value.items()]
    return places


def argument_at(form: Form, arguments: tuple[Any, ...]) -> Any:
    """The argument, or the item of one, that a form ("argument", ...) tells of."""
    return functools.reduce(_item, form[2:], arguments[form[1]])


def _item(container: Any, key: Any) -> Any:
    return tuple.__getitem__(container, key) if isinstance(container, tuple) else container[key]


def take_apart(
    value: Any,
    tape: Tape,
    outside: Outside,
    arguments: dict[int, tuple[Any, ...]],
    numbers: list[int],
) -> Form:
    """The form of a result, whose numbers are appended as indices of the tape.

    An argument that is returned itself is ("argument", its position), and an item of it has its
    keys behind the position: `arguments` are the places_of them. An object from outside is
    ("constant", Constant(object)). A container that comes again is ("again", how many others were
    complete before it), and is added to `arguments`.
    """
    if id(value) in arguments:
        place = arguments[id(value)]
        return place if place[0] == "again" else ("argument", *place)
    form = _taken_apart(value, tape, outside, arguments, numbers)
    if form[0] in _CONTAINERS:
        complete = sum(place[0] == "again" for place in arguments.values())
        arguments[id(value)] = ("again", complete)
    return form


_CONTAINERS = ("array", "ndarray", "list", "dict")  # of results, that can be changed later


def has_again(form: Form) -> bool:
    """Whether a container comes again in a form."""
    return form[0] == "again" or any(
        type(part) is tuple and has_again(part) for part in form[1:] if part
    )


def _taken_apart(
    value: Any,
    tape: Tape,
    outside: Outside,
    arguments: dict[int, tuple[Any, ...]],
    numbers: list[int],
) -> Form:
    original = outside.original(value)
    if original is not ABSENT:
        return ("constant", Constant(original))
    kind = type(value)
    if kind is Truth:
        make = sys.modules["numpy"].bool_ if value.is_numpy else bool
        return ("constant", Constant(make(bool(value))))
    if kind is Number:
        numbers.append(value.index)
        return (value.kind.__name__,)
    if kind is float:
        numbers.append(tape.constant(value))
        return ("float",)
    if kind is arrays.TracedArray:
        for item in value.read():
            numbers.append(item.index if type(item) is Number else tape.constant(item))
        return ("array", len(value))
    if kind in (list, tuple):
        parts = [take_apart(item, tape, outside, arguments, numbers) for item in value]
        return (kind.__name__, *parts)
    if is_namedtuple(kind):
        refuse_attributes(value)
        items = tuple.__iter__(value)
        parts = [take_apart(item, tape, outside, arguments, numbers) for item in items]
        return ("namedtuple", Constant(real_class(kind)), *parts)
    if kind is dict:
        parts = [take_apart(item, tape, outside, arguments, numbers) for item in value.values()]
        return ("dict", tuple(Constant(real_of(key)) for key in value), *parts)
    if value is None or kind in (bool, int, str, bytes, complex):
        return ("constant", Constant(value))
    if ndarray_type() is not None:
        from . import numpy_functions

        form = numpy_functions.take_apart(value, tape, numbers)
        if form is not None:
            return form
    return refuse(f"the function returns {kind.__qualname__}, which can't be made of numbers")


def build(
    form: Form,
    numbers: Iterator[float],
    arguments: tuple[Any, ...],
    containers: list[Any] | None = None,
) -> Any:
    """A result of a form, with the numbers of a run. The containers are those made before."""
    made = [] if containers is None else containers
    if form[0] == "again":
        return made[form[1]]
    result = _built(form, numbers, arguments, made)
    if form[0] in _CONTAINERS:
        made.append(result)
    return result


def _built(
    form: Form, numbers: Iterator[float], arguments: tuple[Any, ...], made: list[Any]
) -> Any:
    kind = form[0]
    if kind == "float":
        return next(numbers)
    if kind == "int":
        return int(next(numbers))
    if kind == "array":
        return arrays.ARRAY([next(numbers) for _ in range(form[1])])
    if kind == "constant":
        return form[1].value
    if kind == "argument":
        return argument_at(form, arguments)
    if kind == "list":
        return [build(part, numbers, arguments, made) for part in form[1:]]
    if kind == "tuple":
        return tuple([build(part, numbers, arguments, made) for part in form[1:]])
    if kind == "namedtuple":
        parts = [build(part, numbers, arguments, made) for part in form[2:]]
        return tuple.__new__(form[1].value, parts)
    if kind == "dict":
        values = [build(part, numbers, arguments, made) for part in form[2:]]
        return {key.value: value for key, value in zip(form[1], values)}
    numpy = sys.modules["numpy"]
    if kind == "float64":
        return numpy.float64(next(numbers))
    shape = form[1]
    return numpy.array([next(numbers) for _ in range(math.prod(shape))]).reshape(shape)
