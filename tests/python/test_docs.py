# SPDX-License-Identifier: BSD-3-Clause
from __future__ import annotations

import doctest
import inspect

import pytest

import piconumpy
from piconumpy import _interface

CONSTANTS = ("isa", "pi", "e", "inf", "nan")
NAMES = [name for name in piconumpy.__all__ if name not in CONSTANTS]


def run_examples(doc: str, name: str) -> int:
    test = doctest.DocTestParser().get_doctest(doc, {}, name, None, None)
    runner = doctest.DocTestRunner()
    runner.run(test, clear_globs=False)
    assert runner.failures == 0, f"an example of {name} shows something else than what happens"
    return len(test.examples)


def public_methods() -> list[str]:
    """Methods and attributes."""
    return [name for name in dir(piconumpy.array) if not name.startswith("_")]


@pytest.mark.parametrize("name", NAMES)
def test_public_names_have_examples_that_run(name):
    thing = getattr(piconumpy, name)
    assert inspect.getdoc(thing), f"{name} has no documentation"
    assert run_examples(inspect.getdoc(thing), name) > 0, f"{name} has no example"


@pytest.mark.parametrize("name", public_methods())
def test_methods_have_examples_that_run(name):
    assert run_examples(inspect.getdoc(getattr(piconumpy.array, name)), name) > 0


def test_the_interface_lists_all_that_the_array_has():
    offered, documented = dir(piconumpy.array), dir(_interface.array)
    assert {name for name in offered if not name.startswith("_")} == {
        name for name in documented if not name.startswith("_")
    }


def test_the_package_has_an_example():
    assert run_examples(piconumpy.__doc__, "piconumpy") > 0


@pytest.mark.parametrize("name", NAMES)
def test_signatures_can_be_read(name):
    has_parameters = bool(inspect.signature(getattr(piconumpy, name)).parameters)
    without = ("available_isas", "raise_jit_trace_limit", "release_memory")
    assert has_parameters == (name not in without)


@pytest.mark.parametrize(
    "name", ["add", "minimum", "sqrt", "negative", "full", "zeros", "set_isa", "array"]
)
def test_things_know_their_home(name):
    assert getattr(piconumpy, name).__module__.split(".")[0] == "piconumpy"
