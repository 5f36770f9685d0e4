"""The command `python -m bench.ode`, on a problem so small that nothing depends on its speed."""

from __future__ import annotations

import dataclasses
import os
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rows import PUREPY, Only, Reader, peer, results

from bench.harness import report
from bench.harness.results import Row
from bench.ode.command import main
from bench.ode.derived import derived, derived_lines
from bench.peers import table, tools
from bench.peers.table import Peer, PythonPeer
from bench.peers.tools import BuildEnv, BuildError, Launch, Unavailable

SMALL = ["--sleds", "2", "--steps", "3", "--runs", "2", "--quick", "--no-plot"]

WRONG_ARRAY = """
from bench.peers import purepy

class array(purepy.array):
    def __getitem__(self, index):
        return self.data[index] * (1 + 1e-9)
"""


def run(folder: Path, *arguments: str) -> int:
    return main([*SMALL, "--output", str(folder), *arguments])


@dataclasses.dataclass(frozen=True)
class StandIn(Peer):
    """A peer that is whatever the test needs."""

    made: Callable[[], Launch] = lambda: Launch([])

    def launch(self, env: BuildEnv, benchmark: str) -> Launch:
        return self.made()


def test_results_have_the_promised_form(
    tmp_path: Path, read_results: Reader, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "--rows", "purepy,purepy_array,callback") == 0
    document = read_results("ode")
    assert {"machine", "norm", "rows"} <= document.keys()
    assert {"cpu", "isa", "interpreter", "core"} <= document["machine"].keys()
    assert [row["id"] for row in document["rows"]] == ["purepy", "purepy_array", "callback"]
    for row in document["rows"]:
        assert {"name", "median_s", "ratio", "min_s", "max_s", "runs", "note"} <= row.keys()
        assert 0 < row["min_s"] <= row["q1_s"] <= row["median_s"] <= row["q3_s"] <= row["max_s"]
        assert row["runs"] == 2
        assert len(row["process_medians_s"]) == 2
        assert row["ratio_q1"] <= row["ratio"] <= row["ratio_q3"]
        # Each of the two processes makes one run.
        pairs = zip(row["process_medians_s"], document["rows"][0]["process_medians_s"])
        assert row["ratio"] == statistics.median(a / b for a, b in pairs)
    work = document["derived"]["array_work_s"]
    assert work.keys() == {"purepy", "purepy_array"}
    pairs = zip(*(document["rows"][place]["process_medians_s"] for place in (0, 2)))
    assert work["purepy"] == statistics.median(a - b for a, b in pairs)
    printed = capsys.readouterr().out
    assert "PicoNumpy (purepy)       :     1 * PicoNumpy (purepy) = " in printed
    assert "Julia is not among the rows of this run" in printed


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(0.1851, "0.185"), (1.0, "1.00"), (9.996, "10.0"), (99.96, "100"), (193, "193")],
)
def test_ratios_have_three_digits(ratio: float, text: str) -> None:
    assert report.ratio_text(ratio) == text


def test_piconumpy_is_set_against_the_c_extension() -> None:
    # In the second round, the machine is half as fast.
    rounds = {"piconumpy": (7, 14, 7), "capi": (9, 18, 10), "callback": (5, 10, 5)}
    rows = [
        Row(peer(name), floor=name == "callback", processes=([[run] for run in rounds[name]],))
        for name in rounds
    ]
    measured = results(rows, "capi")
    figures = derived(measured)
    assert figures["array_work_s"] == {"piconumpy": 2, "capi": 5}
    assert figures["piconumpy_over_capi"] == {"total": 7 / 9, "array_work": 2 / 4}
    assert figures["piconumpy_over_capi_fastest"] == {"total": 7 / 9, "array_work": 2 / 4}
    assert derived_lines(measured)[-2:] == [
        "  medians : 0.778 of the time, 0.500 of the array work",
        "  fastest : 0.778 of the time, 0.500 of the array work",
    ]
    assert derived(results(rows[:2], "capi"))["piconumpy_over_capi"] == {"total": 7 / 9}


def test_a_row_that_computes_something_else_is_an_error(
    tmp_path: Path,
    read_results: Reader,
    only: Only,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "wrong.py").write_text(WRONG_ARRAY, encoding="utf-8")
    source = ("--array", "wrong:array", "--path", str(tmp_path))
    only(PUREPY, PythonPeer("wrong", "Wrong", source=source))
    assert run(tmp_path) == 1
    assert "wrong differs from the reference: sled 0, component" in capsys.readouterr().err
    right, wrong = read_results("ode")["rows"]
    assert right["ratio"] == 1
    assert wrong["median_s"] is None
    assert wrong["ratio"] is None
    assert wrong["runs"] == 0
    assert "where the reference has" in wrong["note"]


def test_a_worker_that_dies_is_an_error_with_its_words(
    tmp_path: Path,
    only: Only,
    script: Callable[[str], list[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = script("input()\nsys.exit('no more')\n")
    only(PUREPY, StandIn("dead", "Dead", made=lambda: Launch(command)))
    assert run(tmp_path) == 1
    assert "no more" in capsys.readouterr().err


def test_a_peer_that_cannot_be_had_is_a_row_with_the_reason(
    tmp_path: Path,
    read_results: Reader,
    only: Only,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def missing() -> Launch:
        raise Unavailable("there is no such language here")

    only(StandIn("julia", "Julia", made=missing), PUREPY)
    assert run(tmp_path) == 0
    printed = capsys.readouterr().out
    assert "Julia              : not measured: there is no such language here" in printed
    assert "The norm is PicoNumpy (purepy), because Julia was not measured" in printed
    assert read_results("ode")["rows"][0]["median_s"] is None
    assert run(tmp_path, "--rows", "julia,purepy") == 1
    assert run(tmp_path, "--rows", "julia") == 1
    assert read_results("ode")["norm"] is None


def test_a_peer_that_does_not_build_is_an_error(
    tmp_path: Path,
    read_results: Reader,
    only: Only,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def broken() -> Launch:
        raise BuildError("cc failed:\nlong story\nsyntax error")

    only(StandIn("broken", "Broken", made=broken), PUREPY)
    assert run(tmp_path) == 1
    printed = capsys.readouterr()
    assert ": failed: cc failed: ... syntax error\n" in printed.out
    assert "long story" in printed.err
    assert "long story" in read_results("ode")["rows"][0]["note"]


def test_a_missing_package_is_an_error_unless_the_peer_is_optional(
    tmp_path: Path, read_results: Reader, only: Only
) -> None:
    absent = PythonPeer("absent", "Absent", source=("--array", "no_such_package:array"))
    only(PUREPY, dataclasses.replace(absent, optional=True))
    assert run(tmp_path) == 0
    only(PUREPY, absent)
    assert run(tmp_path) == 1
    assert "no_such_package" in read_results("ode")["rows"][1]["note"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--rows", "julia,fortran"],
            "unknown row 'fortran'; the rows are: julia, piconumpy, piconumpy_raised, jit_board",
        ),
        (["--rows", ","], "no row named"),
        (["--sleds", "0"], "--sleds: '0' is not a positive integer"),
        (["--steps", "-5"], "--steps: '-5' is not a positive integer"),
        (["--runs", "many"], "--runs: 'many' is not a positive integer"),
        (["--seed", "-1"], "--seed: '-1' is not a non-negative integer"),
        (["--output", __file__], "not a folder"),
    ],
)
def test_bad_options_are_named(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="cores cannot be chosen here")
def test_a_core_that_is_not_ours_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--core", "99999"])
    assert "--core 99999: this process may use the cores" in capsys.readouterr().err


def test_an_interpreter_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "--python", "no-such-python") == 1
    assert "no-such-python" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert run(tmp_path / "file" / "below", "--rows", "purepy") == 1
    assert "the results could not be written" in capsys.readouterr().err


def test_list_names_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [peer.name for peer in table.peers_of("ode")]


def test_the_scalar_program_agrees_with_the_reference(tmp_path: Path, read_results: Reader) -> None:
    """It is written independently, in another language: this also tests the reference."""
    try:
        tools.find_cxx()
    except Unavailable as reason:
        pytest.skip(str(reason))
    assert run(tmp_path, "--steps", "200", "--rows", "cpp") == 0
    assert read_results("ode")["norm"] == "C++"


@pytest.mark.parametrize(
    ("name", "steps"),
    [("numba", "200"), ("jax", "200"), ("casadi", "200"), ("casadi", "1"), ("heyoka", "200")],
)
def test_rows_that_compile_at_run_time_agree_and_tell_their_first_call(
    tmp_path: Path,
    read_results: Reader,
    capsys: pytest.CaptureFixture[str],
    name: str,
    steps: str,
) -> None:
    try:
        peer(name).launch(BuildEnv(sys.executable), "ode")
    except Unavailable as reason:
        pytest.skip(str(reason))
    assert run(tmp_path, "--steps", steps, "--rows", f"{name},purepy") == 0
    compiling, interpreted = read_results("ode")["rows"]
    assert compiling["version"].startswith(f"{name} ")
    assert compiling["first_call_s"] > 0
    assert interpreted["first_call_s"] is None
    assert capsys.readouterr().out.count(", first call ") == 1


def test_the_first_call_is_the_first_use_of_a_process(
    tmp_path: Path,
    read_results: Reader,
    only: Only,
    script: Callable[[str], list[str]],
) -> None:
    """Each of the two processes answers with its place among the commands that it got."""
    worker = [sys.executable, "-m", "bench.ode.worker", "--array", "bench.peers.purepy:array"]
    command = script(
        "import subprocess\n"
        f"worker = subprocess.Popen({worker!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "for place, line in enumerate(sys.stdin.buffer):\n"
        "    if line == b'first\\n':\n"
        "        print('first', place)\n"
        "        continue\n"
        "    worker.stdin.write(line)\n"
        "    worker.stdin.flush()\n"
        "    print(worker.stdout.readline().decode().strip())\n"
    )
    only(StandIn("late", "Late", compiles=True, made=lambda: Launch(command)))
    assert run(tmp_path) == 0
    # After `info` and `problem`.
    (row,) = read_results("ode")["rows"]
    assert row["first_call_s"] == 2.0
    assert len(row["process_medians_s"]) == 2


def test_the_chart_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    options = ["--sleds", "1", "--steps", "2", "--runs", "1", "--quick", "--output", str(tmp_path)]
    assert main([*options, "--rows", "purepy,callback"]) == 0
    chart = tmp_path / f"ode-{sys.implementation.name}.png"
    assert chart.read_bytes().startswith(b"\x89PNG")
    assert len(list(tmp_path.iterdir())) == 2


def test_rows_of_cpy_vs_hpy_must_be_equal_to_the_bit(
    tmp_path: Path,
    read_results: Reader,
    only: Only,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = ("--array", "bench.peers.purepy:array")
    only(PythonPeer("capi", "C", source=source, benchmarks=("cpy_vs_hpy",)))
    assert run(tmp_path, "--variant", "cpy-vs-hpy") == 0
    document = read_results("cpy_vs_hpy")
    assert document["benchmark"] == "cpy_vs_hpy"
    assert document["norm"] == "C"
    assert document["problem"]["state_bound"] is None
    assert "final states have equal bits\n" in capsys.readouterr().out


def test_its_rows_are_extensions() -> None:
    names = [peer.name for peer in table.peers_of("cpy_vs_hpy")]
    assert {"piconumpy", "capi", "hpy", "hpy_cpython"} <= set(names)
    assert all(peer.exact for peer in table.peers_of("cpy_vs_hpy"))
