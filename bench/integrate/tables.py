"""The results: a table and a chart for each job, and the goals."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.harness import chart
from bench.harness.report import FIRST_CALL, Table, milliseconds, ratio_text
from bench.harness.results import Results, Row
from bench.integrate import overheads
from bench.integrate.jobs import ENSEMBLE, EnsembleJob, Errors, Job, StiffJob
from bench.micro.tables import gaps
from bench.programs.goals import Goal
from bench.programs.tables import goal_table

HEAD = [
    "",
    "ms",
    "quartiles",
    "SciPy / row",
    "First call ms",
    "Tolerance",
    "Error",
    "Event's error",
    "Calls",
]
RATIO, ERROR = HEAD.index("SciPy / row"), HEAD.index("Error")
OWN = (
    "piconumpy_jit",
    "piconumpy_ndarray",
    "piconumpy_array",
    "piconumpy_fast",
    "piconumpy_rodas",
    "ensemble_jit",
)
LESS_ACCURATE = 2.0  # times PicoNumpy's error


def number(value: float, form: str) -> str:
    return "-" if math.isnan(value) else format(value, form)


def own_error(job: Job) -> float:
    """That of PicoNumpy; nan if it did not run."""
    errors = [job.errors[name].state for name in OWN if name in job.errors]
    return errors[0] if errors else math.nan


def _cells(job: Job, results: Results, row: Row) -> list[str]:
    spread, ratio = row.spread, results.ratio(row)
    if spread is None or ratio is None:
        return [row.peer.title, *["-"] * (len(HEAD) - 1)]
    is_scipy = norm_of(results).startswith("SciPy")
    errors = job.errors.get(row.peer.name, Errors(math.nan, math.nan, math.nan))
    is_stiff = isinstance(job, StiffJob)
    mark = "*" if errors.state > LESS_ACCURATE * own_error(job) and not is_stiff else ""
    return [
        row.peer.title,
        milliseconds(spread.median),
        f"{milliseconds(spread.q1)} .. {milliseconds(spread.q3)}",
        ratio_text(1 / ratio) if is_scipy else "-",
        "-" if row.first_call is None else milliseconds(row.first_call),
        f"{job.tolerance(row.peer.name):.1e}" if is_stiff else "-",
        # A floor solves nothing.
        "-" if row.floor else number(errors.state, ".1e") + mark,
        "-" if row.floor else number(errors.event_t, ".1e"),
        number(errors.evaluations, ".0f"),
    ]


def norm_of(results: Results) -> str:
    """The title of the row whose ratio is 1."""
    return "" if results.norm is None else results.norm.peer.title


def job_table(job: Job, results: Results) -> Table:
    rows = [_cells(job, results, row) for row in results.rows]
    marked = any(row[ERROR].endswith("*") for row in rows)
    notes = [f"*: more than {LESS_ACCURATE:g} times the error of PicoNumpy."] if marked else []
    own = [row.peer for row in results.rows if row.peer.name in job.tolerances and row.spread]
    if isinstance(job, StiffJob):
        notes.append("Tolerance: the largest one that reaches this error; two a decade were tried.")
    elif own:
        named = ", ".join(f"{peer.title} {job.tolerance(peer.name):g}" for peer in own)
        notes.append(f"Tolerances for about the same error: {named}.")
    if isinstance(job, EnsembleJob):
        counts = ", ".join(f"{row.peer.title} {ENSEMBLE[row.peer.name]}" for row in results.rows)
        notes.append(f"Sleds in a run: {counts}.")
    # A column that this job has no figures for.
    kept = [place for place in range(len(HEAD)) if any(row[place] != "-" for row in rows)]
    head = [*HEAD]
    head[RATIO] = f"{norm_of(results)} / row"
    return Table(
        job.title,
        [head[place] for place in kept],
        [[row[place] for place in kept] for row in rows],
        " ".join(notes),
    )


def overheads_of(jobs: Sequence[Job], measured: Mapping[str, Results]) -> list[overheads.Overhead]:
    return list(overheads.of({job.name: job for job in jobs}, measured))


NOTES = [
    "Error: the largest difference of a component from the reference, at the compared times; of "
    "stiff problems relative to the component.",
    "Calls: evaluations of the right-hand side, where the package tells.",
    FIRST_CALL,
    "",
]


def lines(jobs: Sequence[Job], measured: Mapping[str, Results], goals: Sequence[Goal]) -> list[str]:
    """What is printed."""
    text = []
    for job in jobs:
        if job.name in measured:
            text += job_table(job, measured[job.name]).text()
    found = overheads_of(jobs, measured)
    if found:
        text += overheads.table(found).text()
    text += NOTES
    text += goal_table(goals).text()
    return text + gaps(list(measured.values()))


def document(
    jobs: Sequence[Job], measured: Mapping[str, Results], goals: Sequence[Goal]
) -> dict[str, Any]:
    """All jobs as JSON, each with how busy the machine was, and the goals."""
    entries = []
    for job in jobs:
        if job.name not in measured:
            continue
        entry = measured[job.name].document()
        machine = entry.pop("machine")
        entry["others_busy"] = machine["others_busy"]
        for row in entry["rows"]:
            errors = job.errors.get(row["id"])
            for name in ("state", "event_t"):
                row[f"{name}_error"] = errors and _finite(getattr(errors, name))
            row["tolerance"] = job.tolerance(row["id"])
            row["evaluations"] = errors and _finite(errors.evaluations)
        entries.append(entry)
    return {
        "benchmark": "integrate",
        "machine": machine,
        "jobs": entries,
        "overheads": [one.entry() for one in overheads_of(jobs, measured)],
        "goals": [goal.entry() for goal in goals],
    }


def _finite(value: float) -> float | None:
    return None if math.isnan(value) else value


def draw(jobs: Sequence[Job], measured: Mapping[str, Results]) -> Iterator[tuple[str, bytes]]:
    """A chart of each job, with the end of its name."""
    for job in jobs:
        results = measured.get(job.name)
        if results is not None and job.name != "plain":
            # Compiled rows are too fast to be seen as parts of SciPy's time.
            own = ("piconumpy_jit", "piconumpy_rodas", "ensemble_jit")
            results = dataclasses.replace(results, norms=(*own, *results.norms))
        if results is None or results.norm is None or results.norm.spread is None:
            continue
        norm = results.norm.spread.median
        board = f"A sled on the board, t = 0..{job.source.t_end:g}, rtol = atol = 1e-8. "
        caption = [
            ("" if isinstance(job, StiffJob) else board)
            + f"{results.norm_title}: {milliseconds(norm)} ms.",
            "Medians of interleaved runs; error bars: quartiles; hatched: floors, not contenders.",
            f"{results.machine['cpu']}; {results.machine['interpreter']}.",
        ]
        yield job.name, chart.draw([chart.Panel(results)], job.title, caption)
