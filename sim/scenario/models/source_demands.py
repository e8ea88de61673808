"""What the requests of a source may ask for in a run, later versions of the model included."""

from collections.abc import Iterator

from sim.errors import DataPath
from sim.scenario.models.quantities import RequestDemands
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import PublishEvent


def demands_of(
    scenario: Scenario, owner: int, number: int
) -> Iterator[tuple[DataPath, RequestDemands]]:
    """Yield what requests of a source may ask for in a run, each with its path.

    Args:
        scenario: The scenario.
        owner: The place of the source's deployment.
        number: The place of the source in the deployment's traffic.
    """
    deployment = scenario.deployments[owner]
    own = deployment.traffic[number].demands
    if own is not None:
        yield ("deployments", owner, "traffic", number, "demands"), own
        return
    yield ("deployments", owner, "request"), deployment.request
    for place, event in enumerate(scenario.timeline):
        if (
            isinstance(event, PublishEvent)
            and event.deployment == deployment.name
            and event.request is not None
        ):
            yield ("timeline", place, "request"), event.request
