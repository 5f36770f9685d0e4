# SPDX-License-Identifier: BSD-3-Clause
"""What stands for an object, a class, or a module outside while a function is traced.

Attributes can be read, and methods can be called, the special ones included: ``len(x)``, ``x[i]``,
``x + y``, and the like run a traced copy of the method that the object's class has for them. Python
looks such methods up in classes, so the operators here do what Python does for the object itself:
they ask the right operand first if its class derives from the left one's, and so on.
"""

from __future__ import annotations

import enum
import operator
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable

from .numbers import Number, Truth
from .tape import IS_PYPY, StandIn, refuse

if TYPE_CHECKING:
    from .outside import Outside

__all__ = [
    "ABSENT",
    "StandingObject",
    "class_of",
    "converted",
    "has_hook",
    "inherited_from",
    "is_known_by_identity",
    "is_python_function",
    "plain_number",
    "real_of",
    "special",
    "standing_for",
    "super_of",
    "title",
]


class _Absent:
    """What is not there. The extension module knows it by this name of its type."""


ABSENT = _Absent()


def is_python_function(function: Any) -> bool:
    """Whether it has bytecode. On PyPy, methods of builtin types are functions as well."""
    return isinstance(function, types.FunctionType) and isinstance(
        function.__code__, types.CodeType
    )


def special(thing: Any, name: str) -> Any:
    """A special method, which Python looks up in the classes of an object; ABSENT without one."""
    for cls in type(thing).__mro__:
        if name in vars(cls):
            return vars(cls)[name]
    return ABSENT


def title(thing: Any) -> str:
    """What an object is, in messages."""
    if isinstance(thing, type):
        return f"the class {thing.__qualname__}"
    if isinstance(thing, types.ModuleType):
        return f"the module {thing.__name__}"
    return f"an object of type {type(thing).__qualname__}"


def is_known_by_identity(thing: Any) -> bool:
    """Whether an object equals nothing but itself, as a member of an Enum does."""
    hashes: tuple[Any, ...] = (object.__hash__, enum.Enum.__hash__)
    return special(thing, "__eq__") is object.__eq__ and type(thing).__hash__ in hashes


def has_hook(thing: Any) -> bool:
    """Whether Python code computes the attributes of an object."""
    hook = special(thing, "__getattr__")
    is_of_enum = hook is vars(enum.EnumMeta).get("__getattr__")  # until Python 3.11, for members
    return not (hook is ABSENT or is_of_enum) or is_python_function(
        special(thing, "__getattribute__")
    )


def real_of(standing: Any) -> Any:
    """The object that a StandingObject stands for; anything else is itself."""
    if isinstance(standing, StandingObject):
        return object.__getattribute__(standing, "_piconumpy_real")
    return standing


def class_of(standing: Any) -> Any:
    """What stands for the class of an object."""
    if not isinstance(standing, StandingObject):
        refuse("the class of super()")
    outside, thing = _outside_of(standing), real_of(standing)
    outside.add_class(thing)
    return outside.watch(type(thing))


def _outside_of(standing: Any) -> Outside:
    outside: Outside = object.__getattribute__(standing, "_piconumpy_outside")
    outside.require_open()
    return outside


def plain_number(standing: Any, kind: Any, reflected: str | None) -> Any:
    """The number for which a float or int on the other side of an operator takes an object.

    Parameters
    ----------
    kind : type
        That of the other side.
    reflected : str or None
        The method of the object that Python asks first, if the object's class derives from `kind`.

    Returns
    -------
    float, int, or the object itself if its own methods are asked.
    """
    thing = real_of(standing)
    base: Any = next((base for base in (float, int) if issubclass(type(thing), base)), None)
    if not isinstance(standing, StandingObject) or base is None:
        return standing
    if kind not in (float, int) or (kind is int and base is float):
        return standing
    if kind is base and reflected and special(thing, reflected) is not vars(base)[reflected]:
        return standing
    _outside_of(standing).add_class(thing)
    return float.__float__(thing) if base is float else int.__index__(thing)


def _builtin_number(thing: Any, name: str, method: Any) -> Any:
    """The int or float that an object is, if its method is that of int or float; else ABSENT."""
    values: tuple[tuple[type, Any], ...] = ((int, int.__index__), (float, float.__float__))
    for kind, value_of in values:
        if isinstance(thing, kind) and method is vars(kind).get(name):
            return value_of(thing)
    return ABSENT


_OPERATIONS: dict[str, Callable[..., Any]] = {
    "__add__": operator.add,
    "__sub__": operator.sub,
    "__mul__": operator.mul,
    "__truediv__": operator.truediv,
    "__floordiv__": operator.floordiv,
    "__mod__": operator.mod,
    "__pow__": operator.pow,
    "__divmod__": divmod,
    "__matmul__": operator.matmul,
    "__and__": operator.and_,
    "__or__": operator.or_,
    "__xor__": operator.xor,
    "__lshift__": operator.lshift,
    "__rshift__": operator.rshift,
    "__neg__": operator.neg,
    "__pos__": operator.pos,
    "__abs__": abs,
    "__invert__": operator.invert,
    "__lt__": operator.lt,
    "__le__": operator.le,
    "__eq__": operator.eq,
    "__ne__": operator.ne,
    "__gt__": operator.gt,
    "__ge__": operator.ge,
    "__bool__": bool,
    "__float__": float,
    "__int__": int,
    "__index__": operator.index,
}
_MIRRORED = {"lt": "gt", "le": "ge", "eq": "eq", "ne": "ne", "gt": "lt", "ge": "le"}
_BINARY = "add sub mul truediv floordiv mod pow divmod matmul and or xor lshift rshift"
for _name in _BINARY.split():
    _OPERATIONS[f"__r{_name}__"] = lambda a, b, real=_OPERATIONS[f"__{_name}__"]: real(b, a)


def _found(standing: Any, name: str) -> Any:
    """The special method of the object, whose class and whose method are guarded."""
    outside, thing = _outside_of(standing), real_of(standing)
    method = special(thing, name)
    if has_hook(thing):
        refuse(f"{name} of {title(thing)}, which has __getattr__")
    outside.add_class(thing)
    if method is not ABSENT:
        outside.add("attribute", type(thing), name, getattr(type(thing), name))
    else:
        # The class of a class may have such a method, which is none of the object's.
        outside.add("attribute", type(thing) if isinstance(thing, type) else thing, name, ABSENT)
    return method


def _call(standing: Any, name: str, *arguments: Any) -> Any:
    """The result of a special method; NotImplemented if the class has none."""
    method = _found(standing, name)
    if method is ABSENT:
        return NotImplemented
    thing = real_of(standing)
    if is_python_function(method):
        if name in ("__eq__", "__ne__") and "__class__" in method.__code__.co_names:
            # As a dataclass has it.
            refuse(f"comparing {type(thing).__qualname__} objects: compare their attributes")
        return _outside_of(standing).watch(method)(standing, *arguments)
    number = _builtin_number(thing, name, method)
    if number is ABSENT:
        refuse(f"{name} of {title(thing)}: use lists, tuples, dicts, and classes in Python")
    return _OPERATIONS[name](number, *arguments)


def _is_derived(other: Any, thing: Any) -> bool:
    return type(other) is not type(thing) and issubclass(type(other), type(thing))


def _operator(name: str, reflected: str) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        if not isinstance(other, StandingObject):
            return _call(self, name, other)
        # Python does not ask a right operand that has the type of the left one.
        a, b = real_of(self), real_of(other)
        is_asked = type(a) is not type(b)
        if _is_derived(b, a) and special(b, reflected) is not special(a, reflected):
            result = _call(other, reflected, self)
            if result is not NotImplemented:
                return result
            is_asked = False
        result = _call(self, name, other)
        return _call(other, reflected, self) if is_asked and result is NotImplemented else result

    return method


def _in_place(name: str, plain: str) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        if special(real_of(self), name) is not ABSENT:
            result = _call(self, name, other)
            if result is not NotImplemented:
                return result
        else:
            _found(self, name)
        return _OPERATIONS[plain](self, other)

    return method


def _unary(name: str) -> Callable[[Any], Any]:
    def method(self: Any) -> Any:
        result = _call(self, name)
        if result is NotImplemented:
            raise TypeError(f"{type(real_of(self)).__name__!r} has no {name}")
        return result

    return method


def _is_equal(self: Any, other: Any) -> Any:
    if special(real_of(self), "__eq__") is object.__eq__:
        _found(self, "__eq__")
        return True if self is other else NotImplemented
    return _call(self, "__eq__", other)


def _compared(self: Any, name: str, other: Any) -> Any:
    thing = real_of(self)
    if name == "__eq__":
        return _is_equal(self, other)
    if special(thing, name) is not getattr(object, name):
        return _call(self, name, other)
    _found(self, name)
    if name != "__ne__":
        return NotImplemented
    result = _is_equal(self, other)
    return result if result is NotImplemented else not result


def _comparison(name: str, mirrored: str) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        if not isinstance(other, StandingObject):
            return _compared(self, name, other)
        is_first = _is_derived(real_of(other), real_of(self))
        if is_first:
            result = _compared(other, mirrored, self)
            if result is not NotImplemented:
                return result
        result = _compared(self, name, other)
        if result is NotImplemented and not is_first:
            result = _compared(other, mirrored, self)
        if result is NotImplemented and name in ("__eq__", "__ne__"):
            return (self is other) == (name == "__eq__")
        return result

    return method


def _conversion(name: str) -> Callable[[Any], Any]:
    """To a number that C code asks for, and that can't depend on data then."""

    kind: Any = {"__index__": int, "__float__": float}.get(name)

    def method(self: Any) -> Any:
        thing = real_of(self)
        if kind is not None and issubclass(type(thing), kind) and not (IS_PYPY and kind is float):
            # The interpreter takes its value, whatever its class has for a method.
            _outside_of(self).add_class(thing)
            return vars(kind)[name](thing)
        return converted(self, name)

    return method


def converted(standing: Any, name: str) -> Any:
    """The number that a special method gives."""
    result = _unary(name)(standing)
    if type(result) in (Number, Truth):
        refuse(f"{name} of {title(real_of(standing))} depends on data and can't be traced")
    return result


def _refusing(name: str) -> Callable[..., Any]:
    def method(self: Any, *arguments: Any) -> Any:
        refuse(f"{name} of {title(real_of(self))}")

    return method


def _items(standing: Any) -> Iterator[Any]:
    """What iteration gives by indices from 0 on."""
    i = 0
    while True:
        try:
            item = standing[i]
        except IndexError:
            return
        yield item
        i += 1


class StandingObject(StandIn):
    """Stands for an object, a class, or a module outside.

    Python finds the special methods here in the class. A function that asks for one by its name,
    as ``x.__len__()``, means that of the object.
    """

    def __init__(self, outside: Outside, thing: Any) -> None:
        object.__setattr__(self, "_piconumpy_outside", outside)
        object.__setattr__(self, "_piconumpy_real", thing)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return type(real_of(self))

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("__") and name != "__class__":
            return _outside_of(self).attribute(real_of(self), name, self)
        return object.__getattribute__(self, name)

    def __getattr__(self, name: str) -> Any:
        return _outside_of(self).attribute(real_of(self), name, self)

    def __setattr__(self, name: str, value: Any) -> None:
        refuse(f"setting the attribute {name!r} of an object that was made outside of the function")

    def __hash__(self) -> int:
        thing = real_of(self)
        if not is_known_by_identity(thing):
            refuse(f"the hash of {title(thing)}")
        _found(self, "__eq__")
        return hash(thing)

    def __bool__(self) -> bool:
        result = _call(self, "__bool__")
        if result is not NotImplemented:
            return bool(result) if type(result) is Truth else result  # Python checks the type
        return len(self) > 0 if _found(self, "__len__") is not ABSENT else True

    def __len__(self) -> Any:
        result = _call(self, "__len__")
        if result is NotImplemented:
            raise TypeError(f"object of type {type(real_of(self)).__name__!r} has no len()")
        return result

    def __getitem__(self, key: Any) -> Any:
        thing = real_of(self)
        if isinstance(thing, type) and hasattr(thing, "__class_getitem__"):
            refuse(f"an index of {title(thing)}")
        result = _call(self, "__getitem__", key)
        if result is NotImplemented:
            raise TypeError(f"{type(thing).__name__!r} object is not subscriptable")
        return result

    def __iter__(self) -> Any:
        result = _call(self, "__iter__")
        if result is not NotImplemented:
            return result
        if _found(self, "__getitem__") is ABSENT:
            raise TypeError(f"{type(real_of(self)).__name__!r} object is not iterable")
        return _items(self)

    def __next__(self) -> Any:
        return _unary("__next__")(self)

    def __reversed__(self) -> Any:
        result = _call(self, "__reversed__")
        if result is not NotImplemented:
            return result
        return (self[i] for i in range(len(self) - 1, -1, -1))

    def __contains__(self, value: Any) -> Any:
        result = _call(self, "__contains__", value)
        if result is not NotImplemented:
            return result
        return any(item is value or item == value for item in self)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        thing = real_of(self)
        if isinstance(thing, type):
            refuse(
                f"calling {title(thing)}: objects can't be made in a traced function. Use tuples, "
                "lists, or named tuples"
            )
        method = special(thing, "__call__")
        if not is_python_function(method):
            refuse(f"calling {title(thing)}")
        _found(self, "__call__")
        return _outside_of(self).watch(method)(self, *arguments, **options)


def _fill() -> None:
    for name in _BINARY.split():
        forward, reflected = f"__{name}__", f"__r{name}__"
        setattr(StandingObject, forward, _operator(forward, reflected))
        setattr(StandingObject, reflected, _operator(reflected, forward))
        if name != "divmod":
            setattr(StandingObject, f"__i{name}__", _in_place(f"__i{name}__", forward))
    for name in ("neg", "pos", "abs", "invert"):
        setattr(StandingObject, f"__{name}__", _unary(f"__{name}__"))
    for name, mirrored in _MIRRORED.items():
        method = _comparison(f"__{name}__", f"__{mirrored}__")
        setattr(StandingObject, f"__{name}__", method)
    for name in ("float", "int", "index"):
        setattr(StandingObject, f"__{name}__", _conversion(f"__{name}__"))
    refused = "setitem delitem enter exit complex str repr format round floor ceil trunc"
    for name in refused.split():
        setattr(StandingObject, f"__{name}__", _refusing(f"__{name}__"))


_fill()


class _StandingSequence(StandingObject):
    """Stands for what ``case [x, y]`` may match."""


class _StandingMapping(StandingObject):
    """Stands for what ``case {"x": x}`` may match."""


Sequence.register(_StandingSequence)
Mapping.register(_StandingMapping)


def standing_for(outside: Outside, thing: Any) -> StandingObject:
    """What stands for an object, a class, or a module."""
    if isinstance(thing, Sequence):
        return _StandingSequence(outside, thing)
    if isinstance(thing, Mapping):
        return _StandingMapping(outside, thing)
    return StandingObject(outside, thing)


# ---- super --------------------------------------------------------------------------------------


class _Super(StandIn):
    """Stands for super(): the attributes that the object has from the classes behind one."""

    def __init__(self, cls: type, standing: Any) -> None:
        object.__setattr__(self, "_piconumpy_class", cls)
        object.__setattr__(self, "_piconumpy_standing", standing)

    def __getattribute__(self, name: str) -> Any:
        if name == "__class__":
            return super
        standing = object.__getattribute__(self, "_piconumpy_standing")
        cls = object.__getattribute__(self, "_piconumpy_class")
        return _outside_of(standing).inherited(cls, real_of(standing), name, standing)

    def __setattr__(self, name: str, value: Any) -> None:
        refuse(f"setting the attribute {name!r} of super()")


def super_of(frame: types.FrameType, *arguments: Any) -> Any:
    """What stands for ``super()`` in the traced function of a frame, or ``super(cls, object)``."""
    if not arguments:
        variables, code = frame.f_locals, frame.f_code
        if "__class__" not in variables or not code.co_argcount:
            refuse("super() outside of a method")
        arguments = (variables["__class__"], variables[code.co_varnames[0]])
    if len(arguments) == 2 and not isinstance(arguments[1], StandingObject):
        return _super_of_own(*arguments)
    if len(arguments) != 2:
        refuse("super() of something else than a class and an object from outside")
    cls, thing = real_of(arguments[0]), real_of(arguments[1])
    if not isinstance(cls, type):
        refuse("super() of something else than a class and an object from outside")
    if not (isinstance(thing, cls) or (isinstance(thing, type) and issubclass(thing, cls))):
        raise TypeError("super(type, obj): obj must be an instance or subtype of type")
    return _Super(cls, arguments[1])


def _super_of_own(cls: Any, thing: Any) -> Any:
    """super() for an object that the function has made."""
    from .classes import real_class

    kind = thing if isinstance(thing, type) else type(thing)
    if not isinstance(cls, type) or real_class(kind) is kind:
        refuse("super() of something else than a class and an object of it")
    return super(real_class(cls), thing)


def inherited_from(cls: type, kind: type, name: str) -> Any:
    """What super(cls, kind) finds, as it stands in the class; ABSENT without it."""
    order = kind.__mro__
    for base in order[order.index(cls) + 1 :]:
        if name in vars(base):
            return vars(base)[name]
    return ABSENT
