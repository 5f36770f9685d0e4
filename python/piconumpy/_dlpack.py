# SPDX-License-Identifier: BSD-3-Clause
"""The arguments of ``array.__dlpack__``, as the array API standard has them."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from ._conversion import type_name

if TYPE_CHECKING:
    from ._interface import array

CPU = (1, 0)
"""The device of all arrays: kDLCPU, which has one memory."""


def _integers(name: str, pair: Any) -> tuple[int, int]:
    if isinstance(pair, tuple) and len(pair) == 2:
        first, second = pair
        if hasattr(type(first), "__index__") and hasattr(type(second), "__index__"):
            return operator.index(first), operator.index(second)
    what = f"{pair!r}" if isinstance(pair, tuple) else type_name(pair)
    raise TypeError(f"__dlpack__: {name} must be a tuple of two integers, not {what}")


def __dlpack__(
    *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: Any = None
) -> tuple[bool, bool]:
    """Whether the caller gets a versioned capsule, and whether it gets a copy."""
    if stream is not None:
        raise ValueError("__dlpack__: stream must be None: the CPU has no streams")
    if copy is not None and not isinstance(copy, bool):
        raise TypeError(f"__dlpack__: copy must be True, False, or None, not {type_name(copy)}")
    if dl_device is not None and _integers("dl_device", dl_device) != CPU:
        raise BufferError(f"__dlpack__: an array is on the CPU, {CPU}, not on device {dl_device}")
    is_versioned = max_version is not None and _integers("max_version", max_version)[0] >= 1
    return is_versioned, bool(copy)


def by_numpy(values: array, /, **options: Any) -> Any:
    """The capsule, made by NumPy: on PyPy, only C code can make one."""
    is_versioned, is_copy = __dlpack__(**options)
    try:
        import numpy as np
    except ImportError as error:
        raise BufferError("__dlpack__: on PyPy, NumPy makes the capsule: install it") from error
    shared = np.asarray(values)
    version = (1, 0) if is_versioned else None
    return shared.__dlpack__(max_version=version, copy=True if is_copy else None)
