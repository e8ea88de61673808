"""Demands from columns of a trace that are called as response times are."""

from collections.abc import Iterator

from sim.errors import DataPath
from sim.recordings.response_times import sounds_like_response
from sim.scenario.models.computed import FromColumns
from sim.scenario.models.quantities import RequestDemands
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.source_demands import demands_of
from sim.scenario.models.traffic import TraceTraffic


def response_demands(
    scenario: Scenario, owner: int, number: int
) -> Iterator[tuple[DataPath, tuple[str, ...]]]:
    """Yield the path of each demand of a source that has such columns, with these.

    Args:
        scenario: The scenario.
        owner: The place of the source's deployment.
        number: The place of the source in the deployment's traffic.
    """
    if not isinstance(scenario.deployments[owner].traffic[number], TraceTraffic):
        return
    for path, demands in demands_of(scenario, owner, number):
        for name in ("wait_s", "cpu_s", "gpu_s"):
            law = getattr(demands, name)
            if isinstance(law, FromColumns):
                columns = tuple(filter(sounds_like_response, law.columns))
                if columns:
                    yield (*path, RequestDemands.model_fields[name].alias or name), columns


def response_columns(scenario: Scenario, owner: int, number: int) -> tuple[str, ...]:
    """Return the columns of all `response_demands`, each once, in their order."""
    found = response_demands(scenario, owner, number)
    return tuple(dict.fromkeys(column for _, columns in found for column in columns))
