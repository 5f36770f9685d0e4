# SPDX-License-Identifier: BSD-3-Clause
"""Functions of a module, which workers import."""

import math
import os
import time

from piconumpy import jit


@jit
def pendulum(t, y, length, damping):
    return [y[1], -9.81 / length * math.sin(y[0]) - damping * y[1]]


def plain_pendulum(t, y, length, damping):
    return pendulum.__wrapped__(t, y, length, damping)


@jit
def limited(t, y, limit):
    return [math.sqrt(limit - t) - y[0]]


def deadly(t, y, number):
    """Kills its process at member 150, unless a file says that it has done so before."""
    marker = os.environ["PICONUMPY_TEST_MARKER"]
    if number == 150.0 and not os.path.exists(marker):
        with open(marker, "w"):
            pass
        time.sleep(0.3)  # so that other chunks are stored
        os.kill(os.getpid(), 9)
    return [-number * 0.01 * y[0]]


def with_functions_inside(t, y):
    def half(x):
        return 0.5 * x

    return [half(number) for number in y]
