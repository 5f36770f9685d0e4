"""The job first_result: a program that imports an array type and prints the first result.

Its arguments are the type's module, its name, and the numbers of a, b, and s. It imports little
else: what it takes beyond the start of the interpreter is the array type's.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Any


def result(array: Any, numbers: Sequence[float]) -> Any:
    a, b, s = array(numbers[:4]), array(numbers[4:8]), numbers[8]
    if array is list:  # the floor
        return [x * s + y for x, y in zip(a, b)]
    return a * s + b


if __name__ == "__main__":
    found = getattr(importlib.import_module(sys.argv[1]), sys.argv[2])
    numbers = [float(word) for word in sys.argv[3:]]
    print(*map(float, result(found, numbers)))
