"""What the kernels are to reach, each goal a function; reported, and never a failure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Callable

from bench.harness.report import ratio_text
from bench.kernels import analysis
from bench.kernels.analysis import LEVEL, REGIONS, SHORT, Comparison, Standing
from bench.kernels.results import OURS, PLAIN, Case, Results

ALIGNED = "aligned"
COMPILERS = ("gcc", "clang")
FROM_MEMORY = 30_000_000


@dataclass(frozen=True)
class Finding:
    """How a goal stands: met, missed, or (None) shown without a verdict."""

    met: bool | None
    figure: str
    worst: str = ""
    behind: Sequence[Comparison] = field(default_factory=list)


@dataclass(frozen=True)
class Goal:
    number: str
    title: str
    wanted: str
    # None where what it takes was not measured.
    check: Callable[[Results], Finding | None]


def length_text(n: int) -> str:
    """1000, 4096, 1e5, 3e7."""
    exponent = len(str(n)) - 1
    short = f"{n / 10**exponent:g}e{exponent}"
    return short if n >= 10000 and len(short) <= len("1.2e5") else str(n)


def name_of(case: Case) -> str:
    """For example `add f64 scalar n = 31`; other ISAs than the best are named by the goal."""
    words = [case.operation, case.type, case.form.replace("_", " ")]
    if case.alignment not in ("", ALIGNED):
        words.append(case.alignment.replace("_", " "))
    return " ".join(word for word in words if word) + f" n = {length_text(case.n)}"


def worst_text(one: Comparison) -> str:
    return f"{ratio_text(one.value)} of {one.peer}: {name_of(one.case)}"


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def grid(results: Results, isa: str | None, **wanted: Any) -> list[Case]:
    return [] if isa is None else list(results.select("grid", isa=isa, **wanted))


def short_cases(results: Results, isa: str | None, alignment: str = ALIGNED) -> list[Case]:
    return [case for case in grid(results, isa, alignment=alignment) if case.n <= SHORT]


def within(comparisons: Sequence[Comparison], bound: float, judge: bool = True) -> Finding | None:
    """Every one of them at most the bound."""
    if not comparisons:
        return None
    standing = Standing.of(comparisons, bound)
    figure = f"{standing.ahead} ahead, {standing.level} level, {standing.behind} behind"
    if bound != LEVEL:
        figure = f"{len(comparisons) - standing.behind} of {len(comparisons)} cases"
    late = analysis.behind(comparisons, bound)
    return Finding(not late if judge else None, figure, worst_text(standing.worst), late)


def mean_within(comparisons: Sequence[Comparison], bound: float) -> Finding | None:
    """Their geometric mean at most the bound."""
    if not comparisons:
        return None
    standing = Standing.of(comparisons)
    figure = f"{ratio_text(standing.mean)} over {len(comparisons)} cases"
    return Finding(standing.mean <= bound, figure, worst_text(standing.worst))


def short_of_best(results: Results) -> Finding | None:
    cases = short_cases(results, results.best_isa)
    return within(analysis.compare(cases), LEVEL)


def short_elsewhere(alignment: str) -> Callable[[Results], Finding | None]:
    def check(results: Results) -> Finding | None:
        cases = short_cases(results, results.best_isa, alignment)
        return within(analysis.compare(cases), LEVEL, judge=False)

    return check


def short_mean(results: Results) -> Finding | None:
    return mean_within(analysis.compare(short_cases(results, results.best_isa)), 0.95)


def short_mean_of_libraries(results: Results) -> Finding | None:
    cases = short_cases(results, results.best_isa)
    return mean_within(analysis.compare(cases, results.dispatching()), 0.7)


def l1_times(results: Results, alignment: str) -> dict[str, Case]:
    """The case of the first cache that bandwidth is judged by, for each type."""
    cases = grid(
        results, results.best_isa, operation="add", form="array", n=1000, alignment=alignment
    )
    return {case.type: case for case in cases}


def l1_addition(results: Results) -> Finding | None:
    shares = {
        kind: ideal / case.times[OURS].median
        for kind, case in l1_times(results, ALIGNED).items()
        if (ideal := analysis.vector_ns(case, results)) is not None
    }
    if not shares:
        return None
    figure = ", ".join(f"{kind} {percent(share)}" for kind, share in shares.items())
    return Finding(min(shares.values()) >= 0.85, figure)


def l1_alike(results: Results) -> Finding | None:
    aligned = l1_times(results, ALIGNED)
    ratios = {
        kind: case.times[OURS].median / aligned[kind].times[OURS].median
        for kind, case in l1_times(results, "alike").items()
        if kind in aligned
    }
    if not ratios:
        return None
    figure = ", ".join(f"{kind} {ratio_text(ratio)}" for kind, ratio in ratios.items())
    return Finding(max(ratios.values()) <= 1.25, figure)


def in_cache(level: str) -> Callable[[Results], Finding | None]:
    def check(results: Results) -> Finding | None:
        cases = [
            case
            for case in grid(results, results.best_isa, alignment=ALIGNED)
            if analysis.region(case, results.caches) == level
        ]
        return within(analysis.compare(cases), LEVEL)

    return check


def from_memory(results: Results, forms: Iterable[str]) -> list[Case]:
    """Arrays of a length that no cache holds."""
    return [
        case
        for case in grid(results, results.best_isa, alignment=ALIGNED, n=FROM_MEMORY)
        if case.form in forms and analysis.region(case, results.caches) == REGIONS[-1]
    ]


def dram_of_best(results: Results) -> Finding | None:
    return within(analysis.compare(from_memory(results, ("array", "scalar"))), 0.8)


def dram_in_place(results: Results) -> Finding | None:
    return within(analysis.compare(from_memory(results, ("in_place",))), LEVEL)


def dram_limit(results: Results) -> Finding | None:
    cases = from_memory(results, ("array", "scalar"))
    return within(analysis.against_all(cases, "limit_nt"), 1 / 0.95)


def divider(results: Results) -> Finding | None:
    shares = {}
    for case in results.select("grid", operation="div", form="array", n=1000, alignment=ALIGNED):
        limit = analysis.divider_ns(results, case.isa, case.type)
        if limit is not None:
            shares[f"{case.isa} {case.type}"] = limit * case.n / case.times[OURS].median
    if not shares:
        return None
    worst = min(shares, key=lambda name: shares[name])
    figure = f"{percent(shares[worst])} to {percent(max(shares.values()))}"
    return Finding(shares[worst] >= 0.95, figure, f"{percent(shares[worst])}: {worst}")


def numpy_divide(results: Results) -> Finding | None:
    cases = grid(
        results,
        results.best_isa,
        operation="div",
        type="f64",
        form="array",
        n=1000,
        alignment=ALIGNED,
    )
    called = analysis.only(results.select("calls", operation="divide", n=1000))
    if not cases or called is None or "numpy" not in called.times:
        return None
    times = called.times["numpy"].median / cases[0].times[OURS].median
    return Finding(times >= 2, f"{ratio_text(times)} times")


def chains(results: Results) -> Finding | None:
    cases = [] if results.best_isa is None else results.select("chain", isa=results.best_isa)
    return within(analysis.against_all(cases, PLAIN), LEVEL)


def short_on(isa: str) -> Callable[[Results], Finding | None]:
    return lambda results: within(analysis.compare(short_cases(results, isa), COMPILERS), LEVEL)


def short_mean_on(isa: str) -> Callable[[Results], Finding | None]:
    return lambda results: mean_within(analysis.compare(short_cases(results, isa), COMPILERS), 0.95)


def all_tails(results: Results) -> Finding | None:
    if results.best_isa is None:
        return None
    ratios = {
        f"{operation} {kind}": found
        for (operation, kind), means in analysis.tails(results, results.best_isa).items()
        if (found := analysis.tail_ratio(means)) is not None
    }
    if not ratios:
        return None
    worst = max(ratios, key=lambda name: ratios[name][1])
    peer, ratio = ratios[worst]
    mean = analysis.geometric_mean(value for _, value in ratios.values())
    return Finding(
        ratio <= 1.0, f"{ratio_text(mean)} on average", f"{ratio_text(ratio)} of {peer}: {worst}"
    )


def call_takes(name: str, most_ns: float) -> Callable[[Results], Finding | None]:
    def check(results: Results) -> Finding | None:
        case = analysis.only(results.select("calls", operation="add", n=4))
        if case is None or name not in case.times:
            return None
        ns = case.times[name].median
        return Finding(ns <= most_ns, f"{ratio_text(ns)} ns")

    return check


def fresh_result(name: str, good: Callable[[float], bool]) -> Callable[[Results], Finding | None]:
    """Of a + b: ours / that one."""

    def check(results: Results) -> Finding | None:
        case = analysis.only(results.select("fresh", operation="add", n=10_000_000))
        found = None if case is None else analysis.against(case, name)
        if found is None:
            return None
        value = found.value if name == "out" else 1 / found.value
        return Finding(good(value), f"{ratio_text(value)} times")

    return check


GOALS = (
    Goal("1", f"n <= {SHORT}, aligned", "<= 1.05 of the best peer", short_of_best),
    *(
        Goal(
            "1", f"n <= {SHORT}, {name.replace('_', ' ')}", "for information", short_elsewhere(name)
        )
        for name in ("alike", "out_off", "different")
    ),
    Goal("2", f"n <= {SHORT}, mean", "<= 0.95 of the best peer", short_mean),
    Goal(
        "2",
        f"n <= {SHORT}, mean, dispatching libraries",
        "<= 0.7 of the best of them",
        short_mean_of_libraries,
    ),
    Goal("3", "add n = 1000, aligned", ">= 85 % of 2 loads + 1 store a cycle", l1_addition),
    Goal("3", "add n = 1000, alike", "<= 1.25 x aligned", l1_alike),
    Goal("4", "arrays in L2", "<= 1.05 of the best peer", in_cache("L2")),
    Goal("4", "arrays in L3", "<= 1.05 of the best peer", in_cache("L3")),
    Goal("5", "n = 3e7", "<= 0.8 of the best peer", dram_of_best),
    Goal("5", "n = 3e7, in place", "<= 1.05 of the best peer", dram_in_place),
    Goal("5", "n = 3e7", ">= 95 % of non-temporal stores", dram_limit),
    Goal("6", "div n = 1000, every ISA", ">= 95 % of the divider", divider),
    Goal("6", "div n = 1000", "numpy.divide / kernel >= 2", numpy_divide),
    Goal("7", "chains", "<= 1.05 of without streaming", chains),
    *(
        goal
        for isa in ("avx2", "sse2")
        for goal in (
            Goal("8", f"{isa}, n <= {SHORT}", "<= 1.05 of the compilers' loops", short_on(isa)),
            Goal(
                "8",
                f"{isa}, n <= {SHORT}, mean",
                "<= 0.95 of the compilers' loops",
                short_mean_on(isa),
            ),
        )
    ),
    Goal("9", "mean over n = 1..64", "<= the best peer", all_tails),
    Goal("10", "piconumpy.add n = 4", "own arrays <= 40 ns", call_takes("piconumpy", 40)),
    Goal("10", "piconumpy.add n = 4", "NumPy's <= 120 ns", call_takes("piconumpy_on_numpy", 120)),
    Goal("10", "a + b n = 1e7", "<= 1.4 x with out", fresh_result("out", lambda x: x <= 1.4)),
    Goal("10", "a + b n = 1e7", "NumPy's / ours >= 3", fresh_result("numpy", lambda x: x >= 3)),
)


def verdict(finding: Finding | None) -> str:
    if finding is None:
        return "not measured"
    return "-" if finding.met is None else "met" if finding.met else "missed"


def evaluate(results: Results) -> list[tuple[Goal, Finding | None]]:
    return [(goal, goal.check(results)) for goal in GOALS]


def entries(evaluated: Sequence[tuple[Goal, Finding | None]]) -> list[dict[str, Any]]:
    """For programs."""
    return [
        {
            "number": goal.number,
            "title": goal.title,
            "wanted": goal.wanted,
            "verdict": verdict(finding),
            "figure": finding.figure if finding else None,
            "worst": finding.worst if finding else None,
        }
        for goal, finding in evaluated
    ]
