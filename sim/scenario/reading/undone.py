"""Values that were set for a deployment and that a later replace of it sets to something else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import ReplaceEvent
from sim.scenario.reading.overrides import read_override
from sim.scenario.reading.whole_replaces import WHOLE
from sim.scenario.rules.located import value_at


@dataclass(frozen=True, slots=True)
class Undone:
    """A value that does not hold to the end of the run.

    Attributes:
        target: Which, as it was given.
        event: The place in the timeline of the first replace that has another value, from 0.
        at_s: When that happens.
    """

    target: str
    event: int
    at_s: float


def undone(scenario: Scenario, overrides: Sequence[str]) -> Iterator[Undone]:
    """Yield which of the values that made *scenario* a later replace undoes.

    A replace undoes it by a complete configuration with another value, or without one, and by
    saying that this changes. What is set everywhere is not undone.

    Args:
        scenario: With the values set.
        overrides: ``PATH=VALUE`` each.

    Raises:
        ScenarioError: They are not such words, of which no scenario has been made.
    """
    names = [deployment.name for deployment in scenario.deployments]
    for override in overrides:
        target, steps, _, is_everywhere = read_override(override, names)
        if is_everywhere or steps[0] != "deployments" or steps[2:3] != [WHOLE]:
            continue
        name = steps[1]
        place = names.index(name) if name in names else int(name)
        deployment = scenario.deployments[place]
        was_set = value_at(deployment.runtime_configuration.to_wire(), tuple(steps[3:]))
        found = [
            (event.at_s, number)
            for number, event in enumerate(scenario.timeline)
            if isinstance(event, ReplaceEvent)
            and event.deployment == deployment.name
            and value_at(event.runtime_configuration.to_wire(), tuple(steps[3:])) != was_set
        ]
        if found:
            at_s, number = min(found, key=itemgetter(0))
            yield Undone(target, number, at_s)
