"""The command `python -m bench.kernels`: its program, the analysis, goals, what it writes."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bench.harness.rounds import Silence
from bench.kernels import analysis, charts, goals, program, python_calls, results, tables
from bench.kernels.__main__ import main, parse, program_command
from bench.kernels.results import BadCase, Case, Results, Spread, case_of

CACHES = [
    {"level": 1, "bytes": 49152},
    {"level": 2, "bytes": 1 << 20},
    {"level": 3, "bytes": 1 << 25},
]
CONTEXT = {
    "picokernels": "0.1.0",
    "isas": ["avx512", "avx2"],
    "caches": CACHES,
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
        "ns": {
            name: [float(one)] * 3 if isinstance(one, (int, float)) else list(one)
            for name, one in ns.items()
        },
        **changes,
    }
    return {"ran": whole["isa"], **whole}


def case(suite: str = "grid", n: int = 1000, **changes: Any) -> Case:
    return case_of(line(suite, n, **changes))


def of(*cases: Case, **context: Any) -> Results:
    return Results({**CONTEXT, **context}, dict(MACHINE), list(cases))


def found(results_: Results, number: str, title: str = "") -> goals.Finding | None:
    """The first goal of that number whose title or wish has the words."""
    return next(
        finding
        for goal, finding in goals.evaluate(results_)
        if goal.number == number and title in f"{goal.title}; {goal.wanted}"
    )


# A case and its figures


def test_a_ratio_is_that_of_the_medians_with_the_quartiles_of_the_repetitions() -> None:
    # The machine was twice as slow in the second repetition, for both.
    one = case(ns={"picokernels": [10.0, 20.0, 11.0], "gcc": [20.0, 40.0, 20.0]})
    assert one.times["picokernels"] == Spread(11.0, 10.5, 15.5)
    assert one.ratios["gcc"] == Spread(0.55, 0.5, 0.525)
    assert one.rate("gcc") == 24000 / 20.0


def test_unequal_counts_have_no_ratios_of_repetitions() -> None:
    one = case(ns={"picokernels": [10.0, 12.0, 14.0], "gcc": [24.0]})
    assert one.ratios["gcc"] == Spread(0.5, 0.5, 0.5)
    assert one.runs == 1


def test_limits_are_no_peers() -> None:
    one = case(ns={"picokernels": 10, "gcc": 20, "highway": 15, "limit": 9, "limit_nt": 90})
    assert one.peers() == ["gcc", "highway"]
    assert analysis.best_peer(one) == "highway"
    assert analysis.best_peer(one, ["gcc", "clang"]) == "gcc"
    assert analysis.best_peer(one, ["clang"]) is None
    assert analysis.compare([one])[0].value == pytest.approx(10 / 15, rel=1e-4)


@pytest.mark.parametrize(
    "changes, complaint",
    [
        ({"ns": {}}, "no times"),
        ({"ns": {"picokernels": []}}, "picokernels has no times"),
        ({"ns": {"gcc": 1.0}}, "picokernels is not among its times"),
        ({"ns": {"picokernels": [1.0, -1.0]}}, "the time -1.0"),
        ({"type": "f16"}, "its type is 'f16'"),
        ({"n": "many"}, "incomplete"),
    ],
)
def test_a_bad_case_is_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadCase, match=complaint):
        case_of({**line(), **line(**changes)} if "n" not in changes else {**line(), **changes})


def test_regions_go_by_the_arrays_that_a_call_touches() -> None:
    caches = of().caches
    assert analysis.region(case(n=2000), caches) == "n <= 2000"
    assert analysis.region(case(n=4096), caches) == "L2"
    # In the first cache, but no short call any more.
    assert analysis.region(case(n=2048, form="scalar"), caches) == "L2"
    assert analysis.region(case(n=50_000), caches) == "L3"
    assert analysis.region(case(n=50_000, form="in_place", type="f32"), caches) == "L2"
    assert analysis.region(case(n=10_000_000), caches) == "DRAM"


def test_standing_counts_and_averages() -> None:
    cases = [case(ns={"picokernels": ours, "gcc": 10}) for ours in (5, 20, 10.4, 10)]
    standing = analysis.Standing.of(analysis.compare(cases))
    assert (standing.ahead, standing.level, standing.behind) == (1, 2, 1)
    assert standing.mean == pytest.approx(1.04**0.25)
    assert standing.worst.case is cases[1]


def test_tails_take_those_that_have_every_length() -> None:
    cases = [case("tails", n, ns={"picokernels": n, "gcc": 2.0 * n}) for n in (1, 2)]
    cases.append(case("tails", 3, ns={"picokernels": 3, "gcc": 6, "highway": 1}))
    means = analysis.tails(of(*cases), "avx512")
    assert means == {("add", "f64"): {"picokernels": 2.0, "gcc": 4.0}}
    assert analysis.tail_ratio(means["add", "f64"]) == ("gcc", 0.5)
    assert analysis.tail_ratio({"picokernels": 2.0}) is None


# Goals


def test_without_cases_no_goal_is_measured() -> None:
    assert [goals.verdict(finding) for _, finding in goals.evaluate(of())] == (
        ["not measured"] * len(goals.GOALS)
    )


def test_short_cases_are_judged_by_their_worst() -> None:
    good = case(n=4)
    late = case(n=31, ns={"picokernels": 12, "gcc": 10, "highway": 11})
    elsewhere = [
        case(n=8, isa="avx2", ns={"picokernels": 90, "gcc": 10}),
        case(n=8, alignment="alike", ns={"picokernels": 90, "gcc": 10}),
        case(n=10_000, ns={"picokernels": 90, "gcc": 10}),
    ]
    finding = found(of(good, late, *elsewhere), "1")
    assert finding is not None and finding.met is False
    assert finding.figure == "1 ahead, 0 level, 1 behind"
    assert finding.worst == "1.20 of gcc: add f64 array n = 31"
    assert [one.case for one in finding.behind] == [late]
    informed = found(of(good, late, *elsewhere), "1", "alike")
    assert informed is not None and informed.met is None
    other_isa = found(of(*elsewhere), "8", "avx2")
    assert other_isa is not None and other_isa.met is False
    passed = found(of(good), "1")
    assert passed is not None and passed.met is True


def test_means_take_the_best_of_the_libraries_that_dispatch() -> None:
    cases = [
        case(ns={"picokernels": 6, "gcc": 5, "highway": 10}),
        case(ns={"picokernels": 6, "gcc": 5}),
    ]
    finding = found(of(*cases), "2", "dispatching")
    assert finding is not None and finding.met is True
    assert finding.figure == "0.600 over 1 cases"


def test_addition_in_the_first_cache_is_measured_in_cycles() -> None:
    # 24000 bytes in 192 a cycle of 0.25 ns are 31.25 ns.
    aligned = case(ns={"picokernels": 33.0})
    alike = case(alignment="alike", ns={"picokernels": 42.0})
    finding = found(of(aligned, alike), "3", "aligned")
    assert finding == goals.Finding(True, "f64 94.7 %")
    assert found(of(aligned, alike), "3", "alike") == goals.Finding(False, "f64 1.27")
    assert found(of(aligned, alike, cycle_ns=None), "3", "aligned") is None


def test_memory_is_judged_where_no_cache_holds_the_arrays() -> None:
    def at(n: int, ours: float, form: str = "array") -> Case:
        return case(n=n, form=form, ns={"picokernels": ours, "gcc": 100, "limit_nt": 75})

    whole = of(at(10**7, 200), at(3 * 10**7, 76), at(3 * 10**7, 104, "in_place"))
    memory = found(whole, "5", "the best peer")
    assert memory is not None and memory.met is True and memory.worst.startswith("0.760 of gcc")
    in_place = found(whole, "5", "in place")
    assert in_place is not None and in_place.met is True
    limit = found(whole, "5", "non-temporal")
    assert limit is not None and limit.met is True
    assert memory.figure == "1 of 1 cases"
    assert found(of(at(10**7, 50)), "5") is None
    larger = [{"level": 3, "bytes": 1 << 30}]
    assert found(of(at(3 * 10**7, 50), caches=larger), "5") is None


def test_division_is_measured_by_the_divider_and_by_numpy() -> None:
    limit = case("limit", 100, operation="divide", level="registers", ns={"limit": 9.0})
    division = case(operation="div", ns={"picokernels": 100})
    numpys = case("calls", operation="divide", ns={"piconumpy": 130, "numpy": 400})
    finding = found(of(limit, division, numpys), "6", "every ISA")
    assert finding == goals.Finding(False, "90.0 % to 90.0 %", "90.0 %: avx512 f64")
    assert found(of(limit, division, numpys), "6", "numpy") == goals.Finding(True, "4.00 times")
    assert found(of(division), "6", "every ISA") is None


def test_chains_and_tails() -> None:
    chain = case("chain", ns={"picokernels": 11, "plain": 10})
    finding = found(of(chain), "7")
    assert finding is not None and finding.met is False
    tail = case("tails", 3, ns={"picokernels": 9, "gcc": 10})
    assert found(of(tail), "9") == goals.Finding(True, "0.900 on average", "0.900 of gcc: add f64")


def test_calls_from_python() -> None:
    call = case("calls", 4, ns={"piconumpy": 14, "piconumpy_on_numpy": 130, "numpy": 190})
    fresh = case("fresh", 10**7, ns={"piconumpy": 8, "out": 6, "numpy": 12})
    verdicts = [
        goals.verdict(finding)
        for goal, finding in goals.evaluate(of(call, fresh))
        if goal.number == "10"
    ]
    assert verdicts == ["met", "missed", "met", "missed"]


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
        line("tails", 1),
        line("tails", 2),
        line("chain", ns={"picokernels": 11, "plain": 10}),
        line("limit", operation="triad", level="L1", ns={"limit": 30}),
        line("limit", operation="divide", level="registers", ns={"limit": 300}),
        line("calls", 4, ns={"piconumpy": 14, "piconumpy_on_numpy": 130, "numpy": 190}),
        line("fresh", 10**7, ns={"piconumpy": 8, "out": 6, "numpy": 12}),
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
    assert "volk: libvolk was not found" in printed
    assert "gcc in 1 cases (add f64): element 0 is 1 instead of 2" in printed
    assert "Goals (" in printed
    document = json.loads((folder / "kernels.json").read_text(encoding="utf-8"))
    assert document["complete"] and len(document["cases"]) == len(plenty())
    assert document["goals"][0]["verdict"] == "met"
    assert document["cases"][0]["ns"]["picokernels"] == [10.0, 9.5, 10.5]
    page = (folder / "kernels.md").read_text(encoding="utf-8")
    assert "## Goals" in page and "## Times, avx2 f64 array" in page

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
    whole = of(*map(case_of, lines))
    names = []
    for name, picture in charts.draw_all(whole):
        names.append(name)
        assert picture.startswith(b"\x89PNG")
    assert names == [
        "kernels.png",
        "kernels-avx512-f64.png",
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
    assert [goals.length_text(n) for n in lengths] == ["1", "4096", "1e4", "12345", "3e7"]


# Calls from Python


def test_calls_from_python_are_lines_of_the_same_kind() -> None:
    pytest.importorskip("numpy")
    answers = io.StringIO()
    python_calls.measure(2, 1e-6, 64, answers)
    first, *lines, last = map(json.loads, answers.getvalue().splitlines())
    assert first["context"]["cases"] == len(lines) == 9
    assert last == {"done": True}
    cases = [case_of(line) for line in lines]
    assert {one.suite for one in cases} == {"calls", "fresh"}
    assert set(cases[0].times) == {"piconumpy", "piconumpy_on_numpy", "numpy"}
    assert set(cases[-1].times) == {"piconumpy", "out", "numpy"}


def test_the_document_keeps_what_the_report_takes() -> None:
    whole = of(*map(case_of, plenty()))
    again = results.read_document(results.document(whole, []).decode())
    assert again.cases == whole.cases
    assert again.context == whole.context
