"""The problems: where they start and end, what solves them exactly, and their right-hand sides.

A right-hand side has one source, which is transformed into what a package takes.
"""

from __future__ import annotations

import ast
import json
import math
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Callable

from bench.board import loader
from bench.ode.sleds import initial_states

Function = Callable[..., Any]

EQUATIONS = Path(__file__).with_name("equations.py")
REFERENCE = Path(__file__).with_name("reference.json")
EVENT_X = 32.0  # the event of the board: the sled comes to this place (m)
POINTS = 1000  # of t_eval


@dataclass(frozen=True)
class Problem:
    """y' = f(t, y) from t = 0 to t_end.

    function: the name of f in `source`, if it is not the problem's. atol: the absolute tolerance,
    as a part of the relative one.
    """

    name: str
    title: str
    t_end: float
    y0: tuple[float, ...]
    source: Path = EQUATIONS
    function: str = ""
    atol: float = 1.0

    @property
    def function_name(self) -> str:
        return self.function or self.name

    @property
    def n(self) -> int:
        return len(self.y0)

    @property
    def span(self) -> tuple[float, float]:
        return 0.0, self.t_end

    @cached_property
    def t_eval(self) -> list[float]:
        """The same number of points behind the start; the last one is t_end."""
        return [self.t_end * (i + 1) / POINTS for i in range(POINTS)]

    @property
    def checked(self) -> range:
        """Places in t_eval at which the state is compared: every tenth of the time."""
        return range(POINTS // 10 - 1, POINTS, POINTS // 10)

    def rhs(self, array: Any, functions: Any = math, as_list: bool = False) -> Function:
        """f with this array type, and with sin, cos, and pi of `functions`.

        as_list: it makes a list of its state first, whose numbers are Python's.
        """
        tree = ast.parse(self.source.read_text(encoding="utf-8"))
        if as_list:
            _function(tree, self.function_name).body[:0] = AS_LIST
        module = loader.execute(ast.fix_missing_locations(tree), self.source)
        module.__dict__.update(array=array, math=functions)
        function: Function = module.__dict__[self.function_name]
        return function

    def rhs_into(self, parameters: str, as_list: bool = False) -> Function:
        """f with these parameters, of which `dy` is what the result is written into."""
        tree = ast.parse(self.source.read_text(encoding="utf-8"))
        module = loader.execute(_into(tree, self.function_name, parameters, as_list), self.source)
        function: Function = module.__dict__[self.function_name]
        return function


AS_LIST = ast.parse("X = X.tolist()").body


def _function(tree: ast.Module, name: str) -> ast.FunctionDef:
    """The function of that name in the module."""
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    return next(function for function in functions if function.name == name)


def _into(tree: ast.Module, name: str, parameters: str, as_list: bool) -> ast.Module:
    """The module whose function of that name writes into dy instead of returning an array."""
    function = _function(tree, name)
    header = ast.parse(f"def f({parameters}): pass").body[0]
    assert isinstance(header, ast.FunctionDef)
    function.args, function.returns = header.args, None
    *body, last = function.body
    assert isinstance(last, ast.Return) and isinstance(last.value, ast.Call)
    (items,) = last.value.args
    assert isinstance(items, ast.List)
    texts = [f"dy[{place}] = {ast.unparse(item)}" for place, item in enumerate(items.elts)]
    first = AS_LIST if as_list else []
    function.body = [*first, *body, *ast.parse("\n".join(texts)).body]
    return ast.fix_missing_locations(tree)


PROBLEMS = {
    problem.name: problem
    for problem in (
        Problem("lotka_volterra", "Lotka-Volterra", 15.0, (10.0, 5.0)),
        Problem("pendulum", "Pendulum", 20.0, (3.0, 0.0)),
        Problem("lorenz", "Lorenz", 5.0, (1.0, 1.0, 1.0)),
        Problem(
            "arenstorf",
            "Arenstorf orbit",
            17.0652165601579625588917206249,
            (0.994, 0.0, 0.0, -2.00158510637908252240537862224),
        ),
        Problem("board", "Sled on the board", 20.0, tuple(initial_states(1, 1)[0]), loader.SOURCE),
    )
}

# Stiff problems, whose states are compared at the end. Their absolute tolerances are small parts of
# their smallest components.
STIFF = {
    problem.name: problem
    for problem in (
        Problem("robertson", "Robertson, t = 0..40", 40.0, (1.0, 0.0, 0.0), atol=1e-6),
        Problem("hires", "HIRES, t = 0..321.8", 321.8122, (1.0, *[0.0] * 6, 0.0057), atol=1e-4),
        Problem(
            "rober",
            "Robertson, t = 0..1e11",
            1e11,
            (1.0, 0.0, 0.0),
            function="robertson",
            atol=1e-13,
        ),
        Problem(
            "van_der_pol", "Van der Pol, mu = 1000, t = 0..2000", 2000.0, (2.0, 0.0), atol=1e-3
        ),
    )
}

# Of an ensemble of sleds, these are compared.
SLEDS_CHECKED = 4


@cache
def reference(name: str) -> dict[str, Any]:
    """What bench/integrate/reference.py has computed: `states` at the checked times.

    The board also has `event_t`, and `sleds`: the first sleds' states at the end. Stiff problems
    have the state at the end alone.
    """
    found: dict[str, Any] = json.loads(REFERENCE.read_text(encoding="utf-8"))[name]
    return found
