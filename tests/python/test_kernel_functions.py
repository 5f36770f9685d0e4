# SPDX-License-Identifier: BSD-3-Clause
from __future__ import annotations

import array as std
import inspect
import itertools
import math
import numbers
import pickle
import sys
import threading
from fractions import Fraction

import numpy as np
import pytest
from support import BINARY, LENGTHS, SPECIAL, ULP, UNARY, bits, mixed, on_every_isa

import piconumpy
from piconumpy import _conversion, _numpy, _operands, add, array, set_isa, sqrt


def parameters(name):
    thing = getattr(piconumpy, name)
    return inspect.signature(thing).parameters if inspect.isroutine(thing) else ()


every_binary_function = pytest.mark.parametrize("name", BINARY)
every_unary_function = pytest.mark.parametrize("name", UNARY)


@on_every_isa
@every_binary_function
def test_results_equal_python_s_bit_for_bit(isa, name):
    function, reference = getattr(piconumpy, name), BINARY[name]
    with set_isa(isa):
        for n in LENGTHS:
            x, y, s = mixed(n), mixed(n, 4), SPECIAL[n % len(SPECIAL)]
            forms = (
                (x, y, [reference(v, w) for v, w in zip(x, y)]),
                (x, s, [reference(v, s) for v in x]),
                (s, y, [reference(s, w) for w in y]),
            )
            for make in (array, np.array, lambda v: std.array("d", v)):
                for left, right, expected in forms:
                    a, b = (make(v) if isinstance(v, list) else v for v in (left, right))
                    out = make([9.0] * n)
                    assert bits(function(a, b)) == bits(expected)
                    assert function(a, b, out) is out
                    assert bits(out) == bits(expected)


@on_every_isa
@every_binary_function
def test_float32_results_are_rounded_once(isa, name):
    function = getattr(piconumpy, name)
    ufunc = getattr(np, name)
    with set_isa(isa), np.errstate(all="ignore"):
        for n in LENGTHS:
            x, y = np.array(mixed(n), "f4"), np.array(mixed(n, 4), "f4")
            s = np.float32(SPECIAL[n % len(SPECIAL)])
            for a, b in ((x, y), (x, float(s)), (float(s), y)):
                out = np.empty(n, "f4")
                assert function(a, b, out=out) is out
                x32, y32 = (np.broadcast_to(np.float32(v), n) for v in (a, b))
                # NumPy's minimum and maximum return zeros of any sign.
                is_exact = name in ("minimum", "maximum")
                expected = map(BINARY[name], x32, y32) if is_exact else ufunc(x32, y32)
                assert bits(out) == bits(expected)


@on_every_isa
@every_unary_function
def test_unary_results_equal_python_s_bit_for_bit(isa, name):
    function, reference = getattr(piconumpy, name), UNARY[name]
    with set_isa(isa):
        for n in LENGTHS:
            x = mixed(n)
            expected = bits(map(reference, x))
            for make in (array, np.array, lambda v: std.array("d", v)):
                a, out = make(x), make([9.0] * n)
                assert bits(function(a)) == expected
                assert type(function(a)) is array
                assert function(a, out) is out
                assert bits(out) == expected
                assert bits(a) == bits(x)
                assert function(a, out=a) is a
                assert bits(a) == expected


@on_every_isa
@every_unary_function
def test_unary_float32_results_are_rounded_once(isa, name):
    function, ufunc = getattr(piconumpy, name), getattr(np, name)
    with set_isa(isa), np.errstate(all="ignore"):
        for n in LENGTHS:
            x, out = np.array(mixed(n), "f4"), np.empty(n, "f4")
            assert function(x, out=out) is out
            assert bits(out) == bits(ufunc(x))


def test_every_function_on_buffers_is_tested():
    takes_out = [name for name in piconumpy.__all__ if "out" in parameters(name)]
    assert sorted(takes_out) == sorted([*BINARY, *UNARY, *ULP])


@pytest.mark.parametrize("n", [1, 4, 30, 300])
@pytest.mark.parametrize("make", [array, np.array])
def test_out_may_be_an_input(n, make):
    for inputs in ("a", "b", "both"):
        a, b = make([3.0] * n), make([4.0] * n)
        if inputs == "a":
            assert add(a, b, a) is a
        elif inputs == "b":
            assert add(a, b, out=b) is b
            a = b
        else:
            assert add(a, a, out=a) is a
        assert list(a) == [6.0 if inputs == "both" else 7.0] * n


def test_without_out_the_result_is_an_array():
    assert type(add(np.ones(3), np.ones(3))) is array
    assert add(np.ones(3), 1) == array([2.0] * 3)
    assert add(np.ones(3), 1, None) == array([2.0] * 3)
    assert add(1, std.array("d", [1.0]), out=None) == array([2.0])


@pytest.mark.parametrize(
    "scalar",
    [2, True, 0.5, Fraction(1, 2), np.float64(2), np.float32(2), np.int8(2), np.array(2.0)],
)
def test_scalars_of_any_real_type(scalar):
    assert add(array([1.0]), scalar) == array([1.0 + float(scalar)])
    assert add(scalar, array([1.0])) == array([1.0 + float(scalar)])


@pytest.mark.parametrize("name", BINARY)
def test_a_binary_operation_of_numbers_alone_is_a_float(name):
    function = getattr(piconumpy, name)
    for a, b in itertools.product(SPECIAL, repeat=2):
        result = function(a, b)
        assert type(result) is float
        assert bits([result]) == bits([BINARY[name](a, b)])
        assert bits([function(b=b, a=a, out=None)]) == bits([result])


@pytest.mark.parametrize("name", UNARY)
def test_a_unary_operation_of_a_number_is_a_float(name):
    function = getattr(piconumpy, name)
    for a in SPECIAL:
        result = function(a)
        assert type(result) is float
        assert bits([result]) == bits([UNARY[name](a)])


@pytest.mark.parametrize(
    "number",
    [2, True, 0.5, Fraction(1, 2), np.float64(2), np.float32(2), np.int8(2), np.array(2.0)],
)
def test_numbers_alone_may_be_of_any_real_type(number):
    for result in (sqrt(number), add(number, 0), piconumpy.maximum(-1.0, number)):
        assert type(result) is float
    assert sqrt(number) == math.sqrt(number)


def test_arguments_by_name():
    a, b, out = array([1.0]), array([2.0]), array([0.0])
    assert add(b=b, a=a) == array([3.0])
    assert piconumpy.subtract(out=out, b=b, a=a) is out
    assert out == array([-1.0])


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        ((), {}, r"add\(\) missing 2 required positional arguments: 'a' and 'b'"),
        ((1,), {}, r"add\(\) missing 1 required positional argument: 'b'"),
        ((1, 2, 3, 4), {}, r"add\(\) takes from 2 to 3 positional arguments but 4 were given"),
        ((1, 2), {"b": 3}, r"add\(\) got multiple values for argument 'b'"),
        ((1, 2), {"where": 3}, r"add\(\) got an unexpected keyword argument 'where'"),
        ((1,), {"out": 3}, r"add\(\) missing 1 required positional argument: 'b'"),
    ],
)
def test_wrong_arguments_are_named(arguments, keywords, message):
    with pytest.raises(TypeError, match=message):
        add(*arguments, **keywords)


def test_wrong_arguments_of_unary_functions_are_named():
    with pytest.raises(TypeError, match=r"sqrt\(\) missing 1 required positional argument: 'a'"):
        sqrt()
    with pytest.raises(TypeError, match=r"sqrt\(\) got an unexpected keyword argument 'b'"):
        sqrt(array([1.0]), b=1)
    with pytest.raises(TypeError, match="a is a scalar, with out it must be an array"):
        sqrt(2.0, array([1.0]))
    with pytest.raises(TypeError, match="a: a float64 or float32 buffer or a real number is"):
        sqrt([2.0])
    with pytest.raises(TypeError, match="a has dtype float32: out= is needed"):
        sqrt(np.ones(3, "f4"))
    with pytest.raises(ValueError, match="out has length 2, a has length 3"):
        sqrt(array([1.0] * 3), array([1.0] * 2))
    memory = np.ones(4)
    with pytest.raises(ValueError, match="out: overlaps a without being the same memory"):
        sqrt(memory[:3], memory[1:])
    with pytest.raises(ValueError, match="out: read-only"):
        sqrt(ONES, readonly(3))


ONES = np.ones(3)


def readonly(n):
    memory = np.ones(n)
    memory.flags.writeable = False
    return memory


def misaligned(n):
    return np.zeros(8 * n + 1, "u1")[1:].view("f8")


@pytest.mark.parametrize(
    ("a", "b", "out", "error", "message"),
    [
        (1, 2, ONES, TypeError, "a and b are both scalars, with out one must be an array"),
        (1, "x", None, TypeError, "b: a float64 or float32 buffer or a real number is needed"),
        (10**400, 2, None, OverflowError, "a: an int too large for a float"),
        (
            "x",
            ONES,
            None,
            TypeError,
            "a: a float64 or float32 buffer or a real number is needed, not str",
        ),
        (ONES, None, None, TypeError, "b: .* not NoneType"),
        (ONES, 1j, None, TypeError, "b: .* not complex"),
        (ONES, np.complex128(1), None, TypeError, "b: .* not numpy.complex128"),
        (ONES, [1.0] * 3, None, TypeError, "b: .* not list"),
        (ONES, 10**400, None, OverflowError, "b: an int too large for a float"),
        (ONES, np.ones(4), None, ValueError, "b has length 4, a has length 3"),
        (ONES, ONES, np.ones(4), ValueError, "out has length 4, a has length 3"),
        (1.0, ONES, np.ones(2), ValueError, "out has length 2, b has length 3"),
        (ONES, np.arange(3, dtype="i4"), None, TypeError, "b: dtype int32: float64 or float32"),
        (np.arange(3, dtype="u2"), ONES, None, TypeError, "a: dtype uint16:"),
        (ONES, np.ones(3, "?"), None, TypeError, "b: dtype bool:"),
        (ONES, np.ones(3, "f2"), None, TypeError, "b: dtype float16:"),
        (ONES, np.ones(3, "g"), None, TypeError, "b: dtype longdouble:"),
        (ONES, np.ones(3, "c16"), None, TypeError, "b: format 'Zd':"),
        (ONES, np.ones(3, ">f8"), None, TypeError, "b: format '>d': .* native byte order"),
        (ONES, np.ones(3, "M8[s]"), None, ValueError, "cannot include dtype 'M' in a buffer"),
        (ONES, b"abc", None, TypeError, "b: dtype uint8:"),
        (ONES, np.ones(3, "f4"), None, TypeError, "b has dtype float32, a has dtype float64"),
        (ONES, ONES, np.ones(3, "f4"), TypeError, "out has dtype float32, a has dtype float64"),
        (np.ones(3, "f4"), 1, None, TypeError, "a has dtype float32: out= is needed"),
        (1, np.ones(3, "f4"), None, TypeError, "b has dtype float32: out= is needed"),
        (np.ones((3, 1)), ONES, None, ValueError, "a: has 2 dimensions, one is needed"),
        (ONES, ONES, np.ones((3, 1)), ValueError, "out: has 2 dimensions"),
        (ONES, ONES, np.array(1.0), ValueError, "out: has 0 dimensions"),
        (ONES, np.ones(6)[::2], None, ValueError, "b: not contiguous"),
        (ONES, ONES, np.ones(6)[::2], ValueError, "out: not contiguous"),
        (ONES[::-1], ONES, None, ValueError, "a: not contiguous"),
        (ONES, misaligned(3), None, ValueError, "b: not aligned to its 8-byte elements"),
        (ONES, ONES, readonly(3), ValueError, "out: read-only"),
        (ONES, ONES, np.float64(1), ValueError, "out: "),
        (
            ONES,
            ONES,
            1.0,
            TypeError,
            "out: a writable float64 or float32 buffer is needed, not float",
        ),
        (ONES, ONES, [1.0] * 3, TypeError, "out: .* not list"),
        (ONES, ONES, np.arange(3), TypeError, "out: dtype int64:"),
    ],
)
def test_refusals_name_the_argument_and_write_nothing(a, b, out, error, message):
    before = np.array(out) if isinstance(out, np.ndarray) else None
    with pytest.raises(error, match=message):
        add(a, b, out)
    if before is not None:
        assert np.array_equal(out, before)


def test_array_lengths_that_differ():
    with pytest.raises(ValueError, match="b has length 2, a has length 1"):
        add(array([1.0]), array([1.0, 2.0]), array([1.0]))
    with pytest.raises(ValueError, match="out has length 2, a has length 1"):
        add(array([1.0]), array([1.0]), array([1.0, 2.0]))


@pytest.mark.parametrize("shift", [1, 2, 9])
def test_partial_overlap_is_refused(shift):
    memory = np.ones(20)
    first, second = memory[:10], memory[shift : shift + 10]
    other = np.ones(10)
    for a, b, out, name in (
        (first, other, second, "a"),
        (other, first, second, "b"),
        (second, 1.0, first, "a"),
        (1.0, second, first, "b"),
    ):
        with pytest.raises(ValueError, match=f"out: overlaps {name} without being the same memory"):
            add(a, b, out)
    assert np.array_equal(memory, np.ones(20))
    add(first, second)  # inputs may overlap each other
    add(memory[:10], other, memory[10:])  # neighbours do not


def test_partial_overlap_with_an_array_is_refused():
    a = array([1.0] * 10)
    with pytest.raises(ValueError, match="out: overlaps a"):
        add(np.asarray(a)[:9], 1.0, np.asarray(a)[1:])
    with pytest.raises(TypeError, match="out has dtype float32"):
        add(a, 1.0, np.asarray(a).view("f4")[:10])


def test_the_known_dtype_of_one_ndarray_is_not_taken_for_others():
    class Derived(np.ndarray):
        pass

    out, x = np.empty(3), np.ones(3)
    for _ in range(3):
        assert list(add(x, x, out)) == [2.0] * 3
        for other in (np.arange(3), np.ones(3, ">f8"), np.ones(3, "c16"), np.ones(3, "?")):
            with pytest.raises(TypeError, match="^b: "):
                add(x, other, out)
        with pytest.raises(TypeError, match="b has dtype float32"):
            add(x, np.ones(3, "f4"), out)
        with pytest.raises(ValueError, match="out: read-only"):
            add(x, x, readonly(3))
        with pytest.raises(ValueError, match="b: not contiguous"):
            add(x, np.ones(6)[::2], out)
        assert array(np.arange(6.0)[::-2]) == array([5, 3, 1])
        same = np.ones(3, np.dtype("f8", metadata={"unit": "m"}))
        for other in (same, x.view(Derived), pickle.loads(pickle.dumps(x))):
            assert list(add(x, other, out)) == [2.0] * 3
            assert list(add(other, 1, other.copy())) == [2.0] * 3


def test_empty_memory():
    assert add(array([]), array([]), array([])) == array([])
    out = np.empty(0)
    assert add(np.empty(0), 1.0, out) is out
    assert add(np.empty(0), np.empty(0, "f8")) == array([])


def test_long_operations_in_several_threads_are_right():
    n = 1 << 18
    results = [np.empty(n) for _ in range(4)]
    x = np.arange(float(n))

    def work(i):
        for _ in range(5):
            add(x, float(i), results[i])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, result in enumerate(results):
        assert np.array_equal(result, x + i)


def test_a_step_between_at_most_one_number_does_no_harm():
    for owner in (np.ones(3), array([1.0, 1.0, 1.0])):
        view = memoryview(owner)[::3]
        assert add(view, 1) == array([2.0])
        assert add(view, view, out=view) is view
        assert owner[0] == 2.0
        assert add(memoryview(owner)[3::2], 1) == array([])


def test_an_empty_output_is_no_number():
    for out, error in (
        (np.array(1.5), ValueError),
        (2.5, TypeError),
        (np.float64(2.5), ValueError),
    ):
        with pytest.raises(error, match="^out: "):
            add(array([]), 1.0, out)


def test_the_first_error_of_a_number_is_the_one_that_is_raised():
    @numbers.Real.register
    class Once:
        calls = 0

        def __float__(self):
            self.calls += 1
            if self.calls == 1:
                raise ZeroDivisionError
            return 1.0

    number = Once()
    with pytest.raises(ZeroDivisionError):
        add(array([1.0]), number)
    assert number.calls == 1


def test_numbers_that_are_no_floats_are_named():
    with pytest.raises(OverflowError, match="too large for a float"):
        add(array([1.0]), Fraction(10**400))
    with pytest.raises(TypeError, match="^b: .* not numpy.ndarray"):
        add(array([1.0]), np.array(1j))


def test_pypys_implementation_takes_numpys_numbers():
    """The extension module has its own. These modules are called by themselves, on CPython too."""
    for value in (np.array(2, "i4"), np.array(2.0), np.float32(2), np.bool_(True)):
        assert _conversion.element_value(value) == float(value)
    assert _conversion.element_value(np.array(1j)) is None
    with pytest.raises(OverflowError, match="too large for a float"):
        _operands.Operand("b", Fraction(10**400))
    a, out = array([1.0, 2.0]), np.zeros(())
    assert _numpy.method(a, "sum", axis=0) == 3.0
    assert _numpy.method(a, "sum", out=out) is out
    assert out == 3.0
    assert _numpy.method(a, "dot", a) == 5.0


@pytest.mark.skipif(sys.implementation.name == "pypy", reason="of the extension module")
def test_arguments_that_are_right_when_they_are_read_again_are_refused_too():
    """The extension module leaves it to Python to say why it refuses. Memory may have changed."""
    with pytest.raises(BufferError, match="changed during the call"):
        _operands.refuse(None, array([1.0]), array([2.0]))
