"""Operands that traced functions seldom have: what is computed of them, and what is refused."""

from __future__ import annotations

import math
import operator
import warnings

import numpy as np
import pytest
from jit_support import ran_natively, seen
from support import run_script

from piconumpy import TraceError, array, jit


def test_elements_that_are_known_are_computed_as_arrays_do():
    def f(x):
        return array([x, 2.0, -1.0]) / [2.0, 0.0, 4.0] + (1.0, 1.0, 0.5)

    assert jit(f)(3.0).tolist() == f(3.0).tolist() == [2.5, math.inf, 0.25]


def test_an_operation_of_an_array_with_something_else_is_refused():
    traced = jit(lambda x: array([x]) + {1.0})
    with pytest.raises(TraceError, match="an operation between an array and set"):
        traced(1.0)


def test_the_inversion_of_a_truth_value_is_that_of_numpy():
    def f(x):
        return x if ~(x < 1.0) else -x

    for x in (np.float64(0.5), np.float64(1.5)):
        assert jit(f)(x) == f(x)
    with pytest.raises(TraceError, match="write `not`"):
        jit(f)(0.5)


class Called:
    __call__ = operator.itemgetter(0)


def test_calling_an_object_whose_call_is_not_python_is_refused():
    called = Called()
    traced = jit(lambda x: called([x]))
    with pytest.raises(TraceError, match="calling"):
        traced(1.0)


def calls_methods_of_a_type(x):
    if x > 0:
        return float.__mul__(x, 2.0)
    return float.__add__(x, 2.0)


def test_what_only_a_trace_raises_is_refused_with_its_line():
    first = calls_methods_of_a_type.__code__.co_firstlineno
    with pytest.raises(TraceError) as refused:
        jit(calls_methods_of_a_type)(2.0)
    message = str(refused.value)
    assert f":{first + (2 if '__mul__' in message else 3)}: " in message


def test_what_only_a_trace_raises_runs_in_python_as_a_fallback():
    f = jit(calls_methods_of_a_type, fallback=True)
    with pytest.warns(RuntimeWarning, match="jit runs the function in Python: .*this line does"):
        assert f(2.0) == 4.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert f(3.0) == 6.0


def test_a_function_of_numpy_is_known_by_its_own_name():
    script = """
    from math import isclose, sin
    from numpy import float64, sin as numpy_sin
    from piconumpy import jit
    f = jit(lambda x: numpy_sin(x))
    print(isclose(f(1.5), sin(1.5), rel_tol=1e-15), type(f(1.5)) is float64)
    """
    assert run_script(script) == "True True\n"


number = np.float64(2.5)


def test_a_number_of_numpy_from_outside_is_compared_by_value_and_type(monkeypatch):
    f = jit(lambda x: x * number)
    for value in (2.5, 3.5, 0.0, -0.0):
        monkeypatch.setitem(globals(), "number", np.float64(value))
        assert seen(f(2.0)) == seen(f.__wrapped__(2.0))
        monkeypatch.setitem(globals(), "number", np.float64(value))
        assert ran_natively(f, 2.0)  # another object means the same
    for other in (np.int64(2), -0.0, 2.0):
        monkeypatch.setitem(globals(), "number", other)
        assert seen(f(2.0)) == seen(f.__wrapped__(2.0))
