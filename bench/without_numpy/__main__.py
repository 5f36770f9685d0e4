"""Run the benchmark without arrays: `python -m bench.without_numpy` from the repository's root."""

import sys

from bench.without_numpy.command import main

if __name__ == "__main__":
    sys.exit(main())
