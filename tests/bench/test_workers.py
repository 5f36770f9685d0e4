"""Each failure of a worker is an error of its own, with the words of the worker."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import pytest

from bench.harness.workers import Worker, WorkerError, parse_numbers

Script = Callable[[str], "list[str]"]

ECHO = "for line in sys.stdin:\n    print('states', *line.split()[1:])\n"


def test_numbers_come_back_with_all_their_digits() -> None:
    assert parse_numbers("run 0.1 1e-300 inf", "run", 3) == [0.1, 1e-300, float("inf")]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("", "were expected"),
        ("walk 1", "were expected"),
        ("run 1", "1 numbers instead of 2"),
        ("run 1 two", "not a number"),
    ],
)
def test_an_answer_of_another_form_is_refused(answer: str, message: str) -> None:
    with pytest.raises(WorkerError, match=message):
        parse_numbers(answer, "run", 2)


def test_an_error_that_the_worker_reports_is_passed_on(script: Script) -> None:
    with (
        Worker(script("input()\nprint('error no such problem')\n")) as worker,
        pytest.raises(WorkerError, match="reported: no such problem"),
    ):
        worker.prepare("1 1 0.01 0 0 0 0")


def test_a_run_may_consist_of_pieces(script: Script) -> None:
    with Worker(script("input(); print('ready 12', flush=True); input()")) as worker:
        assert worker.pieces == 1
        worker.prepare("1")
        assert worker.pieces == 12


def test_a_problem_must_be_answered_with_ready(script: Script) -> None:
    with Worker(script(ECHO)) as worker, pytest.raises(WorkerError, match="instead of 'ready'"):
        worker.prepare("1")


def test_a_dead_worker_is_reported_with_its_status_and_its_stderr(script: Script) -> None:
    with (
        Worker(script("input()\nprint('out of luck', file=sys.stderr)\nsys.exit(3)\n")) as worker,
        pytest.raises(WorkerError, match=r"(?s)'states'.*exit status 3.*out of luck"),
    ):
        worker.numbers("states", 4)


def test_a_killed_worker_is_reported_with_its_signal(script: Script) -> None:
    with (
        Worker(script("import os\ninput()\nos.kill(os.getpid(), 9)\n")) as worker,
        pytest.raises(WorkerError, match="signal 9"),
    ):
        worker.ask("info")


def test_a_silent_worker_is_given_up(script: Script) -> None:
    with (
        Worker(script("time.sleep(60)\n"), timeout=0.2) as worker,
        pytest.raises(WorkerError, match=r"no answer to 'info' within 0\.2 s"),
    ):
        worker.ask("info")


def test_a_command_that_cannot_be_started_is_named() -> None:
    with pytest.raises(WorkerError, match="no-such-program"):
        Worker(["no-such-program"])


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf"])
def test_impossible_times_are_refused(script: Script, seconds: str) -> None:
    with (
        Worker(script(f"input()\nprint('run {seconds}')\n")) as worker,
        pytest.raises(WorkerError, match="reported a run of"),
    ):
        worker.run(1)


def test_much_output_on_stderr_does_not_block(script: Script) -> None:
    source = "input()\nsys.stderr.write('x' * 1000000)\nprint('info {}')\n"
    with Worker(script(source)) as worker:
        assert worker.ask("info") == "info {}"


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be chosen here")
def test_a_worker_is_pinned_and_its_parent_is_not(script: Script) -> None:
    before = os.sched_getaffinity(0)
    core = max(before)
    source = "import os\ninput()\nprint('cores', *os.sched_getaffinity(0))\n"
    with Worker(script(source), core=core) as worker:
        assert worker.ask("cores") == f"cores {core}"
    assert os.sched_getaffinity(0) == before


def test_what_an_imported_package_prints_is_no_answer(tmp_path: os.PathLike[str]) -> None:
    with open(os.path.join(tmp_path, "chatty.py"), "w", encoding="utf-8") as stream:
        stream.write("print('hello')\narray = list\n")
    command = [sys.executable, "-m", "bench.ode.worker", "--array", "chatty:array"]
    with Worker([*command, "--path", str(tmp_path)]) as worker:
        assert worker.ask("info").startswith("info {")
