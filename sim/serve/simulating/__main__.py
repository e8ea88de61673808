"""Start the simulating process: ``python -m sim.serve.simulating SCENARIO --speed N|max``.

The server starts it; people use ``sim serve``. It is bound to the server before anything heavy is
imported, so that it does not outlive it even then.
"""

import argparse
import sys
from pathlib import Path
from typing import Literal

from sim.serve.simulating.lifeline import end_with


def _speed(text: str) -> float | Literal["max"]:
    return "max" if text == "max" else float(text)


def main() -> int:
    """Read the arguments, be bound to the parent, play; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m sim.serve.simulating", description=__doc__)
    parser.add_argument("scenario", type=Path, nargs="?")
    parser.add_argument("--speed", type=_speed, default=1.0)
    parser.add_argument("--run-dir", type=Path)
    parser.add_argument("--resume", type=Path)
    parser.add_argument("--anyway", action="store_true", help="resume another version's run")
    parser.add_argument("--force", action="store_true", help="begin even what is too large here")
    parser.add_argument("--parent", type=int, help="end when this process ends")
    asked = parser.parse_args()
    if asked.parent is not None:
        end_with(asked.parent)
    from sim.serve.simulating.playing import play  # noqa: PLC0415 - heavy, see above

    return play(asked)


if __name__ == "__main__":
    sys.exit(main())
