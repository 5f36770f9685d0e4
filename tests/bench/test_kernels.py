"""The command `python -m bench.kernels`: its program, the analysis, goals, what it writes."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from rows import Silence

from bench.harness.spread import Spread
from bench.kernels import analysis, charts, goals, program, python_calls, results, tables
from bench.kernels.command import main, parse, program_command
from bench.kernels.results import BadCase, Case, Results

CONTEXT = {
    "picokernels": "0.1.0",
    "isas": [{"name": "avx512", "vector_bytes": 64}, {"name": "avx2", "vector_bytes": 32}],
    "cache_bytes": [0, 49152, 1 << 20, 1 << 25],
    "compiler": "gcc 12.2.0",
    "cycle_ns": 0.25,
    "streaming_threshold_bytes": 1 << 25,
    "peers": [
        {"name": "gcc", "version": "12.2.0", "missing": "", "dispatches": False},
        {"name": "highway", "version": "1.0.3", "missing": "", "dispatches": True},
        {"name": "volk", "version": "", "missing": "libvolk was not found", "dispatches": True},
    ],
    "cases": 3,
    "plan": "quick",
}
MACHINE = {"cpu": "a CPU", "cores": 2, "core": 1, "os": "an OS", "interpreter": "CPython"}

Times = dict[str, "float | Sequence[float]"]


def line(suite: str = "grid", n: int = 1000, **changes: Any) -> dict[str, Any]:
    """A case as the program prints it; single times stand for three equal repetitions."""
    ns: Times = changes.pop("ns", {"picokernels": 10.0, "gcc": 20.0})
    whole = {
        "suite": suite,
        "operation": "add",
        "type": "f64",
        "form": "array",
        "isa": "avx512",
        "n": n,
        "alignment": "aligned",
        "bytes": 24 * n,
        "working_set": 24 * n,
        "ns": {
            name: [float(one)] * 3 if isinstance(one, (int, float)) else list(one)
            for name, one in ns.items()
        },
        **changes,
    }
    return {"ran": whole["isa"], **whole}


def case(suite: str = "grid", n: int = 1000, **changes: Any) -> Case:
    return Case.of(line(suite, n, **changes))


def of(*cases: Case, **context: Any) -> Results:
    return Results({**CONTEXT, **context}, dict(MACHINE), list(cases))


def goal(results_: Results, name: str, reference: str = "") -> goals.Goal:
    """The goal of that name, whose reference has the words."""
    (found,) = (
        one for one in goals.evaluate(results_) if one.name == name and reference in one.reference
    )
    return found


# A case and its figures


def test_a_ratio_is_that_of_the_medians_with_the_quartiles_of_the_repetitions() -> None:
    # The machine was twice as slow in the second repetition, for both.
    one = case(ns={"picokernels": [10.0, 20.0, 11.0], "gcc": [20.0, 40.0, 20.0]})
    assert one.times["picokernels"] == Spread(11.0, 10.5, 15.5, 10.0, 20.0, 3)
    assert one.ratios["gcc"].quartiles() == [0.55, 0.5, 0.525]
    assert one.rate("gcc") == 24000 / 20.0


def test_unequal_counts_have_no_ratios_of_repetitions() -> None:
    one = case(ns={"picokernels": [10.0, 12.0, 14.0], "gcc": [24.0]})
    assert one.ratios["gcc"].quartiles() == [0.5, 0.5, 0.5]
    assert one.runs == 1


def test_limits_are_no_peers() -> None:
    one = case(ns={"picokernels": 10, "gcc": 20, "highway": 15, "limit": 9, "limit_nt": 90})
    assert one.others == ["gcc", "highway"]
    (best,) = analysis.compare([one])
    assert (best.other, best.ours, best.theirs) == ("highway", 10, 15)
    assert best.value == pytest.approx(10 / 15)
    assert [found.other for found in analysis.compare([one], ["gcc", "clang"])] == ["gcc"]
    assert analysis.compare([one], ["clang"]) == []
    assert analysis.compare([one], ["limit_nt"])[0].value == pytest.approx(10 / 90)


@pytest.mark.parametrize(
    "changes, complaint",
    [
        ({"ns": {}}, "no times"),
        ({"ns": {"picokernels": []}}, "picokernels has no times"),
        ({"ns": {"gcc": [1.0]}}, "picokernels is not among its times"),
        ({"ns": {"picokernels": [1.0, -1.0]}}, "the time -1.0"),
        ({"suite": "new"}, "its suite is 'new'"),
        ({"n": "many"}, "its n is 'many'"),
        ({"operation": None}, "incomplete"),
    ],
)
def test_a_bad_case_is_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadCase, match=complaint):
        whole = {**line(), **changes}
        Case.of({key: value for key, value in whole.items() if value is not None})


def test_regions_go_by_the_arrays_that_a_call_touches() -> None:
    whole = of()
    assert whole.region(case(n=2000)) == "n <= 2000"
    assert whole.region(case(n=4096)) == "L2"
    # In the first cache, but no short call any more.
    assert whole.region(case(n=2048, form="scalar", working_set=16 * 2048)) == "L2"
    assert whole.region(case(n=50_000)) == "L3"
    assert whole.region(case(n=50_000, type="f32", working_set=8 * 50_000)) == "L2"
    assert whole.region(case(n=10_000_000)) == "DRAM"


def test_standing_counts_and_averages() -> None:
    cases = [
        case(n=n, ns={"picokernels": ours, "gcc": 10})
        for n, ours in enumerate((5, 20, 10.4, 10), start=1)
    ]
    standing = analysis.Standing.of(analysis.compare(cases))
    assert (standing.ahead, standing.level, standing.behind) == (1, 2, 1)
    assert standing.mean == pytest.approx(1.04**0.25)
    assert standing.worst.label == "avx512 add f64 array n = 2"


def test_tails_take_those_that_have_every_length() -> None:
    cases = [case("tails", n, ns={"picokernels": n, "gcc": 2.0 * n}) for n in (1, 2)]
    cases.append(case("tails", 3, ns={"picokernels": 3, "gcc": 6, "highway": 1}))
    (mean,) = analysis.tails(of(*cases), "avx512")
    assert mean.ns == {"picokernels": [2.0], "gcc": [4.0]}
    (found,) = analysis.compare([mean])
    assert (found.label, found.other, found.value) == (
        "avx512 add f64 array on average",
        "gcc",
        0.5,
    )


# Goals


def test_without_cases_no_goal_is_measured() -> None:
    evaluated = goals.evaluate(of())
    assert len(evaluated) > 15
    assert {one.verdict for one in evaluated} == {"not measured"}
    assert all(one.entry()["worst"] is None for one in evaluated)


def test_short_cases_are_judged_by_their_worst() -> None:
    good = case(n=4)
    late = case(n=31, ns={"picokernels": 12, "gcc": 10, "highway": 11})
    elsewhere = [
        case(n=8, isa="avx2", ns={"picokernels": 90, "gcc": 10}),
        case(n=8, alignment="alike", ns={"picokernels": 90, "gcc": 10}),
        case(n=10_000, ns={"picokernels": 90, "gcc": 10}),
    ]
    short = goal(of(good, late, *elsewhere), "n <= 2000")
    assert short.verdict == "missed" and len(short.found) == 2
    assert [(one.label, one.other, one.value) for one in short.behind] == [
        ("avx512 add f64 array n = 31", "gcc", 1.2)
    ]
    assert short.entry()["worst_case"] == "avx512 add f64 array n = 31, of gcc"
    assert goal(of(good, late, *elsewhere), "n <= 2000, alike").verdict == "-"
    assert goal(of(*elsewhere), "avx2, n <= 2000").verdict == "missed"
    assert goal(of(good), "n <= 2000").verdict == "met"


def test_another_isa_has_goals_without_being_named_anywhere() -> None:
    new = [{"name": "avx512", "vector_bytes": 64}, {"name": "sve", "vector_bytes": 32}]
    whole = of(case(), case(isa="sve"), isas=new)
    assert whole.isas == ["avx512", "sve"] and whole.best_isa == "avx512"
    assert goal(whole, "sve, n <= 2000").verdict == "met"
    assert of(case(isa="avx2")).best_isa is None


def test_means_take_the_best_of_the_libraries_that_dispatch() -> None:
    cases = [
        case(ns={"picokernels": 6, "gcc": 5, "highway": 10}),
        case(ns={"picokernels": 6, "gcc": 5}),
    ]
    mean = goal(of(*cases), "n <= 2000, libraries", "dispatches")
    assert mean.verdict == "met" and len(mean.found) == 1
    assert mean.mean == pytest.approx(0.6)
    behind = goal(of(*cases), "n <= 2000, mean")
    assert behind.verdict == "missed" and behind.behind == []
    assert behind.mean == pytest.approx(1.2)


def test_addition_in_the_first_cache_is_measured_in_cycles() -> None:
    # 24000 bytes in 192 a cycle of 0.25 ns are 31.25 ns.
    aligned = case(ns={"picokernels": 33.0})
    alike = case(alignment="alike", ns={"picokernels": 42.0})
    whole = of(aligned, alike)
    cycles = goal(whole, "add n = 1000, aligned")
    assert cycles.verdict == "met" and cycles.mean == pytest.approx(33 / 31.25)
    off = goal(whole, "add n = 1000, alike")
    assert off.verdict == "missed" and off.mean == pytest.approx(42 / 33)
    assert goal(of(aligned, cycle_ns=None), "add n = 1000, aligned").verdict == "not measured"


def test_memory_is_judged_where_no_cache_holds_the_arrays() -> None:
    def at(n: int, ours: float, form: str = "array") -> Case:
        return case(n=n, form=form, ns={"picokernels": ours, "gcc": 100, "limit_nt": 75})

    whole = of(at(10**7, 200), at(3 * 10**7, 76), at(3 * 10**7, 104, "in_place"))
    memory = goal(whole, "n = 3e7")
    assert memory.verdict == "met" and [one.value for one in memory.found] == [0.76]
    assert goal(whole, "n = 3e7, in place").verdict == "met"
    assert goal(whole, "n = 3e7, bandwidth", "streaming").verdict == "met"
    assert goal(of(at(10**7, 50)), "n = 3e7").verdict == "not measured"
    assert (
        goal(of(at(3 * 10**7, 50), cache_bytes=[0, 0, 0, 1 << 30]), "n = 3e7").verdict
        == "not measured"
    )


def test_division_is_measured_by_the_divider_and_by_numpy() -> None:
    limit = case("limit", 100, operation="div", level="registers", ns={"limit": 9.0})
    division = case(operation="div", ns={"picokernels": 100})
    numpys = case("calls", operation="divide", ns={"piconumpy": 130, "numpy": 400})
    whole = of(limit, division, numpys)
    divider = goal(whole, "n = 1000, every ISA, slow operations", "the divider")
    assert divider.verdict == "missed" and divider.mean == pytest.approx(100 / 90)
    called = goal(whole, "div n = 1000", "numpy.divide")
    assert called.verdict == "met" and called.mean == pytest.approx(1 / 4)
    assert goal(of(division), "n = 1000, every ISA, slow operations").verdict == "not measured"


def test_sums_are_judged_by_the_best_peer_and_by_bare_loads() -> None:
    found = of(
        case(
            "reduce",
            operation="sum",
            n=1000,
            ns={"picokernels": [2.0], "eigen": [4.0], "limit": [1.0]},
        ),
        case("reduce", operation="min", n=1000, ns={"picokernels": [9.0], "eigen": [1.0]}),
    )
    assert goal(found, "sum and dot, n <= 2000, mean").mean == pytest.approx(0.5)
    assert goal(found, "sum n = 1000").mean == pytest.approx(2.0)


def test_a_peer_with_larger_errors_than_ours_is_no_rival() -> None:
    ns = {"picokernels": 10.0, "sleef": 12.0, "highway": 4.0}
    errors = {"sleef": 1, "highway": 2}
    sine, arc_sine, unstated = (
        case("functions", operation=operation, ns=ns, errors=stated)
        for operation, stated in (("sin", errors), ("asin", errors), ("sin", {}))
    )
    assert sine.rivals == ["sleef"] and sine.others == ["sleef", "highway"]
    assert arc_sine.rivals == unstated.rivals == ["sleef", "highway"]
    assert [one.other for one in analysis.compare([sine, arc_sine])] == ["sleef", "highway"]
    assert [one.other for one in analysis.compare([sine], ["highway"])] == ["highway"]
    alone = case("functions", operation="sin", ns=ns, errors={"sleef": 2, "highway": 3})
    assert analysis.compare([alone]) == []


def test_functions_are_judged_at_one_length_and_apart_from_operations() -> None:
    def function(operation: str, ours: float, **changes: Any) -> Case:
        ns = {"picokernels": ours, "mkl": 100.0}
        return case("functions", operation=operation, ns=ns, errors={"mkl": 1}, **changes)

    def call(operation: str, ours: float) -> Case:
        return case("calls", operation=operation, ns={"piconumpy": ours, "numpy": 100.0})

    whole = of(
        function("sin", 104),
        function("sin", 110, type="f32"),
        function("tan", 125),
        function("pow", 300, form="scalar"),
        function("exp", 300, n=100),
        function("log", 300, isa="avx2"),
        call("sin", 20),
        call("tan", 140),
        call("add", 300),
    )
    first, others = "sin, cos, exp, log n = 1000", "other functions n = 1000"
    assert [one.value for one in goal(whole, first).found] == [1.04, 1.1]
    assert goal(whole, first).verdict == "missed"
    assert [one.value for one in goal(whole, others).found] == [1.25]
    assert goal(whole, others).verdict == "met"
    assert [one.value for one in goal(whole, f"{first}, from Python").found] == [0.2]
    assert goal(whole, f"{others}, from Python").verdict == "missed"
    assert goal(whole, "n <= 2000").verdict == "not measured"


def test_chains_and_tails() -> None:
    chain = case("chain", ns={"picokernels": 11, "plain": 10})
    assert goal(of(chain), "chains").verdict == "missed"
    tail = goal(of(case("tails", 3, ns={"picokernels": 9, "gcc": 10})), "mean over n = 1..64")
    assert tail.verdict == "met" and tail.mean == pytest.approx(0.9)


def test_calls_from_python() -> None:
    call = case("calls", 4, ns={"piconumpy": 14, "piconumpy_on_numpy": 130, "numpy": 190})
    fresh = case("fresh", 10**7, ns={"piconumpy": 8, "out": 6, "numpy": 12})
    whole = of(call, fresh)
    names = ["piconumpy.add n = 4, own arrays", "piconumpy.add n = 4, NumPy's arrays"]
    assert [goal(whole, name).verdict for name in names] == ["met", "missed"]
    assert goal(whole, "a + b n = 1e7, new result", "add with out").verdict == "met"
    assert goal(whole, "a + b n = 1e7, NumPy").verdict == "missed"


# The program


PROGRAM = f"""
import json
context = {{"context": {CONTEXT!r}}}
case = {line(n=64)!r}
def put(thing):
    print(json.dumps(thing), flush=True)
"""
ALL = "put(context); put(case); put({**case, 'n': 1000})\n"


@pytest.fixture
def run(script: Callable[[str], list[str]]) -> Callable[[str], program.Run]:
    return lambda source: program.measure(script(PROGRAM + source), None, Silence())


def test_a_program_is_read_to_its_end(
    run: Callable[[str], program.Run], capsys: pytest.CaptureFixture[str]
) -> None:
    done = run(ALL + "print('so it is', file=sys.stderr); put({'done': True})")
    assert done.failure is None and done.done
    assert [case.n for case in done.cases] == [64, 1000]
    assert done.context["compiler"] == "gcc 12.2.0"
    assert "so it is\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    "source, failure",
    [
        (ALL, "ended without saying that it is done, after 2 of 3 cases"),
        (ALL + "sys.exit(3)", "ended with exit status 3, after 2 of 3 cases"),
        (ALL + "import os; os.kill(os.getpid(), 9)", "ended with signal 9, after 2 of 3 cases"),
        (ALL + "print('oops'); time.sleep(60)", "printed 'oops' where a JSON object was expected"),
        (ALL + "put([1])", "printed '[1]' where a JSON object was expected"),
        (ALL + "put({**case, 'ns': {}})", "printed a case that cannot be read: it has no times"),
        ("put(case)", "printed a case before the context"),
        ("sys.exit(1)", "ended with exit status 1"),
    ],
)
def test_what_ends_early_says_why(
    run: Callable[[str], program.Run], source: str, failure: str
) -> None:
    ended = run(source)
    assert ended.failure is not None and ended.failure.startswith(failure)
    assert len(ended.cases) == (2 if source.startswith(ALL) else 0)


def test_a_program_that_is_not_there() -> None:
    missing = program.measure(["/nowhere/program"], None, Silence())
    assert missing.failure is not None and "could not be started" in missing.failure


def test_unknown_suites_and_other_isas_are_counted_and_left_out(
    run: Callable[[str], program.Run],
) -> None:
    done = run(
        "put(context); put({**case, 'suite': 'new'}); put({**case, 'ran': 'sse2'}); "
        "put({'suite': 'new'}); put({'done': True})"
    )
    assert done.failure is None and done.cases == []
    assert done.ignored == {
        "the suite 'new' is unknown": 2,
        "asked for avx512, the library ran sse2": 1,
    }


# What is printed and written


def plenty() -> list[dict[str, Any]]:
    """Lines of every suite."""
    ns = {"picokernels": [9.0, 10.0, 11.0], "gcc": [20.0, 22.0, 21.0], "highway": 50.0}
    far = {**ns, "limit": 9.5, "limit_nt": 100.0}
    lines = [
        line(n=n, isa=isa, operation=operation, ns=far if n > 256 else ns)
        for isa in ("avx512", "avx2")
        for operation in ("add", "div")
        for n in (4, 64, 1000, 100_000, 30_000_000)
    ]
    differing: dict[str, Any] = {
        "ns": {"picokernels": 9.0},
        "differs": {"gcc": "element 0 is 1 instead of 2"},
    }
    return [
        *lines,
        line(n=8, form="scalar", **differing),
        line(alignment="alike"),
        line("reduce", operation="sum", ns=far),
        line("reduce", operation="dot"),
        line("functions", operation="sin", errors={"gcc": 1, "highway": 3}),
        line("tails", 1),
        line("tails", 2),
        line("chain", ns={"picokernels": 11, "plain": 10}),
        line("limit", operation="triad", level="L1", ns={"limit": 30}),
        line("limit", operation="div", level="registers", bytes=0, ns={"limit": 300}),
        line("calls", 4, ns={"piconumpy": 14, "piconumpy_on_numpy": 130, "numpy": 190}),
        line("fresh", 10**7, ns={"piconumpy": 8, "out": 6, "numpy": 12}),
        line("methods", 4, operation="sum", ns={"piconumpy": 30, "numpy": 1500}),
    ]


@pytest.fixture
def fake_program(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a program that prints plenty, then what else the source does."""

    def make(end: str) -> Path:
        path = tmp_path / "program"
        path.write_text(
            f"#!{sys.executable}\nimport json, sys\n"
            f"print(json.dumps({ {'context': CONTEXT}!r}))\n"
            f"for line in {plenty()!r}:\n    print(json.dumps(line))\n{end}\n",
            encoding="utf-8",
        )
        path.chmod(0o755)
        return path

    return make


def test_the_command_measures_prints_and_writes(
    tmp_path: Path, fake_program: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    fake = str(fake_program("print('{\"done\": true}')"))
    folder = tmp_path / "results"
    arguments = ["--quick", "--no-python", "--program", fake, "--output", str(folder)]
    assert main([*arguments, "--no-plot"]) == 0
    printed = capsys.readouterr().out
    assert "avx512: add f64 array, ns a call" in printed
    assert "avx2: add f64 array, ns a call" in printed
    assert "avx512: functions, ns a call" in printed
    assert "Best: of the peers that state an error of up to 1 ulp for sin" in printed
    assert "volk: libvolk was not found" in printed
    assert "gcc in 1 cases (add f64): element 0 is 1 instead of 2" in printed
    assert "Goals (" in printed
    document = json.loads((folder / "kernels.json").read_text(encoding="utf-8"))
    assert document["complete"] and len(document["cases"]) == len(plenty())
    assert document["goals"][0]["verdict"] == "met"
    assert document["cases"][0]["ns"]["picokernels"] == [9.0, 10.0, 11.0]
    page = (folder / "kernels.md").read_text(encoding="utf-8")
    assert "## Goals" in page and "## Times, avx2 f64 array" in page
    assert "## Functions, avx512" in page and "## Times, avx512 f64 functions" in page

    # The same report from the document.
    again = ["--input", str(folder / "kernels.json"), "--output", str(tmp_path / "again")]
    assert main([*again, "--no-plot"]) == 0
    assert capsys.readouterr().out == printed
    assert (tmp_path / "again" / "kernels.md").read_text(encoding="utf-8") == page
    assert main([*again, "--no-plot", "--isa", "avx2"]) == 0
    assert "avx512: add" not in capsys.readouterr().out


def test_a_program_that_dies_leaves_an_incomplete_report_and_a_bad_status(
    tmp_path: Path, fake_program: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--no-python", "--no-plot", "--output", str(tmp_path / "results"), "--program"]
    assert main([*arguments, str(fake_program("sys.exit(7)"))]) == 1
    captured = capsys.readouterr()
    assert "Incomplete   : the program ended with exit status 7" in captured.out
    assert "error: the program ended with exit status 7" in captured.err
    document = json.loads((tmp_path / "results" / "kernels.json").read_text(encoding="utf-8"))
    assert not document["complete"]


def test_without_a_case_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--no-python", "--output", str(tmp_path / "results"), "--program"]
    assert main([*arguments, str(tmp_path / "missing")]) == 1
    assert "error: the program could not be started" in capsys.readouterr().err
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    "text", ["", "[]", '{"benchmark": "ode"}', '{"benchmark": "kernels", "cases": [{}]}']
)
def test_other_documents_are_refused(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kernels.json"
    path.write_text(text, encoding="utf-8")
    assert main(["--input", str(path)]) == 1
    assert "error: --input" in capsys.readouterr().err


def test_options_reach_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    options = parse(["--quick", "--filter", "add|div", "--isa", "avx2,sse2", "--program", "p"])
    assert program_command(options) == [
        "p",
        "--plan=quick",
        "--filter=add|div",
        "--isa=avx2",
        "--isa=sse2",
    ]
    for bad in (["--filter", "("], ["--core", "x"], ["--input", "x", "--quick"]):
        with pytest.raises(SystemExit):
            parse(bad)
    assert "is not a regular expression" in capsys.readouterr().err


def test_charts_are_drawn_of_what_there_is() -> None:
    pytest.importorskip("matplotlib")
    lines = plenty() + [
        line(n=n, type="f32", ns={"picokernels": n, "new": 99 * n}) for n in (4, 64)
    ]
    lines += [line("reduce", n, operation="sum") for n in (4, 64)]
    lines += [line("functions", n, operation="sin") for n in (4, 64)]
    whole = of(*map(Case.of, lines))
    names = []
    for name, picture in charts.draw_all(whole):
        names.append(name)
        assert picture.startswith(b"\x89PNG")
    assert names == [
        "kernels.png",
        "kernels-avx512-f64.png",
        "reductions-avx512-f64.png",
        "functions-avx512-f64.png",
        "kernels-avx512-f32.png",
        "kernels-avx2-f64.png",
    ]
    assert list(charts.draw_all(of())) == []


def test_times_are_written_short() -> None:
    assert [tables.ns_text(ns) for ns in (1.234, 45.6, 1456.0, 32900.0, 10.3e6)] == [
        "1.23",
        "45.6",
        "1456",
        "32.9u",
        "10.3m",
    ]
    lengths = (1, 4096, 10_000, 12_345, 30_000_000)
    assert [results.length_text(n) for n in lengths] == ["1", "4096", "1e4", "12345", "3e7"]


# Calls from Python


def test_calls_from_python_are_lines_of_the_same_kind() -> None:
    pytest.importorskip("numpy")
    answers = io.StringIO()
    python_calls.measure(2, 1e-6, 64, answers)
    first, *lines, last = map(json.loads, answers.getvalue().splitlines())
    assert first["context"]["cases"] == len(lines)
    assert last == {"done": True}
    cases = [Case.of(line) for line in lines]
    suites = {suite: list(found) for (suite,), found in results.group(cases, "suite").items()}
    called = {one.operation for one in suites["calls"]}
    assert called >= {"add", "subtract", "multiply", "divide"}
    assert len(suites["calls"]) == 2 * len(called)
    assert set(suites["calls"][0].times) == {"piconumpy", "piconumpy_on_numpy", "numpy"}
    (fresh,) = suites["fresh"]
    assert set(fresh.times) == {"piconumpy", "out", "numpy"}
    assert all(set(one.times) == {"piconumpy", "numpy"} for one in suites.get("methods", []))


def test_the_document_keeps_what_the_report_takes() -> None:
    whole = of(*map(Case.of, plenty()))
    again = results.read_document(results.document(whole, []))
    assert again.cases == whole.cases
    assert again.context == whole.context
