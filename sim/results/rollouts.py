"""What each rollout did: how long it took, how deep capacity fell, what it waited for.

Source: the definitions of "What comes out" in docs/model.md. Windows of time are those of
`sim.results.rollout_windows`, causes those of `sim.results.rollout_causes`. Where attempts were not
kept, "before" may begin somewhat earlier than it should, and then says so (`sim.results.cells`).
"""

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from sim.reasons import PutAction, Reason
from sim.record import ControlLog, DeploymentRecord
from sim.results.measure import Group, measure
from sim.results.metrics import Measured
from sim.results.requests import Figures, RequestCounts
from sim.results.rollout_causes import RolloutCauses, rollout_causes
from sim.results.rollout_extent import RolloutExtent, rollout_extents
from sim.results.rollout_windows import Window, WindowName, followed_to, whole_windows
from sim.results.waits import StallFigures, stall_figures
from sim.scenario.models.strategies import StrategyKind


class RolloutCourse(Group):
    """What a rollout did, from the event that caused it to the last old replica's end."""

    number: int = measure("number", default=0)
    """Its place, from 1, among the deployment's replace and publish events.

    Those that rolled nothing out are counted too, so that a number means the same event in every
    run of a scenario.
    """
    cause: PutAction
    strategy: StrategyKind
    """How it went: `rollout.strategy` of the scenario."""
    old_revision: int = measure("number")
    new_revision: int = measure("number")
    ended: Literal["done", "superseded", "cancelled", "open"]
    threads_at_put: int = measure("threads")
    """Threads of RESPONSIVE replicas that took requests at the PUT."""
    threads_at_full: int | None = measure("threads", better="more")
    """The same when it was full."""
    put_at_s: float = measure("s")
    """When it began."""
    switched_at_s: float | None = measure("s", better="less", undefined="beyond")
    """When requests went to the new revision."""
    full_at_s: float | None = measure("s", better="less", undefined="beyond")
    """When the new revision had as many RESPONSIVE replicas as it was to have."""
    gone_at_s: float | None = measure("s", better="less", undefined="beyond")
    """When the last replica of older revisions was DELETED."""
    ended_at_s: float | None = measure("s", undefined="beyond")
    """When it was done, superseded or cancelled."""
    progress_exceeded_at_s: float | None = measure("s")
    """When a rolling one had made no progress for its deadline."""
    duration_s: float | None = measure("s", better="less", undefined="beyond")
    """From the PUT until it was full."""
    dip_ratio: float | None = measure("ratio", better="less")
    """By which fraction threads fell on the way; null where there were none."""
    cores_dip_ratio: float | None = measure("ratio", better="less")
    """By which fraction cores fell on the way."""
    stalls: tuple[StallFigures, ...]


class RolloutWindow(Group):
    """The requests that arrived in a stretch of time."""

    start_at_s: float = measure("s")
    """Where it begins."""
    end_at_s: float = measure("s")
    """Where it ends: who arrives then is not in it."""
    requests: RequestCounts
    wait_s: Figures
    response_s: Figures


class RolloutWindows(Group):
    """Requests before, during and after a rollout; null is a window in which no instant is."""

    before: RolloutWindow | None
    during: RolloutWindow | None
    after: RolloutWindow | None


# The fields of the last base come first, and that is their order in result.json.
class RolloutReport(RolloutWindows, RolloutCauses, RolloutExtent, RolloutCourse):
    """All there is to say of one rollout."""


def rollouts(
    deployment: DeploymentRecord,
    measured: Measured,
    *,
    horizon_s: float,
    warm_up_s: float,
    queue_kinds: Mapping[str, str],
) -> list[RolloutReport]:
    """Return what there is to say of each rollout, in order of time.

    Args:
        deployment: Whose rollouts.
        measured: Its requests without those of the warm-up.
        horizon_s: End of the run.
        warm_up_s: From when on requests are measured.
        queue_kinds: "vcpu" or "vgpu" by name of resource queue.
    """
    log = deployment.control
    return [
        RolloutReport(
            **dict(_course(deployment, place, horizon_s, queue_kinds)),
            **dict(extent),
            **dict(rollout_causes(deployment, record, horizon_s)),
            **dict(_windows(deployment, place, measured, horizon_s, warm_up_s)),
        )
        for place, (record, extent) in enumerate(
            zip(log.rollouts, rollout_extents(log, horizon_s), strict=True)
        )
    ]


def numbers_of(log: ControlLog) -> list[int]:
    """Return the numbers of the rollouts; see `RolloutCourse.number`."""
    puts = [one for one in log.decisions if one.action in get_args(PutAction)]
    return [n for n, one in enumerate(puts, start=1) if one.reason is Reason.ROLLED_OUT]


def _course(
    deployment: DeploymentRecord,
    place: int,
    horizon_s: float,
    queue_kinds: Mapping[str, str],
) -> RolloutCourse:
    record = deployment.control.rollouts[place]
    put_at_s, full_at_s = record.put_at_s, record.full_at_s
    end_at_s = followed_to(record, horizon_s)
    during = [c for c in deployment.control.capacity if put_at_s <= c.at_s <= end_at_s]
    threads = [record.threads_at_put, *(c.responsive_threads for c in during)]
    millicores = [record.millicores_at_put, *(c.responsive_millicores for c in during)]
    return RolloutCourse(
        number=numbers_of(deployment.control)[place],
        cause=record.cause,
        strategy=record.strategy,
        old_revision=record.old_revision,
        new_revision=record.new_revision,
        ended=record.ended,
        threads_at_put=record.threads_at_put,
        threads_at_full=None if full_at_s is None else threads[-1],
        put_at_s=put_at_s,
        switched_at_s=record.switched_at_s,
        full_at_s=full_at_s,
        gone_at_s=record.gone_at_s,
        ended_at_s=record.ended_at_s,
        progress_exceeded_at_s=record.progress_exceeded_at_s,
        duration_s=None if full_at_s is None else full_at_s - put_at_s,
        dip_ratio=_dip(threads),
        cores_dip_ratio=_dip(millicores),
        stalls=tuple(
            stall_figures(
                stall,
                deployment=deployment.name,
                revision=record.new_revision,
                kind=queue_kinds.get(stall.resource),
            )
            for stall in record.stalls
        ),
    )


def _dip(capacity: Sequence[int]) -> float | None:
    """Return by which fraction of its first value `capacity` fell at the most."""
    before = capacity[0]
    return None if before == 0 else (before - min(capacity)) / before


def _windows(
    deployment: DeploymentRecord, place: int, measured: Measured, horizon_s: float, warm_up_s: float
) -> RolloutWindows:
    whole = whole_windows(deployment.control.rollouts, place, horizon_s)

    def requests_in(name: WindowName) -> RolloutWindow | None:
        window = whole[name].since(warm_up_s) if name in whole else None
        return None if window is None or window.is_empty else _requests_in(measured, window)

    return RolloutWindows(
        before=requests_in("before"), during=requests_in("during"), after=requests_in("after")
    )


def _requests_in(measured: Measured, window: Window) -> RolloutWindow:
    inside = measured.arrived_in(window.start_at_s, window.end_at_s)
    return RolloutWindow(
        start_at_s=inside.from_s,
        end_at_s=window.end_at_s,
        requests=inside.counts(),
        wait_s=inside.wait_figures(),
        response_s=inside.response_figures(),
    )
