# SPDX-License-Identifier: BSD-3-Clause
"""The array for PyPy, in Python: written for the tracing JIT, long arrays in libpicokernels.

It offers what the compiled extension `_core` offers, with the same semantics and messages. Two
things differ: PyPy refuses ``sys.getsizeof`` of any object, and a method that is called through the
type, such as ``array.__add__(1, a)``, raises AttributeError if its first argument is not an array.
"""
