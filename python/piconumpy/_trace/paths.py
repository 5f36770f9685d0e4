# SPDX-License-Identifier: BSD-3-Clause
"""All paths through a function, as the instructions of one program.

A path is followed by calling the function; its decisions on traced numbers are preset up to some
point, and True from there on. The next call presets the last decision that was True to False. The
paths form a tree, which becomes nested branches.
"""

from __future__ import annotations

import struct
from typing import Any, Callable

from .structure import Form
from .tape import (
    Instruction,
    Op,
    Tape,
    TooManyPaths,
    is_foreign,
    is_overflow,
    is_raised_by_statement,
    place_of,
    refuse,
)

__all__ = ["INSTRUCTION", "MAX_PATHS", "Leaf", "Trace", "explore", "raising_leaf"]

MAX_PATHS = 64

_TROUBLE_FAIL = 4  # PK_TROUBLE_FAIL
INSTRUCTION = struct.Struct("=iIiii4xd")
"""How a pk_instruction is laid out."""


class Leaf:
    """The end of a path.

    Attributes
    ----------
    form : Form or None
        The form of the result; None if the path raises.
    outputs : list of int
        Indices of the result's numbers.
    error : BaseException or None
        What was raised.
    place : str
        File and line where it was, as a message begins.
    """

    def __init__(
        self, form: Form | None, outputs: list[int], error: BaseException | None = None
    ) -> None:
        self.form = form
        self.outputs = outputs
        self.place = "" if error is None else place_of(error)
        self.error = None if error is None else error.with_traceback(None)
        if error is not None:
            # These and the traceback would keep the frames of the trace alive.
            error.__context__ = error.__cause__ = None


def raising_leaf(error: BaseException) -> Leaf:
    """The end of a path that raises, to be called where the exception was caught.

    What the function does not raise by itself is no end of a path: memory may be there the next
    time, and Ctrl-C is no part of the function.
    """
    if is_raised_by_statement(error):
        return Leaf(None, [], error)
    if is_overflow(error):
        refuse(f"recursion without end, or by data ({error})")
    # CPython has places where it raises SystemError without memory.
    is_short_of_memory = isinstance(error, (MemoryError, SystemError))
    if is_short_of_memory or not isinstance(error, Exception) or is_foreign(error):
        raise error
    return Leaf(None, [], error)


class _Node:
    """A piece of path without decisions: its instructions, and then a leaf or a decision."""

    def __init__(self) -> None:
        self.instructions: list[Any] = []
        self.start = 0
        self.leaf: Leaf | None = None
        self.condition = -1
        self.sides: dict[bool, _Node] = {}

    def is_dead(self) -> bool:
        """Whether all ends raise."""
        if self.leaf is not None:
            return self.leaf.form is None
        return all(side.is_dead() for side in self.sides.values())


def explore(follow: Callable[[Tape], Leaf], is_fast: bool) -> Trace:
    """Follows all paths; `follow` calls the function with one tape and returns the end."""
    root = _Node()
    leaves: list[Leaf] = []
    decisions: list[bool] = []
    while True:
        if len(leaves) == MAX_PATHS:
            refuse(
                f"more than {MAX_PATHS} paths through the function: it branches on data too often",
                refusal=TooManyPaths,
            )
        tape = Tape(decisions, is_fast)
        leaf = follow(tape)
        tape.is_open = False
        leaves.append(leaf)
        _add(root, tape, leaf)
        decisions = [side for _, _, side in tape.trail]
        while decisions and not decisions[-1]:
            decisions.pop()
        if not decisions:
            return Trace(root, leaves)
        decisions[-1] = False


def _add(node: _Node, tape: Tape, leaf: Leaf) -> None:
    """Adds a path to the tree."""
    start = 0
    for stop, condition, side in [*tape.trail, (len(tape.instructions), -1, True)]:
        found = tape.instructions[start:stop]
        is_new = node.leaf is None and not node.sides
        if is_new:
            node.start, node.instructions, node.condition = start, found, condition
        elif repr(node.instructions) != repr(found) or node.condition != condition:
            refuse(
                "the function does not do the same when it is called again, as if it depends on "
                "time, random numbers, or something that it changes itself"
            )
        if condition < 0:
            node.leaf = leaf
            return
        node = node.sides.setdefault(side, _Node())
        start = stop


class Trace:
    """The result of exploring: instructions, and what the outputs mean.

    Attributes
    ----------
    list : list of Instruction
        The program.
    forms : list of Form
        The different forms of results. If there are several, the program's first output tells
        which one it is.
    error : BaseException or None
        What the first path raised that raises.
    place : str
        Where it was, as a message begins.
    is_dead : bool
        All paths raise, so that there is no program.
    """

    def __init__(self, root: _Node, leaves: list[Leaf]) -> None:
        self.forms: list[Form] = []
        for leaf in leaves:
            if leaf.form is not None and leaf.form not in self.forms:
                self.forms.append(leaf.form)
        raised = [leaf for leaf in leaves if leaf.error is not None]
        self.error = raised[0].error if raised else None
        self.place = raised[0].place if raised else ""
        self.is_dead = root.is_dead()
        self._width = max((len(leaf.outputs) for leaf in leaves), default=0)
        self.list: list[Instruction] = []
        if not self.is_dead:
            self._emit_all(root)

    def instructions(self) -> bytes:
        """The list for pk_program_create."""
        return b"".join(INSTRUCTION.pack(*instruction) for instruction in self.list)

    def _append(
        self, op: int, a: int = -1, b: int = -1, c: int = -1, flags: int = 0, value: float = 0.0
    ) -> int:
        self.list.append((op, flags, a, b, c, value))
        return len(self.list) - 1

    def _emit_all(self, root: _Node) -> None:
        self._zero = self._append(Op.CONSTANT)
        for index in self._emit(root, {}):
            self._append(Op.OUTPUT, index)

    def _emit(self, node: _Node, places: dict[int, int]) -> list[int]:
        """Appends a node that is not dead, and all behind it. Returns the indices of the outputs.

        places: for the tape's index of a value, its index in the list.
        """
        for i, (op, flags, a, b, c, value) in enumerate(node.instructions, node.start):
            if op != Op.FAIL:  # of a spliced program; its operand is a kind of trouble
                a, b, c = (places[k] if k >= 0 else -1 for k in (a, b, c))
            if op == Op.REQUIRE:
                self._fail_unless(a)
            else:
                places[i] = self._append(op, a, b, c, flags, value)
        if node.leaf is not None:
            return self._end(node.leaf, places)
        condition = places[node.condition]
        first, second = node.sides[True], node.sides[False]
        if second.is_dead():
            self._fail_unless(condition)
            return self._emit(first, places)
        if first.is_dead():
            self._fail_if(condition)
            return self._emit(second, places)
        self._append(Op.IF, condition)
        on_first = self._emit(first, dict(places))
        self._append(Op.ELSE)
        on_second = self._emit(second, dict(places))
        self._append(Op.END)
        return [self._append(Op.RESULT, a, b) for a, b in zip(on_first, on_second)]

    def _end(self, leaf: Leaf, places: dict[int, int]) -> list[int]:
        outputs = [places[index] for index in leaf.outputs]
        outputs += [self._zero] * (self._width - len(outputs))
        if len(self.forms) > 1:
            assert leaf.form is not None  # only a dead leaf has none
            which = self._append(Op.CONSTANT, value=float(self.forms.index(leaf.form)))
            outputs.insert(0, which)
        return outputs

    def _fail_if(self, condition: int) -> None:
        self._append(Op.IF, condition)
        self._append(Op.FAIL, _TROUBLE_FAIL)
        self._append(Op.END)

    def _fail_unless(self, condition: int) -> None:
        self._fail_if(self._append(Op.NOT, condition))
