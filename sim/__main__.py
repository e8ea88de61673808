"""`python -m sim` and the console command `sim`: the same entry."""

import sys

from sim.cli.main import run


def main() -> int:
    """Run the command line that Python was started with and return its exit status."""
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
