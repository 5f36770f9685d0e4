"""Work and precision: the error against the time, over tolerances, for five problems."""

from __future__ import annotations

import argparse
import contextlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.harness import chart, command_line, machine, report
from bench.harness.command_line import Outcome, log
from bench.harness.runner import read_info
from bench.harness.spread import Spread
from bench.harness.workers import Worker, WorkerError
from bench.integrate.jobs import ask, problem_line
from bench.integrate.problems import PROBLEMS, Problem, reference
from bench.peers.table import Peer
from bench.peers.tools import BuildEnv, Unavailable

NAME = "integrate-precision"
TOLERANCES = tuple(10.0**-digits for digits in range(3, 13))
METHODS = ("RK45", "DOP853")
# The rows, each with its colour in the picture.
COLOURS = {
    "scipy": "#7f7f7f",
    "cyrk_list": "#3d6b9c",
    "cyrk_nbsolve2": "#2a9d8f",
    "piconumpy_array": "#e9a03b",
    "piconumpy_jit": chart.PROJECT_COLOUR,
    "heyoka": "#7b4ea3",
}
ONE_METHOD = ("heyoka",)  # its own
SLICE_S = 0.01


@dataclass(frozen=True)
class Line:
    """A row with one of its methods: a line of the picture."""

    peer: Peer
    method: str

    @property
    def title(self) -> str:
        own = self.peer.name in ONE_METHOD
        return self.peer.title if own else f"{self.peer.title}, {self.method}"


@dataclass(frozen=True)
class Point:
    """What a line needs for a problem at one tolerance."""

    tolerance: float
    error: float  # relative to the largest component of the solution at the end
    spread: Spread


@dataclass
class Panel:
    """One problem: the points of each line."""

    problem: Problem
    points: dict[Line, list[Point]] = field(default_factory=dict)


def lines_of(peers: Sequence[Peer]) -> list[Line]:
    """Those of the chosen rows that take part."""
    return [
        Line(peer, method)
        for peer in peers
        if peer.name in COLOURS
        for method in (METHODS[:1] if peer.name in ONE_METHOD else METHODS)
    ]


@contextlib.contextmanager
def started(
    env: BuildEnv, core: int | None, lines: Sequence[Line]
) -> Iterator[tuple[dict[Line, Worker], dict[str, Any], dict[str, str]]]:
    """A process for each line that can run, what they say of themselves, and why others can't."""
    workers: dict[Line, Worker] = {}
    infos: dict[str, Any] = {}
    missing: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        for line in lines:
            try:
                launch = line.peer.launch(env, "integrate")
                command, environment = launch.command, launch.environment
                worker = Worker(command, environment=environment, folder=env.root, core=core)
                workers[line] = stack.enter_context(worker)
                infos[line.peer.title] = read_info(worker)
            except (Unavailable, WorkerError) as reason:
                workers.pop(line, None)
                missing[line.peer.title] = report.shortened(str(reason))
        yield workers, infos, missing


def point(
    problem: Problem, tolerance: float, workers: Mapping[Line, Worker], rounds: int
) -> dict[Line, Point]:
    """The points of all lines at one tolerance, timed in turns."""
    exact = reference(problem.name)["states"][-1]
    size = max(map(abs, exact))
    errors, counts, times = {}, {}, {}
    for line, worker in workers.items():
        try:
            worker.prepare(problem_line(problem, line.method, tolerance))
            errors[line] = ask(worker, [exact]).state / size
            counts[line] = max(1, math.ceil(SLICE_S / worker.run(1)[0]))
        except WorkerError as error:
            text = report.shortened(str(error))
            log(f"{problem.name}, {line.title}, tolerance {tolerance:g}: its worker {text}")
            continue
        times[line] = list[float]()
    for _ in range(rounds):
        for line, seconds in times.items():
            seconds += workers[line].run(counts[line])
    return {
        line: Point(tolerance, errors[line], Spread.of(seconds)) for line, seconds in times.items()
    }


def measured(
    workers: Mapping[Line, Worker], tolerances: Sequence[float], rounds: int
) -> list[Panel]:
    panels: list[Panel] = []
    for problem in PROBLEMS.values():
        log(f"problem {len(panels) + 1} of {len(PROBLEMS)}: {problem.title}")
        panel = Panel(problem, {line: [] for line in workers})
        for tolerance in tolerances:
            for line, found in point(problem, tolerance, workers, rounds).items():
                panel.points[line].append(found)
        panels.append(panel)
    return panels


def time_for(points: Sequence[Point], error: float) -> float | None:
    """The seconds for an error, between two points; None outside of them."""
    known = [(math.log(one.error), math.log(one.spread.median)) for one in points if one.error > 0]
    wanted = math.log(error)
    for (a, s), (b, t) in zip(known, known[1:]):
        if min(a, b) <= wanted <= max(a, b) and a != b:
            return math.exp(s + (t - s) * (wanted - a) / (b - a))
    return None


def table(panels: Sequence[Panel], error: float) -> report.Table:
    """The time of each line for this error, in milliseconds."""
    titles = [panel.problem.title for panel in panels]
    rows = []
    for line in panels[0].points:
        times = [time_for(panel.points[line], error) for panel in panels]
        cells = ["-" if time is None else report.milliseconds(time) for time in times]
        rows.append([line.title, *cells])
    return report.Table(f"Milliseconds for a relative error of {error:g}", ["", *titles], rows)


def document(panels: Sequence[Panel], described: Mapping[str, Any]) -> dict[str, Any]:
    entries = [
        {
            "problem": panel.problem.name,
            "id": line.peer.name,
            "name": line.peer.title,
            "method": None if line.peer.name in ONE_METHOD else line.method,
            "tolerance": one.tolerance,
            "error": one.error,
            "median_s": one.spread.median,
            "q1_s": one.spread.q1,
            "q3_s": one.spread.q3,
        }
        for panel in panels
        for line, points in panel.points.items()
        for one in points
    ]
    return {"benchmark": NAME, "machine": dict(described), "points": entries}


def draw(panels: Sequence[Panel], described: Mapping[str, Any]) -> bytes:
    """A PNG of a panel for each problem, and the legend in the last place; it takes matplotlib."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"font.size": 9}):
        figure = Figure(figsize=(10.5, 6.6), dpi=160)
        grid = figure.subplots(2, 3)
        *places, legend = grid.flat
        for axes, panel in zip(places, panels):
            _draw_panel(axes, panel)
        for axes in grid[:, 0]:
            axes.set_ylabel("time (ms)")
        handles, names = places[0].get_legend_handles_labels()
        legend.legend(handles, names, loc="center left", frameon=False, fontsize=9.5)
        legend.set_axis_off()
        figure.tight_layout(rect=(0, 0.045, 1, 0.95), h_pad=1.5)
        title = "Work and precision: time for an error at the end (left and below is better)"
        caption = (
            "rtol = atol = 1e-3 .. 1e-12. Error: largest difference of a component, relative to "
            f"the largest component. Medians of interleaved runs.\n{described['cpu']}; "
            f"{described['interpreter']}."
        )
        return chart.finished(figure, title, caption)


def _draw_panel(axes: Any, panel: Panel) -> None:
    for line, points in panel.points.items():
        # A logarithmic axis has no place for a perfect result.
        drawn = [one for one in points if one.error > 0]
        axes.plot(
            [one.error for one in drawn],
            [one.spread.median * 1e3 for one in drawn],
            color=COLOURS[line.peer.name],
            linestyle="--" if line.method == METHODS[0] and not _has_own(line) else "-",
            linewidth=1.4,
            marker="o",
            markersize=2.6,
            label=line.title,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_title(panel.problem.title, fontsize=10, loc="left")
    axes.set_xlabel("relative error")
    axes.grid(color="#e3e3e3", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.minorticks_off()
    axes.spines[["top", "right"]].set_visible(False)


def _has_own(line: Line) -> bool:
    return line.peer.name in ONE_METHOD


def header(
    described: Mapping[str, Any], infos: Mapping[str, Any], missing: Mapping[str, str]
) -> list[str]:
    versions = dict.fromkeys(info["version"] for info in infos.values() if "version" in info)
    entries = [
        ("ISA of PicoNumpy", str(described["isa"] or "unknown: PicoNumpy is not in this run")),
        ("Versions", "; ".join(versions) or "none named"),
    ]
    lines = report.header_lines(described, "five problems, tolerances 1e-3 to 1e-12", entries)
    return lines + [f"- {title}: not measured: {reason}" for title, reason in missing.items()]


def measure(options: argparse.Namespace) -> Outcome:
    env = BuildEnv(options.python, log=log)
    lines = lines_of(options.peers)
    tolerances = TOLERANCES[::4] if options.quick else TOLERANCES
    rounds = options.rounds or (1 if options.quick else 5)
    described = machine.describe(options.core, env.facts)
    disturbance = machine.Disturbance(options.core)
    with contextlib.ExitStack() as stack:
        stack.enter_context(machine.leaving_core(options.core))
        workers, infos, missing = stack.enter_context(started(env, options.core, lines))
        if not workers:
            return Outcome([], list, ["none of the rows takes part"])
        panels = measured(workers, tolerances, rounds)
    described["others_busy"] = disturbance.share()
    described["isa"] = next((info["isa"] for info in infos.values() if "isa" in info), None)
    text = [*header(described, infos, missing), ""]
    for error in (1e-4, 1e-8):
        text += table(panels, error).text()

    def save() -> list[Path]:
        stem = options.output / f"{NAME}-{described['implementation']}"
        picture = None if options.no_plot else lambda: draw(panels, described)
        return command_line.save(stem, document(panels, described), picture)

    named = options.rows is not None
    failures = [f"{title}: {reason}" for title, reason in missing.items()] if named else []
    return Outcome(text, save, failures)
