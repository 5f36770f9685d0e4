# SPDX-License-Identifier: BSD-3-Clause
"""Random programs do the same to arrays and to NumPy's arrays, bit for bit, or raise clean errors.

After every step, everything that lives is compared: all arrays, the views of their memory, and the
buffers that took part. So an error that writes half a result shows, as does memory that is used
twice. `make fuzz` runs more programs.
"""

from __future__ import annotations

import copy
import ctypes
import operator
import os
import pickle
import sys
from functools import partial
from typing import Any, Callable

import numpy as np
from fuzz_arguments import (
    BUFFERS,
    CONTAINERS,
    Elements,
    HostileInteger,
    Memory,
    Number,
    Refused,
    any_numbers,
    array_memory,
    reach,
)
from fuzz_models import (
    ATTRIBUTES,
    METHODS,
    assign,
    clipped,
    dot,
    function_result,
    operate_on_model,
    operator_result,
    places,
    rounded,
    values_of,
)
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from support import BINARY, UNARY

import piconumpy
from piconumpy import array

IS_PYPY = sys.implementation.name == "pypy"

# What piconumpy may raise, and what hostile numbers raise.
ERRORS = (
    BufferError,
    IndexError,
    MemoryError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
    ZeroDivisionError,
)

OPERATORS: list[tuple[str, Callable[..., Any], Callable[..., Any]]] = [
    ("add", operator.add, operator.iadd),
    ("subtract", operator.sub, operator.isub),
    ("multiply", operator.mul, operator.imul),
    ("divide", operator.truediv, operator.itruediv),
    ("floor_divide", operator.floordiv, operator.ifloordiv),
    ("remainder", operator.mod, operator.imod),
    ("power", operator.pow, operator.ipow),
]
"""The name of the operation, and the operator as a function, plain and in place."""

COPIES: dict[str, Callable[[Any], Any]] = {
    "array": array,
    "list": lambda a: array(a.tolist()),
    "iterator": lambda a: array(iter(a)),
    "copy": lambda a: a.copy(),
    "slice": lambda a: a[:],
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "positive": operator.pos,
    "repr": lambda a: eval(repr(a)),
    "pickle 0": lambda a: pickle.loads(pickle.dumps(a, 0)),
    "pickle 5": lambda a: pickle.loads(pickle.dumps(a, 5)),
    "memoryview": lambda a: array(memoryview(a)),
    "np.array": lambda a: array(np.array(a)),
    "tobytes": lambda a: array(memoryview(a.tobytes()).cast("d")),
}

VIEWS: dict[str, Callable[[Any], Any]] = {
    "memoryview": memoryview,
    "np.asarray": np.asarray,
    "np.frombuffer": lambda a: np.frombuffer(a) if len(a) else np.asarray(a),
    "pickle": lambda a: memoryview(pickle.PickleBuffer(a)),
    "ctypes": lambda a: (ctypes.c_double * len(a)).from_buffer(a) if len(a) else memoryview(a),
}


# ---- strategies -------------------------------------------------------------------------------

# Most things have the length of the program, so that operations succeed.
sizes = st.sampled_from([None] * 10 + [0, 1, 2, 5, 8, 9, 61])
shifts = st.integers(0, 14)
element_kinds = st.sampled_from(list(CONTAINERS))
others = st.lists(st.tuples(st.integers(0, 7), any_numbers), max_size=2)
elements = st.tuples(element_kinds, sizes, shifts, others)
# Memory that fits, by a number. A strategy for each chance.
partners = st.one_of(st.integers(0, 7), st.integers(0, 6), st.integers(0, 5))
# Those that functions take come more often.
buffer_kinds = st.sampled_from(
    [*["bytearray", "array.array d", "array.array f", "float64", "float32"] * 3, *BUFFERS]
)
bounds = st.none() | st.integers(-12, 12) | st.sampled_from([2**70, -(2**70)])
slices = st.just(slice(None)) | st.builds(
    slice, bounds, bounds, st.sampled_from([None, None, 1, 2, -1, -3, 7, 2**70])
)
indices = st.integers(-6, 5).map(Number)
strange_indices = st.sampled_from(
    [
        Number(True),
        Number(np.int64(-1)),
        Number(HostileInteger("write"), 1.0),
        Number(HostileInteger("collect"), 1.0),
    ]
)
WRONG_KEYS = [1.0, "0", None, (0,), HostileInteger("raise"), slice(None, None, 0), 2**70, -(2**70)]
lengths = st.sampled_from(
    [0, 1, 7, 8, 9, True, np.int8(3), HostileInteger("collect"), -1, 2.5, "3", None, 2**62, 2**70]
)


def out_of_reach(thing: Any) -> Any:
    return thing.real()[0] if isinstance(thing, Elements) else thing.real


def is_ndarray(thing: Any) -> bool:
    return isinstance(thing, Memory) and isinstance(thing.real, np.ndarray)


def key_error(key: Any) -> type[BaseException]:
    if isinstance(key, HostileInteger):
        return ZeroDivisionError
    if isinstance(key, slice):
        return ValueError
    return IndexError if isinstance(key, int) else TypeError


class Programs(RuleBasedStateMachine):
    arrays = Bundle("arrays")
    buffers = Bundle("buffers")
    iterators = Bundle("iterators")
    operands = st.one_of(partners, arrays, buffers, any_numbers, elements)

    # ---- how a step is compared ---------------------------------------------------------------

    def __init__(self) -> None:
        super().__init__()
        self.memories: list[Memory] = []
        self.isa = piconumpy.set_isa(piconumpy.isa)
        self.n = 4

    def teardown(self) -> None:
        reach.arm()
        with self.isa:
            pass

    def remember(self, memory: Memory) -> Memory:
        self.memories.append(memory)
        return memory

    def size(self, size: int | None) -> int:
        return self.n if size is None else size

    def thing(self, drawn: Any, partner_of: Memory | None = None) -> Any:
        """What a draw stands for. A number means memory of the partner's type and length."""
        if isinstance(drawn, int):
            fitting = [memory for memory in self.memories if memory.fits(partner_of)]
            return fitting[drawn % len(fitting)]
        if isinstance(drawn, tuple):
            kind, size, shift, others = drawn
            return Elements(kind, self.size(size), shift, others)
        return drawn

    def real(self, thing: Any) -> Any:
        """What is passed."""
        if isinstance(thing, Elements):
            real, items = thing.real()
            reach.containers.append(items)
            return real
        return thing.real

    def run(
        self, call: Callable[[], Any], model: Callable[[], Any], *things: Any
    ) -> tuple[Any, Any] | None:
        """The two results, or None if both are errors."""
        with np.errstate(all="ignore"):
            reach.arm([thing for thing in things if isinstance(thing, Memory)], [])
            result, error = None, None
            try:
                result = call()
            except ERRORS as raised:
                error = raised
            reach.follow()
            try:
                expected = model()
            except Refused as refusal:
                assert error is not None, f"{result!r} instead of {refusal}"
                allowed = refusal.errors + (BufferError,) * bool(reach.shrunk)
                assert isinstance(error, allowed), f"{error!r} instead of {refusal}"
                return None
            if error is not None:
                raise error
            return result, expected

    def same(self, call: Callable[[], Any], model: Callable[[], Any], *things: Any) -> None:
        """Runs what has equal results of one type, nan of any payload aside."""
        results = self.run(call, model, *things)
        assert results is None or repr(results[0]) == repr(results[1])

    def checked(self, results: tuple[Any, Any] | None) -> Memory | None:
        """The array that a step has made, if it has made one."""
        if results is None:
            return None
        assert type(results[0]) is array
        memory = array_memory(*results)
        memory.check()
        return memory

    def make(
        self, call: Callable[[], Any], model: Callable[[], Any], *things: Any
    ) -> Memory | None:
        return self.checked(self.run(call, model, *things))

    def keep(self, memory: Memory | None) -> Any:
        """Adds an array to those of later steps."""
        return multiple() if memory is None else self.remember(memory)

    @invariant()
    def everything_is_as_in_numpy(self) -> None:
        for memory in self.memories:
            memory.check()

    # ---- new arrays ---------------------------------------------------------------------------

    @initialize(target=arrays, n=st.sampled_from([4, 4, 2, 3, 7, 8, 9, 17, 60, 61, 70]))
    def start(self, n: int) -> Any:
        self.n = n
        return self.new_elements(("list", n, 0, []))

    @initialize(target=buffers, kind=st.sampled_from(["bytearray", "float64"]))
    def start_buffers(self, kind: str) -> Any:
        return self.new_buffer(kind, None, 1)

    def new_elements(self, drawn: Any) -> Any:
        thing = self.thing(drawn)
        return self.keep(self.make(lambda: array(self.real(thing)), thing.values))

    @rule(target=arrays, drawn=elements)
    def array_of_elements(self, drawn: Any) -> Any:
        return self.new_elements(drawn)

    @rule(target=arrays, drawn=st.one_of(buffers, any_numbers))
    def array_of(self, drawn: Any) -> Any:
        def model() -> Any:
            if isinstance(drawn, Number):
                raise Refused(TypeError)
            return drawn.values()

        return self.keep(self.make(lambda: array(drawn.real), model, drawn))

    @rule(target=arrays, make=st.sampled_from(["zeros", "ones", "full"]), n=lengths, x=any_numbers)
    def array_by_length(self, make: str, n: Any, x: Number) -> Any:
        def model() -> Any:
            errors: list[type[BaseException]] = []
            value = {"zeros": 0.0, "ones": 1.0}.get(make)
            if value is None:
                try:
                    value = x.value()
                except Refused as refusal:
                    errors += refusal.errors
            if not hasattr(n, "__index__"):
                errors.append(TypeError)
            elif operator.index(n) < 0:
                errors.append(ValueError)
            elif operator.index(n) > 100:
                errors.append(MemoryError)
            if errors:
                raise Refused(*errors)
            return np.full(operator.index(n), value)

        function = getattr(piconumpy, make)
        arguments = (n, x.real) if make == "full" else (n,)
        return self.keep(self.make(lambda: function(*arguments), model))

    @rule(target=arrays, a=arrays, way=st.sampled_from(list(COPIES)))
    def copy(self, a: Memory, way: str) -> Any:
        return self.keep(self.make(lambda: COPIES[way](a.real), lambda: a.model, a))

    @rule(target=arrays, a=arrays, key=slices)
    def slice_of(self, a: Memory, key: slice) -> Any:
        return self.keep(self.make(lambda: a.real[key], lambda: a.model[key], a))

    # ---- operators and functions --------------------------------------------------------------

    def operator(self, named: Any, left: Any, right: Any) -> Memory | None:
        name, function, _ = named
        things = [left, right]
        results = self.run(
            lambda: function(*map(self.real, things)),
            lambda: operator_result(name, function, left, right),
            *things,
        )
        if results is not None and any(map(is_ndarray, things)):
            assert isinstance(results[0], (np.ndarray, np.generic))
            assert repr(results[0].tolist()) == repr(results[1].tolist())
            return None
        return self.checked(results)

    @rule(target=arrays, a=arrays, drawn=operands)
    def operate(self, a: Memory, drawn: Any) -> Any:
        """All operators, with the array on either side."""
        thing = self.thing(drawn, a)
        for named in OPERATORS:
            if not isinstance(thing, Number) or not isinstance(thing.real, str):  # text % anything
                self.operator(named, thing, a)
            last = self.operator(named, a, thing)
        return self.keep(last)

    def operator_in_place(self, named: Any, a: Memory, thing: Any) -> None:
        name, _, function = named
        results = self.run(
            lambda: function(a.real, self.real(thing)),
            lambda: operate_on_model(name, a, thing),
            a,
            thing,
        )
        assert results is None or results[0] is a.real

    @rule(a=arrays, drawn=operands)
    def operate_in_place(self, a: Memory, drawn: Any) -> None:
        thing = self.thing(drawn, a)
        for named in OPERATORS:
            self.operator_in_place(named, a, thing)

    @rule(a=arrays)
    def operate_alone(self, a: Memory) -> None:
        self.make(lambda: -a.real, lambda: -a.model, a)
        self.make(lambda: +a.real, lambda: +a.model, a)
        self.make(lambda: abs(a.real), lambda: abs(a.model), a)

    @rule(a=arrays, drawn=operands)
    def order(self, a: Memory, drawn: Any) -> None:
        """Arrays have no order; NumPy's arrays answer for themselves."""
        thing = self.thing(drawn, a)

        def model() -> None:
            own = thing.meaning if isinstance(thing, Number) else None
            raise Refused(TypeError, *([own] if isinstance(own, type) else []))

        if not is_ndarray(thing):
            self.run(lambda: a.real < self.real(thing), model, a, thing)
            self.run(lambda: self.real(thing) >= a.real, model, a, thing)

    def function(self, name: str, inputs: list[Any], out: Any, by_name: bool) -> None:
        def call() -> Any:
            real = [self.real(thing) for thing in inputs]
            if out is None:
                return getattr(piconumpy, name)(*real)
            if by_name:
                return getattr(piconumpy, name)(*real, out=self.real(out))
            return getattr(piconumpy, name)(*real, self.real(out))

        results = self.run(call, lambda: function_result(name, inputs, out), *inputs, out)
        if results is not None and isinstance(results[1], float):
            assert type(results[0]) is float
            assert repr(results[0]) == repr(results[1])
        elif out is None:
            self.checked(results)
        else:
            assert results is None or results[0] is out.real

    @rule(
        a=st.one_of(arrays, buffers), b=operands, out=st.none() | operands, is_other=st.booleans()
    )
    def call(self, a: Memory, b: Any, out: Any, is_other: bool) -> None:
        """All functions."""
        other, output = self.thing(b, a), self.thing(out, a)
        if isinstance(output, Number) and output.real is None:
            output = None
        for name in BINARY:
            self.function(name, [other, a] if is_other else [a, other], output, is_other)
        for name in UNARY:
            self.function(name, [other if is_other else a], output, is_other)

    # ---- items and slices ---------------------------------------------------------------------

    @rule(a=arrays, index=indices | strange_indices)
    def read(self, a: Memory, index: Number) -> None:
        def model() -> Any:
            i = int(index.meaning)
            if not -len(a.model) <= i < len(a.model):
                raise Refused(IndexError)
            return float(a.model[i])

        self.same(lambda: a.real[index.real], model, a)

    @rule(a=arrays, key=st.sampled_from(WRONG_KEYS), x=any_numbers)
    def use_wrong_key(self, a: Memory, key: Any, x: Number) -> None:
        def model() -> None:
            errors = () if not isinstance(x.meaning, type) else (x.meaning,)
            raise Refused(key_error(key), *errors)

        self.run(lambda: a.real[key], model, a)
        self.run(lambda: operator.setitem(a.real, key, x.real), model, a)

    @rule(a=arrays, index=indices | strange_indices, drawn=any_numbers | buffers | elements)
    def write(self, a: Memory, index: Number, drawn: Any) -> None:
        thing = self.thing(drawn)
        i = int(index.meaning)

        def model() -> None:
            errors: tuple[type[BaseException], ...] = ()
            if not -len(a.model) <= i < len(a.model):
                errors = (IndexError,)
            try:
                value = values_of(thing)
            except Refused as refusal:
                errors += refusal.errors
            else:
                if not isinstance(value, float):
                    errors += (TypeError,)
            if errors:
                raise Refused(TypeError, *errors)
            a.model[i] = value

        self.run(lambda: operator.setitem(a.real, index.real, self.real(thing)), model, a, thing)

    @rule(a=arrays, key=slices, drawn=operands)
    def write_slice(self, a: Memory, key: slice, drawn: Any) -> None:
        thing = self.thing(drawn)
        self.run(
            lambda: operator.setitem(a.real, key, self.real(thing)),
            lambda: assign(a.model[key], values_of(thing)),
            a,
            thing,
        )

    # ---- other memory -------------------------------------------------------------------------

    @rule(target=buffers, kind=buffer_kinds, size=sizes, shift=shifts)
    def new_buffer(self, kind: str, size: int | None, shift: int) -> Memory:
        return self.remember(BUFFERS[kind](self.size(size), shift))

    @rule(target=buffers, a=arrays, way=st.sampled_from(list(VIEWS)))
    def view(self, a: Memory, way: str) -> Memory:
        return self.remember(Memory(VIEWS[way](a.real), a.model))

    @rule(target=buffers, buffer=buffers, key=slices)
    def view_of_view(self, buffer: Memory, key: slice) -> Any:
        if not buffer.is_view() or buffer.model.ndim == 0 or buffer.is_released:
            return multiple()
        if IS_PYPY and isinstance(buffer.real, memoryview) and not buffer.model.flags.c_contiguous:
            return multiple()  # PyPy's slices of a slice with a step have other numbers
        buffer.shrink = None
        return self.remember(
            Memory(buffer.real[key], buffer.model[key], is_readonly=buffer.is_readonly)
        )

    @rule(buffer=buffers, i=st.integers(0, 100), x=st.floats(width=16))
    def write_into_buffer(self, buffer: Memory, i: int, x: float) -> None:
        model = buffer.model
        if model.ndim == 1 and model.size and model.dtype.kind == "f" and not buffer.is_readonly:
            buffer.real[i % len(model)] = model[i % len(model)] = x

    @precondition(lambda self: len(self.memories) > 4)
    @rule(a=consumes(arrays))
    def drop(self, a: Memory) -> None:
        """Views of the memory may live on."""
        self.memories.remove(a)
        a.real = None

    # ---- everything else ----------------------------------------------------------------------

    @rule(a=arrays, b=st.one_of(arrays, buffers, any_numbers))
    def compare(self, a: Memory, b: Any) -> None:
        if isinstance(b, Memory) and b.is_view():
            return  # ndarray and memoryview answer themselves
        are_equal = (
            isinstance(b, Memory)
            and b.is_array
            and len(a.model) == len(b.model)
            and bool(np.all(a.model == b.model))
        )
        assert (a.real == b.real) is are_equal
        assert (a.real != b.real) is not are_equal

    @rule(a=arrays, x=any_numbers)
    def look_for(self, a: Memory, x: Number) -> None:
        def first() -> int:
            for place in places(a.model, x):
                return place
            raise Refused(ValueError)

        self.same(lambda: x.real in a.real, lambda: bool(places(a.model, x)), a)
        self.same(lambda: a.real.count(x.real), lambda: len(places(a.model, x)), a)
        self.same(lambda: a.real.index(x.real), first, a)

    @rule(a=arrays)
    def ask(self, a: Memory) -> None:
        """All methods without arguments, and all attributes."""
        for name, method in METHODS.items():
            self.same(getattr(a.real, name), partial(method, a.model))
        for name, attribute in ATTRIBUTES.items():
            self.same(partial(getattr, a.real, name), partial(attribute, a.model))
        assert a.real.T is a.real

    @rule(a=arrays, drawn=operands)
    def multiply_as_vectors(self, a: Memory, drawn: Any) -> None:
        thing = self.thing(drawn, a)
        model = partial(dot, a.model, thing)
        self.same(lambda: a.real.dot(self.real(thing)), model, a, thing)
        if isinstance(thing, Memory) and thing.is_array:
            self.same(lambda: a.real @ thing.real, model, a, thing)

    @rule(a=arrays, drawn=any_numbers | buffers)
    def fill(self, a: Memory, drawn: Any) -> None:
        def model() -> None:
            value = values_of(drawn)
            if not isinstance(value, float):
                raise Refused(TypeError)
            a.model[:] = value

        self.run(lambda: a.real.fill(drawn.real), model, a, drawn)

    @rule(target=arrays, a=arrays, least=operands, most=operands)
    def clip(self, a: Memory, least: Any, most: Any) -> Any:
        bounds = [self.thing(least, a), self.thing(most, a)]
        return self.keep(
            # NumPy reads one bound after the other has been used. So hostile numbers reach nothing.
            self.make(
                lambda: a.real.clip(*map(out_of_reach, bounds)), lambda: clipped(a.model, bounds)
            )
        )

    @rule(target=arrays, a=arrays, digits=st.none() | st.integers(-3, 5))
    def round(self, a: Memory, digits: int | None) -> Any:
        return self.keep(self.make(lambda: round(a.real, digits), lambda: rounded(a.model, digits)))

    @rule(a=arrays)
    def describe(self, a: Memory) -> None:
        assert len(a.real) == len(a.model)
        assert bool(a.real) is (len(a.model) > 0)
        assert repr([*reversed(a.real)]) == repr(a.model[::-1].tolist())
        assert str(a.real) == repr(a.real)

    @rule(target=iterators, a=arrays)
    def iterate(self, a: Memory) -> Any:
        return [iter(a.real), a.model, 0]

    @rule(iterator=iterators, steps=st.integers(1, 20))
    def advance(self, iterator: Any, steps: int) -> None:
        """The array may have changed since, and may live in the iterator only."""
        iterating, model, position = iterator
        for _ in range(steps):
            left = max(len(model) - position, 0)
            assert operator.length_hint(iterating) == left
            value = next(iterating, None)
            assert repr(value) == (repr(float(model[position])) if left else "None")
            position += 1
        iterator[2] = position

    @rule(isa=st.sampled_from(piconumpy.available_isas()))
    def choose_isa(self, isa: str) -> None:
        piconumpy.set_isa(isa)


# What `make test` has time for; PyPy compiles the fuzzer first. `make fuzz` asks for more.
PROGRAMS = int(os.environ.get("FUZZ_EXAMPLES", "500"))
STEPS = int(os.environ.get("FUZZ_STEPS", "3" if IS_PYPY else "10"))


# Hypothesis remembers a program, in some 200 kB, until its run ends.
PROGRAMS_OF_A_RUN = 500


def test_programs_do_as_numpy_does() -> None:
    for done in range(0, PROGRAMS, PROGRAMS_OF_A_RUN):
        run_state_machine_as_test(
            Programs,
            settings=settings(
                max_examples=min(PROGRAMS_OF_A_RUN, PROGRAMS - done),
                stateful_step_count=STEPS,
                suppress_health_check=list(HealthCheck),
            ),
        )
