"""What a reader of a run must know before trusting its figures."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from sim.record import DeploymentRecord, Record
from sim.results.measure import Group, measure
from sim.results.rollout_windows import WindowName, whole_windows
from sim.spans import span


class WindowInWarmUp(Group):
    """Windows of a rollout that the warm-up cuts, or swallows."""

    code: Literal["window_in_warm_up"] = "window_in_warm_up"
    deployment: str
    rollout: int = measure("number")
    """Its number in the deployment, from 1 on."""
    cut: tuple[WindowName, ...] = Field(description="They begin at the end of the warm-up.")
    left_out: tuple[WindowName, ...] = Field(description="They would end before, and are null.")
    words: str


def warnings(record: Record) -> list[WindowInWarmUp]:
    """Return the warnings of a run, in order of deployments and of rollouts."""
    return [found for deployment in record.deployments for found in _windows(record, deployment)]


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
