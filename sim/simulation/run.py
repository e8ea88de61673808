"""A whole run in one call: from a scenario to its raw record, or to its result."""

from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING

from sim.record import Record
from sim.scenario.models.scenario import Scenario
from sim.scenario.rules.check import check_scenario
from sim.simulation.options import Engine, Keep
from sim.simulation.simulation import Simulation

if TYPE_CHECKING:
    from sim.results.result import Result

_PROGRESS_STEPS = 200


def simulate(
    scenario: Scenario,
    *,
    seed: int | None = None,
    engine: Engine = "vectorised",
    keep: Keep = "attempts",
    progress: Callable[[float], None] | None = None,
) -> "Result":
    """Run `scenario` and return what happened, with its tables, summary and picture.

    Args:
        scenario: As `sim.load_scenario` returns it.
        seed: Instead of the scenario's own seed.
        engine: The request engine.
        keep: "summary" drops attempts when they are over: no table of requests, and quantiles with
            the relative error that the summary states (`quantile_relative_error`).
        progress: Called from time to time with how much of the run is done, from 0 to 1; see
            `Simulation.done_ratio`.

    Raises:
        ScenarioError: Fields of a scenario that was built in Python contradict each other, or a
            file that it names cannot be read or used, or has no row that lies in the run.
        TypeError: It is no scenario, but a path, text or data.
    """
    _require_scenario(scenario)
    check_scenario(scenario)
    from sim.results.result import Result  # noqa: PLC0415 - a record alone needs no tables

    return Result(simulate_record(scenario, seed=seed, engine=engine, keep=keep, progress=progress))


def _require_scenario(given: object) -> None:
    """Return if what `simulate` is given is a scenario.

    Raises:
        TypeError: It is not; the message says how to make one of it.
    """
    if isinstance(given, Scenario):
        return
    words = f"a scenario, not {type(given).__name__}"
    if isinstance(given, str | PurePath) and "\n" not in str(given):
        words += f": simulate(load_scenario({str(given)!r}))"
    elif isinstance(given, str | Mapping):
        words += ": simulate(parse_scenario(...)) takes text and data"
    else:
        words += ": load_scenario(path) and parse_scenario(text) return one"
    raise TypeError(f"simulate takes {words}")


def simulate_record(
    scenario: Scenario,
    *,
    seed: int | None = None,
    engine: Engine = "vectorised",
    keep: Keep = "attempts",
    progress: Callable[[float], None] | None = None,
) -> Record:
    """Run `scenario` and return the raw record; see `simulate`."""
    simulation = Simulation(scenario, seed=seed, engine=engine, keep=keep)
    simulation.require_rows()
    steps = 1 if progress is None else _PROGRESS_STEPS
    for step in range(steps):
        if progress is not None:
            progress(simulation.done_ratio)
        simulation.advance(scenario.horizon_s * (step + 1) / steps)
    if progress is not None:
        progress(simulation.done_ratio)
    record = simulation.finish()
    simulation.let_go()
    return record
