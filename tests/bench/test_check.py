"""The state check: what it lets pass, what it stops, and that it cannot be vacuous."""

from __future__ import annotations

import math
import sys
from typing import Any

import pytest

from bench.ode import check
from bench.ode.sleds import Problem, initial_states
from bench.peers.tools import BuildEnv

PROBLEM = Problem(20, 0.01, initial_states(2, seed=1))


@pytest.fixture(scope="module")
def reference() -> check.Reference:
    with check.reference_worker(BuildEnv(sys.executable)) as worker:
        return check.gather(worker, PROBLEM)


def changed(states: list[list[float]], by: float) -> list[list[float]]:
    """The states with v0 of sled 1 changed by that many of its last places."""
    result = [list(state) for state in states]
    result[1][3] += by * math.ulp(result[1][3])
    return result


def test_the_reference_agrees_with_itself(reference: check.Reference) -> None:
    reference.check("states", reference.states, exact=True)
    reference.check("derivatives", reference.derivatives, exact=True)


def test_one_bit_is_a_difference_where_bits_must_be_equal(reference: check.Reference) -> None:
    found = changed(reference.states, 1)
    with pytest.raises(
        check.StateError, match=r"sled 1, component v0: .* the reference has .*equal bits"
    ):
        reference.check("states", found, exact=True)
    reference.check("states", found, exact=False)


def test_the_bound_stops_what_rounding_cannot_explain(reference: check.Reference) -> None:
    found = changed(reference.states, 1e5)
    with pytest.raises(check.StateError, match=r"sled 1, component v0: .* the bound is"):
        reference.check("states", found, exact=False)
    assert reference.relative_bound() < 1e-12


@pytest.mark.parametrize("exact", [True, False])
def test_nan_is_a_difference(reference: check.Reference, exact: bool) -> None:
    found = [list(state) for state in reference.states]
    found[0][2] = math.nan
    with pytest.raises(check.StateError, match="sled 0, component u0: nan"):
        reference.check("states", found, exact)


def test_a_missing_sled_is_a_difference(reference: check.Reference) -> None:
    with pytest.raises(check.StateError, match="1 sleds instead of 2"):
        reference.check("states", reference.states[:1], exact=False)


def test_a_bound_that_lets_anything_pass_is_refused(reference: check.Reference) -> None:
    wide = check.Reference(reference.states, reference.derivatives, [1e-3, 1e-3])
    with pytest.raises(check.StateError, match="take fewer steps"):
        wide.check("states", reference.states, exact=False)
    wide.check("states", reference.states, exact=True)


class Canned:
    """A worker that answers every question about states with the same numbers."""

    def __init__(self, numbers: list[float]) -> None:
        self.answer = numbers

    def prepare(self, problem: str) -> None:
        pass

    def numbers(self, word: str, count: int) -> list[float]:
        return (self.answer * count)[:count]


@pytest.mark.parametrize(
    ("answer", "message"), [([math.nan], "ends in"), (PROBLEM.initial[0], "did not move")]
)
def test_a_useless_reference_is_refused(answer: list[float], message: str) -> None:
    worker: Any = Canned(answer)
    with pytest.raises(check.StateError, match=message):
        check.gather(worker, PROBLEM)


def test_every_run_with_a_seed_has_the_same_sleds() -> None:
    assert initial_states(3, seed=7) == initial_states(3, seed=7)
    assert initial_states(3, seed=7) != initial_states(3, seed=8)
    assert initial_states(5, seed=7)[:3] == initial_states(3, seed=7)
    assert all(x == 0 and 0 <= y < 1 and u == 3.5 and v == 0 for x, y, u, v in initial_states(9, 1))


def test_without_bounds_only_equal_bits_pass() -> None:
    state = [[1.0, 2.0, 3.0, 4.0]]
    reference = check.Reference(state, state, [float("inf")])
    reference.check("states", state, exact=True)
    with pytest.raises(check.StateError, match="only rows with equal bits"):
        reference.check("states", state, exact=False)
