"""What the benchmarks' commands have in common: options, words for the user, files."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Callable

from bench.harness import chart, machine, report
from bench.harness.progress import watching
from bench.harness.rounds import Schedule
from bench.harness.runner import Benchmark, Row, run
from bench.peers.table import peers_of, select
from bench.peers.tools import ROOT

# How much longer an interpreter with a compiler of its own warms up.
JIT_SETTLE = 5


def positive(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    """An argparse type: a positive number."""

    def parse(text: str) -> Any:
        try:
            number = convert(text)
        except ValueError:
            number = 0
        if not number > 0:
            kind = "a positive integer" if convert is int else "a positive number"
            raise argparse.ArgumentTypeError(f"{text!r} is not {kind}")
        return number

    return parse


def natural(text: str) -> int:
    """An argparse type: an integer that is not negative."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a non-negative integer")
    return int(text)


def interpreter(text: str) -> str:
    """An argparse type: a path must hold wherever a peer is built."""
    return os.path.abspath(text) if os.path.dirname(text) else text


def add_options(parser: argparse.ArgumentParser, usual: Schedule, quick: Schedule) -> None:
    """The options of every benchmark: rows, how long to measure, where, and what to write."""
    add = parser.add_argument
    add("--rows", metavar="A,B", help="only these rows; see --list")
    rounds = f"rounds over all rows ({usual.rounds}; with --quick {quick.rounds})"
    add("--rounds", type=positive(int), help=rounds)
    add(
        "--runs",
        type=positive(int),
        help="timed runs of each row in all "
        f"(as many as fill {usual.slice_s * 1e3:g} ms in each round)",
    )
    add(
        "--quick",
        action="store_true",
        help="short slices and few rounds: a look, not a measurement",
    )
    add(
        "--python",
        type=interpreter,
        default=sys.executable,
        help="the interpreter to measure (the one that runs this)",
    )
    add_run_options(parser)
    add("--list", action="store_true", help="list the rows and stop")


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Where to measure, and where the results go."""
    add = parser.add_argument
    add("--core", type=natural, help="the core to measure on (the last one)")
    add(
        "--output",
        type=Path,
        default=ROOT / "bench" / "results",
        help="folder for the results (bench/results)",
    )
    add("--no-plot", action="store_true", help="draw no chart")


def check_run_options(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End the program where they cannot be, and choose the core."""
    try:
        options.core = machine.choose_core(options.core)
    except ValueError as error:
        parser.error(str(error))
    if options.output.exists() and not options.output.is_dir():
        parser.error(f"--output {options.output}: not a folder")


def parse_options(
    parser: argparse.ArgumentParser, arguments: Sequence[str] | None, benchmark: str
) -> argparse.Namespace:
    """The options, checked as far as they can be by themselves; `peers` are the chosen rows."""
    options = parser.parse_args(arguments)
    try:
        options.peers = select(options.rows, benchmark)
    except ValueError as error:
        parser.error(str(error))
    if os.path.dirname(options.python):
        # Workers and builds are started in folders of their own. (Not resolved: an environment's
        # interpreter is a link.)
        options.python = os.path.abspath(options.python)
    check_run_options(parser, options)
    return options


def schedule_of(options: argparse.Namespace, usual: Schedule, quick: Schedule) -> Schedule:
    chosen = quick if options.quick else usual
    return dataclasses.replace(chosen, rounds=options.rounds or chosen.rounds, runs=options.runs)


def log(text: str) -> None:
    """Progress goes to stderr, results to stdout."""
    print(text, file=sys.stderr, flush=True)


def list_rows(benchmark: str) -> None:
    peers = peers_of(benchmark)
    width = max(len(peer.name) for peer in peers)
    for peer in peers:
        print(f"{peer.name:{width}}  {peer.title}: {peer.note}")


def time_rows(
    options: argparse.Namespace,
    benchmark: Benchmark,
    site: Any,
    schedule: Schedule,
    where: dict[str, Any],
) -> list[Row]:
    """Measure the chosen rows; what was learnt of the machine meanwhile is added to `where`."""
    implementation = where["implementation"]
    if options.rows is None:
        options.peers = [peer for peer in options.peers if peer.is_for(implementation)]
    if implementation != "cpython":
        # Until everything that is hot has been compiled.
        schedule = dataclasses.replace(schedule, settle_s=JIT_SETTLE * schedule.settle_s)
    titles = {peer.name: peer.title for peer in options.peers}
    disturbance = machine.Disturbance(options.core)
    with machine.leaving_core(options.core), watching(titles) as watcher:
        rows = run(options.peers, benchmark, site, options.core, schedule, watcher)
    where["others_busy"] = disturbance.share()
    where["isa"] = next((row.info["isa"] for row in rows if "isa" in row.info), None)
    return rows


def interpreter_name(results: dict[str, Any]) -> str:
    """For titles: `CPython 3.11.7`."""
    return str(results["machine"]["interpreter"].partition(",")[0])


def save(
    results: dict[str, Any], folder: Path, name: str, draw: Callable[[], bytes] | None
) -> list[Path]:
    """Write the JSON document and the chart; return what was written."""
    stem = folder / f"{name}-{results['machine']['implementation']}"
    written = [stem.with_suffix(".json")]
    report.write_json(written[0], results)
    if draw is not None:
        try:
            picture = draw()
        except ImportError as error:
            log(f"no chart: {error}")
        else:
            written.append(stem.with_suffix(".png"))
            report.write_atomically(written[1], picture)
    return written


def save_ratios(
    results: dict[str, Any], folder: Path, name: str, title: str, plot: bool
) -> list[Path]:
    """The same, with the chart of the rows' ratios to the norm."""
    whole = f"{title} on {interpreter_name(results)}, time relative to {results['norm']}"
    drawable = plot and results["norm"] is not None
    return save(
        results,
        folder,
        name,
        (lambda: chart.draw(results, whole, report.ratio_text)) if drawable else None,
    )


def relative(path: Path) -> Path:
    """The path as seen from here, when it lies below."""
    try:
        return path.resolve().relative_to(Path.cwd())
    except ValueError:
        return path


def failures(rows: Sequence[Row], named: bool) -> list[str]:
    """What makes the run a failure: a row that failed, or one asked for by name and missing."""
    return [
        f"{row.peer.name}: {row.note}"
        for row in rows
        if row.failure is not None or (named and row.missing is not None)
    ]


def finish(write: Callable[[], list[Path]], complaints: Sequence[str]) -> int:
    """Write the results, say what is wrong with the run, and give the exit status."""
    try:
        for path in write():
            log(f"wrote {relative(path)}")
    except OSError as error:
        log(f"error: the results could not be written: {error}")
        return 1
    for complaint in complaints:
        log(f"error: {complaint}")
    return 1 if complaints else 0
