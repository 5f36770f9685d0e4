# SPDX-License-Identifier: BSD-3-Clause
"""Which lines no test runs: a table, and a comparison with the list of excused lines.

usage: report.py CPP_JSON PYTHON_JSON...
CPP_JSON is gcovr's, the others are coverage.py's. A line that two runs know is covered if one of
them ran it.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXCUSED = Path(__file__).with_name("excused.txt")


def read_lines(documents: list[str]) -> dict[str, dict[int, bool]]:
    """Of each file the lines with code, and whether they ran."""
    found: dict[str, dict[int, bool]] = defaultdict(dict)
    for document in documents:
        files = json.loads(Path(document).read_text(encoding="utf-8"))["files"]
        if isinstance(files, list):  # gcovr
            lines = [
                (file["file"], line["line_number"], line["count"] > 0)
                for file in files
                for line in file["lines"]
                if not line.get("gcovr/noncode") and not line.get("gcovr/excluded")
            ]
        else:
            lines = [
                (path, number, number in set(file["executed_lines"]))
                for path, file in files.items()
                for number in file["executed_lines"] + file["missing_lines"]
            ]
        for path, number, ran in lines:
            found[path][number] = ran or found[path].get(number, False)
    return found


def read_excused() -> dict[str, Counter[str]]:
    """excused.txt: reasons, which begin with #, files, and their lines, which are indented."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    path = ""
    for line in EXCUSED.read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            found[path][" ".join(line.split())] += 1
        elif line and not line.startswith("#"):
            path = line
    return found


def main(documents: list[str]) -> int:
    excused = read_excused()
    folders: dict[str, Counter[str]] = defaultdict(Counter)
    unexcused = []
    covered_all = total_all = excused_all = 0
    for path, lines in sorted(read_lines(documents).items()):
        text = (ROOT / path).read_text(encoding="utf-8").splitlines()
        left = Counter(excused.get(path, Counter()))
        counts = folders[path.rpartition("/")[0]]
        for number, ran in sorted(lines.items()):
            code = " ".join(text[number - 1].split())
            counts["lines"] += 1
            if ran:
                counts["run"] += 1
            elif left[code] > 0:
                left[code] -= 1
                counts["excused"] += 1
            else:
                unexcused.append(f"{path}:{number}: {text[number - 1].strip()}")
    stale = []
    for path, entries in excused.items():
        text = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).exists() else ""
        present = Counter(" ".join(line.split()) for line in text.splitlines())
        stale += [f"{path}: {code}" for code in (entries - present)]

    print(f"{'folder':<36}{'lines':>8}{'run':>8}{'excused':>9}{'not run':>9}")
    for folder, counts in sorted(folders.items()):
        total, covered, excuses = counts["lines"], counts["run"], counts["excused"]
        rest = total - covered - excuses
        print(f"{folder:<36}{total:>8}{covered / total:>8.1%}{excuses:>9}{rest:>9}")
        total_all, covered_all, excused_all = (
            total_all + total,
            covered_all + covered,
            excused_all + excuses,
        )
    if unexcused:
        print(f"\nNo test runs these lines, and {EXCUSED.relative_to(ROOT)} does not excuse them:")
        print("\n".join(unexcused))
    if stale:
        print(f"\n{EXCUSED.relative_to(ROOT)} has lines that are not in the sources any more:")
        print("\n".join(stale))
    print(
        f"coverage: {total_all} lines, {covered_all / total_all:.1%} run, {excused_all} excused, "
        f"{len(unexcused)} neither, {len(stale)} stale excuses"
    )
    return 1 if unexcused or stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
