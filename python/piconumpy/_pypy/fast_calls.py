# SPDX-License-Identifier: BSD-3-Clause
"""Calls of one signature, each as a function of its own that the JIT compiles into the caller.

The function reads the arguments' numbers, checks the guards of ``_trace/outside.py``, runs the
program, and makes the result. It is written out for its signature, without loops, because the JIT
would call a loop instead of compiling it in place.

Guards on the items of a dict are most of all. They are checked by functions whose globals are that
dict: the JIT takes globals for constant until they change, so that such a check costs nothing.
"""

from __future__ import annotations

import builtins
import keyword
import struct
from types import CodeType, FunctionType, ModuleType
from typing import Any, Callable

from .._caches import cached
from .array import _new, array
from .kernels import ffi, library, new_memory
from .unrolled import SHORT, listed

__all__ = ["MISSED", "FastCall", "Guards"]

Guard = tuple[str, Any, Any, Any]
Form = tuple[Any, ...]

MISSED: Any = object()
"""What a fast call returns for arguments of another signature, after a change, and for trouble."""

MAX_UNROLLED = 16  # items of a container, each of which is compared in its own expression


class FastCall:
    """The calls of one signature: FastCall(program, forms of arguments, form of result, guards).

    Attributes
    ----------
    run : callable
        Takes the tuple of arguments. Returns the result, or MISSED.
    """

    __slots__ = ("run",)

    def __init__(self, program: Any, forms: tuple[Form, ...], result: Form, guards: Guards) -> None:
        inputs = sum(map(_count, forms))
        if result[0] == "constant" or (inputs, _count(result)) != (program.inputs, program.outputs):
            raise ValueError("the forms do not fit the program")
        self.run = _written(program, forms, result, guards.checks)


class Guards:
    """What was read from outside: Guards(a tuple of guards).

    Attributes
    ----------
    checks : list of callable
        Functions without parameters. If all return True, all guards hold.
    """

    __slots__ = ("_guards", "checks")

    def __init__(self, guards: tuple[Guard, ...]) -> None:
        self._guards = guards
        self.checks = _checks(guards)

    def hold(self) -> bool:
        """Whether everything is as it was, or means the same."""
        from .._trace.outside import holds

        return all(check() for check in self.checks) or all(map(holds, self._guards))


def _count(form: Form) -> int:
    """How many numbers an argument or a result has."""
    return form[1] if len(form) > 1 and form[0] != "constant" else int(form[0] == "float")


# ---- the source -------------------------------------------------------------------------------

_CALL = """
def call(arguments):
    if len(arguments) != {count}:
        return MISSED
    {names} = arguments
{reads}
{checks}
    try:
        memory = memories.pop()
    except IndexError:
        memory = new_memory({size})
{writes}
    if run(program, memory, memory, NULL):
        memories.append(memory)
        return MISSED
{result}
    memories.append(memory)
    return result
"""

_READ = {
    "float": """
    if type(a{i}) is not float:
        return MISSED
""",
    "constant": """
    if a{i} is not constant_{i}:  # ints are one object if they are equal
        return MISSED
""",
    "array": """
    if type(a{i}) is not array:
        return MISSED
    try:
        {names} = a{i}._numbers
    except ValueError:
        return MISSED
""",
    "list": """
    if type(a{i}) is not {kind}:
        return MISSED
    try:
        {names} = a{i}
    except ValueError:
        return MISSED
    if {mismatches}:
        return MISSED
""",
}
_READ["tuple"] = _READ["list"]

_RESULT = {
    "float": "    result = memory[0]",
    "list": "    result = {numbers}",
    "tuple": "    result = {numbers}",
    "array": "    result = new(array)\n    result._numbers = {numbers}",
}


def _read(i: int, form: Form) -> str:
    n = _count(form)
    return _READ[form[0]].format(
        i=i,
        kind=form[0],
        names=listed(f"a{i}_#", n),
        mismatches=" or ".join(f"type(a{i}_{k}) is not float" for k in range(n)) or "False",
    )


def _names_of_numbers(forms: tuple[Form, ...]) -> list[str]:
    names: list[str] = []
    for i, form in enumerate(forms):
        names += [f"a{i}"] if form[0] == "float" else [f"a{i}_{k}" for k in range(_count(form))]
    return names


def _result(form: Form) -> str:
    n = _count(form)
    items = listed("memory[#]", n)
    if form[0] == "list" or (form[0] == "array" and n > SHORT):
        items = f"[{items[1:-1]}]"
    return _RESULT[form[0]].format(numbers=items)


@cached(128)
def _compiled(source: str) -> CodeType:
    return compile(source, "<call of a program>", "exec")


def _run(source: str, space: dict[str, Any]) -> None:
    exec(_compiled(source), space)


def _written(
    program: Any, forms: tuple[Form, ...], result: Form, checks: list[Callable[[], bool]]
) -> Callable[[tuple[Any, ...]], Any]:
    # The globals of a module, because the JIT takes those for constant until they change.
    space = ModuleType(__name__).__dict__
    space.update(
        MISSED=MISSED,
        NULL=ffi.NULL,
        array=array,
        new=_new,
        new_memory=new_memory,
        run=library.pk_program_run_point,
        owner=program,
        program=program.pointer,
        # Memory that no thread uses now. Threads take it out and put it back by one operation each.
        memories=[],
    )
    for i, form in enumerate(forms):
        if form[0] == "constant":
            space[f"constant_{i}"] = form[1]
    space.update((f"check_{i}", check) for i, check in enumerate(checks))
    numbers = _names_of_numbers(forms)
    source = _CALL.format(
        count=len(forms),
        names=listed("a#", len(forms)),
        reads="".join(_read(i, form) for i, form in enumerate(forms)),
        checks="".join(
            f"    if not check_{i}():\n        return MISSED\n" for i in range(len(checks))
        ),
        size=max(program.inputs, program.outputs),
        writes="\n".join(f"    memory[{i}] = {name}" for i, name in enumerate(numbers)),
        result=_result(result),
    )
    _run(source, space)
    call: Callable[[tuple[Any, ...]], Any] = space["call"]
    return call


# ---- guards -----------------------------------------------------------------------------------

_PREFIX = "_piconumpy_"

_MAKE = """
def make({parameters}):
    def check():
        try:
            return {condition}
        except {errors}:
            return False
    return check
"""


_CHANGED = "(AttributeError, LookupError, TypeError, ValueError)"
"""What is raised where an object is not at all what it was."""


class _Check:
    """A function without parameters that tells whether some guards hold."""

    def __init__(self, space: dict[str, Any] | None = None) -> None:
        self._space = space
        self._objects: list[Any] = []
        self._conditions: list[str] = []

    def name_of(self, thing: Any) -> str:
        """A name for an object, in conditions."""
        self._objects.append(thing)
        return f"{_PREFIX}{len(self._objects) - 1}"

    def add(self, condition: str) -> None:
        self._conditions.append(condition)

    def made(self) -> Callable[[], bool]:
        errors = _CHANGED if self._space is None else "NameError"
        source = _MAKE.format(
            parameters=", ".join(f"{_PREFIX}{i}" for i in range(len(self._objects))),
            condition=" and ".join(self._conditions),
            errors=errors,
        )
        made: dict[str, Any] = {}
        _run(source, made)
        check: Any = made["make"](*self._objects)
        space = made if self._space is None else self._space
        return FunctionType(check.__code__, space, "check", None, check.__closure__)


def _is_variable(name: Any) -> bool:
    """Whether code that names it looks it up in its globals."""
    return (
        type(name) is str
        and name.isascii()
        and name.isidentifier()
        and not keyword.iskeyword(name)
        and name != "__debug__"
        and not name.startswith(_PREFIX)
    )


def _checks(guards: tuple[Guard, ...]) -> list[Callable[[], bool]]:
    """Functions that tell whether all guards hold."""
    from .._trace.outside import ABSENT

    by_dict: dict[int, _Check] = {}
    others = _Check()
    builtin_names = {
        key: expected
        for kind, holder, key, expected in guards
        if kind == "item" and holder is vars(builtins)
    }
    covered: set[str] = set()
    for guard in guards:
        kind, holder, key, expected = guard
        if kind == "item" and expected is ABSENT and _has_builtins(holder):
            # A variable that is a builtin now, and no global.
            expected = builtin_names.get(key, ABSENT)
            if expected is not ABSENT:
                covered.add(key)
        elif kind == "item" and holder is vars(builtins) and key in covered:
            continue
        if kind == "item" and expected is not ABSENT and _is_variable(key):
            check = by_dict.setdefault(id(holder), _Check(holder))
            check.add(f"{key} is {check.name_of(expected)}")
        else:
            _add(others, guard)
    made = [check.made() for check in by_dict.values()]
    return [*made, others.made()] if others._conditions else made


def _has_builtins(space: dict[str, Any]) -> bool:
    """Whether code with these globals looks up builtins in the usual module."""
    return space.get("__builtins__", builtins) in (builtins, vars(builtins))


def _add(check: _Check, guard: Guard) -> None:
    """Adds the condition of a guard."""
    kind = guard[0]
    add = _WRITERS.get(kind)
    if add is None or not add(check, *guard[1:]):
        from .._trace.outside import holds

        check.add(f"{check.name_of(holds)}({check.name_of(guard)})")


def _add_item(check: _Check, holder: Any, key: Any, expected: Any) -> bool:
    from .._trace.outside import ABSENT

    if expected is not ABSENT:
        return False
    check.add(f"{check.name_of(key)} not in {check.name_of(holder)}")
    return True


def _add_cell(check: _Check, holder: Any, key: Any, expected: Any) -> bool:
    from .._trace.outside import ABSENT

    if expected is ABSENT:
        return False
    check.add(f"{check.name_of(holder)}.cell_contents is {check.name_of(expected)}")
    return True


def _add_code(check: _Check, holder: Any, key: Any, expected: Any) -> bool:
    code, defaults, keyword_defaults = expected
    function = check.name_of(holder)
    check.add(f"{function}.__code__ is {check.name_of(code)}")
    check.add(f"{function}.__kwdefaults__ is {check.name_of(keyword_defaults)}")
    if defaults is None:
        check.add(f"{function}.__defaults__ is None")
        return True
    return _add_items(check, f"{function}.__defaults__", defaults)


def _add_items(check: _Check, items: str, expected: tuple[Any, ...]) -> bool:
    """Compares the items of a sequence by identity. PyPy compares floats and ints by value then."""
    if len(expected) > MAX_UNROLLED:
        return False
    check.add(f"len({items}) == {len(expected)}")
    for i, item in enumerate(expected):
        check.add(f"{items}[{i}] is {check.name_of(item)}")
    return True


def _add_list(check: _Check, holder: Any, key: Any, expected: Any) -> bool:
    return _add_items(check, check.name_of(holder), expected)


def _add_dict(check: _Check, holder: Any, key: Any, expected: Any) -> bool:
    keys, values = expected[::2], expected[1::2]
    if len(keys) > MAX_UNROLLED or not all(type(name) is str for name in keys):
        return False
    contents = check.name_of(holder)
    check.add(f"tuple({contents}) == {check.name_of(keys)}")  # in this order
    for name, value in zip(keys, values):
        check.add(f"{contents}[{check.name_of(name)}] is {check.name_of(value)}")
    return True


def _add_buffer(check: _Check, holder: Any, key: Any, expected: Any) -> bool:
    if type(holder) is not array:
        return False
    _, (n,), memory = expected
    return _add_items(check, f"{check.name_of(holder)}._numbers", struct.unpack(f"{n}d", memory))


def _add_attribute(check: _Check, holder: Any, key: Any, expected: Any) -> bool:
    from .._trace.outside import ABSENT

    if expected is ABSENT or not _is_variable(key):
        return False
    check.add(f"{check.name_of(holder)}.{key} is {check.name_of(expected)}")
    return True


def _add_method(check: _Check, holder: Any, key: Any, expected: Any) -> bool:
    if not _is_variable(key):
        return False
    owner = check.name_of(holder)
    check.add(f"{owner}.{key}.__func__ is {check.name_of(expected)}")
    check.add(f"{owner}.{key}.__self__ is {owner}")
    return True


def _add_type(check: _Check, holder: Any, key: Any, expected: Any) -> bool:
    check.add(f"type({check.name_of(holder)}) is {check.name_of(expected)}")
    return True


_WRITERS: dict[str, Callable[..., bool]] = {
    "item": _add_item,
    "cell": _add_cell,
    "code": _add_code,
    "dict": _add_dict,
    "list": _add_list,
    "buffer": _add_buffer,
    "attribute": _add_attribute,
    "method": _add_method,
    "type": _add_type,
}
