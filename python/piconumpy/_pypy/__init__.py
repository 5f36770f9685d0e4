# SPDX-License-Identifier: BSD-3-Clause
"""The array for PyPy, in Python: written for the tracing JIT, long arrays in libpicokernels.

What the compiled extension `_core` offers, with the same semantics and messages. Two things are
different: PyPy itself refuses ``sys.getsizeof``, of whatever object, and a method that is called
through the type, ``array.__add__(1, a)``, checks its first argument as functions in Python do, by
an AttributeError.
"""
