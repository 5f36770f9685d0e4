# SPDX-License-Identifier: BSD-3-Clause
"""The methods that make one number of an array, in an order of operations that is a promise."""

from __future__ import annotations

import math
import operator
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import LENGTHS, SPECIAL, bits, minimum, mixed, numbers, on_every_isa

from piconumpy import array, full, set_isa

REDUCTIONS = ["sum", "prod", "mean", "min", "max", "argmin", "argmax", "any", "all"]
NEED_A_NUMBER = ["min", "max", "argmin", "argmax"]
every_reduction = pytest.mark.parametrize("name", REDUCTIONS)


def in_order(values, combine, empty):
    """The stated order, written down anew: a table of columns, and then halves onto halves."""
    columns = [values[k::32] for k in range(min(32, len(values)))]
    partials = []
    for column in columns:
        partial = column[0]
        for value in column[1:]:
            partial = combine(partial, value)
        partials.append(partial)
    while len(partials) > 1:
        half = 1
        while 2 * half < len(partials):
            half *= 2
        upper = partials[half:]
        partials = [combine(p, q) for p, q in zip(partials, upper)] + partials[len(upper) : half]
    return partials[0] if partials else empty


def truths(values):
    """All results, by Python's floats alone."""
    total = in_order(values, operator.add, 0.0)
    result = {
        "sum": total,
        "prod": in_order(values, operator.mul, 1.0),
        "mean": total / len(values) if values else math.nan,
        "any": any(x != 0 for x in values),
        "all": all(x != 0 for x in values),
    }
    if values:
        least, greatest = values[0], values[0]
        for x in values:
            least, greatest = minimum(least, x), -minimum(-greatest, -x)
        nans = [i for i, x in enumerate(values) if x != x]
        result["min"], result["max"] = least, greatest
        result["argmin"] = nans[0] if nans else values.index(min(values))
        result["argmax"] = nans[0] if nans else values.index(max(values))
    return result


def stored_everywhere(values):
    """Equal arrays whose numbers PyPy keeps in a tuple or list, and in memory."""
    exported = array(values)
    memoryview(exported).release()
    return array(values), exported


def check(values):
    for a in stored_everywhere(values):
        for name, truth in truths(values).items():
            result = getattr(a, name)()
            assert type(result) is type(truth), name
            assert bits([result]) == bits([truth]), name
        other = array(values[::-1])
        products = [x * y for x, y in zip(values, values[::-1])]
        dot = bits([in_order(products, operator.add, 0.0)])
        assert bits([a @ other]) == bits([a.dot(other)]) == bits([other @ a]) == dot
        squares = in_order([x * x for x in values], operator.add, 0.0)
        assert bits([a @ a]) == bits([squares])
        assert bits(a) == bits(values)


def test_the_sum_of_four_is_that_of_two_sums():
    a = array([1e16, 1.0, -1e16, 1.0])
    assert a.sum() == (1e16 + -1e16) + (1.0 + 1.0) == 2.0
    assert (((1e16 + 1.0) + -1e16) + 1.0) == 1.0


@on_every_isa
def test_every_length_on_every_isa(isa):
    with set_isa(isa):
        for n in (*LENGTHS, *range(71, 140)):
            check([math.sin(i) * 10 ** (i % 30 - 15) for i in range(n)])
            check([1 + math.sin(i) / 3 for i in range(n)])
            check(mixed(n))


@given(st.lists(numbers, max_size=100))
def test_any_numbers(values):
    check(values)


@given(st.lists(st.sampled_from([0.0, -0.0, math.nan, 1.0]), max_size=40))
def test_zeros_of_both_signs_and_nan(values):
    check(values)


@pytest.mark.parametrize("n", [2, 7, 8, 9, 40, 100, 1000])
@pytest.mark.parametrize("special", SPECIAL)
def test_a_special_number_at_every_place(n, special):
    for place in {0, 1, n // 2, n - 1}:
        values = [0.5 + i for i in range(n)]
        values[place] = special
        check(values)


@every_reduction
def test_numpy_agrees(name):
    for n in (1, 4, 33, 300):
        values = [float((7 * i) % 11 - 5) for i in range(n)]  # of which the sums are exact
        assert getattr(array(values), name)() == getattr(np.array(values), name)()
    nans = [1.0, math.nan, 0.0, math.nan]
    assert bits([getattr(array(nans), name)()]) == bits([getattr(np.array(nans), name)()])


@pytest.mark.parametrize("name", NEED_A_NUMBER)
def test_an_empty_array_has_no_extremes(name):
    with pytest.raises(ValueError, match=f"^{name}: the array is empty$"):
        getattr(array([]), name)()


def test_what_an_empty_array_sums_to():
    a = array([])
    assert (a.sum(), a.prod(), a @ a, a.any(), a.all()) == (0.0, 1.0, 0.0, False, True)
    assert math.isnan(a.mean())


@every_reduction
def test_arguments_are_numpy_s(name):
    a, n = array([3.0, 0.5, 0.5]), np.array([3.0, 0.5, 0.5])
    expected = getattr(n, name)(axis=0)
    for result in (
        getattr(a, name)(0),
        getattr(a, name)(axis=0),
        getattr(np, name)(a),
        getattr(np, name)(a, axis=0),
    ):
        assert type(result) is type(expected)
        assert result == expected
    with pytest.raises(np.exceptions.AxisError):
        getattr(a, name)(axis=1)
    with pytest.raises(TypeError):
        getattr(a, name)(nonsense=1)


def test_outputs_of_numpy_s_functions_stay_outputs():
    a, out = array([3.0, 0.5]), np.zeros(())
    assert np.sum(a, out=out) is out
    assert out == 3.5
    assert a.sum(dtype="f4", keepdims=True).tolist() == [3.5]


def test_the_other_factor_of_a_product_can_be_anything_with_numbers():
    a = array([1.0, 2.0, 4.0])
    strided = np.arange(6.0)[::2]
    for other in ([0, 2, 4], (0.0, 2.0, 4.0), range(0, 6, 2), strided, np.array([0, 2, 4], "f4")):
        assert a.dot(other) == 20.0
    assert a @ [0, 2, 4] == [0, 2, 4] @ a == a @ (0, 2, 4) == (0, 2, 4) @ a == 20.0
    for product in (a @ strided, strided @ a):
        assert type(product) is np.float64
        assert product == 20.0


def test_products_that_are_refused():
    a = array([1.0, 2.0])
    for multiply in (a.dot, lambda b: a @ b, lambda b: b @ a):
        for other in (array([1.0]), [1.0, 2.0, 3.0]):
            with pytest.raises(ValueError, match="^dot: the lengths differ: "):
                multiply(other)
    for scalar in (2.0, 2, np.float32(2), Fraction(1, 2)):
        with pytest.raises(TypeError, match="^dot: an array is needed, not .*: use a \\* b$"):
            a.dot(scalar)
        for multiply in (operator.matmul, lambda a, b: b @ a):
            with pytest.raises((TypeError, ValueError)):
                multiply(a, scalar)
    with pytest.raises(TypeError):
        a.dot(None)
    with pytest.raises(TypeError, match="the product is one number"):
        a @= a
    assert a == array([1.0, 2.0])


# ---- clip, fill -------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [0, 1, 4, 9, 61, 1000])
def test_clipped_numbers_are_between_the_bounds(n):
    values = mixed(n)
    lower, upper = [x - 1 for x in mixed(n, 3)], [x + 1 for x in mixed(n, 3)]
    a = array(values)
    for low, high in ((-1, 0.25), (array(lower), array(upper)), (lower, 5), (-5, np.array(upper))):
        for result, arguments in (
            (a.clip(low, high), (low, high)),
            (a.clip(min=low), (low, None)),
            (a.clip(max=high), (None, high)),
            (a.clip(low, None), (low, None)),
        ):
            assert type(result) is array
            # NumPy's bound wins against an equal number: that shows in the sign of a zero only.
            truth = np.clip(np.array(values), *arguments)
            assert bits(result + 0.0) == bits(truth + 0.0)
    copy = a.clip()
    assert copy is not a
    assert bits(copy) == bits(a) == bits(values)


def test_bounds_with_nan_or_crossed():
    a = array([1.0, math.nan, 3.0])
    assert a.clip(5, 2).tolist()[::2] == [2.0, 2.0]
    assert bits(a.clip(math.nan, 2)) == [None] * 3
    assert bits(a.clip(-0.0, 0.0))[0] == bits([0.0])[0]


def test_bounds_are_converted_before_the_numbers_are_read():
    class Changing:
        def __float__(self):
            a[0] = 7.0
            return 1.0

    for bounds in (([Changing(), 1.0], None), (None, [Changing(), 1.0]), (0, [Changing(), 8.0])):
        a = array([0.5, 0.5])
        plain = [[1.0, bound[1]] if isinstance(bound, list) else bound for bound in bounds]
        assert a.clip(*bounds) == array([7.0, 0.5]).clip(*plain)


@pytest.mark.parametrize("dtype", ["f8", ">f8", "f4", "f2", "g", "i4", "u8", "?", "O"])
def test_ndarrays_without_dimensions_and_numpy_scalars_are_bounds(dtype):
    a = array([-3.0, 0.5, 7.0])
    one = np.array(1, dtype)
    for bound in (one, one[()]):
        assert a.clip(bound, 2) == array([1.0, 1.0, 2.0])
        assert a.clip(max=bound) == array([-3.0, 0.5, 1.0])
        assert a.clip(bound, bound) == array([1.0] * 3)


def test_bounds_that_are_refused():
    a = array([1.0, 2.0])
    for bad in (1j, np.complex128(1), np.array(1j), Decimal(1)):
        with pytest.raises(TypeError, match="clip: min is not a real number but .*(complex|Dec)"):
            a.clip(bad, 1)
    with pytest.raises(ValueError, match="clip: min has length 3, the array has length 2"):
        a.clip([1, 2, 3])
    with pytest.raises(ValueError, match="clip: max has length 1, the array has length 2"):
        a.clip(0, array([3.0]))
    for bad in ("x", [None, 1.0], {}, np.array("x"), np.array("2020", "M8[D]"), np.ones((2, 2))):
        with pytest.raises((TypeError, ValueError)):
            a.clip(0, bad)
    with pytest.raises(TypeError):
        a.clip(0, 1, 2)
    with pytest.raises(TypeError):
        a.clip(minimum=0)


@pytest.mark.parametrize("n", [0, 1, 4, 8, 9, 61, 1000])
def test_an_array_is_filled_in_place(n):
    for a in stored_everywhere([1.0] * n):
        view = memoryview(a)
        assert a.fill(Fraction(1, 4)) is None
        assert a == full(n, 0.25)
        assert view.tolist() == [0.25] * n
    a = full(n, 2)
    with pytest.raises(TypeError, match="the value is not a real number but str"):
        a.fill("x")
    a.fill(np.float32(3))
    a *= 2
    assert a == full(n, 6)
