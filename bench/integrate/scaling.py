"""An ensemble on all cores: by threads, by processes, and by workers of Dask."""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import importlib
import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench.harness import command_line, machine, report
from bench.harness.command_line import Outcome, log
from bench.harness.report import Table, milliseconds, ratio_text
from bench.harness.spread import Spread
from bench.integrate.jobs import TOLERANCE
from bench.integrate.problems import PROBLEMS
from bench.ode.sleds import initial_states
from bench.peers.tools import BuildEnv

NAME = "integrate-scaling"
SLEDS, QUICK_SLEDS = 4000, 400
TASKS = 100  # each with one sled and one step
ROUNDS, QUICK_ROUNDS = 10, 2
GOAL = 1.8  # times as fast on two cores


@dataclass
class Row:
    """Where chunks run: the times of the whole ensemble, and of many tasks that do little."""

    title: str
    executor: concurrent.futures.Executor | None
    workers: int
    runs: list[float]
    tasks: list[float]

    @property
    def spread(self) -> Spread:
        return Spread.of(self.runs)


@contextlib.contextmanager
def executors(workers: int) -> Iterator[list[Row]]:
    """A row for each kind of executor that can be had."""
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        # A forked process would inherit the locks of threads.
        spawning = multiprocessing.get_context("spawn")
        rows = [
            Row("One core", None, 1, [], []),
            Row("Threads", enter(concurrent.futures.ThreadPoolExecutor(workers)), workers, [], []),
            Row(
                "Processes",
                enter(concurrent.futures.ProcessPoolExecutor(workers, mp_context=spawning)),
                workers,
                [],
                [],
            ),
        ]
        try:
            distributed: Any = importlib.import_module("distributed")
        except ImportError:
            log("Dask: there is no package distributed (make bench-integrate installs it)")
        else:
            cluster = enter(
                distributed.LocalCluster(
                    n_workers=workers, threads_per_worker=1, dashboard_address=":0"
                )
            )
            client = enter(distributed.Client(cluster))
            rows.append(Row("Dask, a process each", client.get_executor(), workers, [], []))
        yield rows


def solve(row: Row, states: Any, t_end: float, chunk: int | None) -> Any:
    # These import piconumpy, which only this mode needs here.
    integrate: Any = importlib.import_module("piconumpy.integrate")
    right_hand_side: Any = importlib.import_module("bench.integrate.sled")
    return integrate.solve_ensemble(
        right_hand_side.sled,
        (0.0, t_end),
        states,
        rtol=TOLERANCE,
        atol=TOLERANCE,
        executor=row.executor,
        chunk=chunk,
    )


def seconds(row: Row, states: Any, t_end: float, chunk: int | None = None) -> float:
    start = time.perf_counter()
    found = solve(row, states, t_end, chunk)
    assert found.success.all()
    return time.perf_counter() - start


def table(rows: Sequence[Row], sleds: int) -> Table:
    one = rows[0].spread.median
    cells = [
        [
            row.title,
            str(row.workers),
            milliseconds(row.spread.median),
            f"{milliseconds(row.spread.q1)} .. {milliseconds(row.spread.q3)}",
            ratio_text(one / row.spread.median),
            milliseconds(Spread.of(row.tasks).median / TASKS),
        ]
        for row in rows
    ]
    note = (
        f"{sleds} sleds, t = 0..20, rtol = atol = {TOLERANCE:g}, RK45, jit. Goal: {GOAL:g} times "
        f"as fast on two cores. Task: {TASKS} tasks with one sled and one short step each."
    )
    head = ["", "Workers", "ms", "quartiles", "Times as fast", "A task, ms"]
    return Table("An ensemble on all cores", head, cells, note)


def document(rows: Sequence[Row], described: dict[str, Any], sleds: int) -> dict[str, Any]:
    return {
        "benchmark": NAME,
        "machine": described,
        "sleds": sleds,
        "rows": [
            {
                "title": row.title,
                "workers": row.workers,
                "runs_s": row.runs,
                "task_s": [one / TASKS for one in row.tasks],
            }
            for row in rows
        ],
    }


def measure(options: argparse.Namespace) -> Outcome:
    np: Any = importlib.import_module("numpy")
    env = BuildEnv(options.python, log=log)
    described = machine.describe(None, env.facts)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    sleds = QUICK_SLEDS if options.quick else SLEDS
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    states, t_end = np.array(initial_states(sleds, 1)), PROBLEMS["board"].t_end
    with executors(cores or 1) as rows:
        alone = solve(rows[0], states, t_end, None).y
        for row in rows[1:]:
            log(f"{row.title}: starting")
            if not np.array_equal(solve(row, states, t_end, None).y, alone):
                return Outcome([], list, [f"{row.title}: the states differ from those on one core"])
        for number in range(rounds):
            log(f"round {number + 1} of {rounds}")
            for row in rows:
                row.runs.append(seconds(row, states, t_end))
                row.tasks.append(seconds(row, states[:TASKS], 1e-6, chunk=1))
    stem = options.output / f"{NAME}-{described['implementation']}"
    lines = [
        *report.header_lines(described, "many sleds on the board"),
        "",
        *table(rows, sleds).text(),
    ]
    return Outcome(
        lines, lambda: command_line.save(stem, document(rows, described, sleds), None), []
    )
