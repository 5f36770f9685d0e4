# SPDX-License-Identifier: BSD-3-Clause
from __future__ import annotations

import array as std
import math
import numbers as abstract
import pickle
import sys
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import LENGTHS, bits, mixed, numbers

from piconumpy import add, array, empty, full, ones, zeros


@given(st.lists(numbers, max_size=70))
def test_lists_tuples_and_iterators_give_the_same_numbers(values):
    expected = bits(values)
    assert bits(array(values)) == expected
    assert bits(array(tuple(values))) == expected
    assert bits(array(iter(values))) == expected
    assert bits(array(x for x in values)) == expected


@pytest.mark.parametrize("n", LENGTHS)
def test_every_length_keeps_all_numbers(n):
    values = mixed(n)
    a = array(values)
    assert len(a) == n
    assert bits(a) == bits(values)
    assert bits(array(a)) == bits(values)


@pytest.mark.parametrize("n", [0, 4, 40, 400])
def test_an_array_is_copied(n):
    a = array(range(n))
    b = array(a)
    assert a == b
    assert a is not b
    b += 1
    assert a == array(range(n))


def test_elements_may_be_any_real_number():
    values = [1, 2.5, True, Fraction(1, 4), Decimal("0.5"), 2**40, -(2**62), -3]
    assert array(values).tolist() == [1.0, 2.5, 1.0, 0.25, 0.5, 2.0**40, -(2.0**62), -3.0]


def test_numpy_scalars_and_zero_dimensional_arrays_are_elements():
    values = [
        np.float16(0.5),
        np.float32(1.5),
        np.longdouble(2),
        np.int8(-3),
        np.uint64(4),
        np.True_,
        np.array(6.5),
    ]
    assert array(values).tolist() == [0.5, 1.5, 2.0, -3.0, 4.0, 1.0, 6.5]


@pytest.mark.parametrize("dtype", ["<f8", ">f8", ">f4", ">i2", "O"])
def test_zero_dimensional_arrays_of_any_byte_order_and_objects_are_numbers(dtype):
    value = np.array(2, dtype)
    a = array([value, 0.5])
    a[1] = value
    a += value
    assert a.tolist() == [4.0, 4.0]
    a[:] = value
    assert a.tolist() == [2.0, 2.0]


def test_a_zero_dimensional_array_of_objects_is_the_number_in_it():
    a = array([np.array(Fraction(1, 4), object)])
    assert a.tolist() == [0.25]
    for wrong in (None, "1", [1.0], 1j, {}):
        holder = np.empty((), object)
        holder[()] = wrong
        with pytest.raises(TypeError, match="the value is not a real number but numpy.ndarray"):
            a[0] = holder
        with pytest.raises(TypeError, match="the value is not a real number but numpy.ndarray"):
            a += holder
    with pytest.raises(OverflowError, match="int too large"):
        a[0] = np.array(10**400, object)
    assert a.tolist() == [0.25]


class Indexable:
    def __index__(self):
        return 7


class Floatable:
    def __float__(self):
        return 2.5


class SubFloat(float):
    pass


def test_elements_may_have_float_or_index():
    assert array([Indexable(), Floatable(), SubFloat(1.5)]).tolist() == [7.0, 2.5, 1.5]


@pytest.mark.parametrize("n", [0, 1, 3, 4, 30, 300])
def test_float64_buffers_are_copied(n):
    values = mixed(n)
    for source in (
        np.array(values),
        std.array("d", values),
        memoryview(std.array("d", values)),
        array(values),
    ):
        assert bits(array(source)) == bits(values)


def test_strided_buffers_are_copied():
    source = np.arange(20.0)
    assert array(source[::3]).tolist() == source[::3].tolist()
    assert array(source[::-1]).tolist() == source[::-1].tolist()
    assert array(np.broadcast_to(np.array(2.5), 4)).tolist() == [2.5] * 4
    assert array(np.arange(12.0).reshape(3, 4)[:, 1]).tolist() == [1.0, 5.0, 9.0]


def test_misaligned_buffers_are_copied():
    memory = np.zeros(8 * 5 + 1, dtype="u1")
    misaligned = memory[1:].view("f8")
    misaligned[:] = range(5)
    assert array(misaligned).tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    record = np.zeros(3, dtype=[("byte", "u1"), ("number", "f8")])
    record["number"] = [1, 2, 3]
    assert array(record["number"]).tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("dtype", ["i1", "u2", "i4", "u8", "f2", "f4", ">f8", ">i4", "?"])
def test_other_buffers_are_iterated(dtype):
    assert array(np.array([0, 1, 1], dtype=dtype)).tolist() == [0.0, 1.0, 1.0]


def test_the_standard_library_s_arrays_are_iterated():
    assert array(std.array("i", [1, -2])).tolist() == [1.0, -2.0]
    assert array(std.array("f", [0.5])).tolist() == [0.5]
    assert array({3: 0.5, 4: 1.5}.values()).tolist() == [0.5, 1.5]


class SubDict(dict):
    pass


@pytest.mark.parametrize(
    ("values", "hint"),
    [
        (b"12", r"memoryview\(...\).cast\('d'\)"),
        (bytearray(b"12"), r"memoryview\(...\).cast\('d'\)"),
        (b"", r"memoryview\(...\).cast\('d'\)"),
        ({3: 0.5, 4: 1.5}, r"values\(\)"),
        (SubDict({3: 0.5}), r"values\(\)"),
        ({3.0, 4.0}, "no order"),
        (frozenset([3.0]), "no order"),
    ],
)
def test_iterables_whose_items_are_hardly_meant_are_refused(values, hint):
    message = f"^can't make an array of {type(values).__name__}: .*{hint}"
    with pytest.raises(TypeError, match=message):
        array(values)
    a = array([0.5] * len(values))
    with pytest.raises(TypeError, match=message):
        a[:] = values
    assert a.tolist() == [0.5] * len(values)


@pytest.mark.parametrize(
    ("element", "name"),
    [
        ("1", "str"),
        (b"1", "bytes"),
        (None, "NoneType"),
        (1j, "complex"),
        (np.complex64(1), "numpy.complex64"),
        (np.complex128(1), "numpy.complex128"),
        (np.str_("1"), "numpy.str_"),
        (np.bytes_(b"1"), "numpy.bytes_"),
        (np.timedelta64(1, "s"), "numpy.timedelta64"),
        (np.datetime64("2020-01-01"), "numpy.datetime64"),
        (np.array(1j), "numpy.ndarray"),
        (np.array("1"), "numpy.ndarray"),
        (np.array(None), "numpy.ndarray"),
        (object(), "object"),
        (int, "type"),
    ],
)
@pytest.mark.parametrize("position", [0, 2, 70])
def test_an_element_that_is_no_real_number_is_named(element, name, position):
    values = [1.0] * position + [element, 1.0]
    for source in (values, tuple(values), iter(values)):
        with pytest.raises(
            TypeError, match=rf"^element {position} is not a real number but {name}"
        ):
            array(source)


@pytest.mark.parametrize(
    ("element", "name"),
    [
        ([1.0], "list"),
        ((1.0,), "tuple"),
        (array([1.0]), "piconumpy.array"),
        (np.array([1.0]), "numpy.ndarray"),
        (memoryview(b"a"), "memoryview"),
        ({1: 2}, "dict"),
    ],
)
def test_nested_sequences_are_refused(element, name):
    with pytest.raises(
        TypeError, match=rf"^element 1 is not a real number but {name}; an array is 1-D only$"
    ):
        array([0.5, element])


def test_a_list_inside_itself_is_refused():
    values: list = [1.0]
    values.append(values)
    with pytest.raises(
        TypeError, match="element 1 is not a real number but list; an array is 1-D only"
    ):
        array(values)


@pytest.mark.parametrize("shape", [(), (2, 2), (0, 3), (1, 1, 1)])
def test_buffers_of_other_dimensions_are_refused(shape):
    with pytest.raises(
        TypeError, match=rf"1-D only: the numpy.ndarray has {len(shape)} dimensions"
    ):
        array(np.zeros(shape))


def test_complex_numbers_of_others_are_refused():
    @abstract.Complex.register
    class Phasor:
        def __float__(self):
            return 1.0

    with pytest.raises(TypeError, match="element 1 is not a real number but Phasor"):
        array([1.0, Phasor()])
    abstract.Real.register(Phasor)
    assert array([Phasor()])[0] == 1.0


def test_a_complex_ndarray_is_refused_without_a_warning():
    with pytest.raises(TypeError, match="element 0 is not a real number but numpy.complex128"):
        array(np.array([1 + 0j]))


def test_text_is_refused():
    with pytest.raises(TypeError, match="element 0 is not a real number but str"):
        array("12")
    assert len(array("")) == 0


@pytest.mark.parametrize("value", [None, 1, 2.5, object(), 1j, len])
def test_what_is_not_iterable_is_refused(value):
    with pytest.raises(TypeError, match=rf"needs an iterable.* not {type(value).__name__}"):
        array(value)


@pytest.mark.parametrize("position", [0, 5, 80])
def test_an_int_too_large_is_named(position):
    with pytest.raises(OverflowError, match=f"element {position} is an int too large for a float"):
        array([0] * position + [10**400])


def test_exactly_one_positional_argument():
    with pytest.raises(TypeError, match=r"exactly one argument \(0 given\)"):
        array()
    with pytest.raises(TypeError, match=r"exactly one argument \(2 given\)"):
        array(1.0, 2.0)
    with pytest.raises(TypeError, match="no keyword arguments"):
        array(values=[1.0])
    with pytest.raises(TypeError, match="no keyword arguments"):
        array([1.0], dtype=float)
    assert array(*[[1.0]], **{}) == array([1.0])


def test_new_is_another_way_to_call():
    assert array.__new__(array, [1.0]) == array([1.0])
    assert type.__call__(array, [1.0]) == array([1.0])
    for arguments in ((), ([1.0], 2)):
        with pytest.raises(TypeError, match="exactly one argument"):
            array.__new__(array, *arguments)
    with pytest.raises(TypeError, match="no keyword"):
        array.__new__(array, values=[1.0])
    with pytest.raises(TypeError):
        array.__new__(int, [1.0])
    with pytest.raises(TypeError):
        object.__new__(array)


def test_the_type_is_final_and_immutable():
    with pytest.raises(TypeError):
        type("Derived", (array,), {})
    with pytest.raises(TypeError):
        array.extra = 1
    with pytest.raises(AttributeError):
        array([1.0]).extra = 1


class Failing:
    def __float__(self):
        raise ZeroDivisionError("from __float__")

    def __iter__(self):
        raise ZeroDivisionError("from __iter__")


class Returning:
    def __init__(self, value):
        self.value = value

    def __float__(self):
        return self.value


def test_errors_of_user_code_come_through():
    with pytest.raises(ZeroDivisionError, match="from __float__"):
        array([1.0, Failing()])
    with pytest.raises(ZeroDivisionError, match="from __iter__"):
        array(Failing())
    with pytest.raises(TypeError, match="__float__ returned non-float"):
        array([Returning("1")])

    def generator():
        yield 1.0
        raise KeyError("half-way")

    with pytest.raises(KeyError, match="half-way"):
        array(generator())


@pytest.mark.parametrize("n", [3, 20, 200])
def test_a_list_that_changes_during_conversion_is_read_as_it_was(n):
    class Emptying:
        def __float__(self):
            values.clear()
            return 0.5

    values: list = [1.0, Emptying()] + [float(i) for i in range(n)]
    assert array(values).tolist() == [1.0, 0.5] + [float(i) for i in range(n)]
    assert values == []


def test_zeros_ones_full_and_empty():
    for n in LENGTHS:
        assert bits(zeros(n)) == bits([0.0] * n)
        assert bits(ones(n)) == bits([1.0] * n)
        assert bits(full(n, -2.5)) == bits([-2.5] * n)
        assert len(empty(n)) == n
    assert full(n=2, value=Fraction(1, 2)) == array([0.5, 0.5])
    assert math.isnan(full(1, math.nan)[0])


@pytest.mark.parametrize("make", [zeros, ones, empty, lambda n: full(n, 1.0)])
def test_lengths_are_checked(make):
    assert len(make(Indexable())) == 7
    assert len(make(np.int32(5))) == 5
    assert len(make(True)) == 1
    for negative in (-1, -(2**63), -(2**100)):
        with pytest.raises(ValueError, match="n must not be negative"):
            make(negative)
    for absurd in (2**60, sys.maxsize, 2**64, 2**100):
        with pytest.raises(MemoryError, match="no memory for an array of"):
            make(absurd)
    with pytest.raises(MemoryError, match=f"no memory for an array of {2**64} numbers"):
        make(2**64)
    for wrong in (1.0, "1", None, [1], np.float64(1)):
        with pytest.raises(TypeError, match=rf"n must be an integer, not .*{type(wrong).__name__}"):
            make(wrong)


def test_arguments_of_the_makers_are_checked():
    with pytest.raises(TypeError, match="value is not a real number but str"):
        full(2, "1")
    with pytest.raises(TypeError, match="value is not a real number but list"):
        full(2, [1.0])
    with pytest.raises(OverflowError, match="value is an int too large for a float"):
        full(2, 10**400)
    with pytest.raises(TypeError, match=r"full\(\) missing 1 .* argument: 'value'"):
        full(2)
    with pytest.raises(TypeError):
        zeros(2, 3)
    with pytest.raises(TypeError):
        zeros(n=2)


def test_a_buffer_of_other_numbers_that_is_no_iterable_is_refused():
    with pytest.raises(TypeError, match="can't make an array of .*PickleBuffer"):
        array(pickle.PickleBuffer(np.ones(2, "f4")))


class Liar:
    """Says that it is of another class."""

    def __init__(self, cls):
        self.cls = cls

    @property
    def __class__(self):
        return vars(self)["cls"]


@pytest.mark.parametrize("cls", [float, int, bool])
def test_what_says_that_it_is_a_number_is_none(cls):
    a = array([1.0, 2.0])
    for use in (
        lambda: array([Liar(cls)]),
        lambda: array((1.0, Liar(cls))),
        lambda: array(iter([Liar(cls)])),
        lambda: a.__setitem__(0, Liar(cls)),
        lambda: a.__setitem__(slice(None), [Liar(cls)] * 2),
        lambda: a.__setitem__(slice(None), Liar(cls)),
        lambda: a + Liar(cls),
        lambda: Liar(cls) * a,
        lambda: add(a, Liar(cls)),
        lambda: full(2, Liar(cls)),
    ):
        with pytest.raises(TypeError):
            use()
    assert a.tolist() == [1.0, 2.0]
