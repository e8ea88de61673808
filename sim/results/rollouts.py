"""What each rollout did: how long it took, how deep capacity fell, what it waited for.

Source: the definitions of "What comes out" in docs/model.md. Windows of time are those of
`sim.results.rollout_windows`, causes those of `sim.results.rollout_causes`. Where attempts were not
kept, "before" may begin somewhat earlier than it should, and then says so (`sim.results.cells`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sim.record import DeploymentRecord
from sim.results.metrics import Measured
from sim.results.rollout_causes import rollout_causes
from sim.results.rollout_windows import WINDOWS, Window, followed_to, whole_windows
from sim.results.waits import stall_figures


def rollouts(
    deployment: DeploymentRecord,
    measured: Measured,
    *,
    horizon_s: float,
    warm_up_s: float,
    queue_kinds: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Return one dictionary a rollout, in order of time, as in `result.json`.

    Args:
        deployment: Whose rollouts.
        measured: Its requests without those of the warm-up.
        horizon_s: End of the run.
        warm_up_s: From when on requests are measured.
        queue_kinds: "vcpu" or "vgpu" by name of resource queue.
    """
    return [
        _rollout(deployment, place, horizon_s, queue_kinds)
        | _windows(deployment, place, measured, horizon_s, warm_up_s)
        for place in range(len(deployment.control.rollouts))
    ]


def _rollout(
    deployment: DeploymentRecord,
    place: int,
    horizon_s: float,
    queue_kinds: Mapping[str, str],
) -> dict[str, Any]:
    record = deployment.control.rollouts[place]
    put_at_s, full_at_s = record.put_at_s, record.full_at_s
    end_at_s = followed_to(record, horizon_s)
    during = [c for c in deployment.control.capacity if put_at_s <= c.at_s <= end_at_s]
    threads = [record.threads_at_put, *(c.responsive_threads for c in during)]
    millicores = [record.millicores_at_put, *(c.responsive_millicores for c in during)]
    return {
        "cause": record.cause,
        "old_revision": record.old_revision,
        "new_revision": record.new_revision,
        "ended": record.ended,
        "threads_at_put": record.threads_at_put,
        "threads_at_full": None if full_at_s is None else threads[-1],
        "put_at_s": put_at_s,
        "switched_at_s": record.switched_at_s,
        "full_at_s": full_at_s,
        "gone_at_s": record.gone_at_s,
        "ended_at_s": record.ended_at_s,
        "duration_s": None if full_at_s is None else full_at_s - put_at_s,
        "dip_ratio": _dip(threads),
        "cores_dip_ratio": _dip(millicores),
        "stalls": [
            stall_figures(
                stall,
                deployment=deployment.name,
                revision=record.new_revision,
                kind=queue_kinds.get(stall.resource),
            ).model_dump(mode="json")
            for stall in record.stalls
        ],
        **rollout_causes(deployment, record, horizon_s).model_dump(mode="json"),
    }


def _dip(capacity: Sequence[int]) -> float | None:
    """Return by which fraction of its first value `capacity` fell at the most."""
    before = capacity[0]
    return None if before == 0 else (before - min(capacity)) / before


def _windows(
    deployment: DeploymentRecord, place: int, measured: Measured, horizon_s: float, warm_up_s: float
) -> dict[str, Any]:
    whole = whole_windows(deployment.control.rollouts, place, horizon_s)
    windows = {name: window.since(warm_up_s) for name, window in whole.items()}
    return {
        name: None if window is None or window.is_empty else _requests_in(measured, window)
        for name, window in ((name, windows.get(name)) for name in WINDOWS)
    }


def _requests_in(measured: Measured, window: Window) -> dict[str, Any]:
    inside = measured.arrived_in(window.start_at_s, window.end_at_s)
    return {
        "start_at_s": inside.from_s,
        "end_at_s": window.end_at_s,
        "requests": inside.counts(),
        "wait_s": inside.wait_figures(),
        "response_s": inside.response_figures(),
    }
