# SPDX-License-Identifier: BSD-3-Clause
from __future__ import annotations

import array as std
import operator
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import bits, mixed, numbers

from piconumpy import array

bounds = st.none() | st.integers(-80, 80) | st.sampled_from([2**40, -(2**40), 2**100, -(2**100)])
steps = st.none() | st.integers(-9, 9).filter(bool) | st.sampled_from([2**100, -(2**100)])
slices = st.builds(slice, bounds, bounds, steps)


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


@pytest.mark.parametrize("n", [1, 8, 9, 60, 61, 1000])
def test_every_index_reads_its_number(n):
    values = mixed(n)
    a = array(values)
    for i in range(-n, n):
        # Written out, as PyPy 7.3.19 takes [-0.0] * 3 for three times 0.0 in compiled loops.
        expected = bits([values[i], values[i], values[i]])
        assert bits([a[i], a[Index(i)], a[np.int64(i)]]) == expected
    assert type(a[0]) is float


@pytest.mark.parametrize("n", [0, 1, 4, 100])
def test_indices_out_of_range_are_named(n):
    a = array([0.0] * n)
    for index in (n, n + 1, -n - 1, 2**40, -(2**40)):
        message = f"^index {index} is out of range for an array of length {n}$"
        with pytest.raises(IndexError, match=message):
            a[index]
        with pytest.raises(IndexError, match=message):
            a[index] = 1.0
        with pytest.raises(IndexError, match=message):
            a[Index(index)]
    for index in (2**100, -(2**100)):
        with pytest.raises(IndexError, match=f"too large for an array of length {n}"):
            a[index]


@pytest.mark.parametrize("key", [1.0, "0", None, (0,), (0, 0), [0], 1j, np.float64(0), ...])
def test_keys_that_are_no_integers_are_refused(key):
    a = array([1.0])
    message = rf"must be integers or slices, not .*{type(key).__name__}"
    with pytest.raises(TypeError, match=message):
        a[key]
    with pytest.raises(TypeError, match=message):
        a[key] = 1.0


def test_errors_of_index_come_through():
    class Bad:
        def __index__(self):
            raise ZeroDivisionError

    a = array([1.0])
    for key in (Bad(), slice(Bad()), slice(None, None, Bad())):
        with pytest.raises(ZeroDivisionError):
            a[key]
        with pytest.raises(ZeroDivisionError):
            a[key] = 1.0
    with pytest.raises(TypeError):
        a[Index("x")]
    with pytest.raises(TypeError):
        a["a":"b"]
    with pytest.raises(ValueError, match="step cannot be zero"):
        a[::0]


@given(st.lists(numbers, max_size=70), slices)
def test_slices_are_those_of_a_list(values, key):
    a = array(values)
    part = a[key]
    assert type(part) is array
    assert bits(part) == bits(values[key])
    part += 1
    assert bits(a) == bits(values)


@pytest.mark.parametrize(
    "value", [2, 2.5, True, Fraction(1, 2), np.float32(0.5), np.int16(3), np.array(1.5)]
)
def test_any_real_number_may_be_assigned(value):
    a = array([0.0, 1.0])
    a[-1] = value
    assert a[1] == float(value)
    a[:] = value
    assert a.tolist() == [float(value)] * 2


@pytest.mark.parametrize(
    "value", ["1", b"1", None, 1j, [1.0], np.complex64(1), np.array([1.0]), array([1.0])]
)
def test_an_item_that_is_no_real_number_is_refused(value):
    a = array([0.5])
    with pytest.raises(
        TypeError, match=rf"the value is not a real number but .*{type(value).__name__}"
    ):
        a[0] = value
    assert a[0] == 0.5


def test_an_item_too_large_is_refused():
    a = array([0.5])
    for key in (0, slice(None)):
        with pytest.raises(OverflowError, match="the value is an int too large for a float"):
            a[key] = 10**400
    assert a[0] == 0.5


def test_items_can_not_be_deleted():
    a = array([1.0, 2.0])
    for key in (0, slice(None), "x"):
        with pytest.raises(TypeError, match="can't be deleted"):
            del a[key]
    assert len(a) == 2


def sources(values):
    spread = np.zeros(2 * len(values))
    spread[::2] = values
    yield from (
        values,
        tuple(values),
        array(values),
        np.array(values),
        std.array("d", values),
        spread[::2],
    )
    yield from (iter(values), (x for x in values))


@given(st.lists(numbers, max_size=70), slices, st.integers(0, 1000))
def test_slice_assignment_is_that_of_a_list(values, key, seed):
    n = len(values[key])
    new = mixed(n, seed)
    expected = list(values)
    for i, x in zip(range(len(values))[key], new):
        expected[i] = x
    for source in sources(new):
        a = array(values)
        a[key] = source
        assert bits(a) == bits(expected)


@given(st.lists(numbers, max_size=70), slices)
def test_a_number_fills_a_slice(values, key):
    a = array(values)
    expected = list(values)
    for i in range(len(values))[key]:
        expected[i] = 2.5
    a[key] = 2.5
    assert bits(a) == bits(expected)


def test_slices_do_not_grow_or_shrink():
    for length in (0, 2, 4):
        for source in sources([1.0] * length):
            a = array([0.0] * 10)
            with pytest.raises(
                ValueError, match=f"can't assign {length} numbers to a slice of length 3"
            ):
                a[2:5] = source
            assert a == array([0.0] * 10)


def test_nothing_is_written_on_error():
    def failing():
        yield 1.0
        raise KeyError

    a = array([0.5] * 4)
    for source, error in (
        (failing(), KeyError),
        ([1.0, "x", 1.0, 1.0], TypeError),
        ([[1.0]] * 4, TypeError),
    ):
        with pytest.raises(error):
            a[:] = source
    with pytest.raises(TypeError, match="element 1 is not a real number but str"):
        a[:] = [1.0, "x", 1.0, 1.0]
    with pytest.raises(TypeError, match="1-D only: the numpy.ndarray has 2 dimensions"):
        a[:] = np.ones((2, 2))
    for value in (None, 1j, object()):
        with pytest.raises(TypeError, match="the value is not a real number"):
            a[:] = value
    with pytest.raises(TypeError, match="element 0 is not a real number but str"):
        a[:] = "abcd"
    assert a == array([0.5] * 4)


@pytest.mark.parametrize("n", [2, 8, 9, 60, 61, 1000])
@pytest.mark.parametrize("view_of", [lambda a: a, memoryview, np.asarray, lambda a: a[:]])
def test_an_array_may_be_assigned_to_itself(n, view_of):
    values = [float(i) for i in range(n)]
    for target, source in (
        (slice(None), slice(None, None, -1)),
        (slice(1, None), slice(None, -1)),
        (slice(None, -1), slice(1, None)),
        (slice(None, None, -1), slice(None)),
        (slice(None), slice(None)),
        (slice(None, n // 2), slice(None, n // 2 * 2, 2)),
    ):
        a = array(values)
        a[target] = view_of(a)[source]
        expected = list(values)
        expected[target] = values[source]
        assert a.tolist() == expected


@pytest.mark.parametrize("n", [3, 30, 300])
def test_an_array_reversed_into_itself(n):
    a = array(range(n))
    a[::-1] = a
    assert a.tolist() == [float(i) for i in reversed(range(n))]


def test_iteration():
    values = mixed(20)
    a = array(values)
    assert bits(a) == bits(values)
    assert bits(reversed(a)) == bits(reversed(values))
    x, y = array([1.0, 2.0])
    assert (x, y) == (1.0, 2.0)
    assert [*map(float, array([]))] == []
    iterator = iter(a)
    assert iter(iterator) is iterator
    assert sum(1 for _ in iterator) == 20
    with pytest.raises(StopIteration):
        next(iterator)


def test_the_length_is_len():
    assert len(array([])) == 0
    assert len(array(range(70))) == 70


def test_an_iterator_ends_and_keeps_its_array_alive() -> None:
    iterator = iter(array([1.0, 2.0]))
    assert iter(iterator) is iterator
    assert operator.length_hint(iterator) == 2
    assert list(iterator) == [1.0, 2.0]
    assert operator.length_hint(iterator) == 0
    assert list(iterator) == []  # and stays at its end


def test_an_iterator_sees_what_is_assigned_meanwhile() -> None:
    a = array([1.0, 2.0, 3.0])
    seen = []
    for value in a:
        seen.append(value)
        a[2] = 9.0
    assert seen == [1.0, 2.0, 9.0]


@pytest.mark.parametrize("read", [lambda a, i: a[i], lambda a, i: list(a)[i]])
def test_a_number_that_was_read_never_changes(read: Callable[[array, int], float]) -> None:
    a = array(range(1000))
    kept = {i: read(a, i) for i in range(0, 1000, 7)}  # while others come and go in between
    a[:] = -1.0
    for i in range(1000):
        read(a, i)
    assert kept == {i: float(i) for i in range(0, 1000, 7)}


def test_numbers_read_at_the_same_time_are_objects_of_their_own() -> None:
    a = array(range(200))
    numbers = [a[i] for i in range(200)]
    assert len({id(number) for number in numbers}) == 200
    assert numbers == [float(i) for i in range(200)]
    del numbers
    nested = [(a[i], [a[j] for j in range(i)]) for i in range(50)]
    assert nested == [(float(i), [float(j) for j in range(i)]) for i in range(50)]
