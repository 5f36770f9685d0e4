# SPDX-License-Identifier: BSD-3-Clause
"""The strange attractor of sleds on a bumpy board: E. N. Lorenz, "The Essence of Chaos" (1993).

Sleds start side by side and slide down a slope whose moguls repeat every 10 m along the slope and
every 4 m across it. Each row of moguls later, a picture of where they are across the slope, and how
fast they move across it, is a cut through the attractor (a Poincare section). Here the way down the
slope takes the place of time, so that each cut is a time of `t_eval`.

    python docs/attractor.py [--sleds 100000] [--rows 20] [--output docs/attractor.png]
"""

import argparse
import concurrent.futures
import math
import time

import numpy as np

from piconumpy import jit
from piconumpy.integrate import solve_ensemble

GRAVITY, FRICTION, SLOPE, HEIGHT = 9.81, 0.5, 0.25, 0.5
P, Q = 2 * math.pi / 10.0, 2 * math.pi / 4.0
START = 10.0  # m down the slope, where the speed is that of a straight ride


@jit(fastmath=True)
def sled(x, state):
    """d(y, u, v)/dx: the place across the slope (m), and the speeds down and across it (m/s)."""
    y, u, v = state
    sin_x, cos_x, sin_y, cos_y = math.sin(P * x), math.cos(P * x), math.sin(Q * y), math.cos(Q * y)
    h_x = -SLOPE + HEIGHT * P * sin_x * cos_y
    h_y = HEIGHT * Q * cos_x * sin_y
    h_xx = HEIGHT * P * P * cos_x * cos_y
    h_yy = HEIGHT * Q * Q * cos_x * cos_y
    h_xy = -HEIGHT * P * Q * sin_x * sin_y
    bend = h_xx * u * u + 2 * h_xy * u * v + h_yy * v * v
    force = (GRAVITY + bend) / (1 + h_x * h_x + h_y * h_y)
    return [v / u, (-force * h_x - FRICTION * u) / u, (-force * h_y - FRICTION * v) / u]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sleds", type=int, default=100_000, help="how many (100000)")
    parser.add_argument("--rows", type=int, default=20, help="rows of moguls to the cut (20)")
    parser.add_argument("--output", default="docs/attractor.png", help="the picture")
    options = parser.parse_args()

    across = np.linspace(-2.0, 2.0, options.sleds, endpoint=False)
    states = np.column_stack([across, np.full_like(across, 3.5), np.zeros_like(across)])
    cut = START + 10.0 * options.rows
    begin = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor() as executor:
        found = solve_ensemble(
            sled, (START, cut), states, rtol=1e-6, atol=1e-6, executor=executor, progress=True
        )
    seconds = time.perf_counter() - begin
    print(f"{options.sleds} sleds, {found.nfev.sum():,} right-hand sides in {seconds:.2f} s")
    y, _, v = found.y[found.success].T

    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 5), dpi=150, layout="constrained")
    axes.plot((y + 2) % 4 - 2, v, ",", color="black", alpha=0.5)
    axes.set(
        xlabel="across the slope, modulo 4 m (m)",
        ylabel="speed across the slope (m/s)",
        title=f"{options.sleds} sleds after {options.rows} rows of moguls",
        xlim=(-2, 2),
    )
    figure.savefig(options.output)
    print(f"wrote {options.output}")


if __name__ == "__main__":
    main()
