"""Run the main benchmark: `python -m bench.ode` from the repository's root."""

from __future__ import annotations

import argparse
import dataclasses
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Callable

from bench import chart, machine, report
from bench.ode import check
from bench.peers.table import PEERS, Peer, select
from bench.peers.tools import ROOT, Site
from bench.progress import watching
from bench.rounds import Schedule
from bench.runner import CheckError, Row, choose_norm, read_info, run
from bench.workers import Worker, WorkerError

DT_S = 0.01
SPEED = 3.5  # of every sled at the start, along the slope (m/s)
QUICK = Schedule(rounds=10, slice_s=0.02, settle_s=0.1, sittings=2)


class Ode:
    """The benchmark as the runner sees it."""

    name = "ode"

    def __init__(self, problem: check.Problem, reference: check.Reference) -> None:
        self.problem = problem
        self.reference = reference

    def prepare(self, peer: Peer, worker: Worker) -> None:
        worker.prepare(self.problem.line())
        found = check.grouped(worker.numbers("states", 4 * len(self.problem.initial)))
        try:
            self.reference.check(peer.checked, found, peer.exact)
        except check.StateError as error:
            raise CheckError(f"{peer.name} differs from the reference: {error}") from None


def initial_states(sleds: int, seed: int) -> list[list[float]]:
    """Side by side on the first 4th of a mogul's width, drawn at random, and all equally fast."""
    draw = random.Random(seed)
    return [[0.0, draw.random(), SPEED, 0.0] for _ in range(sleds)]


def reference_worker(site: Site) -> Worker:
    """The reference, in the measured interpreter: the rows share its mathematical library."""
    return Worker([site.python, "-m", "bench.ode.worker", "--reference"], folder=site.root)


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


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options, checked as far as they can be by themselves."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.ode",
        description="Time the main benchmark, sleds on a bumpy board, for PicoNumpy and its peers.",
    )
    add = parser.add_argument
    add("--sleds", type=positive(int), default=10, help="how many sleds (10)")
    add("--steps", type=positive(int), default=200, help="steps of 0.01 s for each sled (200)")
    add("--rows", metavar="A,B", help="only these rows; see --list")
    add("--rounds", type=positive(int), help="rounds over all rows (40; with --quick 10)")
    add(
        "--runs",
        type=positive(int),
        help="timed runs of each row in all (as many as fill 50 ms in each round)",
    )
    add(
        "--quick",
        action="store_true",
        help="short slices and few rounds: a look, not a measurement",
    )
    add("--seed", type=natural, default=1, help="of the sleds' starting places (1)")
    add("--core", type=natural, help="the core to measure on (the last one)")
    add(
        "--python",
        default=sys.executable,
        help="the interpreter to measure (the one that runs this)",
    )
    add(
        "--output",
        type=Path,
        default=ROOT / "bench" / "results",
        help="folder for the results (bench/results)",
    )
    add("--no-plot", action="store_true", help="draw no chart")
    add("--list", action="store_true", help="list the rows and stop")
    options = parser.parse_args(arguments)
    try:
        options.peers = select(options.rows)
        options.core = machine.choose_core(options.core)
    except ValueError as error:
        parser.error(str(error))
    if options.output.exists() and not options.output.is_dir():
        parser.error(f"--output {options.output}: not a folder")
    return options


def schedule_of(options: argparse.Namespace) -> Schedule:
    usual = QUICK if options.quick else Schedule()
    rounds = options.rounds or usual.rounds
    return dataclasses.replace(usual, rounds=rounds, runs=options.runs)


def say(text: str) -> None:
    """Progress goes to stderr, results to stdout."""
    print(text, file=sys.stderr, flush=True)


def list_rows() -> None:
    width = max(len(peer.name) for peer in PEERS)
    for peer in PEERS:
        print(f"{peer.name:{width}}  {peer.title}: {peer.note}")


def measure(
    options: argparse.Namespace, site: Site
) -> tuple[list[Row], dict[str, Any], check.Reference]:
    """From the options to the figures: the rows, the machine, and the reference."""
    problem = check.Problem(options.steps, DT_S, initial_states(options.sleds, options.seed))
    with reference_worker(site) as worker:
        interpreter = read_info(worker)["interpreter"]
        reference = check.gather(worker, problem)
    where = machine.describe(options.core, interpreter, None)
    titles = {peer.name: peer.title for peer in options.peers}
    benchmark = Ode(problem, reference)
    disturbance = machine.Disturbance(options.core)
    with machine.leaving_core(options.core), watching(titles) as watcher:
        rows = run(options.peers, benchmark, site, options.core, schedule_of(options), watcher)
    where["others_busy"] = disturbance.share()
    where["isa"] = next((row.info["isa"] for row in rows if "isa" in row.info), None)
    return rows, where, reference


def problem_description(options: argparse.Namespace) -> dict[str, Any]:
    size = f"{options.sleds} sleds x {options.steps} Runge-Kutta steps of {DT_S:g} s"
    return {
        "description": f"{size}, seed {options.seed}",
        "sleds": options.sleds,
        "steps": options.steps,
        "dt_s": DT_S,
        "seed": options.seed,
    }


def save(results: dict[str, Any], folder: Path, plot: bool) -> list[Path]:
    """Write the JSON document and the chart; return what was written."""
    stem = folder / f"ode-{results['machine']['implementation']}"
    written = [stem.with_suffix(".json")]
    report.write_json(written[0], results)
    if plot and results["norm"] is not None:
        interpreter = results["machine"]["interpreter"].partition(",")[0]
        title = f"Small-callback ODE on {interpreter}, time relative to {results['norm']}"
        try:
            picture = chart.draw(results, title, report.ratio_text)
        except ImportError as error:
            say(f"no chart: {error}")
        else:
            written.append(stem.with_suffix(".png"))
            report.write_atomically(written[1], picture)
    return written


def relative(path: Path) -> Path:
    """The path as seen from here, when it lies below."""
    try:
        return path.resolve().relative_to(Path.cwd())
    except ValueError:
        return path


def unwanted(rows: Sequence[Row], named: bool) -> list[str]:
    """What makes the run a failure: a row that failed, or one asked for by name and missing."""
    return [
        f"{row.peer.name}: {row.note}"
        for row in rows
        if row.failure is not None or (named and row.missing is not None)
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    if options.list:
        list_rows()
        return 0
    try:
        rows, where, reference = measure(options, Site(python=options.python, say=say))
    except WorkerError as error:
        say(f"error: the reference's worker {error}")
        return 1
    except check.StateError as error:
        say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        say("interrupted; nothing was written")
        return 130
    norm = choose_norm(rows)
    problem = problem_description(options)
    problem["state_bound"] = reference.relative_bound()
    results = report.document("ode", problem, where, rows, norm)
    checked = "final states have equal bits, or differ by rounding of sin, cos or pow: "
    checked += f"less than {reference.relative_bound():.1e} of the state"
    lines = report.header_lines(where, rows, problem["description"])
    lines += [
        f"{'Check':17}: {checked}",
        "",
        *report.table_lines(rows, norm),
        "",
        *report.derived_lines(rows),
    ]
    print("\n".join(lines).rstrip())
    try:
        for path in save(results, options.output, not options.no_plot):
            say(f"wrote {relative(path)}")
    except OSError as error:
        say(f"error: the results could not be written: {error}")
        return 1
    complaints = unwanted(rows, options.rows is not None)
    for complaint in complaints:
        say(f"error: {complaint}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
