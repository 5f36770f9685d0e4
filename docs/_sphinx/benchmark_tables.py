# SPDX-License-Identifier: BSD-3-Clause
"""Tables of benchmarks, made from the JSON documents that the benchmarks write.

A block

    ```{benchmark} integrate-cpython.json
    :job: compiled
    :unit: scipy
    ```

becomes a table of docs/benchmarks/integrate-cpython.json, and a line with what was measured where.
The first column has the time of a row as a multiple of the norm's. With a unit, which names the
norm, it has how many times faster the row is. The document of another run, put in the place of the
file, changes the table and nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "benchmarks"
BLOCK = re.compile(
    r"^```\{benchmark\} (?P<file>\S+)\n(?P<options>(?::\w+: .*\n)*)```$", re.MULTILINE
)


def number(value: float) -> str:
    """To three digits, without an exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.{2 if value < 10 else 1}f}" if value >= 1 else f"{value:.3f}"


def cells(row: Mapping[str, Any], ratio: float, has_errors: bool) -> list[str]:
    title = f"**{row['name']}**" if row["name"].startswith("PicoNumpy") else row["name"]
    first, error = row["first_call_s"], row.get("state_error")
    found = [
        title,
        number(ratio),
        number(1e3 * row["median_s"]),
        f"{number(1e3 * row['q1_s'])} to {number(1e3 * row['q3_s'])}",
        "-" if first is None else number(1e3 * first),
    ]
    return [*found, "-" if error is None or row["floor"] else f"{error:.1e}"][: 5 + has_errors]


def table(document: Mapping[str, Any], job: str | None, unit: str | None) -> str:
    """The table of a job in Markdown, and what was measured where."""
    entries = document.get("jobs", [document])
    entry = next(one for one in entries if job in (None, one["problem"]["name"]))
    machine = document["machine"]
    rows = [row for row in entry["rows"] if row["median_s"] is not None]
    base = next((row["median_s"] for row in rows if row["id"] == unit), None)
    has_errors = any(row.get("state_error") is not None for row in rows)
    lines = []
    for row in rows:
        ratio = row["ratio"] if base is None else base / row["median_s"]
        lines.append(f"| {' | '.join(cells(row, ratio, has_errors))} |")
    what = f"times {entry['norm']}" if base is None else f"times faster than {entry['norm']}"
    busy = entry.get("others_busy", machine["others_busy"])
    load = "" if busy is None else f", other cores {100 * busy:.0f} % busy"
    missing = [row["name"] for row in entry["rows"] if row["median_s"] is None]
    without = f" Not measured: {', '.join(missing)}." if missing else ""
    return "\n".join(
        [
            f"| row | {what} | ms | quartiles | first call, ms |" + " error |" * has_errors,
            "|---|--:|--:|--:|--:|" + "--:|" * has_errors,
            *lines,
            "",
            f"*{machine['cpu']}, {machine['interpreter']}, {machine['date']}{load}.{without}*",
        ]
    )


def read(app: Any, docname: str, source: list[str]) -> None:
    """Changes the source of a page before it is parsed."""

    def made(match: re.Match[str]) -> str:
        path = FOLDER / match["file"]
        app.env.note_dependency(str(path))
        options = dict(re.findall(r":(\w+): (.*)", match["options"]))
        document = json.loads(path.read_text(encoding="utf-8"))
        return table(document, options.get("job"), options.get("unit"))

    source[0] = BLOCK.sub(made, source[0])


def setup(app: Any) -> dict[str, Any]:
    app.connect("source-read", read)
    return {"version": "1", "parallel_read_safe": True}
