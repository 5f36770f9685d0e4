"""Run the benchmark of programs: `python -m bench.programs` from the repository's root."""

import sys

from bench.programs.command import main

if __name__ == "__main__":
    sys.exit(main())
