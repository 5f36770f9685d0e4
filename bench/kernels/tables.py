"""The results as tables, for the terminal and for a page of Markdown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from bench.harness.report import DISTURBING, WARNING, ratio_text
from bench.kernels import analysis, goals
from bench.kernels.analysis import REGIONS, Comparison, Standing
from bench.kernels.goals import ALIGNED, Finding, Goal, length_text
from bench.kernels.results import ITEM_BYTES, OURS, PLAIN, Case, Results

LEVELS = ("L1", "L2", "L3", "DRAM")
FORMS = ("array", "scalar", "in_place")
OPERATIONS = ("add", "sub", "mul", "div", "rsub", "rdiv")
# How many of those behind are printed; all are in the page.
FIRST, MORE = 15, 5


@dataclass(frozen=True)
class Table:
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    # How many columns are words, which begin at the left.
    words: int = 1

    def text(self) -> list[str]:
        """For a terminal."""
        lines = [self.head, *self.rows]
        widths = [max(len(line[place]) for line in lines) for place in range(len(self.head))]
        formatted = [
            "  ".join(
                f"{cell:{width}}" if place < self.words else f"{cell:>{width}}"
                for place, (cell, width) in enumerate(zip(line, widths))
            ).rstrip()
            for line in lines
        ]
        return [self.title, *(f"  {line}" for line in formatted), *self._note("  "), ""]

    def markdown(self) -> list[str]:
        rule = "|---" * self.words + "|--:" * (len(self.head) - self.words) + "|"
        body = ["| " + " | ".join(row) + " |" for row in self.rows]
        head = "| " + " | ".join(self.head) + " |"
        return [f"### {self.title}", "", head, rule, *body, "", *self._note("")] + (
            [""] if self.note else []
        )

    def _note(self, indent: str) -> list[str]:
        return [indent + self.note] if self.note else []


def ns_text(ns: float) -> str:
    """To three digits: nanoseconds, from 10000 on microseconds (`u`), from a million on milli-."""
    if ns >= 1e6:
        return f"{ratio_text(ns / 1e6)}m"
    return f"{ratio_text(ns / 1e3)}u" if ns >= 1e4 else ratio_text(ns)


def bytes_text(count: float) -> str:
    for scale, unit in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if count >= scale:
            return f"{count / scale:.3g} {unit}"
    return f"{count:g} B"


# ---- header ----


def header_lines(results: Results) -> list[str]:
    """What was run, and where."""
    machine, context = results.machine, results.context
    core = machine.get("core")
    pinned = "not pinned: this system cannot" if core is None else f"pinned to core {core}"
    busy = machine.get("others_busy")
    load = "" if busy is None else f", other cores {100 * busy:.0f} % busy"
    caches = ", ".join(f"{name} {bytes_text(size)}" for name, size in results.caches.items())
    streaming = context.get("streaming_threshold_bytes")
    past = f"; streaming stores above {bytes_text(streaming)}" if streaming else ""
    entries = [
        (
            "CPU",
            f"{machine.get('cpu')} ({machine.get('cores')} cores), {pinned}{load}{_clock(context)}",
        ),
        ("Caches", (caches or "unknown") + past),
        ("System", machine.get("os")),
        ("Interpreter", _interpreter(machine)),
        ("picokernels", f"{context.get('picokernels')}, on {', '.join(results.isas)}"),
        ("Compiler", context.get("compiler")),
        ("Peers", _peers(context)),
        ("Plan", f"{context.get('plan')}{_filter(machine)}, {_plan(results)}"),
    ]
    missing = [peer for peer in context.get("peers", []) if peer.get("missing")]
    entries += [("Not measured", f"{peer['name']}: {peer['missing']}") for peer in missing]
    entries += [("Left out", text) for text in _differing(results)]
    if busy is not None and busy > DISTURBING:
        entries.append(("Warning", WARNING.partition(",")[0]))
    entries += [("Incomplete", failure) for failure in results.failures]
    return [f"{name:13}: {text}" for name, text in entries]


def _clock(context: dict[str, Any]) -> str:
    cycle = context.get("cycle_ns")
    return f", {cycle:.3f} ns a cycle ({1 / cycle:.2f} GHz)" if cycle else ""


def _interpreter(machine: dict[str, Any]) -> str:
    versions = machine.get("python_libraries") or {}
    named = [f"{name} {version}" for name, version in versions.items()]
    return ", ".join([str(machine.get("interpreter")), *named])


def _filter(machine: dict[str, Any]) -> str:
    wanted = machine.get("filter")
    return "" if wanted is None else f", only cases that match {wanted!r}"


def _peers(context: dict[str, Any]) -> str:
    present = [peer for peer in context.get("peers", []) if not peer.get("missing")]
    return ", ".join(f"{peer['name']} {peer.get('version', '')}".strip() for peer in present)


def _plan(results: Results) -> str:
    runs = sorted({case.runs for case in results.cases})
    spread = f"{runs[0]}" if len(runs) == 1 else f"{runs[0]} to {runs[-1]}" if runs else "no"
    return f"{len(results.cases)} cases, {spread} interleaved repetitions of each"


def _differing(results: Results) -> list[str]:
    """Each reason once, after how many cases it concerns."""
    counts: dict[tuple[str, str], list[str]] = {}
    for case in results.cases:
        for name, reason in case.differs.items():
            counts.setdefault((name, reason), []).append(f"{case.operation} {case.type}")
    return [
        f"{name} in {len(where)} cases ({', '.join(dict.fromkeys(where))}): {reason}"
        for (name, reason), where in counts.items()
    ]


# ---- the grid ----


def over_lengths(
    results: Results, isa: str, operation: str, kind: str, form: str, alignment: str = ALIGNED
) -> Table | None:
    """Times of all over n, ours / the best peer, and what of the machine's limit ours reaches."""
    cases = list(
        results.select(
            "grid", isa=isa, operation=operation, type=kind, form=form, alignment=alignment
        )
    )
    if not cases:
        return None
    peers = [name for name in results.peers() if any(name in case.times for case in cases)]
    rows = [
        [
            length_text(case.n),
            ns_text(case.times[OURS].median),
            *(ns_text(case.times[name].median) if name in case.times else "-" for name in peers),
            *_best(case),
            _of_limit(case),
            ratio_text(case.rate(OURS)),
        ]
        for case in sorted(cases, key=lambda case: case.n)
    ]
    head = ["n", "ours", *peers, "ours/best", "quartiles", "best", "of limit", "GB/s"]
    where = "" if alignment == ALIGNED else f", {alignment.replace('_', ' ')}"
    title = f"{isa}: {operation} {kind} {form.replace('_', ' ')}{where}, ns a call"
    return Table(title, head, rows)


def _best(case: Case) -> list[str]:
    found = analysis.compare([case])
    if not found:
        return ["-", "-", "-"]
    ratio = found[0].ratio
    quartiles = f"{ratio_text(ratio.q1)}..{ratio_text(ratio.q3)}"
    return [ratio_text(ratio.median), quartiles, found[0].peer]


def _of_limit(case: Case) -> str:
    """Our speed over that of the faster kind of store."""
    limits = [case.ratios[name].median for name in ("limit", "limit_nt") if name in case.ratios]
    return f"{100 / max(limits):.0f} %" if limits else "-"


def standing_text(comparisons: Sequence[Comparison]) -> str:
    """Geometric mean, worst, and how many are ahead/level/behind."""
    if not comparisons:
        return "-"
    standing = Standing.of(comparisons)
    counts = f"{standing.ahead}/{standing.level}/{standing.behind}"
    return f"{ratio_text(standing.mean)} {ratio_text(standing.worst.value)} {counts:>7}"


def summary(
    results: Results, isa: str, alignment: str = ALIGNED, among: Collection[str] | None = None
) -> Table | None:
    """Ours / the best peer by operation, form and type, for short arrays and each level."""
    rows = []
    for kind in ITEM_BYTES:
        for form in FORMS:
            for operation in OPERATIONS:
                cases = list(
                    results.select(
                        "grid",
                        isa=isa,
                        alignment=alignment,
                        operation=operation,
                        type=kind,
                        form=form,
                    )
                )
                if cases:
                    title = f"{operation} {kind} {form.replace('_', ' ')}"
                    rows.append([title, *_by_region(results, cases, among)])
    if not rows:
        return None
    everything = list(results.select("grid", isa=isa, alignment=alignment))
    rows.append(["all", *_by_region(results, everything, among)])
    where = "" if alignment == ALIGNED else f", {alignment.replace('_', ' ')}"
    note = "Each: geometric mean, worst, cases ahead (< 1) / level (<= 1.05) / behind."
    return Table(f"{isa}: ours / best peer{where}", ["", *REGIONS], rows, note)


def _by_region(results: Results, cases: Iterable[Case], among: Collection[str] | None) -> list[str]:
    found: dict[str, list[Case]] = {name: [] for name in REGIONS}
    for case in cases:
        found[analysis.region(case, results.caches)].append(case)
    return [standing_text(analysis.compare(found[name], among)) for name in REGIONS]


def against_each(results: Results, isa: str) -> Table | None:
    """Ours / each peer, all operations and forms together."""
    cases = list(results.select("grid", isa=isa, alignment=ALIGNED))
    rows = []
    for name in results.peers():
        by_region: dict[str, list[Comparison]] = {region: [] for region in REGIONS}
        for one in analysis.against_all(cases, name):
            by_region[analysis.region(one.case, results.caches)].append(one)
        if any(by_region.values()):
            rows.append([name, *(standing_text(by_region[region]) for region in REGIONS)])
    return Table(f"{isa}: ours / each peer, aligned", ["", *REGIONS], rows) if rows else None


# ---- the other suites ----


def limits(results: Results, isa: str, kind: str) -> Table | None:
    """What the machine allows, by level."""
    cases = list(results.select("limit", isa=isa, type=kind))
    found = {(case.operation, case.level): case for case in cases}
    operations = dict.fromkeys(case.operation for case in cases if case.level in LEVELS)
    rows = [
        [
            operation.replace("_nt", ", non-temporal"),
            *(
                ratio_text(found[operation, level].rate("limit"))
                if (operation, level) in found
                else "-"
                for level in LEVELS
            ),
        ]
        for operation in operations
    ]
    divide = analysis.divider_ns(results, isa, kind)
    note = "" if divide is None else f"Divider: {divide:.3g} ns a division."
    return (
        Table(f"{isa}: the machine's limits, {kind}, GB/s", ["", *LEVELS], rows, note)
        if rows
        else None
    )


def tails(results: Results, isa: str) -> Table | None:
    """Mean times over n = 1..64."""
    means = analysis.tails(results, isa)
    peers = [name for name in results.peers() if any(name in one for one in means.values())]
    rows = []
    for (operation, kind), mean in means.items():
        found = analysis.tail_ratio(mean)
        cells = [ns_text(mean[name]) if name in mean else "-" for name in (OURS, *peers)]
        ratio = ["-", "-"] if found is None else [ratio_text(found[1]), found[0]]
        rows.append([f"{operation} {kind}", *cells, *ratio])
    title = f"{isa}: mean over n = 1..64, ns a call"
    return Table(title, ["", "ours", *peers, "ours/best", "best"], rows) if rows else None


def chains(results: Results, isa: str) -> Table | None:
    """c = a + b; d = c * a, with and without streaming stores."""
    cases = sorted(results.select("chain", isa=isa), key=lambda case: (case.type, case.n))
    kinds = [kind for kind in ITEM_BYTES if any(case.type == kind for case in cases)]
    found = {(case.type, case.n): case for case in cases if PLAIN in case.times}
    rows = []
    for n in sorted({case.n for case in cases}):
        row = [length_text(n)]
        for kind in kinds:
            case = found.get((kind, n))
            row += ["-"] * 3 if case is None else _chain_cells(case)
        rows.append(row)
    heads = [f"{kind}{what}" for kind in kinds for what in (" ours", " plain", " ratio")]
    title = f"{isa}: c = a + b; d = c * a, ns; plain: without streaming stores"
    return Table(title, ["n", *heads], rows) if rows else None


def _chain_cells(case: Case) -> list[str]:
    ours, plain = case.times[OURS].median, case.times[PLAIN].median
    return [ns_text(ours), ns_text(plain), ratio_text(case.ratios[PLAIN].median)]


CALLS = {
    "piconumpy": "piconumpy, own arrays",
    "piconumpy_on_numpy": "piconumpy, NumPy's arrays",
    "numpy": "NumPy",
    "out": "piconumpy.add with out",
}


def python_calls(results: Results, suite: str) -> Table | None:
    """Times of calls from Python, the loop around them subtracted."""
    cases = list(results.select(suite))
    names = [name for name in CALLS if any(name in case.times for case in cases)]
    rows = []
    for case in sorted(cases, key=lambda case: case.n):
        ours, numpys = case.times["piconumpy"], case.times.get("numpy")
        times = "-" if numpys is None else ratio_text(numpys.median / ours.median)
        cells = [ns_text(case.times[name].median) if name in case.times else "-" for name in names]
        rows.append([case.operation, length_text(case.n), *cells, times])
    title = "From Python: OPERATION(a, b, out), f64, ns a call"
    if suite == "fresh":
        title = "From Python: a + b, its result dropped at once, f64, ns"
    heads = [CALLS[name] for name in names]
    return Table(title, ["", "n", *heads, "NumPy / ours"], rows) if rows else None


# ---- goals ----


Evaluated = Sequence[tuple[Goal, Optional[Finding]]]


def goal_table(evaluated: Evaluated) -> Table:
    rows = [
        [
            goal.number,
            goals.verdict(finding),
            goal.title,
            goal.wanted,
            finding.figure if finding else "",
            finding.worst if finding else "",
        ]
        for goal, finding in evaluated
    ]
    best = "on the best ISA unless another is named, f64 and f32"
    return Table(f"Goals ({best})", ["", "", "of", "wanted", "found", "worst"], rows, words=6)


def behind_lines(evaluated: Evaluated, most: Callable[[Goal], int | None]) -> list[str]:
    """For every goal with a verdict the cases that miss it, the worst first."""
    lines = []
    for goal, finding in evaluated:
        if finding is None or finding.met is not False or not finding.behind:
            continue
        shown = list(finding.behind)[: most(goal)]
        some = "" if len(shown) == len(finding.behind) else f", the worst {len(shown)}"
        lines.append(
            f"Behind in goal {goal.number}, {goal.title} ({len(finding.behind)} cases{some})"
        )
        for one in shown:
            ours = ns_text(one.case.times[OURS].median)
            theirs = ns_text(one.case.times[one.peer].median)
            quartiles = f"({ratio_text(one.ratio.q1)}..{ratio_text(one.ratio.q3)})"
            lines.append(
                f"  {ratio_text(one.value):>5} {quartiles:14}  {ours:>6} / {theirs:>6} "
                f"{one.peer:8}  {name_with_isa(one.case)}"
            )
        lines.append("")
    return lines


def name_with_isa(case: Case) -> str:
    return f"{case.isa} {goals.name_of(case)}"


# ---- all of it ----


def present(tables: Iterable[Table | None]) -> list[Table]:
    return [table for table in tables if table is not None]


def printed_tables(results: Results) -> list[Table]:
    """What a person reads."""
    isas, best = results.isas, results.isas[:1]
    return present(
        [
            *(over_lengths(results, isa, "add", "f64", "array") for isa in isas),
            *(summary(results, isa) for isa in best),
            *(limits(results, isa, "f64") for isa in best),
            *(tails(results, isa) for isa in best),
            *(chains(results, isa) for isa in best),
            python_calls(results, "calls"),
            python_calls(results, "fresh"),
        ]
    )


def sections(results: Results) -> list[tuple[str, list[Table]]]:
    """Everything, by sections; times of arrays off the alignment are in the document only."""
    isas = results.isas
    alignments = dict.fromkeys(case.alignment for case in results.select("grid"))
    found = [
        (
            f"Summary, {isa}",
            [*(summary(results, isa, one) for one in alignments), against_each(results, isa)],
        )
        for isa in isas
    ]
    found += [
        (
            f"Limits, tails and chains, {isa}",
            [
                *(limits(results, isa, kind) for kind in ITEM_BYTES),
                tails(results, isa),
                chains(results, isa),
            ],
        )
        for isa in isas
    ]
    found.append(("Python", [python_calls(results, suite) for suite in ("calls", "fresh")]))
    found += [
        (
            f"Times, {isa} {kind} {form.replace('_', ' ')}",
            [over_lengths(results, isa, operation, kind, form) for operation in OPERATIONS],
        )
        for isa in isas
        for kind in ITEM_BYTES
        for form in FORMS
    ]
    filled = [(title, present(tables)) for title, tables in found]
    return [(title, tables) for title, tables in filled if tables]


def printed(results: Results, evaluated: Evaluated) -> list[str]:
    lines = [*header_lines(results), ""]
    for table in printed_tables(results):
        lines += table.text()
    lines += goal_table(evaluated).text()
    lines += behind_lines(evaluated, lambda goal: FIRST if goal.number == "1" else MORE)
    return lines


def markdown(results: Results, evaluated: Evaluated, pictures: Sequence[str]) -> str:
    """The page with all tables."""
    lines = ["# Kernels", "", "```", *header_lines(results), "```", ""]
    lines += [f"![{name}]({name})\n" for name in pictures]
    lines += ["## Goals", "", *goal_table(evaluated).markdown()[2:]]
    late = behind_lines(evaluated, lambda goal: None)
    if late:
        lines += ["```", *late[:-1], "```", ""]
    for title, tables in sections(results):
        lines += [f"## {title}", ""]
        for table in tables:
            lines += table.markdown()
    return "\n".join(lines).rstrip() + "\n"
