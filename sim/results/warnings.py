"""What a reader of a run must know before trusting its figures."""

from collections.abc import Iterator
from typing import Final, Literal

from pydantic import Field

from sim.record import DeploymentRecord, Record
from sim.recordings.response_times import TWICE
from sim.results.measure import Group, measure
from sim.results.rollout_windows import WindowName, whole_windows
from sim.scenario.models.response_demands import response_columns
from sim.spans import span
from sim.wire.normal import normalise


class WindowInWarmUp(Group):
    """Windows of a rollout that the warm-up cuts, or swallows."""

    code: Literal["window_in_warm_up"] = "window_in_warm_up"
    deployment: str
    rollout: int = measure("number")
    """Its number in the deployment, from 1 on."""
    cut: tuple[WindowName, ...] = Field(description="They begin at the end of the warm-up.")
    left_out: tuple[WindowName, ...] = Field(description="They would end before, and are null.")
    words: str


class ResponseTimeDemand(Group):
    """Demands from columns of a trace that hold response times, by their names or their load."""

    code: Literal["response_time_demand"] = "response_time_demand"
    deployment: str
    source: str = Field(description="Its name among the deployment's traffic.")
    columns: tuple[str, ...]
    load_threads: float | None = measure("threads")
    """Threads that the demands occupy at the rate of the recording; null where that is not why."""
    words: str


Warned = WindowInWarmUp | ResponseTimeDemand
"""A warning."""

NEAR_RATIO: Final = 0.9
"""Part of the threads from which on a load is one of response times: see docs/traces.md."""


def warnings(record: Record) -> list[Warned]:
    """Return the warnings of a run, in order of deployments, of sources, and of rollouts."""
    found: list[Warned] = []
    for place, deployment in enumerate(record.deployments):
        found += _responses(record, place)
        found += _windows(record, deployment)
    return found


def _responses(record: Record, place: int) -> Iterator[ResponseTimeDemand]:
    """Yield what of a deployment's demands is likely to be response times, once a source."""
    spec, deployment = record.scenario.deployments[place], record.deployments[place]
    for number, source in enumerate(spec.traffic):
        named = response_columns(record.scenario, place, number)
        load, threads = deployment.loads.get(source.name), _most_threads(deployment)
        if named:
            is_one = len(named) == 1
            yield ResponseTimeDemand(
                deployment=deployment.name,
                source=source.name,
                columns=named,
                load_threads=None,
                words=f"{deployment.name}: column{'' if is_one else 's'} {', '.join(named)} of "
                f"{source.name} sound{'s' if is_one else ''} like a response time: {TWICE}",
            )
        elif load is not None and load.threads >= NEAR_RATIO * threads:
            yield ResponseTimeDemand(
                deployment=deployment.name,
                source=source.name,
                columns=load.columns,
                load_threads=load.threads,
                words=f"{deployment.name}: by {', '.join(load.columns)} of {source.name} "
                f"{load.threads:.3g} threads were busy on average, and there are {threads} at the "
                f"most; if it is a response time, {TWICE}",
            )


def _most_threads(deployment: DeploymentRecord) -> int:
    """Return the threads of as many replicas as there might be, with the largest revision's."""
    control = deployment.control
    replicas = max((one.max_replicas for one in control.bounds), default=0)
    threads = (normalise(one.configuration).thread_count for one in control.revisions)
    return replicas * max(threads, default=0)


def _windows(record: Record, deployment: DeploymentRecord) -> Iterator[WindowInWarmUp]:
    warm_up_s, rollouts = record.scenario.warm_up_s, deployment.control.rollouts
    for place in range(len(rollouts)):
        cut: list[WindowName] = []
        left_out: list[WindowName] = []
        for name, window in whole_windows(rollouts, place, record.horizon_s).items():
            if not window.is_empty and window.start_at_s < warm_up_s:
                (left_out if window.since(warm_up_s).is_empty else cut).append(name)
        if cut or left_out:
            said = []
            if left_out:
                said.append(
                    f"{' and '.join(left_out)} {'is' if len(left_out) == 1 else 'are'} left out"
                )
            if cut:
                said.append(f"{' and '.join(cut)} begin{'s' if len(cut) == 1 else ''} at its end")
            yield WindowInWarmUp(
                deployment=deployment.name,
                rollout=place + 1,
                cut=tuple(cut),
                left_out=tuple(left_out),
                words=f"{deployment.name}: windows of rollout {place + 1} reach into the warm-up, "
                f"which ends at {span(warm_up_s)}: {', '.join(said)}",
            )
