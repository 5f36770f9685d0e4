# SPDX-License-Identifier: BSD-3-Clause
"""Mixtures with ndarrays: NumPy's bits, types, warnings, and errors, by whatever road they come."""

from __future__ import annotations

import gc
import importlib.util
import operator
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import counting_blocks, counting_references, growth, mixed, numbers, run_script

from piconumpy import array, zeros

LENGTHS = [0, 1, 2, 4, 8, 9, 61, 500, 501, 1000]
COMPARISONS = [operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge]
BINARY_OPERATORS = [
    *(operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv),
    *(operator.mod, operator.pow, divmod, operator.matmul, *COMPARISONS),
]
UNARY = [
    *("negative", "absolute", "square", "sqrt", "cbrt", "sin", "cos", "tan", "arcsin", "arccos"),
    *("arctan", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "exp", "exp2", "expm1"),
    *("log", "log2", "log10", "log1p", "floor", "ceil", "trunc", "rint", "reciprocal", "sign"),
    *("isnan", "isfinite", "isinf", "conjugate", "signbit", "spacing", "logical_not"),
]
BINARY = [
    *("add", "subtract", "multiply", "divide", "floor_divide", "remainder", "power", "less"),
    *("less_equal", "equal", "not_equal", "greater", "greater_equal", "maximum", "minimum"),
    *("arctan2", "hypot", "fmod", "copysign", "logaddexp", "nextafter", "fmax", "heaviside"),
]


def outcome(action, *arguments):
    """What an action gives: type and bytes of the results, or the error's; and the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            results = action(*arguments)
        except Exception as error:
            found = [type(error)]
        else:
            results = results if isinstance(results, tuple) else (results,)
            found = [(type(r), np.shape(r), getattr(r, "dtype", None), clean(r)) for r in results]
    return found, sorted(str(warning.message) for warning in caught)


def clean(result):
    """The bytes of a result, with one payload for all nans; text where bytes say something else."""
    result = np.array(result)
    if result.dtype == object or result.dtype == np.longdouble:
        return repr(result)
    if result.dtype == np.float64:
        result[np.isnan(result)] = np.nan
    return result.tobytes()


def everyday(n):
    return [1.5 + i % 7 for i in range(n)]


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("values_of", [everyday, mixed])
@pytest.mark.parametrize("op", BINARY_OPERATORS, ids=lambda op: op.__name__)
def test_operators_with_an_ndarray_do_what_two_ndarrays_do(op, values_of, n):
    left, right = values_of(n), values_of(n)[::-1]
    expected = outcome(op, np.array(left), np.array(right))
    assert outcome(op, array(left), np.array(right)) == expected
    assert outcome(op, np.array(left), array(right)) == expected


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("values_of", [everyday, mixed])
@pytest.mark.parametrize("name", UNARY)
def test_unary_ufuncs_do_what_they_do_with_ndarrays(name, values_of, n):
    ufunc, values = getattr(np, name), values_of(n)
    expected = outcome(ufunc, np.array(values))
    assert outcome(ufunc, array(values)) == expected
    if expected[0][0][2] == np.float64:
        out = np.zeros(n)
        for target in (np.zeros(n), zeros(n)):
            with np.errstate(all="ignore"):
                assert ufunc(array(values), out=target) is target
                ufunc(np.array(values), out=out)
            assert clean(target) == clean(out)


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("values_of", [everyday, mixed])
@pytest.mark.parametrize("name", BINARY)
def test_binary_ufuncs_do_what_they_do_with_ndarrays(name, values_of, n):
    ufunc, left, right = getattr(np, name), values_of(n), values_of(n)[::-1]
    expected = outcome(ufunc, np.array(left), np.array(right))
    for x, y in (
        (array(left), array(right)),
        (array(left), np.array(right)),
        (np.array(left), array(right)),
    ):
        assert outcome(ufunc, x, y) == expected
    for number in (2.5, 2, -1, 0.0, True, 2**70, np.float64(2.5), np.float32(2.5)):
        expected = outcome(ufunc, np.array(left), number)
        assert outcome(ufunc, array(left), number) == expected
        if not isinstance(number, np.generic):  # those are scalars: the result is an array
            assert outcome(ufunc, number, array(left)) == outcome(ufunc, number, np.array(left))


@given(st.lists(st.tuples(numbers, numbers), max_size=9), st.sampled_from(BINARY_OPERATORS[:7]))
def test_any_numbers(pairs, op):
    left, right = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    expected = outcome(op, np.array(left, float), np.array(right, float))
    assert outcome(op, array(left), np.array(right, float)) == expected
    assert outcome(op, np.array(left, float), array(right)) == expected


def readonly(values):
    result = np.array(values)
    result.flags.writeable = False
    return result


def misaligned(values):
    raw = np.zeros(8 * len(values) + 1, np.uint8)[1:].view(float)
    raw[:] = values
    return raw


class Subclass(np.ndarray):
    pass


SORTS = {
    "strided": lambda values: np.repeat(values, 2)[::2],
    "reversed": lambda values: np.array(values[::-1])[::-1],
    "read-only": readonly,
    "misaligned": misaligned,
    "big-endian": lambda values: np.array(values, ">f8"),
    "float32": lambda values: np.array(values, "f4"),
    "int64": lambda values: np.array(values, "i8"),
    "bool": lambda values: np.array(values, bool),
    "complex": lambda values: np.array(values, complex),
    "object": lambda values: np.array(values, object),
    "long double": lambda values: np.array(values, np.longdouble),
    "with metadata": lambda values: np.array(values, np.dtype(float, metadata={"unit": "m"})),
    "row": lambda values: np.array([values]),
    "matrix": lambda values: np.ones((len(values), len(values))),
    "column": lambda values: np.array(values)[:, None],
    "one": lambda values: np.ones(1),
    "other length": lambda values: np.ones(len(values) + 1),
    "no dimensions": lambda values: np.array(2.5),
    "text": lambda values: np.array(["x"] * len(values)),
    "subclass": lambda values: np.array(values).view(Subclass),
    "masked": lambda values: np.ma.array(values, mask=[True] + [False] * (len(values) - 1)),
}


@pytest.mark.parametrize("op", BINARY_OPERATORS, ids=lambda op: op.__name__)
@pytest.mark.parametrize("sort", SORTS)
def test_all_sorts_of_ndarrays(sort, op):
    a = [2.0, 3.0, 5.0, 7.0]
    other = SORTS[sort](a[::-1])
    if sort == "no dimensions" and op in COMPARISONS:
        # NumPy hands its scalars over like this, which arrays compare with as with a float.
        assert outcome(op, array(a), other) == outcome(op, array(a), 2.5)
        assert outcome(op, other, array(a)) == outcome(op, 2.5, array(a))
        return
    assert outcome(op, array(a), other) == outcome(op, np.array(a), other)
    assert outcome(op, other, array(a)) == outcome(op, other, np.array(a))


@pytest.mark.parametrize("sort", SORTS)
def test_all_sorts_of_ndarrays_in_place(sort):
    a = [2.0, 3.0, 5.0, 7.0]
    target, expected = SORTS[sort](a[::-1]), SORTS[sort](a[::-1])
    assert outcome(operator.iadd, target, array(a)) == outcome(operator.iadd, expected, np.array(a))
    assert np.array_equal(target, expected)
    with np.errstate(all="ignore"):
        assert outcome(np.add, array(a), array(a), target) == outcome(np.add, a, a, expected)
    assert np.array_equal(target, expected)


@pytest.mark.parametrize("op", [operator.iadd, operator.isub, operator.imul, operator.itruediv])
@pytest.mark.parametrize("n", LENGTHS)
def test_an_ndarray_that_is_changed_in_place_stays_the_same_object(op, n):
    target = kept = np.array(mixed(n))
    with np.errstate(all="ignore"):
        target = op(target, array(mixed(n, 1)))
        expected = op(np.array(mixed(n)), np.array(mixed(n, 1)))
    assert target is kept
    assert clean(target) == clean(expected)


@pytest.mark.parametrize("kind", ["divide", "over", "under", "invalid"])
def test_floating_point_exceptions_are_numpy_s_affair(kind):
    operations = {
        "divide": lambda x, y: x / (0 * y),
        "over": lambda x, y: x * y * 1e200 * y,
        "under": lambda x, y: x / 1e300 / y,
        "invalid": lambda x, y: np.sqrt(-x) + y,
    }
    x, y = array([1e100, 2.0]), np.array([1e200, 3.0])
    for left, right in ((x, y), (np.asarray(x), array(y))):
        with np.errstate(**{kind: "raise"}), pytest.raises(FloatingPointError):
            operations[kind](left, right)
        with np.errstate(all="ignore"):
            assert type(operations[kind](left, right)) is np.ndarray
        calls: list[tuple[str, int]] = []
        with np.errstate(**{kind: "call"}, call=lambda *call, calls=calls: calls.append(call)):
            operations[kind](left, right)
        assert len(calls) == 1


def test_an_output_that_is_an_input_is_computed_from_what_it_was():
    for values in ([4.0, 2.0, 9.0], [4.0, 0.0, -1.0]):  # the second ones need the ufunc
        a, expected = array(values), np.array(values)
        with np.errstate(all="ignore"):
            assert np.divide(1.0, a, out=a) is a
            assert np.sqrt(a, out=a) is a
            np.sqrt(np.divide(1.0, expected, out=expected), out=expected)
        assert clean(a) == clean(expected)
    a, expected = array(everyday(9)), np.array(everyday(9))
    np.add(np.asarray(a)[:-1], array([1.0] * 8), out=np.asarray(a)[1:])
    np.add(expected[:-1], np.ones(8), out=expected[1:])
    assert a.tolist() == expected.tolist()


def test_a_result_has_memory_of_its_own():
    a = array([1.0, 2.0])
    for result in (a + np.ones(2), np.ones(2) * a, np.negative(a), a == np.ones(2)):
        assert result.base is None
        assert result.flags.owndata and result.flags.writeable and result.flags.aligned


def test_reductions_with_arguments_take_and_give_what_numpy_s_do():
    a = array([1.0, 2.0, 4.0])
    assert a.sum(axis=0) == 7.0
    assert type(np.max(a)) is np.float64
    assert a.sum(0, float, None, True).tolist() == [7.0]
    assert np.sum(a, where=[True, False, True]) == 5.0
    target = np.array(0.0)
    assert a.sum(out=target) is target
    with pytest.raises(TypeError):
        a.sum(nonsense=1)
    with pytest.raises(np.exceptions.AxisError):
        a.sum(axis=1)
    with pytest.raises(TypeError):
        a.sum(0, None, None, False, 0.0, True, 1, 2, 3)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        (1, 2),
        (np.add,),
        (np.add, "__call__"),
        (np.add, "nonsense", array([1.0])),
        (np.add, 3, array([1.0])),
        ("nonsense", "__call__", array([1.0])),
        (None, "__call__", array([1.0]), np.ones(1)),
        (np.add, "__call__", array([1.0])),
        (np.add, "__call__", *[array([1.0])] * 4),
        (np.add, "__call__", object(), array([1.0])),
    ],
)
def test_calling_the_protocol_by_hand_is_an_error_at_worst(arguments):
    with pytest.raises((TypeError, AttributeError)):
        array([1.0]).__array_ufunc__(*arguments)


def test_outputs_by_hand():
    a = array([1.0])
    for out in ((), (a, a), a, (3,), 3):
        with pytest.raises((TypeError, ValueError)):
            a.__array_ufunc__(np.add, "__call__", a, a, out=out)
    for out in (None, (None,)):
        assert a.__array_ufunc__(np.add, "__call__", a, a, out=out).tolist() == [2.0]
    assert a == array([1.0])


def test_arrays_work_before_and_after_numpy_is_imported():
    run_script(
        """
        import sys
        from piconumpy import array
        a = array([1.0, 2.0])
        class Lookalike: pass
        Lookalike.__name__ = Lookalike.__qualname__ = "numpy.ndarray"
        other = Lookalike()
        for operation in (lambda: a + other, lambda: other < a, lambda: a @ other):
            try:
                operation()
            except TypeError:
                pass
            else:
                raise AssertionError
        assert "numpy" not in sys.modules
        import numpy as np
        assert type(np.ones(2) + a) is type(a + np.ones(2)) is type(np.sin(a)) is np.ndarray
        """
    )


WORK = {
    "array + ndarray": lambda a, b: a + b,
    "ndarray + array": lambda a, b: b + a,
    "array < ndarray": lambda a, b: a < b,
    "ndarray @ array": lambda a, b: b @ a,
    "array ** row": lambda a, b: a ** b[None],
    "array / zeros": lambda a, b: a / (0 * b),
    "sin": lambda a, b: np.sin(a),
    "add into array": lambda a, b: np.add(a, b, out=a),
    "in place": lambda a, b: operator.iadd(b, a),
    "sum": lambda a, b: np.sum(a),
    "scalar": lambda a, b: np.float64(2) * a,
}


@counting_blocks
@counting_references
@pytest.mark.parametrize("name", WORK)
@pytest.mark.parametrize("n", [4, 61])
def test_mixtures_leave_no_memory_and_no_references(name, n):
    work, a, b = WORK[name], array(everyday(n)), np.array(everyday(n))
    things = (a, b, array, np.dtype(float), np.dtype(bool), np.add, np.sin)

    with np.errstate(all="ignore"):
        work(a, b)
        gc.collect()
        before = [sys.getrefcount(thing) for thing in things]
        assert min(growth(lambda: work(a, b), 500) for _ in range(5)) < 100
    gc.collect()
    after = [sys.getrefcount(thing) for thing in things]
    assert all(-20 < new - old < 20 for old, new in zip(before, after))  # after 2500 calls


@pytest.mark.skipif(
    sys.implementation.name != "cpython" or importlib.util.find_spec("_testcapi") is None,
    reason="this interpreter has no _testcapi, which makes allocations fail",
)
def test_a_mixture_without_memory_is_a_memory_error_and_no_more():
    run_script(
        """
        import _testcapi, sys
        import numpy as np
        from piconumpy import array
        a, b = array([1.5] * 4), np.ones(4)
        actions = [lambda: a + b, lambda: a < b, lambda: np.sin(a),
                   lambda: a.__dlpack__(max_version=(1, 0)), lambda: a.__dlpack__(copy=True)]
        for action in actions:
            action()
            before = sys.getrefcount(a), sys.getrefcount(b)
            failures = 0
            for first in range(60):
                _testcapi.set_nomemory(first, first + 1)
                try:
                    action()
                except MemoryError:
                    failures += 1
                finally:
                    _testcapi.remove_mem_hooks()
                assert (sys.getrefcount(a), sys.getrefcount(b)) == before
                assert a.tolist() == [1.5] * 4
            assert failures > 0
        """
    )
