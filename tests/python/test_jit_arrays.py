# SPDX-License-Identifier: BSD-3-Clause
"""Arrays within traced functions: what they give, raise, and refuse, compared with real ones."""

from __future__ import annotations

import math
from typing import Any, Callable

import pytest
from jit_support import outcome, ran_natively

import piconumpy
from piconumpy import TraceError, arange, array, empty, full, jit, linspace, ones, zeros

outside = array([1.0, 2.0])


def assigned(x: float) -> Any:
    a = array([x, 1.0, 2.0, 3.0])
    a[-1] = x * 2.0
    a[0:2] = x
    a[1:3] = [x, x * 3.0]
    a[::2] = (x + 1.0, 5)
    a[::-1] = array([1.0, 2.0, 3.0, x])
    a[2:2] = []
    a[3:1] = 7.0
    a[:1] = range(1)
    a[1:] = a[:3]
    return a


def filled(x: float) -> Any:
    a = empty(3)
    a.fill(x)
    b = empty(2)
    b[0] = x
    b[1:] = [x * 2.0]
    return [a, b, empty(0)]


def in_place(x: float) -> Any:
    a = b = array([x, 2.0])
    a += 1.0
    a -= [x, 1.0]
    a *= (2.0, x)
    a /= array([3.0, 4.0])
    a //= 0.125
    a %= 3.0
    a **= 2.0
    return [a, b]


def same_array(x: float) -> Any:
    a = array([x, 2.0])
    a.T[0] = 7.0
    (+a)[1] = 8.0
    a.copy()[1] = 9.0
    array(a)[1] = 10.0
    a[:][1] = 11.0
    a.tolist()[1] = 12.0
    return [a, a.T]


def into_out(x: float) -> Any:
    a, b, c = empty(2), array([x, 1.0]), array([0.0, 0.0])
    d = piconumpy.add(b, 2.0, out=a)
    piconumpy.sqrt(b, out=b)
    piconumpy.multiply(a, b, c)
    return [a, b, c, d]


def fractions_of(x: float, n: int) -> Any:
    return array([x / (i + 1) for i in range(n)])


TRACED: dict[str, Callable[[float], Any]] = {
    "assignments": assigned,
    "fill": filled,
    "operators in place": in_place,
    "one array by two names": same_array,
    "out": into_out,
    "operators": lambda x: [array([x, 2.0]) ** 2.0, 2.0 - array([x, 2.0]), -array([x, 0.0])],
    "divmod": lambda x: [*divmod(array([x, 0.0]), 2.0), *divmod(2.0, array([x, 0.0]))],
    "quotients of zero": lambda x: [array([x, 0.0]) / 0.0, 1.0 // array([0.0, x])],
    "matmul": lambda x: [
        array([x, 1.0]) @ [3.0, x],
        (x, 1.0) @ array([3.0, x]),
        [2.0, 3] @ array([x, 1.0]),
        array([x, 1.0]) @ array([3.0, x]),
    ],
    "dot": lambda x: [
        array([x, 1.0]).dot([3.0, x]),
        array([x, 1.0]).dot(range(2)),
        array([x, 1.0]).dot(y for y in (x, 2.0)),
        array([]).dot([]),
    ],
    "sums of few": lambda x: [array([]).sum(), array([x])[1:].sum(), array([x, 0.1]).sum()],
    "sum of 31": lambda x: fractions_of(x, 31).sum(),
    "sum of 33": lambda x: fractions_of(x, 33).sum(),
    "sum of 100": lambda x: fractions_of(x, 100).sum(),
    "mean of 40": lambda x: fractions_of(x, 40).mean(),
    "dot of 70": lambda x: fractions_of(x, 70).dot(fractions_of(1.0, 70)),
    "mean of nothing": lambda x: [array([]).mean(), x],
    "extremes": lambda x: [
        array([x, math.nan, 1.0]).min(),
        array([x, -0.0, 0.0]).max(),
        array([0.0, -0.0]).min() * 1.0,
        array([1.0, 2.0]).max() * x,
    ],
    "attributes": lambda x: [
        array([x, x]).size,
        array([]).size,
        array([x]).nbytes,
        array([x]).ndim,
        array([x, x]).shape,
        array([x]).itemsize,
        array([x]).typecode == "d",
        array([x]) == array([x]),
        array([x]) == [x],
        array([x]) != array([x, x]),
        bool(array([])),
        bool(array([0.0])),
        x in array([2.0, x]),
        list(reversed(array([x, 2.0]))),
    ],
    "attributes that there are not": lambda x: [
        hasattr(array([x]), "__missing__"),
        hasattr(array([x]), "__len__"),
    ],
    "array": lambda x: [
        array(array([x, 1.0])),
        array(x * i for i in range(3)),
        array({1.0: x, 3.0: 4}.values()),
        array([True, x > 1.0, 3]),
    ],
    "zeros": lambda x: [zeros(2) + x, zeros(0), zeros(True)],
    "ones": lambda x: [ones(2) * x, ones(0)],
    "full": lambda x: [full(2, x), full(1, 3), full(value=x, n=2)],
    "ranges": lambda x: [linspace(0.0, 1.0, 5) * x, arange(0.0, 1.0, 0.25) * x],
    "functions of constants": lambda x: [
        piconumpy.add(array([1.0, 4.0]), 2.0),
        piconumpy.sqrt(array([1.0, 4.0])),
        piconumpy.sin(array([1.0, 4.0])),
        piconumpy.hypot(3.0, 4.0) * x,
        piconumpy.minimum(array([x, 1.0]), array([0.5, 3.0])),
        piconumpy.maximum(array([x, 1.0]), x > 1.0),
    ],
    "functions by keyword": lambda x: [piconumpy.add(a=array([x]), b=x), piconumpy.sqrt(a=x)],
}


@pytest.mark.parametrize("name", TRACED)
def test_arrays_in_a_traced_function_are_as_in_python(name: str) -> None:
    function = TRACED[name]
    jitted = jit(function)
    for x in (1.5, 0.0, 3.0):
        for _ in range(2):
            assert outcome(jitted, x) == outcome(function, x)
    assert ran_natively(jitted, 1.5)


def element_of(key: Any) -> Callable[[float], Any]:
    return lambda x: array([x, 1.0, 2.0])[key]


def to_element(key: Any, value: Any) -> Callable[[float], Any]:
    def assign(x: float) -> Any:
        a = array([x, 1.0, 2.0])
        a[key] = value
        return a

    return assign


def to_slice(value: Any) -> Callable[[float], Any]:
    def assign(x: float) -> Any:
        a = array([x, 1.0, 2.0])
        a[0:2] = value
        return a

    return assign


def with_out(out: Callable[[], Any]) -> Callable[[float], Any]:
    def add(x: float) -> Any:
        return piconumpy.add(array([x, 1.0]), 2.0, out=out())

    return add


RAISING: dict[str, Callable[[float], Any]] = {
    "index": element_of(3),
    "index below": element_of(-4),
    "index of text": element_of("a"),
    "index of a float": element_of(1.0),
    "index of a tuple": element_of((0,)),
    "assignment behind": to_element(3, 1.0),
    "assignment before": to_element(-4, 1.0),
    "assignment by text": to_element("a", 1.0),
    "assignment of text": to_element(0, "a"),
    "assignment of None": to_element(0, None),
    "assignment of a list": to_element(0, [1.0]),
    "assignment of a huge int": to_element(0, 10**400),
    "slice of one": to_slice([1.0]),
    "slice of three": to_slice(array([1.0, 2.0, 3.0])),
    "slice of text": to_slice("ab"),
    "slice of None": to_slice(None),
    "slice of a dict": to_slice({1.0: 2.0, 3.0: 4.0}),
    "fill with a list": lambda x: array([x, x]).fill([2.0, 1.0]),
    "lengths of operands": lambda x: array([x]) * [1.0, 2.0],
    "lengths in place": lambda x: array([x]).__iadd__([1.0, 2.0]),
    "lengths of a product": lambda x: array([x, 1.0]) @ [1.0],
    "lengths of a product with nothing": lambda x: array([]).dot([x]),
    "product with a number": lambda x: array([x, 1.0]) @ x,
    "product of a number": lambda x: x @ array([x, 1.0]),
    "product with a range": lambda x: array([x, 1.0]) @ range(2),
    "product of a range": lambda x: range(2) @ array([x, 1.0]),
    "product with a dict": lambda x: array([x, 1.0]).dot({1.0: 2.0, 3.0: 4.0}),
    "minimum of nothing": lambda x: array([]).min(),
    "maximum of nothing": lambda x: array([x])[1:].max(),
    "attribute": lambda x: array([x]).__missing__,  # type: ignore[attr-defined]
    "array of text": lambda x: array("ab"),
    "array of a dict": lambda x: array({1.0: x}),
    "array of a set": lambda x: array({1.0}),
    "array of a frozen set": lambda x: array(frozenset([1.0])),
    "array of a number": lambda x: array(x),
    "array of texts": lambda x: array(["a"]),
    "array of lists": lambda x: array([[x]]),
    "array of nothing": lambda x: array(),  # type: ignore[call-arg]
    "zeros below 0": lambda x: zeros(-1),
    "ones below 0": lambda x: ones(-1),
    "empty below 0": lambda x: empty(-1),
    "full below 0": lambda x: full(-1, x),
    "zeros of a float": lambda x: zeros(2.0),  # type: ignore[arg-type]
    "zeros by name": lambda x: zeros(n=2),  # type: ignore[call-arg]
    "full of text": lambda x: full(2, "a"),  # type: ignore[arg-type]
    "full of a list": lambda x: full(2, [x]),  # type: ignore[arg-type]
    "too few operands": lambda x: piconumpy.add(x),
    "too many operands": lambda x: piconumpy.sqrt(array([x]), None, x),
}


@pytest.mark.parametrize("name", RAISING)
def test_what_arrays_do_not_take_raises_as_in_python(name: str) -> None:
    function = RAISING[name]
    expected = outcome(function, 1.5)
    assert outcome(jit(function), 1.5) == expected
    assert not isinstance(expected, tuple)


def is_read_before_it_is_written(x: float) -> Any:
    a = empty(2)
    a[0] = x
    return a


def writes_outside(x: float) -> Any:
    outside[0:1] = x
    return x


def adds_to_what_is_outside(x: float) -> Any:
    y = outside
    y += x
    return y


def fills_what_is_outside(x: float) -> Any:
    outside.fill(x)
    return x


REFUSED: dict[str, tuple[Callable[[float], Any], str]] = {
    "an element of empty": (lambda x: empty(2)[0] * x, "was not written"),
    "the sum of empty": (lambda x: empty(2).sum() * x, "was not written"),
    "the elements of empty": (lambda x: [y for y in empty(2)], "was not written"),
    "empty in part": (is_read_before_it_is_written, "was not written"),
    "a slice outside": (writes_outside, "made outside of the function is changed"),
    "in place outside": (adds_to_what_is_outside, "made outside of the function is changed"),
    "fill outside": (fills_what_is_outside, "made outside of the function is changed"),
    "out outside": (with_out(lambda: outside), "made outside of the function is changed"),
    "out of another length": (with_out(lambda: array([1.0])), "out of piconumpy.add"),
    "out of another type": (with_out(lambda: [1.0, 2.0]), "out of piconumpy.add"),
    "a scalar with out": (
        lambda x: piconumpy.add(x, 1.0, out=array([1.0])),
        "piconumpy.add of these arguments",
    ),
    "a function of a list": (
        lambda x: piconumpy.sqrt([x, x]),  # type: ignore[call-overload]
        "piconumpy.sqrt of these arguments",
    ),
    "lengths of a function's operands": (
        lambda x: piconumpy.add(array([x, x]), array([x])),
        "piconumpy.add of these arguments",
    ),
    "a function that is not the C library's": (
        lambda x: piconumpy.sin(array([x])),
        "differs from the C library's",
    ),
    "round": (lambda x: round(array([x])), "round of an array"),
    "another method": (lambda x: array([x]).std(), "array.std isn't traced"),  # type: ignore[attr-defined]
    "a protocol": (lambda x: hasattr(array([x]), "__dlpack__"), "array.__dlpack__ isn't traced"),
    "documentation": (lambda x: array([x]).__doc__, "the attribute '__doc__' can't be traced"),
    "a set": (lambda x: array([x]) + {1.0}, "an operation between an array and set"),  # type: ignore[operator]
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_arrays_can_t_do_in_a_trace_is_refused(name: str) -> None:
    function, message = REFUSED[name]
    with pytest.raises(TraceError, match=message):
        jit(function)(1.5)
    assert outside == array([1.0, 2.0])


# ---- with NumPy ---------------------------------------------------------------------------------


def test_an_array_with_an_ndarray_is_as_in_python() -> None:
    np = pytest.importorskip("numpy")

    def in_place(x: float) -> Any:
        a = b = array([x, 1.0])
        a += np.array([x, 2.0])
        a[1:] = np.array([x]) * 2.0
        return [a, b]

    def of_two_dimensions(x: float) -> Any:
        a = array([x, 1.0])
        a += np.array([[x, 2.0]])
        return a

    def of_another_length(x: float) -> Any:
        a = array([x, 1.0])
        a += np.array([x])
        return a

    functions: list[Callable[[float], Any]] = [
        in_place,
        of_two_dimensions,
        of_another_length,
        lambda x: array([x, 1.0]) + np.array([x, 2.0]),
        lambda x: np.array([x, 2.0]) - array([x, 1.0]),
        lambda x: array([x, 1.0]) @ np.array([x, 2.0]),
        lambda x: np.array([x, 2.0]) @ array([x, 1.0]),
        lambda x: array([x, 1.0]).dot(np.array([x, 2.0])),
        lambda x: array(np.array([x, 2.0])),
        lambda x: array(np.array([[x, 2.0]])),
    ]
    for function in functions:
        assert outcome(jit(function), 1.5) == outcome(function, 1.5)


@pytest.mark.parametrize(
    "function",
    [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a * b,
        lambda a, b: a / b,
        lambda a, b: a // b,
        lambda a, b: a % b,
        lambda a, b: a**b,
        divmod,
        lambda a, b: a == b,
        lambda a, b: a != b,
        lambda a, b: a @ b,
    ],
)
def test_a_scalar_of_numpy_on_either_side_of_an_array(function: Callable[..., Any]) -> None:
    np = pytest.importorskip("numpy")

    def on_the_left(x: float) -> Any:
        return function(np.float64(2.5), array([x, 2.0]))

    def on_the_right(x: float) -> Any:
        return function(array([x, 2.0]), np.float64(2.5))

    for f in (on_the_left, on_the_right):
        assert outcome(jit(f), 1.5) == outcome(f, 1.5)
