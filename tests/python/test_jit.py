# SPDX-License-Identifier: BSD-3-Clause
"""The contract of jit: what it promises beside bits, which test_jit_random.py compares."""

from __future__ import annotations

import builtins
import functools
import gc
import inspect
import math
import pickle
import random
import sys
import threading
import time
import traceback
import types
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from math import cos, exp, log, sin, sqrt
from typing import Any, NamedTuple

import pytest
from jit_support import outcome, ran_natively, seen
from support import counting_blocks, growth, run_script

import piconumpy
from piconumpy import TraceError, array, jit

HERE = __file__

# ---- what it takes ------------------------------------------------------------------------------


def agrees(function: Any, *arguments: Any, jitted: Any = None, **options: Any) -> Any:
    """Asserts that a call is that of the function itself, and returns the jitted function."""
    jitted = jit(function) if jitted is None else jitted
    expected = outcome(function, *arguments, file=HERE, **options)
    for _ in range(2):  # the call that traces, and the next one
        assert outcome(jitted, *arguments, file=HERE, **options) == expected
    assert jitted.signatures
    return jitted


class Oscillator:
    """A model with parameters, as users write them."""

    scale = 2.0
    __slots__ = ("damping", "stiffness")

    def __init__(self, stiffness: float, damping: float) -> None:
        self.stiffness = stiffness
        self.damping = damping

    @property
    def ratio(self) -> float:
        return self.damping / self.stiffness

    def rhs(self, t: float, y: Any) -> Any:
        return [y[1], -self.stiffness * y[0] - self.damping * y[1] * self.scale]

    def __call__(self, t: float, y: Any) -> Any:
        return self.rhs(t, y)

    @classmethod
    def scaled(cls, x: float) -> float:
        return cls.scale * x

    @staticmethod
    def squared(x: float) -> float:
        return x**2


class Decorated:
    def __init__(self, rate: float) -> None:
        self.rate = rate

    @jit
    def decay(self, t: float, y: float) -> float:
        """The derivative."""
        return -self.rate * y


class Point(NamedTuple):
    x: float
    y: float


@jit
def decorated(x: float, y: float = 2.0) -> float:
    """Adds."""
    return x + y


decorated_tag = decorated


def plain(x: Any, y: Any = 2.0, *rest: Any, scale: float = 1.0) -> Any:
    return (x - y) * scale + sum(rest)


def test_it_takes_functions_lambdas_and_closures() -> None:
    rate = 3.0

    def closure(x: float) -> float:
        return x * rate

    agrees(closure, 2.5)
    agrees(lambda x: x + 1 if x > 0 else -x, -2.5)
    agrees(plain, 1.5)


def test_it_takes_methods_of_every_kind_and_callable_objects() -> None:
    model = Oscillator(2.0, 0.25)
    agrees(model.rhs, 0.0, [1.0, -2.0])
    agrees(model, 0.0, (1.0, -2.0))
    agrees(Oscillator.scaled, 1.5)
    agrees(Oscillator.squared, 1.5)
    agrees(lambda x: model.scaled(x) + model.squared(x) + model.ratio, 1.5)


def test_it_takes_partials() -> None:
    agrees(functools.partial(plain, 5.0), 1.5)
    agrees(functools.partial(plain, y=0.5), 1.5)
    agrees(functools.partial(functools.partial(plain, 5.0), 0.25, scale=3.0))


def test_a_decorated_method_reads_its_own_object() -> None:
    one, two = Decorated(2.0), Decorated(-3.0)
    assert [one.decay(0.0, 1.5), two.decay(0.0, 1.5), one.decay(0.0, 1.5)] == [-3.0, 4.5, -3.0]
    one.rate = 0.5
    assert one.decay(0.0, 1.5) == -0.75


def test_it_takes_defaults_and_keywords() -> None:
    jitted = agrees(plain, 1.5)
    agrees(plain, 1.5, 0.5, jitted=jitted)
    agrees(plain, 1.5, y=0.5, jitted=jitted)
    agrees(plain, y=0.5, x=1.0, jitted=jitted)
    agrees(plain, 1.5, 2.5, 3.5, 4.5, jitted=jitted)
    agrees(lambda x, *, scale: x * scale, 1.5, scale=2.0)
    agrees(lambda x, y=1.0, *, scale=3.0: x * scale - y, 1.5, y=2.0)


@pytest.mark.parametrize(
    "options", [{"z": 1.0}, {"x": 1.0}], ids=["unknown keyword", "argument twice"]
)
def test_wrong_arguments_raise_pythons_own_error(options: dict[str, float]) -> None:
    def f(x: float) -> float:
        return x

    assert outcome(jit(f), 1.0, **options) == outcome(f, 1.0, **options)
    assert outcome(jit(f)) == outcome(f)
    assert outcome(jit(f), 1.0, 2.0) == outcome(f, 1.0, 2.0)


@pytest.mark.parametrize("wrong", [3, "f", len, math.sin, int, Oscillator])
def test_what_is_no_python_function_is_refused_at_once(wrong: Any) -> None:
    with pytest.raises(TypeError, match=type(wrong).__name__):
        jit(wrong)


@pytest.mark.parametrize("kind", [staticmethod, classmethod])
def test_a_decorator_of_methods_belongs_above(kind: Any) -> None:
    with pytest.raises(TypeError, match=f"put @{kind.__name__} above @jit, not below it"):
        jit(kind(Oscillator.squared))


def test_it_keeps_name_documentation_and_signature() -> None:
    assert decorated.__name__ == "decorated"
    assert decorated.__doc__ == "Adds."
    assert decorated.__module__ == __name__
    assert decorated.__qualname__ == "decorated"
    assert decorated.__wrapped__(1.0) == 3.0
    assert str(inspect.signature(decorated)) == str(inspect.signature(decorated.__wrapped__))
    assert "decorated" in repr(decorated)


def test_it_is_pickled_by_reference() -> None:
    assert pickle.loads(pickle.dumps(decorated)) is decorated
    copied = pickle.loads(pickle.dumps(jit(Oscillator.squared)))
    assert copied(3.0) == 9.0


# ---- results ------------------------------------------------------------------------------------

RESULTS: dict[str, Callable[..., Any]] = {
    "float": lambda x, y: x * y,
    "None": lambda x, y: None,
    "a constant": lambda x, y: 4,
    "a text": lambda x, y: "text",
    "bool": lambda x, y: x < y,
    "int of floor": lambda x, y: math.floor(x * 10),
    "int of int": lambda x, y: int(y) * 3 - 1,
    "round": lambda x, y: round(x),
    "list": lambda x, y: [x, y + 1],
    "tuple": lambda x, y: (x, y + 1),
    "nested": lambda x, y: [x, (y, [x + y, None]), {"a": x, "b": (y,)}],
    "dict": lambda x, y: {"x": x, 2: y, None: True},
    "namedtuple": lambda x, y: Point(y, x),
    "array": lambda x, y: array([x, y]) * 2,
    "no numbers": lambda x, y: array([]),
    "one or the other": lambda x, y: [x] if x > y else (y, None),
    "int or float": lambda x, y: 0 if x > y else y,
    "truth of and": lambda x, y: x and y,
    "complex": lambda x, y: (x + y, 1j),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_has_pythons_type_and_structure(name: str) -> None:
    for x, y in [(0.25, -1.5), (-1.5, 0.25), (0.0, -0.0), (math.nan, math.inf)]:
        agrees(RESULTS[name], x, y)


def test_arguments_and_captured_objects_that_are_returned_keep_their_identity() -> None:
    captured = [1.0, 2.0]
    f = jit(lambda X, y: (X, captured, y))
    for X in ([1.0, 2.0], array([1.0, 2.0]), (1.0, 2.0), {"a": 1.0}):
        for _ in range(2):
            result = f(X, 1.0)
            assert result[0] is X and result[1] is captured
    assert jit(lambda X: X)(captured) is captured
    nested = {"a": [[1.0], array([2.0])]}
    result = jit(lambda X: (X["a"][1], [row for row in X["a"]], X["a"]))(nested)
    assert result[0] is nested["a"][1] and result[1][0] is nested["a"][0]
    assert result[2] is nested["a"]


def test_a_result_is_a_new_object_in_each_call() -> None:
    f = jit(lambda x: [x, [x]])
    one, two = f(1.0), f(1.0)
    one[1].append(2.0)
    assert two == [1.0, [1.0]] == f(1.0)


def test_a_container_that_is_returned_twice_is_one_object() -> None:
    def twice(x: float) -> Any:
        inner = [x]
        return inner, (inner, x)

    f = jit(twice)
    result = f(1.5)
    assert result == twice(1.5) and result[0] is result[1][0]
    assert f.signatures == ["(float) -> ([float], (container 0 again, float))"]


# ---- signatures ---------------------------------------------------------------------------------


def test_ints_and_other_constants_are_part_of_the_signature() -> None:
    def f(x: float, n: Any) -> Any:
        total = x
        for _ in range(n):
            total = total * x
        return total

    jitted = agrees(f, 1.5, 3)
    agrees(f, 1.5, 4, jitted=jitted)
    agrees(f, 1.5, True, jitted=jitted)
    assert len(jitted.signatures) == 3
    power = agrees(lambda x, mode: x**2 if mode == "square" else x, 3.0, "square")
    assert power(3.0, "other") == 3.0


def test_int_arithmetic_of_constants_is_exact() -> None:
    agrees(lambda n: n**70 + 1, 3)
    agrees(lambda n, x: n // 7 * 2.0 + x, 10**15, 0.5)


def test_an_int_beyond_what_floats_hold_is_right() -> None:
    for x in (2.0**53, 2.0**53 - 1, -(2.0**53), 1e300, -1e16):
        agrees(lambda x: math.floor(x) + 1, x)
        agrees(lambda x: math.floor(x) * 3, x)
        agrees(lambda x: int(x), x)
        agrees(lambda x: round(x) - 1, x)


def test_kinds_and_lengths_have_their_own_signatures() -> None:
    jitted = jit(lambda X: X[0] + X[-1])
    for X in ([1.0, 2.0], (1.0, 2.0), array([1.0, 2.0]), [1.0, 2.0, 3.0]):
        assert jitted(X) == X[0] + X[-1]
    assert len(jitted.signatures) == 4
    jitted.clear()
    assert jitted.signatures == [] and "traced" in jitted.program
    assert jitted([2.0]) == 4.0
    assert "add" in jitted.program


def test_the_number_of_signatures_is_bounded_and_going_round_warns_once() -> None:
    f = jit(lambda x, n: x * n)
    with pytest.warns(RuntimeWarning, match="signatures") as caught:
        assert [f(2.0, n) for n in range(200)] == [2.0 * n for n in range(200)]
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert len(f.signatures) <= 64
    assert [f(2.0, n) for n in range(100)] == [2.0 * n for n in range(100)]


def test_it_runs_natively() -> None:
    assert ran_natively(warmed(lambda x, y: sin(x) * y, 1.0, 2.0), 1.0, 2.0)
    assert not ran_natively(warmed(lambda x: 1 / x, 1.0), 0.0)


def warmed(function: Any, *arguments: Any) -> Any:
    jitted = jit(function)
    jitted(*arguments)
    return jitted


# ---- no stale values ----------------------------------------------------------------------------

gravity = 9.81
parameters = {"a": 1.0, "inner": {"b": 2.0}}
weights = [1.0, [2.0, 3.0]]
samples = array([1.0, 2.0])
module = types.ModuleType("a_module")
module.rate = 1.0  # type: ignore[attr-defined]


def helper(x: float, factor: float = 2.0, *, offset: float = 1.0) -> float:
    return x * factor + offset


class Holder:
    kind = 1.0

    def __init__(self) -> None:
        self.value = 1.0
        self.items = [1.0]
        self.table = {"a": 1.0}
        self.model = Oscillator(1.0, 2.0)
        self.function: Any = lambda x: x + 1

    @property
    def double(self) -> float:
        return 2 * self.value

    def method(self, x: float) -> float:
        return x + self.value


holder = Holder()


def assign(target: Any, name: str, value: Any) -> Callable[[], None]:
    return lambda: setattr(target, name, value)


def set_item(target: Any, key: Any, value: Any) -> Callable[[], None]:
    return lambda: target.__setitem__(key, value)


HERE_NAMES = sys.modules[__name__]
OTHER = Holder()
OTHER.value = 100.0

# name: the function, and what changes something that it reads
CHANGES: dict[str, tuple[Callable[..., Any], Callable[[], None]]] = {
    "a global": (lambda x: x * gravity, assign(HERE_NAMES, "gravity", 1.62)),
    "a global to another type": (lambda x: x * gravity, assign(HERE_NAMES, "gravity", 2)),
    "an item of a dict": (lambda x: x * parameters["a"], set_item(parameters, "a", 5.0)),
    "a key that a dict did not have": (
        lambda x: x * parameters.get("new", 1.0),
        set_item(parameters, "new", 5.0),
    ),
    "an item of a dict in a dict": (
        lambda x: x * parameters["inner"]["b"],  # type: ignore[index]
        set_item(parameters["inner"], "b", 5.0),
    ),
    "an item of a list": (lambda x: x * weights[0], set_item(weights, 0, 5.0)),
    "an item of a list in a list": (
        lambda x: x * weights[1][1],  # type: ignore[index]
        set_item(weights[1], 1, 5.0),
    ),
    "the length of a list": (lambda x: x * len(weights), lambda: weights.append(7.0)),
    "a captured array in place": (lambda x: x * samples[1], set_item(samples, 1, 5.0)),
    "an attribute": (lambda x: x * holder.value, assign(holder, "value", 5.0)),
    "an attribute of a class": (lambda x: x * holder.kind, assign(Holder, "kind", 5.0)),
    "an attribute that hides that of a class": (
        lambda x: x * holder.kind,
        assign(holder, "kind", 5.0),
    ),
    "what a property reads": (lambda x: x * holder.double, assign(holder, "value", 5.0)),
    "a property": (lambda x: x * holder.double, assign(Holder, "double", property(lambda s: 7.0))),
    "a slot": (
        lambda x: x * holder.model.stiffness,
        lambda: setattr(holder.model, "stiffness", 5.0),
    ),
    "an object": (
        lambda x: x * holder.model.stiffness,
        assign(holder, "model", Oscillator(5.0, 1.0)),
    ),
    "an item of an attribute": (
        lambda x: x * holder.items[0],
        lambda: holder.items.__setitem__(0, 5.0),
    ),
    "an item of a dict of an object": (
        lambda x: x * holder.table["a"],
        lambda: holder.table.__setitem__("a", 5.0),
    ),
    "a method": (lambda x: holder.method(x), assign(Holder, "method", lambda self, x: -x)),
    "a method of one object": (lambda x: holder.method(x), assign(holder, "method", lambda x: -x)),
    "the object of a method": (
        lambda x: holder.method(x),
        assign(holder, "method", OTHER.method),
    ),
    "the object of a method that is kept": (
        lambda x: holder.function(x),
        assign(holder, "function", OTHER.method),
    ),
    "a function that is kept": (
        lambda x: holder.function(x),
        assign(holder, "function", lambda x: x - 1),
    ),
    "a helper": (lambda x: helper(x), assign(HERE_NAMES, "helper", lambda x: -x)),
    "the code of a helper": (
        lambda x: helper(x),
        assign(helper, "__code__", (lambda x, factor=0, *, offset=0: -x).__code__),
    ),
    "the defaults of a helper": (lambda x: helper(x), assign(helper, "__defaults__", (5.0,))),
    "a keyword default of a helper": (
        lambda x: helper(x),
        lambda: helper.__kwdefaults__.__setitem__("offset", 5.0),
    ),
    "an attribute of a module": (
        lambda x: x * module.rate,  # type: ignore[attr-defined]
        assign(module, "rate", 5.0),
    ),
    "a function of math": (lambda x: math.sin(x), assign(math, "sin", math.cos)),
    "a name of this module": (lambda x: sin(x), assign(HERE_NAMES, "sin", cos)),
    "a builtin": (lambda x: abs(x), assign(builtins, "abs", lambda x: 5.0)),
    "a builtin hidden by a global": (
        lambda x: max(x, 1.0),
        assign(HERE_NAMES, "max", lambda a, b: 5.0),
    ),
}


@contextmanager
def restored() -> Iterator[None]:
    """Undoes what CHANGES do."""
    names = dict(vars(HERE_NAMES))
    kept = dict(parameters), dict(parameters["inner"]), list(weights), list(weights[1])  # type: ignore
    of_class = dict(vars(Holder))
    of_helper = helper.__code__, helper.__defaults__, dict(helper.__kwdefaults__)
    real = math.sin, builtins.abs
    function = helper
    try:
        yield
    finally:
        math.sin, builtins.abs = real
        for name in set(vars(HERE_NAMES)) - set(names):
            delattr(HERE_NAMES, name)
        vars(HERE_NAMES).update(names)
        function.__code__, function.__defaults__, function.__kwdefaults__ = of_helper
        for name in ("kind", "double", "method"):
            setattr(Holder, name, of_class[name])
        vars(holder).clear()
        Holder.__init__(holder)
        parameters.clear()
        parameters.update(kept[0])
        parameters["inner"].clear()  # type: ignore[attr-defined]
        parameters["inner"].update(kept[1])  # type: ignore[attr-defined]
        weights[:] = kept[2]
        weights[1][:] = kept[3]  # type: ignore[index]
        samples[:] = [1.0, 2.0]
        module.rate = 1.0  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_what_was_read_is_noticed(name: str) -> None:
    function, change = CHANGES[name]
    with restored():
        jitted = agrees(function, -1.25)
        before = seen(function(-1.25))
        change()
        assert seen(function(-1.25)) != before
        agrees(function, -1.25, jitted=jitted)


def test_a_change_of_a_closure_cell_is_noticed() -> None:
    rate = 2.0

    def f(x: float) -> float:
        return x * rate

    jitted = agrees(f, 1.5)
    rate = 3.0
    agrees(f, 1.5, jitted=jitted)


def test_a_change_of_the_functions_own_defaults_is_noticed() -> None:
    def f(x: float, y: float = 2.0, *, z: float = 1.0) -> float:
        return x * y + z

    jitted = agrees(f, 1.5)
    agrees(f, x=1.5, jitted=jitted)
    f.__defaults__ = (3.0,)
    agrees(f, 1.5, jitted=jitted)
    agrees(f, x=1.5, jitted=jitted)
    f.__kwdefaults__["z"] = 5.0
    agrees(f, 1.5, jitted=jitted)
    agrees(f, x=1.5, jitted=jitted)


def test_a_change_of_the_functions_code_is_noticed() -> None:
    def f(x: float) -> float:
        return x + 1

    jitted = agrees(f, 1.5)
    f.__code__ = (lambda x: x - 1).__code__
    agrees(f, 1.5, jitted=jitted)


def test_a_change_of_what_wraps_the_function_is_noticed() -> None:
    class Model:
        def __call__(self, x: float) -> float:
            return x + 1

    class Other(Model):
        pass

    model, kept = Model(), Model()
    partial = functools.partial(plain, scale=2.0)
    jitted = agrees(model, 1.5), agrees(partial, 1.5), agrees(lambda x: partial(x), 1.5)
    asking = agrees(lambda x: x if isinstance(kept, Other) else -x, 1.5)
    Model.__call__ = lambda self, x: x - 1  # type: ignore[method-assign]
    partial.keywords["scale"] = 3.0
    kept.__class__ = Other
    agrees(model, 1.5, jitted=jitted[0])
    agrees(partial, 1.5, jitted=jitted[1])
    agrees(lambda x: partial(x), 1.5, jitted=jitted[2])
    agrees(lambda x: x if isinstance(kept, Other) else -x, 1.5, jitted=asking)


def test_changes_between_the_same_values_are_no_new_trace() -> None:
    jitted = jit(lambda x: x * gravity)
    with restored():
        jitted(1.0)
        signatures = jitted.signatures
        HERE_NAMES.gravity = float("9.81")  # type: ignore[attr-defined]
        assert ran_natively(jitted, 1.0) and jitted.signatures == signatures


# ---- errors -------------------------------------------------------------------------------------


def in_a_helper(x: float) -> float:
    return 1 / (x - 1)


ERRORS: dict[str, tuple[Callable[..., Any], float]] = {
    "division": (lambda x: 1 / x, 0.0),
    "division that ends finite": (lambda x: 1 / (1 / x), 0.0),
    "division that is not used": (lambda x: (1 / x, 2.0)[1], 0.0),
    "remainder": (lambda x: 1.5 % x, 0.0),
    "remainder of nan": (lambda x: x % 0.0, math.nan),
    "floor division": (lambda x: 1.5 // x, 0.0),
    "sqrt": (lambda x: sqrt(x), -1.0),
    "log": (lambda x: log(x), 0.0),
    "sin": (lambda x: sin(x), math.inf),
    "exp": (lambda x: exp(x), 1000.0),
    "power": (lambda x: x**3, 1e200),
    "power of zero": (lambda x: x**-1, 0.0),
    "math.pow": (lambda x: math.pow(x, 0.5), -1.0),
    "int of inf": (lambda x: int(x), math.inf),
    "round of nan": (lambda x: round(x), math.nan),
    "in a helper": (lambda x: in_a_helper(x), 1.0),
    "index": (lambda x: [x, x][2 if x > 0 else 0], 1.0),
    "assertion": (lambda x: check_positive(x), -1.0),
}


def check_positive(x: float) -> float:
    if not x > 0:
        raise AssertionError(f"{x} is not positive")
    if x > 100:
        raise ValueError("too large")
    return x


@pytest.mark.parametrize("name", ERRORS)
def test_an_exception_is_pythons_with_a_traceback_into_the_users_line(name: str) -> None:
    function, x = ERRORS[name]
    jitted = jit(function)
    outcome(jitted, 2.0)
    raised = agrees(function, x, jitted=jitted)
    assert raised.signatures
    with pytest.raises(Exception) as caught:
        jitted(x)
    lines = [frame.line for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert inspect.getsource(function).splitlines()[0].strip()[:20] in "".join(map(str, lines))


def test_a_negative_number_to_a_broken_power_is_complex() -> None:
    agrees(lambda x: x ** (1 / 3), -8.0)
    agrees(lambda x: x**0.5 * 2, -4.0)


def test_what_a_helper_changes_is_never_lost() -> None:
    def helper(x: float, kept: list[float]) -> float:
        kept.append(x if x > 0 else -x)
        return x + 1

    def f(*x: float) -> Any:
        kept: list[float] = []
        return [sum([helper(value, kept) for value in x]), kept]

    agrees(f, 1.0, -2.0)
    with suppress(TraceError):  # more paths than can be followed one by one
        agrees(f, *[1.0, -2.0] * 4)


def test_exceptions_that_the_function_catches_are_caught() -> None:
    def f(x: float) -> float:
        try:
            return 1 / x
        except ZeroDivisionError:
            return -1.0

    jitted = agrees(f, 2.0)
    agrees(f, 0.0, jitted=jitted)


def test_arrays_do_not_raise() -> None:
    jitted = agrees(lambda X: [X / 0.0, X // 0.0, X % 0.0, X**0.5, X**1000], array([1.0, -2.0]))
    assert ran_natively(jitted, array([-1.0, 0.0]))


# ---- refusals -----------------------------------------------------------------------------------

log_of_calls: list[Any] = []
counter = 0


class Logging:
    def __init__(self) -> None:
        self.calls = 0
        self.last = 0.0


logging = Logging()


def loop_on_data(x):
    while x > 1:
        x = x / 2
    return x


def many_paths(*x):
    return sum([1.0 if value > 0 else 2.5 * value for value in x])


def stores_a_global(x):
    global counter
    counter = counter + 1
    return x


def appends(x):
    log_of_calls.append(x)
    return x


def stores_an_attribute(x):
    logging.last = x
    return x


def counts(x):
    logging.calls += 1
    return x


def changes_its_argument(x):
    x.append(1.0)
    return x[0]


def changes_an_array(x):
    x[0] = 2.0
    return x


def catches_everything(x):
    try:
        return float(str(x))
    except BaseException:
        return 0.0


def prints(x):
    print(x)
    return x


def formats(x):
    return f"{x:.3f}"


def hashes(x):
    return {x: 1.0}


def indexes(x):
    return [1.0, 2.0][int(x)]


def generates(x):
    yield x


async def waits(x):
    return x


def uses_random(x):
    return x * random.random()


def uses_time(x):
    return x + time.time()


def opens(x):
    with open("/nonexistent") as file:
        return x + len(file.read())


def unknown_c_function(x):
    return math.gamma(x)


def makes_a_set(x):
    return {1.0, x}


def writes_nonlocal():
    count = 0

    def f(x):
        nonlocal count
        count += 1
        return x

    return f


def evaluates(x):
    return eval("x + 1")


def endless(x):
    return endless(x + 1)


REFUSED: dict[str, tuple[Callable[..., Any], list[Any], str]] = {
    "a loop on data": (loop_on_data, [3.0], "loop"),
    "too many paths": (many_paths, [1.0] * 8, "64"),
    "a store to a global": (stores_a_global, [1.0], "global"),
    "an append to a captured list": (appends, [1.0], "list"),
    "a store to an attribute": (stores_an_attribute, [1.0], "last"),
    "a count of calls": (counts, [1.0], "calls"),
    "a changed list": (changes_its_argument, [[1.0]], "argument"),
    "a changed array": (changes_an_array, [array([1.0])], "array"),
    "an except for all": (catches_everything, [1.0], "text|float"),
    "print": (prints, [1.0], "print"),
    "a text": (formats, [1.0], "text"),
    "a hash": (hashes, [1.0], "hash"),
    "a set": (makes_a_set, [1.0], "hash"),
    "an index": (indexes, [1.0], "index"),
    "a generator": (generates, [1.0], "generator"),
    "a coroutine": (waits, [1.0], "coroutine"),
    "random numbers": (uses_random, [1.0], "random|method"),
    "the time": (uses_time, [1.0], "time"),
    "a file": (opens, [1.0], "open"),
    "a C function": (unknown_c_function, [1.0], "gamma"),
    "a store to a nonlocal variable": (writes_nonlocal(), [1.0], "enclosing"),
    "eval": (evaluates, [1.0], "eval"),
    "recursion without end": (endless, [1.0], "recursion"),
    "more numbers than a program takes": (lambda X: sum(X), [[1.0] * 3000], "1024"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_names_file_line_and_reason(name: str) -> None:
    function, arguments, reason = REFUSED[name]
    jitted = jit(function)
    before = counter, len(log_of_calls), vars(logging).copy()
    with pytest.raises(TraceError, match=reason) as caught:
        jitted(*arguments)
    assert isinstance(caught.value, TypeError)
    assert (counter, len(log_of_calls), vars(logging)) == before
    code = function.__code__
    lines = [line for _, _, line in code.co_lines()] if hasattr(code, "co_lines") else None
    file, line, _ = str(caught.value).split(":", 2)
    assert file == HERE
    assert lines is None or int(line) in [*lines, code.co_firstlineno]


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_function_runs_in_python_with_one_warning_if_asked(name: str) -> None:
    function, arguments, _ = REFUSED[name]
    if name in ("recursion without end", "a file", "a coroutine"):
        pytest.skip("a call of the function itself raises or warns")
    jitted = jit(function, fallback=True)
    with pytest.warns(RuntimeWarning) as caught:
        jitted(*arguments)
        jitted(*arguments)
    assert len(caught) == 1 and caught[0].filename == HERE


def test_an_argument_that_holds_itself_is_refused() -> None:
    X: list[Any] = [1.0]
    X.append(X)
    with pytest.raises(TraceError, match="holds itself"):
        jit(lambda X: X[0])(X)


def test_tests_of_identity_with_a_truth_value_are_never_wrong() -> None:
    def f(x: float) -> Any:
        return 1.0 if (x > 0) is True else 2.0

    with suppress(TraceError):
        agrees(f, 1.5)


def test_questions_about_captured_objects_are_never_answered_wrong() -> None:
    questions: list[Callable[[float], Any]] = [
        lambda x: x if callable(holder) else -x,
        lambda x: x if hasattr(holder, "__len__") else -x,
        lambda x: x * holder.__dict__.get("value", 7.0),
        lambda x: x * holder.__class__.kind,
        lambda x: x * type(holder).kind,
        lambda x: x if holder else -x,
        lambda x: x if isinstance(holder, Holder) else -x,
        lambda x: x if holder == OTHER else -x,
        lambda x: x * getattr(holder, "missing", 7.0),
        lambda x: x if type(x) is float else -x,
        lambda x: x if isinstance(x, float) and not isinstance(x, int) else -x,
        lambda x: x if x.__class__ is float else -x,
    ]
    for question in questions:
        with restored(), suppress(TraceError):
            jitted = agrees(question, 1.5)
            Holder.kind = 5.0
            agrees(question, 1.5, jitted=jitted)


def test_a_function_that_changes_what_it_reads_is_refused() -> None:
    names: dict[str, Any] = {"sin": math.sin}

    def f(x: float) -> float:
        names["sin"] = math.cos
        return names["sin"](x)

    with pytest.raises(TraceError):
        jit(f)(1.0)
    assert names["sin"] is math.sin


# ---- life ---------------------------------------------------------------------------------------


def test_it_is_switched_off_by_the_environment() -> None:
    script = """
    import os
    os.environ["PICONUMPY_JIT"] = "0"
    from piconumpy import array, jit, vectorize
    from piconumpy.integrate import rk4
    def f(x): return x
    assert jit(f) is f and jit(fastmath=True)(f) is f
    @vectorize
    def g(x, y):
        if x > y:
            return x - y, 1 / y
        return y, x
    x = array([1.0, 2.0, 3.0])
    assert g(x, 2.0) == ((array([2.0, 2.0, 1.0])), array([1.0, 2.0, 0.5]))
    assert g(3.0, 2.0) == (1.0, 0.5)
    assert vectorize(f)(x) == x and vectorize(f)(array([])) == array([])
    g(x, 2.0, out=(x, y := array([0.0] * 3)))
    assert (x, y) == ((array([2.0, 2.0, 1.0])), array([1.0, 2.0, 0.5]))
    assert rk4(lambda t, x: -x, 1.0, 0.25, 4, every=2) == [0.6065428256988525, 0.3678941994067486]
    try:
        g(x, 0.0)
    except ZeroDivisionError as error:
        print(getattr(error, "__notes__", ["in element 0"]))
    print("off")
    """
    assert run_script(script) == "['in element 0']\noff\n"


def test_threads_may_call_first_at_the_same_time() -> None:
    for _ in range(20):
        f = jit(lambda x, y: sin(x) * y if x > 0 else cos(x) + y)
        expected = [f.__wrapped__(x / 3, 2.0) for x in range(-5, 5)]
        barrier = threading.Barrier(4)
        results: list[Any] = []

        def work(f: Any = f, barrier: Any = barrier, results: Any = results) -> None:
            barrier.wait()
            results.append([f(x / 3, 2.0) for x in range(-5, 5)])

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results == [expected] * 4
        assert len(f.signatures) == 1


def test_a_call_during_a_trace_of_another_function_is_traced_into_it() -> None:
    inner = jit(lambda x: x**2 + 1)
    agrees(lambda x: inner(x) * 2, 1.5)


def test_recursion_over_a_constant_is_unrolled() -> None:
    def power(x: float, n: int) -> float:
        return 1.0 if n == 0 else x * power(x, n - 1)

    agrees(power, 1.5, 7)


def test_a_jitted_function_is_collected() -> None:
    def make() -> Any:
        rate = [2.0]
        f = jit(lambda x: x * rate[0] + (f is None))
        return f

    f = make()
    with suppress(TraceError):
        f(1.0)
    watched = weakref.ref(f)
    del f
    gc.collect()
    gc.collect()
    assert watched() is None


@counting_blocks
def test_calls_and_failing_calls_leak_nothing() -> None:
    f = warmed(lambda x, y: [1 / x, y], 1.0, 2.0)
    g = jit(loop_on_data)
    h = warmed(lambda X: X * 2, array([1.0]))

    def work(n: int) -> None:
        X = array([1.0])
        for _ in range(n):
            f(1.0, 2.0)
            h(X)
        for _ in range(n // 100):
            with pytest.raises(ZeroDivisionError):
                f(0.0, 2.0)
        for _ in range(n // 10_000):
            with pytest.raises(TraceError):
                g(3.0)

    work(20_000)
    assert growth(lambda: work(100_000), 1) < 500


def test_one_container_twice_in_a_result_is_one():
    def twice(x):
        y = [x]
        return y, {"a": y, "b": array([x])}, [[x], y]

    first, second, third = jit(twice)(1.5)
    assert seen((first, second, third)) == seen(twice(1.5))
    assert first is second["a"] and first is third[1] and first is not third[0]


def test_functions_of_arrays_are_traced_by_fast_programs_only():
    def wave(X):
        return piconumpy.sin(X) * piconumpy.exp(-X) + piconumpy.pow(X, 1.5) * piconumpy.log2(X)

    fast = jit(wave, fastmath=True)(array([0.5, 1.0]))
    for a, b in zip(fast, wave(array([0.5, 1.0]))):
        assert a == pytest.approx(b, rel=1e-15)
    with pytest.raises(
        TraceError, match="piconumpy.(sin|exp|pow|log2) differs from the C library's"
    ):
        jit(wave)(array([0.5, 1.0]))
