"""Why a rollout went as it did: what kept it from switching, who gave it up, what it cost.

Source: "What comes out" in docs/model.md. Threads are those of RESPONSIVE replicas of the active
revision.
"""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from sim.reasons import Reason
from sim.record import CapacityChange, DeploymentRecord, GivenUp, RolloutRecord, WhyNot
from sim.results.codes import ReasonCode
from sim.results.measure import Group, measure
from sim.results.waits import (
    Behind,
    HolderFigures,
    Needs,
    NeverFitsFigures,
    RolloutWait,
    cause_figures,
    holders_of,
    never_fits_figures,
    rollout_waits,
)


class StartFailure(Group):
    """How often starts failed, or starting replicas were killed, for one reason."""

    code: ReasonCode
    words: str
    times: int = measure("starts", better="less")


class WhyNotSwitched(Group):
    """Why a rollout never switched, as it was when it was given up or when the run ended."""

    code: ReasonCode
    words: str = Field(description="The code in words, and how often, or behind whom for what.")
    behind: Behind | None = Field(description="Whom its first replica in line stood behind.")
    behind_in_turn: Behind | None = Field(description="Who blocked that one in another queue.")
    short: Needs | None = Field(description="What a queue lacked; null where none was in line.")
    held_by: tuple[HolderFigures, ...] = Field(description="Who held what was short.")


class GivenUpBy(Group):
    """The event that ended a rollout."""

    at_s: float = measure("s")
    event: Literal["replace", "publish", "disable"]
    code: ReasonCode = Field(description="What the event meant for the rollout.")
    words: str
    revision: int | None = measure("number")
    """The revision that it made; null if it made none."""


class Threads(Group):
    """Threads before a rollout and after its switch; null where it never switched."""

    at_put: int = measure("threads")
    after_switch: int | None = measure("threads", better="more")
    below_s: float | None = measure("s", better="less")
    restored_at_s: float | None = measure("s", better="less")


class RolloutCauses(Group):
    """The causes in the course of one rollout.

    `threads.below_s` is how long after the switch there were fewer threads than at the PUT, without
    a break, up to `threads.restored_at_s` or to the end of the run.
    """

    why_not_switched: WhyNotSwitched | None
    given_up_by: GivenUpBy | None
    never_fits: NeverFitsFigures | None
    waited_for: tuple[RolloutWait, ...]
    threads: Threads
    failed_starts: tuple[StartFailure, ...] = Field(
        description="Starts that failed before the switch, by reason."
    )


def rollout_causes(
    deployment: DeploymentRecord, record: RolloutRecord, horizon_s: float
) -> RolloutCauses:
    """Return the causes in the course of one rollout of `deployment`."""
    until_s = horizon_s if record.ended_at_s is None else record.ended_at_s
    return RolloutCauses(
        why_not_switched=_why_not(record, record.why_not_switched),
        given_up_by=_given_up_by(record.given_up_by),
        never_fits=never_fits_figures(record.never_fits),
        waited_for=tuple(rollout_waits(deployment.control.waits, record.new_revision, until_s)),
        threads=_threads(record, deployment.control.capacity, horizon_s),
        failed_starts=tuple(
            StartFailure(code=reason, words=reason.words, times=times)
            for reason, times in record.failed_starts.items()
        ),
    )


def _why_not(record: RolloutRecord, why_not: WhyNot | None) -> WhyNotSwitched | None:
    if why_not is None:
        return None
    waits: dict[str, Any] = {"behind": None, "behind_in_turn": None, "short": None, "held_by": ()}
    if (cause := why_not.cause) is not None:
        waits = {**cause_figures(cause), "held_by": holders_of(cause, why_not.holders)}
    words = [why_not.reason.words]
    if why_not.reason is Reason.STARTS_FAILED:
        failed = (f"{reason.words}, {times} x" for reason, times in record.failed_starts.items())
        words.append("; ".join(failed))
    elif why_not.cause is not None:
        words.append(why_not.cause.words)
    return WhyNotSwitched(code=why_not.reason, words=": ".join(words), **waits)


def _given_up_by(given_up: GivenUp | None) -> GivenUpBy | None:
    if given_up is None:
        return None
    return GivenUpBy(
        at_s=given_up.at_s,
        event=given_up.event,
        code=given_up.reason,
        words=given_up.reason.words,
        revision=given_up.revision,
    )


def _threads(
    record: RolloutRecord, capacity: Sequence[CapacityChange], horizon_s: float
) -> Threads:
    switched_at_s, at_put = record.switched_at_s, record.threads_at_put
    if switched_at_s is None:
        return Threads(at_put=at_put, after_switch=None, below_s=None, restored_at_s=None)
    at_switch = [c for c in capacity if c.at_s <= switched_at_s][-1].responsive_threads
    if at_switch >= at_put:
        return Threads(at_put=at_put, after_switch=at_switch, below_s=0.0, restored_at_s=None)
    later = (c for c in capacity if c.at_s > switched_at_s and c.responsive_threads >= at_put)
    restored = next(later, None)
    restored_at_s = None if restored is None else restored.at_s
    return Threads(
        at_put=at_put,
        after_switch=at_switch,
        below_s=(horizon_s if restored_at_s is None else restored_at_s) - switched_at_s,
        restored_at_s=restored_at_s,
    )
