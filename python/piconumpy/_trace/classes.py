# SPDX-License-Identifier: BSD-3-Clause
"""What stands for the classes whose objects a traced function may make.

These are named tuples and exceptions. A class of them that has methods of the user's is stood for
by a class that derives from it, with traced copies of the methods. So what they read from outside
is watched.
"""

from __future__ import annotations

import collections
import types
from typing import TYPE_CHECKING, Any, Callable

from .objects import is_python_function
from .tape import refuse

if TYPE_CHECKING:
    from .outside import Outside

__all__ = ["is_makeable", "real_class", "traced_class"]

# Of texts, which only exceptions may have, and of what is no part of a call.
_LEFT_OUT = ("__str__", "__repr__", "__format__", "__annotate__", "__annotate_func__", "__reduce__")


def is_makeable(cls: Any) -> bool:
    """Whether a traced function may make objects of a class."""
    if not isinstance(cls, type):
        return False
    return issubclass(cls, BaseException) or (issubclass(cls, tuple) and hasattr(cls, "_make"))


def real_class(cls: Any) -> Any:
    """The class that a traced class stands for; anything else is itself."""
    return vars(cls).get("_piconumpy_real", cls) if isinstance(cls, type) else cls


def traced_class(outside: Outside, cls: type) -> type:
    """What stands for a class of named tuples or exceptions: itself if it is not the user's."""
    members = _members(cls)
    if not members:
        return cls
    if type(cls) is not type or "__init_subclass__" in members:
        refuse(f"the class {cls.__qualname__}, which controls how classes derive from it")
    bases = [cls]
    for base in cls.__bases__:
        standing = outside.watch(base) if is_makeable(base) else base
        if standing is not base:
            bases.append(standing)
    space: dict[str, Any] = {
        "__module__": cls.__module__,
        "__qualname__": cls.__qualname__,
        "_piconumpy_real": cls,
    }
    if issubclass(cls, tuple):
        space["__slots__"] = ()
    made = type(cls.__name__, tuple(bases), space)
    outside.note_class(cls, made)
    for name, member in members.items():
        outside.add("attribute", cls, name, getattr(cls, name))
        setattr(made, name, _traced(outside, name, member))
    return made


def _members(cls: type) -> dict[str, Any]:
    """What the user has written in a class and its bases, without the fields of a named tuple."""
    found: dict[str, Any] = {}
    fields = getattr(cls, "_fields", ())
    for base in reversed(cls.__mro__):
        if base.__module__ in ("builtins", "typing"):
            continue
        for name, member in vars(base).items():
            found.pop(name, None)
            if name not in fields and _is_of_user(name, member):
                found[name] = member
    return found


def _function_of(member: Any) -> Any:
    """The Python function of a method or property; None if there is none."""
    if type(member) in (staticmethod, classmethod):
        member = member.__func__
    elif type(member) is property:
        member = member.fget
    return member if is_python_function(member) else None


def _is_of_user(name: str, member: Any) -> bool:
    function = _function_of(member)
    if function is not None:
        code: types.CodeType = function.__code__
        is_generated = code.co_filename == collections.__file__ or function.__globals__.get(
            "__name__", ""
        ).startswith("namedtuple_")
        return not is_generated and name not in _LEFT_OUT
    is_special = name.startswith("__") or name in ("_fields", "_field_defaults", "_field_types")
    kinds = (types.MemberDescriptorType, types.GetSetDescriptorType)
    return not is_special and not isinstance(member, kinds)


def _traced(outside: Outside, name: str, member: Any) -> Any:
    function = _function_of(member)
    if function is None:
        if not hasattr(type(member), "__get__"):
            return outside.named(name, member)
        return property(lambda self: refuse(f"the attribute {name!r}"))
    if isinstance(member, property):
        return property(_called(outside, function))
    if isinstance(member, (staticmethod, classmethod)):
        return type(member)(_called(outside, function))
    return _called(outside, function)


def _called(outside: Outside, function: Any) -> Callable[..., Any]:
    """A function, which becomes a method in a class."""
    standing = outside.watch(function)
    return lambda *arguments, **options: standing(*arguments, **options)
