"""What each rollout did: how long it took, how deep capacity fell, what it waited for.

Source: the definitions of "What comes out" in docs/model.md. The window of a rollout is
[PUT, full); one that never got full is followed to its end (superseded, cancelled) or to the
horizon, and then has no duration and no "after". Where attempts were not kept, "before" may begin
somewhat earlier than it should, and then says so (`sim.results.cells`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sim.record import CapacityChange, DeploymentRecord, Holder, RolloutRecord, Stall
from sim.results.metrics import Measured
from sim.results.tables import MILLICORES_PER_CORE

AFTER_S: Final = 600.0
"""Length of the window "after": ten minutes."""


def rollouts(
    deployment: DeploymentRecord,
    measured: Measured,
    *,
    horizon_s: float,
    queue_kinds: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Return one dictionary a rollout, in order of time, as in `result.json`.

    Args:
        deployment: Whose rollouts.
        measured: Its requests without those of the warm-up.
        horizon_s: End of the run.
        queue_kinds: "vcpu" or "vgpu" by name of resource queue.
    """
    return [
        _rollout(record, deployment.control.capacity, measured, horizon_s, queue_kinds)
        for record in deployment.control.rollouts
    ]


def _rollout(
    record: RolloutRecord,
    capacity: Sequence[CapacityChange],
    measured: Measured,
    horizon_s: float,
    queue_kinds: Mapping[str, str],
) -> dict[str, Any]:
    put_at_s, full_at_s = record.put_at_s, record.full_at_s
    end_at_s = followed_to(record, horizon_s)
    length_s = end_at_s - put_at_s
    during = [c for c in capacity if put_at_s <= c.at_s <= end_at_s]
    threads = [record.threads_at_put, *(c.responsive_threads for c in during)]
    millicores = [record.millicores_at_put, *(c.responsive_millicores for c in during)]
    after = None
    if full_at_s is not None:
        after = _window(measured, full_at_s, min(full_at_s + AFTER_S, horizon_s))
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
        "stalls": [_stall(stall, queue_kinds) for stall in record.stalls],
        "before": _window(measured, max(put_at_s - length_s, 0.0), put_at_s),
        "during": _window(measured, put_at_s, end_at_s),
        "after": after,
    }


def followed_to(record: RolloutRecord, horizon_s: float) -> float:
    """Return where the window "during" of a rollout ends."""
    if record.full_at_s is not None:
        return record.full_at_s
    if record.ended_at_s is not None:
        return record.ended_at_s
    return horizon_s


def _dip(capacity: Sequence[int]) -> float | None:
    """Return by which fraction of its first value `capacity` fell at the most."""
    before = capacity[0]
    return None if before == 0 else (before - min(capacity)) / before


def _window(measured: Measured, start_at_s: float, end_at_s: float) -> dict[str, Any] | None:
    if not start_at_s < end_at_s:
        return None
    inside = measured.arrived_in(start_at_s, end_at_s)
    return {
        "start_at_s": inside.from_s,
        "end_at_s": end_at_s,
        "requests": inside.counts(),
        "wait_s": inside.wait_figures(),
        "response_s": inside.response_figures(),
    }


def _stall(stall: Stall, queue_kinds: Mapping[str, str]) -> dict[str, Any]:
    kind = queue_kinds.get(stall.resource)
    return {
        "since_s": stall.since_s,
        "until_s": stall.until_s,
        "resource": stall.resource,
        "is_deadlocked": stall.is_deadlocked,
        "holders": [_holder(holder, kind) for holder in stall.holders],
    }


def _holder(holder: Holder, kind: str | None) -> dict[str, Any]:
    return {
        "deployment": holder.deployment,
        "revision": holder.revision,
        "state": None if holder.state is None else holder.state.value,
        "replicas": holder.replicas,
        "cores": holder.amount / MILLICORES_PER_CORE if kind == "vcpu" else None,
        "gpus": holder.amount if kind == "vgpu" else None,
    }
