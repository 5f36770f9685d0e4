# SPDX-License-Identifier: BSD-3-Clause
"""Small one-dimensional arrays that are fast from Python.

>>> from piconumpy import array
>>> x = array([1.0, 2.0, 3.0])
>>> x + 2 * x
array([3.0, 6.0, 9.0])

``array``, ``zeros``, ``ones``, ``empty``, ``full``, ``linspace`` and ``arange`` make arrays. The
elementwise operations, from ``add`` to ``sqrt``, also work on other float64 and float32 memory,
such as NumPy arrays. ``pi``, ``e``, ``inf`` and ``nan`` are the floats of the module math. ``isa``,
``available_isas`` and ``set_isa`` show and choose the instructions of the CPU that compute long
arrays. ``raise_jit_trace_limit`` lets PyPy compile longer pieces of a program at once.
``release_memory`` gives back the memory that is kept for new arrays. ``__all__`` lists the names.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence as _Sequence
from math import e as e
from math import inf as inf
from math import nan as nan
from math import pi as pi
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from . import _backend
from ._isa import active_isa as _active_isa
from ._isa import available_isas as available_isas
from ._isa import set_isa as set_isa
from ._isa import warn_of_unmet_request as _warn_of_unmet_request
from ._ranges import arange as arange
from ._ranges import linspace as linspace
from ._trace_limit import raise_jit_trace_limit as raise_jit_trace_limit

__version__ = _backend.library_version()

if TYPE_CHECKING:
    from ._interface import *  # noqa: F403
    from ._trace.jitted import jit as jit
    from ._trace.loops import iterate as iterate
    from ._trace.loops import vectorize as vectorize
    from ._trace.tape import TraceError as TraceError

    isa: Final[str] = _active_isa()
else:
    from . import _interface

    globals().update({name: getattr(_backend, name) for name in _interface.__all__})

    __all__ = [
        *_interface.__all__,
        "TraceError",
        "arange",
        "available_isas",
        "e",
        "inf",
        "isa",
        "iterate",
        "jit",
        "linspace",
        "nan",
        "pi",
        "raise_jit_trace_limit",
        "set_isa",
        "vectorize",
    ]

    # Names that are imported when they are first asked for, as tracing needs large modules.
    _LATE = {"TraceError": "tape", "iterate": "loops", "jit": "jitted", "vectorize": "loops"}

    class _Package(ModuleType):
        """The type of this module: a module has no properties of its own."""

        def __dir__(self) -> list[str]:
            """The public names, for completion: not what this module imports for itself."""
            own = super().__dir__()
            return sorted({*__all__, *(n for n in own if n.startswith("__") or n == "integrate")})

        def __getattr__(self, name: str) -> Any:
            from importlib import import_module

            if name not in _LATE:
                raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
            module = import_module(f"piconumpy._trace.{_LATE[name]}")
            value = vars(self)[name] = getattr(module, name)
            return value

        @property
        def isa(self) -> str:
            """Name of the ISA that is active at this moment."""
            return _active_isa()

        @isa.setter
        def isa(self, name: object) -> None:
            raise AttributeError(f"isa can't be assigned: call piconumpy.set_isa({name!r})")

    sys.modules[__name__].__class__ = _Package


_Sequence.register(_backend.array)
_warn_of_unmet_request()
