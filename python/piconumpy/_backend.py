# SPDX-License-Identifier: BSD-3-Clause
"""The implementation of the array for this interpreter: the rest of the package imports it here.

It is the compiled extension, except on PyPy, where calls of the C API are slow.
"""

import sys
from typing import TYPE_CHECKING, Any

# The forms of arguments and results that its FastCall knows (_trace/structure.py).
FAST_FORMS = {"float", "array", "list", "tuple", "constant"}

if TYPE_CHECKING or sys.implementation.name != "pypy":
    from ._core import *  # noqa: F403

    FAST_FORMS |= {"ndarray", "float64"}
else:
    from ._pypy.functions import *  # noqa: F403
    from ._pypy.kernels import *  # noqa: F403

    def __getattr__(name: str) -> Any:
        """What only traced functions need is imported when it is first asked for."""
        from importlib import import_module

        late = dict.fromkeys(("Solution", "solve_ensemble", "solve_ode"), "integrators")
        late.update(dict.fromkeys(("FastCall", "Guards", "Program", "jitted"), "programs"))
        if name not in late:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = import_module(f"piconumpy._pypy.{late[name]}")
        globals()[name] = value = getattr(module, name)
        return value
