# SPDX-License-Identifier: BSD-3-Clause
"""What a function reads from outside while it is traced, and the guards that notice changes.

A function is traced through a copy with the same code. The globals, closure cells, and defaults of
the copy are what stands for the original ones: floats and the like are themselves, functions become
traced copies or replacements, containers become copies of themselves, other objects let attributes
be read. Each of them leaves a guard. A guard is a tuple (kind, holder, key, expected):

- ``item``: the dict `holder` has the object `expected` at `key`, or ABSENT.
- ``cell``: so has the closure cell `holder`.
- ``code``: the function `holder` has this code, these defaults, and these keyword defaults.
- ``list``: the list or deque `holder` has the items `expected`, a tuple.
- ``dict``: the dict `holder` has the keys and values `expected`, a tuple of them in turn.
- ``attribute``: the attribute `key` of `holder` is `expected`.
- ``method``: it is a method of `holder` whose function is `expected`.
- ``buffer``: the memory of `holder` has the bytes `expected`.
- ``type``: the type of `holder` is `expected`.
"""

from __future__ import annotations

import abc
import builtins
import collections
import dis
import enum
import functools
import inspect
import operator
import struct
import sys
import types
from collections.abc import Iterator
from typing import Any, Callable

from . import arrays
from .classes import is_makeable, traced_class
from .functions import REPLACEMENTS, SAFE, Refused
from .numbers import Number, Truth
from .objects import (
    ABSENT,
    StandingObject,
    has_hook,
    inherited_from,
    is_known_by_identity,
    is_python_function,
    real_of,
    special,
    standing_for,
    title,
)
from .tape import (
    IS_PYPY,
    MARK,
    Refusal,
    Tape,
    is_overflow,
    is_raised_by_statement,
    pending_refusal,
    place_in,
    refusals,
    refuse,
)

__all__ = [
    "ABSENT",
    "Guard",
    "Outside",
    "TracedFunction",
    "are_same",
    "contents_of",
    "holds",
    "items_of",
    "unwrapped",
]

Guard = tuple[str, Any, Any, Any]

MAX_DEPTH = 300
"""Of calls within calls. PyPy crashes now and then where the stack has no room left."""

MAX_ITEMS = 1000  # of one container, as each is compared in each call


_IMMUTABLE = (
    type(None),
    bool,
    int,
    float,
    complex,
    str,
    bytes,
    range,
    type(Ellipsis),
    type(NotImplemented),
)

_ENUM = {name: vars(enum.Enum)[name] for name in ("name", "value")}
"""The properties that read the name and the value of a member of an Enum."""

_UNION: Any = getattr(types, "UnionType", ())
_IS_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: its bases can be changed
_TESTS_OF_TYPE = [vars(type)[name] for name in ("__instancecheck__", "__subclasscheck__")]


class _Registrations:
    """How often a class was registered as a subclass of an abstract one."""

    @property
    def count(self) -> object:
        return abc.get_cache_token()


_registrations = _Registrations()

# ---- guards -------------------------------------------------------------------------------------


def _same(new: Any, old: Any) -> bool:
    """Whether a value that is another object means the same to a trace."""
    if new is old:
        return True
    if type(new) is not type(old):
        return False
    if type(new) in (float, complex):
        return repr(new) == repr(old)
    if type(new) in (int, str, bytes, range):
        return bool(new == old)
    if type(new) is tuple:
        return len(new) == len(old) and all(map(_same, new, old))
    if type(new) is types.MethodType:  # made anew when it is read
        return new.__func__ is old.__func__ and new.__self__ is old.__self__
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(new, numpy.generic):
        return False
    is_same: bool = new.dtype == old.dtype and repr(new) == repr(old)
    return is_same


def _has_cache(function: Any) -> bool:
    """Whether it is made by functools.lru_cache, in C or in Python."""
    is_kind = isinstance(function, types.FunctionType) or not isinstance(function, type)
    return is_kind and all(
        callable(inspect.getattr_static(function, name, None))
        for name in ("cache_info", "cache_clear", "__wrapped__")
    )


def _has_method(thing: Any, name: str) -> bool:
    return is_python_function(inspect.getattr_static(thing, name, None))


def _is_of_numpy(value: Any) -> bool:
    """Whether a value is a module, function, type, scalar, or array of NumPy."""
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return False
    if issubclass(type(value), (numpy.ndarray, numpy.generic, numpy.ufunc)):
        return True
    if has_hook(value):
        return False
    module = getattr(value, "__module__", None) or getattr(value, "__name__", None)
    return isinstance(module, str) and module.partition(".")[0] == "numpy"


def _cell(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return ABSENT


def _code_of(function: Any) -> tuple[Any, ...]:
    return function.__code__, function.__defaults__, function.__kwdefaults__


def bytes_of(holder: Any) -> tuple[str, Any, bytes]:
    view = memoryview(holder)
    return view.format, view.shape, view.tobytes()


def holds(guard: Guard) -> bool:
    """Whether what a guard watches is as it was."""
    kind, holder, key, expected = guard
    if kind == "item":
        return _same(holder.get(key, ABSENT), expected)
    if kind == "cell":
        return _same(_cell(holder), expected)
    if kind == "code":
        return all(map(_same, _code_of(holder), expected))
    if kind == "list":
        return len(holder) == len(expected) and all(map(_same, holder, expected))
    if kind == "dict":
        items = tuple(part for item in holder.items() for part in item)
        return len(items) == len(expected) and all(map(_same, items, expected))
    if kind == "buffer":
        return bool(bytes_of(holder) == expected)
    if kind == "type":
        return type(holder) is expected
    value = getattr(holder, key, ABSENT)
    if kind == "method":
        is_bound = getattr(value, "__self__", ABSENT) is holder
        return is_bound and getattr(value, "__func__", ABSENT) is expected
    return _same(value, expected)


# ---- functions ----------------------------------------------------------------------------------

_FORBIDDEN = {
    "STORE_GLOBAL": "assigning to a global variable",
    "DELETE_GLOBAL": "deleting a global variable",
    "YIELD_VALUE": "a generator",
    "GET_AWAITABLE": "await",
    "BEFORE_ASYNC_WITH": "async with",
    "DELETE_DEREF": "deleting a variable of an enclosing function",
    "DELETE_ATTR": "deleting an attribute",
    "LOAD_BUILD_CLASS": "making a class",
}
_OPCODES = {
    dis.opmap[name]: name
    for name in (*_FORBIDDEN, "STORE_DEREF", "IS_OP", "MATCH_CLASS")
    if name in dis.opmap
}
_CLEAN_UP = {dis.opmap[name] for name in ("SETUP_FINALLY", "SETUP_WITH") if name in dis.opmap}
_HAS_WIDE_CODE = not IS_PYPY and sys.version_info >= (3, 11)


def _instructions(code: types.CodeType) -> Iterator[tuple[int, str, int]]:
    """Offset, name, and argument of each. The module dis of PyPy fails at variables of cells."""
    argument = 0
    for offset in range(0, len(code.co_code), 2):
        name = dis.opname[code.co_code[offset]]
        argument = argument << 8 | code.co_code[offset + 1]
        if name == "EXTENDED_ARG":
            continue
        if name != "CACHE":
            yield offset, name, argument
        argument = 0


class _Operand:
    """What an instruction loads, as far as the code tells.

    Attributes
    ----------
    is_local : bool
        Whether it is a local variable.
    is_known : bool
        Whether it is a constant or has a name outside, or is an attribute of something.
    value : object
        The value; ABSENT if it is not known.
    """

    def __init__(self, is_local: bool = False, is_known: bool = False, value: Any = ABSENT) -> None:
        self.is_local = is_local
        self.is_known = is_known
        self.value = value


class _Reader:
    """Follows what the instructions of a function load from outside."""

    def __init__(
        self, code: types.CodeType, names: dict[str, Any], variables: dict[str, Any]
    ) -> None:
        self._code = code
        self._names = names
        self._variables = variables

    def after(self, operand: _Operand, name: str, argument: int) -> _Operand:
        """What an instruction loads, given what the one before has loaded."""
        code = self._code
        if name == "LOAD_CONST":
            return _Operand(is_known=True, value=code.co_consts[argument])
        if name == "LOAD_GLOBAL":
            key = code.co_names[argument >> 1 if _HAS_WIDE_CODE else argument]
            return _Operand(is_known=True, value=self._names.get(key, ABSENT))
        if name == "LOAD_DEREF":
            first = _first_free(code)
            is_free = argument >= first
            key = code.co_freevars[argument - first] if is_free else ""
            return _Operand(is_known=True, value=self._variables.get(key, ABSENT))
        if name == "LOAD_ATTR":
            is_long = not IS_PYPY and sys.version_info >= (3, 12)
            key = code.co_names[argument >> 1 if is_long else argument]
            is_static = isinstance(operand.value, (type, types.ModuleType))
            value = inspect.getattr_static(operand.value, key, ABSENT) if is_static else ABSENT
            return _Operand(is_known=True, value=value)
        return _Operand(is_local=name in ("LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_BORROW"))


def _first_free(code: types.CodeType) -> int:
    """The number that instructions give to the first variable of an enclosing function."""
    if _HAS_WIDE_CODE:
        return len({*code.co_varnames, *code.co_cellvars})
    return len(code.co_cellvars)


def _has_identity(value: Any) -> bool:
    """Whether what stands for a value is one object if the value is."""
    if value is None or value is Ellipsis or value is NotImplemented:
        return True
    kinds = (*_IMMUTABLE, list, dict, collections.deque, arrays.ARRAY)
    is_array = _is_of_numpy(value) and not isinstance(value, (type, types.ModuleType))
    return type(value) not in kinds and not isinstance(value, tuple) and not is_array


def _wrong_identity(left: _Operand, right: _Operand) -> str | None:
    """Why ``left is right`` can't be traced."""
    named = left if right.is_local and left.value is not ABSENT else right
    if not named.is_known:
        return "`is` between two values"
    if named.value is not ABSENT and not _has_identity(named.value):
        return f"`is` with {named.value if type(named.value) is bool else 'a value: write =='}"
    return None


def _is_pattern(value: Any) -> bool:
    """Whether a class may be that of a pattern, as it stands for itself."""
    return isinstance(value, type) and hasattr(value, "_make")


# Attributes that tell what stands for an object from the object.
_HIDDEN = {"__class__", "__dict__", "__doc__", "__module__", "__slots__"}


def _check_code(
    code: types.CodeType,
    names: dict[str, Any],
    variables: dict[str, Any],
    is_inner: bool = False,
) -> None:
    """Refuses code that changes what is outside, or that meets what has no stand-in.

    names, variables: the globals, and the variables of enclosing functions, with their values.
    """
    found = _OPCODES.keys() & set(code.co_code[::2])
    if found:
        reader = _Reader(code, names, variables)
        before, last = _Operand(), _Operand()
        for offset, name, argument in _instructions(code):
            what = _FORBIDDEN.get(name)
            if name == "YIELD_VALUE":
                what = None  # an inner generator only runs as far as this function asks it to
            if name == "STORE_DEREF" and not is_inner and argument >= _first_free(code):
                what = "assigning to a variable of an enclosing function"
            if name == "IS_OP":
                what = _wrong_identity(before, last)
            if name == "MATCH_CLASS" and not _is_pattern(before.value):
                what = "`case` with a class can't be traced: test with isinstance"
            if what is not None:
                where = place_in(code, _line_of(code, offset))
                refuse(what if ": " in what else f"{what} can't be traced", where)
            operand = reader.after(last, name, argument)
            before, last = last if name != "LOAD_ATTR" else before, operand
    hidden = _HIDDEN & set(code.co_names)
    where = place_in(code, code.co_firstlineno)
    if hidden:
        name = min(hidden)
        advice = ": write type(x)" if name == "__class__" else ""
        refuse(f"the attribute {name!r} can't be traced{advice}", where)
    if IS_PYPY and code.co_flags & inspect.CO_GENERATOR and _CLEAN_UP & set(code.co_code[::2]):
        refuse("a generator with try or with can't be traced: PyPy ends it later", where)
    if code.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        refuse("a coroutine can't be traced", where)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            # An inner function may assign to variables of the traced one, but not to those beyond.
            is_own = not set(constant.co_freevars) & set(code.co_freevars)
            _check_code(constant, names, variables, is_inner=is_own)


def _line_of(code: types.CodeType, offset: int) -> int:
    lines = [line for start, line in dis.findlinestarts(code) if start <= offset and line]
    return lines[-1] if lines else code.co_firstlineno


def _names(code: types.CodeType) -> set[str]:
    """The names that code may look up in its globals, with those of its inner functions."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _names(constant)
    return names


class TracedFunction:
    """Stands for a Python function: calls a traced copy of it."""

    def __init__(self, outside: Outside, function: types.FunctionType) -> None:
        self._outside = outside
        self._function = function

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self._outside.require_open()
        if self._outside.depth == MAX_DEPTH:
            refuse(f"recursion without end, or by data: {MAX_DEPTH} calls within calls")
        self._outside.depth += 1
        try:
            if self._outside.merges and not options:
                from . import merged

                return merged.call(self._outside, self._function, arguments)
            return self._outside.copy_of(self._function)(*arguments, **options)
        except (RecursionError, TypeError) as error:
            if is_overflow(error):
                self._outside.has_overflowed |= not is_raised_by_statement(error)
            raise
        finally:
            self._outside.depth -= 1

    @property
    def __name__(self) -> str:
        name = self._function.__name__
        self._outside.add("attribute", self._function, "__name__", name)
        return name

    def __repr__(self) -> str:
        return repr(self._function)

    def __getattr__(self, name: str) -> Any:
        refuse(f"the attribute {name!r} of the function {self._function.__qualname__}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") and name in ("_outside", "_function"):
            object.__setattr__(self, name, value)
        else:
            refuse(f"setting the attribute {name!r} of the function {self._function.__qualname__}")


def _wrapped_by(thing: Any) -> Any:
    """The function that jit has made a thing of; None for other things, whatever they answer."""
    is_made = special(thing, "__piconumpy_wrapped__") is not ABSENT
    return thing.__piconumpy_wrapped__ if is_made else None


def _is_plain_partial(thing: Any) -> bool:
    """Whether it is a functools.partial, or of a class derived from it with the same calls."""
    return (
        issubclass(type(thing), functools.partial)
        and special(thing, "__call__") is vars(functools.partial)["__call__"]
    )


def unwrapped(function: Any) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """The Python function that a callable runs, and the arguments that it adds.

    Takes functions, bound methods, functools.partial, objects with ``__call__``, and what jit made
    of them. Raises TypeError for everything else.
    """
    first: tuple[Any, ...] = ()
    keywords: dict[str, Any] = {}
    for _ in range(100):
        inner = _wrapped_by(function)
        if inner is not None:
            function = inner
        elif _is_plain_partial(function):
            first = (*function.args, *first)
            keywords = {**function.keywords, **keywords}
            function = function.func
        elif isinstance(function, types.MethodType):
            first = (function.__self__, *first)
            function = function.__func__
        elif is_python_function(function):
            return function, first, keywords
        elif not isinstance(function, type) and is_python_function(special(function, "__call__")):
            first = (function, *first)
            function = special(function, "__call__")
        else:
            break
    raise TypeError(
        f"jit takes a Python function, a method, a partial, or an object with a __call__ in "
        f"Python, not {type(function).__name__}"
    )


# ---- what is outside ----------------------------------------------------------------------------


class Outside:
    """All that one trace reads from outside.

    Attributes
    ----------
    guards : list of Guard
        What must be as it was for the trace to be right.
    merges : bool
        Whether the paths of a function meet where it returns.
    tape : Tape or None
        That of the path that runs.
    merged : dict
        What merged.py knows of functions.
    depth : int
        How many calls of traced functions are active.
    has_overflowed : bool
        Whether a function that was called had no stack left.
    is_open : bool
        Whether the trace still runs.
    """

    def __init__(self) -> None:
        self.merges = False
        self.tape: Tape | None = None
        self.merged: dict[Any, Any] = {}
        self.has_overflowed = False
        self.depth = 0
        self.is_open = True
        self._guards: dict[Any, Guard] = {}
        self._standing: dict[int, Any] = {}
        self._supers: dict[tuple[int, int], Any] = {}
        self._kept: list[Any] = []  # so that no id is given to another object
        self._copies: dict[int, Callable[..., Any]] = {}
        self._snapshots: list[tuple[Any, Any, Any]] = []

    @property
    def guards(self) -> list[Guard]:
        return list(self._guards.values())

    def add(self, kind: str, holder: Any, key: Any, expected: Any) -> None:
        """Adds a guard, unless it is there."""
        self._guards.setdefault((kind, id(holder), key), (kind, holder, key, expected))

    def require_open(self) -> None:
        """Refuses the use of what stands for something after the trace."""
        if not self.is_open:
            refuse("what stands for an object while a function is traced was kept and is used now")

    def add_wrapping(self, function: Any) -> None:
        """Guards what `unwrapped` reads of a callable."""
        while not isinstance(function, types.FunctionType):
            inner = _wrapped_by(function)
            if inner is not None:
                function = inner
            elif _is_plain_partial(function):
                for name in ("func", "args", "keywords"):  # which __setstate__ replaces
                    self.add("attribute", function, name, getattr(function, name))
                items = tuple(part for item in function.keywords.items() for part in item)
                self.add("dict", function.keywords, None, items)
                function = function.func
            elif isinstance(function, types.MethodType):
                function = function.__func__
            else:
                self.add_class(function)
                call = type(function).__call__
                self.add("attribute", type(function), "__call__", call)
                function = call

    def original(self, value: Any) -> Any:
        """The object that a value stands for; ABSENT if it is of the function's own making."""
        for stands, _, real in self._snapshots:
            if stands is value:
                return real
        if isinstance(value, StandingObject):
            return real_of(value)
        if type(value) is TracedFunction:
            return value._function
        return ABSENT

    def note_copy(self, standing: Any, items: list[Any], value: Any) -> None:
        """Notes what stands for a container, with its items, which the function must not change."""
        self._snapshots.append((standing, items, value))

    def check_unchanged(self) -> None:
        """Refuses a function that has changed a container outside."""
        for stands, before, real in self._snapshots:
            now = items_of(stands)
            if len(now) != len(before) or any(
                a is not b and not (isinstance(a, tuple) and all(map(operator.is_, a, b)))
                for a, b in zip(now, before)
            ):
                name = type(real).__name__
                refuse(f"the function changes a {name} that was made outside of it")

    def note_class(self, cls: type, standing: type) -> None:
        """Notes what stands for a class, before it is complete."""
        self._standing[id(cls)] = standing

    def add_class(self, thing: Any) -> None:
        """Guards the class of an object."""
        self.add("type", thing, None, type(thing))

    def add_subclass_test(self, cls: type, base: Any) -> None:
        """Guards the answer of ``issubclass(cls, base)``, or refuses if user code gives it."""
        for kind in cls.__mro__:
            if kind.__flags__ & _IS_HEAP_TYPE and kind is not arrays.ARRAY:
                self.add("attribute", kind, "__bases__", kind.__bases__)
        for one in getattr(base, "__args__", ()) if isinstance(base, _UNION) else (base,):
            hooks = [special(one, name) for name in ("__instancecheck__", "__subclasscheck__")]
            if hooks in ([ABSENT, ABSENT], _TESTS_OF_TYPE):
                continue
            hook = inspect.getattr_static(one, "__subclasshook__", None)
            home = getattr(getattr(hook, "__func__", None), "__module__", "")
            is_known = hook is vars(object)["__subclasshook__"] or home == "collections.abc"
            if type(one) is not abc.ABCMeta or not is_known:
                refuse(f"isinstance or issubclass with {title(one)}, which decides it by itself")
            self.add("attribute", _registrations, "count", _registrations.count)

    # ---- values ---------------------------------------------------------------------------------

    def watch(self, value: Any) -> Any:
        """What stands for a value from outside, whose place is guarded by the caller."""
        if type(value) in _IMMUTABLE:
            return value
        key = id(value)
        if key in self._standing:
            return self._standing[key]
        self._kept.append(value)
        if key in SAFE:
            standing = value
        elif key in REPLACEMENTS:
            standing = REPLACEMENTS[key]
        else:
            standing = self._new(value)
        self._standing[key] = standing
        return standing

    def _new(self, value: Any) -> Any:
        if type(value) in (Number, Truth):
            refuse("a traced number of an earlier call was kept and is used now: it has no value")
        if special(value, "__class__") is not vars(object)["__class__"]:
            refuse(
                f"an object of type {type(value).__qualname__}, which has a __class__ of its own"
            )
        if _is_of_numpy(value):
            return self._of_numpy(value)
        if issubclass(type(value), types.ModuleType):
            return standing_for(self, value)
        if type(value) is tuple or (isinstance(value, tuple) and hasattr(type(value), "_make")):
            if getattr(value, "__dict__", None):
                refuse(f"{title(value)} with attributes beside its fields")
            items = [self.watch(item) for item in tuple.__iter__(value)]
            kind: Any = self.watch(type(value)) if type(value) is not tuple else tuple
            return tuple.__new__(kind, items)
        if type(value) in (list, dict, collections.deque):
            return self._snapshot(value)
        if type(value) is frozenset:
            if all(type(item) in _IMMUTABLE for item in value):
                return value
            refuse("a frozenset of other things than numbers and strings")
        if type(value) is arrays.ARRAY:
            memory = bytes_of(value)
            self.add("buffer", value, None, memory)
            numbers = list(struct.unpack(f"{len(memory[2]) // 8}d", memory[2]))
            standing = arrays.TracedArray(numbers, is_fixed=True)
            self.note_copy(standing, list(standing.items), value)
            return standing
        if _has_cache(value):
            return Refused(
                f"{value.__name__}, which has functools.lru_cache or cache,",
                "what the cache holds can't be watched. Remove it, or call the function before",
            )
        if is_python_function(value):
            return TracedFunction(self, value)
        return self._callable(value)

    def _callable(self, value: Any) -> Any:
        if is_makeable(value):
            return traced_class(self, value)
        if isinstance(value, (types.BuiltinFunctionType, types.FunctionType, type(str.join))):
            return Refused(getattr(value, "__qualname__", repr(value)))
        if isinstance(value, type) and value.__module__ == "builtins":
            return Refused(value.__qualname__)
        if isinstance(value, types.MethodType):
            method = value.__func__
            if isinstance(method, types.FunctionType) and not is_python_function(method):
                return Refused(method.__qualname__)  # of a builtin type of PyPy
        if not isinstance(value, type):
            try:
                function, first, keywords = unwrapped(value)
            except TypeError:
                pass
            else:
                if function is not value and not isinstance(value, types.MethodType):
                    if _wrapped_by(value) is not None or _is_plain_partial(value):
                        self.add_wrapping(value)
                        return self._with_arguments(function, first, keywords)
                elif isinstance(value, types.MethodType):
                    return self._with_arguments(function, first, keywords)
        return standing_for(self, value)

    def _with_arguments(self, function: Any, first: tuple[Any, ...], keywords: Any) -> Any:
        inner = self.watch(function)
        standing = tuple(self.watch(argument) for argument in first)
        options = {name: self.watch(argument) for name, argument in keywords.items()}
        return functools.partial(inner, *standing, **options) if first or keywords else inner

    def _of_numpy(self, value: Any) -> Any:
        from . import numpy_functions

        numpy_functions.fill_tables()
        if id(value) in REPLACEMENTS:
            return REPLACEMENTS[id(value)]
        import numpy

        if isinstance(value, numpy.ndarray):
            return numpy_functions.constant_array(self, value)
        if isinstance(value, numpy.generic):
            return value
        if isinstance(value, types.ModuleType):
            return standing_for(self, value)
        return Refused(f"numpy.{getattr(value, '__name__', type(value).__name__)}")

    def _snapshot(self, value: Any) -> Any:
        if len(value) > MAX_ITEMS:
            refuse(
                f"a {type(value).__name__} of {len(value)} items outside of the function: at most "
                f"{MAX_ITEMS} can be watched for changes. Pass what is needed as an argument"
            )
        standing: Any
        # It is read once: another thread may change it meanwhile.
        if type(value) is not dict:
            items = tuple(value)
            self.add("list", value, None, items)
            standing = [] if type(value) is list else collections.deque(maxlen=value.maxlen)
            self._standing[id(value)] = standing  # for a list that holds itself
            standing.extend(self.watch(item) for item in items)
            self.note_copy(standing, list(standing), value)
        else:
            pairs = tuple(value.items())
            self.add("dict", value, None, tuple(part for item in pairs for part in item))
            standing = {}
            self._standing[id(value)] = standing
            standing.update((self.key(key), self.watch(item)) for key, item in pairs)
            self.note_copy(standing, list(standing.items()), value)
        return standing

    def key(self, value: Any) -> Any:
        """What stands for a key of a dict."""
        is_plain = all(type(x) in _IMMUTABLE for x in (value if type(value) is tuple else [value]))
        if not is_plain and not is_known_by_identity(value):
            refuse(
                "a dict whose keys are other things than numbers, strings, tuples of them, and "
                "objects that equal only themselves"
            )
        return self.watch(value)

    # ---- attributes -----------------------------------------------------------------------------

    def attribute(self, thing: Any, name: str, standing: Any) -> Any:
        """What stands for an attribute of an object, a class, or a module."""
        self.require_open()
        if issubclass(type(thing), types.ModuleType):
            return self._attribute_of_module(thing, name)
        cls = thing if isinstance(thing, type) else type(thing)
        if cls is thing and name in ("__name__", "__qualname__"):
            self.add("attribute", thing, name, getattr(thing, name))
            return getattr(thing, name)
        if has_hook(thing) or (name.startswith("__") and not _has_method(thing, name)):
            refuse(f"the attribute {name!r} of {title(thing)}")
        if isinstance(thing, enum.EnumMeta) and name in thing._member_map_:
            members = thing._member_map_
            self.add("item", members, name, members[name])
            return self.watch(members[name])
        static = inspect.getattr_static(thing, name, ABSENT)
        if static is ABSENT:
            if hasattr(thing, name):  # a proxy
                refuse(f"the attribute {name!r} of {title(thing)}")
            self.add("attribute", thing, name, ABSENT)
            raise AttributeError(f"{cls.__name__!r} object has no attribute {name!r}")
        if type(static) is property and cls is not thing:
            self.add_class(thing)
            self.add("attribute", cls, name, static)
            if not isinstance(static.fget, types.FunctionType):
                refuse(f"the property {name!r} of {title(thing)}")
            return self.watch(static.fget)(standing)
        if isinstance(static, functools.cached_property) and cls is not thing:
            refuse(
                f"the cached_property {name!r} of {title(thing)} has no value yet: read it before"
            )
        is_own = static is _ENUM.get(name) or _wrapped_by(static) is not None
        is_in_class = cls is thing or special(thing, name) is static
        if is_in_class and not is_own and is_python_function(special(static, "__get__")):
            refuse(f"the attribute {name!r} of {title(thing)}, whose descriptor is the user's")
        value = getattr(thing, name)
        if static is _ENUM.get(name) and isinstance(thing, enum.Enum):
            self.add("attribute", thing, name, value)
            return self.watch(value)
        if isinstance(value, types.MethodType):
            if value.__self__ is thing:
                self.add("method", thing, name, value.__func__)
                return functools.partial(self.watch(value.__func__), standing)
            self.add("attribute", thing, name, value)
            return functools.partial(self.watch(value.__func__), self.watch(value.__self__))
        if type(static) is staticmethod or value is static:
            self.add("attribute", thing, name, value)
            return self.watch(value)
        if isinstance(static, types.MemberDescriptorType):  # of __slots__
            self.add("attribute", thing, name, value)
            return self.watch(value)
        return refuse(f"the attribute {name!r} of {title(thing)}")

    def _attribute_of_module(self, module: Any, name: str) -> Any:
        contents = vars(module)
        self.add_class(module)
        is_plain = type(module) is types.ModuleType
        has_hooks = is_python_function(special(module, "__getattribute__"))
        if not is_plain and (has_hooks or special(module, name) is not ABSENT):
            refuse(f"the attribute {name!r} of a module of type {type(module).__qualname__}")
        if name not in contents and hasattr(module, name) and name not in contents:
            refuse(f"the attribute {name!r} of the module {module.__name__}")
        value = contents.get(name, ABSENT)
        self.add("item", contents, name, value)
        if value is ABSENT:
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        return self.watch(value)

    def inherited(self, cls: type, thing: Any, name: str, standing: Any) -> Any:
        """What stands for an attribute that super() finds in the classes behind `cls`."""
        is_class = isinstance(thing, type) and issubclass(thing, cls)
        kind: type = thing if is_class else type(thing)
        # With a class in place of the object, it finds what stands in classes, and calls nothing.
        found = self._supers.setdefault((id(cls), id(kind)), super(cls, kind))
        static = inherited_from(cls, kind, name)
        self.add_class(thing)
        if static is ABSENT:
            self.add("attribute", found, name, ABSENT)
            raise AttributeError(f"'super' object has no attribute {name!r}")
        is_method = is_python_function(static)
        is_property = type(static) is property and is_python_function(static.fget)
        is_other = type(static) in (classmethod, staticmethod)
        if hasattr(type(static), "__get__") and not (is_method or is_property or is_other):
            refuse(f"the attribute {name!r} of super()")
        self.add("attribute", found, name, getattr(found, name))
        if is_property and not is_class:
            return self.watch(static.fget)(standing)
        if isinstance(static, classmethod):
            return functools.partial(self.watch(static.__func__), self.watch(kind))
        if isinstance(static, staticmethod):
            return self.watch(static.__func__)
        value = self.watch(static)
        return functools.partial(value, standing) if is_method and not is_class else value

    # ---- copies of functions --------------------------------------------------------------------

    def copy_of(self, function: types.FunctionType) -> Callable[..., Any]:
        """A function with the same code that sees what stands for what is outside."""
        copy = self._copies.get(id(function))
        if copy is None:
            copy = self._copies[id(function)] = self._copy(function)
        return copy

    def _copy(self, function: types.FunctionType) -> Callable[..., Any]:
        # Each thing is read once: another thread may change it meanwhile.
        code, defaults, keyword_defaults = parts = _code_of(function)
        variables = dict(zip(code.co_freevars, map(_cell, function.__closure__ or ())))
        _check_code(code, function.__globals__, variables)
        self.add("code", function, None, parts)
        namespace: dict[str, Any] = {
            "__builtins__": {},
            "__name__": function.__module__,
            MARK: True,
        }
        # On PyPy, all functions have the builtins of the interpreter.
        names = namespace if IS_PYPY else namespace["__builtins__"]
        outer = function.__globals__
        builtin_names = _builtins_of(function)
        if type(outer) is not dict or type(builtin_names) is not dict:
            refuse(
                f"the globals of {function.__qualname__} are a {type(outer).__name__}, which "
                "decides what a name means",
                place_in(code, code.co_firstlineno),
            )
        if not IS_PYPY and sys.version_info < (3, 10):
            self.add("item", outer, "__builtins__", outer.get("__builtins__", ABSENT))
        for name in sorted(_names(code) | {"__import__"}):
            if name == "__import__" and IS_PYPY:
                names[name] = imported  # the one of builtins is replaced while a trace runs
                continue
            value = outer.get(name, ABSENT)
            if value is not ABSENT:
                self.add("item", outer, name, value)
                namespace[name] = self.named(name, value)
                continue
            value = builtin_names.get(name, ABSENT)
            if value is not ABSENT:
                self.add("item", outer, name, ABSENT)
                self.add("item", builtin_names, name, value)
                names[name] = self.named(name, value)
            elif name not in code.co_varnames:
                self.add("item", outer, name, ABSENT)
        cells = tuple(map(self._cell, function.__closure__ or ()))
        copy = types.FunctionType(code, namespace, function.__name__, None, cells or None)
        copy.__defaults__ = self.watch(defaults)
        if keyword_defaults:
            copy.__kwdefaults__ = self.watch(keyword_defaults)
        copy.__qualname__ = function.__qualname__
        return copy

    def named(self, name: str, value: Any) -> Any:
        """What stands for a variable. If it is refused, then only when the function uses it."""
        before = refusals()
        try:
            return self.watch(value)
        except Refusal as refusal:
            pending_refusal(before)
            return Refused(name, str(refusal).rpartition(": ")[2] or str(refusal))

    def _cell(self, cell: Any) -> Any:
        value = _cell(cell)
        self.add("cell", cell, None, value)
        return types.CellType() if value is ABSENT else types.CellType(self.named("", value))


def items_of(container: Any) -> list[Any]:
    """The items of what stands for a container, to be compared by identity."""
    if isinstance(container, dict):
        return list(container.items())
    if type(container) is arrays.TracedArray:
        return list(container.items)
    flat = getattr(container, "flat", None)  # an ndarray's
    return list(container if flat is None else flat)


def contents_of(argument: Any) -> list[Any] | None:
    """The items of a mutable argument or of nested ones, to be compared by identity."""
    if type(argument) in (list, tuple):
        return [argument, *(contents_of(item) or [item] for item in argument)]
    if type(argument) is dict:
        items = (contents_of(item) or [item] for item in argument.values())
        return [argument, *argument.keys(), *items]
    if type(argument) is arrays.TracedArray or type(argument).__name__ == "TracedNdarray":
        return [argument, *items_of(argument)]
    return None


def are_same(a: Any, b: Any) -> bool:
    """Whether two results of contents_of tell of no change."""
    if isinstance(a, list) and isinstance(b, list) and a and b and a is not b:
        return len(a) == len(b) and all(map(are_same, a, b))
    return a is b


def _builtins_of(function: types.FunctionType) -> dict[str, Any]:
    """Where a function looks up what is no global: found when it was made, from Python 3.10 on."""
    if IS_PYPY:
        return vars(builtins)
    if sys.version_info >= (3, 10):
        untyped: Any = function  # not all versions of its type know the attribute
        found: dict[str, Any] = untyped.__builtins__
        return found
    names = function.__globals__.get("__builtins__", builtins)
    return names if isinstance(names, dict) else vars(names)


def imported(
    name: str, globals_: Any = None, locals_: Any = None, names: Any = (), level: int = 0
) -> Any:
    """What stands for a module that the traced function imports."""
    module = sys.modules.get(name)
    if level or name not in ("math", "numpy", "piconumpy", "operator", "itertools", "functools"):
        refuse(f"importing {name} inside of the function: import it outside")
    if module is None:
        module = __import__(name)
    if _current is None:
        refuse("an import after the trace")
    return _current.watch(module)


_current: Outside | None = None
"""That of the trace that runs."""


def current() -> Outside:
    """That of the trace that runs."""
    assert _current is not None
    return _current


def begin(outside: Outside | None) -> Outside | None:
    """Sets the trace that runs, and returns the one before."""
    global _current
    before, _current = _current, outside
    if IS_PYPY and (before is None) != (outside is None):
        global _import
        if outside is not None:
            _import = builtins.__import__
        vars(builtins)["__import__"] = _import if outside is None else _import_in_copies
    return before


_import: Any = builtins.__import__
"""What PyPy imports with while no trace runs."""


def _import_in_copies(name: str, globals_: Any = None, *others: Any, **options: Any) -> Any:
    """For PyPy, where a statement `import` takes the builtin function in every function."""
    is_in_copy = globals_ is not None and globals_.get("__builtins__") == {}
    return (imported if is_in_copy else _import)(name, globals_, *others, **options)
