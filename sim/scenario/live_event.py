"""An event that happens now, while the scenario is played: read and checked as in its timeline.

It comes from outside, so that it says less than a file may: no event makes the simulation read a
file, and none asks for demands that only requests known in advance can have.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sim.errors import ScenarioError
from sim.scenario.deployment import Deployment
from sim.scenario.findings import Finding, problems
from sim.scenario.loader import inspect, resolved
from sim.scenario.positions import DataPath, Document
from sim.scenario.scenario import Scenario
from sim.scenario.timeline import TimelineEvent

_WIRE: Final = "runtimeConfiguration"
"""What stands here is the API's object, which names no file; a variable may be called path."""
KINDS_REFUSED: Final = {
    "sequence": "gives request k its number k: how many requests will come is not known here",
    "linear": "is computed from a trace's columns: requests that are yet to come have none",
}
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
        ScenarioError: It is no event, names what is not there, or names a file or demands that
            are not drawn; the error holds every problem. No file that it names is looked at.
    """
    refused = list(_not_from_outside(event, ("timeline", 0)))
    if refused:
        raise ScenarioError(problems(refused, Document({"timeline": [event]})))
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


def _not_from_outside(value: Any, path: DataPath) -> Iterator[Finding]:
    """Yield what a file may say and an event from outside may not, wherever it stands."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _not_from_outside(item, (*path, number))
    elif isinstance(value, Mapping):
        if "path" in value:
            message = "names a file: an event that happens now takes values only, give values"
            yield Finding(path=(*path, "path"), message=message, rule="values-only")
        kind = value.get("kind")
        if isinstance(kind, str) and kind in KINDS_REFUSED:
            message = f"{KINDS_REFUSED[kind]}; give a value, a distribution or an empirical sample"
            yield Finding(path=(*path, "kind"), message=message, rule="drawn-only")
        for key, item in value.items():
            if key != _WIRE:
                yield from _not_from_outside(item, (*path, key))


def _concerned(event: Mapping[str, Any], deployments: Sequence[Deployment]) -> Sequence[Deployment]:
    """Return the deployment that an event names, or if it names none some to tell what there is.

    To check hundreds takes longer than anybody should wait for an event of one.
    """
    named = [one for one in deployments if one.name == event.get("deployment")]
    return named or deployments[:MOST_CHECKED]
