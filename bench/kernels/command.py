"""The command that runs the kernel benchmarks."""

from __future__ import annotations

import argparse
import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path

from bench.harness import command_line, machine, report
from bench.harness.command_line import log
from bench.harness.interpreter import Interpreter
from bench.harness.progress import watching
from bench.kernels import charts, goals, program, python_calls, results, tables
from bench.kernels.goals import Goal
from bench.kernels.program import Run
from bench.kernels.results import Results
from bench.peers.tools import ROOT

NAME = "kernels"
PROGRAM = ROOT / "build" / "release" / "bench" / "kernels" / "kernels_benchmark"


def pattern(text: str) -> str:
    """An argparse type: a regular expression."""
    try:
        re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a regular expression: {error}") from None
    return text


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m bench.{NAME}",
        description="Time the kernels against other libraries and compilers' loops on every ISA of "
        "this CPU, and piconumpy's functions against NumPy's; say which goals are met.",
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="few lengths and repetitions: a look, not a result")
    add("--filter", type=pattern, metavar="REGEX", help="only cases whose name has a match")
    add("--isa", metavar="A,B", help="only these instruction sets, for example avx2,sse2")
    add("--no-python", action="store_true", help="leave out the calls from Python")
    command_line.add_run_options(parser)
    add(
        "--input",
        type=Path,
        metavar="FILE",
        help="measure nothing: tables and charts of this kernels.json anew",
    )
    add("--program", type=Path, default=PROGRAM, help="the program that times the kernels")
    return parser


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = make_parser()
    options = parser.parse_args(arguments)
    command_line.check_run_options(parser, options)
    options.isa = None if options.isa is None else options.isa.split(",")
    if options.input is not None and (options.quick or options.filter):
        parser.error("--input: nothing is measured, so --quick and --filter have no meaning")
    return options


def program_command(options: argparse.Namespace) -> list[str]:
    asked = [str(options.program), f"--plan={'quick' if options.quick else 'full'}"]
    if options.filter is not None:
        asked.append(f"--filter={options.filter}")
    # It inherits the core.
    return asked + [f"--isa={isa}" for isa in options.isa or []]


def run_programs(options: argparse.Namespace) -> dict[str, Run]:
    """What each program printed, by the name for its failures."""
    runs = {}
    with machine.leaving_core(options.core), watching({}) as watcher:
        runs["the program"] = program.measure(program_command(options), options.core, watcher)
        if not options.no_python:
            worker = python_calls.command(options.quick)
            runs["the process of Python calls"] = program.measure(
                worker, options.core, watcher, ROOT
            )
    for run in runs.values():
        for reason, count in run.ignored.items():
            log(f"warning: {count} cases are left out: {reason}")
    return runs


def measure(options: argparse.Namespace) -> Results:
    """Run both programs; what went wrong is among the results' failures."""
    description = machine.describe(options.core, Interpreter.current())
    disturbance = machine.Disturbance(options.core)
    runs = run_programs(options)
    description["others_busy"] = disturbance.share()
    context, *others = (run.context for run in runs.values())
    description["python_libraries"] = {
        name: context[name] for context in others for name in ("piconumpy", "numpy") if context
    }
    description["filter"] = options.filter
    return Results(
        context,
        description,
        [case for run in runs.values() for case in run.cases],
        [f"{name} {run.failure}" for name, run in runs.items() if run.failure is not None],
    )


def read(options: argparse.Namespace) -> Results:
    """What an earlier run has saved."""
    found = results.read_document(options.input.read_text(encoding="utf-8"))
    if options.isa is None:
        return found
    cases = [case for case in found.cases if case.isa in options.isa]
    return dataclasses.replace(found, cases=cases)


def draw(found: Results, folder: Path) -> list[Path]:
    """Every chart that the cases are enough for."""
    written = []
    try:
        for name, picture in charts.draw_all(found):
            written.append(folder / name)
            report.write_atomically(written[-1], picture)
    except ImportError as error:
        log(f"no charts: {error}")
    return written


def save(options: argparse.Namespace, found: Results, evaluated: Sequence[Goal]) -> list[Path]:
    """Write the document, the page, and the charts."""
    folder = options.output
    pictures = [] if options.no_plot else draw(found, folder)
    texts = {f"{NAME}.md": tables.markdown(found, evaluated, [path.name for path in pictures])}
    if options.input is None:
        texts[f"{NAME}.json"] = results.document(found, [goal.entry() for goal in evaluated])
    for name, text in texts.items():
        report.write_atomically(folder / name, text.encode())
    return [folder / name for name in texts] + pictures


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    try:
        found = measure(options) if options.input is None else read(options)
    except KeyboardInterrupt:
        log("interrupted; nothing was written")
        return 130
    except (OSError, ValueError) as error:
        log(f"error: --input {options.input}: {error}")
        return 1
    complaints = found.failures if options.input is None else []
    if not found.cases:
        return command_line.finish(lambda: [], complaints or ["no case was measured"])
    evaluated = goals.evaluate(found)
    print("\n".join(tables.printed(found, evaluated)).rstrip())
    return command_line.finish(lambda: save(options, found, evaluated), complaints)
