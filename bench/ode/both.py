"""The main benchmark on two interpreters, in one document: `python -m bench.ode.both`."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.harness import chart, command_line, report
from bench.harness.command_line import log
from bench.ode import published
from bench.ode.__main__ import ODE, explained, make_parser, outcome
from bench.peers.table import peers_of
from bench.peers.tools import ROOT

Results = Mapping[str, Any]


def interpreter_title(results: Results) -> str:
    """For example `PyPy 7.3.19`."""
    return str(results["machine"]["interpreter"]).partition(",")[0].partition(" (")[0]


def found_rows(results: Results) -> dict[str, dict[str, Any]]:
    """The rows by their names."""
    return {row["id"]: row for row in results["rows"]}


def row_order(documents: Sequence[Results]) -> list[tuple[str, str]]:
    """Name and title of every row that is in one of the documents, in the order of the table."""
    titles = {row["id"]: row["name"] for results in documents for row in results["rows"]}
    places = {peer.name: place for place, peer in enumerate(peers_of("ode"))}
    return sorted(titles.items(), key=lambda item: places.get(item[0], len(places)))


def combined(documents: Sequence[Results]) -> dict[str, Any]:
    """The document for programs: that of each interpreter, and what was published."""
    return {
        "benchmark": "ode",
        "problem": documents[0]["problem"],
        "interpreters": list(documents),
        "published": {
            "date": published.DATE,
            "julia_s": published.MACHINES,
            "columns": ["cpython", "pypy"],
            "ratios": published.RATIOS,
        },
    }


def ratio_cell(row: Mapping[str, Any] | None) -> str:
    if row is None or row["ratio"] is None:
        return "-"
    # The norm's own ratio is one by definition.
    return "1" if row["ratio"] == 1 else report.ratio_text(row["ratio"])


def time_cell(row: Mapping[str, Any] | None) -> str:
    """Milliseconds, and half of the runs around them."""
    if row is None or row["median_s"] is None:
        return "-"
    low, high = report.milliseconds(row["q1_s"]), report.milliseconds(row["q3_s"])
    return f"{report.milliseconds(row['median_s'])} ({low} to {high})"


def published_cell(name: str, machine: str, implementation: str) -> str:
    ratio = published.ratio(name, machine, implementation)
    return "" if ratio is None else f"{ratio:g}"


def table_of_all(documents: Sequence[Results]) -> list[str]:
    """Today's ratios and times beside what was published."""
    head = ["Row"]
    for results in documents:
        title = interpreter_title(results)
        head += [title, f"{title}, ms"]
    for machine in published.MACHINES:
        head += [f"2020: {machine}, {name}" for name in ("CPython", "PyPy3")]
    lines = ["| " + " | ".join(head) + " |", "|---" + "|--:" * (len(head) - 1) + "|"]
    rows = [found_rows(results) for results in documents]
    for name, title in row_order(documents):
        cells = [title]
        for found in rows:
            cells += [ratio_cell(found.get(name)), time_cell(found.get(name))]
        for machine in published.MACHINES:
            cells += [published_cell(name, machine, kind) for kind in ("cpython", "pypy")]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def remarks(documents: Sequence[Results]) -> list[str]:
    """What each row is, and where it could not run, why."""
    lines = []
    for name, title in row_order(documents):
        peer = next((peer for peer in peers_of("ode") if peer.name == name), None)
        text = f"- **{title}**: {peer.note if peer else ''}"
        for results in documents:
            row = found_rows(results).get(name)
            if row is not None and row["median_s"] is None:
                text += f". {interpreter_title(results)}: {report.shortened(row['note'])}"
        lines.append(text + ".")
    return lines


def markdown(documents: Sequence[Results], tables: Sequence[str], picture: str | None) -> str:
    """The document for people."""
    machine = documents[0]["machine"]
    julia = ", ".join(f"{name}: {s * 1e3:g} ms" for name, s in published.MACHINES.items())
    norms = ", ".join(f"{results['norm']} on {interpreter_title(results)}" for results in documents)
    if all(results["norm"] == "Julia" for results in documents):
        norms = "Julia's"
    lines = [
        f"# {ODE.title}: " + " and ".join(interpreter_title(results) for results in documents),
        "",
        f"{documents[0]['problem']['description']}. Median times divided by {norms}, which runs "
        "interleaved with the rows of each interpreter; in parentheses the quartiles. "
        f"{machine['cpu']}, {machine['os']}. Every row's final states were checked before it was "
        "timed.",
        "",
        *table_of_all(documents),
        "",
        f"2020: the ratios that the original project published on {published.DATE} "
        f"(Julia there: {julia}). Its Cython and purepy_array rows stored float32, today's store "
        "float64.",
        "",
    ]
    if picture is not None:
        lines += [f"![The ratios as a chart]({picture})", ""]
    lines += ["## Rows", "", *remarks(documents), "", "## Runs", ""]
    for table in tables:
        lines += ["```", table, "```", ""]
    return "\n".join(lines)


def default_pypy() -> str:
    """The project's PyPy environment, or the PyPy on PATH."""
    environment = ROOT / ".venv-pypy" / "bin" / "python"
    return str(environment) if environment.exists() else shutil.which("pypy3") or str(environment)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = make_parser(ODE)
    parser.prog = "python -m bench.ode.both"
    parser.description = f"{parser.description} On CPython (--python) and PyPy (--pypy)."
    parser.add_argument(
        "--pypy",
        type=command_line.interpreter,
        default=default_pypy(),
        help="the PyPy to measure (.venv-pypy, or pypy3 on PATH)",
    )
    return command_line.parse_options(parser, arguments, ODE.name)


def save(
    documents: Sequence[Results], tables: Sequence[str], folder: Path, plot: bool
) -> list[Path]:
    """Write JSON, chart and Markdown."""
    written = [folder / "ode.json"]
    report.write_json(written[0], combined(documents))
    picture = None
    if plot and all(results["norm"] is not None for results in documents):
        try:
            drawn = chart.draw_side_by_side(
                documents,
                f"{ODE.title}: time relative to Julia",
                row_order(documents),
                [interpreter_title(results) for results in documents],
                lambda row, implementation: published.ratio(row, "i5-8400", implementation),
                "diamonds: what the original project published in 2020 (i5-8400)",
                report.ratio_text,
            )
        except ImportError as error:
            log(f"no chart: {error}")
        else:
            written.append(folder / "ode.png")
            report.write_atomically(written[-1], drawn)
            picture = "ode.png"
    written.append(folder / "ode.md")
    report.write_atomically(written[-1], markdown(documents, tables, picture).encode())
    return written


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    if options.list:
        command_line.list_rows(ODE.name)
        return 0

    def run() -> int:
        outcomes = []
        peers = options.peers
        for place, python in enumerate((options.python, options.pypy)):
            if place > 0:
                print()
            # Each interpreter leaves out the rows that are not for it.
            options.python, options.peers = python, peers
            log(f"interpreter {place + 1} of 2")
            outcomes.append(outcome(options, ODE))
            print("\n".join(outcomes[-1].lines).rstrip(), flush=True)
        tables = ["\n".join(one.lines).rstrip() for one in outcomes]
        documents = [one.results for one in outcomes]
        return command_line.finish(
            lambda: save(documents, tables, options.output, not options.no_plot),
            [
                f"{interpreter_title(one.results)}: {complaint}"
                for one in outcomes
                for complaint in one.complaints
            ],
        )

    return explained(run)


if __name__ == "__main__":
    sys.exit(main())
