"""What is planned: one event of a timeline, or a PUT that is put into it; and the run without it.

*then* is the scenario with the event, *now* the same without. Of a timeline's own event, *now* is
also without what is asked of that deployment afterwards (replace, publish, disable, start), which
builds on it. A PUT from outside takes the place of everything that the timeline has for that
deployment from its instant on, in both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sim.errors import Problem, ScenarioError
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import (
    DisableEvent,
    PublishEvent,
    ReplaceEvent,
    StartEvent,
    TimelineEvent,
)
from sim.spans import span
from sim.wire.models import RuntimeConfiguration
from sim.wire.violations import suggestion

OwnEvent = ReplaceEvent | PublishEvent | DisableEvent | StartEvent
"""What people ask of a deployment; everything else of a timeline happens to it."""

Change = ReplaceEvent | PublishEvent
"""Events that can be planned."""


@dataclass(frozen=True, slots=True)
class Planned:
    """An event, the scenario with it, and the scenario without it.

    Attributes:
        deployment: Whose event it is.
        place: The event's place in the timeline of `then`.
        number: Its number, from 1, among the deployment's replace and publish events.
        now: The scenario without it.
        then: The scenario with it.
        is_put: Whether it came from outside the timeline.
        remarks: What was chosen or left out, a sentence each.
    """

    deployment: Deployment
    place: int
    number: int
    now: Scenario
    then: Scenario
    is_put: bool
    remarks: tuple[str, ...]

    @property
    def event(self) -> Change:
        """The event."""
        event = self.then.timeline[self.place]
        if not isinstance(event, Change):
            raise TypeError(f"{type(event).__name__} is nothing that is planned")
        return event


def planned_event(
    scenario: Scenario, *, deployment: str | None = None, number: int | None = None
) -> Planned:
    """Return a replace or publish of the scenario's own timeline.

    Args:
        scenario: The scenario.
        deployment: The name of the deployment whose events count; None: all of them.
        number: Which of them, from 1 in the order of time; None: there is one only.

    Raises:
        ScenarioError: There is none, or no such one; or there are several, which the message lists.
    """
    known = None if deployment is None else deployment_named(scenario, deployment)
    found = [
        (place, event)
        for place, event in _in_time(scenario.timeline)
        if isinstance(event, Change) and (known is None or event.deployment == known.name)
    ]
    listed = "; ".join(f"{n}: {told(event)}" for n, (_, event) in enumerate(found, start=1))
    if not found:
        whose = "" if deployment is None else f" of {deployment}"
        raise _refused(
            f"the timeline has no replace or publish{whose}: name a file with the body of a PUT",
            "no-event",
        )
    if number is None and len(found) > 1:
        raise _refused(f"which event is planned? --event N of {listed}", "which-event")
    if number is not None and not 1 <= number <= len(found):
        raise _refused(f"there is no event {number}, but {listed}", "which-event")
    place, event = found[(number or 1) - 1]
    later = [
        other
        for other_place, other in _in_time(scenario.timeline)
        if isinstance(other, OwnEvent)
        and other.deployment == event.deployment
        and (other.at_s, other_place) > (event.at_s, place)
    ]
    kept = tuple(other for other in scenario.timeline if other is not event and other not in later)
    remarks = [f"Planned is {told(event)}, of the timeline; now is without it"]
    if later:
        remarks.append(f"and without what follows: {', '.join(map(told, later))}")
    return Planned(
        deployment=deployment_named(scenario, event.deployment),
        place=place,
        number=_number_of(scenario, place),
        now=scenario.model_copy(update={"timeline": kept}),
        then=scenario,
        is_put=False,
        remarks=(", ".join(remarks) + ".",),
    )


def planned_put(
    scenario: Scenario,
    configuration: RuntimeConfiguration,
    deployment: Deployment,
    at_s: float | None = None,
) -> Planned:
    """Return a PUT from outside, put into the scenario's timeline.

    Args:
        scenario: The scenario.
        configuration: The complete new configuration.
        deployment: Whose.
        at_s: When; None: `default_at_s`.

    Raises:
        ScenarioError: The instant is not before the end of the run.
    """
    remarks = []
    if at_s is None:
        at_s, why = default_at_s(scenario, deployment)
        remarks.append(f"The PUT comes at {span(at_s)}, {why}; --at gives another instant.")
    if not 0 <= at_s < scenario.horizon_s:
        raise _refused(
            f"the PUT must come before the end of the run, {span(scenario.horizon_s)}", "at", "--at"
        )
    dropped = [
        event
        for _, event in _in_time(scenario.timeline)
        if getattr(event, "deployment", None) == deployment.name and event.at_s >= at_s
    ]
    kept = [event for event in scenario.timeline if event not in dropped]
    place = sum(event.at_s <= at_s for event in kept)
    put = ReplaceEvent(at_s=at_s, deployment=deployment.name, runtime_configuration=configuration)
    ordered = [event for _, event in _in_time(kept)]
    then = scenario.model_copy(update={"timeline": (*ordered[:place], put, *ordered[place:])})
    if dropped:
        remarks.append(f"Left out of both: {', '.join(map(told, dropped))}.")
    return Planned(
        deployment=deployment,
        place=place,
        number=_number_of(then, place),
        now=scenario.model_copy(update={"timeline": tuple(ordered)}),
        then=then,
        is_put=True,
        remarks=tuple(remarks),
    )


def default_at_s(scenario: Scenario, deployment: Deployment) -> tuple[float, str]:
    """Return when a PUT comes for which nobody has given an instant, and why then.

    Where the timeline changes the deployment for the first time, since that is what the scenario is
    made for; else after a quarter of the measured time, so that there is a before and an after.
    """
    for _, event in _in_time(scenario.timeline):
        if isinstance(event, Change) and event.deployment == deployment.name:
            return event.at_s, f"where the timeline has its {event.event}"
    measured_s = scenario.horizon_s - scenario.warm_up_s
    return scenario.warm_up_s + measured_s / 4, "after a quarter of the measured time"


def put_target(scenario: Scenario, deployment: str | None) -> Deployment:
    """Return the deployment that a PUT is meant for: the one that is named, or the only one.

    Raises:
        ScenarioError: There is none of that name, or there are several and none is named.
    """
    if deployment is not None:
        return deployment_named(scenario, deployment)
    if len(scenario.deployments) != 1:
        names = ", ".join(one.name for one in scenario.deployments)
        raise _refused(
            f"which deployment is the PUT meant for? --deployment NAME of {names}",
            "which-deployment",
        )
    return scenario.deployments[0]


def deployment_named(scenario: Scenario, name: str) -> Deployment:
    """Return the deployment of a name.

    Raises:
        ScenarioError: There is none; the message suggests the nearest.
    """
    for deployment in scenario.deployments:
        if deployment.name == name:
            return deployment
    names = [one.name for one in scenario.deployments]
    raise _refused(
        f"no deployment is named {name!r}{suggestion(name, names)}",
        "unknown-deployment",
        "--deployment",
    )


def before(
    scenario: Scenario, deployment: Deployment, at_s: float, place: int | None = None
) -> Iterator[OwnEvent]:
    """Yield what is asked of a deployment before an instant, in the order of time.

    Args:
        scenario: The scenario.
        deployment: Whose events.
        at_s: Up to when, itself left out.
        place: Of an event at that very instant: those that stand before it count too.
    """
    for other_place, event in _in_time(scenario.timeline):
        is_earlier = event.at_s < at_s or (
            place is not None and event.at_s == at_s and other_place < place
        )
        if is_earlier and isinstance(event, OwnEvent) and event.deployment == deployment.name:
            yield event


def told(event: TimelineEvent) -> str:
    """Return an event in words: "the replace of ranker at 10 min"."""
    return f"the {event.event} of {getattr(event, 'deployment', 'a queue')} at {span(event.at_s)}"


def _number_of(scenario: Scenario, place: int) -> int:
    event = scenario.timeline[place]
    own = [
        other_place
        for other_place, other in _in_time(scenario.timeline)
        if isinstance(other, Change) and other.deployment == getattr(event, "deployment", None)
    ]
    return own.index(place) + 1


def _in_time(timeline: Sequence[TimelineEvent]) -> list[tuple[int, TimelineEvent]]:
    return sorted(enumerate(timeline), key=lambda pair: (pair[1].at_s, pair[0]))


def _refused(message: str, rule: str, option: str | None = None) -> ScenarioError:
    return ScenarioError(
        Problem(message=message, rule=rule, path=() if option is None else (option,))
    )
