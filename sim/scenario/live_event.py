"""An event that happens now, while the scenario is played: read and checked as in its timeline."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sim.errors import ScenarioError
from sim.scenario.deployment import Deployment
from sim.scenario.findings import problems
from sim.scenario.loader import inspect, resolved
from sim.scenario.positions import Document
from sim.scenario.scenario import Scenario
from sim.scenario.timeline import TimelineEvent

MOST_CHECKED: Final = 20
"""Deployments that are looked at for an event that concerns none."""


def read_event(
    event: Mapping[str, Any],
    *,
    at_s: float,
    scenario: Scenario,
    deployments: Sequence[Deployment],
) -> TimelineEvent:
    """Return the event in *event*, a timeline's entry without its instant.

    Args:
        event: By the file's keys, quantities with units.
        at_s: When it happens.
        scenario: The scenario that is played.
        deployments: Those that there are by now.

    Raises:
        ScenarioError: It is no event, or names what is not there; the error holds every problem.
    """
    bare = [one.model_copy(update={"traffic": ()}) for one in _concerned(event, deployments)]
    data = resolved(scenario.model_copy(update={"deployments": tuple(bare)}))
    data |= {
        "horizon": f"{at_s + 1!r}s",
        "warm_up": "0s",
        "timeline": [{**event, "at": f"{at_s!r}s"}],
    }
    found_scenario, findings = inspect(data, base_dir=scenario.base_dir)
    if found_scenario is None or findings:
        raise ScenarioError(problems(findings, Document(data)))
    return found_scenario.timeline[0]


def _concerned(event: Mapping[str, Any], deployments: Sequence[Deployment]) -> Sequence[Deployment]:
    """Return the deployment that an event names, or if it names none some to tell what there is.

    To check hundreds takes longer than anybody should wait for an event of one.
    """
    named = [one for one in deployments if one.name == event.get("deployment")]
    return named or deployments[:MOST_CHECKED]
