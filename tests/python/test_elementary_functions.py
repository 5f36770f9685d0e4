# SPDX-License-Identifier: BSD-3-Clause
"""The functions from sin to fmod, compared with Python's math."""

from __future__ import annotations

import array as std
import math
import random

import pytest
from support import ULP, bits, on_every_isa

import piconumpy
from piconumpy import array, set_isa

BINARY = ("pow", "atan2", "hypot", "fmod")
every_function = pytest.mark.parametrize("name", ULP)

# Where a function has numbers as results, if that is not everywhere from -20 to 20.
DOMAINS = {
    "asin": (-1, 1),
    "acos": (-1, 1),
    "log": (1e-9, 20),
    "log2": (1e-9, 20),
    "log10": (1e-9, 20),
    "log1p": (-1 + 1e-9, 20),
    "pow": (1e-9, 20),
}

# Python before 3.11 has neither. Their errors are then larger.
FALLBACKS = {
    "exp2": lambda a: 2.0**a,
    "cbrt": lambda a: math.copysign(abs(a) ** (1 / 3), a),
}

# Python has algorithms of its own for these, or PyPy has.
OWN_OF_PYTHON = ("hypot", "log2", "log10")

INF, NAN = math.inf, math.nan

# C99, annex F.9, without what follows from an odd or even function.
SPECIAL_RESULTS = {
    "sin": [(-0.0, -0.0), (INF, NAN), (-INF, NAN), (5e-324, 5e-324)],
    "cos": [(0.0, 1.0), (INF, NAN), (-INF, NAN)],
    "tan": [(-0.0, -0.0), (INF, NAN), (-INF, NAN)],
    "asin": [(-0.0, -0.0), (1.5, NAN), (-INF, NAN)],
    "acos": [(1.0, 0.0), (1.5, NAN), (-INF, NAN)],
    "atan": [(-0.0, -0.0), (INF, math.pi / 2), (-INF, -math.pi / 2)],
    "sinh": [(-0.0, -0.0), (INF, INF), (-INF, -INF), (1000.0, INF), (-1000.0, -INF)],
    "cosh": [(0.0, 1.0), (INF, INF), (-INF, INF), (-1000.0, INF)],
    "tanh": [(-0.0, -0.0), (INF, 1.0), (-INF, -1.0)],
    "exp": [(-0.0, 1.0), (INF, INF), (-INF, 0.0), (1000.0, INF), (-1000.0, 0.0)],
    "exp2": [(-0.0, 1.0), (INF, INF), (-INF, 0.0), (1024.0, INF), (-1074.0, 5e-324)],
    "expm1": [(-0.0, -0.0), (INF, INF), (-INF, -1.0), (1000.0, INF), (-1000.0, -1.0)],
    "log": [(1.0, 0.0), (0.0, -INF), (-0.0, -INF), (-1.0, NAN), (INF, INF), (-INF, NAN)],
    "log2": [
        (1.0, 0.0),
        (0.0, -INF),
        (-0.0, -INF),
        (-1.0, NAN),
        (INF, INF),
        (-INF, NAN),
        (5e-324, -1074.0),
    ],
    "log10": [
        (1.0, 0.0),
        (0.0, -INF),
        (-0.0, -INF),
        (-1.0, NAN),
        (INF, INF),
        (-INF, NAN),
        (1e22, 22.0),
    ],
    "log1p": [(-0.0, -0.0), (-1.0, -INF), (-2.0, NAN), (INF, INF), (-INF, NAN), (5e-324, 5e-324)],
    "cbrt": [(-0.0, -0.0), (INF, INF), (-INF, -INF), (27.0, 3.0)],
    "pow": [
        (0.0, -1.0, INF),
        (-0.0, -1.0, -INF),
        (0.0, -2.0, INF),
        (-0.0, -2.0, INF),
        (-0.0, -0.5, INF),
        (-0.0, -INF, INF),
        (0.0, 3.0, 0.0),
        (-0.0, 3.0, -0.0),
        (-0.0, 2.0, 0.0),
        (-0.0, 0.5, 0.0),
        (-0.0, INF, 0.0),
        (-1.0, INF, 1.0),
        (-1.0, -INF, 1.0),
        (1.0, NAN, 1.0),
        (1.0, -INF, 1.0),
        (NAN, 0.0, 1.0),
        (NAN, -0.0, 1.0),
        (INF, -0.0, 1.0),
        (NAN, 1.0, NAN),
        (2.0, NAN, NAN),
        (-8.0, 1 / 3, NAN),
        (-1.0, 2.0**51 + 0.5, NAN),
        (-2.0, 3.0, -8.0),
        (-1.0, 2.0**53 - 1, -1.0),
        (-1.0, 2.0**53, 1.0),
        (0.5, -INF, INF),
        (-0.5, -INF, INF),
        (2.0, -INF, 0.0),
        (-2.0, -INF, 0.0),
        (0.5, INF, 0.0),
        (-0.5, INF, 0.0),
        (2.0, INF, INF),
        (-2.0, INF, INF),
        (-INF, -3.0, -0.0),
        (-INF, -2.0, 0.0),
        (-INF, -0.5, 0.0),
        (-INF, -INF, 0.0),
        (-INF, 3.0, -INF),
        (-INF, 2.0, INF),
        (-INF, 0.5, INF),
        (-INF, INF, INF),
        (INF, -1.0, 0.0),
        (INF, 0.5, INF),
        (10.0, 400.0, INF),
        (-10.0, 401.0, -INF),
        (-10.0, -401.0, -0.0),
    ],
    "atan2": [
        (0.0, -0.0, math.pi),
        (-0.0, -0.0, -math.pi),
        (0.0, 0.0, 0.0),
        (-0.0, 0.0, -0.0),
        (0.0, -1.0, math.pi),
        (-0.0, -1.0, -math.pi),
        (0.0, 1.0, 0.0),
        (-0.0, 1.0, -0.0),
        (1.0, 0.0, math.pi / 2),
        (1.0, -0.0, math.pi / 2),
        (-1.0, 0.0, -math.pi / 2),
        (-1.0, -0.0, -math.pi / 2),
        (1.0, -INF, math.pi),
        (-1.0, -INF, -math.pi),
        (1.0, INF, 0.0),
        (-1.0, INF, -0.0),
        (INF, 1.0, math.pi / 2),
        (-INF, -1.0, -math.pi / 2),
        (INF, INF, math.pi / 4),
        (-INF, INF, -math.pi / 4),
        (INF, -INF, 3 * math.pi / 4),
        (-INF, -INF, -3 * math.pi / 4),
        (NAN, 1.0, NAN),
        (0.0, NAN, NAN),
    ],
    "hypot": [
        (INF, NAN, INF),
        (NAN, -INF, INF),
        (-INF, 1.0, INF),
        (NAN, 1.0, NAN),
        (0.0, NAN, NAN),
        (-0.0, -0.0, 0.0),
        (0.0, 1e300, 1e300),
        (-1e300, -0.0, 1e300),
        (-3.0, 4.0, 5.0),
        (-4.0, 3.0, 5.0),
        (1.7976931348623157e308, 1.7976931348623157e308, INF),
    ],
    "fmod": [
        (0.0, 1.0, 0.0),
        (-0.0, 1.0, -0.0),
        (-0.0, -INF, -0.0),
        (-6.0, 3.0, -0.0),
        (6.0, -3.0, 0.0),
        (-5.0, 3.0, -2.0),
        (1.0, 0.0, NAN),
        (1.0, -0.0, NAN),
        (0.0, 0.0, NAN),
        (INF, 1.0, NAN),
        (-INF, INF, NAN),
        (5.0, INF, 5.0),
        (-5.0, -INF, -5.0),
        (NAN, 1.0, NAN),
        (1.0, NAN, NAN),
        (1.7976931348623157e308, 5e-324, 0.0),
    ],
}


def reference(name):
    return getattr(math, name, None) or FALLBACKS[name]


def arguments(name, n):
    """What the function takes, n numbers each, the same ones in every run."""
    source = random.Random(n)
    low, high = DOMAINS.get(name, (-20, 20))
    first = [source.uniform(low, high) for _ in range(n)]
    return [first, [source.uniform(-20, 20) for _ in range(n)]] if name in BINARY else [first]


def assert_close(name, results, expected, smallest_place=5e-324, precision=53):
    # The C library's functions are off by up to 4 ulp themselves (glibc's manual, cbrt).
    places = ULP[name] + (10 if name in FALLBACKS and not hasattr(math, name) else 4)
    if name == "fmod":
        places = 0
    for result, value in zip(results, expected):
        ulp = max(math.ldexp(1.0, math.frexp(value)[1] - precision), smallest_place)
        assert abs(result - value) <= places * ulp, (result, value)


@on_every_isa
@every_function
def test_results_are_close_to_those_of_math(isa, name):
    function = getattr(piconumpy, name)
    with set_isa(isa):
        for n in (0, 1, 2, 3, 7, 8, 9, 16, 17, 63, 1000, 40_001):
            inputs = arguments(name, n)
            expected = list(map(reference(name), *inputs))
            for make in (array, lambda v: std.array("d", v)):
                out = make([9.0] * n)
                result = function(*map(make, inputs))
                assert type(result) is array
                assert_close(name, result, expected)
                assert function(*map(make, inputs), out) is out
                assert bits(out) == bits(result)
                out = make(inputs[0])
                assert function(out, *map(make, inputs[1:]), out=out) is out
                assert bits(out) == bits(result)


@on_every_isa
@pytest.mark.parametrize("name", BINARY)
def test_one_argument_may_be_a_number(isa, name):
    function = getattr(piconumpy, name)
    with set_isa(isa):
        for n in (1, 5, 40):
            a, b = arguments(name, n)
            for left, right in ((a, [b[0]] * n), ([a[0]] * n, b)):
                expected = bits(function(array(left), array(right)))
                if left is a:
                    assert bits(function(array(left), right[0])) == expected
                else:
                    assert bits(function(left[0], array(right))) == expected


@on_every_isa
@every_function
def test_a_value_does_not_depend_on_its_place(isa, name):
    function = getattr(piconumpy, name)
    with set_isa(isa):
        inputs = arguments(name, 37)
        alone = [function(*(array([x]) for x in row))[0] for row in zip(*inputs)]
        for begin in range(8):
            for end in range(begin, 38):
                part = function(*(array(v[begin:end]) for v in inputs))
                assert bits(part) == bits(alone[begin:end])


@on_every_isa
@every_function
def test_special_values_are_those_of_c(isa, name):
    function = getattr(piconumpy, name)
    with set_isa(isa):
        for *values, expected in SPECIAL_RESULTS[name]:
            for n in (1, 3, 20):
                # Not [x] * n: compiled by PyPy, that is a list of 0.0 for an x of -0.0.
                results = function(*(array([x for _ in range(n)]) for x in values))
                assert bits(results) == bits([expected for _ in range(n)]), values
        nans = function(*[array([NAN])] * (2 if name in BINARY else 1))
        assert math.isnan(nans[0])


@on_every_isa
@every_function
def test_float32_results_are_close_to_those_of_math(isa, name):
    function = getattr(piconumpy, name)
    with set_isa(isa):
        for n in (1, 4, 15, 16, 17, 1000):
            inputs = [std.array("f", v) for v in arguments(name, n)]
            out = std.array("f", [9.0] * n)
            assert function(*inputs, out=out) is out
            expected = map(reference(name), *inputs)
            assert_close(name, out, expected, smallest_place=2.0**-149, precision=24)


def test_fmod_is_exact_for_huge_quotients():
    source = random.Random(5)
    a = [source.uniform(1, 2) * 2.0 ** source.randint(-1000, 1000) for _ in range(500)]
    b = [source.uniform(1, 2) * 2.0 ** source.randint(-1000, 1000) for _ in range(500)]
    assert bits(piconumpy.fmod(array(a), array(b))) == bits(map(math.fmod, a, b))


@every_function
def test_of_numbers_alone_the_result_is_the_value_of_the_c_library(name):
    function = getattr(piconumpy, name)
    low, high = DOMAINS.get(name, (-20, 20))
    rng = random.Random(name)
    for _ in range(1000):
        a = rng.uniform(low, high)
        arguments = (a, rng.uniform(-5, 5)) if name in BINARY else (a,)
        result = function(*arguments)
        assert type(result) is float
        if name in OWN_OF_PYTHON or not hasattr(math, name):
            in_array = function(array([a]), *arguments[1:])[0]
            assert abs(result - in_array) <= 2 * (ULP[name] + 1) * 2**-53 * abs(result)
        else:
            assert bits([result]) == bits([getattr(math, name)(*arguments)])


@every_function
def test_of_special_numbers_alone_it_raises_nothing(name):
    function = getattr(piconumpy, name)
    for *arguments, expected in SPECIAL_RESULTS[name]:
        result = function(*arguments)
        assert type(result) is float
        assert result == pytest.approx(expected, rel=1e-15, abs=0, nan_ok=True)
        assert result != 0 or bits([result]) == bits([expected])
