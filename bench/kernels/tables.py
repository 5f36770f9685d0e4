"""The results as tables, for the terminal and for a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.harness.report import Table, header_lines, ratio_text
from bench.kernels.analysis import Comparison, Standing, compare, tails
from bench.kernels.goals import Goal
from bench.kernels.results import (
    ALIGNED,
    LEADING,
    LEADING_ULP,
    LIMITS,
    OTHER_ULP,
    OURS,
    REGIONS,
    Case,
    Results,
    group,
    length_text,
    names_in,
)

PYTHON_SUITES = ("calls", "fresh", "methods")
# How many cases of a missed goal are printed; the page has all.
SHOWN = 10
CALLS = {
    "piconumpy": "own arrays",
    "piconumpy_on_numpy": "NumPy's arrays",
    "out": "add with out",
    "numpy": "NumPy",
}


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


def caches_text(results: Results) -> str:
    return ", ".join(f"{name} {bytes_text(size)}" for name, size in results.caches.items())


# ---- header ----


def header(results: Results) -> list[str]:
    """What was run, and where."""
    machine, context = results.machine, results.context
    runs = sorted({case.runs for case in results.cases})
    repetitions = " to ".join(str(count) for count in dict.fromkeys((runs[0], runs[-1])))
    wanted = machine.get("filter")
    only = "" if wanted is None else f", only cases that match {wanted!r}"
    plan = (
        f"kernels, {context.get('plan')} plan{only}: {len(results.cases)} cases, "
        f"{repetitions} interleaved repetitions of each"
    )
    cycle, streaming = context.get("cycle_ns"), context.get("streaming_threshold_bytes")
    clock = f"{cycle:.3f} ns a cycle ({1 / cycle:.2f} GHz)" if cycle else "unknown"
    past = f"; streaming stores above {bytes_text(streaming)}" if streaming else ""
    libraries = (machine.get("python_libraries") or {}).items()
    peers = context.get("peers", [])
    present = [f"{peer['name']} {peer['version']}".strip() for peer in peers if not peer["missing"]]
    entries = [
        ("Clock", clock),
        ("Caches", (caches_text(results) or "unknown") + past),
        ("Compiler", str(context.get("compiler"))),
        ("picokernels", f"{context.get('picokernels')}, on {', '.join(results.isas)}"),
        ("Peers", ", ".join(present)),
        ("Libraries", ", ".join(f"{name} {version}" for name, version in libraries)),
        *(("Not measured", f"{peer['name']}: {why}") for peer in peers if (why := peer["missing"])),
        *(("Left out", text) for text in _differing(results)),
        *(("Incomplete", failure) for failure in results.failures),
    ]
    return header_lines(machine, plan, [entry for entry in entries if entry[1]])


def _differing(results: Results) -> list[str]:
    """For each peer the operations in which its results are not ours, and the first reason."""
    cases = [case for case in results.cases if case.differs]
    texts = []
    for name in dict.fromkeys(name for case in cases for name in case.differs):
        having = [case for case in cases if name in case.differs]
        titles = dict.fromkeys(f"{case.operation} {case.type}" for case in having)
        first = having[0].differs[name]
        texts.append(f"{name} in {len(having)} cases ({', '.join(titles)}): {first}")
    return texts


# ---- times ----


def times(
    title: str,
    cases: Sequence[Case],
    heads: dict[str, str],
    *,
    label: Sequence[str] = (),
    among: Sequence[str] | None = None,
    note: str = "",
) -> Table:
    """Times of all in `heads`, ours / the fastest other, and how much of the limit ours reaches.

    A row begins with the fields in `label`, and the length.
    """
    names = names_in(cases, heads)
    limited = any(name in case.ns for case in cases for name in LIMITS)
    rows = []
    for case in sorted(cases, key=lambda case: case.n):
        words = [str(getattr(case, key)) for key in label] + [length_text(case.n)] * (case.n > 0)
        row = [" ".join(words)]
        row += [ns_text(case.times[name].median) if name in case.times else "-" for name in names]
        row += _best(compare([case], among))
        row += [_of_limit(case), ratio_text(case.rate(case.base))] if limited else []
        rows.append(row)
    head = ["", *(heads[name] for name in names), "ours/best", "quartiles", "best"]
    head += ["of limit", "GB/s"] if limited else []
    return Table(f"{title}, ns a call", head, rows, note)


def _best(found: Sequence[Comparison]) -> list[str]:
    if not found:
        return ["-", "-", "-"]
    return [ratio_text(found[0].value), _quartiles(found[0]), found[0].other]


def _quartiles(one: Comparison) -> str:
    return f"{ratio_text(one.ratio.q1)}..{ratio_text(one.ratio.q3)}"


def _of_limit(case: Case) -> str:
    """Our speed over that of the faster kind of store."""
    limits = [case.ratios[name].median for name in LIMITS if name in case.ratios]
    return f"{100 / max(limits):.0f} %" if limits else "-"


def _heads(results: Results) -> dict[str, str]:
    return {OURS: "ours", **{name: name for name in results.peers()}}


def over_lengths(results: Results, isa: str, suite: str = "grid", **wanted: str) -> list[Table]:
    """The aligned cases of the suite, a table for each operation, type and form."""
    cases = results.select(suite, isa=isa, alignment=ALIGNED, **wanted)
    return [
        times(_title(isa, *key), found, _heads(results))
        for key, found in group(cases, "operation", "type", "form").items()
    ]


def _title(isa: str, *words: str) -> str:
    return f"{isa}: {' '.join(words)}".replace("_", " ")


def tail_means(results: Results, isa: str) -> Table:
    title = f"{isa}: mean over n = 1..64"
    return times(title, tails(results, isa), _heads(results), label=("operation", "type"))


def functions(results: Results, isa: str) -> Table:
    cases = list(results.select("functions", isa=isa, form="array", n=1000))
    note = (
        f"Best: of the peers that state an error of up to {LEADING_ULP} ulp for "
        f"{', '.join(LEADING)}, and of up to {OTHER_ULP} ulp for the others."
    )
    return times(
        f"{isa}: functions", cases, _heads(results), label=("operation", "type"), note=note
    )


def chains(results: Results, isa: str) -> Table:
    title = f"{isa}: c = a + b; d = c * a (plain: without streaming stores)"
    cases = list(results.select("chain", isa=isa))
    return times(title, cases, {OURS: "ours", "plain": "plain"}, label=("type",))


def python_calls(results: Results, suite: str) -> Table:
    """Calls from Python, the loop around them subtracted."""
    titles = {
        "calls": "From Python: OPERATION(a, b, out), f64",
        "fresh": "From Python: a + b, its result dropped at once, f64",
        "methods": "From Python: a.REDUCTION(), a.dot(b), f64",
    }
    cases = list(results.select(suite))
    return times(titles[suite], cases, CALLS, label=("operation",), among=("numpy",))


# ---- ours and the others' ----


def standing_text(comparisons: Sequence[Comparison]) -> str:
    """Geometric mean, worst, and how many are ahead/level/behind."""
    if not comparisons:
        return "-"
    standing = Standing.of(comparisons)
    counts = f"{standing.ahead}/{standing.level}/{standing.behind}"
    return f"{ratio_text(standing.mean)} {ratio_text(standing.worst.value)} {counts:>7}"


def _by_region(
    results: Results, title: str, cases: Iterable[Case], among: Sequence[str] | None = None
) -> list[str]:
    found: dict[str, list[Case]] = {name: [] for name in REGIONS}
    for case in cases:
        found[results.region(case)].append(case)
    return [title, *(standing_text(compare(found[name], among)) for name in REGIONS)]


def summary(results: Results, isa: str, alignment: str = ALIGNED, suite: str = "grid") -> Table:
    """Ours / the best peer by type, form and operation, for short arrays and each level."""
    cases = list(results.select(suite, isa=isa, alignment=alignment))
    rows = [
        _by_region(results, " ".join(key).replace("_", " "), found)
        for key, found in group(cases, "operation", "type", "form").items()
    ]
    rows += [_by_region(results, "all", cases)] if cases else []
    kind = {"functions": "functions, ", "reduce": "reductions, "}.get(suite, "")
    title = f"{isa}: ours / best peer, {kind}{alignment.replace('_', ' ')}"
    note = "Each: geometric mean, worst, cases ahead (< 1) / level (<= 1.05) / behind."
    return Table(title, ["", *REGIONS], rows, note)


def against_each(results: Results, isa: str) -> Table:
    """Ours / each peer, all operations and forms together."""
    cases = list(results.select("grid", isa=isa, alignment=ALIGNED))
    names = names_in(cases, results.peers())
    rows = [_by_region(results, name, cases, (name,)) for name in names]
    return Table(f"{isa}: ours / each peer, aligned", ["", *REGIONS], rows)


def limits(results: Results, isa: str) -> Table:
    """What the machine allows, by level of the memory; and its slow arithmetic."""
    cases = [case for case in results.select("limit", isa=isa) if case.bytes]
    levels = dict.fromkeys(case.level for case in cases)
    rows = []
    for (operation,), found in group(cases, "operation").items():
        rates = {case.level: ratio_text(case.rate("limit")) for case in found}
        title = operation.replace("_nt", ", non-temporal")
        rows.append([title, *(rates.get(level, "-") for level in levels)])
    units = [
        f"{case.operation} {case.type} {case.times['limit'].median / case.n:.3g} ns"
        for case in results.select("limit", isa=isa, level="registers")
    ]
    note = f"An element, from register to register: {', '.join(units)}." if units else ""
    return Table(f"{isa}: the machine's limits, GB/s", ["", *levels], rows, note)


# ---- goals ----


def goal_table(goals: Sequence[Goal]) -> Table:
    """A row for each goal; the worst case of those that are not met."""
    rows = []
    for goal in goals:
        row = [goal.name, goal.verdict, goal.wanted]
        if goal.found:
            worst, total = goal.worst_first[0], len(goal.found)
            count = str(total) if goal.on_average else f"{total - len(goal.behind)} of {total}"
            row += [count, ratio_text(goal.mean), ratio_text(worst.value)]
            row += [f"{worst.label}, of {worst.other}"] if goal.verdict != "met" else []
        rows.append(row + [""] * (7 - len(row)))
    title = "Goals (our time / the reference's, on the best ISA unless another is named)"
    return Table(title, ["", "", "wanted", "within", "mean", "worst", "worst case"], rows, words=3)


def behind_lines(goals: Sequence[Goal], most: int | None = None) -> list[str]:
    """For every missed goal the cases behind, the worst first."""
    lines = []
    for goal in goals:
        if goal.verdict != "missed" or not goal.behind:
            continue
        shown = goal.behind[:most]
        some = "" if len(shown) == len(goal.behind) else f", the worst {len(shown)}"
        lines.append(f"Behind in {goal.name}, {goal.wanted} ({len(goal.behind)} cases{some})")
        for one in shown:
            lines.append(
                f"  {ratio_text(one.value):>5} {'(' + _quartiles(one) + ')':14}  "
                f"{ns_text(one.ours):>6} / {ns_text(one.theirs):>6} {one.other:8}  {one.label}"
            )
        lines.append("")
    return lines


# ---- all of it ----


def printed_tables(results: Results) -> list[Table]:
    """What a person reads."""
    tables = [
        table
        for isa in results.isas
        for table in over_lengths(results, isa, operation="add", type="f64", form="array")
    ]
    for isa in results.isas[:1]:
        tables += over_lengths(results, isa, "reduce", operation="sum", type="f64")
        tables += over_lengths(results, isa, "reduce", operation="dot", type="f64")
        tables += [summary(results, isa), summary(results, isa, suite="reduce")]
        tables += [functions(results, isa)]
        tables += [table(results, isa) for table in (limits, tail_means, chains)]
    return tables + [python_calls(results, suite) for suite in PYTHON_SUITES]


def sections(results: Results) -> list[tuple[str, list[Table]]]:
    """Everything, by sections; times of arrays off the alignment are in the document only."""
    alignments = dict.fromkeys(case.alignment for case in results.select("grid"))
    found: list[tuple[str, list[Table]]] = []
    for isa in results.isas:
        summaries = [summary(results, isa, alignment) for alignment in alignments]
        reductions = [summary(results, isa, alignment, "reduce") for alignment in alignments]
        found.append((f"Summary, {isa}", [*summaries, *reductions, against_each(results, isa)]))
    for isa in results.isas:
        tables = [table(results, isa) for table in (limits, tail_means, chains)]
        found.append((f"Limits, tails and chains, {isa}", tables))
    for isa in results.isas:
        tables = [functions(results, isa), summary(results, isa, suite="functions")]
        found.append((f"Functions, {isa}", tables))
    found.append(("Python", [python_calls(results, suite) for suite in PYTHON_SUITES]))
    for isa in results.isas:
        for kind, form in group(results.select("grid", isa=isa), "type", "form"):
            title = f"Times, {isa} {kind} {form.replace('_', ' ')}"
            found.append((title, over_lengths(results, isa, type=kind, form=form)))
        for suite, kinds in (("reduce", "reductions"), ("functions", "functions")):
            for (kind,) in group(results.select(suite, isa=isa), "type"):
                title = f"Times, {isa} {kind} {kinds}"
                found.append((title, over_lengths(results, isa, suite, type=kind)))
    return found


def printed(results: Results, goals: Sequence[Goal]) -> list[str]:
    lines = [*header(results), ""]
    for table in [*printed_tables(results), goal_table(goals)]:
        lines += table.text() if table.rows else []
    return lines + behind_lines(goals, SHOWN)


def markdown(results: Results, goals: Sequence[Goal], pictures: Sequence[str]) -> str:
    """The page with all tables."""
    lines = ["# Kernels", "", "```", *header(results), "```", ""]
    lines += [f"![{name}]({name})\n" for name in pictures]
    lines += ["## Goals", "", *goal_table(goals).markdown()[2:]]
    late = behind_lines(goals)
    if late:
        lines += ["```", *late[:-1], "```", ""]
    for title, tables in sections(results):
        texts = [line for table in tables if table.rows for line in table.markdown()]
        lines += [f"## {title}", "", *texts] if texts else []
    return "\n".join(lines).rstrip() + "\n"
