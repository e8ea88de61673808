"""An event that happens now, while the scenario is played: read and checked as in its timeline.

It comes from outside, so that it says less than a file may: no event makes the simulation read a
file, and none asks for demands that only requests known in advance can have.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sim.errors import ScenarioError
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.file_form import resolved
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import TimelineEvent
from sim.scenario.reading.document import Document
from sim.scenario.reading.loader import inspect
from sim.scenario.reading.whole_replaces import WHOLE, whole_replaces
from sim.scenario.rules.from_outside import outside_problems
from sim.scenario.rules.names import names_of
from sim.wire.models import RuntimeConfiguration

_AROUND: Final = ("start", "platform", "queues", "deployments", "new_deployments")
"""What an event is checked against, as it was read with the scenario."""

MOST_CHECKED: Final = 20
"""Deployments that are looked at for an event that concerns none."""


def read_event(
    event: Mapping[str, Any],
    *,
    at_s: float,
    scenario: Scenario,
    deployments: Sequence[Deployment],
    standing: Mapping[str, RuntimeConfiguration],
) -> TimelineEvent:
    """Return the event in *event*, a timeline's entry without its instant.

    Args:
        event: By the file's keys, quantities with units.
        at_s: When it happens.
        scenario: The scenario that is played.
        deployments: Those that there are by now.
        standing: The configuration that each has by now, by name: what a `set` is merged over.

    Raises:
        ScenarioError: It is no event, names what is not there, or names a file or demands that
            are not drawn; the error holds every problem. No file that it names is looked at.
    """
    refused = list(outside_problems(event, ("timeline", 0)))
    if refused:
        raise ScenarioError(Document({"timeline": [event]}).located(refused))
    bare = [one.model_copy(update={"traffic": ()}) for one in _concerned(event, deployments)]
    around = scenario.model_copy(update={"deployments": tuple(bare), "timeline": ()})
    named = [{"name": one.name, WHOLE: standing[one.name].to_wire()} for one in bare]
    written = {"deployments": named, "timeline": [{**event, "at": f"{at_s!r}s"}]}
    whole = whole_replaces(Document(written))
    own = {
        "horizon": f"{at_s + 1!r}s",
        "warm_up": "0s",
        "timeline": whole.document.data["timeline"],
    }
    read = {name: getattr(around, name) for name in _AROUND}
    found_scenario, found = inspect(
        names_of(around) | own,
        base_dir=scenario.base_dir,
        partly_read={"name": scenario.name, "rules": scenario.rules, **read, **own},
    )
    problems = whole.told(found)
    if found_scenario is None or problems:
        raise ScenarioError(Document(resolved(around) | own).located(problems))
    return found_scenario.timeline[0]


def _concerned(event: Mapping[str, Any], deployments: Sequence[Deployment]) -> Sequence[Deployment]:
    """Return the deployment that an event names, or if it names none some to tell what there is.

    To check hundreds takes longer than anybody should wait for an event of one.
    """
    named = [one for one in deployments if one.name == event.get("deployment")]
    return named or deployments[:MOST_CHECKED]
