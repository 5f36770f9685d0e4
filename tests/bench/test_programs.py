"""The command `python -m bench.programs`, its jobs, goals, and tables."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from rows import Reader, results, row

from bench.harness.results import Results, Row
from bench.peers import table
from bench.programs import goals, jobs, tables, worker
from bench.programs.command import main
from bench.programs.expressions import EXPRESSIONS, expected

SMALL = ["--runs", "1", "--quick", "--no-plot"]
COMPILED = ["gcc_exact", "gcc_fast"]
LANES = goals.FAST_LANES[0]


@pytest.mark.parametrize("library", ["numpy", "numexpr", "numba"])
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_a_library_computes_what_python_computes(library: str, name: str) -> None:
    pytest.importorskip(library)
    pytest.importorskip("numpy")
    options = argparse.Namespace(compiled=library)
    (found,) = worker.make_row(options, [name, "1000", "2"]).states()
    assert found == pytest.approx(expected(name, 1000), rel=1e-14, abs=1e-14)


def test_the_polynomial_has_twenty_operations() -> None:
    text = EXPRESSIONS["polynomial"].text
    assert text.count(" * ") + text.count(" + ") == 20
    assert eval(text, {"a": 0.75}) == EXPRESSIONS["polynomial"].function(0.75)


def test_a_library_of_arrays_moves_no_sleds() -> None:
    pytest.importorskip("numpy")
    with pytest.raises(worker.CannotDo, match="arrays only"):
        worker.make_row(argparse.Namespace(compiled="numpy"), ["sleds", "1", "1"])


def test_every_row_has_a_job() -> None:
    for peer in table.peers_of("programs"):
        kinds = ("sleds", "many_sleds", "create", "expression")
        assert any(jobs.takes_part(peer, kind) for kind in kinds), peer.name


def test_compiled_formulas_have_the_bits_of_the_python_source(
    tmp_path: Path, read_results: Reader, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [*SMALL, "--output", str(tmp_path), "--jobs", "sleds,muladd,waves,polynomial"]
    # Where the worker of programs is not built, its rows are missing, which is no failure.
    rows = [*COMPILED, "program_point_exact_jit", "program_lanes_exact_interpreter", LANES]
    status = main([*arguments, "--rows", ",".join(rows)])
    captured = capsys.readouterr()
    assert status == 0, captured.err
    document = read_results("programs")
    assert len(document["jobs"]) == 1 + 3 * len(jobs.LENGTHS)
    for job in document["jobs"]:
        medians = {one["id"]: one["median_s"] for one in job["rows"]}
        assert all(medians[name] > 0 for name in COMPILED)
    assert len(document["goals"]) > 20
    assert {"name", "value", "bound", "verdict"} <= document["goals"][0].keys()
    assert "Goals" in captured.out


def job(name: str, *rows: Row) -> Results:
    problem = {"name": name, "description": "d", "operations": 2000, "unit": "ns"}
    return results(rows, "julia", problem, interpreter="CPython 3", isa="avx512")


def test_a_goal_shows_its_value_and_whether_it_is_met() -> None:
    sleds = job(
        "sleds",
        row("julia", 1.0),
        row("program_point_exact_jit", 0.21),
        row("program_point_fast_jit", 0.2),
        row(LANES, 0.01),
    )
    many = job("many_sleds", row(LANES, 1.8e-5))
    evaluated = goals.evaluate({"sleds": sleds, "many_sleds": many})
    verdicts = {(goal.name, goal.unit): (goal.value, goal.verdict) for goal in evaluated}
    assert verdicts["One point, exact", "x Julia"] == (0.21, "met")
    assert verdicts["One point, fast", "x Julia"] == (0.2, "missed")
    assert verdicts["One point, exact", "x C++ -O3"] == (None, "not measured")
    assert verdicts["Ten sleds in lanes, fast", "x Julia"] == (0.01, "met, stretch too")
    value, verdict = verdicts["10,000 sleds, fast, AVX-512", "ns a sled-step"]
    assert value == pytest.approx(9.0)
    assert verdict == "missed"
    printed = tables.goal_table(evaluated).text()
    assert any("0.210  <= 0.225 (0.2)" in line for line in printed)


def test_expressions_are_compared_with_the_fastest_peer() -> None:
    one = job("waves 1e2", row(LANES, 1.1), row("gcc_native", 1.0), row("numpy_expression", 3.0))
    (goal,) = [goal for goal in goals.evaluate({"waves 1e2": one}) if "waves" in goal.name]
    assert goal.value == pytest.approx(1.1)
    assert (goal.unit, goal.verdict) == ("x C++ -O3 -ffast-math -march=native", "missed")


def test_tables_and_charts_are_drawn() -> None:
    sleds = job("sleds", row("julia", 1.0), row("program_point_exact_jit", 0.2), row(LANES, None))
    waves = job(
        "waves 1e2", row("julia", 2.0), row(LANES, 1.0), row(LANES.replace("fast", "exact"), 3.0)
    )
    both = {"sleds": sleds, "waves 1e2": waves}
    printed = "\n".join(tables.lines(both, goals.evaluate(both)))
    assert "Exact lanes take, times fast ones: waves 1e2 3.00" in printed
    assert "sleds: not measured: gone" in printed
    pytest.importorskip("matplotlib")
    pictures = dict(tables.draw(both))
    assert list(pictures) == ["sleds", "expressions"]
    assert all(picture.startswith(b"\x89PNG") for picture in pictures.values())


def test_an_unknown_job_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--jobs", "sleds,sort"])
    assert "unknown job 'sort'; the jobs are: sleds, many_sleds" in capsys.readouterr().err
