"""Sequences beside traces: request k is row k only while nothing moves the rows.

Owns which of that a scenario alone shows, and the words of the refusal. Whether a file is in order
of time is found by whoever reads it.
"""

from collections.abc import Iterator
from typing import Final

from sim.errors import DataPath, Problem
from sim.scenario.models.quantities import RequestDemands
from sim.scenario.models.samples import InOrder
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.spec import Spec
from sim.scenario.models.timeline import PublishEvent
from sim.scenario.models.traffic import TraceTraffic, Traffic
from sim.units import format_duration

RULE: Final = "sequence-of-rows"
"""The rule that a sequence beside a trace breaks where rows are moved."""

UNSORTED: Final = "the file is not in order of time, and its rows are sorted"
CUT: Final = "the run begins behind the first rows of the file"


def row_problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield each sequence that would go to the wrong rows of a trace, as far as no file tells."""
    for owner, deployment in enumerate(scenario.deployments):
        for number, source in enumerate(deployment.traffic):
            moved = moved_by(source)
            if moved is None:
                continue
            deadline = deployment.client.deadline_s
            if isinstance(deadline, InOrder):
                path: DataPath = ("deployments", owner, "client", "deadline")
                message = refusal(deadline, source.name, moved, is_demand=False)
                yield Problem(path=path, message=message, rule=RULE)
            for path, demands in demands_of(scenario, owner, number):
                for name, field in RequestDemands.model_fields.items():
                    law = getattr(demands, name)
                    if isinstance(law, InOrder):
                        message = refusal(law, source.name, moved, is_demand=True)
                        here = (*path, field.alias or name)
                        yield Problem(path=here, message=message, rule=RULE)


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


def moved_by(source: Traffic) -> str | None:
    """Return what of a source's own fields makes request k another than row k of its file."""
    if isinstance(source, TraceTraffic):
        if source.rate_scale != 1:
            return f"rate_scale is {source.rate_scale:g}, which leaves rows out or doubles them"
        if source.offset_s > 0:
            return f"offset is {format_duration(source.offset_s)}, which leaves out the first rows"
    return None


def refusal(law: Spec, source: str, moved: str, *, is_demand: bool) -> str:
    """Return why a sequence beside a trace is refused, and what to write instead.

    Args:
        law: The sequence.
        source: The name of the source that replays the trace.
        moved: What moves the rows.
        is_demand: Whether it is a demand, which a column can give.
    """
    column = getattr(law, "column", None) or "NAME"
    remedy = (
        f"write {{kind: column, column: {column}}}, which takes it from the request's own row"
        if is_demand
        else "replay the trace whole, unscaled and in order of time, or draw it"
    )
    return (
        f"is a sequence, whose number k is for request k of trace {source!r}, but {moved}: "
        f"the numbers would go to the wrong requests; {remedy}"
    )
