"""Run the benchmark of integrators: `python -m bench.integrate` from the repository's root."""

import sys

from bench.integrate.command import main

if __name__ == "__main__":
    sys.exit(main())
