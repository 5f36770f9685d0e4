"""`make check-all` goes on after a failure, and its table tells all of them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAKEFILE = """
good:
	@echo 'good: 12 CPUs, 3410 cases, 0 failures'
bad:
	@echo 'the reason'; echo 'bad: 7 cases, 2 failures'; exit 3
once:
	@test ! -f build/ran && touch build/ran && echo 'once: 1 cases, 0 failures'
counted:
	@echo '100% tests passed, 0 tests failed out of 523'
	@echo '==== 1 failed, 40 passed, 2 skipped, 1 warning in 3.04s ===='
	@echo '10 passed in 61.30s (0:01:01)'
"""


def check_all(folder: Path, *names: str, resume: bool = False) -> tuple[int, list[str]]:
    (folder / "cmake").mkdir(exist_ok=True)
    shutil.copy(ROOT / "cmake/check-all.sh", folder / "cmake")
    (folder / "Makefile").write_text(MAKEFILE)
    option = ["--resume"] if resume else []
    command = ["sh", str(folder / "cmake/check-all.sh"), *option, "make", *names]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines()


def test_all_pass(tmp_path: Path) -> None:
    status, lines = check_all(tmp_path, "good")
    assert status == 0
    assert re.fullmatch(r"good +passed +\d+ s  12 CPUs, 3410 cases, 0 failures", lines[-2])
    assert lines[-1] == "check-all: 1 checks, 0 failures"


def test_it_goes_on_after_failures_and_missing_targets(tmp_path: Path) -> None:
    status, lines = check_all(tmp_path, "bad", "absent", "good")
    assert status == 1
    assert [line.split()[:2] for line in lines[-4:-1]] == [
        ["bad", "FAILED"],
        ["absent", "no"],
        ["good", "passed"],
    ]
    assert any(line.strip() == "the reason" for line in lines)
    assert lines[-1] == "check-all: 3 checks, 2 failures"


def test_it_counts_what_ctest_and_pytest_say(tmp_path: Path) -> None:
    _, lines = check_all(tmp_path, "counted")
    assert lines[-2].endswith("574 cases, 1 failures, 2 skipped")


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True)


def test_resume_runs_what_has_not_passed_on_these_sources(tmp_path: Path) -> None:
    git(tmp_path, "init")
    (tmp_path / ".gitignore").write_text("/build/\n")
    (tmp_path / "source").write_text("1")
    assert check_all(tmp_path, "good", resume=True)[0] == 2
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    # check_all() has written files that Git does not know: they count as sources too.
    first = check_all(tmp_path, "once", "bad")[1]
    status, lines = check_all(tmp_path, "once", "bad", resume=True)
    assert status == 1
    assert lines[-4] == first[-3]
    assert lines[-2:] == [
        "check-all: 1 of them passed before, on the same sources",
        "check-all: 2 checks, 1 failures",
    ]
    # After a change, of a file that Git knows or not, "once" runs again, and fails.
    (tmp_path / "source").write_text("2")
    assert "once" in check_all(tmp_path, "once", resume=True)[1][0]
    (tmp_path / "build/ran").unlink()
    assert check_all(tmp_path, "once", resume=True)[0] == 0
    (tmp_path / "new source").write_text("1")
    assert check_all(tmp_path, "once", resume=True)[0] == 1


def test_a_run_without_resume_repeats_all(tmp_path: Path) -> None:
    git(tmp_path, "init")
    git(tmp_path, "commit", "--allow-empty", "-m", "first")
    (tmp_path / ".gitignore").write_text("/build/\n")
    assert check_all(tmp_path, "once")[0] == 0
    assert check_all(tmp_path, "once")[0] == 1
