"""Run the main benchmark: `python -m bench.ode` from the repository's root."""

import sys

from bench.ode.command import main

if __name__ == "__main__":
    sys.exit(main())
