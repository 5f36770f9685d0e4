# SPDX-License-Identifier: BSD-3-Clause
"""What a traced function reads from outside: each change of it shows in the next call."""

from __future__ import annotations

import builtins
import functools
import math
import subprocess
import sys
import types
from typing import Any, Callable

import pytest
from jit_support import ran_natively
from support import at_once

import piconumpy
from piconumpy import array, jit

SOURCE = """
import math
from math import sin

from piconumpy import array

g = 2.0
n = 3
pair = (1.0, 2.0)
text = "ab"
numbers = [1.0, 2.0]
table = {"k": 3.0, "j": 1.0}
memory = array([1.0, 2.0])
größe = 2.0  # beyond ASCII
many = [float(i) for i in range(20)]
by_number = {1: 3.0, 2: 4.0}
many_by_name = {f"k{i}": float(i) for i in range(20)}

class C:
    k = 4.0
    def __init__(self):
        self.a = 1.5
    def method(self, x):
        return x * self.a * self.k
    def größer(self, x):
        return x + self.größe

class Slots:
    __slots__ = ("q",)

c = C()
c.größe = 2.0
slots = Slots()
slots.q = 2.5

def helper(x, f=1.5, *, h=0.5):
    return x + g * f + h

def of_variable(x): return x * g
def of_exponent(x): return x ** n
def of_tuple(x): return x * pair[0] + pair[1]
def of_text(x): return x * len(text)
def of_list(x): return x * numbers[0] + numbers[1]
def of_dict(x): return x * table["k"] + sum(table.values())
def of_array(x): return x * memory[0] + memory.sum()
def of_function(x): return sin(x) + math.cos(x)
def of_helper(x): return helper(x)
def of_object(x): return c.method(x) + c.a
def of_slot(x): return x * slots.q
def of_builtin(x): return abs(x) + round(x)
def of_name_beyond_ascii(x): return x * größe
def of_attribute_beyond_ascii(x): return x * c.größe
def of_method_beyond_ascii(x): return c.größer(x)
def of_missing_name(x): return x * missing
def of_missing_attribute(x): return x * getattr(c, "missing", 2.0)
def of_long_list(x): return x * many[0] + many[19] + len(many)
def of_dict_by_number(x): return x * by_number[1] + sum(by_number.values())
def of_long_dict(x): return x * many_by_name["k1"] + sum(many_by_name.values())

def of_order(x):
    for name in table:
        x = x * 2.0 + table[name]
    return x

def enclosing():
    z = 1.0
    def of_cell(x): return x + z
    def change(value):
        nonlocal z
        z = value
    return of_cell, change

of_cell, change_cell = enclosing()

def enclosing_nothing():
    z = 1.0
    def of_empty_cell(x): return x + z
    def change(value):
        nonlocal z
        z = value
    del z
    return of_empty_cell, change

of_empty_cell, fill_cell = enclosing_nothing()
"""

CHANGES = """
m.g = 3.0
m.__dict__["g"] = 5.0
m.__dict__.update(g=8.0)
exec("global g; g = 9.5", m.__dict__)
del m.g
m.g = 1
m.g = True
m.g = 1.0
m.g = -0.0
m.g = 0.0
m.n = 2
m.n = 2.0
m.pair = (1.0, 3.0)
m.pair = (1.0, float("3.0"))
m.text = "abc"
m.text = "".join(["a", "bc"])
m.numbers[0] = 5.0
m.numbers.append(2.0)
m.numbers = [7.0, 8.0]
m.table["k"] = 4.0
m.table["z"] = 1.0
m.table["k"] = m.table.pop("k")
m.table = {"k": 1.0, "j": 2.0}
m.table = {"j": 2.0, "k": 1.0}
m.memory[0] = 9.0
m.memory = array([3.0, 4.0])
memoryview(m.memory)[0] = 11.0
m.memory *= 2.0
m.sin = math.cos
m.math = types.SimpleNamespace(cos=math.sin)
m.abs = lambda x: 42.0
del m.abs
m.helper.__defaults__ = (2.5,)
m.helper.__kwdefaults__["h"] = 7.0
m.helper.__code__ = (lambda x, f, *, h: x - f * h).__code__
m.helper = lambda x: g * x
m.helper = lambda x: m.g * x
m.c.a = 2.5
m.C.k = 6.0
m.c.k = 7.0
del m.c.k
m.C.method = lambda self, x: x + self.a
m.c = m.C()
m.C.a = property(lambda self: 3.0)
del m.C.a
m.slots.q = 3.5
m.change_cell(4.0)
m.change_cell(4)
m.fill_cell(4.0)
m.fill_cell(5.0)
m.größe = 3.0
m.größe = float("3.0")
del m.größe
m.c.größe = 3.0
m.c.größe = 4.0
m.C.größer = lambda self, x: x - self.größe
del m.C.größer
m.missing = 3.0
m.missing = 4.0
del m.missing
m.c.missing = 3.0
m.C.missing = 4.0
del m.c.missing
m.many[19] = 5.0
m.many[19] = float("5.0")
m.many[7] = 5.0
m.many.append(2.0)
m.many.clear()
m.many.extend([1.0] * 30)
m.by_number[1] = 5.0
m.by_number[1] = float("5.0")
m.by_number[3] = 5.0
m.by_number = {True: 5.0, 2: 4.0, 3: 5.0}
m.many_by_name["k19"] = 5.0
m.many_by_name["k1"] = m.many_by_name.pop("k1")
m.many_by_name["k1"] = 7.0
del m.many_by_name["k7"]
m.of_variable.__code__ = (lambda x: x * 100.0).__code__
"""


def outcome(function: Callable[[float], Any]) -> str:
    try:
        return repr(function(1.25))
    except (NameError, AttributeError, LookupError) as error:
        return type(error).__name__


def check(functions: dict[str, Any]) -> None:
    for name, function in functions.items():
        for _ in range(2):
            assert outcome(function) == outcome(function.__wrapped__), name


def test_each_change_shows_in_the_next_call() -> None:
    module = types.ModuleType("changing")
    exec(SOURCE, module.__dict__)
    names = {"m": module, "array": array, "math": math, "types": types, "g": 2.0}
    functions = {k: jit(v) for k, v in vars(module).copy().items() if k.startswith("of_")}
    for _ in range(3):
        check(functions)
    for name, function in functions.items():
        raises = name in ("of_missing_name", "of_empty_cell")
        assert ran_natively(function, 1.25) is not raises, name
    for change in CHANGES.strip().splitlines():
        exec(change, names)
        check(functions)


def test_a_changed_ndarray_shows_in_the_next_call() -> None:
    np = pytest.importorskip("numpy")
    numbers = np.array([1.0, 2.0])

    @jit
    def f(x: float) -> float:
        return x * numbers[0] + numbers[1]  # type: ignore[no-any-return]

    assert f(3.0) == f(3.0) == 5.0
    assert ran_natively(f, 3.0)
    numbers[0] = 7.0
    assert f(3.0) == f(3.0) == 23.0
    assert ran_natively(f, 3.0)
    numbers = np.array([7.0, 2.0, 1.0])
    assert f(3.0) == 23.0
    numbers = numbers.astype(int)
    numbers[1] = 5
    assert f(3.0) == 26.0


def test_a_changed_builtin_shows_in_the_next_call(monkeypatch: pytest.MonkeyPatch) -> None:
    @jit
    def f(x: float) -> float:
        return abs(x) + 1.0

    assert f(-2.0) == 3.0
    monkeypatch.setattr(builtins, "abs", lambda x: x * 10.0)
    assert f(-2.0) == -19.0
    monkeypatch.undo()
    assert f(-2.0) == 3.0


def test_a_module_s_function_can_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    @jit
    def f(x: float) -> float:
        return math.sin(x)

    assert f(2.0) == math.sin(2.0)
    monkeypatch.setattr(math, "sin", math.cos)
    assert f(2.0) == math.cos(2.0)


def test_threads_get_their_own_results() -> None:
    @jit
    def f(t: float, x: Any) -> Any:
        return array([x[1] * t, x[0] / 3.0, math.sin(x[1])])

    wrong = []

    def work(seed: float) -> None:
        for i in range(5000):
            x = [seed, float(i)]
            if f(seed, array(x)) != f.__wrapped__(seed, x):  # type: ignore[attr-defined]
                wrong.append(x)

    at_once(*(functools.partial(work, float(k)) for k in range(4)))
    assert not wrong


def test_importing_the_package_imports_neither_numpy_nor_what_traces() -> None:
    code = """
import sys
import piconumpy
print([name for name in ("numpy", "piconumpy._trace") if name in sys.modules])
"""
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert printed.decode() == "[]\n"


@pytest.mark.parametrize("name", ["TraceError", "iterate", "jit", "vectorize"])
def test_names_that_are_imported_late_are_names_of_the_package(name: str) -> None:
    assert name in dir(piconumpy)
    assert name in piconumpy.__all__
    assert getattr(piconumpy, name).__name__ == name


def test_a_name_that_the_package_does_not_have() -> None:
    with pytest.raises(AttributeError, match="module 'piconumpy' has no attribute 'nothing'"):
        piconumpy.nothing  # noqa: B018
