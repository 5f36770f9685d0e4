# SPDX-License-Identifier: BSD-3-Clause
"""Constructs of Python that users write in callbacks: traced with the same bits, or refused."""

from __future__ import annotations

import collections
import dataclasses
import enum
import functools
import inspect
import math
import operator
import pickle
import statistics
import sys
import textwrap
from fractions import Fraction
from typing import Any, Callable, NamedTuple

import pytest
from jit_support import outcome, ran_natively, seen
from support import BINARY, ULP, UNARY

import piconumpy
from piconumpy import TraceError, array, jit

HERE = __file__


def agrees(function: Any, *arguments: Any) -> Any:
    """Asserts that a call runs natively, with the result of the function itself."""
    jitted = jit(function)
    expected = outcome(function, *arguments, file=HERE)
    for _ in range(2):
        assert outcome(jitted, *arguments, file=HERE) == expected
    assert ran_natively(jitted, *arguments)
    return jitted


def follows(function: Any, *arguments: Any) -> Callable[[], None]:
    """Checks the function now, and returns what checks that it follows a change."""
    jitted = agrees(function, *arguments)

    def check() -> None:
        for _ in range(2):
            expected = outcome(function, *arguments, file=HERE)
            assert outcome(jitted, *arguments, file=HERE) == expected

    return check


def refusal(function: Any, *arguments: Any) -> str:
    with pytest.raises(TraceError) as error:
        jit(function)(*arguments)
    return str(error.value)


# ---- classes ------------------------------------------------------------------------------------


class Spring:
    unit = 2.5

    def __init__(self, stiffness: float) -> None:
        self.stiffness = stiffness

    def force(self, x: float) -> float:
        return -self.stiffness * x

    @property
    def period(self) -> float:
        return self.stiffness + 1.0

    @staticmethod
    def squared(x: float) -> float:
        return x * x

    @classmethod
    def scaled(cls, x: float) -> float:
        return cls.unit * x


class Damped(Spring):
    unit = 3.5

    def force(self, x: float) -> float:
        return super().force(x) - 0.5 * x

    def named(self, x: float) -> float:
        return super(Damped, self).force(x)  # noqa: UP008

    def called(self, x: float) -> float:
        return Spring.force(self, x)

    @property
    def period(self) -> float:
        return super().period * 2.0

    @staticmethod
    def squared(x: float) -> float:
        return Spring.squared(x) + 1.0

    @classmethod
    def scaled(cls, x: float) -> float:
        return super().scaled(x) - 1.0

    def through_super(self, x: float) -> float:
        return super().squared(x) + super().scaled(x) + super().unit

    def of_class(self, x: float) -> float:
        return type(self).unit * x if type(self) is Damped else x

    def by_name(self, x: float) -> float:
        return x if type(self).__name__ == "Damped" else -x

    def by_comparison(self, x: float) -> float:
        return x if type(self) == Damped and issubclass(type(self), Spring) else -x  # noqa: E721

    def of_missing(self, x: float) -> float:
        return x * getattr(super(), "missing", 2.0)


METHODS = "force named called through_super scaled squared of_class by_name of_missing"


@pytest.mark.parametrize("name", [*METHODS.split(), "by_comparison"])
def test_methods_with_super_and_type(name: str) -> None:
    model = Damped(1.25)
    agrees(getattr(model, name), 0.7)
    agrees(lambda x: getattr(model, name)(x) + model.period, 0.7)
    agrees(getattr(Damped, name), *([0.7] if name in ("scaled", "squared") else [model, 0.7]))


def test_a_change_of_what_super_finds_is_noticed(monkeypatch: Any) -> None:
    class Base:
        factor = 2.0

        def f(self, x: float) -> float:
            return self.factor * x

    class Other(Base):
        def f(self, x: float) -> float:
            return x - 7.0

    class Derived(Base):
        def f(self, x: float) -> float:
            return super().f(x) + type(self).factor

    class Sibling(Derived, Other):
        pass

    model = Derived()
    check = follows(lambda x: model.f(x), 0.5)
    monkeypatch.setattr(Base, "f", lambda self, x: x * 9.0)
    check()
    monkeypatch.setattr(Derived, "factor", 5.0, raising=False)
    check()
    Derived.__bases__ = (Other,)
    check()
    model.__class__ = Sibling
    check()


@dataclasses.dataclass
class Parameters:
    rate: float
    shift: float = 2.0

    def of(self, x: float) -> float:
        return self.rate * x + self.shift


@dataclasses.dataclass(frozen=True)
class Frozen:
    rate: float

    def of(self, x: float) -> float:
        return self.rate * x


def test_dataclasses_as_parameters() -> None:
    for parameters in (Parameters(1.5), Frozen(1.5)):
        agrees(lambda x, p: p.rate * x + p.of(x), 0.7, parameters)
    parameters = Parameters(1.5)
    check = follows(lambda x: parameters.of(x), 0.7)
    parameters.rate = 2.5
    check()


class Table:
    """A sequence of a user's own, with operators."""

    def __init__(self, values: list[float]) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, i: Any) -> Any:
        return self.values[i]


class Vector(Table):
    def __iter__(self) -> Any:
        yield from self.values

    def __contains__(self, x: object) -> bool:
        return x in self.values

    def __bool__(self) -> bool:
        return self.values[0] > 1.0

    def __reversed__(self) -> Any:
        return iter([9.0, 8.0])

    def __add__(self, other: Any) -> Any:
        return self.values[0] + other

    def __radd__(self, other: Any) -> Any:
        return other - self.values[0]

    def __mul__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, Table) else self.values[0] * other

    def __rmul__(self, other: Any) -> Any:
        return 100.0

    def __iadd__(self, other: Any) -> Any:
        return self.values[1] + other

    def __neg__(self) -> float:
        return -self.values[0]

    def __float__(self) -> float:
        return self.values[0]

    def __lt__(self, other: Any) -> bool:
        return self.values[0] < other

    def __eq__(self, other: object) -> bool:
        return self.values[0] == other

    __hash__ = None  # type: ignore[assignment]

    def __call__(self, x: float) -> float:
        return self.values[1] * x


class Finer(Vector):
    def __radd__(self, other: Any) -> Any:
        return 7.0


table, vector, finer = Table([1.5, 2.5]), Vector([1.5, 2.5]), Finer([3.5, 4.5])


def _plus_equal(x: float) -> Any:
    y: Any = vector
    y += x
    z: Any = table
    return [y, len(z) * x]


def _unpacked(x: float) -> float:
    a, b = table
    (c, *rest) = vector
    return a * x + b - c * rest[0]


SPECIAL = {
    "len": lambda x: x * len(table) + len(vector),
    "index": lambda x: x * table[1] - vector[-1] + sum(table[:2]),
    "iter": lambda x: sum(x * v for v in table) + sum([x * v for v in vector]),
    "list": lambda x: [x, *table, *list(vector)],
    "unpack": _unpacked,
    "in": lambda x: [1.5 in table, 3.0 in table, 2.5 in vector, x in vector],
    "bool": lambda x: [bool(table), bool(vector), not vector, x if table else -x],
    "reversed": lambda x: [x, *reversed(table), *reversed(vector)],
    "add": lambda x: [vector + x, x + vector, 2 + vector],
    "add of objects": lambda x: [vector + 1.0, x, vector + finer],
    "mul of objects": lambda x: [x, table and finer * x, x * vector],
    "in place": _plus_equal,
    "neg": lambda x: x + (-vector),
    "float": lambda x: x + float(vector) + math.sin(vector),  # type: ignore[arg-type]
    "less": lambda x: [vector < x, x > vector, vector < 7],
    "equal": lambda x: [vector == x, x == vector, vector != 1.5, table == table, table != vector],
    "call": lambda x: vector(x),
    "fraction": lambda x: THIRD * x + x / THIRD + float(THIRD),
}
THIRD = Fraction(1, 3)


@pytest.mark.parametrize("name", SPECIAL)
def test_special_methods_in_python(name: str) -> None:
    for x in (0.75, 1.5):
        agrees(SPECIAL[name], x)


def test_special_methods_by_their_names() -> None:
    agrees(lambda x: x * vector.__len__() + Table.__getitem__(vector, 1) + vector.__neg__(), 0.75)
    agrees(lambda x: [x, vector.__mul__(table) is NotImplemented], 0.75)


class Inherited(Vector):
    _items = 3.0

    def __len__(self) -> int:
        return super().__len__() + 1

    def __getitem__(self, i: Any) -> Any:
        return super().__getitem__(i) * self._items

    def __neg__(self) -> float:
        return super().__neg__() - 1.0


@functools.total_ordering
class Ordered:
    def __init__(self, value: float) -> None:
        self.value = value

    def __lt__(self, other: Any) -> bool:
        return self.value < other.value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ordered) and self.value == other.value

    __hash__ = None  # type: ignore[assignment]


inherited, small, large = Inherited([1.5, 2.5]), Ordered(1.0), Ordered(2.0)


def test_special_methods_through_super() -> None:
    agrees(lambda x: x * len(inherited) + inherited[1] - (-inherited) + inherited._items, 0.75)


@pytest.mark.skipif(sys.version_info < (3, 10), reason="its methods compare two variables by `is`")
def test_total_ordering() -> None:
    agrees(lambda x: [x, small >= large, small <= large, large > small, small == small], 0.75)
    agrees(lambda x: sorted([large, small])[0].value * x + max(small, large).value, 0.75)


def test_objects_with_special_methods_as_arguments() -> None:
    agrees(lambda x, t: x * len(t) + t[0], 0.75, table)


def test_operators_ask_the_operands_in_pythons_order() -> None:
    class A:
        def __add__(self, other: Any) -> Any:
            return 1.0 if isinstance(other, float) else NotImplemented

        def __sub__(self, other: Any) -> Any:
            return 2.0

        def __lt__(self, other: Any) -> Any:
            return NotImplemented

        def __eq__(self, other: object) -> Any:
            return NotImplemented

        __hash__ = None  # type: ignore[assignment]

    class B(A):
        def __radd__(self, other: Any) -> Any:
            return 3.0

        def __rsub__(self, other: Any) -> Any:
            return 4.0

        def __gt__(self, other: Any) -> Any:
            return True

    class C:
        def __radd__(self, other: Any) -> Any:
            return 5.0

        def __rsub__(self, other: Any) -> Any:
            return 6.0

        def __eq__(self, other: object) -> Any:
            return 8.0

        __hash__ = None  # type: ignore[assignment]

    a, b, c = A(), B(), C()
    agrees(lambda x: [a + x, a + b, a - b, a + c, a - c, b - a, b - b, a < b, a == c, a == a], 0.5)
    agrees(lambda x: [a != c, a == b, a != b, c != a, x], 0.5)
    with pytest.raises(TypeError, match="unsupported operand type.s. for .: 'A' and 'A'"):
        jit(lambda x: x * (a + a))(0.5)
    with pytest.raises(TypeError, match="'C' object is not iterable"):
        jit(lambda x: [x * y for y in c])(0.5)
    with pytest.raises(TypeError, match="'C' has no len"):
        jit(lambda x: x * len(c))(0.5)


def test_a_change_of_a_special_method_is_noticed(monkeypatch: Any) -> None:
    class Own:
        pass

    own = Own()
    check = follows(lambda x: x if own else -x, 0.5)
    monkeypatch.setattr(Own, "__len__", lambda self: 0, raising=False)
    check()
    monkeypatch.setattr(Own, "__bool__", lambda self: True, raising=False)
    check()
    check = follows(lambda x: x * len(own), 0.5)
    monkeypatch.setattr(Own, "__len__", lambda self: 3)
    check()
    check = follows(lambda x: x if own == 3 else -x, 0.5)
    monkeypatch.setattr(Own, "__eq__", lambda self, other: True)
    check()


# ---- classes of which objects are made ----------------------------------------------------------


factor = 2.0


class State(NamedTuple):
    """A state with operations, as users write it."""

    x: float
    v: float = 1.0
    unit = 0.5

    def moved(self, dt: float) -> State:
        return State(self.x + dt * self.v * factor, self.v)

    def __add__(self, other: Any) -> Any:
        return State(self.x + other.x * self.unit, self.v + other.v)

    @property
    def energy(self) -> float:
        return math.sqrt(self.x**2 + self.v**2) * factor

    @classmethod
    def at_rest(cls, x: float) -> State:
        return cls(x, 0.0)

    @staticmethod
    def scaled(x: float) -> float:
        return x * factor


class Derived(State):
    def moved(self, dt: float) -> State:
        return super().moved(dt) + State(1.0, dt)


class Scaled(collections.namedtuple("Scaled", "x y")):
    def __new__(cls, x: float) -> Any:
        return super().__new__(cls, x, x * factor)

    def total(self) -> float:
        return self.x + self.y * factor


class Failure(Exception):
    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = value * factor

    def scaled(self) -> float:
        return self.value * factor


class Special(Failure, ValueError):
    def scaled(self) -> float:
        return super().scaled() + 1.0


def _caught(x: float, kind: Any, caught: Any) -> float:
    try:
        if x > 0:
            raise kind(x)
        return -x
    except caught as error:
        return error.scaled() if isinstance(error, Failure) else 0.0


MADE: dict[str, Any] = {
    "method": lambda x: State(x).moved(0.5),
    "operator": lambda x: State(x, x) + State(1.0),
    "property": lambda x: State(x).energy,
    "class and static method": lambda x: [State.at_rest(x), State.scaled(x), State(x).scaled(x)],
    "class attribute": lambda x: State(x).unit * x + State.unit,
    "derived": lambda x: [Derived(x).moved(x), Derived(x) + State(x), Derived(x).energy],
    "type": lambda x: [type(State(x)) is State, isinstance(Derived(x), State), State(x)],
    "generated": lambda x: [State._make([x, x])._replace(x=2.0), State(x)._asdict()],
    "new": lambda x: [Scaled(x).total(), Scaled(x)],
    "argument": lambda x: [p.energy + x for p in (State(x), OUTER)],
    "exception": lambda x: _caught(x, Failure, Failure),
    "exception by its base": lambda x: _caught(x, Special, Failure),
    "exception by another base": lambda x: _caught(x, Special, ValueError),
}
OUTER = Derived(2.0)


@pytest.mark.parametrize("name", MADE)
def test_methods_of_named_tuples_and_exceptions_are_watched(name: str, monkeypatch: Any) -> None:
    for x in (0.75, -0.75):
        check = follows(MADE[name], x)
        monkeypatch.setattr(sys.modules[__name__], "factor", 3.0)
        check()
        monkeypatch.setattr(State, "unit", 4.0)
        check()
        monkeypatch.setattr(State, "energy", 5.0)
        check()
        monkeypatch.undo()


def test_named_tuples_with_methods_as_arguments(monkeypatch: Any) -> None:
    for state in (State(0.5), Derived(0.5)):
        check = follows(lambda s: [s, s.moved(0.5), s.energy, s + s], state)
        monkeypatch.setattr(sys.modules[__name__], "factor", 3.0)
        check()
        monkeypatch.undo()


def test_exceptions_of_the_user_arise_as_they_are() -> None:
    raising = jit(lambda x: _caught(x, Failure, KeyError))
    for _ in range(2):
        with pytest.raises(Failure) as error:
            raising(0.5)
        assert type(error.value) is Failure
        assert error.value.value == 1.0
    assert raising(-0.5) == 0.5


# ---- enums --------------------------------------------------------------------------------------


class Mode(enum.Enum):
    FAST = 1.5
    SLOW = 2.5

    def doubled(self) -> float:
        return self.value * 2


class Count(enum.IntEnum):
    ONE = 1
    TWO = 2


mode = Mode.FAST
rates = {Mode.FAST: 2.0, Mode.SLOW: 3.0}
couplings = {(0, 1): 2.0, (1, 0): 3.0}

ENUMS = {
    "is": lambda x: [x if mode is Mode.FAST else -x, x if Mode.SLOW is mode else -x],
    "is not": lambda x: x if mode is not Mode.SLOW else -x,
    "equal": lambda x: [x, mode == Mode.FAST, mode != Mode.FAST, mode == 1.5],
    "in": lambda x: x if mode in (Mode.SLOW, Mode.FAST) else -x,
    "value": lambda x: x * Mode.SLOW.value + mode.value,
    "name": lambda x: x if mode.name == "FAST" else -x,
    "method": lambda x: x * mode.doubled(),
    "item": lambda x: x * Mode["SLOW"].value,
    "iter": lambda x: sum(x * m.value for m in Mode) * len(Mode),
    "key": lambda x: x * rates[mode] + sum(rates.values()),
    "tuple key": lambda x: x * couplings[0, 1],
    "truth": lambda x: x if mode else -x,
    "isinstance": lambda x: x if isinstance(mode, Mode) else -x,
    "returned": lambda x: [mode, x, {mode: x}, {(1, 2): x}],
    "int": lambda x: [x * Count.TWO, Count.ONE + x, [x, 2 * x][Count.ONE], x**Count.TWO],
    "int comparison": lambda x: [x > Count.ONE, x == Count.TWO, max(x, Count.ONE), Count.TWO == 2],
}


@pytest.mark.parametrize("name", ENUMS)
def test_enums(name: str) -> None:
    agrees(ENUMS[name], 2.0)


def test_members_of_enums_as_arguments() -> None:
    def of(x: float, m: Mode) -> float:
        return x if m is Mode.FAST else 2.0 * x if Mode.SLOW is m else 3.0

    jitted = agrees(of, 0.5, Mode.FAST)
    for member in Mode:
        assert jitted(0.5, member) == of(0.5, member)
    assert len(jitted.signatures) == 2
    agrees(lambda d: [key.value * x for key, x in d.items()], {Mode.FAST: 2.0, Mode.SLOW: 3.0})


def test_keys_of_dicts_are_watched() -> None:
    key = Spring(1.5)
    check = follows(lambda d: [k.stiffness * x for k, x in d.items()], {key: 2.0})
    key.stiffness = 3.5
    check()


# ---- containers ---------------------------------------------------------------------------------


def test_deques() -> None:
    queue = collections.deque([1.5, 2.5], maxlen=3)
    check = follows(lambda x: queue[0] * x + sum(queue) * len(queue), 0.5)
    queue.append(4.5)
    check()
    queue[0] = 3.5
    check()
    queue.rotate(1)
    check()
    agrees(lambda x, q: [q[1] * x, q], 0.5, queue)

    def delayed(x: float) -> float:
        inner = collections.deque([x, 2.0 * x], maxlen=2)
        inner.append(3.0)
        inner.appendleft(x)
        return inner.popleft() + inner[0]

    agrees(delayed, 0.5)
    assert "changes a deque" in refusal(lambda x: queue.append(x), 0.5)


span = range(1, 4)


def test_a_range_outside() -> None:
    agrees(lambda x: sum(i * x for i in span) + span[1] + len(span), 0.5)


# ---- functions ----------------------------------------------------------------------------------


CLOSE = [0.5, 0.5000000001, 0.6, -0.5, 0.0, 1e-12, math.inf, -math.inf, math.nan]


@pytest.mark.parametrize("a", CLOSE)
def test_isclose(a: float) -> None:
    for b in (0.5, 0.0, math.inf, math.nan, 1e308):
        agrees(lambda x, y: math.isclose(x, y), a, b)
        agrees(lambda x, y: math.isclose(x, y, rel_tol=0.3, abs_tol=1e-9), a, b)
        agrees(lambda x: 1.0 if math.isclose(x, 0.5, abs_tol=0.1) else 2.0, a)
        agrees(lambda x, y, z: math.isclose(x, y, abs_tol=z), a, b, 0.25)


def test_isclose_raises_for_negative_tolerances() -> None:
    close = jit(lambda x, tolerance: math.isclose(x, 0.5, rel_tol=tolerance))
    assert close(0.6, 0.5) is True
    with pytest.raises(ValueError, match="tolerances must be non-negative"):
        close(0.6, -0.5)


NUMBERS = [0.5, -0.5, 0.0, -0.0, 1.5, 1e300, -1e300, math.inf, -math.inf, math.nan]


@pytest.mark.parametrize("name", [*ULP, *BINARY, *UNARY])
def test_the_functions_of_the_package_take_numbers_and_raise_nothing(name: str) -> None:
    function = getattr(piconumpy, name)
    for a in NUMBERS:
        if "b" in inspect.signature(getattr(piconumpy._interface, name)).parameters:
            for b in NUMBERS:
                agrees(lambda x, y: function(x, y), a, b)
            agrees(lambda x: function(x, 2), a)
            agrees(lambda x: function(-2.5, x) + function(2.0, 3.0), a)
        else:
            agrees(lambda x: function(x), a)
            agrees(lambda x: x + function(2), a)
    result = jit(lambda x: piconumpy.sin(x) * piconumpy.pow(x, 2.5), fastmath=True)(0.5)
    assert result == pytest.approx(math.sin(0.5) * 0.5**2.5, rel=1e-15)


# ---- statements ---------------------------------------------------------------------------------


def _walrus(x: float) -> Any:
    if (y := x * 2) > 0.3:
        return [y, [z for i in range(3) if (z := x * i) > 0.2]]
    return -y


def _raises_with_a_text(x: float) -> float:
    if x < 1:
        raise ValueError(f"too small: {x!r}, {x:.3f}")
    return x


def _star(x: float) -> Any:
    a, *b, c = [x, 2 * x, 3 * x, 1.0]
    d, *e = array([x, 1.0])
    return [a + sum(b) * c, [*e, d], {**{"a": x}, "b": c}]


def _star_call(x: float) -> float:
    def inner(*rest: float, **options: float) -> float:
        return sum(rest) - options["z"]

    return inner(*[x, 1.0], **{"z": x * x})


def _fixed_rounds(x: float) -> float:
    n = 0
    while True:
        x, n = x * 1.5, n + 1
        if n == 5:
            break
    for _ in range(3):
        x = x - 1.0
        if x > 100.0:
            break
    else:
        x = -x
    return x


def _closures(x: float) -> float:
    functions = [lambda v, i=i: v * i for i in range(3)]
    late = []
    for i in range(3):

        def g(v: float) -> float:
            return v + i  # noqa: B023

        late.append(g)
    return sum(f(x) for f in functions) + late[0](x)


def _with_default(x: float, rest: list[float] = [1.0, 2.0]) -> float:  # noqa: B006
    return x + sum(rest)


def _nonlocal(x: float) -> float:
    total = 0.0

    def add(v: float) -> None:
        nonlocal total
        total += v

    add(x)
    add(x * x)
    return total


STATEMENTS: dict[str, Any] = {
    "walrus": _walrus,
    "text of an exception": _raises_with_a_text,
    "star": _star,
    "star in a call": _star_call,
    "fixed rounds": _fixed_rounds,
    "closures": _closures,
    "default": lambda x: _with_default(x),
    "nonlocal": _nonlocal,
    "nested comprehension": lambda x: [[a * b for b in (x, 2.0)] for a in (x, 3.0) if a > 1],
    "dict comprehension": lambda x: {k: x * i for i, k in enumerate("abc")},
    "zip": lambda x: [a * b for a, b in zip([x, 1.0], (2.0, x))],
    "enumerate": lambda x: [a * i for i, a in enumerate(reversed([x, 2 * x]), 1)],
    "sorted": lambda x: sorted([x, 0.6, x * x], key=lambda v: -v, reverse=True),
    "min by a key": lambda x: min([x, 0.6], key=lambda v: abs(v - 0.5)),
    "any and all": lambda x: [any(v > 1 for v in (x, 2.0)), all(v > 1 for v in (x, 2.0))],
    "map and filter": lambda x: list(map(math.sin, filter(lambda v: v > 1, [x, 2 * x]))),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements(name: str) -> None:
    for x in (0.75, 1.5):
        if name == "text of an exception" and x < 1:
            assert outcome(jit(_raises_with_a_text), x, file=HERE) == outcome(
                _raises_with_a_text, x, file=HERE
            )
        else:
            agrees(STATEMENTS[name], x)


MATCHES = """
    def of_list(x):
        match x:
            case [a, b]: return a * b
            case [a, *rest]: return a + len(rest)
            case _: return 0.0

    def of_text(x, name):
        match name:
            case "fast" | "quick": return x
            case _: return -x

    def of_number(x):
        match x:
            case 0.5: return 1.0
            case _ if x > 1: return 2.0
            case _: return 3.0

    def of_enum(x, m):
        match m:
            case Mode.SLOW: return x
            case Mode.FAST: return -x

    def of_dict(d):
        match d:
            case {"a": a, "b": b}: return a * 2 + b

    def of_state(x):
        match x:
            case State(y, v=w): return y * w * factor
            case _: return 0.0

    def of_named_tuple(x):
        match Pair(x, 2.0):
            case Pair(u, second=v): return u * v

    def of_object(x):
        match sequence:
            case [a, b]: return a * x + b
            case _: return x

    def of_class(x):
        match parameters:
            case Parameters(rate=r): return r * x
"""


class Pair(NamedTuple):
    first: float
    second: float


class OwnSequence(Table, collections.abc.Sequence):  # type: ignore[misc,type-arg]
    pass


@pytest.mark.skipif(sys.version_info < (3, 10), reason="match is of Python 3.10")
def test_match() -> None:
    space: dict[str, Any] = {
        "Mode": Mode,
        "Pair": Pair,
        "State": State,
        "factor": 2.0,
        "Parameters": Parameters,
        "parameters": Parameters(1.5),
        "sequence": OwnSequence([1.5, 2.5]),
    }
    exec(textwrap.dedent(MATCHES), space)
    for x in ([0.5, 1.5], (0.5, 1.5), array([0.5, 1.5]), array([1.0, 2.0, 3.0]), 2.0):
        agrees(space["of_list"], x)
    for name in ("fast", "quick", "slow"):
        agrees(space["of_text"], 0.5, name)
    for x in (0.5, 0.75, 1.5):
        agrees(space["of_number"], x)
    for member in Mode:
        agrees(space["of_enum"], 0.5, member)
    agrees(space["of_dict"], {"a": 0.5, "b": 1.5})
    agrees(space["of_named_tuple"], 0.5)
    agrees(space["of_state"], State(0.5))
    agrees(space["of_state"], Derived(0.5))
    agrees(space["of_object"], 0.5)
    assert "`case` with a class can't be traced: test with isinstance" in refusal(
        space["of_class"], 0.5
    )


# ---- refusals -----------------------------------------------------------------------------------


@functools.lru_cache
def cached(x: float) -> float:
    return x * 2.0


class WithCache:
    def __init__(self) -> None:
        self.rate = 2.0

    @functools.cached_property
    def doubled(self) -> float:
        return self.rate * 2.0

    @functools.lru_cache  # noqa: B019
    def method(self, x: float) -> float:
        return self.rate * x


class Hooked:
    def __getattr__(self, name: str) -> float:
        return 1.5


class OwnList(list):  # type: ignore[type-arg]
    pass


with_cache, hooked, own_list = WithCache(), Hooked(), OwnList([1.0])
members = {1.0, 2.0}
not_a_number = math.nan

REFUSED: dict[str, tuple[Any, str]] = {
    "__class__": (lambda x: x * vector.__class__.unit, "'__class__' can't be traced: write type"),
    "a new object": (lambda x: Spring(x).force(x), "calling the class Spring: objects can't be"),
    "a new dataclass": (lambda x: Parameters(x, x).of(x), "calling the class Parameters"),
    "a dataclass compared": (
        lambda x: x if DATA == DATA else -x,
        "comparing Parameters objects: compare their attributes",
    ),
    "a call of an enum": (lambda x: x * Mode(1.5).value, "calling the class Mode"),
    "round": (lambda x: round(x, 2), "round with a number of digits"),
    "asinh": (lambda x: math.asinh(x), "math.asinh of a number that depends on data: its bits"),
    "acosh": (lambda x: math.acosh(x + 1), "log(x + sqrt(x * x - 1)), which is traced"),
    "atanh": (lambda x: math.atanh(x), "log1p(2 * x / (1 - x)) / 2, which is traced"),
    "fsum": (lambda x: math.fsum([x, 1.0]), "sum(values), which is traced"),
    "fsum of a generator": (lambda x: math.fsum(x * i for i in range(3)), "math.fsum of a number"),
    "fsum of an array": (lambda x: math.fsum(array([x])), "math.fsum of a number"),
    "dist": (lambda x: math.dist([x], [1.0]), "sqrt(x * x + y * y), which is traced"),
    "hypot": (lambda x: math.hypot(x, 1.0), "write sqrt(x * x + y * y)"),
    "hypot of three": (lambda x: math.hypot(x, 1.0, 2.0), "write sqrt(x * x + ...)"),
    "a modulus": (lambda x: pow(x, 2, 5), "pow with a modulus"),
    "a modulus of a method": (lambda x: x.__pow__(2, 5), "pow with a modulus"),
    "item": (lambda x: x.item(), "the method item() of a number that is not NumPy's"),
    "is_integer": (lambda x: math.floor(x).is_integer(), "is_integer of an int"),
    "a new class": (lambda x: type("A", (), {}), "making a class"),
    "an object with a number": (lambda x: math.atan2(x, vector), "an operation of Vector with a"),
    "a method of int": (
        lambda x: x * pickle.decode_long(b"\2"),
        "in pickle.decode_long: jit can't trace what this line does: AttributeError: ",
    ),
    "gamma": (lambda x: math.gamma(x), "math.gamma of a number that depends on data"),
    "mean": (lambda x: statistics.mean([x, 1.0]), "in statistics."),
    "lru_cache": (lambda x: cached(x), "cached, which has functools.lru_cache or cache, can't be"),
    "lru_cache of a constant": (lambda x: x * cached(3), "what the cache holds can't be watched"),
    "lru_cache of a method": (lambda x: with_cache.method(x), "what the cache holds can't be"),
    "cached_property": (
        lambda x: x * with_cache.doubled,
        "the cached_property 'doubled' of an object of type WithCache has no value yet: read it",
    ),
    "a hook": (lambda x: x * hooked.rate, "the attribute 'rate' of an object of type Hooked"),
    "the length with a hook": (lambda x: x * len(hooked), "__len__ of an object of type Hooked"),
    "a subclass of list": (lambda x: x * own_list[0], "__getitem__ of an object of type OwnList"),
    "a set": (lambda x: x if x in members else 0.0, "__contains__ of an object of type set"),
    "identity with nan": (lambda x: x is math.nan, "`is` with a value: write =="),
    "identity with a global": (lambda x: not_a_number is x, "`is` with a value: write =="),
    "round of an array": (lambda x: round(array([x])), "round of an array isn't traced"),
    "an attribute of float": (lambda x: x * float.fromhex("0x1p3"), "jit can't trace what this"),
}
DATA = Parameters(1.5)


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_names_file_line_and_what_to_do(name: str) -> None:
    function, message = REFUSED[name]
    text = refusal(function, 0.5)
    assert text.startswith(f"{HERE}:{function.__code__.co_firstlineno}: ")
    assert message in text


def test_math_fma_is_refused() -> None:
    if not hasattr(math, "fma"):
        pytest.skip("math.fma is of Python 3.13")
    assert "x * y + z, which is traced" in refusal(lambda x: math.fma(x, x, 1.0), 0.5)


def test_a_cached_property_with_a_value_is_traced() -> None:
    model = WithCache()
    assert model.doubled == 4.0
    check = follows(lambda x: x * model.doubled, 0.5)
    model.rate = 3.0
    check()
    del model.doubled
    assert model.doubled == 6.0
    check()


def test_what_a_stand_in_raises_names_the_line_of_the_user() -> None:
    def helper(x: float) -> float:
        return x * float.fromhex("0x1p3")

    def outer(x: float) -> float:
        y = x + 1.0
        return helper(y)

    text = refusal(outer, 0.5)
    assert text.startswith(f"{HERE}:{helper.__code__.co_firstlineno + 1}: jit can't trace what")
    assert "AttributeError" in text


def test_math_of_constants_is_computed() -> None:
    agrees(lambda x: x + math.asinh(0.5) + math.fsum([0.1, 0.2]) + math.dist((1.0,), (3.0,)), 0.5)
    agrees(lambda x: x + math.hypot(0.5, 0.7) + round(2.675, 2) + math.comb(5, 2), 0.5)
    agrees(lambda x: [x, math.copysign(1.5, -2.0), math.isclose(1.0, 1.1), pow(3, 4, 5)], 0.5)
    agrees(lambda x: x if math.isclose(1.0, 1.1, rel_tol=0.2) else -x, 0.5)


def test_hypot_is_fast() -> None:
    for x in (0.5, -3.0, 1e200):
        found = jit(lambda x, y: math.hypot(x, y), fastmath=True)(x, 1e200)
        assert found == pytest.approx(math.hypot(x, 1e200), rel=1e-15)


class Odd(float):
    def __float__(self) -> Any:
        return "1.5"


odd = Odd(2.5)


def test_what_gives_no_float_raises() -> None:
    def f(x: float) -> float:
        return x * float(odd)

    raised = outcome(f, 0.5, file=HERE)
    assert raised.type is TypeError
    assert outcome(jit(f), 0.5, file=HERE) == raised


# ---- sums ---------------------------------------------------------------------------------------


def compensated(values: list[Any], start: Any) -> Any:
    """sum as CPython 3.12 and later compute it, with Neumaier's compensation."""
    total, rest = start, list(values)
    while rest and type(total) is int and abs(total) < 2**63:
        total += rest.pop(0)
    if type(total) is not float:
        return functools.reduce(operator.add, rest, total)
    error = 0.0
    for value in rest:
        new = total + value
        larger, smaller = (total, value) if abs(total) >= abs(value) else (value, total)
        error += (larger - new) + smaller
        total = new
    return total + error if error and math.isfinite(error) else total


SUMS: dict[str, Any] = {
    "floats": lambda x, y, z: ([x, y, z], 0),
    "floats and constants": lambda x, y, z: ([0.1, 0.2, x, 0.3, y, 1e16, z], 0),
    "a float to start with": lambda x, y, z: ([x, y, z], 0.1),
    "a traced float to start with": lambda x, y, z: ([0.1, 0.2, 0.3], x),
    "ints before": lambda x, y, z: ([1, True, x, y, z], 3),
    "an int of a float before": lambda x, y, z: ([2, round(0.1 * y), x, y, z], 0),
    "a large int before": lambda x, y, z: ([2**70, x, y, z], 0),
    "a bool to start with": lambda x, y, z: ([x, y, z], True),
    "a fraction to start with": lambda x, y, z: ([x, y, z], THIRD),
    "one float": lambda x, y, z: ([x], 0),
}
SUMMANDS = [
    (0.1, 0.2, 0.3),
    (1e15, 1.1, -1e15),
    (1.1, 1e15, -1e15),
    (-0.0, -0.0, -0.0),
    (1.0, -1e-17, 1e-17),
]
HUGE_SUMMANDS = [
    (math.inf, 1.0, 2.0),
    (1.0, math.inf, -math.inf),
    (1e308, 1e308, -1e308),
    (1e100, 1.0, -1e100),
    (math.nan, 1.0, 2.0),
]


@pytest.mark.parametrize("name", SUMS)
def test_sums_are_compensated_as_python_does_it(name: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(piconumpy._trace.functions, "_SUMS_ARE_COMPENSATED", True)
    terms = SUMS[name]
    jitted = jit(lambda x, y, z: sum(*terms(x, y, z)))
    for numbers in SUMMANDS + ([] if "an int" in name else HUGE_SUMMANDS):
        expected = seen(compensated(*terms(*numbers)))
        assert seen(jitted(*numbers)) == expected, numbers
        assert ran_natively(jitted, *numbers)
        if sys.implementation.name == "cpython" and sys.version_info >= (3, 12):
            assert seen(sum(*terms(*numbers))) == expected


def test_compensated_sums_of_floats_and_other_numbers_are_refused(monkeypatch: Any) -> None:
    monkeypatch.setattr(piconumpy._trace.functions, "_SUMS_ARE_COMPENSATED", True)
    assert "its bits depend on Python's version" in refusal(lambda x: sum([x, x, 1]), 0.5)
