"""What peers need before they run: compilers, a Julia, and builds that are not repeated."""

from __future__ import annotations

import functools
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Callable

from bench.harness.interpreter import Interpreter

ROOT = Path(__file__).resolve().parents[2]


class Unavailable(Exception):
    """The machine lacks what a peer needs: its row says so, and nothing is wrong with it."""


class BuildError(Exception):
    """A peer could not be built although its tools are there."""


@dataclass(frozen=True)
class BuildEnv:
    """Where peers are built, and the interpreter they are built for; `log` tells the user."""

    python: str
    root: Path = ROOT
    log: Callable[[str], None] = print

    @property
    def peers(self) -> Path:
        return self.root / "bench" / "peers"

    @property
    def build(self) -> Path:
        return self.root / "build" / "peers"

    @property
    def facts(self) -> Interpreter:
        return interpreter_facts(self.python)

    @property
    def runner(self) -> BuildEnv:
        """The same for the interpreter that runs this."""
        return replace(self, python=sys.executable)


def _output(python: str, *arguments: str) -> str:
    command = [python, *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise BuildError(f"the interpreter does not run: {error}") from None


@functools.cache
def interpreter_facts(python: str) -> Interpreter:
    """Asks the interpreter."""
    return Interpreter(**json.loads(_output(python, "-m", "bench.harness.interpreter")))


@functools.cache
def module_is_there(python: str, module: str) -> bool:
    """Whether that interpreter finds the module; its parent packages are imported."""
    program = f"""
import importlib.util
try:
    print(importlib.util.find_spec({module!r}) is not None)
except ImportError:
    print(False)
"""
    return _output(python, "-c", program).strip() == "True"


@dataclass(frozen=True)
class Launch:
    """How a worker is started."""

    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)


def run_build(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> None:
    """Run a build step; when it fails, all that it wrote is in the error."""
    try:
        done = subprocess.run(
            list(command),
            cwd=folder,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
        )
    except OSError as error:
        raise BuildError(f"{command[0]} could not be started: {error}") from None
    if done.returncode != 0:
        output = (done.stdout + done.stderr).strip()
        raise BuildError(
            f"{shlex.join(command)} failed with exit status {done.returncode}:\n{output[-4000:]}"
        )


def build_once(
    env: BuildEnv,
    name: str,
    sources: Iterable[Path],
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run the command in its folder, unless just that was done after the sources changed."""
    stamp = env.build / f"{name}.stamp"
    signature = shlex.join(command)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == signature:
        built = stamp.stat().st_mtime
        if all(source.stat().st_mtime <= built for source in sources):
            return
    env.log(f"building the peer {name}")
    stamp.unlink(missing_ok=True)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    run_build(command, folder, environment)
    stamp.write_text(signature, encoding="utf-8")


def find_cxx() -> list[str]:
    """The C++ compiler as $CXX, which may carry flags, or the first one on PATH."""
    chosen = os.environ.get("CXX", "").split()
    if chosen:
        if shutil.which(chosen[0]) is None:
            raise Unavailable(f"$CXX names {chosen[0]!r}, which is not there")
        return chosen
    for name in ("g++", "clang++", "c++"):
        if shutil.which(name):
            return [name]
    raise Unavailable(
        "no C++ compiler: none of g++, clang++ and c++ is on PATH, and $CXX is not set"
    )


def find_julia(env: BuildEnv) -> Launch:
    """Julia as $JULIA, on PATH, or in the build folder, where it is fetched to if missing."""
    options = ["--startup-file=no", "-O3"]
    chosen = os.environ.get("JULIA") or shutil.which("julia")
    if chosen:
        if shutil.which(chosen) is None:
            raise Unavailable(f"$JULIA names {chosen!r}, which is not there")
        return Launch([chosen, *options])
    dependencies = env.root / "build" / "deps"
    tree = dependencies / "julia"
    if not (tree / "usr" / "bin" / "julia").is_file():
        fetch_julia(env, tree)
    libraries = sorted((tree / "usr" / "lib").glob("*-linux-gnu*"))
    # The tree's own libraries, but the host's C library: the tree's lib/ stays off the path.
    environment = {
        "LD_LIBRARY_PATH": os.pathsep.join(str(folder) for folder in libraries),
        "JULIA_DEPOT_PATH": str(dependencies / "julia-depot"),
    }
    return Launch([str(tree / "usr" / "bin" / "julia"), *options], environment)


def fetch_julia(env: BuildEnv, tree: Path) -> None:
    """Unpack Debian's last Julia into the build folder (about 10 s, 400 MB)."""
    script = env.root / "cmake" / "debian-tree.sh"
    if not script.is_file():
        raise Unavailable("no julia on PATH and $JULIA is not set")
    env.log("no julia on PATH: fetching Debian's into build/deps/julia (400 MB, once)")
    try:
        run_build(["sh", str(script), "bullseye", str(tree), "julia"], env.root)
    except BuildError as error:
        last = str(error).strip().splitlines()[-1]
        raise Unavailable(f"no julia on PATH, and it could not be fetched: {last}") from None
