"""Run the microbenchmarks: `python -m bench.micro` from the repository's root."""

import sys

from bench.micro.command import main

if __name__ == "__main__":
    sys.exit(main())
