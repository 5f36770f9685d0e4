"""The command `python -m bench.micro`, its jobs and its tables."""

from __future__ import annotations

import builtins
import dataclasses
import importlib
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from rows import PUREPY, Only, Reader, peer, results, row

from bench.harness.results import Results, Row
from bench.micro import jobs, tables, worker
from bench.micro.command import Micro, main
from bench.peers import purepy, purepy_array, tools
from bench.peers.table import PythonPeer
from bench.peers.tools import BuildEnv, Unavailable

SMALL = ["--runs", "1", "--quick", "--no-plot"]

WRONG = """
from bench.peers import purepy

class array(purepy.array):
    def __iter__(self):
        return iter(self.data[1:])
"""


@pytest.mark.parametrize("job", jobs.JOBS, ids=lambda job: job.name)
@pytest.mark.parametrize("module", [purepy, purepy_array])
def test_an_array_type_computes_what_lists_compute(job: jobs.Job, module: Any) -> None:
    row_ = worker.Row(module.array, module, Micro(job).line.split())
    wanted = jobs.expected(job)
    assert len(wanted) == job.results
    for _ in range(2):
        assert row_.states() == [wanted]


def test_a_job_s_loop_does_as_many_operations_as_it_says() -> None:
    made: list[Any] = []
    kept: list[Any] = [None] * jobs.KEPT

    def array(numbers: list[float]) -> list[float]:
        made.append(numbers)
        return numbers

    jobs.instantiate(array, [1.0, 2.0, 3.0, 4.0], kept)
    assert len(made) == jobs.KEPT
    seen: list[int] = []

    class Indexed:
        def __getitem__(self, index: int) -> float:
            seen.append(index)
            return 0.0

    jobs.sum_loop_index(Indexed())
    assert seen == list(range(jobs.INDEXINGS))


FIRST = next(job for job in jobs.JOBS if job.name == "first_result")

NOTED = """
import os
from pathlib import Path
from bench.peers.purepy import array

with Path(__file__).with_suffix(".txt").open("a") as file:
    print(os.getpid(), file=file)
"""


def test_every_first_result_comes_from_a_new_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The module notes the processes that import it: this one, and one for each result."""
    (tmp_path / "noted.py").write_text(NOTED, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module("noted")
    row_ = worker.Row(module.array, module, Micro(FIRST).line.split())
    assert row_.states() == row_.states() == [jobs.expected(FIRST)]
    noted = (tmp_path / "noted.txt").read_text(encoding="utf-8").split()
    assert noted[0] == str(os.getpid())
    assert len(set(noted)) == len(noted) == 4


def test_the_floor_of_a_first_result_is_a_process_with_lists() -> None:
    row_ = worker.Row(list, builtins, Micro(FIRST).line.split())
    assert row_.states() == [jobs.expected(FIRST)]


def test_a_new_process_without_a_result_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "class array:\n    __name__ = 'array'\n    def __init__(self, numbers): 1 / 0\n"
    (tmp_path / "raising.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module("raising")
    with pytest.raises(RuntimeError, match="the new process failed: ZeroDivisionError: "):
        worker.Row(module.array, module, Micro(FIRST).line.split())


def test_julia_gives_the_first_result_of_a_new_process(
    tmp_path: Path, read_results: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(env: BuildEnv, tree: Path) -> None:
        raise Unavailable("there is no Julia yet, and tests fetch none")

    monkeypatch.setattr(tools, "fetch_julia", refuse)
    try:
        peer("julia").launch(BuildEnv(sys.executable), "micro")
    except Unavailable as reason:
        pytest.skip(str(reason))
    arguments = [*SMALL, "--output", str(tmp_path), "--jobs", "first_result"]
    assert main([*arguments, "--rows", "julia,list"]) == 0
    (measured,) = read_results("micro")["jobs"]
    assert measured["problem"]["unit"] == "ms"
    assert [row["median_s"] > 1e-3 for row in measured["rows"]] == [True, True]


def test_results_have_the_promised_form(
    tmp_path: Path, read_results: Reader, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "purepy,purepy_array,list"
    arguments = [*SMALL, "--output", str(tmp_path), "--jobs", "sum_loop,element_wise"]
    assert main([*arguments, "--rows", rows]) == 0
    document = read_results("micro")
    assert document["benchmark"] == "micro"
    assert {"cpu", "isa", "interpreter", "core", "others_busy"} <= document["machine"].keys()
    assert [job["problem"]["name"] for job in document["jobs"]] == ["sum_loop", "element_wise"]
    for job in document["jobs"]:
        assert [row["id"] for row in job["rows"]] == rows.split(",")
        assert job["norm"] in ("List", "PicoNumpy (purepy)")
    printed = capsys.readouterr().out
    assert "- List, element_wise: not measured: a list has no arithmetic" in printed
    assert "Ahead of PicoNumpy" not in printed


def test_a_row_that_computes_something_else_is_an_error(
    tmp_path: Path,
    read_results: Reader,
    only: Only,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "wrong.py").write_text(WRONG, encoding="utf-8")
    only(
        PUREPY,
        PythonPeer("wrong", "Wrong", source=("--array", "wrong:array", "--path", str(tmp_path))),
    )
    jobs_named = ["--jobs", "sum_loop,sum_loop_index"]
    assert main([*SMALL, *jobs_named, "--output", str(tmp_path)]) == 1
    complaint = "error: sum_loop: wrong: failed: wrong differs from the reference in sum_loop"
    assert complaint in capsys.readouterr().err
    assert read_results("micro")["jobs"][0]["rows"][1]["median_s"] is None
    assert read_results("micro")["jobs"][1]["rows"][1]["median_s"] > 0


def test_a_module_without_zeros_says_so(
    tmp_path: Path, only: Only, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bare.py").write_text("from bench.peers.purepy import array", encoding="utf-8")
    bare = PythonPeer("bare", "Bare", source=("--array", "bare:array", "--path", str(tmp_path)))
    only(PUREPY, bare)
    assert main([*SMALL, "--jobs", "zeros", "--output", str(tmp_path)]) == 0
    assert "- Bare, all: not measured: bare has no zeros" in capsys.readouterr().out


def job(*rows: Row, norm: str = "piconumpy", count: int = 1) -> Results:
    problem = {"name": "zeros", "description": "d", "operations": count, "unit": "ns"}
    return results(rows, norm, problem, interpreter="CPython 3")


def test_rows_ahead_of_piconumpy_are_named() -> None:
    rows = [row("julia", 1e-7), row("piconumpy", 1e-6), row("other", 5e-7), row("gone", None)]
    rows.append(row("level", 0.98e-6))
    printed = tables.lines([job(*rows)])
    assert ["PicoNumpy", "1000"] in [line.split() for line in printed]
    assert ["PicoNumpy", "1.00"] in [line.split() for line in printed]
    assert "- gone, all: not measured: gone" in printed
    assert printed[-1] == "Ahead of PicoNumpy in zeros: other, at 0.500 of its time"
    assert tables.behind(job(*rows, norm="other")) == []


@pytest.mark.parametrize(("unit", "text"), [("ns", "2500000"), ("us", "2500"), ("ms", "2.50")])
def test_times_are_in_the_unit_of_the_job(unit: str, text: str) -> None:
    one = job(row("piconumpy", 2.5e-3))
    one = dataclasses.replace(one, problem={**one.problem, "unit": unit})
    assert tables.time_text(one, one.rows[0]) == text


def test_an_unknown_job_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--jobs", "sum_loop,sort"])
    assert "unknown job 'sort'; the jobs are: sum_loop, sum_loop_index" in capsys.readouterr().err


def test_the_chart_is_drawn() -> None:
    pytest.importorskip("matplotlib")
    one = job(row("piconumpy", 1.0), row("other", 1.5), row("gone", None), count=1000)
    assert tables.draw([one] * 3).startswith(b"\x89PNG")
