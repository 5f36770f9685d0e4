# SPDX-License-Identifier: BSD-3-Clause
# What is written here is what users may write.
# ruff: noqa: B023, B024, RUF015
"""jit under misuse: a call gives what Python gives, or TraceError, and never an old value."""

from __future__ import annotations

import abc
import builtins
import collections
import copy
import functools
import gc
import itertools
import math
import numbers
import operator
import os
import pickle
import random
import sys
import threading
import time
import types
import warnings
import weakref
from contextlib import suppress
from typing import Any, Callable

import pytest
from jit_support import outcome, ran_natively
from support import at_once, collect_garbage, run_script

import piconumpy
from piconumpy import TraceError, array, iterate, jit, vectorize
from piconumpy._trace.outside import Outside

IS_PYPY = sys.implementation.name == "pypy"
REFUSED = "refused"


def checked(jitted: Any, *arguments: Any) -> Any:
    """The outcome of a call, which has to be that of Python, or REFUSED."""
    try:
        found = outcome(jitted, *arguments)
    except TraceError:
        return REFUSED
    assert found == outcome(jitted.__wrapped__, *arguments)
    return found


def defined(source: str, **names: Any) -> types.ModuleType:
    """A module of its own, with jit in it."""
    module = types.ModuleType("hostile")
    vars(module).update(jit=jit, math=math, array=array, **names)
    exec(source, vars(module))
    return module


# ---- names that change their meaning ------------------------------------------------------------


def test_a_global_function_is_shadowed_and_unshadowed() -> None:
    m = defined("from math import sin\ndef f(x): return sin(x) + math.cos(x)")
    f = jit(m.f)
    m.sin = math.sin
    for change in (
        lambda: setattr(m, "sin", lambda x: 10.0 * x),
        lambda: setattr(m, "sin", math.tan),
        lambda: setattr(m, "sin", jit(lambda x: -x)),
        lambda: setattr(m, "sin", functools.partial(math.pow, 2.0)),
        lambda: setattr(m, "sin", 3.0),
        lambda: delattr(m, "sin"),
        lambda: setattr(m, "sin", math.sin),
    ):
        change()
        results = [checked(f, 0.5) for _ in range(3)]
        assert results[0] == results[1] == results[2]
    assert results[0] != REFUSED


def test_a_function_of_math_is_patched_before_during_and_after_a_trace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = math.sin

    def patching(x: float) -> float:
        math.sin = math.cos  # type: ignore[assignment]
        return math.sin(x)

    with pytest.raises(TraceError, match="setting the attribute 'sin'"):
        jit(patching)(1.0)
    assert math.sin is real
    f = jit(lambda x: math.sin(x))
    for fake in (math.cos, lambda x: 2.0 * x, math.sin, lambda x: x - 1.0):
        monkeypatch.setattr(math, "sin", fake)
        assert f(0.5) == fake(0.5) == jit(lambda x: math.sin(x))(0.5)
    monkeypatch.undo()
    assert f(0.5) == real(0.5)


@pytest.mark.parametrize(
    "name", ["abs", "len", "sum", "isinstance", "float", "range", "__import__"]
)
def test_a_builtin_is_patched_and_restored(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x: float) -> float:
        import math as m

        return m.fabs(
            abs(x) + len([x]) + sum([x]) + float(x) + isinstance(x, float) + [*range(2)][1]
        )

    jitted = jit(f)
    real = getattr(builtins, name)
    assert checked(jitted, -1.5) != REFUSED
    monkeypatch.setattr(builtins, name, lambda *a, **k: real(*a, **k))
    checked(jitted, -1.5)
    assert getattr(builtins, name) is not real  # a trace leaves it as it was
    monkeypatch.undo()
    assert checked(jitted, -1.5) != REFUSED
    assert getattr(builtins, name) is real


def test_a_function_keeps_the_builtins_that_it_was_made_with() -> None:
    m = defined("def f(x): return abs(x) + 1.0")
    f = jit(m.f)
    vars(m)["__builtins__"] = {"abs": lambda x: 100.0}
    assert checked(f, -2.0) != REFUSED
    m = defined("def f(x): return abs(x)", __builtins__={"abs": lambda x: 42.0 + x})
    assert checked(jit(m.f), -2.0) != REFUSED


class Globals(dict):  # type: ignore[type-arg]
    """Globals that answer as they like. CPython asks them, PyPy does not."""

    def __getitem__(self, name: str) -> Any:
        return next(self.counter) if name == "g" else super().__getitem__(name)

    counter = itertools.count()


def test_globals_that_are_no_plain_dict_give_no_old_value() -> None:
    space = Globals(g=100)
    exec("def f(x): return x + g", space)
    f, plain = jit(space["f"]), space["f"]
    try:
        found = [f(1.0), f(1.0)]
    except TraceError as error:
        assert "globals" in str(error)
    else:
        # The one who looks into the dict itself finds the same each time.
        assert found == [101.0, 101.0] == [plain(1.0), plain(1.0)]


def test_a_name_is_read_once_so_that_another_thread_can_t_change_it_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    m = defined(
        """
g, numbers, table, memory = 1.0, [1.0, 2.0], {"k": 1.0}, array([1.0])
def helper(x, h=0.0): return x * h
def f(x): return x * g + numbers[0] + table["k"] + memory[0] + helper(x) + other.g
""",
        other=types.ModuleType("other"),
    )
    m.other.g = 1.0
    add = Outside.add

    def add_and_change(self: Any, kind: str, holder: Any, key: Any, expected: Any) -> None:
        add(self, kind, holder, key, expected)
        if kind == "item" and key == "g":
            holder["g"] = 5.0
        elif kind == "list" and holder is m.numbers:
            m.numbers[:] = [5.0, 6.0]
        elif kind == "dict" and holder is m.table:
            m.table["k"] = 5.0
        elif kind == "buffer":
            m.memory[0] = 5.0
        elif kind == "code" and holder is m.helper:
            m.helper.__defaults__ = (5.0,)

    f = jit(m.f)
    defaults = m.helper.__defaults__
    monkeypatch.setattr(Outside, "add", add_and_change)
    f(2.0)
    monkeypatch.undo()
    # What was there when the guards were made.
    m.g, m.numbers[:], m.table["k"], m.memory[0], m.other.g = 1.0, [1.0, 2.0], 1.0, 1.0, 1.0
    m.helper.__defaults__ = defaults
    assert f(2.0) == m.f(2.0) == 6.0


# ---- what is not the same in each call ----------------------------------------------------------


class Counter:
    def __init__(self) -> None:
        self.n = 0.0

    def __call__(self) -> float:
        self.n += 1.0
        return self.n

    def __next__(self) -> float:
        return self()

    def __iter__(self) -> Counter:
        return self

    def __bool__(self) -> bool:
        return self() % 2 == 0

    def __float__(self) -> float:
        return self()

    def __index__(self) -> int:
        return int(self())

    def __len__(self) -> int:
        return int(self())

    def __eq__(self, other: object) -> bool:
        return self() % 2 == 0

    def __hash__(self) -> int:
        return int(self())

    def __getitem__(self, key: Any) -> float:
        return self()

    def __add__(self, other: float) -> float:
        return other + self()

    __radd__ = __add__

    @property
    def value(self) -> float:
        return self()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self()


class CountingProperty(property):
    """A property whose value is another one each time."""

    count = 0.0

    def __get__(self, thing: Any, kind: Any = None) -> Any:
        CountingProperty.count += 1.0
        return CountingProperty.count


class CountingDescriptor:
    def __init__(self) -> None:
        self.n = 0.0

    def __get__(self, thing: Any, kind: Any = None) -> Any:
        self.n += 1.0
        return self.n if self.n > 1 else self  # the first time as if it were a plain value


class CountingMethod:
    n = 0.0

    def __get__(self, thing: Any, kind: Any = None) -> Any:
        self.n += 1.0
        n = self.n
        return types.MethodType(lambda thing, x: x + n, thing)


class CountingStatic(staticmethod):  # type: ignore[type-arg]
    n = 0.0

    def __get__(self, thing: Any, kind: Any = None) -> Any:
        CountingStatic.n += 1.0
        n = CountingStatic.n
        return lambda x: x + n


class Holder:
    counted = CountingProperty(lambda self: 7.0)
    described = CountingDescriptor()
    method = CountingMethod()
    static = CountingStatic(lambda x: x + 7.0)


class CountingPartial(functools.partial):  # type: ignore[type-arg]
    n = 0.0

    def __call__(self, x: float) -> Any:
        CountingPartial.n += 1.0
        return super().__call__(x) + CountingPartial.n


def counted() -> Any:
    n = 0.0
    while True:
        n += 1.0
        yield n


def with_mutable_default(x: float, seen: list[float] = []) -> float:  # noqa: B006
    seen.append(x)
    return x + len(seen)


calls = itertools.count()
generator = counted()
counter = Counter()
holder = Holder()
numbers_seen: list[Any] = []
cached = functools.lru_cache(lambda n: next(calls))
partial_that_counts = CountingPartial(lambda x: x)
closure_state = {"n": 0.0}


def counting_in_a_dict(x: float) -> float:
    closure_state["n"] += 1.0
    return x + closure_state["n"]


def changes_its_default(x: float) -> float:
    changes_its_default.__defaults__ = (x,)  # type: ignore[attr-defined]
    return x


def changes_its_code(x: float) -> float:
    changes_its_code.__code__ = (lambda x: 7.0).__code__  # type: ignore[attr-defined]
    return x


def counts_in_its_attributes(x: float) -> float:
    counts_in_its_attributes.n = getattr(counts_in_its_attributes, "n", 0) + 1  # type: ignore[attr-defined]
    return x + counts_in_its_attributes.n  # type: ignore[attr-defined]


def leaks_into_a_cell() -> Callable[[float], float]:
    last = 0.0

    def f(x: float) -> float:
        nonlocal last
        last = x
        return x

    return f


CHANGING: dict[str, Callable[[float], Any]] = {
    "time": lambda x: x + time.time(),
    "monotonic": lambda x: x + time.monotonic_ns(),
    "random": lambda x: x + random.random(),
    "a random generator": lambda x: x + random.Random(3).gauss(0.0, x),
    "count": lambda x: x + next(calls),
    "a generator outside": lambda x: x + next(generator),
    "a loop over a generator": lambda x: x + [n for n, _ in zip(generator, range(2))][0],
    "id": lambda x: x + id([]),
    "hash of a text": lambda x: x + hash("text"),
    "process": lambda x: x + os.getpid(),
    "a thread's id": lambda x: x + threading.get_ident(),
    "frames": lambda x: x + sys._getframe().f_lineno,
    "globals()": lambda x: x + globals().setdefault("hostile", len(numbers_seen)),
    "locals()": lambda x: x + len(locals()),
    "vars()": lambda x: x + len(vars()),
    "eval": lambda x: eval("x + 1.0"),
    "exec": lambda x: exec("x = x + 1.0"),
    "setattr": lambda x: setattr(counter, "n", x),
    "an object that counts its calls": lambda x: x + counter(),
    "its next": lambda x: x + next(counter),
    "its truth": lambda x: x if counter else -x,
    "its float": lambda x: x + float(counter),
    "its index": lambda x: x + [1.0, 2.0, 3.0][counter],
    "its length": lambda x: x + len(counter),
    "its equality": lambda x: x if counter == 1 else -x,
    "its hash": lambda x: x + hash(counter),
    "it as a key": lambda x: {counter: x}[counter],
    "its items": lambda x: x + counter[0],
    "its sum": lambda x: x + counter,
    "its reflected sum": lambda x: counter + x,
    "its property": lambda x: x + counter.value,
    "its hook": lambda x: x + counter.missing,
    "a property of a kind of its own": lambda x: x + holder.counted,
    "a descriptor": lambda x: x + holder.described,
    "a descriptor of methods": lambda x: holder.method(x),
    "a static method of a kind of its own": lambda x: holder.static(x),
    "a partial of a kind of its own": lambda x: partial_that_counts(x),
    "a cache": lambda x: x + cached(3),
    "a mutable default": with_mutable_default,
    "a dict that counts": counting_in_a_dict,
    "its own default": changes_its_default,
    "its own code": changes_its_code,
    "its own attributes": counts_in_its_attributes,
    "a list outside": lambda x: numbers_seen.append(x),
    "a list outside, by an operator": lambda x: numbers_seen.__iadd__([x]),
    "a dict outside": lambda x: closure_state.update(n=x),
    "a variable outside": leaks_into_a_cell(),
    "memory usage": lambda x: (
        x + sys.getrefcount(x) if hasattr(sys, "getrefcount") else time.time()
    ),
    "a garbage collection": lambda x: x + gc.collect(),
}


@pytest.mark.parametrize("name", CHANGING)
def test_what_differs_from_call_to_call_is_refused_and_happens_not_at_all(name: str) -> None:
    before = (counter.n, list(numbers_seen), dict(closure_state), CountingProperty.count)
    f = jit(CHANGING[name])
    for _ in range(2):
        with pytest.raises(TraceError):
            f(1.5)
    assert before == (counter.n, numbers_seen, closure_state, CountingProperty.count)


def test_environment_variables_are_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    f = jit(lambda x: x if os.environ.get("HOSTILE") == "yes" else -x)
    for value in ("no", "yes", "no", "yes"):
        monkeypatch.setenv("HOSTILE", value)
        assert checked(f, 1.5) in (REFUSED, ("float", "1.5" if value == "yes" else "-1.5"))


# ---- functions that are replaced in part --------------------------------------------------------


def test_the_parts_of_a_function_are_replaced_between_calls() -> None:
    m = defined(
        """
def helper(x, y=1.0, *, z=2.0): return x * y + z
def f(x, y=3.0, *, z=4.0): return helper(x) + y * z
def other(x, y=3.0, *, z=4.0): return helper(x) - y - z
"""
    )
    f = jit(m.f)
    first = m.f.__code__
    for change in (
        lambda: setattr(m.f, "__defaults__", (5.0,)),
        lambda: setattr(m.f, "__kwdefaults__", {"z": 6.0}),
        lambda: m.f.__kwdefaults__.update(z=7.0),
        lambda: setattr(m.f, "__code__", m.other.__code__),
        lambda: setattr(m.helper, "__code__", (lambda x, y, *, z: x - y - z).__code__),
        lambda: setattr(m.helper, "__defaults__", (9.0,)),
        lambda: m.helper.__kwdefaults__.update(z=-1.0),
        lambda: setattr(m.f, "__code__", first),
        lambda: setattr(m.f, "__defaults__", None),
        lambda: setattr(m.f, "__defaults__", ([],)),
        lambda: setattr(m.f, "__defaults__", (2,)),
    ):
        change()
        for _ in range(2):
            assert checked(f, 1.5) != REFUSED


def test_a_function_with_other_globals_is_another_function() -> None:
    m = defined("g = 1.0\ndef f(x): return x + g")
    again = types.FunctionType(m.f.__code__, {"g": 2.0, "__builtins__": builtins})
    assert [jit(m.f)(1.0), jit(again)(1.0), jit(m.f)(1.0)] == [2.0, 3.0, 2.0]


def test_the_class_of_an_object_changes() -> None:
    class A:
        n = 1.0

        @property
        def k(self) -> float:
            return 2.0

        def method(self, x: float) -> float:
            return x + 1.0

        def __call__(self, x: float) -> float:
            return x * 2.0

        def __len__(self) -> int:
            return 3

    class B(A):
        n = 10.0

        @property
        def k(self) -> float:
            return 20.0

        def method(self, x: float) -> float:
            return x + 10.0

        def __call__(self, x: float) -> float:
            return x * 20.0

        def __len__(self) -> int:
            return 30

    for f in (
        lambda x: x * a.k,
        lambda x: x * a.n,
        lambda x: a.method(x),
        lambda x: a(x),
        lambda x: x * len(a),
        lambda x: x * type(a).n,
        lambda x: x if isinstance(a, B) else -x,
    ):
        a = A()
        jitted = jit(f)
        for cls in (A, B, A):
            a.__class__ = cls  # type: ignore[assignment]
            assert checked(jitted, 1.5) != REFUSED
    a = A()
    jitted = jit(a)
    for cls in (A, B, A):
        a.__class__ = cls  # type: ignore[assignment]
        assert jitted(1.5) == a(1.5)


def test_the_bases_of_a_class_change() -> None:
    class Base:
        k = 1.0

    class Other:
        k = 2.0

    class Plain:
        pass

    class C(Plain, Base):
        pass

    c = C()
    f = jit(lambda x: c.k * x if isinstance(c, Base) else -c.k * x)
    g = jit(lambda x: x if issubclass(C, Other) else -x)
    for bases in ((Plain, Base), (Plain, Other), (Plain, Other, Base), (Plain, Base)):
        C.__bases__ = bases
        assert checked(f, 1.5) != REFUSED
        assert checked(g, 1.5) != REFUSED


def test_classes_that_decide_by_themselves_what_an_instance_is() -> None:
    class Meta(type):
        def __instancecheck__(cls, thing: Any) -> bool:
            return True

    class Everything(metaclass=Meta):
        pass

    class Hooked(abc.ABC):
        @classmethod
        def __subclasshook__(cls, other: Any) -> Any:
            return len(numbers_seen) == 0

    class Abstract(abc.ABC):
        pass

    class C:
        pass

    c = C()
    assert checked(jit(lambda x: x if isinstance(x, Everything) else -x), 1.5) == REFUSED
    assert checked(jit(lambda x: x if isinstance(c, (int, Everything)) else -x), 1.5) == REFUSED
    assert checked(jit(lambda x: x if issubclass(C, Hooked) else -x), 1.5) == REFUSED
    assert checked(jit(lambda x: x if isinstance(x, numbers.Real) else -x), 1.5) != REFUSED
    assert checked(jit(lambda x: x if isinstance(x, collections.abc.Sized) else -x), 1.5) != REFUSED
    f = jit(lambda x: x if isinstance(c, Abstract) else -x)
    assert f(1.5) == -1.5
    Abstract.register(C)
    assert f(1.5) == 1.5


def test_a_module_of_a_class_of_its_own() -> None:
    class Changing(types.ModuleType):
        count = 0.0

        @property
        def g(self) -> float:
            Changing.count += 1.0
            return Changing.count

    m = types.ModuleType("changing")
    vars(m)["g"] = 100.0
    f = jit(lambda x: x + m.g)
    assert f(1.0) == 101.0
    m.__class__ = Changing
    with pytest.raises(TraceError):
        f(1.0)
    m.__class__ = types.ModuleType
    assert f(1.0) == 101.0


def test_a_partial_is_given_other_parts() -> None:
    p = functools.partial(lambda x, y: x * y, 2.0)
    f, g = jit(p), jit(lambda x: p(x) + 1.0)
    assert (f(3.0), g(3.0)) == (6.0, 7.0)
    p.__setstate__((lambda x, y: x - y, (10.0,), {}, None))
    assert (f(3.0), g(3.0)) == (7.0, 8.0)


# ---- what objects from outside answer -----------------------------------------------------------


class Base:
    a = 2.0

    def __init__(self, v: float) -> None:
        self.v = v

    def __add__(self, other: Any) -> Any:
        return self.v + (other.v if isinstance(other, Base) else other)

    def __radd__(self, other: Any) -> Any:
        return 10.0 * self.v + other

    def method(self, x: float) -> float:
        return x + self.v

    got = property(operator.attrgetter("v"))
    called = functools.partialmethod(method, 2.0)

    @property
    def doubled(self) -> float:
        return 2.0 * self.v

    @classmethod
    def of_class(cls, x: float) -> float:
        return cls.a * x

    @staticmethod
    def of_none(x: float) -> float:
        return -x


class Derived(Base):
    __slots__ = ("slot",)

    def __radd__(self, other: Any) -> Any:
        return NotImplemented

    def __iadd__(self, other: Any) -> Any:
        return NotImplemented

    def inherits(self, x: float) -> Any:
        return super().method(x) + super().doubled + super().of_class(x) + super().of_none(x)

    def asks_for_nothing(self, x: float) -> Any:
        return super().nothing  # type: ignore[misc]

    def is_of_base(self, x: float) -> Any:
        return x if isinstance(super(), Base) else -x

    def sets(self, x: float) -> Any:
        super().v = x  # type: ignore[misc]
        return x

    def with_one(self, x: float) -> Any:
        return super(Derived).method(x)  # type: ignore[misc]

    def with_a_number(self, x: float) -> Any:
        return super(3.0, self).method(x)  # type: ignore[misc, arg-type]

    def with_another_class(self, x: float) -> Any:
        return super(Other, self).method(x)  # type: ignore[misc, arg-type]

    def with_a_list(self, x: float) -> Any:
        return super(Derived, [x]).method(x)  # type: ignore[misc, arg-type]

    def reads_a_slot(self, x: float) -> Any:
        return super().v * x  # type: ignore[misc]

    def reads_a_property(self, x: float) -> Any:
        return super().got * x


class Other:
    def __add__(self, other: Any) -> float:
        return 7.0


class OwnFloat(float):
    def __radd__(self, other: Any) -> Any:
        return other * 10.0


class Indexed:
    def __class_getitem__(cls, key: Any) -> float:
        return 3.0


class Converted:
    """Its methods read a list that the function changes for a while."""

    def __float__(self) -> float:
        return kept_for_a_while[-1]

    __int__ = __index__ = __float__  # type: ignore[assignment]


class Controlled(Exception):
    def __init_subclass__(cls) -> None:
        numbers_seen.append(cls)

    def number(self) -> float:
        return 2.0


class OwnMeta(type):
    pass


class WithMeta(Exception, metaclass=OwnMeta):
    def number(self) -> float:
        return 2.0


class WithDescriptor(Exception):
    def number(self) -> float:
        return 2.0

    late = functools.partialmethod(number)


class Hooked(types.ModuleType):
    z = 5.0


base, derived, other = Base(2.0), Derived(3.0), Other()
own_float = OwnFloat(2.5)
converted = Converted()
kept_for_a_while = [1.0]
bound = base.method
proxy = weakref.proxy(base)
numbers_outside = frozenset([1.0, 2.0])
objects_outside = frozenset([base])
push = kept_for_a_while.append
a_module = types.ModuleType("a_module")
a_module.k = 2.0  # type: ignore[attr-defined]
hooked = types.ModuleType("hooked")
hooked.__getattr__ = lambda name: 3.0  # type: ignore[method-assign]
of_a_class = Hooked("of_a_class")


def helper(x: float) -> float:
    """Adds."""
    return x + 1.0


def adds_to(thing: Any) -> Callable[[float], Any]:
    def f(x: float) -> Any:
        y = thing
        y += x
        return y

    return f


def asks_a_module(x: float) -> Any:
    try:
        return a_module.missing
    except AttributeError:
        return getattr(a_module, "missing", x)


def of_an_unset_variable() -> Callable[[float], float]:
    def f(x: float) -> float:
        return x * later if x > 0 else x

    if numbers_seen is None:
        later = 1.0
    return f


def of_a_variable() -> Any:
    def f(x: float) -> float:
        return x * variable

    def put(value: float) -> None:
        nonlocal variable
        variable = value

    def clear() -> None:
        nonlocal variable
        del variable

    variable = 1.0
    clear()
    return f, put, clear


def has_helper(x: float) -> float:
    if x > 0:
        raise ValueError(f"{helper.__name__} is wrong")
    return x


ANSWERS: dict[str, Callable[[float], Any]] = {
    "a derived class is asked first": lambda x: base + derived + x,
    "a derived class on the left": lambda x: derived + base + x,
    "another class": lambda x: other + base,
    "a class that does not add": lambda x: base + other,
    "+= without __iadd__": adds_to(base),
    "+= with an __iadd__ that adds nothing": adds_to(derived),
    "+= of a module": adds_to(a_module),
    "a float with an operator of its own": lambda x: x + own_float,
    "an int before such a float": lambda x: math.floor(x) + own_float,
    "a module without an attribute": asks_a_module,
    "a module has no such attribute": lambda x: a_module.missing * x,
    "a module as a key": lambda x: {a_module: x}[a_module],
    "super()": derived.inherits,
    "super() without the attribute": derived.asks_for_nothing,
    "super() of another class": derived.with_another_class,
    "a class without an index": lambda x: Base[0],  # type: ignore[index]
    "a bound method": lambda x: bound(x),
    "a frozen set": lambda x: x if 1.0 in numbers_outside else -x,
    "a function is returned": lambda x: [helper, x],
    "the name of a function": lambda x: helper.__name__,
    "the name of a function in a message": has_helper,
    "the text of a function": lambda x: f"{helper}",
    "a variable that is not set": of_an_unset_variable(),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_objects_from_outside_answer_as_in_python(name: str) -> None:
    function = ANSWERS[name]
    jitted = jit(function)
    for x in (1.5, -1.5):
        for _ in range(2):
            assert checked(jitted, x) != REFUSED


def converts(function: Callable[[Any], Any]) -> Callable[[float], Any]:
    def f(x: float) -> Any:
        kept_for_a_while.append(x)
        y = function(converted)
        kept_for_a_while.pop()
        return y

    return f


def with_an_object(x: float) -> float:
    with base:  # type: ignore[attr-defined]
        return x


def sets_an_item(x: float) -> float:
    base[0] = x  # type: ignore[index]
    return x


def raises_what(cls: Any, name: str) -> Callable[[float], float]:
    def f(x: float) -> float:
        error = cls()
        return x * getattr(error, name)()

    return f


def imports_another_module(x: float) -> float:
    import os as imported

    return x if imported.name else -x


NOT_ANSWERED: dict[str, tuple[Callable[[float], Any], str]] = {
    "a call of a module": (lambda x: a_module(x), "calling the module a_module"),  # type: ignore[operator]
    "the text of a module": (lambda x: str(a_module), "__str__ of the module a_module"),
    "a module with a hook": (lambda x: hooked.k * x, "'k' of the module hooked"),
    "a class attribute of a module": (lambda x: of_a_class.z * x, "of a module of type Hooked"),
    "an index of a class": (lambda x: Indexed[0] * x, "an index of the class Indexed"),  # type: ignore[index]
    "with": (with_an_object, "__enter__ of an object of type Base"),
    "an item": (sets_an_item, "__setitem__ of an object of type Base"),
    "the class of super()": (derived.is_of_base, "the class of super"),
    "setting an attribute of super()": (derived.sets, "setting the attribute 'v' of super"),
    "super() with one argument": (derived.with_one, "else than a class and an object from outside"),
    "super() of a number": (
        derived.with_a_number,
        "else than a class and an object from outside",
    ),
    "super() of a list": (derived.with_a_list, "else than a class and an object of it"),
    "super() outside of a method": (lambda x: super().method(x), "outside of a method"),  # type: ignore[misc]
    "a property in C of super()": (derived.reads_a_property, "the attribute 'got' of super"),
    "a property in C": (lambda x: base.got * x, "the property 'got'"),
    "a method with arguments": (lambda x: base.called() * x, "whose descriptor is the user's"),
    "a float that depends on data": (converts(float), "__float__ .* depends on data"),
    "an int that depends on data": (converts(int), "__int__ .* depends on data"),
    "an index that depends on data": (converts(operator.index), "__index__ .* depends on data"),
    "a frozen set of objects": (
        lambda x: x if base in objects_outside else -x,
        "a frozenset of other things",
    ),
    "a method of a list outside": (lambda x: push(x), "append can't be traced"),
    "a proxy": (lambda x: proxy.v * x, "the attribute 'v' of|proxy can't be traced"),
    "the documentation of a function": (
        lambda x: helper.__doc__,
        "the attribute '__doc__' can't be traced",
    ),
    "the module of a function": (
        lambda x: helper.__module__,
        "the attribute '__module__' can't be traced",
    ),
    "an attribute of a function": (
        lambda x: helper.missing,  # type: ignore[attr-defined]
        "the attribute 'missing' of the function helper",
    ),
    "an exception that controls its classes": (
        raises_what(Controlled, "number"),
        "the class Controlled, which controls how classes derive from it",
    ),
    "an exception with a class of its own": (
        raises_what(WithMeta, "number"),
        "the class WithMeta, which controls how classes derive from it",
    ),
    "an exception with a descriptor": (raises_what(WithDescriptor, "late"), "the attribute 'late'"),
    "an import": (imports_another_module, "importing os inside of the function"),
}


@pytest.mark.parametrize("name", NOT_ANSWERED)
def test_what_objects_from_outside_can_t_answer_is_refused(name: str) -> None:
    function, message = NOT_ANSWERED[name]
    before = list(kept_for_a_while), dict(vars(base)), list(numbers_seen)
    with pytest.raises(TraceError, match=message):
        jit(function)(1.5)
    assert before == (kept_for_a_while, vars(base), numbers_seen)


def test_an_attribute_that_c_code_computes_is_read_anew_or_refused() -> None:
    error = ValueError(2.0)
    f = jit(lambda x: error.args[0] * x)
    assert checked(f, 1.5) in (REFUSED, ("float", "3.0"))
    error.args = (3.0,)
    assert checked(f, 1.5) in (REFUSED, ("float", "4.5"))


def test_the_name_of_a_function_is_read_anew() -> None:
    def named(x: float) -> float:
        return x

    f = jit(lambda x: named.__name__)
    assert f(1.0) == "named"
    named.__name__ = "other"
    assert f(1.0) == "other"


def test_a_variable_that_is_set_later_is_read_then() -> None:
    plain, put, clear = of_a_variable()
    f = jit(plain)
    for _ in range(2):
        with pytest.raises(NameError):
            f(1.5)
        put(2.0)
        assert f(1.5) == 3.0
        clear()


def test_a_module_that_was_not_imported_is_imported_by_the_function() -> None:
    script = """
    import sys
    from piconumpy import jit
    del sys.modules["operator"]
    def f(x):
        import operator
        return operator.mul(x, 2.0)
    print(jit(f)(1.5), "operator" in sys.modules)
    """
    assert run_script(script) == "3.0 True\n"


def test_an_inner_function_that_is_kept_imports_nothing() -> None:
    def spied_on(x: float) -> float:
        def inner() -> Any:
            return __import__("math").pi

        return x * inner()

    spy = Spy("spied_on")
    sys.setprofile(spy)
    try:
        assert jit(spied_on)(2.0) == 2.0 * math.pi
    finally:
        sys.setprofile(None)
    with pytest.raises(TypeError, match="an import after the trace"):
        spy.seen[0]["inner"]()


# ---- arguments that lie -------------------------------------------------------------------------


class Float(float):
    def __add__(self, other: Any) -> Any:
        return 100.0

    __radd__ = __mul__ = __rmul__ = __float__ = __add__

    def __eq__(self, other: object) -> bool:
        raise ZeroDivisionError

    __hash__ = None  # type: ignore[assignment]


class Int(int):
    def __add__(self, other: Any) -> Any:
        return 100.0

    __radd__ = __mul__ = __rmul__ = __add__

    def __index__(self) -> int:
        return 1

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


class List(list):  # type: ignore[type-arg]
    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Any:
        return iter([7.0, 8.0])

    def __getitem__(self, key: Any) -> Any:
        return 9.0


class Tuple(tuple):  # type: ignore[type-arg]
    __len__ = List.__len__
    __iter__ = List.__iter__
    __getitem__ = List.__getitem__


class Backwards(collections.namedtuple("Backwards", "x y")):
    def __iter__(self) -> Any:
        return iter((self[1], self[0]))


class Negative(collections.namedtuple("Negative", "x y")):
    __slots__ = ()

    def __getitem__(self, key: Any) -> Any:
        return -super().__getitem__(key)


class Extended(collections.namedtuple("Extended", "x y")):
    pass


class OwnMake(collections.namedtuple("OwnMake", "x y")):
    __slots__ = ()
    made = 0

    @classmethod
    def _make(cls, items: Any) -> Any:
        OwnMake.made += 1
        return cls(7.0, 7.0)


class FakeNumpy:
    """Says that it is of NumPy, and that all of them are the same."""

    item = None

    def __init__(self, k: float) -> None:
        self.k = k

    def __repr__(self) -> str:
        return "1"


FakeNumpy.__module__ = "numpy"


class Liar:
    """Says that it is of another class."""

    def __init__(self, cls: type) -> None:
        self.cls = cls

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return vars(self)["cls"]


class Raising:
    def __bool__(self) -> bool:
        raise ZeroDivisionError("bool")

    def __float__(self) -> float:
        raise ZeroDivisionError("float")

    def __index__(self) -> int:
        raise ZeroDivisionError("index")

    def __eq__(self, other: object) -> bool:
        raise ZeroDivisionError("eq")

    def __hash__(self) -> int:
        raise ZeroDivisionError("hash")

    def __len__(self) -> int:
        raise ZeroDivisionError("len")

    def __iter__(self) -> Any:
        raise ZeroDivisionError("iter")

    def __getattr__(self, name: str) -> Any:
        raise ZeroDivisionError(f"getattr {name}")

    def __repr__(self) -> str:
        raise ZeroDivisionError("repr")


class WrongTypes:
    def __bool__(self) -> Any:
        return 1

    def __float__(self) -> Any:
        return 1

    def __index__(self) -> Any:
        return 1.0

    def __len__(self) -> Any:
        return -1

    def __hash__(self) -> Any:
        return "x"


USES: dict[str, Callable[[Any, float], Any]] = {
    "unused": lambda p, x: x,
    "sum": lambda p, x: p + x,
    "reflected sum": lambda p, x: x + p,
    "product": lambda p, x: x * p,
    "truth": lambda p, x: x if p else -x,
    "float": lambda p, x: float(p) * x,
    "int": lambda p, x: int(p) * x,
    "sine": lambda p, x: math.sin(p) * x,
    "index": lambda p, x: [x, -x, 2.0 * x][p],
    "range": lambda p, x: sum([x for _ in range(p)[:3]]),
    "equality": lambda p, x: x if p == 3 else -x,
    "inequality": lambda p, x: x if p != 3 else -x,
    "less": lambda p, x: x if p < 3 else -x,
    "length": lambda p, x: len(p) * x,
    "items": lambda p, x: p[0] * x - p[1],
    "loop": lambda p, x: [item * x for item in p],
    "unpacking": lambda p, x: (lambda a, b: a * x - b)(*p),
    "max": lambda p, x: max(p, x),
    "max of items": lambda p, x: max(p) * x,
    "in": lambda p, x: x if 1.0 in p else -x,
    "fields": lambda p, x: p.x * x - p.y,
    "another field": lambda p, x: getattr(p, "extra", 7.0) * x,
    "a question": lambda p, x: x if hasattr(p, "extra") else -x,
    "k": lambda p, x: p.k * x,
    "is a float": lambda p, x: x if isinstance(p, float) else -x,
    "is a tuple": lambda p, x: x if isinstance(p, (tuple, list)) else -x,
    "type": lambda p, x: x if type(p) is Float else -x,
    "list": lambda p, x: list(p)[0] * x,
    "tuple": lambda p, x: tuple(p)[0] * x,
    "sorted": lambda p, x: sorted(p)[0] * x,
    "sum of items": lambda p, x: sum(p) * x,
    "returned": lambda p, x: p,
    "returned within": lambda p, x: [p, x],
    "key": lambda p, x: {p: x}[p],
    "None": lambda p, x: x if p is None else -x,
    "array": lambda p, x: array(p) * x,
}


class Subarray:
    """Made late, because NumPy may be absent."""


def hostile_arguments() -> dict[str, Callable[[], Any]]:
    made: dict[str, Callable[[], Any]] = {
        "Float": lambda: Float(2.0),
        "Int": lambda: Int(2),
        "List": lambda: List([1.0, 2.0]),
        "Tuple": lambda: Tuple((1.0, 2.0)),
        "a list of them": lambda: [Float(2.0), 1.0],
        "a tuple of them": lambda: (Int(2), 1.0),
        "Backwards": lambda: Backwards(1.0, 2.0),
        "Negative": lambda: Negative(1.0, 2.0),
        "Extended": lambda: Extended(1.0, 2.0),
        "OwnMake": lambda: OwnMake(1.0, 2.0),
        "FakeNumpy": lambda: FakeNumpy(3.0),
        "liar of float": lambda: Liar(float),
        "liar of tuple": lambda: Liar(tuple),
        "liar of list": lambda: Liar(list),
        "liar of type": lambda: Liar(type),
        "liar of module": lambda: Liar(types.ModuleType),
        "liar of function": lambda: Liar(types.FunctionType),
        "Raising": Raising,
        "WrongTypes": WrongTypes,
        "a hostile dict": lambda: {Int(1): 1.0, Int(2): 2.0},
        "a dict of them": lambda: {"x": Float(1.0), "y": Backwards(1.0, 2.0)},
        "an iterator": lambda: iter([1.0, 2.0]),
        "a bool": lambda: True,
        "a huge int": lambda: 10**400,
        "a text": lambda: "text",
        "a memoryview": lambda: memoryview(b"abc"),
        "a class": lambda: Float,
        "a function": lambda: math.sin,
        "a nan": lambda: math.nan,
    }
    with suppress(ImportError):
        import numpy as np

        class Doubled(np.ndarray):  # type: ignore[type-arg]
            def __getitem__(self, key: Any) -> Any:
                return 2.0 * super().__getitem__(key)

            def __len__(self) -> int:
                return 1

            def __mul__(self, other: Any) -> Any:
                return 7.0

        made["a subclass of ndarray"] = lambda: np.ones(2).view(Doubled)
        made["a structured ndarray"] = lambda: np.zeros(2, [("x", float)])
        made["an ndarray of objects"] = lambda: np.array([Float(1.0), 2.0], object)
        made["a float32"] = lambda: np.float32(1.5)
        made["an empty ndarray"] = lambda: np.empty((0, 3))
        made["a foreign ndarray"] = lambda: np.ones(2, ">f8")
    return made


ARGUMENTS = hostile_arguments()


def same_outcome(f: Any, make: Callable[[], Any]) -> Any:
    """As `checked`, with a new argument for each call: it may be an iterator."""
    first = make()
    try:
        found = outcome(f, first, 1.5)
    except TraceError:
        return REFUSED
    expected = outcome(f.__wrapped__, make(), 1.5)
    if "object at 0x" not in repr(found):  # an address differs
        assert found == expected
    return found


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::RuntimeWarning")
@pytest.mark.parametrize("name", ARGUMENTS)
def test_arguments_that_lie_give_what_python_gives_or_are_refused(name: str) -> None:
    make = ARGUMENTS[name]
    for use in USES.values():
        f = jit(use)
        results = [repr(same_outcome(f, make)) for _ in range(3)]
        assert len({r for r in results if "object at 0x" not in r}) <= 1, results
        captured = make()
        g = jit(lambda x, use=use, captured=captured: use(captured, x))
        if name != "an iterator":  # which is used up
            checked(g, 1.5)
            checked(g, 1.5)


def test_a_named_tuple_with_more_attributes_is_refused_in_and_out() -> None:
    extended = Extended(1.0, 2.0)
    extended.extra = 3.0  # type: ignore[attr-defined]
    f = jit(lambda p: getattr(p, "extra", 7.0))
    assert f(Extended(1.0, 2.0)) == 7.0
    with pytest.raises(TraceError, match="attributes beside its fields"):
        f(extended)
    with pytest.raises(TraceError, match="attributes beside its fields"):
        jit(lambda x: x * getattr(extended, "extra", 7.0))(1.0)

    def makes(x: float) -> Any:
        p = Extended(x, x)
        p.extra = x  # type: ignore[attr-defined]
        return p

    with suppress(TraceError):
        assert jit(makes)(1.0).extra == 1.0


def test_a_named_tuple_is_made_without_calls_of_its_own() -> None:
    f = jit(lambda x: OwnMake(x, 2.0 * x))
    before = OwnMake.made
    assert [tuple(f(1.5)), tuple(f(2.5))] == [(1.5, 3.0), (2.5, 5.0)]
    assert OwnMake.made == before


def test_numbers_of_other_precisions_from_outside_are_refused() -> None:
    np = pytest.importorskip("numpy")
    for dtype in ("float16", "float32", "longdouble", "int8", "bool"):
        numbers_outside, number = np.array([1.1, 2.2], dtype), np.array([1.1], dtype)[0]
        for f in (
            lambda x, a=numbers_outside: a * x,
            lambda x, a=numbers_outside: (a + a) * x,
            lambda x, a=numbers_outside: a[0] * x,
            lambda x, b=number: b * x,
            lambda x, b=number: x - b,
            lambda x, b=number: 1.0 if x < b else 2.0,
        ):
            found = checked(jit(f), 1.5)
            assert found != REFUSED or "float" in dtype or dtype in ("longdouble", "bool")


def test_objects_that_look_the_same_are_told_apart() -> None:
    f = jit(lambda p, x: p.k * x)
    things = [FakeNumpy(float(k)) for k in range(5)]
    for thing in things:
        assert checked(f, thing, 2.0) in (REFUSED, ("float", repr(thing.k * 2.0)))
    f = jit(lambda n, x: n * x)
    assert [f(n, 2.0) for n in (1, True, 1.0, Int(1))][:3] == [2.0, 2.0, 2.0]
    assert f(0, -1.0) == 0 and str(f(-0.0, 1.0)) == "-0.0"


# ---- paths that raise ---------------------------------------------------------------------------


class Stop(BaseException):
    pass


@pytest.mark.parametrize(
    "error",
    [
        ValueError,
        KeyError,
        StopIteration,
        SystemExit,
        KeyboardInterrupt,
        GeneratorExit,
        MemoryError,
        RecursionError,
        Stop,
        TraceError,
    ],
)
@pytest.mark.parametrize("side", [True, False])
def test_a_path_that_raises_leaves_the_other_one_alone(error: Any, side: bool) -> None:
    def f(x: float) -> float:
        if (x > 0) is not side:
            raise error("no")
        return 2.0 * x

    def g(x: float) -> float:
        if (x > 0) == side:
            raise error(f"x is {x}")
        return 2.0 * x

    def within(x: float) -> float:
        return g(x) + 1.0

    for function in (g, within):
        jitted = jit(function)
        for x in (1.0, -1.0, 1.0, -1.0):
            try:
                expected = repr(function(x))
            except BaseException as raised:
                expected = repr(raised)
            try:
                found = repr(jitted(x))
            except BaseException as raised:
                found = repr(raised)
            assert found == expected
    del f


def test_an_exception_within_exceptions() -> None:
    def f(x: float) -> float:
        try:
            try:
                if x > 0:
                    raise KeyError("first")
                return 1.0 / x
            except KeyError as error:
                raise ValueError("second") from error
            finally:
                x = x + 1.0
        except ValueError:
            return x
        finally:
            x = 0.0

    jitted = jit(f)
    for x in (1.0, -2.0, 0.0, 1.0):
        assert checked(jitted, x) != REFUSED or x == 0.0


def test_a_caught_refusal_is_not_forgotten() -> None:
    m = defined(
        """
unwatchable = list(range(2000))
flag = True
def helper(x): return x + 1.0 if flag else unwatchable[0]
def f(x):
    try:
        y = float(str(print(x)))
    except BaseException:
        y = 0.0
    return y + helper(x)
"""
    )
    with pytest.raises(TraceError, match="print"):
        jit(m.f)(1.0)


def test_ctrl_c_during_a_trace_goes_through_and_a_later_call_is_right() -> None:
    f = jit(lambda x: x * 2.0 if x > 0 else -x)
    add = Outside.add

    for error in (KeyboardInterrupt, TimeoutError, MemoryError):

        def interrupted(*arguments: Any, error: Any = error) -> None:
            raise error

        f.clear()
        Outside.add = interrupted  # type: ignore[method-assign,assignment]
        try:
            with pytest.raises(error):
                f(1.0)
        finally:
            Outside.add = add  # type: ignore[method-assign]
        assert f(1.0) == 2.0 and ran_natively(f, 1.0)


# ---- recursion ----------------------------------------------------------------------------------


def even(n: int, x: float) -> float:
    return x if n == 0 else odd(n - 1, x + 1.0)


def odd(n: int, x: float) -> float:
    return -x if n == 0 else even(n - 1, 2.0 * x)


def collatz(x: float) -> float:
    return 0.0 if x == 1.0 else 1.0 + collatz(x / 2.0 if x % 2.0 == 0.0 else 3.0 * x + 1.0)


def down(x: float) -> float:
    return up(x - 1.0) if x > 0 else x


def up(x: float) -> float:
    return down(x - 0.5) if x > 0 else -x


def through_itself(x: float) -> float:
    return x if x < 1.0 else jitted_through_itself(x / 2.0)


jitted_through_itself = jit(through_itself)


def catches_recursion(x: float) -> float:
    def endless(n: int) -> float:
        return endless(n + 1)

    try:
        return endless(0)
    except RecursionError:
        return x


def catches_recursion_of_a_helper(x: float) -> float:
    try:
        return even(-1, x)
    except RecursionError:
        return x


def test_recursion_without_end_is_refused_each_time() -> None:
    """On PyPy, a stack without room raised TypeError now and then, once its JIT was warm."""
    for _ in range(20):

        def endless(x: float) -> Any:
            return endless(x + 1)

        with pytest.raises(TraceError, match="recursion without end"):
            jit(endless)(3.0)


def asks_a_number(x: float) -> float:
    if hasattr(x, "index") or hasattr(x, "kind") or hasattr(x, "tape"):
        return -1.0
    return getattr(x, "kind", 3.0) + (x if hasattr(x, "is_integer") else 0.5)


def asks_an_array(x: Any) -> float:
    if hasattr(x, "items") or callable(getattr(x, "read", None)):
        return -1.0
    return x.sum() if hasattr(x, "sum") else 0.5


def test_attributes_are_those_of_numbers_and_arrays() -> None:
    assert checked(jit(asks_a_number), 1.5) != REFUSED
    assert checked(jit(asks_an_array), array([1.5, 2.5])) != REFUSED

    def raises(x: float) -> float:
        return getattr(x, "kind")  # noqa: B009

    assert checked(jit(raises), 1.5) != REFUSED


def test_calls_within_calls_have_a_limit_of_their_own() -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(5000)
    try:
        assert checked(jit(even), 290, 1.5) != REFUSED
        with pytest.raises(TraceError, match="300 calls within calls"):
            jit(even)(310, 1.5)
    finally:
        sys.setrecursionlimit(limit)


def test_a_stack_overflow_within_a_helper_that_is_caught_is_refused() -> None:
    def overflows(x: float) -> float:
        def endless(n: int) -> float:
            return endless(n + 1)

        return endless(0)

    def f(x: float) -> float:
        try:
            return overflows(x)
        except RecursionError:
            return x

    assert f(1.5) == 1.5
    with pytest.raises(TraceError, match="recursion without end, or by data"):
        jit(f)(1.5)


def test_what_a_profiler_raises_before_a_trace_goes_through() -> None:
    def raises(frame: Any, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_name == "_call_within_calls":
            sys.setprofile(None)
            raise TypeError("of the profiler")

    f = jit(lambda x: x + 1.0)
    sys.setprofile(raises)
    try:
        with pytest.raises(TypeError, match="^of the profiler$"):
            f(1.5)
    finally:
        sys.setprofile(None)
    assert f(1.5) == 2.5


def test_recursion_direct_and_mutual_on_ints_and_on_traced_numbers() -> None:
    assert checked(jit(even), 6, 1.5) != REFUSED
    assert checked(jit(odd), 7, 1.5) != REFUSED
    for f, x in ((collatz, 6.0), (down, 3.0), (through_itself, 3.0), (jitted_through_itself, 3.0)):
        jitted = f if f is jitted_through_itself else jit(f)
        assert checked(jitted, x) == REFUSED
    checked(jit(catches_recursion), 1.5)
    assert checked(jit(catches_recursion_of_a_helper), 1.5) == REFUSED
    for n in (50, 5000):
        checked(jit(even), n, 1.5)


def test_a_first_call_from_deep_within_calls_is_right_there_and_later() -> None:
    def helper(x: float, n: int) -> float:
        return 2.0 * x if n == 0 else helper(x, n - 1)

    def f(x: float) -> float:
        try:
            return helper(x, 30) + 1.0
        except RecursionError:
            return -1.0

    def at_depth(n: int, call: Callable[[float], float]) -> float:
        return call(1.0) if n == 0 else at_depth(n - 1, call)

    limit = sys.getrecursionlimit()
    for left in range(0, 300, 7 if IS_PYPY else 1):
        jitted = jit(f)
        with suppress(RecursionError):
            at_depth(limit - left - 60, jitted)
        assert jitted(1.0) == 3.0


def test_deep_arguments() -> None:
    deep: Any = 1.5
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(TraceError, match="nested too deeply"):
        jit(lambda p: 1.0)(deep)
    while type(deep) is list:  # without recursion
        deep = deep.pop()
    nested: Any = (1.5,)
    for _ in range(100):
        nested = (nested, [nested])[:1]
    assert checked(jit(lambda p: p), nested) != REFUSED


# ---- generators and coroutines ------------------------------------------------------------------


def test_generators_inside_are_traced_and_generators_and_coroutines_are_refused() -> None:
    def firsts(x: float) -> Any:
        def inner() -> Any:
            for i in range(3):
                yield x * i

        return [*inner(), sum(y for y in inner()), next(inner(), 7.0)]

    def closes(x: float) -> float:
        def inner() -> Any:
            try:
                yield x
            finally:
                numbers_seen.append(x)

        return next(inner())

    async def waits(x: float) -> float:
        return x

    async def gives(x: float) -> Any:
        yield x

    def generates(x: float) -> Any:
        yield x

    def sends(x: float) -> Any:
        y = yield x
        return y

    def has_a_coroutine(x: float) -> float:
        async def inner() -> float:
            return x

        coroutine = inner()
        try:
            coroutine.send(None)
        except StopIteration as stop:
            return float(stop.value)
        return 0.0

    assert checked(jit(firsts), 1.5) != REFUSED
    for function in (closes, waits, gives, generates, sends, has_a_coroutine):
        with pytest.raises(TraceError):
            jit(function)(1.5)
    assert numbers_seen == []


# ---- numbers that leak out of a trace -----------------------------------------------------------


class Spy:
    """What a profiler sees: the local variables of a traced function."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seen: list[dict[str, Any]] = []

    def __call__(self, frame: Any, event: str, _: Any) -> None:
        if event == "return" and frame.f_code.co_name == self.name:
            self.seen.append(dict(frame.f_locals))


class Thing:
    k = 2.0

    def method(self, x: float) -> float:
        return x


thing = Thing()


def spied(x: float) -> float:
    y = x * 2.0
    t = thing
    m = thing.method
    h = even
    b = y > 0
    a = array([x, y])
    return (y if b else -y) + t.k + m(x) + h(0, x) + a[0]


def test_a_number_that_leaks_out_of_a_trace_is_of_no_use() -> None:
    spy = Spy("spied")
    f = jit(spied)
    sys.setprofile(spy)
    try:
        assert f(1.5) == spied(1.5)
    finally:
        sys.setprofile(None)
    leaked = spy.seen[0]
    assert type(leaked["x"]) is not float
    x, y, b, a = (leaked[name] for name in "xyba")
    uses: list[Callable[[], Any]] = [
        lambda: y + 1.0,
        lambda: x * 2.0,  # which the trace has recorded
        lambda: 1.0 - y,
        lambda: -y,
        lambda: y > 0,
        lambda: bool(y),
        lambda: bool(b),
        lambda: not b,
        lambda: float(y),
        lambda: int(y),
        lambda: hash(y),
        lambda: math.sin(y),
        lambda: abs(y),
        lambda: round(y),
        lambda: array([y]),
        lambda: [1.0][y],
        lambda: copy.copy(y),
        lambda: copy.deepcopy(y),
        lambda: pickle.dumps(y),
        lambda: sum(a),
        lambda: a + 1.0,
        lambda: leaked["t"].k,
        lambda: leaked["t"].method(1.0),
        lambda: leaked["h"](0, 1.0),
    ]
    for i, use in enumerate(uses):
        try:
            use()
        except TypeError:  # TraceError is one
            continue
        raise AssertionError(f"use {i} of a traced number raises nothing")
    held: list[Any] = [y]
    table = {"k": y, "t": leaked["t"]}
    for function in (
        lambda x: x + y,
        lambda x: x + held[0],
        lambda x: x * table["k"],
        lambda x: x if y > 0 else -x,
        lambda x: table["k"],
        lambda x: x * table["t"].k,
    ):
        with pytest.raises(TraceError):
            jit(function)(1.5)
    with pytest.raises(TypeError):
        f(y)
    with pytest.raises(TypeError):
        vectorize(lambda x: x)([y])
    with warnings.catch_warnings(), pytest.raises(TypeError):
        warnings.simplefilter("ignore")
        iterate(lambda x: x + 1.0, y, 2)
    assert f(2.5) == spied(2.5)


def test_an_exception_of_a_trace_holds_no_traced_number() -> None:
    def f(x: float) -> float:
        if x == x:
            raise ValueError(x)
        return x

    with pytest.raises(ValueError) as caught:
        jit(f)(1.5)
    assert type(caught.value.args[0]) is float
    with pytest.raises(TraceError) as refused:
        jit(lambda x: x.hex())(1.5)
    error: Any = refused.value
    while error is not None:
        assert all(type(argument) is str for argument in error.args)
        error = error.__cause__


# ---- copies and pickles -------------------------------------------------------------------------


class Model:
    k = 3.0

    @jit
    def method(self, x: float) -> float:
        return self.k * x

    @staticmethod
    @jit
    def static(x: float) -> float:
        return 5.0 * x

    @classmethod
    @jit
    def of_class(cls, x: float) -> float:
        return cls.k * x


@jit(fastmath=True)
def fast(x: float) -> float:
    return 2.0 * x


def plain(x: float) -> float:
    return 3.0 * x


falling_back = jit(plain, fallback=True)


def test_jitted_functions_are_copied_and_pickled() -> None:
    model = Model()
    for f in (fast, Model.static, falling_back):
        assert copy.copy(f) is copy.deepcopy(f) is f
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            again = pickle.loads(pickle.dumps(f, protocol))
            assert again(0.5) == f(0.5)
    assert pickle.loads(pickle.dumps(fast)) is fast
    again = pickle.loads(pickle.dumps(falling_back))
    assert again._engine.has_fallback and again.__wrapped__ is plain
    for bound in (model.method, Model.of_class, model.of_class):
        assert copy.copy(bound)(2.0) == copy.deepcopy(bound)(2.0) == bound(2.0) == 6.0
        assert pickle.loads(pickle.dumps(bound))(2.0) == 6.0
    assert copy.deepcopy({"f": fast, "m": model})["f"] is fast
    inner = jit(lambda x: x)
    assert copy.deepcopy([inner])[0] is inner
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(inner)
    with pytest.raises(TypeError):
        type(fast)()
    with pytest.raises((TypeError, AttributeError)):
        fast.__wrapped__ = plain  # type: ignore[misc]
    with pytest.raises(TypeError):
        type("Derived", (type(fast),), {})


def test_functions_with_hostile_attributes_can_be_jitted() -> None:
    def f(x: float) -> float:
        return x + 1.0

    f.program = f.signatures = f.clear = f._calls = f._engine = f.__wrapped__ = "mine"  # type: ignore[attr-defined]
    jitted = jit(f)
    assert jitted(1.0) == 2.0
    assert jitted.__wrapped__ is f
    assert jitted.signatures == ["(float) -> float"]
    jitted.clear()
    assert jitted(1.0) == 2.0


# ---- lives --------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:jit runs the function in Python")
def test_the_last_reference_goes_during_a_call() -> None:
    m = defined(
        """
def f(x):
    if x < 0:
        forget()
        raise ValueError("gone")
    return 2.0 * x
f = jit(f, fallback=True)
"""
    )
    watched = weakref.ref(m.f)

    def forget() -> None:
        del m.f
        gc.collect()

    m.forget = forget
    assert m.f(1.0) == 2.0
    call: Any = "f(-1.0)"
    with pytest.raises(ValueError, match="gone"):
        exec(call, vars(m))
    collect_garbage()
    assert watched() is None


def test_signatures_are_cleared_during_a_call() -> None:
    m = defined(
        """
class Meta(type):
    @property
    def k(cls): return hook()
class A: k = 2.0
a = A()
def f(x): return a.k * x
"""
    )
    f = jit(m.f)
    assert f(1.5) == 3.0
    cleared = []

    def hook(self: Any) -> float:
        f.clear()
        gc.collect()
        cleared.append(True)
        return 2.0

    m.A.k = property(hook)  # a guard reads it
    for _ in range(3):
        with suppress(TraceError):
            assert f(1.5) == 3.0
    assert cleared


def test_a_call_within_a_guard_of_the_same_function_sees_each_change() -> None:
    other = defined("g = 1.0\ndef helper(x): return x * g")
    m = defined("class A: k = 2.0\na = A()\ndef f(x): return a.k + helper(x)", helper=other.helper)
    f = jit(m.f)
    assert f(1.5) == 3.5
    found: list[float] = []

    def hook(self: Any) -> float:
        if not found:
            found.append(math.nan)
            found[0] = f(1.5)
        return 2.0

    other.g = 10.0
    m.A.k = property(hook)  # the guard of a.k runs it before that of g
    with suppress(TraceError):
        assert f(1.5) == 17.0
    assert found == [17.0]


def test_a_module_goes_away_before_its_function() -> None:
    m = defined("g = 2.0\ndef helper(x): return x * g\n@jit\ndef f(x): return helper(x) + g")
    f = m.f
    assert f(1.0) == 4.0
    watched = weakref.ref(m)
    del m
    gc.collect()
    gc.collect()
    assert watched() is None
    assert f(1.0) == 4.0
    assert checked(f, 2.0) != REFUSED


@pytest.mark.filterwarnings("ignore:jit:RuntimeWarning")  # of many signatures
def test_finalizers_call_jitted_functions_while_others_are_traced() -> None:
    results: list[float] = []
    last = jit(lambda x, n: x * 2.0 + n if x > 0 else -x)

    class Dying:
        def __init__(self, n: int) -> None:
            self.me, self.n = self, n

        def __del__(self, last: Any = last, results: Any = results) -> None:
            results.append(last(1.5, self.n) - self.n)  # each n is traced

    f = jit(lambda x, n: math.sin(x) * n if x > 0 else math.cos(x) + n)
    threshold = () if IS_PYPY else gc.get_threshold()
    try:
        if not IS_PYPY:
            gc.set_threshold(1)
        for n in range(1, 40):
            for k in range(5):
                Dying(100 * n + k)
            assert f(1.0, n) == math.sin(1.0) * n
            assert f(-1.0, n) == math.cos(-1.0) + n
        gc.collect()
    finally:
        if not IS_PYPY:
            gc.set_threshold(*threshold)
    collect_garbage()
    assert results and set(results) == {3.0}


def test_what_is_left_of_a_collected_function_may_be_called() -> None:
    out = run_script(
        """
        import gc
        from piconumpy import jit

        found = []

        class Calling:
            __slots__ = ()  # so that the collector does not know it

            def __del__(self):
                for f in gc.get_objects():
                    if type(f) is type(last):
                        for use in (
                            lambda: f(1.0), lambda: f(x=1.0), lambda: f.signatures,
                            lambda: f.program, lambda: f.clear(), lambda: f._calls,
                            lambda: repr(f), lambda: f.__wrapped__,
                        ):
                            try:
                                use()
                            except ReferenceError as error:
                                found.append(str(error))

        last = jit(lambda x: x)
        f = jit(lambda x: x + 1.0)
        f(1.0)
        # The collector clears f first, and lists from their ends.
        parts = [f, Calling()]
        parts.append(parts)
        vars(f)["parts"] = parts
        del f, parts
        gc.collect()
        print(set(found) <= {"the jitted function is being collected"})
        """
    )
    assert out == "True\n"


def test_weak_references_and_proxies() -> None:
    f = jit(lambda x: x + 1.0)
    gone: list[Any] = []
    reference = weakref.ref(f, lambda r: gone.append(r() is None))
    proxy = weakref.proxy(f)
    assert proxy(1.0) == reference()(1.0) == 2.0
    table = weakref.WeakKeyDictionary({f: 1.0})
    assert table[f] == 1.0
    del f
    collect_garbage()
    assert gone == [True] and len(table) == 0
    with pytest.raises(ReferenceError):
        proxy(1.0)


def test_functions_are_called_while_the_interpreter_ends() -> None:
    out = run_script(
        """
        import atexit, builtins, math, sys
        from piconumpy import array, jit, vectorize

        @jit
        def f(x, n): return math.sin(x) * n

        class Last:
            def __init__(self): self.me = self
            def __del__(self, f=f):
                try:
                    f(1.0, 1)
                    f(1.0, 7)  # which was not traced
                except (ImportError, AttributeError, TypeError, KeyError, NameError, RuntimeError):
                    pass  # parts of the interpreter are gone
        f(1.0, 1)
        builtins.last = sys.last = Last()
        cycles = [Last() for _ in range(10)]
        atexit.register(lambda: print(f(1.0, 3) == math.sin(1.0) * 3))
        """
    )
    assert out == "True\n"


# ---- threads and processes ----------------------------------------------------------------------


def test_threads_call_functions_that_call_each_other_for_the_first_time() -> None:
    for _ in range(5):
        m = defined(
            """
@jit
def f(x, n): return x if n == 0 else g(x, n - 1) + 1.0
@jit
def g(x, n): return -x if n == 0 else f(x, n - 1) * 2.0
@jit
def h(x): return f(x, 3) - g(x, 2) if x > 0 else refuse(x)
"""
        )

        def work(k: int, m: Any = m) -> None:
            functions = [m.f, m.g] if k % 2 else [m.g, m.f]
            for n in range(4):
                for f in functions:
                    assert f(1.5, n) == f.__wrapped__(1.5, n)
            with pytest.raises(NameError):
                m.h(-1.5)
            assert m.h(1.5) == m.h.__wrapped__(1.5)

        at_once(*(functools.partial(work, k) for k in range(6)))


def test_threads_call_clear_change_and_drop_one_function() -> None:
    m = defined("g = 1.0\ndef f(x): return x * g")
    f = jit(m.f)
    rounds = 60 if IS_PYPY else 300

    def work(k: int) -> None:
        for i in range(rounds):
            if k == 0:
                f.clear()
            elif k == 1:
                m.g = float(i % 3)
            elif k == 2:
                assert jit(lambda x: f(x) * 0.0)(1.0) == 0.0
            else:
                assert f(2.0) in (0.0, 2.0, 4.0)
                assert f(2.0) in (0.0, 2.0, 4.0)

    at_once(*(functools.partial(work, k) for k in range(5)))
    for g in (1.0, 7.0):
        m.g = g
        assert f(2.0) == 2.0 * g


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of forks beside threads
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_that_is_forked_during_a_trace_can_trace() -> None:
    out = run_script(
        """
        import os, signal, threading, time, warnings
        warnings.simplefilter("ignore")
        from piconumpy import jit
        from piconumpy._trace.outside import Outside
        jit(lambda x: x)(1.0)
        add, begun = Outside.add, threading.Event()

        def slow(self, *guard):
            if threading.current_thread() is tracer:
                begun.set()
                time.sleep(0.3)
            add(self, *guard)

        Outside.add = slow
        tracer = threading.Thread(target=lambda: jit(lambda x: x + len([x]))(1.0))
        tracer.start()
        begun.wait()
        child = os.fork()
        if child == 0:
            signal.alarm(20)  # a child that hangs is killed
            os._exit(0 if jit(lambda x: x * 2.0)(1.5) == 3.0 else 1)
        print(os.waitpid(child, 0)[1])
        tracer.join()
        print(jit(lambda x: x * 3.0)(1.5))
        """
    )
    assert out == "0\n4.5\n"


# ---- many signatures ----------------------------------------------------------------------------

SIGNATURES = int(os.environ.get("HOSTILE_SIGNATURES", "300" if IS_PYPY else "1000"))


def test_the_signatures_of_a_function_are_bounded_in_number_and_memory() -> None:
    f = jit(lambda n, x: n * x)

    def call(first: int, count: int) -> None:
        for n in range(first, first + count):
            assert f(n, 1.5) == n * 1.5

    with pytest.warns(RuntimeWarning, match="more than 64 signatures"):
        call(0, 200)
    blocks = getattr(sys, "getallocatedblocks", int)
    gc.collect()
    before, objects = blocks(), len(gc.get_objects())
    call(1000, SIGNATURES)
    gc.collect()
    assert len(f.signatures) == 64
    assert len(f._calls) <= 8
    assert blocks() - before < 2000  # a signature takes more than 100
    assert IS_PYPY or len(gc.get_objects()) - objects < 500


def test_what_a_signature_held_goes_when_it_is_dropped() -> None:
    f = jit(lambda p, x: p.k * x)
    things = [types.SimpleNamespace(k=float(k)) for k in range(70)]

    class Kept:
        def __init__(self, k: float) -> None:
            self.k = k

    kept = [Kept(float(k)) for k in range(70)]
    watched = [weakref.ref(thing) for thing in kept]
    with pytest.warns(RuntimeWarning, match="signatures"):
        assert [f(thing, 2.0) for thing in kept] == [2.0 * k for k in range(70)]
    del kept
    collect_garbage()
    assert sum(reference() is not None for reference in watched) <= 64
    f.clear()
    collect_garbage()
    assert [reference() for reference in watched] == [None] * 70
    del things


def test_piconumpy_has_no_state_left_from_all_this() -> None:
    from piconumpy._trace import outside, tape

    assert outside._current is None
    assert tape._homes == [] and tape.refusals() == 0
    assert piconumpy.jit(lambda x: x + 1.0)(1.0) == 2.0
