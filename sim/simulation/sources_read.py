"""Whether the files of a scenario's traffic can be read as a run will read them.

Reads them whole, which checking a scenario does not: what is refused here is what the run would
refuse, in the same words.
"""

from collections.abc import Iterator
from dataclasses import replace

from sim.errors import Problem, ScenarioError
from sim.scenario.models.computed import FromColumns
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.intervals import IntervalTraffic
from sim.scenario.models.samples import InOrder
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.source import FileSource
from sim.scenario.models.source_demands import demands_of
from sim.scenario.models.traffic import TraceTraffic, WindowsTraffic
from sim.scenario.reading.validation import Validation
from sim.workload.demands import DEADLINE, QUANTITIES, demand, drawn
from sim.workload.sources import SourceArrivals, SourceStreams


def with_sources_read(found: Validation) -> Validation:
    """Return what there is to say about a file, with the files of a valid scenario read whole."""
    if found.scenario is None:
        return found
    problems = tuple(unreadable_sources(found.scenario))
    return replace(found, problems=problems, scenario=None) if problems else found


def files_of_sources(scenario: Scenario) -> tuple[str, ...]:
    """Return the files of requests and rates that a scenario names, as it names them, each once."""
    named = (
        source.path
        for deployment in scenario.deployments
        for source in deployment.traffic
        if isinstance(source, WindowsTraffic | IntervalTraffic | TraceTraffic)
    )
    return tuple(dict.fromkeys(path for path in named if path is not None))


def unreadable_sources(scenario: Scenario) -> Iterator[Problem]:
    """Yield what is wrong in the files of requests and rates that a valid scenario names.

    A fault that several demands meet is yielded once.
    """
    seen: set[Problem] = set()
    for owner, deployment in enumerate(scenario.deployments):
        for number, source in enumerate(deployment.traffic):
            if isinstance(source, FileSource):
                for problem in _of_source(scenario, deployment, owner, number):
                    if problem not in seen:
                        seen.add(problem)
                        yield problem


def _of_source(
    scenario: Scenario, deployment: Deployment, owner: int, number: int
) -> Iterator[Problem]:
    source = deployment.traffic[number]
    asked = [
        (quantity, demands)
        for _, demands in demands_of(scenario, owner, number)
        for quantity in QUANTITIES
        if isinstance(getattr(demands, quantity), FromColumns | InOrder)
    ]
    laws = [getattr(demands, quantity) for quantity, demands in asked]
    columns = {name for law in laws if isinstance(law, FromColumns) for name in law.columns}
    streams = SourceStreams(seed=scenario.seed, deployment=deployment.name, source=source.name)
    try:
        arrivals = SourceArrivals(
            source,
            streams=streams,
            horizon_s=scenario.horizon_s,
            start=scenario.start,
            wanted=columns,
        )
    except ScenarioError as error:
        yield from error.problems
        return
    for quantity, demands in asked:
        try:
            demand(arrivals, quantity, demands)
        except ScenarioError as error:
            yield from error.problems
    deadline = deployment.client.deadline_s
    if isinstance(deadline, InOrder):
        try:
            drawn(deadline, arrivals, DEADLINE)
        except ScenarioError as error:
            yield from error.problems
