# SPDX-License-Identifier: BSD-3-Clause
"""`python -m piconumpy`: what it shows, and that its checks can fail."""

from __future__ import annotations

import contextlib
import json
import math
import os
import pathlib
import subprocess
import sys

import pytest

import piconumpy
from piconumpy import __main__ as command
from piconumpy import _bench, _board, _check, _timing


def shown(**environment):
    """The document that the command prints in a process of its own."""
    found = subprocess.run(
        [sys.executable, "-m", "piconumpy", "--json"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stderr) == (0, "")
    return json.loads(found.stdout)


def test_it_shows_what_is_installed_and_checks_it():
    document = shown()
    assert document["version"] == piconumpy.__version__
    assert document["ISAs"].split(", ") == list(piconumpy.available_isas())
    assert document["active ISA"] in piconumpy.available_isas()
    assert "libpicokernels" in document["library"]
    assert document["engine of jit"] in ("machine code", "interpreter")
    assert set(document["checks"]) == {"kernels", "programs", "jit"}
    assert all(result.startswith("ok: ") for result in document["checks"].values())
    assert all(ratio > 0 for ratio in document["times faster than NumPy"].values())


def test_it_prints_a_line_for_each_fact_and_check(capsys, monkeypatch):
    monkeypatch.setattr(_bench, "numpy_or_none", lambda: None)
    assert command.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["version", piconumpy.__version__]
    assert lines[7].split(maxsplit=1) == ["NumPy", "not installed"]
    assert [line.split()[1] for line in lines[8:]] == ["kernels", "programs", "jit"]


def test_it_prints_how_much_faster_it_is(capsys, monkeypatch):
    monkeypatch.setattr(command, "_against_numpy", lambda seconds: {"x + y, 4 numbers": 3.14})
    assert command.main([]) == 0
    line = capsys.readouterr().out.splitlines()[-1].strip()
    assert line == "3.1  times faster than NumPy: x + y, 4 numbers"


def test_it_works_with_jit_switched_off():
    document = shown(PICONUMPY_JIT="0")
    assert document["engine of jit"] == "none: PICONUMPY_JIT=0 switches jit off"


def test_systems_may_hide_libraries_and_caches(monkeypatch):
    def refuse(path, **options):
        raise OSError(f"{path}: refused")

    monkeypatch.setattr(pathlib.Path, "read_text", refuse)
    facts = command.facts()
    assert facts["library"] == "unknown: this system has no /proc/self/maps"
    assert facts["caches"] == "unknown: the system lists none"


def test_systems_may_have_no_affinity(monkeypatch):
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    with _timing.on_one_core():
        assert command.main(["bench", "--seconds", "0"]) == 0


def test_it_tells_the_version(capsys):
    with pytest.raises(SystemExit) as end:
        command.main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out.strip() == piconumpy.__version__


def failure(capsys):
    """The line of the only check that fails."""
    assert command.main([]) == 1
    output = capsys.readouterr()
    assert output.err == "piconumpy does not work on this machine: a check failed\n"
    (line,) = (line for line in output.out.splitlines() if "FAILED" in line)
    return line


def test_a_wrong_bit_of_a_kernel_fails(capsys, monkeypatch):
    right = piconumpy.multiply

    def wrong(a, b, out):
        right(a, b, out)
        if len(out) > 32:
            out[32] = math.ldexp(out[32], 0) + math.ldexp(1.0, -54)
        return out

    monkeypatch.setattr(piconumpy, "multiply", wrong)
    assert "multiply on" in (line := failure(capsys))
    assert "element 32 of 33" in line


def test_a_function_that_is_too_inexact_fails(capsys, monkeypatch):
    right = piconumpy.exp

    def wrong(a, out):
        right(a, out)
        out *= 1 + 2.0**-49
        return out

    monkeypatch.setattr(piconumpy, "exp", wrong)
    assert "exp on" in failure(capsys)


def test_a_wrong_program_fails(capsys, monkeypatch):
    monkeypatch.setattr(piconumpy, "vectorize", lambda f: lambda x, y: x + y)
    assert "check programs FAILED: vectorize, element 0 of 1" in failure(capsys)


def test_an_isa_that_is_not_chosen_fails(capsys, monkeypatch):
    monkeypatch.setattr(piconumpy, "set_isa", lambda isa: contextlib.nullcontext())
    monkeypatch.setattr(piconumpy, "available_isas", lambda: ("avx9",))
    assert "set_isa('avx9') chose" in failure(capsys)


def test_a_wrong_quotient_fails(capsys, monkeypatch):
    right = piconumpy.jit

    def wrong(f):
        return right(f) if f is _check._formula else lambda x, y: x * y

    monkeypatch.setattr(piconumpy, "jit", wrong)
    monkeypatch.setattr(command, "_engine", lambda: "")
    assert "jit: 1.0 / 4.0 is 4.0" in failure(capsys)


def test_a_wrong_bit_of_a_traced_function_fails(capsys, monkeypatch):
    right = piconumpy.jit
    monkeypatch.setattr(piconumpy, "jit", lambda f: lambda *x: right(f)(*x) * (1 + 2.0**-52))
    monkeypatch.setattr(command, "_engine", lambda: "")
    assert "check jit      FAILED: jit: the formula" in failure(capsys)


def test_an_exception_that_is_lost_fails(capsys, monkeypatch):
    def lost(f):
        def call(x, y):
            try:
                return f(x, y)
            except ZeroDivisionError:
                return math.inf

        return call

    monkeypatch.setattr(piconumpy, "jit", lost)
    monkeypatch.setattr(command, "_engine", lambda: "")
    assert "should raise ZeroDivisionError" in failure(capsys)


def test_an_unexpected_error_fails(capsys, monkeypatch):
    def broken():
        raise OSError("no memory for machine code")

    monkeypatch.setitem(_check.CHECKS, "jit", broken)
    assert "OSError('no memory for machine code')" in failure(capsys)


def test_the_self_check_covers_every_function():
    named = {*_check.EXACT, *_check.CLOSE}
    # math has no exp2 before Python 3.11, and no cbrt.
    assert named == {*piconumpy._interface._OPERATIONS} - {"exp2", "cbrt"}


def test_the_benchmark_measures_every_row(capsys):
    assert command.main(["bench", "--json", "--seconds", "0"]) == 0
    document = json.loads(capsys.readouterr().out)
    rows = {row["row"]: row for row in document["rows"]}
    assert {"Python lists", "piconumpy array", "piconumpy rk4"} < set(rows)
    assert ("NumPy" in rows) == (document["numpy"] is not None)
    assert document["rounds"] == 5
    assert rows["Python lists"]["times_faster"] == 1
    for row in rows.values():
        assert 0 < row["q1_s"] <= row["median_s"] <= row["q3_s"]


def test_the_benchmark_does_without_numpy(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert _bench.numpy_or_none() is None


def test_the_benchmark_prints_a_table(capsys, monkeypatch):
    monkeypatch.setattr(_bench, "numpy_or_none", lambda: None)
    assert command.main(["bench", "--seconds", "0"]) == 0
    text = capsys.readouterr().out
    assert "times faster than lists" in text
    assert "piconumpy jit: step" in text
    assert "NumPy" not in text


def test_the_benchmark_refuses_rows_that_compute_something_else(capsys, monkeypatch):
    monkeypatch.setattr(_bench, "rk4", lambda f, x, dt, n: x)
    assert command.main(["bench", "--seconds", "0"]) == 1
    assert "piconumpy rk4 and Python lists compute different states" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["-1", "nan", "x", "4000"])
def test_the_benchmark_refuses_such_times(seconds, capsys):
    with pytest.raises(SystemExit) as end:
        command.main(["bench", f"--seconds={seconds}"])
    assert end.value.code == 2
    assert "--seconds" in capsys.readouterr().err


def test_lists_make_the_steps_of_arrays():
    step = _board.runge_kutta_step_of_lists(lambda t, x: [x[1], -x[0]], [1.0, 0.5], 0.1, 0.0)
    array_step = _board.runge_kutta_step(
        lambda t, x: piconumpy.array([x[1], -x[0]]), piconumpy.array([1.0, 0.5]), 0.1, 0.0
    )
    assert step == array_step.tolist()


def test_completion_shows_the_public_names_alone():
    names = {name for name in dir(piconumpy) if not name.startswith("__")}
    assert names - {"integrate"} == set(piconumpy.__all__)
    assert all(hasattr(piconumpy, name) for name in dir(piconumpy))
