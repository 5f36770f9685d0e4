"""The command `python -m bench.integrate`, its problems, jobs, goals, and tables."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rows import MACHINE, Only, Reader, peer, row

from bench.harness.results import Results, Row
from bench.harness.spread import Spread
from bench.integrate import goals, jobs, overheads, precision, scaling, solvers, tables, worker
from bench.integrate.command import main
from bench.integrate.jobs import Errors, Job
from bench.integrate.precision import Line, Panel, Point
from bench.integrate.problems import PROBLEMS, STIFF, reference
from bench.peers import table
from bench.peers.table import Peer

SMALL = ["--runs", "1", "--quick", "--no-plot"]
# They need no peer.
OWN = ["callback_ndarray", "callback_array", "fixed_jit", "fixed_fast"]
OWN += ["piconumpy_ndarray", "piconumpy_list"]
OWN += ["piconumpy_array", "piconumpy_jit", "piconumpy_fast"]

pytest.importorskip("numpy")


# ---- problems ------------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=list(PROBLEMS))
def test_the_reference_is_the_solution(problem: Any) -> None:
    solver = solvers.make(
        "piconumpy:piconumpy.jit", solvers.Task(problem, "DOP853", 1e-13, extras=True)
    )
    # The event is the board's; elsewhere another function of the state takes its place.
    result = solver.solve()
    found = solvers.checked_columns(solvers.Task(problem, "DOP853", 1e-13, True), result.y)
    wanted = reference(problem.name)["states"]
    assert len(wanted) == len(found) == 10
    for a, b in zip(found, wanted):
        assert a == pytest.approx(b, rel=2e-8, abs=2e-8)


def test_the_orbit_of_arenstorf_is_closed() -> None:
    problem = PROBLEMS["arenstorf"]
    assert reference("arenstorf")["states"][-1] == pytest.approx(problem.y0, abs=1e-10)


@pytest.mark.parametrize("name", STIFF)
def test_the_reference_of_a_stiff_problem_is_the_solution(name: str) -> None:
    states = worker.Row("piconumpy:piconumpy.jit", [name, "Rodas5P", "1e-10", "end"]).states()
    assert states[0] == pytest.approx(reference(name)["states"][-1], rel=2e-8)


@pytest.mark.parametrize("problem", [*PROBLEMS.values(), *STIFF.values()], ids=[*PROBLEMS, *STIFF])
@pytest.mark.parametrize("as_list", [False, True])
def test_a_function_that_writes_its_result_computes_the_same(problem: Any, as_list: bool) -> None:
    import numpy as np

    state = np.array(problem.y0) + 0.125
    dy = np.empty(problem.n)
    assert problem.rhs_into("dy, t, X", as_list)(dy, 0.0, state) is None
    assert dy.tolist() == problem.rhs(list)(0.0, state.tolist())


def test_a_right_hand_side_takes_other_functions() -> None:
    calls = []

    def sin(x: float) -> float:
        calls.append(x)
        return math.sin(x)

    f = PROBLEMS["pendulum"].rhs(tuple, SimpleNamespace(sin=sin))
    assert f(0.0, [1.0, 2.0]) == (2.0, -0.5 - 5.0 * math.sin(1.0))
    assert calls == [1.0]


# ---- rows ----------------------------------------------------------------------------------------

PACKAGES = [
    "scipy:scipy.",
    "piconumpy:piconumpy.ndarray",
    "piconumpy:piconumpy.array",
    "piconumpy:piconumpy.list",
    "piconumpy:piconumpy.jit",
    "piconumpy:piconumpy.fast",
    "numpy,piconumpy:callback.ndarray",
    "piconumpy:callback.array",
    "CyRK:cyrk.return",
    "CyRK:cyrk.dy",
    "CyRK:cyrk.reuse",
    "CyRK:cyrk.list",
    "heyoka:heyoka.",
]


def row_of(source: str, words: list[str]) -> worker.Row:
    """The row, if its packages are installed; else the test is skipped."""
    for package in source.partition(":")[0].split(","):
        pytest.importorskip(package)
    return worker.Row(source, words)


@pytest.mark.parametrize("source", PACKAGES)
def test_a_package_solves_the_problem(source: str) -> None:
    found = row_of(source, ["lotka_volterra", "RK45", "1e-8", "end"]).states()
    assert found[0] == pytest.approx(reference("lotka_volterra")["states"][-1], rel=1e-5)
    event_t, evaluations = found[1]
    assert math.isnan(event_t)
    assert math.isnan(evaluations) or evaluations > 500


@pytest.mark.parametrize("source", PACKAGES[:-1])
def test_a_package_finds_the_event(source: str) -> None:
    *states, (event_t, _) = row_of(source, ["board", "DOP853", "1e-10", "extras"]).states()
    exact = reference("board")
    assert event_t == pytest.approx(exact["event_t"], abs=1e-7)
    assert len(states) == len(exact["states"])
    for a, b in zip(states, exact["states"]):
        assert a == pytest.approx(b, abs=1e-5)


STIFF_PACKAGES = [
    "scipy:scipy.Radau",
    "scipy:scipy.BDF",
    "scipy:scipy.LSODA",
    "piconumpy:piconumpy.jit",
    "piconumpy:piconumpy.fast",
    "piconumpy,scipy:piconumpy.radau",
    "diffrax,jax:diffrax.",
]


@pytest.mark.parametrize("source", STIFF_PACKAGES)
def test_a_package_solves_a_stiff_problem(source: str) -> None:
    found = row_of(source, ["robertson", "Rodas5P", "1e-8", "end"]).states()
    assert found[0] == pytest.approx(reference("robertson")["states"][-1], rel=1e-4)


ENSEMBLE_PACKAGES = [
    "scipy:scipy.",
    "piconumpy:piconumpy.alone",
    "piconumpy:piconumpy.jit",
    "piconumpy:piconumpy.fast",
    "CyRK,numba:cyrk_numba.",
    "diffrax,jax:diffrax.",
    "heyoka:heyoka.",
]


@pytest.mark.parametrize("source", ENSEMBLE_PACKAGES)
def test_a_package_solves_for_several_sleds(source: str) -> None:
    row = row_of(source, ["board", "RK45", "1e-8", "8"])
    assert row.pieces == 8
    *states, (event_t, evaluations) = row.states()
    wanted = reference("board")["sleds"]
    assert len(states) == len(wanted) == 4
    for a, b in zip(states, wanted):
        assert a == pytest.approx(b, abs=jobs.ENSEMBLE_BOUND)
    assert math.isnan(event_t) and math.isnan(evaluations)


@pytest.mark.parametrize("style", ["ndarray", "array"])
def test_the_callback_alone_makes_the_calls_of_a_run(
    style: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = solvers.Task(PROBLEMS["board"], "RK45", 1e-8)
    whole = solvers.make(f"piconumpy:piconumpy.{style}", task)
    calls = [0]
    make = type(task.problem).rhs

    def counting(*arguments: Any) -> Any:
        return solvers.counted(make(*arguments), calls)

    monkeypatch.setattr(type(task.problem), "rhs", counting)
    alone = solvers.make(f"piconumpy:callback.{style}", task)
    calls[0] = 0
    alone.solve()
    assert calls[0] == whole.read(whole.solve()).evaluations > 3000


def test_every_row_has_a_job_and_every_job_rows() -> None:
    names = [peer.name for peer in table.peers_of("integrate")]
    made = jobs.make(jobs.NAMES)
    assert tuple(job.name for job in made) == jobs.NAMES
    assert {name for job in made for name in job.rows} == set(names)
    assert set(jobs.TOLERANCES) | set(precision.COLOURS) <= set(names)


# ---- the command ---------------------------------------------------------------------------------


def test_rows_without_peers_are_measured(
    tmp_path: Path, read_results: Reader, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main([*SMALL, "--output", str(tmp_path), "--rows", ",".join(OWN)])
    captured = capsys.readouterr()
    assert status == 0, captured.err
    document = read_results("integrate")
    assert [job["problem"]["name"] for job in document["jobs"]] == ["plain", "compiled", "dense"]
    for job in document["jobs"]:
        for one in job["rows"]:
            assert one["median_s"] > 0
            assert 0 < one["state_error"] < jobs.BOUND
            assert one["evaluations"] > 3000
            is_traced = one["id"] in ("piconumpy_jit", "piconumpy_fast")
            assert (one["first_call_s"] is not None) == is_traced
    assert document["machine"]["isa"]
    with_floor = {one["id"] for one in document["overheads"]}
    assert with_floor == {"piconumpy_ndarray", "piconumpy_array", "piconumpy_jit", "piconumpy_fast"}
    assert all(one["step_s"] > 0 < one["right_hand_sides_s"] for one in document["overheads"])
    assert "Goals" in captured.out
    assert "piconumpy" in captured.out


def test_stiff_rows_have_the_error_that_is_wanted(
    tmp_path: Path, read_results: Reader, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main([*SMALL, "--output", str(tmp_path), "--rows", "piconumpy_rodas"])
    captured = capsys.readouterr()
    assert status == 0, captured.err
    document = read_results("integrate")
    assert [job["problem"]["name"] for job in document["jobs"]] == list(STIFF)
    for job in document["jobs"]:
        (one,) = job["rows"]
        assert 0 < one["state_error"] <= jobs.TARGET
        assert one["tolerance"] in jobs.STIFF_TOLERANCES
        assert one["median_s"] > 0
    assert "Tolerance: the largest one that reaches this error" in captured.out


def test_sleds_of_an_ensemble_are_timed_each(
    tmp_path: Path,
    read_results: Reader,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("ensemble_alone", "ensemble_jit"):
        monkeypatch.setitem(jobs.ENSEMBLE, name, 8)
    status = main([*SMALL, "--output", str(tmp_path), "--rows", "ensemble_alone,ensemble_jit"])
    captured = capsys.readouterr()
    assert status == 0, captured.err
    (job,) = read_results("integrate")["jobs"]
    assert job["problem"]["name"] == "ensemble"
    assert all(0 < one["state_error"] < jobs.ENSEMBLE_BOUND for one in job["rows"])
    assert all(one["median_s"] > 0 for one in job["rows"])
    assert "Sleds in a run: PicoNumpy, jit, one by one 8, PicoNumpy, jit 8." in captured.out


def test_an_ensemble_runs_on_all_cores(
    tmp_path: Path, read_results: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scaling, "QUICK_SLEDS", 16)
    monkeypatch.setattr(scaling, "TASKS", 4)
    arguments = ["--scaling", "--quick", "--rounds", "1", "--output", str(tmp_path)]
    assert main(arguments) == 0
    rows = read_results("integrate-scaling")["rows"]
    assert [row["title"] for row in rows][:3] == ["One core", "Threads", "Processes"]
    assert all(len(row["runs_s"]) == len(row["task_s"]) == 1 for row in rows)
    assert all(row["runs_s"][0] > 0 for row in rows)


def test_precision_has_an_error_for_each_tolerance(
    tmp_path: Path, read_results: Reader, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--precision", "--quick", "--no-plot", "--output", str(tmp_path)]
    status = main([*arguments, "--rows", "piconumpy_jit"])
    captured = capsys.readouterr()
    assert status == 0, captured.err
    points = read_results("integrate-precision")["points"]
    assert len(points) == len(PROBLEMS) * len(precision.METHODS) * 3
    for name in PROBLEMS:
        errors = [
            one["error"] for one in points if (one["problem"], one["method"]) == (name, "RK45")
        ]
        assert errors == sorted(errors, reverse=True)
        assert errors[-1] < errors[0] / 10
    assert "Milliseconds for a relative error" in captured.out


WRONG = """
for line in sys.stdin:
    word = line.split()[0]
    if word == "quit":
        break
    answers = {"problem": "ready", "first": "first 0.1", "info": 'info {"version": "wrong 1"}'}
    print(answers.get(word, "states 1 2 3 4 nan 5"), flush=True)
"""


@dataclasses.dataclass(frozen=True)
class Scripted(Peer):
    """A row that runs this command."""

    command: tuple[str, ...] = ()

    def launch(self, env: Any, benchmark: str) -> Any:
        return SimpleNamespace(command=list(self.command), environment={})


def test_a_row_with_other_states_is_not_timed(
    tmp_path: Path,
    only: Only,
    script: Callable[[str], list[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = tuple(script(WRONG))
    only(Scripted("heyoka", "heyoka", benchmarks=("integrate",), command=command))
    output = tmp_path / "results"
    assert main([*SMALL, "--jobs", "compiled", "--output", str(output)]) == 1
    message = "heyoka differs from the reference: its states are off by 6.3e+01, more than 0.001"
    assert message in capsys.readouterr().err


def test_a_row_that_is_never_precise_enough_is_not_timed(
    tmp_path: Path,
    only: Only,
    script: Callable[[str], list[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = tuple(script(WRONG.replace("states 1 2 3 4 nan 5", "states 1 2 3 nan 5")))
    only(Scripted("scipy_bdf", "SciPy BDF", benchmarks=("integrate",), command=command))
    arguments = [*SMALL, "--jobs", "robertson", "--output", str(tmp_path)]
    assert main(arguments) == 1
    message = "scipy_bdf does not reach a relative error of 1e-06: at the tolerance of 3e-14, the"
    assert message in capsys.readouterr().err


def test_a_missing_package_is_named(
    tmp_path: Path, only: Only, capsys: pytest.CaptureFixture[str]
) -> None:
    only(table.solver("heyoka", "heyoka", "", "no_such_package:heyoka."))
    assert main([*SMALL, "--output", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "has no package no_such_package (make bench-integrate installs it)" in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--jobs", "plain,stiff"], "unknown job 'stiff'; the jobs are: plain, compiled, dense"),
        (["--rows", "fortran"], "unknown row 'fortran'; the rows are: scipy, callback_ndarray"),
    ],
)
def test_what_is_unknown_is_named(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert message in capsys.readouterr().err


def test_the_rows_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    printed = capsys.readouterr().out
    assert all(f"{one.name} " in printed for one in table.peers_of("integrate"))


# ---- goals and tables ----------------------------------------------------------------------------


def with_first_call(one: Row, seconds: float) -> Row:
    return dataclasses.replace(one, first_calls=(seconds,))


MACHINE_WITH_LOAD = {**MACHINE, "interpreter": "CPython 3.11", "others_busy": 0.0}


def measured() -> dict[str, Results]:
    plain = [
        row("scipy", 20e-3),
        dataclasses.replace(row("callback_ndarray", 8e-3), floor=True),
        row("piconumpy_ndarray", 8.8e-3),
        row("piconumpy_array", 3e-3),
        row("cyrk_dy", 10e-3),
        row("cyrk_list", 4e-3),
        row("cyrk_return", None),
    ]
    compiled = [
        row("scipy", 20e-3),
        with_first_call(row("piconumpy_jit", 0.18e-3), 3e-3),
        row("heyoka", 0.1e-3),
    ]
    return {
        name: Results("integrate", {"name": name}, MACHINE_WITH_LOAD, rows, ("scipy",))
        for name, rows in (("plain", plain), ("compiled", compiled))
    }


def test_goals_have_values_and_verdicts() -> None:
    evaluated = goals.evaluate(measured())
    found: dict[tuple[str, str], Any] = {
        (one.name, one.unit): (one.value, one.verdict) for one in evaluated
    }
    assert found["RK45, plain, ndarrays", "x callback alone"] == (pytest.approx(1.1), "met")
    assert found["RK45, plain, arrays", "x callback alone"] == (None, "not measured")
    items = found["RK45, plain, ndarrays", "x CyRK with items of ndarrays"]
    assert items == (pytest.approx(0.88), "met")
    assert found["RK45, plain, arrays", "x CyRK's best"] == (pytest.approx(0.75), "met")
    assert found["RK45, jit", "ms"] == (pytest.approx(0.18), "met")
    assert found["RK45, jit", "% of SciPy"] == (pytest.approx(0.9), "met")
    assert found["RK45, jit, until the first result", "ms"] == (pytest.approx(3.0), "missed")
    assert found["RK45, jit, fastmath", "ms"] == (None, "not measured")
    assert found["DOP853, jit", "% of SciPy"] == (None, "not measured")


def filled() -> list[Job]:
    made = jobs.make(["plain", "compiled"])
    for job in made:
        for name in ("scipy", "callback_ndarray", "piconumpy_ndarray", "piconumpy_jit"):
            job.errors[name] = Errors(4e-5, math.nan, 3332)
        job.errors["heyoka"] = Errors(1e-4, math.nan, math.nan)
    return made


def test_overheads_are_what_a_step_takes_beyond_its_floor() -> None:
    made = {job.name: job for job in filled()}
    scipy, found = overheads.of(made, measured())  # the other rows have no floor here
    steps = (3332 - 2) / 6
    assert scipy.name == "scipy"
    assert scipy.rest == pytest.approx(12e-3 / steps)
    assert found.title == "PicoNumpy, ndarrays"
    assert found.step == pytest.approx(8.8e-3 / steps)
    assert found.floor == pytest.approx(8e-3 / steps)
    assert found.rest == pytest.approx(0.8e-3 / steps)


def test_tables_show_errors_and_why_a_row_is_missing() -> None:
    both, made = measured(), filled()
    printed = tables.lines(made, both, goals.evaluate(both))
    lines = {line[:28].strip(): line.split() for line in printed}
    heyoka = next(line.split() for line in printed if line.strip().startswith("heyoka "))
    assert heyoka == ["heyoka", "0.100", "0.090", "..", "0.110", "200", "-", "1.0e-04*", "-"]
    jitted = next(line.split() for line in printed if line.strip().startswith("PicoNumpy, jit "))
    assert jitted[2:] == ["0.180", "0.162", "..", "0.198", "111", "3.00", "4.0e-05", "3332"]
    # A floor has no error.
    floor = next(line for line in printed if line.strip().startswith("Callback alone, ndarrays"))
    assert floor.split()[-2:] == ["-", "3332"]
    note = (
        "*: more than 2 times the error of PicoNumpy. Tolerances for about the same error: heyoka"
    )
    assert any(note in line for line in printed)
    assert any("CyRK, returns" in line and "gone" in line for line in printed)
    assert "Goals" in lines


def test_the_document_has_errors_instead_of_nan() -> None:
    both = measured()
    document = tables.document(filled(), both, goals.evaluate(both))
    (heyoka,) = [one for one in document["jobs"][1]["rows"] if one["id"] == "heyoka"]
    assert heyoka["state_error"] == 1e-4
    assert heyoka["tolerance"] == jobs.TOLERANCES["heyoka"]
    assert heyoka["evaluations"] is heyoka["event_t_error"] is None


def panels() -> list[Panel]:
    lines = [Line(peer("heyoka"), "RK45"), Line(peer("scipy"), "DOP853")]
    points = [
        Point(1e-3, 1e-4, Spread.of([1e-3])),
        Point(1e-6, 1e-8, Spread.of([4e-3])),
        Point(1e-12, 0.0, Spread.of([5e-3])),
    ]
    return [
        Panel(problem, {lines[0]: points, lines[1]: points[:1]}) for problem in PROBLEMS.values()
    ]


def test_the_time_for_an_error_lies_between_two_points() -> None:
    points = next(iter(panels()[0].points.values()))
    assert precision.time_for(points, 1e-6) == pytest.approx(2e-3)
    assert precision.time_for(points, 1e-8) == pytest.approx(4e-3)
    assert precision.time_for(points, 1e-9) is None
    printed = precision.table(panels(), 1e-6).text()
    assert printed[2].split() == ["heyoka", *["2.00"] * 5]
    assert printed[3].split() == ["SciPy,", "DOP853", *["-"] * 5]


def test_charts_are_drawn() -> None:
    pytest.importorskip("matplotlib")
    pictures = dict(tables.draw(filled(), measured()))
    assert list(pictures) == ["plain", "compiled"]
    pictures["precision"] = precision.draw(panels(), {"cpu": "a CPU", "interpreter": "CPython"})
    assert all(picture.startswith(b"\x89PNG") for picture in pictures.values())
