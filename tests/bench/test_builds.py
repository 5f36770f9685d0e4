"""How peers are built, and what a row says when it cannot be."""

from __future__ import annotations

import dataclasses
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from rows import peer

from bench.harness.interpreter import Interpreter
from bench.peers import builds, tools
from bench.peers.tools import BuildEnv, BuildError, Unavailable

CPYTHON = dataclasses.replace(
    Interpreter.current(), implementation="cpython", version="3.11.7", hpy="0.9.0"
)
PYPY = dataclasses.replace(
    CPYTHON, implementation="pypy", version="7.3.19", hpy="0.9.1.dev61+g79fb330d"
)


@pytest.fixture
def facts(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets an interpreter be whatever the test needs."""

    def pretend(which: Interpreter) -> BuildEnv:
        monkeypatch.setattr(tools, "interpreter_facts", lambda python: which)
        monkeypatch.setattr(builds, "module_is_there", lambda python, module: False)
        return BuildEnv("the interpreter")

    return pretend


def test_hpy_rows_say_what_their_interpreter_lacks(facts: Any) -> None:
    with pytest.raises(Unavailable, match=r"PyPy 7\.3\.19 does not have the CPython ABI"):
        builds.build_hpy_cpython(facts(PYPY))
    with pytest.raises(Unavailable, match=r"PyPy 8\.0\.1 has no HPy"):
        builds.build_hpy_universal(facts(dataclasses.replace(PYPY, version="8.0.1", hpy=None)))
    old = dataclasses.replace(PYPY, version="7.3.11", hpy="0.0.4")
    with pytest.raises(Unavailable, match=r"has HPy 0\.0\.4, and this row is built for HPy 0\.9"):
        builds.build_hpy_universal(facts(old))


def test_rows_without_their_tools_say_so(facts: Any) -> None:
    env = facts(CPYTHON)
    for build in (builds.build_cython, builds.build_hpy_cpython, builds.build_hpy_universal):
        with pytest.raises(Unavailable, match=r"CPython 3\.11\.7 has no package "):
            build(env)
    with pytest.raises(Unavailable, match="has no package numpy"):
        builds.build_pythran(env, "ode")


def test_rows_that_compile_at_run_time_say_what_is_missing(facts: Any) -> None:
    with pytest.raises(Unavailable, match=r"JAX is there for CPython only, not for PyPy 7\.3\.19"):
        peer("jax").launch(facts(PYPY), "ode")
    with pytest.raises(Unavailable, match="has no package numpy"):
        peer("jax").launch(facts(CPYTHON), "ode")


def test_a_row_whose_compiler_is_missing_says_so(
    facts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = facts(CPYTHON)
    monkeypatch.setattr(builds, "module_is_there", lambda python, module: True)
    assert peer("casadi").launch(env, "ode").command[-2:] == ["--jit", "casadi"]
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match="CasADi calls gcc, which is not on PATH"):
        peer("casadi").launch(env, "ode")


def test_a_row_of_another_interpreter_is_left_out(facts: Any) -> None:
    raised = peer("piconumpy_raised")
    assert raised.is_for("pypy")
    assert not raised.is_for("cpython")
    with pytest.raises(Unavailable, match=r"a row of pypy, not of CPython 3\.11\.7"):
        raised.launch(facts(CPYTHON), "ode")
    assert "--long-traces" in raised.launch(facts(PYPY), "ode").command


def test_the_callback_alone_is_a_floor_only_where_nothing_merges_it() -> None:
    assert peer("callback").is_floor("cpython")
    assert not peer("callback").is_floor("pypy")
    assert peer("cpp").is_floor("pypy")


def test_an_interpreter_tells_what_builds_need() -> None:
    here = tools.interpreter_facts(sys.executable)
    assert here.implementation == sys.implementation.name
    assert here.title.endswith(here.version)
    assert here.extension_suffix.endswith(".so")
    assert tools.module_is_there(sys.executable, "json.decoder")
    assert not tools.module_is_there(sys.executable, "no_such_package.module")
    with pytest.raises(BuildError, match="does not run"):
        tools.interpreter_facts("no-such-python")


def test_a_build_is_not_repeated_until_its_source_changes(tmp_path: Path) -> None:
    logged: list[str] = []
    env = BuildEnv(sys.executable, root=tmp_path, log=logged.append)
    source = tmp_path / "source"
    source.write_text("1", encoding="utf-8")
    os.utime(source, (1, 1))

    def build(word: str = "built") -> None:
        command = [sys.executable, "-c", f"print('{word}')"]
        tools.build_once(env, "peer/part", [source], command, tmp_path)

    build()
    build()
    assert logged == ["building the peer peer/part"]
    os.utime(source)
    os.utime(source, (2**32, 2**32))
    build()
    assert len(logged) == 2
    os.utime(source, (1, 1))
    build("otherwise")
    assert len(logged) == 3


def test_a_failed_build_is_told_with_its_output_and_tried_again(tmp_path: Path) -> None:
    env = BuildEnv(sys.executable, root=tmp_path, log=lambda text: None)
    command = [sys.executable, "-c", "import sys; sys.exit('syntax error in line 3')"]
    for _ in range(2):
        with pytest.raises(BuildError, match="syntax error in line 3"):
            tools.build_once(env, "peer", [], command, tmp_path)


def test_a_compiler_or_a_julia_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler -O3")
    with pytest.raises(Unavailable, match="no-such-compiler"):
        tools.find_cxx()
    monkeypatch.setenv("JULIA", "/no/such/julia")
    with pytest.raises(Unavailable, match="/no/such/julia"):
        tools.find_julia(BuildEnv(sys.executable))


def test_a_julia_on_the_path_is_preferred(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "julia"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.delenv("JULIA", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    launch = tools.find_julia(BuildEnv(sys.executable))
    assert launch.command[0] == shutil.which("julia")
    assert launch.environment == {}
