# SPDX-License-Identifier: BSD-3-Clause
"""From a Python function to a program of libpicokernels: tracing, guards, and the calls.

A function is called with objects that record what is done to them. A comparison of such objects is
a decision: the function runs again for each side that was not taken yet. The recorded paths become
one program with branches. What the function reads from outside is guarded, so that a change is
noticed before the next call.

- ``tape``: what one path records, and the refusals.
- ``numbers``: the objects that stand for numbers and truth values.
- ``arrays``, ``ndarrays``: those that stand for arrays of piconumpy and of NumPy.
- ``functions``, ``numpy_functions``: what stands for the functions of builtins, math, and NumPy.
- ``classes``: what stands for the classes of named tuples and exceptions.
- ``objects``: what stands for objects, classes, and modules from outside, and for ``super()``.
- ``outside``: what a function reads from outside: traced copies of functions, and guards.
- ``structure``: arguments and results, to and from flat lists of numbers.
- ``paths``: all paths of a function, as one list of instructions.
- ``derivative``: the Jacobian of such a list, as another list.
- ``jitted``: the decorator, its signatures, and calls that aren't served by native code alone.
- ``loops``: iterate, vectorize, and rk4.
"""
