# SPDX-License-Identifier: BSD-3-Clause
"""Calls of functions whose paths meet where they return.

Four calls of a function with three paths make 81 paths. So if there are too many, the paths of each
function from outside are explored by themselves, and become a piece of program with branches, which
each call takes over.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

from . import arrays, paths, structure
from .numbers import Number, numpy_float
from .outside import Outside, are_same, contents_of
from .structure import Form
from .tape import Refusal, Tape

__all__ = ["call"]


class _Unmergeable(Exception):
    """A function changes its arguments."""


def call(outside: Outside, function: Any, arguments: tuple[Any, ...]) -> Any:
    """The result of a call."""
    tape = outside.tape
    assert tape is not None
    copy = outside.copy_of(function)
    if any(isinstance(argument, types.FunctionType) for argument in arguments):
        return copy(*arguments)  # it can have numbers of the caller's in its cells
    indices: list[int] = []
    forms = tuple(
        structure.take_apart(argument, tape, outside, {}, indices) for argument in arguments
    )
    if any(map(structure.has_again, forms)):
        return copy(*arguments)
    forms = tuple(_as_argument(form, value) for form, value in zip(forms, arguments))
    key = (id(function), forms)
    if key not in outside.merged:
        outside.merged[key] = _explored(outside, tape, copy, forms)
    trace = outside.merged[key]
    if trace is None:
        return copy(*arguments)
    outputs = tape.splice(trace.list, indices)
    numbers = iter([Number(tape, index, float) for index in outputs])
    return _rebuilt(trace.forms[0], numbers, arguments, outside)


def _as_argument(form: Form, value: Any) -> Form:
    """The form of a result as that of an argument."""
    kind = form[0]
    if kind == "ndarray":
        return ("lanes", len(value)) if value.is_lanes else form
    if kind in ("list", "tuple"):
        return (kind, *map(_as_argument, form[1:], value))
    if kind in ("namedtuple", "dict"):
        items = value.values() if kind == "dict" else tuple.__iter__(value)
        return (*form[:2], *map(_as_argument, form[2:], items))
    return form


def _explored(outside: Outside, outer: Tape, copy: Any, forms: tuple[Form, ...]) -> Any:
    """The paths of a function; None if its calls are to be followed one by one."""

    def follow(tape: Tape) -> paths.Leaf:
        outside.tape = tape
        arguments = structure.stand_ins(forms, tape, outside)
        outputs: list[int] = []
        by_id = structure.places_of(arguments)
        before = [contents_of(argument) for argument in arguments]
        try:
            result = copy(*arguments)
            if not are_same([before], [[contents_of(argument) for argument in arguments]]):
                raise _Unmergeable
            form = structure.take_apart(result, tape, outside, by_id, outputs)
            return paths.Leaf(form, outputs)
        except (Refusal, _Unmergeable):
            raise
        except BaseException as error:
            return paths.raising_leaf(error)
        finally:
            outer.texts += tape.texts

    try:
        found = paths.explore(follow, outer.is_fast)
    except _Unmergeable:
        return None
    finally:
        outside.tape = outer
    is_mergeable = len(found.forms) == 1 and not structure.has_again(found.forms[0])
    return found if is_mergeable and not found.is_dead else None


def _rebuilt(
    form: Form, numbers: Iterator[Number], arguments: tuple[Any, ...], outside: Outside
) -> Any:
    """A result with the numbers of the caller's tape."""
    kind = form[0]
    if kind == "argument":
        return structure.argument_at(form, arguments)
    if kind == "array":
        return arrays.array_of([next(numbers) for _ in range(form[1])])
    if kind == "int":
        number = next(numbers)
        return Number(number.tape, number.index, int)
    if kind == "constant":
        return outside.watch(form[1].value)
    if kind == "ndarray":
        from . import numpy_functions

        is_lanes = any(structure.stands_for_ndarray(a) and a.is_lanes for a in arguments)
        return numpy_functions.made(list(numbers), form[1], is_lanes)
    if kind in ("list", "tuple"):
        items = [_rebuilt(part, numbers, arguments, outside) for part in form[1:]]
        return items if kind == "list" else tuple(items)
    if kind == "namedtuple":
        parts = [_rebuilt(part, numbers, arguments, outside) for part in form[2:]]
        return tuple.__new__(outside.watch(form[1].value), parts)
    if kind == "dict":
        keys = [outside.key(key.value) for key in form[1]]
        return dict(zip(keys, [_rebuilt(part, numbers, arguments, outside) for part in form[2:]]))
    number = next(numbers)
    return Number(number.tape, number.index, numpy_float() if kind == "float64" else float)
