# SPDX-License-Identifier: BSD-3-Clause
"""A setting of PyPy's JIT."""

from __future__ import annotations

import sys

__all__ = ["raise_jit_trace_limit"]

# Above about 16000, PyPy abandons traces for other reasons, and old versions refuse the setting.
_TRACE_LIMIT = 16000


def raise_jit_trace_limit() -> bool:
    """Let PyPy's JIT compile longer pieces of a program at once, in the whole process.

    PyPy stops tracing a piece of code after 6000 recorded steps. Then it compiles the functions
    that the code calls one by one, and arrays between them exist in memory. A function of some
    dozens of operations on short arrays, such as a step of an ODE solver with its callback, fits
    into 16000 steps and then runs up to twice as fast. Code that does not fit takes longer to warm
    up. The setting holds for the whole process, so piconumpy does not change it by itself: call
    this function once, at the start.

    Returns
    -------
    bool
        True if the limit was raised. False, after doing nothing, if the interpreter has no such
        limit, as CPython.

    Examples
    --------
    >>> import sys, piconumpy
    >>> piconumpy.raise_jit_trace_limit() == (sys.implementation.name == "pypy")
    True
    """
    if sys.implementation.name != "pypy":
        return False
    import pypyjit

    pypyjit.set_param(f"trace_limit={_TRACE_LIMIT}")
    return True
