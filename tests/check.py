# SPDX-License-Identifier: BSD-3-Clause
"""Runs the Python tests, once or many times, and prints one last line with figures.

usage: check.py NAME [--runs N] [--at-once N] [--shuffled] PYTEST-ARGUMENT...
"""

from __future__ import annotations

import argparse
import concurrent.futures
import os
import platform
import random
import re
import subprocess
import sys
import time

OUTCOME = re.compile(r"(\d+) (passed|failed|errors?|skipped)")


def run(number: int, arguments: list[str], is_shuffled: bool) -> dict[str, int]:
    """One run of pytest. Returns how many tests had which outcome."""
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    seed = random.SystemRandom().randrange(2**32)
    if is_shuffled:
        command += ["-p", "randomly", f"--randomly-seed={seed}", "-p", "no:cacheprovider"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found: dict[str, int] = {}
    lines = done.stdout.strip().splitlines()
    for count, outcome in OUTCOME.findall(lines[-1] if lines else ""):
        found[outcome.rstrip("s")] = int(count)
    if done.returncode not in (0, 1) or (done.returncode == 1 and not found.get("failed")):
        found["error"] = found.get("error", 0) + 1  # pytest did not come to its end
    print(f"run {number}: {found or 'no test'}", file=sys.stderr, flush=True)
    if found.get("failed") or found.get("error"):
        order = f", --randomly-seed={seed}" if is_shuffled else ""
        print(f"run {number}{order}:\n{done.stdout}\n{done.stderr}", flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("--shuffled", action="store_true")
    options, arguments = parser.parse_known_args()
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(options.at_once) as executor:
        jobs = [
            executor.submit(run, number, arguments, options.shuffled)
            for number in range(1, options.runs + 1)
        ]
        found = [job.result() for job in jobs]
    total = {
        outcome: sum(one.get(outcome, 0) for one in found)
        for outcome in ("passed", "failed", "error", "skipped")
    }
    failures = total["failed"] + total["error"]
    runs = f"{options.runs} runs, {options.at_once} at once, " if options.runs > 1 else ""
    print(
        f"{options.name}: {platform.python_implementation()} {platform.python_version()}, "
        f"{os.cpu_count()} CPUs, {runs}{total['passed']} passed, {total['skipped']} skipped, "
        f"{failures} failures, {time.monotonic() - begin:.0f} s"
    )
    return 1 if failures or not total["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
