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
counted:
	@echo '100% tests passed, 0 tests failed out of 523'
	@echo '==== 1 failed, 40 passed, 2 skipped, 1 warning in 3.04s ===='
	@echo '10 passed in 61.30s (0:01:01)'
"""


def check_all(folder: Path, *names: str) -> tuple[int, list[str]]:
    (folder / "cmake").mkdir()
    shutil.copy(ROOT / "cmake/check-all.sh", folder / "cmake")
    (folder / "Makefile").write_text(MAKEFILE)
    command = ["sh", str(folder / "cmake/check-all.sh"), "make", *names]
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
