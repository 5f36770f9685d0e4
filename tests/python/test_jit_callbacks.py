# SPDX-License-Identifier: BSD-3-Clause
"""Callbacks of real problems: jit returns what Python returns, bit by bit."""

from __future__ import annotations

import random
from typing import Any

import pytest
from callbacks import CALLBACKS, Array
from jit_support import outcome, ran_natively
from support import SPECIAL

from piconumpy import array, jit


def values_of(bounds: Any, source: random.Random, special: float) -> Any:
    """Arguments within bounds; with the probability `special`, special values instead."""
    if isinstance(bounds, dict):
        return {key: values_of(value, source, special) for key, value in bounds.items()}
    if isinstance(bounds, tuple) and not isinstance(bounds[0], (list, tuple)):
        if source.random() < special:
            return source.choice(SPECIAL)
        return source.uniform(*bounds)
    items = [values_of(bound, source, special) for bound in bounds]
    if isinstance(bounds, Array):
        return array(items)
    return tuple(items) if isinstance(bounds, tuple) else items


def arguments(name: str, source: random.Random, special: float) -> list[Any]:
    return [values_of(bounds, source, special) for bounds in CALLBACKS[name][1]]


@pytest.mark.parametrize("name", CALLBACKS)
def test_a_callback_has_the_bits_of_python_for_values_of_its_problem(name: str) -> None:
    function, jitted = CALLBACKS[name][0], jit(CALLBACKS[name][0])
    source = random.Random(name)
    for _ in range(300):
        values = arguments(name, source, 0.0)
        assert outcome(jitted, *values) == outcome(function, *values), values


@pytest.mark.parametrize("name", CALLBACKS)
def test_a_callback_has_the_bits_and_exceptions_of_python_for_special_values(name: str) -> None:
    function, jitted = CALLBACKS[name][0], jit(CALLBACKS[name][0])
    source = random.Random(name)
    file = jitted._engine.python.__code__.co_filename
    for _ in range(300):
        values = arguments(name, source, 0.3)
        expected = outcome(function, *values, file=file)
        assert outcome(jitted, *values, file=file) == expected, values


@pytest.mark.parametrize("name", CALLBACKS)
def test_a_callback_runs_natively(name: str) -> None:
    jitted = jit(CALLBACKS[name][0])
    source = random.Random(name)
    jitted(*arguments(name, source, 0.0))
    assert len(jitted.signatures) == 1
    assert all(ran_natively(jitted, *arguments(name, source, 0.0)) for _ in range(20))


def test_there_are_many_callbacks() -> None:
    assert len(CALLBACKS) >= 30
