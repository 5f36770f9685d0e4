"""What the benchmarks' commands share: options, and the way from these to results and files."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

from bench.harness import chart, machine, report
from bench.harness.progress import Part, watching
from bench.harness.results import Results, Row
from bench.harness.rounds import Schedule
from bench.harness.runner import Benchmark, CheckError, Runner
from bench.harness.workers import WorkerError
from bench.peers.table import NORMS, peers_of, select
from bench.peers.tools import ROOT, BuildEnv, BuildError


def integer(kind: str, least: int) -> Callable[[str], int]:
    """An argparse type; `kind` is what the message calls such integers."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and int(text) >= least):
            raise argparse.ArgumentTypeError(f"{text!r} is not a {kind} integer")
        return int(text)

    return parse


positive = integer("positive", 1)
natural = integer("non-negative", 0)


def interpreter(text: str) -> str:
    """An argparse type: a program's path, absolute because workers start in other folders.

    It is not resolved, because an environment's interpreter is a link.
    """
    return os.path.abspath(text) if os.path.dirname(text) else text


def add_python(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--python",
        type=interpreter,
        default=sys.executable,
        help="the interpreter to measure (the one that runs this)",
    )


def add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--output",
        type=Path,
        default=ROOT / "bench" / "results",
        help="folder for the results (bench/results)",
    )


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Where to measure, and where the results go."""
    parser.add_argument("--core", type=natural, help="the core to measure on (the last one)")
    add_output(parser)
    parser.add_argument("--no-plot", action="store_true", help="draw no chart")


def check_run_options(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End the program if these cannot be used, and choose the core."""
    try:
        options.core = machine.choose_core(options.core)
    except ValueError as error:
        parser.error(str(error))
    if options.output.exists() and not options.output.is_dir():
        parser.error(f"--output {options.output}: not a folder")


def log(text: str) -> None:
    """Progress goes to stderr, results to stdout."""
    print(text, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Outcome:
    """What a run gives: lines to print, how its files are written, and what is wrong with it."""

    lines: Sequence[str]
    save: Callable[[], list[Path]]
    failures: Sequence[str]


@dataclass(frozen=True)
class Command:
    """A benchmark's command.

    title: names it in charts. usual, quick: how long it measures. norms: the rows that may be the
    ratio 1, the first that ran. jit_settle: how much longer an interpreter with a compiler of its
    own warms up, until everything that is hot has been compiled.
    """

    name: str
    title: str
    description: str
    usual: Schedule
    quick: Schedule
    norms: tuple[str, ...] = NORMS
    jit_settle: float = 5.0

    def parser(self) -> argparse.ArgumentParser:
        """The options of every benchmark."""
        parser = argparse.ArgumentParser(
            prog=f"python -m bench.{self.name}", description=self.description
        )
        add = parser.add_argument
        add("--rows", metavar="A,B", help="only these rows; see --list")
        rounds = f"rounds over all rows ({self.usual.rounds}; with --quick {self.quick.rounds})"
        add("--rounds", type=positive, help=rounds)
        slice_text = f"as many as fill {self.usual.slice_s * 1e3:g} ms in each round"
        add("--runs", type=positive, help=f"timed runs of each row in all ({slice_text})")
        add(
            "--quick",
            action="store_true",
            help="short slices and few rounds: a look, not a measurement",
        )
        add_python(parser)
        add_run_options(parser)
        add("--list", action="store_true", help="list the rows and stop")
        return parser

    def parse(
        self, parser: argparse.ArgumentParser, arguments: Sequence[str] | None
    ) -> argparse.Namespace:
        """The options, checked as far as they can be by themselves; `peers` are the chosen rows."""
        options = parser.parse_args(arguments)
        try:
            options.peers = select(options.rows, self.name)
        except ValueError as error:
            parser.error(str(error))
        check_run_options(parser, options)
        return options

    def schedule(self, options: argparse.Namespace, implementation: str) -> Schedule:
        chosen = self.quick if options.quick else self.usual
        settle = chosen.settle_s * (1.0 if implementation == "cpython" else self.jit_settle)
        rounds = options.rounds or chosen.rounds
        return dataclasses.replace(chosen, rounds=rounds, runs=options.runs, settle_s=settle)

    def measure(
        self, options: argparse.Namespace, env: BuildEnv, benchmarks: Sequence[Benchmark]
    ) -> list[Results]:
        """Measure the chosen rows in each benchmark, one benchmark after the other."""
        facts = env.facts
        peers = [
            peer for peer in options.peers if options.rows or peer.is_for(facts.implementation)
        ]
        schedule = self.schedule(options, facts.implementation)
        described = machine.describe(options.core, facts)
        disturbance = machine.Disturbance(options.core)
        measured: list[list[Row]] = []
        titles = {peer.name: peer.title for peer in peers}
        with machine.leaving_core(options.core), watching(titles) as watcher:
            for place, benchmark in enumerate(benchmarks):
                name = str(benchmark.problem.get("name", ""))
                part = Part(watcher, place, len(benchmarks), name)
                runner = Runner(env, options.core, schedule, part)
                measured.append(runner.run(peers, benchmark))
        described["others_busy"] = disturbance.share()
        infos = [row.info for rows in measured for row in rows]
        described["isa"] = next((info["isa"] for info in infos if "isa" in info), None)
        return [
            Results(self.name, benchmark.problem, described, rows, self.norms)
            for benchmark, rows in zip(benchmarks, measured)
        ]

    def save(
        self,
        options: argparse.Namespace,
        results: Results,
        document: Mapping[str, Any],
        draw: Callable[[], bytes] | None = None,
    ) -> list[Path]:
        """Write the document and a chart: the rows' ratios, unless another is to be drawn."""
        stem = options.output / f"{self.name}-{results.machine['implementation']}"
        drawable = not options.no_plot and results.norm is not None
        return save(stem, document, (draw or (lambda: self.draw(results))) if drawable else None)

    def draw(self, results: Results) -> bytes:
        """The chart of the ratios."""
        norm, facts = results.norm, results.machine
        assert norm is not None and norm.spread is not None
        reason = results.norm_reason.partition("\n")[0]
        median = f"{norm.peer.title}: {norm.spread.median * 1e3:.3g} ms."
        version = norm.info.get("version") or norm.peer.title
        caption = [
            f"{results.problem['description']}. {median}"
            + (f" The norm is {norm.peer.title}: {reason}." if reason else ""),
            chart.LEGEND,
            f"{facts['cpu']}; {facts['interpreter']}; {version}.",
        ]
        title = f"{self.title} on {results.interpreter}, time relative to {norm.peer.title}"
        return chart.draw([chart.Panel(results)], title, caption)

    def execute(self, options: argparse.Namespace, work: Callable[[], Outcome]) -> int:
        """Do the work, print and write what it gives; the exit status."""
        if options.list:
            peers = peers_of(self.name)
            width = max(len(peer.name) for peer in peers)
            for peer in peers:
                print(f"{peer.name:{width}}  {peer.title}: {peer.note}")
            return 0
        try:
            outcome = work()
        except (BuildError, CheckError, WorkerError) as error:
            # The rows' own errors are in their results, so this worker is the reference's.
            subject = "the reference's worker " if isinstance(error, WorkerError) else ""
            log(f"error: {subject}{error}")
            return 1
        except KeyboardInterrupt:
            log("interrupted; nothing was written")
            return 130
        if outcome.lines:
            print("\n".join(outcome.lines).rstrip())
        return finish(outcome.save, outcome.failures)


def save(stem: Path, document: Mapping[str, Any], draw: Callable[[], bytes] | None) -> list[Path]:
    """Write STEM.json, and STEM.png if there is something to draw; return what was written."""
    written = [stem.with_suffix(".json")]
    report.write_json(written[0], document)
    if draw is not None:
        try:
            picture = draw()
        except ImportError as error:
            log(f"no chart: {error}")
        else:
            written.append(stem.with_suffix(".png"))
            report.write_atomically(written[1], picture)
    return written


def failures(rows: Sequence[Row], named: bool) -> list[str]:
    """What makes the run a failure: a row that failed, or one asked for by name and missing."""
    return [
        f"{row.peer.name}: {row.note}"
        for row in rows
        if row.failure is not None or (named and row.missing is not None)
    ]


def finish(write: Callable[[], list[Path]], failures: Sequence[str]) -> int:
    """Write the results, say what is wrong with the run, and give the exit status."""
    try:
        for path in write():
            log(f"wrote {os.path.relpath(path)}")
    except OSError as error:
        log(f"error: the results could not be written: {error}")
        return 1
    for failure in failures:
        log(f"error: {failure}")
    return 1 if failures else 0
