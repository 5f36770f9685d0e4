# SPDX-License-Identifier: BSD-3-Clause
"""What the extension module and its counterpart for PyPy have alike, but no public function shows.

The rest of the package gives them arguments that fit. Here they refuse what does not.
"""

from __future__ import annotations

import copy
import math
import re
import sys
from typing import Any

import pytest
from support import run_script

from piconumpy import _backend, array, jit
from piconumpy._backend import FastCall, Guards, Program, solve_ensemble, solve_ode
from piconumpy._trace.paths import INSTRUCTION
from piconumpy._trace.tape import ONLY_LANES, ONLY_POINT, Op


def instructions(*parts: tuple[int, ...]) -> bytes:
    """A list of (operation, operands...); the constants are all 1."""
    return b"".join(
        INSTRUCTION.pack(op, 0, *([*operands] + [-1] * 3)[:3], 1.0) for op, *operands in parts
    )


INPUT, ONE = (Op.INPUT,), (Op.CONSTANT,)
SUM = instructions(INPUT, INPUT, (Op.ADD, 0, 1), (Op.OUTPUT, 2))
total = Program(SUM, 0)
inverse = Program(instructions(INPUT, ONE, (Op.DIV, 1, 0), (Op.OUTPUT, 2)), 0)
twice = Program(instructions(INPUT, (Op.OUTPUT, 0), (Op.OUTPUT, 0)), 0)


# ---- the package ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sum", "size", "__add__", "nothing"])
def test_the_attributes_of_the_type_are_fixed(name: str) -> None:
    before = dict(vars(array))
    with pytest.raises(TypeError, match="piconumpy.array"):
        setattr(array, name, None)
    with pytest.raises(TypeError, match="piconumpy.array"):
        delattr(array, name)
    assert dict(vars(array)) == before


@pytest.mark.skipif(
    sys.implementation.name != "pypy", reason="the extension module is linked with its library"
)
def test_a_file_that_is_not_installed_is_named() -> None:
    kernels = sys.modules["piconumpy._pypy.kernels"]
    with pytest.raises(
        ImportError, match=r"^piconumpy is incomplete: no include/nothing\.h in .*piconumpy"
    ):
        kernels.declare("nothing.h")


@pytest.mark.skipif(
    sys.implementation.name != "pypy", reason="the extension module needs no NumPy for it"
)
def test_a_capsule_of_dlpack_asks_for_numpy() -> None:
    run_script(
        """
        import sys
        sys.modules["numpy"] = None  # so that an import of it fails
        from piconumpy import array
        try:
            array([1.0]).__dlpack__()
        except BufferError as error:
            assert str(error) == "__dlpack__: on PyPy, NumPy makes the capsule: install it"
        else:
            raise AssertionError
        """
    )


# ---- programs ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        (
            instructions(INPUT, (Op.ADD, 0, 7)),
            0,
            "instruction 1 (add): operand b names value 7, but only values below 1 are defined",
        ),
        (instructions((999,)), 0, "instruction 0 has no known operation: 999"),
        (SUM, 1 << 20, "unknown options 0x100000"),
        (
            SUM,
            ONLY_POINT | ONLY_LANES,
            "PK_PROGRAM_ONLY_POINT and PK_PROGRAM_ONLY_LANES are both set",
        ),
    ],
)
def test_a_wrong_list_makes_no_program(source: bytes, options: int, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Program(source, options)


@pytest.mark.parametrize("numbers", [[], [1.0], [1.0, 2.0, 3.0], (1.0, 2.0), None])
def test_a_point_is_a_list_of_all_inputs(numbers: Any) -> None:
    for run in (total.run_point, lambda numbers: total.iterate_point(numbers, 1, 1)):
        with pytest.raises(ValueError, match="^a list of 2 floats is needed$"):
            run(numbers)


def test_the_inputs_of_a_point_are_numbers() -> None:
    assert total.run_point([1, True]) == ([2.0], None)
    for other in ("1", b"1", None, [1.0]):
        with pytest.raises(TypeError, match="^must be real number, not "):
            total.run_point([1.0, other])
    with pytest.raises(OverflowError):
        total.run_point([1.0, 10**400])


def test_a_program_with_more_outputs_than_inputs_can_t_be_iterated() -> None:
    message = "^the program has more outputs than inputs$"
    with pytest.raises(ValueError, match=message):
        twice.iterate_point([1.0], 3, 1)
    with pytest.raises(ValueError, match=message):
        twice.iterate([1.0], [array([0.0]), array([0.0])], 1, 3, 0, [])


def test_iterating_a_point_stops_at_trouble() -> None:
    division = (1, 2)  # the kind of trouble, and the instruction
    assert inverse.iterate_point([4.0], 3, 1) == ([0.25], [0.25, 4.0, 0.25], None)
    assert inverse.iterate_point([4.0], 3, 2) == ([0.25], [4.0], None)
    assert inverse.iterate_point([4.0], 3, 0) == ([0.25], [], None)
    assert inverse.iterate_point([0.0], 3, 0) == ([0.0], [], (*division, 0, 0))
    assert inverse.iterate_point([0.0], 3, 1) == ([0.0], [], (*division, 0, 0))
    decreasing = Program(
        instructions(
            INPUT,
            ONE,
            (Op.DIV, 1, 0),  # raises where the number has come to 0
            (Op.SUB, 0, 1),
            (Op.MUL, 2, 0),
            (Op.MUL, 3, 4),
            (Op.OUTPUT, 5),
        ),
        0,
    )
    last, stored, trouble = decreasing.iterate_point([3.0], 9, 1)
    assert (last, trouble) == ([0.0], (*division, 0, 3))
    assert stored == [2.0, 1.0, 0.0]
    last, stored, trouble = decreasing.iterate_point([3.0], 9, 2)
    assert (last, stored, trouble) == ([0.0], [1.0], (*division, 0, 3))


def of_bytes(text: bytes, kind: str = "d") -> memoryview:
    return memoryview(text).cast("B").cast(kind)


def beside_alignment(n: int) -> memoryview:
    """Memory for n numbers that no number may begin at."""
    return memoryview(bytearray(8 * n + 1))[1:].cast("d")


not_columns = [
    array([1.0]),
    array([1.0, 2.0, 3.0]),
    of_bytes(bytes(16), "q"),
    of_bytes(bytes(32))[::2],
    memoryview(bytes(16)).cast("d", (1, 2)),
    bytes(16),
]


def test_lanes_are_lists_of_all_inputs_and_outputs() -> None:
    out = [array([0.0, 0.0])]
    column = array([1.0, 2.0])
    for inputs in ([column], [column] * 3, (column, column), None):
        with pytest.raises(ValueError, match="^input: a list of 2 is needed$"):
            total.run(inputs, out, 2)
    for outputs in ([], out * 2, tuple(out), None):
        with pytest.raises(ValueError, match="^output: a list of 1 is needed$"):
            total.run([column, 1.0], outputs, 2)
    for stored, count in (([], 1), ([column], 0), ((), 1)):
        with pytest.raises(ValueError, match=f"^stored: a list of {count} is needed$"):
            inverse.iterate([column], out, 2, 4, count, stored)
    assert total.run([column, 1.0], out, 2) is None
    assert total.run([of_bytes(bytes(16)), column], [column], 2) is None
    assert out[0] == array([2.0, 3.0])
    assert column == array([1.0, 2.0])


@pytest.mark.parametrize("wrong", not_columns, ids=range(len(not_columns)))
def test_lanes_are_contiguous_floats_of_one_length(wrong: Any) -> None:
    out, column = array([0.0, 0.0]), array([1.0, 2.0])
    message = "{}: 2 contiguous float64 numbers are needed"
    with pytest.raises(ValueError, match=message.format("input 1")):
        total.run([column, wrong], [out], 2)
    with pytest.raises(ValueError, match=message.format("output 0")):
        total.run([column, 1.0], [wrong], 2)
    with pytest.raises(ValueError, match=message.format("stored 0")):
        inverse.iterate([column], [out], 2, 1, 1, [wrong])
    assert out == array([0.0, 0.0])


@pytest.mark.parametrize("wrong", [1.0, (1.0, 2.0), None, "x"])
def test_results_go_to_memory(wrong: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        total.run([1.0, 2.0], [wrong], 2)


def test_results_go_to_memory_that_can_be_written() -> None:
    with pytest.raises(ValueError, match="^output 0: 2 contiguous float64 numbers are needed$"):
        total.run([1.0, 2.0], [of_bytes(bytes(16))], 2)


def test_numbers_that_are_not_aligned_are_refused() -> None:
    out, wrong = array([0.0, 0.0]), beside_alignment(2)
    with pytest.raises(ValueError, match="^input 0: "):
        total.run([wrong, 1.0], [out], 2)
    with pytest.raises(ValueError, match="^output 0: "):
        total.run([1.0, 1.0], [wrong], 2)
    assert out == array([0.0, 0.0])
    assert wrong.tolist() == [0.0, 0.0]
    assert total.run([beside_alignment(0), 1.0], [beside_alignment(0)], 0) is None


# ---- callables -----------------------------------------------------------------------------------

FLOATS = (("float",), ("float",))


@pytest.mark.parametrize(
    ("forms", "result"),
    [
        (FLOATS[:1], ("float",)),
        (FLOATS + FLOATS[:1], ("float",)),
        ((("array", 3),), ("float",)),
        (FLOATS, ("list", 2)),
        (FLOATS, ("constant", 2)),
    ],
)
def test_forms_must_fit_the_program(forms: Any, result: Any) -> None:
    with pytest.raises(ValueError, match="^the forms do not fit the program$"):
        FastCall(total, forms, result, Guards(()))


def test_calls_are_a_tuple_of_fast_calls() -> None:
    @jit
    def f(x: float) -> float:
        return x + 1.0

    calls: Any = f._calls  # type: ignore[attr-defined]
    assert calls == ()
    assert f(1.0) == f(2.0) - 1.0 == 2.0
    calls = f._calls  # type: ignore[attr-defined]
    assert [type(call) for call in calls] == [FastCall]
    for wrong in ([], None, list(calls), (1,), (*calls, None)):
        with pytest.raises(TypeError, match="^a tuple of FastCall is needed$"):
            f._calls = wrong  # type: ignore[attr-defined]
    assert f._calls is calls  # type: ignore[attr-defined]
    f._calls = (FastCall(inverse, FLOATS[:1], ("list", 1), Guards(())),)  # type: ignore[attr-defined]
    assert f(4.0) == [0.25]
    assert f(4) == 5  # another signature
    f._calls = ()  # type: ignore[attr-defined]
    assert f(4.0) == 5.0


def test_a_jitted_function_is_its_own_copy() -> None:
    @jit
    def f(x: float) -> float:
        return x

    assert copy.copy(f) is f
    assert copy.deepcopy(f) is f
    assert copy.deepcopy([f])[0] is f


def test_the_type_of_jitted_functions_has_no_subtypes() -> None:
    with pytest.raises(TypeError, match="'piconumpy.jitted' is not an acceptable base type$"):
        type("Own", (_backend.jitted,), {})


# ---- integrators ---------------------------------------------------------------------------------

decay = Program(instructions(INPUT, INPUT, (Op.NEG, 1), (Op.OUTPUT, 2)), 0)  # -y
growth = Program(instructions(INPUT, INPUT, INPUT, (Op.MUL, 1, 2), (Op.OUTPUT, 3)), 0)  # y * p
inverted = Program(instructions(INPUT, INPUT, ONE, (Op.DIV, 2, 1), (Op.OUTPUT, 3)), 0)  # 1 / y
NOTHING = array([])
DECAY = (decay, NOTHING, None)


# What both take in a row, in this order.
CONTROL = {
    "rtol": array([1e-6]),
    "atol": array([1e-9]),
    "first_step": 0.0,
    "max_step": math.inf,
    "max_steps": 1000,
    "t_eval": None,
}


def solved(f: Any = DECAY, **changes: Any) -> Any:
    """y' = f(t, y) with y(0) = 1, up to t = 1."""
    arguments = {
        "method": 0,
        "f": f,
        "jacobian": None,
        "time_derivative": None,
        "t0": 0.0,
        "t_end": 1.0,
        "y0": array([1.0]),
        **CONTROL,
        "is_dense": True,
        "events": (),
        "event_parts": 0,
        "observer": None,
        "make_state": None,
    }
    assert changes.keys() <= arguments.keys()
    return solve_ode(*{**arguments, **changes}.values())


def solved_many(program: Any = decay, **changes: Any) -> Any:
    arguments = {
        "method": 0,
        "program": program,
        "t0": 0.0,
        "t_end": 1.0,
        "members": 2,
        "y0": array([1.0, 2.0]),
        "parameters": NOTHING,
        **CONTROL,
        "progress": None,
    }
    assert changes.keys() <= arguments.keys()
    return solve_ensemble(*{**arguments, **changes}.values())


def test_a_run_is_stored() -> None:
    times, states = solved().points()
    assert (times[0], times[-1], states[0]) == (0.0, 1.0, 1.0)
    assert states[-1] == pytest.approx(math.exp(-1.0), rel=1e-5)
    assert solved((growth, array([-1.0]), None)).points() == (times, states)
    assert solved((None, None, lambda t, y: [-y[0]])).points() == (times, states)


WRONG_RUNS: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"f": (3, NOTHING, None)}, TypeError, "a Program or None is needed"),
    (
        {"events": (((3, NOTHING, None), 0.0, 0),)},
        TypeError,
        "a Program or None is needed",
    ),
    ({"f": (growth, NOTHING, None)}, ValueError, "an array of all parameters is needed"),
    ({"f": (None, None, None)}, ValueError, "f: a program or a function is needed"),
    ({"rtol": array([-1.0])}, ValueError, "rtol: number 0 is -1, not a number >= 0"),
    ({"rtol": array([1.0] * 2)}, ValueError, "rtol: 1 or 1 numbers are needed, got 2"),
    ({"method": 77}, ValueError, "method: there is no method 77"),
    (
        {"t_eval": array([0.5, 0.2])},
        ValueError,
        "t_eval: time 1, 0.2, is not after the one before",
    ),
    (
        {"f": (inverted, NOTHING, None), "y0": array([0.0])},
        ValueError,
        "operation 3 of a program of the problem failed at t = 0",
    ),
]


@pytest.mark.parametrize(("changes", "kind", "message"), WRONG_RUNS)
def test_a_wrong_problem_is_not_solved(
    changes: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        solved(**changes)


def fails(*_: Any) -> Any:
    raise KeyError("of the user")


@pytest.mark.parametrize(
    "changes",
    [
        {"f": (None, None, fails)},
        {"observer": fails},
        {"events": (((None, None, fails), 0.0, 0),)},
        {"f": (None, None, lambda t, y: [-y[0]]), "make_state": fails},
        {"method": 3, "jacobian": (None, None, fails)},
    ],
)
def test_an_exception_ends_a_run(changes: dict[str, Any]) -> None:
    with pytest.raises(KeyError, match="of the user"):
        solved(**changes)


def test_a_solution_has_the_events_that_were_asked_for() -> None:
    solution = solved(events=((DECAY, 0.0, 0),))
    assert solution.event_points(0) == (NOTHING, NOTHING)
    for one, number in ((solution, 1), (solved(), 0)):
        with pytest.raises(IndexError, match="^there is no such event$"):
            one.event_points(number)


@pytest.mark.parametrize("segment", [-1, 0])
def test_a_solution_is_evaluated_if_it_is_dense(segment: int) -> None:
    solution = solved(is_dense=False)
    assert solution.breaks() == NOTHING
    with pytest.raises(ValueError, match="^the solution has no dense output$"):
        solution.evaluate(array([0.5]), segment)
    solution = solved()
    times, states = solution.points()
    assert solution.breaks() == times
    assert solution.evaluate(times[:1], segment) == states[:1]
    with pytest.raises(ValueError, match="^the solution has no dense output$"):
        solution.evaluate(array([0.5]), 10_000)  # there is no such segment


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"members": 3}, "the lengths do not fit"),
        ({"members": 0}, "the lengths do not fit"),
        ({"members": -1}, "the lengths do not fit"),
        ({"parameters": array([1.0])}, "the lengths do not fit"),
        ({"program": growth, "parameters": array([1.0])}, "the lengths do not fit"),
        ({"rtol": array([-1.0])}, "rtol: number 0 is -1, not a number >= 0"),
        ({"method": 77}, "method: there is no method 77"),
        (
            {"first_step": -1.0},
            "first_step: -1 is not between 0 and the length of the run",
        ),
    ],
)
def test_a_wrong_ensemble_is_not_solved(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        solved_many(**changes)


def test_an_ensemble_ends_at_an_exception_of_what_it_reports_to() -> None:
    with pytest.raises(KeyError, match="of the user"):
        solved_many(progress=fails)


def test_a_member_that_fails_leaves_the_others() -> None:
    states = solved_many()[-1]
    assert states.tolist() == pytest.approx([math.exp(-1.0), 2.0 * math.exp(-1.0)], rel=1e-5)
    statuses, outcomes, *_, points, times, states = solved_many(inverted, y0=array([0.0, 1.0]))
    assert statuses[0] > statuses[1] == 0.0
    assert outcomes == array([0.0, 0.0])
    assert points == array([0.0, 1.0])
    assert times == array([1.0])
    assert states[0] == pytest.approx(math.sqrt(3.0), rel=1e-5)
