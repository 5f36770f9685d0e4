# SPDX-License-Identifier: BSD-3-Clause
"""Which implementation of the array this interpreter gets: the rest of the package asks here.

Everywhere it is the compiled extension, except on PyPy, whose C API is its slow path.
"""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING or sys.implementation.name != "pypy":
    from ._core import (
        activate_isa,
        active_isa,
        add,
        array,
        available_isas,
        divide,
        empty,
        full,
        library_version,
        multiply,
        ones,
        release_memory,
        subtract,
        unmet_isa_request,
        zeros,
    )
else:
    from ._pypy.array import array
    from ._pypy.functions import (
        add,
        divide,
        empty,
        full,
        multiply,
        ones,
        release_memory,
        subtract,
        zeros,
    )
    from ._pypy.kernels import (
        activate_isa,
        active_isa,
        available_isas,
        library_version,
        unmet_isa_request,
    )

__all__ = [
    "activate_isa",
    "active_isa",
    "add",
    "array",
    "available_isas",
    "divide",
    "empty",
    "full",
    "library_version",
    "multiply",
    "ones",
    "release_memory",
    "subtract",
    "unmet_isa_request",
    "zeros",
]
