"""Which fields an event changes, old against new, every default filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sim.scenario.models.deployment import Deployment
from sim.scenario.models.file_form import resolved
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import PublishEvent, ReplaceEvent
from sim.scenario.reading.differences import Change, differences
from sim.studies.plans.planned import Planned, before
from sim.wire.memory import MemoryTextError, parse_memory
from sim.wire.models import Duration, RuntimeConfiguration
from sim.wire.normal import DEFAULT_CPU, DEFAULT_MEMORY, DEFAULT_SCALING, DEFAULT_THREAD_COUNT

OF_A_VERSION: Final = ("image", "model_load", "model_memory")
"""What a publish may change of how replicas start, as files have it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for a deployment just before an event.

    Attributes:
        configuration: The one that was asked for last.
        is_enabled: Whether it is to have replicas.
    """

    configuration: RuntimeConfiguration
    is_enabled: bool


def standing(
    scenario: Scenario, deployment: Deployment, at_s: float, place: int | None = None
) -> Standing:
    """Return what holds for a deployment just before an instant, or before an event at it."""
    configuration = deployment.runtime_configuration
    is_enabled = deployment.initial.kind != "disabled"
    for event in before(scenario, deployment, at_s, place):
        match event:
            case ReplaceEvent():
                configuration = event.runtime_configuration
            case PublishEvent():
                pass
            case _:
                is_enabled = event.event == "start"
    return Standing(configuration, is_enabled)


def changes(planned: Planned) -> tuple[Change, ...]:
    """Return the fields that the event of a plan changes: of the configuration, or of the model.

    Values that mean the same are no change (``1GiB`` and ``1024MiB``). Values of environment
    variables are masked.
    """
    event = planned.event
    if isinstance(event, PublishEvent):
        return _of_publish(planned, event)
    old = standing(planned.then, planned.deployment, event.at_s, planned.place).configuration
    return configuration_changes(old, event.runtime_configuration)


def configuration_changes(
    old: RuntimeConfiguration, new: RuntimeConfiguration
) -> tuple[Change, ...]:
    """Return the fields in which two configurations differ in what they mean."""
    first = _filled(old)
    return differences(first, _in_words_of(first, _filled(new)))


def _filled(configuration: RuntimeConfiguration) -> dict[str, Any]:
    """Return a configuration with every default, its keys in the order of the API."""
    data: dict[str, Any] = {
        "cpu": DEFAULT_CPU,
        "memory": DEFAULT_MEMORY,
        "threadCount": DEFAULT_THREAD_COUNT,
        "scalingConfiguration": DEFAULT_SCALING.to_wire(),
    }
    data |= configuration.to_wire()
    data["sources"] = sorted(set(data["sources"]))
    keys = [field.alias or name for name, field in RuntimeConfiguration.model_fields.items()]
    return {key: data[key] for key in keys if key in data}


def _in_words_of(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return *new* with the texts of *old* where both mean the same."""
    scaling = {
        key: old["scalingConfiguration"][key]
        if _meaning(value) == _meaning(old["scalingConfiguration"][key])
        else value
        for key, value in new["scalingConfiguration"].items()
    }
    memory = old["memory"] if _bytes(old["memory"]) == _bytes(new["memory"]) else new["memory"]
    return {**new, "scalingConfiguration": scaling, "memory": memory}


def _meaning(value: Any) -> Any:
    return Duration.from_wire(value).seconds if isinstance(value, dict) else value


def _bytes(text: str) -> int | str:
    try:
        return parse_memory(text)
    except MemoryTextError:
        return text


def _of_publish(planned: Planned, event: PublishEvent) -> tuple[Change, ...]:
    """Return what a new version changes: its RID, and what the event says of it."""
    data = resolved(planned.then)
    name = planned.deployment.name
    of = next(one for one in data["deployments"] if one["name"] == name)
    old = {key: of["replica"][key] for key in OF_A_VERSION}
    old |= {"request": of["request"], "model_version_rid": of["model_version_rid"]}
    for earlier in before(planned.then, planned.deployment, event.at_s, planned.place):
        if isinstance(earlier, PublishEvent):
            old |= _said(data["timeline"][planned.then.timeline.index(earlier)], old)
    return differences(old, old | _said(data["timeline"][planned.place], old))


def _said(event: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    return {key: event[key] for key in known if event.get(key) is not None}
