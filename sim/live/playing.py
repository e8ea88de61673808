"""From what the simulating process is asked for to a world that is played."""

import argparse
import signal

from sim.errors import Problem, ScenarioError, SimError
from sim.live import journal as journals
from sim.live.commands import replay
from sim.live.journal import Journal
from sim.live.lines import Lines
from sim.live.pace import Pace
from sim.live.warming import warm_up
from sim.live.worker import Worker
from sim.live.world import World
from sim.scenario.loader import load_scenario


def play(asked: argparse.Namespace) -> int:
    """Play a scenario by commands on standard input; return the exit status.

    Args:
        asked: `scenario`, `speed`, `run_dir` and `resume`, see `sim.live.__main__`.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server tells when to stop
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


def _begun(asked: argparse.Namespace) -> tuple[World, Journal, bool]:
    """Return the world as it is to be played from now on, its journal, whether time stands still.

    Raises:
        ScenarioError: The scenario, or the run to resume, cannot be used.
        OSError: A file cannot be read or written.
    """
    if asked.resume is None:
        scenario = load_scenario(asked.scenario)
        lock = None if asked.run_dir is None else journals.claim(asked.run_dir)
        warm_up(scenario)
        world = World(scenario)
        return world, journals.begin(asked.run_dir, scenario, lock=lock), False
    earlier, journal = journals.resume(asked.resume)
    if asked.scenario is not None and load_scenario(asked.scenario) != earlier.scenario:
        message = f"{asked.scenario} is not the scenario of the run in {asked.resume}"
        raise ScenarioError(Problem(message=message, rule="other-scenario"))
    warm_up(earlier.scenario)
    world = World(earlier.scenario)
    return world, journal, replay(world, earlier.entries)
