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
        if name not in ("FastCall", "Guards", "Program", "jitted"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from ._pypy import programs

        globals()[name] = value = getattr(programs, name)
        return value
