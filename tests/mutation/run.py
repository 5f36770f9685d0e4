# SPDX-License-Identifier: BSD-3-Clause
"""Makes small mistakes in the sources, one at a time, and tells which of them no test notices.

universalmutator makes the mutants, by cpp.rules and python.rules. A seed chooses among them.
Mutants that don't compile, that compile to the same code, or that equivalent.txt lists are replaced
by others. Everything happens in a copy of the sources in build/mutation.

usage: run.py --python PYTHON [--group kernels|programs|tracer] [--count N] [--resume]
PYTHON is an interpreter whose environment has an installed, not editable, piconumpy, and what its
tests need.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import difflib
import fcntl
import hashlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from universalmutator import mutator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WORK = ROOT / "build" / "mutation"
SOURCE = WORK / "source"
SEED = "2026"
REQUIRED = 0.97  # this part must be caught


@dataclass
class Group:
    """Sources that are mutated together, and the tests that should notice."""

    name: str
    files: list[str]  # patterns
    count: int  # mutants
    tests: list[str]  # those that find most first
    objects: list[str] = field(default_factory=list)  # what is compiled from a mutant


# Of the ISAs, avx2 is mutated alone, because each takes long to compile.
GROUPS = [
    Group(
        "kernels",
        [
            "kernels/elementwise/*.hpp",
            "kernels/elementwise/functions/*.hpp",
            "kernels/reduction/*.hpp",
        ],
        34,
        ["kernels_test", "reductions_test", "functions_test", "accuracy_test"],
        ["isa/avx2.cpp", "elementwise/bodies.cpp", "reduction/bodies.cpp"],
    ),
    Group(
        "programs",
        ["kernels/program/*.cpp"],
        33,
        [
            "program_test",
            "program_text_test",
            "program_engine_test",
            "program_hpp_test",
            "libm_test",
            "other_libm_test",
            "program_fuzz_test",
            "program_random_test",
            "fixed_hash_test",
            "integrate_test",
        ],
    ),
    Group(
        "tracer",
        ["python/piconumpy/_trace/*.py"],
        33,
        [
            "test_jit_operands.py",
            "test_jit.py",
            "test_jit_constructs.py",
            "test_jit_expressions.py",
            "test_jit_guards.py",
            "test_jit_loops.py",
            "test_jit_numpy.py",
            "test_jit_callbacks.py",
            "test_integrate.py",
            "test_jit_random.py",
            "test_jit_derivative.py",
            "test_integrate_stiff.py",
            "test_jit_hostile.py",
        ],
    ),
]


@dataclass(frozen=True)
class Mutant:
    path: str
    line: int  # counted from 1
    before: str
    after: str

    @property
    def key(self) -> str:
        """The order of the sample. It does not depend on the rest of the file."""
        return hashlib.sha256(
            "\0".join([SEED, self.path, self.before, self.after]).encode()
        ).hexdigest()

    @property
    def change(self) -> tuple[str, str, str]:
        return self.path, " ".join(self.before.split()), " ".join(self.after.split())

    def text(self) -> str:
        lines = (ROOT / self.path).read_text(encoding="utf-8").splitlines(keepends=True)
        lines[self.line - 1] = self.after
        return "".join(lines)

    def diff(self) -> str:
        before = (ROOT / self.path).read_text(encoding="utf-8").splitlines(keepends=True)
        after = self.text().splitlines(keepends=True)
        return "".join(difflib.unified_diff(before, after, self.path, self.path, n=2))


# ---- the mutants


def code_of(line: str) -> str:
    """The line without strings, comments, and spaces."""
    without_strings = re.sub(r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])*\'', '""', line)
    return "".join(re.sub(r"//.*|^\s*\*.*|/\*.*?\*/", "", without_strings).split())


def python_tree(text: str) -> str | None:
    """The syntax tree of a module without docstrings and annotations. None: it is not Python."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(
            node
        ):
            node.body = node.body[1:]
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
    return ast.dump(tree)


def mutants_of(path: str) -> Iterator[Mutant]:
    text = (ROOT / path).read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    rules = HERE / ("python.rules" if path.endswith(".py") else "cpp.rules")
    # To universalmutator, "{-" begins a comment of another language.
    shown = [line.replace("{-", "{\0-") for line in lines]
    with contextlib.redirect_stdout(io.StringIO()):
        made = mutator.mutants_regexp(shown, [str(rules)], ignorePatterns=[])
    for number, changed, *_ in made:
        mutant = Mutant(path, number, lines[number - 1], changed.replace("\0", ""))
        if code_of(mutant.before) != code_of(mutant.after):
            yield mutant


def is_python_without_effect(mutant: Mutant) -> bool:
    """Whether a Python module does not compile, or changes in documentation or types alone."""
    if not mutant.path.endswith(".py"):
        return False
    before = python_tree((ROOT / mutant.path).read_text(encoding="utf-8"))
    return python_tree(mutant.text()) in (None, before)


def read_equivalents() -> set[tuple[str, str, str]]:
    """equivalent.txt: reasons, which begin with #, files, and their - and + lines, as in a diff."""
    found = set()
    path = before = ""
    for line in (HERE / "equivalent.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("- "):
            before = " ".join(line[2:].split())
        elif line.startswith("+"):
            found.add((path, before, " ".join(line[1:].split())))
        elif line and not line.startswith("#"):
            path = line
    return found


# ---- running


def run(command: list[str], seconds: float, **options: object) -> tuple[bool, str]:
    """Whether the command succeeds in this time, and its output. Its children end with it."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        **options,  # type: ignore[call-overload]
    )
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return False, f"took longer than {seconds:.0f} s"
    return process.returncode == 0, output


def copy_sources() -> None:
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\n")
    for name in filter(None, names):
        source, target = ROOT / name, SOURCE / name
        if not source.is_file():
            continue
        if not target.is_file() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)


class Cpp:
    """Mutants of the library: their objects are compiled, and the tests linked and run."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.build = WORK / group.name
        self.objects = self.build / "kernels" / "CMakeFiles" / "picokernels_objects.dir"
        self.configure()
        self.original = self.digest()
        self.seconds = {test: self.time_of(test) for test in group.tests}

    def configure(self) -> None:
        for path in self.mutated_objects():  # an interrupted run leaves that of a mutant
            path.unlink(missing_ok=True)
        options = {
            "CMAKE_BUILD_TYPE": "Release",
            "CMAKE_CXX_FLAGS_RELEASE": "-O1 -DNDEBUG",
            "PICOKERNELS_COMPILER_HAS_AVX512": "OFF",
            "PICOKERNELS_INSTALL": "OFF",
            "PICOKERNELS_DEPS_DIR": ROOT / "build" / "deps",
            # Linking a test neither starts it nor follows a new shared library.
            "CMAKE_GTEST_DISCOVER_TESTS_DISCOVERY_MODE": "PRE_TEST",
            "CMAKE_LINK_DEPENDS_NO_SHARED": "ON",
        }
        for command in (
            ["cmake", "-S", str(SOURCE), "-B", str(self.build), "-G", "Ninja"]
            + [f"-D{name}={value}" for name, value in options.items()],
            ["ninja", "-j2", "-C", str(self.build), "picokernels", *self.group.tests],
        ):
            succeeded, output = run(command, 3000)
            if not succeeded:
                sys.exit(f"the sources themselves don't build: {output[-3000:]}")

    def mutated_objects(self) -> list[Path]:
        return [self.objects / f"{name}.o" for name in self.group.objects]

    def digest(self) -> str:
        found = hashlib.sha256()
        for path in sorted(self.objects.rglob("*.o")):
            found.update(path.read_bytes())
        return found.hexdigest()

    def environment(self) -> dict[str, str]:
        return {**os.environ, "GTEST_FAIL_FAST": "1", "PICOKERNELS_TEST_PERCENT": "20"}

    def run_test(self, test: str, seconds: float) -> tuple[bool, str]:
        return run([str(self.build / "tests" / "cpp" / test)], seconds, env=self.environment())

    def time_of(self, test: str) -> float:
        start = time.monotonic()
        succeeded, output = self.run_test(test, 3000)
        if not succeeded:
            sys.exit(f"{test} fails without a mutant: {output[-3000:]}")
        return time.monotonic() - start

    def judge(self, mutant: Mutant) -> str:
        path = SOURCE / mutant.path
        original, time_before = path.read_bytes(), path.stat().st_mtime_ns
        objects = self.mutated_objects()
        path.write_text(mutant.text(), encoding="utf-8")
        try:
            if objects:
                if not self.make(*(str(o.relative_to(self.build)) for o in objects)):
                    return "does not compile"
                # To ninja, all other objects are up to date if the file has its old time.
                path.write_bytes(original)
                os.utime(path, ns=(time_before, time_before))
            if not self.make("picokernels", *self.group.tests):
                return "does not compile"
            if self.digest() == self.original:
                return "same code"
            for test in self.group.tests:
                if not self.run_test(test, 30 + 10 * self.seconds[test])[0]:
                    return f"caught by {test}"
            return "survived"
        finally:
            path.write_bytes(original)
            if objects:
                os.utime(path, ns=(time_before, time_before))
                for compiled in objects:
                    compiled.unlink(missing_ok=True)

    def make(self, *targets: str) -> bool:
        return run(["ninja", "-j2", "-C", str(self.build), *targets], 900)[0]

    def close(self) -> None:
        self.configure()  # builds the original again


class Python:
    """Mutants of the package: a copy of the installed one goes before it on the path."""

    def __init__(self, group: Group, python: str) -> None:
        self.group = group
        self.python = python
        self.package = WORK / group.name
        shutil.rmtree(self.package, ignore_errors=True)
        found = subprocess.run(
            [python, "-c", "import piconumpy; print(piconumpy.__file__)"],
            check=True,
            capture_output=True,
            text=True,
            cwd="/",
        )
        installed = Path(found.stdout.strip()).parent
        for folder in installed.parent.glob("piconumpy*"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(folder, self.package / folder.name, ignore=ignored)
        shutil.copytree(
            ROOT / "python" / "piconumpy" / "_trace",
            self.package / "piconumpy" / "_trace",
            ignore=shutil.ignore_patterns("__pycache__"),
            dirs_exist_ok=True,
        )
        start = time.monotonic()
        succeeded, output = self.run_tests(3000)
        if not succeeded:
            sys.exit(f"the tests fail without a mutant: {output[-3000:]}")
        self.seconds = time.monotonic() - start

    def run_tests(self, seconds: float) -> tuple[bool, str]:
        # A compiled module of a mutant must not be taken for that of the next one.
        environment = {
            **os.environ,
            "PYTHONPATH": str(self.package),
            "PYTHONDONTWRITEBYTECODE": "1",
            "FUZZ_EXAMPLES": "300",
        }
        tests = [str(ROOT / "tests" / "python" / test) for test in self.group.tests]
        options = [
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "-c",
            str(ROOT / "pyproject.toml"),
            "--rootdir",
            str(ROOT),
        ]
        return run(
            [self.python, "-m", "pytest", *options, *tests],
            seconds,
            env=environment,
            cwd=self.package,
        )

    def judge(self, mutant: Mutant) -> str:
        path = self.package / Path(mutant.path).relative_to("python")
        original = path.read_bytes()
        path.write_text(mutant.text(), encoding="utf-8")
        try:
            succeeded, output = self.run_tests(60 + 3 * self.seconds)
            if succeeded:
                return "survived"
            first = re.search(r"^(?:FAILED|ERROR) \S*?([\w.]+::\S+|[\w]+\.py)", output, re.M)
            return f"caught by {first[1] if first else output.strip().splitlines()[-1]}"
        finally:
            path.write_bytes(original)

    def close(self) -> None:
        shutil.rmtree(self.package, ignore_errors=True)


def check(
    group: Group, python: str, count: int, results: dict[str, str], store: Path
) -> list[Mutant]:
    """Judges `count` mutants of the group, and returns those that survived."""
    paths = sorted(
        {str(p.relative_to(ROOT)) for pattern in group.files for p in ROOT.glob(pattern)}
    )
    every = {m.change: m for path in paths for m in mutants_of(path)}
    equivalents = read_equivalents()
    chosen = sorted((m for m in every.values() if m.change not in equivalents), key=lambda m: m.key)
    runner = Python(group, python) if group.name == "tracer" else Cpp(group)
    survivors: list[Mutant] = []
    judged = 0
    for mutant in chosen:
        if judged == count:
            break
        start = time.monotonic()
        verdict = results.get(mutant.key, "survived")
        if verdict == "survived":
            verdict = "same code" if is_python_without_effect(mutant) else runner.judge(mutant)
        results[mutant.key] = verdict
        store.write_text(json.dumps(results, indent=0), encoding="utf-8")
        if verdict not in ("does not compile", "same code"):
            judged += 1
            if verdict == "survived":
                survivors.append(mutant)
        seconds = time.monotonic() - start
        place = f"{mutant.path}:{mutant.line}"
        print(f"{group.name} {judged}/{count}: {place}: {verdict} ({seconds:.0f} s)", flush=True)
    runner.close()
    print(
        f"{group.name}: {len(every)} mutants, {judged} judged, {len(survivors)} survived",
        flush=True,
    )
    if judged < count:
        sys.exit(f"{group.name} has too few mutants")
    return survivors


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", type=os.path.abspath, default=sys.executable)
    parser.add_argument("--group", choices=[group.name for group in GROUPS])
    parser.add_argument("--count", type=int, help="mutants of each group")
    parser.add_argument(
        "--resume", action="store_true", help="don't repeat what an earlier run caught"
    )
    given = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    with (WORK / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"another run changes the sources in {WORK}")
        sys.exit(judge_groups(given))


def judge_groups(given: argparse.Namespace) -> bool:
    """Whether too few mutants are caught."""
    copy_sources()
    total = 0
    survivors: list[Mutant] = []
    for group in GROUPS:
        if given.group in (None, group.name):
            store = WORK / f"{group.name}.json"
            results = json.loads(store.read_text()) if given.resume and store.exists() else {}
            count = given.count or group.count
            survivors += check(group, given.python, count, results, store)
            total += count
    for mutant in survivors:
        print(f"\nNo test notices this:\n{mutant.diff()}")
    caught = total - len(survivors)
    print(f"check-mutation: {total} mutants, {caught} caught, {len(survivors)} survived")
    return caught < REQUIRED * total


if __name__ == "__main__":
    main()
