# SPDX-License-Identifier: BSD-3-Clause
"""Pickling: an array becomes the bytes of its numbers and the byte order of the machine."""

from __future__ import annotations

import pickle
import sys
from array import array as std_array
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from ._interface import array


def reduce(values: array, protocol: int) -> tuple[Callable[..., array], tuple[Any, str]]:
    """The result of ``array.__reduce_ex__``.

    From protocol 5 on, the numbers can travel out of band, and pickling copies nothing.
    """
    data = pickle.PickleBuffer(values) if protocol >= 5 else bytes(values)
    return restore, (data, sys.byteorder)


def restore(data: Buffer, byteorder: str) -> array:
    """The array that was pickled, with memory of its own."""
    # Not at the top: the package may still be loading when this module is imported.
    from . import array

    numbers = memoryview(data).cast("B").cast("d")
    if byteorder == sys.byteorder:
        return array(numbers)
    swapped = std_array("d", numbers)
    swapped.byteswap()
    return array(swapped)
