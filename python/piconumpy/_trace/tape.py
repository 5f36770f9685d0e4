# SPDX-License-Identifier: BSD-3-Clause
"""The instructions that one path through a function records, and what is refused."""

from __future__ import annotations

import dis
import os
import struct
import sys
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

__all__ = [
    "FAST",
    "IS_PYPY",
    "MARK",
    "MAX_DECISIONS",
    "ONLY_LANES",
    "ONLY_POINT",
    "QUIET",
    "Op",
    "Refusal",
    "StandIn",
    "Tape",
    "TooManyPaths",
    "TraceError",
    "home_of",
    "is_foreign",
    "is_overflow",
    "is_raised_by_statement",
    "levels_to_user",
    "pending_refusal",
    "place",
    "place_in",
    "place_of",
    "refusals",
    "refuse",
    "tracing",
]

MAX_DECISIONS = 64  # on one path
QUIET = 1  # PK_QUIET

# Options of programs: PK_PROGRAM_FAST and its like.
FAST = 2
ONLY_POINT = 4
ONLY_LANES = 8

IS_PYPY = sys.implementation.name == "pypy"


class Op:
    """The operations of program.h, by the names that it gives them."""

    INPUT, CONSTANT, OUTPUT = 1, 2, 3
    ADD, SUB, MUL, DIV, MINIMUM, MAXIMUM, SQRT, NEG, ABS, FLOOR, CEIL, TRUNC = range(10, 22)
    SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH, TANH = range(30, 39)
    EXP, EXP2, EXPM1, LOG, LOG2, LOG10, LOG1P, CBRT = range(39, 47)
    POW, ATAN2, HYPOT, FMOD = range(50, 54)
    LESS, LESS_EQUAL, EQUAL, NOT_EQUAL, AND, OR, NOT, SELECT = range(60, 68)
    IF, ELSE, END, RESULT = range(70, 74)
    FAIL = 80
    # Of tapes only: the path has no answer unless the truth value a holds.
    REQUIRE = -1


class TraceError(TypeError):
    """A function can't be traced. The message says where, what was met, and what to do instead.

    Examples
    --------
    >>> from piconumpy import TraceError, jit
    >>> try:
    ...     jit(lambda x: print(x))(1.0)
    ... except TraceError as error:
    ...     "print can't be traced" in str(error)
    True
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)


class Refusal(BaseException):
    """A TraceError on its way out, which the function's own ``except Exception`` can't catch."""


class TooManyPaths(Refusal):
    """There are more decisions or paths than a program may have."""


class StandIn:
    """The class of what stands for an object from outside."""


_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_INSTALLED = (_LIBRARY + "site-packages", _LIBRARY + "dist-packages")


class _Pending(threading.local):
    """The refusals of this thread, in case the function that is traced catches everything."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.traces = 0  # that run now, one within the other


_pending = _Pending()


_homes: list[str] = []
"""Where the functions are defined that are being traced, the innermost last."""


@contextmanager
def tracing(code: types.CodeType) -> Iterator[None]:
    """While a function with this code is traced, refusals outside of its frames name its place."""
    _homes.append(home_of(code))
    _pending.traces += 1
    try:
        yield
    finally:
        _pending.traces -= 1
        _homes.pop()


def home_of(code: types.CodeType) -> str:
    """The place where a function is defined, as a message begins."""
    return f"{code.co_filename}:{code.co_firstlineno}: "


def place() -> str:
    """File and line of the innermost traced frame; between the paths, of the function.

    Frames of Python's library are the user's only by what they were called for.
    """
    frame: types.FrameType | None = sys._getframe(1)
    library = ""
    while frame is not None:
        code = frame.f_code
        if code.co_name == "explore" and code.co_filename.startswith(_PACKAGE) and _homes:
            return _homes[-1] + library
        if _is_of_library(code):
            library = f"in {frame.f_globals.get('__name__')}.{code.co_name}: "
        elif not code.co_filename.startswith(_PACKAGE):
            return f"{code.co_filename}:{frame.f_lineno}: {library}"
        frame = frame.f_back
    return ""


def place_in(code: types.CodeType, line: int) -> str:
    """A line of a function, which may be one of Python's library that the user calls."""
    if _is_of_library(code):
        module = os.path.splitext(os.path.basename(code.co_filename))[0]
        return f"{place()}in {module}.{code.co_name}: "
    return f"{code.co_filename}:{line}: "


def place_of(error: BaseException) -> str:
    """File and line of the innermost traced frame that an exception went through."""
    where = library = ""
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if _is_of_library(code):
            library = library or f"in {trace.tb_frame.f_globals.get('__name__')}.{code.co_name}: "
        elif not code.co_filename.startswith(_PACKAGE):
            where, library = f"{code.co_filename}:{trace.tb_lineno}: ", ""
        trace = trace.tb_next
    return where + library if where or not _homes else _homes[-1] + library


def _is_of_library(code: types.CodeType) -> bool:
    name = code.co_filename
    if name.startswith(_PACKAGE) or name.startswith(_INSTALLED):
        return False
    return name.startswith(_LIBRARY) or name.startswith("<frozen ")


def levels_to_user() -> int:
    """The `stacklevel` of warnings.warn, in its caller, of the innermost frame of the user."""
    frame: types.FrameType | None = sys._getframe(1)
    level = 1
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
        level += 1
    return level


MARK = "__piconumpy_traced__"
"""A global variable of the traced copies of functions."""


def is_raised_by_statement(error: BaseException) -> bool:
    """Whether a statement ``raise`` of a traced function has raised it."""
    trace = _innermost(error)
    if trace is None or MARK not in trace.tb_frame.f_globals:
        return False
    return dis.opname[trace.tb_frame.f_code.co_code[trace.tb_lasti]] == "RAISE_VARARGS"


def is_overflow(error: BaseException) -> bool:
    """Whether there was no stack left.

    Then PyPy may find no room for noting the context of its RecursionError, and raises a TypeError
    that tells so.
    """
    if IS_PYPY and type(error) is TypeError and error.args and type(error.args[0]) is str:
        return error.args[0].startswith("couldn't record exception context")
    return isinstance(error, RecursionError)


def is_foreign(error: BaseException) -> bool:
    """Whether code has raised it that no function called, such as a handler of a signal."""
    trace = _innermost(error)
    if trace is None or MARK in trace.tb_frame.f_globals:
        return False
    numpy = getattr(sys.modules.get("numpy"), "__path__", ())
    return not trace.tb_frame.f_code.co_filename.startswith((_PACKAGE, _LIBRARY, "<", *numpy))


def _innermost(error: BaseException) -> types.TracebackType | None:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace


def refuse(message: str, where: str | None = None, refusal: type[Refusal] = Refusal) -> NoReturn:
    """Ends the trace. Outside of one, as for a number that was kept, it raises TraceError."""
    text = (place() if where is None else where) + message
    if not _pending.traces:
        raise TraceError(text)
    _pending.texts.append(text)
    raise refusal(text)


def refusals() -> int:
    """How many refusals are pending. A trace can run within another one, as in a ``__del__``."""
    return len(_pending.texts)


def pending_refusal(since: int) -> str | None:
    """The first refusal since there were so many. It forgets it, and those behind it."""
    first = _pending.texts[since] if since < len(_pending.texts) else None
    del _pending.texts[since:]
    return first


Instruction = tuple[int, int, int, int, int, float]
"""Operation, flags, the operands' indices or -1, and the value of a constant."""


class Tape:
    """What one path records: instructions, and the decisions that led along it.

    Parameters
    ----------
    decisions : list of bool
        The first decisions of this path. The later ones are True.
    is_fast : bool
        Whether the program may differ from Python by rounding.
    """

    def __init__(self, decisions: list[bool], is_fast: bool) -> None:
        self.is_fast = is_fast
        self.instructions: list[Instruction] = []
        self.trail: list[tuple[int, int, bool]] = []
        """Of each decision, the number of instructions before it, the condition, and the side."""
        self._decisions = decisions
        self._known: dict[Any, int] = {}
        self._decided: dict[int, bool] = {}
        self.texts: list[str] = []
        """Where the text of a number was made, which only an exception may have."""
        self.is_open = True

    def record(self, op: int, a: int = -1, b: int = -1, c: int = -1, flags: int = 0) -> int:
        """Index of the value of an operation. Equal operations are recorded once."""
        self._require_open()
        key = (op, flags, a, b, c)
        index = self._known.get(key)
        if index is None:
            index = self._known[key] = self._append((op, flags, a, b, c, 0.0))
        return index

    def splice(self, instructions: list[Instruction], inputs: list[int]) -> list[int]:
        """Appends a program whose inputs are values of this tape. Indices of its outputs."""
        places: dict[int, int] = {}
        outputs = []
        remaining = iter(inputs)
        depth = 0
        for i, (op, flags, a, b, c, value) in enumerate(instructions):
            if op != Op.FAIL:  # whose operand is a kind of trouble
                a, b, c = (places[k] if k >= 0 else -1 for k in (a, b, c))
            depth += (op == Op.IF) - (op == Op.END)
            if op == Op.INPUT:
                places[i] = next(remaining)
            elif op == Op.OUTPUT:
                outputs.append(a)
            elif op == Op.CONSTANT and depth == 0:
                places[i] = self.constant(value)
            elif depth == 0 and op < Op.IF:
                places[i] = self.record(op, a, b, c, flags)
            else:
                # What is within a branch is not known outside of it.
                places[i] = self._append((op, flags, a, b, c, value))
        return outputs

    def constant(self, value: float) -> int:
        """Index of a constant."""
        key = struct.pack("d", value)
        index = self._known.get(key)
        if index is None:
            index = self._known[key] = self._append((Op.CONSTANT, 0, -1, -1, -1, value))
        return index

    def input(self) -> int:
        """Index of a new input."""
        return self._append((Op.INPUT, 0, -1, -1, -1, 0.0))

    def require(self, condition: int) -> None:
        """From here on, the path has no answer unless the condition holds."""
        self.record(Op.REQUIRE, condition)

    def decide(self, condition: int) -> bool:
        """Which side of a condition this path takes."""
        self._require_open()
        known = self._decided.get(condition)
        if known is not None:
            return known
        k = len(self.trail)
        if k == MAX_DECISIONS:
            refuse(
                f"more than {MAX_DECISIONS} decisions on traced numbers in one call: a loop that "
                "ends by a condition on data can't be traced. Give it a fixed number of rounds",
                refusal=TooManyPaths,
            )
        side = self._decisions[k] if k < len(self._decisions) else True
        self.trail.append((len(self.instructions), condition, side))
        self._decided[condition] = side
        return side

    def _require_open(self) -> None:
        if not self.is_open:
            refuse("a traced number of an earlier call was kept and is used now: it has no value")

    def _append(self, instruction: Instruction) -> int:
        self._require_open()
        index = len(self.instructions)
        if index > 60_000:
            refuse("more than 60000 operations: the function is too long for one program")
        self.instructions.append(instruction)
        return index
