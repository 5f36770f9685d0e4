# SPDX-License-Identifier: BSD-3-Clause
"""Small one-dimensional arrays that are fast from Python.

>>> from piconumpy import array
>>> x = array([1.0, 2.0, 3.0])
>>> x + 2 * x
array([3.0, 6.0, 9.0])

``array``, ``zeros``, ``ones``, ``empty`` and ``full`` make arrays; ``add``, ``subtract``,
``multiply`` and ``divide`` also work on other float64 and float32 memory, such as NumPy arrays.
``isa``, ``available_isas`` and ``set_isa`` tell and choose which instructions of the CPU compute
long arrays. ``raise_jit_trace_limit`` lets PyPy compile longer pieces of a program at once;
``release_memory`` gives back what is kept for new arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._backend import (
    add,
    array,
    divide,
    empty,
    full,
    multiply,
    ones,
    release_memory,
    subtract,
    zeros,
)
from ._isa import active_isa, available_isas, set_isa, warn_of_unmet_request
from ._jit import raise_jit_trace_limit

__version__ = "0.1.0"

__all__ = [
    "add",
    "array",
    "available_isas",
    "divide",
    "empty",
    "full",
    "isa",
    "multiply",
    "ones",
    "raise_jit_trace_limit",
    "release_memory",
    "set_isa",
    "subtract",
    "zeros",
]

isa: str
"""Name of the ISA that is active at this moment."""

# mypy would otherwise believe that the module has every attribute.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> str:
        if name == "isa":
            return active_isa()
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


warn_of_unmet_request()
