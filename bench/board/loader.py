"""Fresh copies of bench/board/problem.py, one for each row, with the row's own `array`."""

from __future__ import annotations

import ast
import math
import types
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).with_name("problem.py")


class _BareLists(ast.NodeTransformer):
    """Replaces every `array([...])` by the list, so that no array type is called."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        a_list = len(node.args) == 1 and isinstance(node.args[0], ast.List) and not node.keywords
        if a_list and ast.unparse(node.func) == "array":
            return node.args[0]
        return node


def execute(tree: ast.Module, source: Path) -> types.ModuleType:
    """A fresh module of this tree, which was read from that file."""
    module = types.ModuleType(source.stem)
    module.__file__ = str(source)
    exec(compile(tree, str(source), "exec"), module.__dict__)
    return module


def load(array: Any, functions: Any = math) -> types.ModuleType:
    """The problem computed with this array type, and with sin, cos, and pi of `functions`."""
    module = execute(ast.parse(SOURCE.read_text(encoding="utf-8")), SOURCE)
    module.__dict__.update(array=array, math=functions)
    return module


def load_on_lists() -> types.ModuleType:
    """The problem with every `array([...])` replaced by the bare list, for the callback alone."""
    tree = _BareLists().visit(ast.parse(SOURCE.read_text(encoding="utf-8")))
    return execute(ast.fix_missing_locations(tree), SOURCE)
