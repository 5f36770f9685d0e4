"""Run the profiler: `python -m bench.ode.profile METHOD` from the repository's root."""

import sys

from bench.ode.profile.command import main

if __name__ == "__main__":
    sys.exit(main())
