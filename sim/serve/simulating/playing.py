"""From what the simulating process is asked for to a world that is played."""

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import Final

from sim.errors import Problem, ScenarioError, SimError
from sim.lint.affordable import Conditions, Locate, announced
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import load_scenario
from sim.scenario.reading.variants import LoadedScenario
from sim.serve.protocol.said import FailedLine
from sim.serve.simulating import journal as journals
from sim.serve.simulating.commands import UnrepeatableError, repeatable, replay
from sim.serve.simulating.entries import stands_still
from sim.serve.simulating.journal import JOURNAL_FILE, Earlier, Journal, JournalLostError, at_line
from sim.serve.simulating.lines import Lines
from sim.serve.simulating.pace import Pace
from sim.serve.simulating.run_files import are_same, kept_scenario
from sim.serve.simulating.warming import warm_up
from sim.serve.simulating.worker import Worker
from sim.serve.simulating.world import FIRST_S, World

_NO_MEMORY: Final = "memory has run out: the scenario is too large for what this machine has free"


def play(asked: argparse.Namespace) -> int:
    """Play a scenario by commands on standard input; return the exit status.

    Args:
        asked: `scenario`, `speed`, `run_dir`, `resume`, `anyway` and `force`, see `__main__`.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server tells when to stop
    os.umask(0o077)  # configurations hold secrets: a run is for its owner's eyes
    lines = Lines()
    try:
        world, journal, is_paused = _begun(asked)
    except MemoryError:
        lines.write(FailedLine(failed=_NO_MEMORY))
        return 1
    except (SimError, OSError) as error:
        lines.write(FailedLine(failed=str(error)))
        return 1
    pace = Pace(asked.speed, world.at_s)
    pace.set(world.at_s, paused=is_paused)
    try:
        Worker(world, journal, pace, lines).play()
    except MemoryError:
        lines.write(FailedLine(failed=_NO_MEMORY))
        return 1
    except JournalLostError as error:
        lines.write(FailedLine(failed=str(error)))
        return 1
    return 0


def _begun(asked: argparse.Namespace) -> tuple[World, Journal, bool]:
    """Return the world as it is to be played from now on, its journal, whether time stands still.

    Raises:
        ScenarioError: The scenario, or the run to resume, cannot be used.
        OSError: A file cannot be read or written.
    """
    if asked.resume is not None:
        return _resumed(asked.resume, asked.scenario, asked)
    loaded = LoadedScenario.load(asked.scenario)
    scenario = loaded.scenario
    _admit(scenario, asked, located=loaded.located)
    journal = journals.begin(asked.run_dir, scenario)
    try:
        if journal.directory is not None:
            scenario = kept_scenario(journal.directory)
        warm_up(scenario)
        return World(scenario), journal, False
    except BaseException:
        journal.discard()
        raise


def _resumed(
    directory: Path, meant: Path | None, asked: argparse.Namespace
) -> tuple[World, Journal, bool]:
    earlier, journal = journals.resume(directory, anyway=asked.anyway)
    try:
        _admit(earlier.scenario, asked)
        if meant is not None:
            _require_same(meant, earlier.scenario, directory)
        warm_up(earlier.scenario)
        world = _replayed(directory, earlier, journal)
    except BaseException:
        journal.let_go()
        raise
    journal.sign()
    return world, journal, stands_still(earlier.entries, before=earlier.is_paused)


def _admit(
    scenario: Scenario, asked: argparse.Namespace, *, located: Locate = lambda error: error
) -> None:
    """Say how large a scenario is that is large: up to where it is drawn before it is served.

    Raises:
        ScenarioError: It is too large to begin with.
    """
    conditions = Conditions(drawn_s=FIRST_S, is_forced=asked.force)
    large = announced(scenario, conditions, located=located)
    if large is not None:
        sys.stderr.write(f"{large}\n")


def _require_same(meant: Path, kept: Scenario, directory: Path) -> None:
    if not are_same(load_scenario(meant), kept):
        message = f"{meant} is not the scenario of the run in {directory}"
        raise ScenarioError(Problem(message=message, rule="other-scenario"))


def _replayed(directory: Path, earlier: Earlier, journal: Journal) -> World:
    """Return the world to which a journal leads; of another version's, as far as it leads.

    Raises:
        ScenarioError: An entry of this version's cannot be carried out.
    """
    world = World(earlier.scenario)
    if earlier.is_other:
        entries = repeatable(world, earlier.entries)
        left_out = len(earlier.entries) - len(entries)
        if left_out:
            sys.stderr.write(f"{left_out} commands of the journal are refused now, and left out\n")
        journal.begin_anew(entries)
        return world
    try:
        replay(world, earlier.entries)
    except UnrepeatableError as error:
        path = directory / JOURNAL_FILE
        raise at_line(path, earlier.first_line + error.place, str(error)) from None
    return world
