"""Run the kernel benchmarks: `python -m bench.kernels` from the repository's root."""

import sys

from bench.kernels.command import main

if __name__ == "__main__":
    sys.exit(main())
