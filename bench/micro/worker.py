"""A Python row of the microbenchmarks.

The problem is `JOB COUNT number ...`; `states` answers with the job's result.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from bench.harness import serve
from bench.micro import jobs


class Row:
    """One job, ready to run."""

    def __init__(self, array: Any, module: Any, words: list[str]) -> None:
        numbers = [float(word) for word in words[2:]]
        self.solve = jobs.prepare(words[0], int(words[1]), numbers, array, module)
        try:
            self.solve()
        except (AttributeError, NotImplementedError, TypeError) as error:
            raise jobs.CannotDo(str(error)) from None

    def states(self) -> list[list[float]]:
        return [jobs.components(self.solve())]


def make_row(options: argparse.Namespace, words: list[str]) -> Row:
    array = serve.load_array(options.array)
    return Row(array, sys.modules[options.array.partition(":")[0]], words)


if __name__ == "__main__":
    serve.main(make_row)
