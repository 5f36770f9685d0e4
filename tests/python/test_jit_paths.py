# SPDX-License-Identifier: BSD-3-Clause
"""jit of functions with more paths than a program may have: the paths of their helpers meet."""

from __future__ import annotations

import enum
import math
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest
from jit_support import outcome, ran_natively

from piconumpy import TraceError, array, jit
from piconumpy._trace.numbers import Number
from piconumpy._trace.paths import Leaf, explore
from piconumpy._trace.tape import Op, Tape


class Mode(enum.Enum):
    LOW = 1.5
    HIGH = 2.5


class Pair(NamedTuple):
    first: float
    second: float


def bent(x: float) -> float:
    """Three paths. Four calls in a row have 81, which is more than a program may have."""
    if x < -1.0:
        return x * 2.0
    return 0.5 * x if x < 1.0 else x - 0.25


def of_list(v: Any) -> Any:
    return [bent(v[0]), v[1]]


def of_tuple(v: Any) -> Any:
    return bent(v[0]), (v[1], v[0])


def of_pair(p: Pair) -> Any:
    return Pair(bent(p.first), p.second * p[0])


def of_dict(d: Any) -> Any:
    return {"a": bent(d["a"]), "b": d["b"]}


def of_array(v: Any) -> Any:
    return array([bent(v[0]), v[1]]) + v


def of_nested(v: Any) -> Any:
    return {"a": [bent(v[0].first), v[1]["b"]], "p": Pair(v[2][0], v[2][1])}


def of_int(n: int) -> Any:
    return (n + 2) // 2 if n < 0 else n * 3 if n < 2 else n


def of_floor(x: float) -> Any:
    return math.floor(x) if x < 0.0 else round(x) if x < 2.0 else math.ceil(x)


def with_constants(x: float, mode: Mode, flag: bool, name: str) -> Any:
    return [bent(x) * mode.value if flag else x, mode, flag, name, None, 2]


def same(v: Any) -> Any:
    v[0] > 1.0 and v[1] > 1.0  # which makes paths
    return v


def item(v: Any, d: Any, p: Any) -> Any:
    v[0][0] > 1.0 and v[0][1] > 1.0
    return [v[0], d["a"], p[0]]


def of_rows(rows: Any) -> float:
    return bent(rows[0][0]) + rows[1][1]


def through(f: Any, x: float) -> float:
    return f(x) + 1.0


def closed_over(x: float) -> Any:
    y = bent(x)
    return [through(lambda v: bent(v) * y, x), through(lambda v: v + y, x)]


def twice_the_same(x: float) -> Any:
    v = [x, 2.0 * x]
    return [bent(x), bent(-x), bent(x + 1.0), of_rows([v, v])]


def grows(v: Any) -> Any:
    v.append(bent(v[0]))
    return sum(v)


HELPERS: dict[str, Any] = {
    "float": bent,
    "list": lambda x: of_list([x, 1.0]),
    "tuple": lambda x: of_tuple((x, 1.0)),
    "named tuple": lambda x: of_pair(Pair(x, 2.0)),
    "dict": lambda x: of_dict({"a": x, "b": 2.0 * x}),
    "array": lambda x: of_array(array([x, 1.0])),
    "nested": lambda x: of_nested([Pair(x, 1.0), {"b": x}, array([x, 2.0])]),
    "int argument": lambda x: of_int(math.floor(x)),
    "int result": of_floor,
    "constants": lambda x: with_constants(x, Mode.LOW, True, "a"),
    "other constants": lambda x: with_constants(x, Mode.HIGH, False, "b"),
    "argument": lambda x: same([x, 2.0 * x]),
    "items of arguments": lambda x: item(([x, 2.0 * x], 1.0), {"a": [x]}, Pair([x], 1.0)),  # type: ignore[arg-type]
    "a function": closed_over,
    "a change of an argument": lambda x: [grows([x, 1.0]), x],
    "an object twice": twice_the_same,
}


def six(helper: Any) -> Any:
    return lambda x: [helper(x), helper(x + 1.0), helper(-x), helper(3.0 * x), bent(x), bent(-x)]


STARTS = [-3.5, -0.5, 0.25, 0.75, 2.5]


def agrees(function: Any, starts: list[Any] = STARTS) -> None:
    """Asserts that calls run natively, with the results of the function itself."""
    jitted = jit(function)
    for x in starts:
        assert outcome(jitted, x) == outcome(function, x)
        assert ran_natively(jitted, x)


@pytest.mark.parametrize("name", HELPERS)
def test_the_paths_of_helpers_meet(name: str) -> None:
    agrees(six(HELPERS[name]))


def test_the_paths_of_helpers_of_ndarrays_meet() -> None:
    np = pytest.importorskip("numpy")

    def of_vector(y: Any) -> Any:
        return np.array([bent(y[0]), y[1]]) - y

    def of_matrix(y: Any) -> Any:
        return np.array([[bent(y[0, 0]), 1.0], [y[0, 1], y[1, 0]]])

    def of_number(x: Any) -> Any:
        return bent(np.float64(x) * 2.0)

    def of_number_and_item(y: Any) -> Any:
        return [of_number(y[1]), of_list([y[0], 2.0])]

    for helper in (
        lambda x: of_vector(np.array([x, 1.0])),
        lambda x: of_matrix(np.array([[x, 1.0], [2.0 * x, 3.0]])),
        lambda x: of_number(x),
        lambda x: of_number_and_item(np.array([x, 1.0])),
    ):
        agrees(six(helper))


def test_the_paths_of_helpers_of_lanes_meet() -> None:
    np = pytest.importorskip("numpy")

    def of_lanes(y: Any) -> Any:
        return np.array([bent(y[0]), y[1] * y[0]])

    def f(y: Any) -> Any:
        for _ in range(5):
            y = of_lanes(y) - 0.25
        return y

    states = np.array([STARTS, [1.0, 0.5, -0.5, 2.0, 3.0]])
    jitted = jit(f)
    found = jitted(states)
    assert ran_natively(jitted, states)
    assert found.T.tolist() == [f(np.array(column)).tolist() for column in states.T]


def test_helpers_that_raise_do_so_in_python() -> None:
    def large(x: float) -> float:
        if bent(x) > 2.0:
            raise ValueError("too large")
        return x

    def caught(x: float) -> float:
        try:
            return large(x)
        except ValueError:
            return -1.0

    for function in (six(caught), six(large)):
        jitted = jit(function)
        for x in STARTS:
            assert outcome(jitted, x, file=__file__) == outcome(function, x, file=__file__)


def test_a_function_that_does_not_repeat_itself_is_refused() -> None:
    def follow(tape: Tape) -> Leaf:
        tapes.append(tape)
        x = tape.input()
        tape.decide(tape.record(Op.LESS, x, tape.constant(float(len(tapes)))))
        return Leaf(("float",), [x])

    tapes: list[Tape] = []
    with pytest.raises(TraceError, match="does not do the same when it is called again"):
        explore(follow, False)


def test_a_function_that_is_too_long_is_refused() -> None:
    def long(x: float) -> float:
        for i in range(60_001):
            x = x + float(i)
        return x

    with pytest.raises(TraceError, match="more than 60000 operations"):
        jit(long)(0.5)


# ---- numbers that are kept ----------------------------------------------------------------------


def kept_number() -> Any:
    """A number of a trace that is over, as a debugger or a profiler gets hold of it."""

    def traced(x: float) -> float:
        return x + 1.0

    def note(frame: Any, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_name == "traced":
            found.append(frame.f_locals["x"])

    found: list[Any] = []
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        jit(traced)(0.5)
    finally:
        sys.setprofile(before)
    return found[0]


def test_a_number_of_an_earlier_trace_has_no_value() -> None:
    number = kept_number()
    assert type(number) is Number
    message = "a traced number of an earlier call was kept and is used now: it has no value"
    for use in (lambda: number + 1.0, lambda: number < 2.0, lambda: -number):
        with pytest.raises(TraceError) as error:
            use()
        assert str(error.value) == f"{__file__}:{use.__code__.co_firstlineno}: {message}"
    # A thread has no frame of the user.
    with ThreadPoolExecutor(1) as threads:
        error = threads.submit(number.__neg__).exception()  # type: ignore[assignment]
    assert type(error) is TraceError
    assert str(error) == message
    with pytest.raises(TraceError, match="an operation between a traced number and"):
        jit(lambda x: x + number)(0.5)


def test_numbers_of_two_traces_are_not_combined() -> None:
    numbers = []
    for _ in range(2):
        tape = Tape([], False)
        numbers.append(Number(tape, tape.input(), float))
    with pytest.raises(TraceError, match="a number of another trace was kept and is used now"):
        numbers[0] + numbers[1]
