# SPDX-License-Identifier: BSD-3-Clause
"""What a program may ask of the JIT of the interpreter."""

from __future__ import annotations

import sys

__all__ = ["raise_jit_trace_limit"]

# Above about 16000 PyPy gives up a trace for other reasons, and old ones refuse the setting.
TRACE_LIMIT = 16000


def raise_jit_trace_limit() -> bool:
    """Let PyPy's JIT compile longer pieces of a program at once, in the whole process.

    PyPy gives up tracing a piece of code after 6000 recorded steps, and then compiles the functions
    that it calls by themselves; arrays between them exist in memory. A function of some dozens of
    operations on short arrays, such as a step of an ODE solver with the function it calls, fits
    into 16000 and then runs up to twice as fast. Code that is traced in vain takes longer to warm
    up. It is a setting of the process, so piconumpy never changes it by itself: call it once, at
    the start.

    Returns
    -------
    bool
        True if the limit was raised; False where there is none, as on CPython, which has no JIT
        of this kind: the call then does nothing.

    Examples
    --------
    >>> import sys, piconumpy
    >>> piconumpy.raise_jit_trace_limit() == (sys.implementation.name == "pypy")
    True
    """
    if sys.implementation.name != "pypy":
        return False
    import pypyjit

    pypyjit.set_param(f"trace_limit={TRACE_LIMIT}")
    return True
