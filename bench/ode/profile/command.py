"""The command that profiles a row of the main benchmark and draws its calls."""

from __future__ import annotations

import argparse
import os
import pstats
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.harness import command_line, report
from bench.harness.command_line import log
from bench.harness.workers import Worker, WorkerError
from bench.ode.sleds import DT_S, Problem, initial_states
from bench.peers.table import Peer, has_array, peers_of
from bench.peers.tools import BuildEnv, BuildError, Unavailable

NAME = "ode.profile"


def methods() -> dict[str, Peer]:
    """The rows of the main benchmark that run Python with an array type, by name."""
    return {peer.name: peer for peer in peers_of("ode") if has_array(peer)}


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    known = methods()
    parser = argparse.ArgumentParser(
        prog=f"python -m bench.{NAME}",
        description="Profile the main benchmark with one row's array type, and draw the calls.",
        epilog="The methods are: " + ", ".join(known),
    )
    add = parser.add_argument
    add("method", metavar="METHOD", nargs="?", default="", help="the row to profile")
    add("--sleds", type=command_line.positive, default=10, help="how many sleds (10)")
    add("--steps", type=command_line.positive, default=200, help="steps for each sled (200)")
    command_line.add_python(parser)
    command_line.add_output(parser)
    options = parser.parse_args(arguments)
    if options.method not in known:
        problem = f"unknown method {options.method!r}" if options.method else "no method named"
        parser.error(f"{problem}; the methods are: {', '.join(known)}")
    options.peer = known[options.method]
    return options


def find_dot() -> str:
    """Graphviz's program."""
    found = shutil.which("dot")
    if found is None:
        raise Unavailable("no program dot on PATH: install Graphviz (Debian's package: graphviz)")
    return found


def collect(options: argparse.Namespace, env: BuildEnv, statistics: Path) -> None:
    """Run the row in the measured interpreter: once to warm up, once under the profile."""
    launch = options.peer.launch(env, NAME)
    statistics.parent.mkdir(parents=True, exist_ok=True)
    environment = {**launch.environment, "PROFILE_STATISTICS": str(statistics)}
    with Worker(launch.command, environment=environment, folder=env.root) as worker:
        worker.prepare(Problem(options.steps, DT_S, initial_states(options.sleds, 1)).line())
        worker.numbers("states", 4 * options.sleds)
        worker.run(1)


def draw(statistics: Path, dot: str) -> bytes:
    """The calls as an SVG picture: gprof2dot describes the graph, dot draws it."""
    # Every function counts, in a program that has a handful.
    limits = ["--node-thres=0.1", "--edge-thres=0.1"]
    graph = [sys.executable, "-m", "gprof2dot", "--format=pstats", *limits, str(statistics)]
    drawn = b""
    for command in (graph, [dot, "-Tsvg"]):
        done = subprocess.run(command, input=drawn, capture_output=True)
        if done.returncode != 0:
            words = done.stderr.decode(errors="replace").strip()
            raise BuildError(f"{command[0]} failed: {words[-2000:]}")
        drawn = done.stdout
    return drawn


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    env = BuildEnv(python=options.python, log=log)
    statistics = env.root / "build" / "profile" / f"{options.method}.pstats"
    try:
        dot = find_dot()
        # CPython's pictures have the plain name.
        implementation = env.facts.implementation
        mark = "" if implementation == "cpython" else f"-{implementation}"
        picture = options.output / f"profile-{options.method}{mark}.svg"
        collect(options, env, statistics)
        report.write_atomically(picture, draw(statistics, dot))
    except (Unavailable, BuildError) as error:
        problem = str(error)
    except WorkerError as error:
        problem = f"the worker of {options.method} {error}"
    except OSError as error:
        problem = f"the picture could not be written: {error}"
    else:
        pstats.Stats(str(statistics)).strip_dirs().sort_stats("tottime").print_stats(12)
        log(f"wrote {os.path.relpath(picture)}")
        return 0
    log(f"error: {problem}")
    return 1
