# SPDX-License-Identifier: BSD-3-Clause
from __future__ import annotations

import pickle
import sys

import pytest
from support import bits, mixed

from piconumpy import array
from piconumpy._serialize import restore

lengths = pytest.mark.parametrize("n", [0, 4, 9, 61, 5000])


@lengths
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_brings_the_numbers_back(n, protocol):
    values = mixed(n)
    again = pickle.loads(pickle.dumps(array(values), protocol))
    assert type(again) is array
    assert bits(again) == bits(values)


@lengths
def test_numbers_travel_out_of_band(n):
    a = array(mixed(n))
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(a, protocol=5, buffer_callback=buffers.append)
    assert len(data) < 200
    assert [buffer.raw().nbytes for buffer in buffers] == [8 * n]
    again = pickle.loads(data, buffers=buffers)
    assert bits(again) == bits(a)
    again += 1
    if n:
        assert bits(again) != bits(a)


def test_the_other_byte_order_is_understood():
    other = {"little": "big", "big": "little"}[sys.byteorder]
    swapped = b"".join(bytes(array([x]))[::-1] for x in (1.5, -2.0))
    assert restore(swapped, other).tolist() == [1.5, -2.0]


def test_the_same_array_twice_stays_one():
    a = array([1.0])
    b, c = pickle.loads(pickle.dumps([a, a]))
    assert b is c


def test_the_type_and_the_functions_pickle_by_name():
    import piconumpy

    for name in ("array", "add", "zeros", "set_isa"):
        thing = getattr(piconumpy, name)
        assert pickle.loads(pickle.dumps(thing)) is thing


def test_damaged_pickles_raise():
    for data in (b"1234567", 3, None, "x"):
        with pytest.raises(TypeError):
            restore(data, sys.byteorder)
    with pytest.raises((TypeError, ValueError)):
        array([1.0]).__reduce_ex__("x")
