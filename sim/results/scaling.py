"""How many replicas there were, which steps the autoscaler took, and what held it.

Over the whole run but for the time in which the deployment was disabled. Counted are the *live*
replicas of what is active, old ones that stay beside new ones (`old_goes: at_full`) too; but
against maxReplicas only those that the bounds count, which are the new ones. An evaluation of the
autoscaler stands for the time up to the next one.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from sim.reasons import Reason
from sim.record import ControlLog, Decision, DeploymentRecord, TickColumns, Transition
from sim.results.fleet import Fleet
from sim.results.measure import Group, measure
from sim.scenario.models.policies import AutoscalerPolicy
from sim.states import STARTING_UP
from sim.wire.normal import normalise

_STEPS: Final = frozenset({Reason.LOAD_HIGH, Reason.LOAD_LOW})


class HeldBy(Group):
    """For how long the autoscaler wanted to act, or was counting towards it, and was held."""

    at_max: float = measure("s", better="less")
    """A step up was due at maxReplicas."""
    at_min: float = measure("s")
    """A step down was due at minReplicas, or at the last replica."""
    nothing_responsive: float = measure("s", better="less")
    """Replicas were live and none of them was RESPONSIVE, so that there was no load."""
    up_timer: float = measure("s")
    """The load was at the threshold, and the scale-up delay had not passed."""
    down_timer: float = measure("s")
    """The load was below the threshold, and the scale-down delay had not passed."""


class Spacing(Group):
    """The time from each step up to the next; null with fewer than two."""

    min: float | None = measure("s")
    mean: float | None = measure("s")
    max: float | None = measure("s")


class Load(Group):
    """The load that evaluations saw, against the thresholds for a step up that they had."""

    max: float | None = measure("ratio")
    """The largest load; null where there was none."""
    threshold: float | None = measure("ratio")
    """The lowest threshold; null without an evaluation."""
    can_reach: bool = measure("yes/no")
    """Whether a load of 1, the largest there is, would have been a reason for a step up."""
    full_s: float = measure("s", better="less")
    """For how long the load was 1: every thread that counted was busy."""


class Scaling(Group):
    """Live replicas of the active revision, and the steps between their numbers."""

    min: int | None = measure("replicas")
    """The fewest that there were for longer than an instant; null if it was always disabled."""
    mean: float | None = measure("replicas")
    max: int | None = measure("replicas")
    ups: int = measure("steps")
    """Steps up by load."""
    downs: int = measure("steps")
    """Steps down by load."""
    to_zero: int = measure("steps")
    """How often the last replica went because nobody asked for it."""
    ups_while_starting: int = measure("steps", better="less")
    """Steps up that were taken while a replica asked for before was still starting."""
    reversals: int = measure("steps", better="less")
    """Steps up or down by load that followed one the other way."""
    first_up_at_s: float | None = measure("s")
    last_up_at_s: float | None = measure("s")
    up_spacing_s: Spacing
    up_delay_s: float | None = measure("s")
    """The scale-up delay of the revision that was active last."""
    max_replicas_least: int | None = measure("replicas")
    """The lowest maxReplicas in force; null if it was always disabled."""
    max_replicas_most: int | None = measure("replicas")
    """The highest maxReplicas in force."""
    at_max_s: float = measure("s", better="less")
    """For how long there were as many as the maxReplicas in force, or more."""
    at_max_queued_s: float = measure("s", better="less")
    """The part of it in which one of them still waited for resources in a queue."""
    at_zero_s: float = measure("s")
    """For how long there were none."""
    none_responsive_s: float = measure("s", better="less")
    """For how long none of them was RESPONSIVE, none at all included."""
    load: Load
    held_by: HeldBy


def scaling(deployment: DeploymentRecord, policy: AutoscalerPolicy, horizon_s: float) -> Scaling:
    """Return the figures of one deployment's scaling.

    Args:
        deployment: What was written down.
        policy: Its autoscaler's.
        horizon_s: Where the run ended.
    """
    log = deployment.control
    fleet = Fleet.of(log, horizon_s)
    length_s, live = fleet.length_s, fleet.live
    is_at_max = fleet.bounded >= fleet.max_replicas
    taken = [one for one in log.decisions if one.reason in _STEPS]
    ups_at_s = [one.at_s for one in taken if one.reason is Reason.LOAD_HIGH]
    return Scaling(
        min=int(live.min()) if live.size else None,
        mean=math.fsum(live * length_s) / math.fsum(length_s) if live.size else None,
        max=int(live.max()) if live.size else None,
        ups=len(ups_at_s),
        downs=len(taken) - len(ups_at_s),
        to_zero=sum(one.reason is Reason.IDLE for one in log.decisions),
        ups_while_starting=_ups_while_starting(log.transitions),
        reversals=sum(one.reason is not other.reason for one, other in pairwise(taken)),
        first_up_at_s=ups_at_s[0] if ups_at_s else None,
        last_up_at_s=ups_at_s[-1] if ups_at_s else None,
        up_spacing_s=_spacing(ups_at_s),
        up_delay_s=_up_delay_s(log),
        max_replicas_least=min((one.max_replicas for one in log.bounds), default=None),
        max_replicas_most=max((one.max_replicas for one in log.bounds), default=None),
        at_max_s=math.fsum(length_s[is_at_max]),
        at_max_queued_s=math.fsum(length_s[is_at_max & (fleet.queued > 0)]),
        at_zero_s=math.fsum(length_s[live == 0]),
        none_responsive_s=math.fsum(length_s[fleet.responsive == 0]),
        load=_load(deployment.ticks, policy, horizon_s),
        held_by=_held_by(log.decisions, horizon_s),
    )


def _ups_while_starting(transitions: Sequence[Transition]) -> int:
    """Count the steps up at which another replica of the revision was on its way already.

    A step up is where its replica was created: what stands before that in the log had happened when
    the step was decided, and nothing else had.
    """
    starting: dict[int, set[int]] = {}
    count = 0
    for move in transitions:
        own = starting.setdefault(move.revision, set())
        if move.before is None and move.reason is Reason.SCALE_UP and own:
            count += 1
        if move.after in STARTING_UP:
            own.add(move.replica)
        else:
            own.discard(move.replica)
    return count


def _spacing(at_s: Sequence[float]) -> Spacing:
    passed_s = [after_s - before_s for before_s, after_s in pairwise(at_s)]
    if not passed_s:
        return Spacing(min=None, mean=None, max=None)
    mean_s = (at_s[-1] - at_s[0]) / len(passed_s)
    return Spacing(min=min(passed_s), mean=mean_s, max=max(passed_s))


def _up_delay_s(log: ControlLog) -> float | None:
    active = [one for one in log.revisions if one.active_at_s is not None]
    return normalise(active[-1].configuration).scale_up_delay_s if active else None


def _load(ticks: TickColumns, policy: AutoscalerPolicy, horizon_s: float) -> Load:
    load = ticks.load[~np.isnan(ticks.load)]
    threshold = float(ticks.threshold.min()) if ticks.threshold.size else None
    is_at = policy.scale_up_comparison == "at_or_above"
    full_at_s = ticks.at_s[ticks.load >= 1]
    full_s = np.minimum(full_at_s + policy.evaluation_interval_s, horizon_s) - full_at_s
    return Load(
        max=float(load.max()) if load.size else None,
        threshold=threshold,
        can_reach=threshold is None or threshold < 1 or is_at,
        full_s=math.fsum(full_s),
    )


def _held_by(decisions: Sequence[Decision], horizon_s: float) -> HeldBy:
    held = [one for one in decisions if one.actor == "autoscaler" and one.action == "held"]

    def lasted(reason: Reason) -> float:
        return math.fsum(
            (horizon_s if one.until_s is None else one.until_s) - one.at_s
            for one in held
            if one.reason is reason
        )

    return HeldBy(
        at_max=lasted(Reason.AT_MAX),
        at_min=lasted(Reason.AT_MIN),
        nothing_responsive=lasted(Reason.NOTHING_RESPONSIVE),
        up_timer=lasted(Reason.UP_TIMER),
        down_timer=lasted(Reason.DOWN_TIMER),
    )
