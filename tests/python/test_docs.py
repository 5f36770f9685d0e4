# SPDX-License-Identifier: BSD-3-Clause
"""The examples of the documentation run as printed: of every page, and of every public name."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

import piconumpy
from piconumpy import _interface

ROOT = Path(__file__).parents[2]
CONSTANTS = ("isa", "pi", "e", "inf", "nan")
NAMES = [name for name in piconumpy.__all__ if name not in CONSTANTS]


def run_examples(doc: str, name: str) -> int:
    test = doctest.DocTestParser().get_doctest(doc, {}, name, None, None)
    runner = doctest.DocTestRunner()
    runner.run(test, clear_globs=False)
    assert runner.failures == 0, f"an example of {name} shows something else than what happens"
    return len(test.examples)


def public_methods() -> list[str]:
    """Methods and attributes."""
    return [name for name in dir(piconumpy.array) if not name.startswith("_")]


@pytest.mark.parametrize("name", NAMES)
def test_public_names_have_examples_that_run(name):
    thing = getattr(piconumpy, name)
    assert inspect.getdoc(thing), f"{name} has no documentation"
    assert run_examples(inspect.getdoc(thing), name) > 0, f"{name} has no example"


@pytest.mark.parametrize("name", public_methods())
def test_methods_have_examples_that_run(name):
    assert run_examples(inspect.getdoc(getattr(piconumpy.array, name)), name) > 0


@pytest.mark.parametrize("name", ["rk4", "solve_ensemble", "solve_ivp"])
def test_integrators_have_examples_that_run(name):
    integrate = importlib.import_module("piconumpy.integrate")
    assert name in integrate.__all__
    assert run_examples(inspect.getdoc(getattr(integrate, name)), name) > 0


def test_the_interface_lists_all_that_the_array_has():
    offered, documented = dir(piconumpy.array), dir(_interface.array)
    assert {name for name in offered if not name.startswith("_")} == {
        name for name in documented if not name.startswith("_")
    }


def test_the_package_has_an_example():
    assert run_examples(piconumpy.__doc__, "piconumpy") > 0


@pytest.mark.parametrize("name", NAMES)
def test_signatures_can_be_read(name):
    has_parameters = bool(inspect.signature(getattr(piconumpy, name)).parameters)
    without = ("available_isas", "raise_jit_trace_limit", "release_memory")
    assert has_parameters == (name not in without)


@pytest.mark.parametrize(
    "name", ["add", "minimum", "sqrt", "negative", "full", "zeros", "set_isa", "array"]
)
def test_things_know_their_home(name):
    assert getattr(piconumpy, name).__module__.split(".")[0] == "piconumpy"


# ---- pages --------------------------------------------------------------------------------------


def pages() -> list[str]:
    """Each Markdown file that a reader of the site or of the repository may meet."""
    folders = ["docs/**/*.md", "kernels/**/*.md", "bench/*.md", "*.md"]
    return sorted({p.relative_to(ROOT).as_posix() for f in folders for p in ROOT.glob(f)})


FENCE = re.compile(
    r"^(?P<ticks>`{3,}|:{3,})(?P<language>[^\n`]*)\n(?P<code>.*?)^(?P=ticks)$",
    re.MULTILINE | re.DOTALL,
)


def blocks(page: str) -> list[tuple[str, str]]:
    """The language and the text of each fenced block of a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [(match["language"].strip(), match["code"]) for match in FENCE.finditer(text)]


# What a page with Python needs beside NumPy. There are no binaries of these packages for PyPy.
NEEDS = {
    "docs/integrate.md": ["scipy"],
    "docs/libraries.md": ["scipy", "distributed", "sympy", "pandas", "matplotlib", "joblib"],
    "docs/tutorial.md": ["matplotlib"],
}

# What the tests do with the blocks of each language. Directives of Sphinx have no code.
PYTHON, PROGRAMS, OTHERS = "python", {"c": ".c", "cpp": ".cpp"}, {"sh", "cmake", "text"}

# Lines for a shell that no test runs as they are, and why.
NOT_RUN = {
    r"pip install .+": "it installs packages",
    r"make [a-z-]+.*": "a target of the Makefile, which has its own tests or measures for minutes; "
    "test_targets_of_make_exist looks it up",
    r"cmake .+": "tests/package installs the library and builds programs with it",
    r"cc (-static )?program\.c \$\(pkg-config .*picokernels\)": "tests/package compiles so",
    r"python -m piconumpy.*": "tests/python/test_command.py runs it",
    r"python docs/attractor\.py": "test_the_picture_of_the_attractor_can_be_drawn",
}


@pytest.mark.parametrize("page", pages())
def test_each_block_of_a_page_is_of_a_kind_that_is_tested(page):
    for language, code in blocks(page):
        if language == PYTHON:
            assert ">>> " in code, f"write this example as a session, so that it can run:\n{code}"
        elif language in PROGRAMS:
            assert "int main(" in code, (
                f"write this example as a program, so that it can run:\n{code}"
            )
        else:
            assert language in OTHERS or language.startswith("{"), f"{language!r}:\n{code}"


@pytest.mark.parametrize("page", [p for p in pages() if PYTHON in dict(blocks(p))])
def test_python_sessions_run_as_printed(page, tmp_path, monkeypatch):
    for package in NEEDS.get(page, []):
        if sys.implementation.name == "pypy" and find_spec(package) is None:
            pytest.skip(f"there is no {package} for PyPy")
    sessions = sum(language == PYTHON for language, _ in blocks(page))
    monkeypatch.chdir(tmp_path)
    result = doctest.testfile(str(ROOT / page), module_relative=False, encoding="utf-8")
    assert result.attempted >= sessions
    assert result.failed == 0


def library_of_the_package() -> Path:
    if sys.implementation.name == "pypy":
        return Path(importlib.import_module("piconumpy._pypy.kernels")._installed("lib/lib*"))
    folder = Path(importlib.import_module("piconumpy._core").__file__).parent / "lib"
    (library,) = folder.glob("libpicokernels.*")
    return library


def programs() -> list[tuple[str, str, str]]:
    return [
        (f"{page}-{i}", language, code)
        for page in pages()
        for i, (language, code) in enumerate(blocks(page))
        if language in PROGRAMS
    ]


@pytest.mark.skipif(
    shutil.which("cc") is None or shutil.which("c++") is None, reason="there is no compiler"
)
@pytest.mark.parametrize(
    ("language", "code"), [p[1:] for p in programs()], ids=[p[0] for p in programs()]
)
def test_programs_of_pages_compile_and_run(language, code, tmp_path):
    """They are linked with the library that the package carries."""
    library = library_of_the_package()
    source, program = tmp_path / f"program{PROGRAMS[language]}", tmp_path / "program"
    source.write_text(code, encoding="utf-8")
    compiler = ["cc", "-std=c99"] if language == "c" else ["c++", "-std=c++20"]
    warnings = ["-Wall", "-Wextra", "-Werror"]
    link = [str(library), f"-Wl,-rpath,{library.parent}", "-lm", "-o", str(program)]
    command = [*compiler, *warnings, f"-I{ROOT / 'include'}", str(source), *link]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    done = subprocess.run([str(program)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout, "the program prints nothing"


def shell_lines() -> list[tuple[str, str]]:
    """Pages and their lines for a shell, without comments."""
    found = [
        (page, line.partition("#")[0].strip())
        for page in pages()
        for language, code in blocks(page)
        if language == "sh"
        for line in code.splitlines()
    ]
    return [(page, line) for page, line in found if line]


def test_each_line_for_a_shell_is_known():
    unknown = [
        (page, line)
        for page, line in shell_lines()
        if not any(re.fullmatch(pattern, line) for pattern in NOT_RUN)
    ]
    assert not unknown, "run it in a test, or say in NOT_RUN why none does"


def test_the_list_of_lines_that_are_not_run_has_no_others():
    for pattern in NOT_RUN:
        assert any(re.fullmatch(pattern, line) for _, line in shell_lines()), pattern


def test_targets_of_make_exist():
    """Those of the lines for a shell, and those that the text names."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", makefile, re.MULTILINE))
    for page in pages():
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r"(?:^|`)make ([a-z][a-z0-9-]*)", text, re.MULTILINE):
            known = target in targets or target.startswith("test-cpp-")
            assert known, f"{page}: make {target}"


def test_cmake_lines_are_those_of_the_project_that_tests_the_installation():
    consumer = (ROOT / "tests/package/consumer/CMakeLists.txt").read_text(encoding="utf-8")
    version = ".".join(piconumpy.__version__.split(".")[:2])
    consumer = consumer.replace("${VERSION}", version)
    for page in pages():
        for language, code in blocks(page):
            if language == "cmake":
                first, second = code.splitlines()
                assert first.removesuffix(")") in consumer, page
                assert re.fullmatch(
                    r"target_link_libraries\(\w+ PRIVATE (picokernels::\w+)\)", second
                )
                assert re.search(r"picokernels::\w+", second)[0] in consumer, page


def test_tests_that_pages_name_exist():
    """A promise names the test that checks it."""
    named = re.findall(r"`(tests/[\w/]+\.\w+)`", (ROOT / "docs/promises.md").read_text("utf-8"))
    assert len(named) > 20
    for path in named:
        assert (ROOT / path).is_file(), path


@pytest.mark.parametrize("page", pages())
def test_links_lead_to_files(page):
    """In the repository, where links lead to files. (Sphinx checks those of the site.)"""
    text = FENCE.sub("", (ROOT / page).read_text(encoding="utf-8"))
    for target in re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", text):
        assert (ROOT / page).parent.joinpath(target).exists(), target


def test_the_picture_of_the_attractor_can_be_drawn(tmp_path):
    pytest.importorskip("matplotlib", reason="there is no matplotlib for PyPy")
    picture = tmp_path / "attractor.png"
    command = [sys.executable, str(ROOT / "docs/attractor.py"), "--sleds", "200", "--rows", "2"]
    done = subprocess.run(
        [*command, "--output", str(picture)], capture_output=True, text=True, check=True
    )
    assert "200 sleds, " in done.stdout
    assert picture.stat().st_size > 1000


# ---- how the site is made -----------------------------------------------------------------------


def test_the_reference_has_every_public_name():
    text = "".join(p.read_text(encoding="utf-8") for p in ROOT.glob("docs/reference/*.md"))
    # Sphinx would read documentation strings as Markdown in {autofunction} and the like.
    shown = set(re.findall(r"^\.\. (?:auto\w+|py:data):: (\S+)", text, re.MULTILINE))
    integrate = importlib.import_module("piconumpy.integrate")
    public = {f"piconumpy.{name}" for name in piconumpy.__all__}
    public |= {f"piconumpy.integrate.{name}" for name in integrate.__all__}
    assert shown >= public, public - shown
    assert "{auto" not in text


@pytest.mark.parametrize("header", sorted(p.name for p in ROOT.glob("include/picokernels/*")))
def test_the_reference_has_every_header(header):
    pages = "".join(p.read_text(encoding="utf-8") for p in ROOT.glob("docs/reference/*.md"))
    assert f"{{doxygenfile}} {header}\n" in pages


def filtered(header: Path) -> str:
    """What Doxygen reads of a header."""
    script = ROOT / "docs/_sphinx/doxygen_filter.py"
    command = [sys.executable, str(script), str(header)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("header", ["picokernels.h", "program.h", "integrate.h"])
def test_doxygen_reads_every_declaration_of_c(header):
    path = ROOT / "include/picokernels" / header
    declared = re.findall(r"\bpk_\w+\(", path.read_text(encoding="utf-8").split("extern")[1])
    text = filtered(path)
    assert set(declared) <= set(re.findall(r"\bpk_\w+\(", text))
    functions = re.findall(r"^PK_API .*?;", text, re.MULTILINE | re.DOTALL)
    assert (
        len(functions) == len(re.findall(r"^PK_API ", path.read_text("utf-8"), re.MULTILINE)) > 10
    )
    assert text.count("/** @{ */") == text.count("/** @} */") > 0


def test_doxygen_reads_the_function_objects_of_cpp_as_functions(tmp_path):
    text = filtered(ROOT / "include/picokernels/picokernels.hpp")
    assert "void add(std::span<const T> a, std::span<const T> b, std::span<T> out);" in text
    assert "T dot(std::span<const T> a, std::span<const T> b);" in text
    assert "\nPICOKERNELS_DETAIL_" not in text


def extension(name: str) -> ModuleType:
    """A module of docs/_sphinx."""
    specification = spec_from_file_location(name, ROOT / "docs/_sphinx" / f"{name}.py")
    module = module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_links_of_included_files_become_links_between_pages():
    links = extension("repository_links")
    text = (
        "[a](../docs/jit.md#steps) [b](../CONTRIBUTING.md) [c](ode/check.py) [d](#e) [f](https://g)"
    )
    found = links.linked(text, ROOT / "bench", ROOT / "docs/design/kernels.md")
    assert found == (
        "[a](../jit.md#steps) [b](../contributing.md) [c](../../bench/ode/check.py) [d](#e) "
        "[f](https://g)"
    )
    for file, page in links.PAGES.items():
        assert (ROOT / file).is_file()
        assert (ROOT / "docs" / page).is_file()


def test_tables_of_benchmarks_are_made_of_their_documents():
    row = {"floor": False, "first_call_s": None, "ratio": 1.0, "q1_s": 0.001, "q3_s": 0.25}
    rows = [
        {**row, "id": "scipy", "name": "SciPy", "median_s": 0.2, "state_error": 5e-5},
        {
            **row,
            "id": "jit",
            "name": "PicoNumpy jit",
            "median_s": 0.001,
            "first_call_s": 1.5,
            "ratio": 0.005,
        },
        {**row, "id": "julia", "name": "Julia", "median_s": None, "ratio": None},
    ]
    machine = {"cpu": "a CPU", "interpreter": "CPython", "date": "2026-01-01", "others_busy": 0.25}
    job = {"problem": {"name": "plain"}, "norm": "SciPy", "rows": rows}
    tables = extension("benchmark_tables")
    assert tables.table({"machine": machine, "jobs": [job]}, "plain", True).splitlines() == [
        "| row | times faster than SciPy | ms | quartiles | first call, ms | error |",
        "|---|--:|--:|--:|--:|--:|",
        "| SciPy | 1.00 | 200 | 1.00 to 250 | - | 5.0e-05 |",
        "| **PicoNumpy jit** | 200 | 1.00 | 1.00 to 250 | 1,500 | - |",
        "",
        "*a CPU, CPython, 2026-01-01, other cores 25 % busy. Not measured: Julia.*",
    ]
    for one in rows:
        one["first_call_s"] = one["state_error"] = None
    head = "| row | times SciPy | ms | quartiles |"
    assert tables.table({"machine": machine, **job}, None, False).splitlines()[0] == head


@pytest.mark.parametrize("page", [p for p in pages() if "{benchmark}" in str(blocks(p))])
def test_documents_of_benchmarks_have_the_jobs_that_pages_show(page):
    tables = extension("benchmark_tables")
    source = [(ROOT / page).read_text(encoding="utf-8")]
    dependencies = []
    environment = SimpleNamespace(note_dependency=dependencies.append)
    tables.read(SimpleNamespace(env=environment), page, source)
    assert dependencies
    assert "{benchmark}" not in source[0]
