"""The command `python -m bench.micro`, its jobs and its tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rows import PUREPY, Only, Reader, results, row

from bench.harness.results import Results, Row
from bench.micro import jobs, tables, worker
from bench.micro.command import Micro, main
from bench.peers import purepy, purepy_array
from bench.peers.table import PythonPeer

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


def test_an_unknown_job_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--jobs", "sum_loop,sort"])
    assert "unknown job 'sort'; the jobs are: sum_loop, sum_loop_index" in capsys.readouterr().err


def test_the_chart_is_drawn() -> None:
    pytest.importorskip("matplotlib")
    one = job(row("piconumpy", 1.0), row("other", 1.5), row("gone", None), count=1000)
    assert tables.draw([one] * 3).startswith(b"\x89PNG")
