"""Start the simulating process: ``python -m sim.live SCENARIO --speed N|max``.

The server starts it; people use ``sim serve``.
"""

import argparse
import signal
import sys
from pathlib import Path

from sim.errors import Problem, ScenarioError, SimError
from sim.live import journal as journals
from sim.live.commands import replay
from sim.live.journal import Journal
from sim.live.lines import Lines
from sim.live.pace import Pace, Speed
from sim.live.warming import warm_up
from sim.live.worker import Worker
from sim.live.world import World
from sim.scenario.loader import load_scenario


def _speed(text: str) -> Speed:
    return "max" if text == "max" else float(text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sim.live", description=__doc__)
    parser.add_argument("scenario", type=Path, nargs="?")
    parser.add_argument("--speed", type=_speed, default=1.0)
    parser.add_argument("--run-dir", type=Path)
    parser.add_argument("--resume", type=Path)
    return parser.parse_args()


def _begun(asked: argparse.Namespace) -> tuple[World, Journal, bool]:
    """Return the world as it is to be played from now on, its journal, whether time stands still.

    Raises:
        ScenarioError: The scenario, or the run to resume, cannot be used.
        OSError: A file cannot be read or written.
    """
    if asked.resume is None:
        scenario = load_scenario(asked.scenario)
        warm_up(scenario)
        world = World(scenario)
        return world, journals.begin(asked.run_dir, scenario), False
    earlier, journal = journals.resume(asked.resume)
    if asked.scenario is not None and load_scenario(asked.scenario) != earlier.scenario:
        message = f"{asked.scenario} is not the scenario of the run in {asked.resume}"
        raise ScenarioError(Problem(message=message, rule="other-scenario"))
    warm_up(earlier.scenario)
    world = World(earlier.scenario)
    return world, journal, replay(world, earlier.entries)


def main() -> int:
    """Play a scenario by commands on standard input; return the exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server tells when to stop
    asked = _arguments()
    lines = Lines()
    try:
        world, journal, is_paused = _begun(asked)
    except (SimError, OSError) as error:
        lines.write({"failed": str(error)})
        return 1
    pace = Pace(asked.speed, world.at_s)
    pace.set(world.at_s, paused=is_paused)
    Worker(world, journal, pace, lines).play()
    return 0


if __name__ == "__main__":
    sys.exit(main())
