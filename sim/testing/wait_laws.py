"""Laws of waiting in resource queues, and of the rollouts that wait there.

They look at a `sim.record.Record` only, and raise `sim.errors.InvariantError` where one is broken.
"""

import math
from typing import Final

from sim.errors import InvariantError
from sim.reasons import Reason
from sim.record import DeploymentRecord, Record, RolloutRecord
from sim.results.metrics import spells
from sim.states import ReplicaState

_QUEUED: Final = frozenset({ReplicaState.QUEUED})

_ENDED: Final = {
    ReplicaState.STARTING: "granted",
    ReplicaState.DELETED: "withdrawn",
    None: "open",
}
"""How a wait ends, by the state for which a replica leaves QUEUED."""


def waits_are_spells_in_the_queue(deployment: DeploymentRecord) -> None:
    """Who waited was QUEUED for just as long, with the same end; and the other way round."""
    queued = {
        (s.replica, s.start_at_s, s.end_at_s, _ENDED[s.ended_in])
        for s in spells(deployment.control.transitions, _QUEUED, math.inf)
        if s.start_at_s < s.end_at_s
    }
    waited = {
        (w.asker.replica, w.since_s, math.inf if w.until_s is None else w.until_s, w.ended)
        for w in deployment.control.waits
        if w.since_s != w.until_s
    }
    for replica, since_s, until_s, ended in sorted(queued ^ waited):
        what = f"{deployment.name} replica {replica} to {until_s} s, {ended}"
        raise InvariantError("a wait is a spell in the queue", what=what, at_s=since_s)


def what_never_fits_is_never_granted(deployment: DeploymentRecord) -> None:
    """What is above every limit of the run waits to its end, and stalls no rollout."""
    law = "what can never fit is never granted, and no stall"
    for wait in deployment.control.waits:
        if wait.reason is Reason.NEVER_FITS and wait.ended == "granted":
            raise InvariantError(law, what=wait.asker.words, at_s=wait.since_s)
    for rollout in deployment.control.rollouts:
        is_denied = not rollout.stalls and rollout.switched_at_s is None
        if rollout.never_fits is not None and not is_denied:
            raise InvariantError(law, what=_named(deployment, rollout), at_s=rollout.put_at_s)


def stalls_end_or_are_deadlocks(record: Record) -> None:
    """Stalls have a length, one after the other; a deadlock ends with its rollout, by no grant."""
    for deployment in record.deployments:
        for rollout in deployment.control.rollouts:
            last_s = rollout.put_at_s
            for stall in rollout.stalls:
                until_s = record.horizon_s if stall.until_s is None else stall.until_s
                is_sound = last_s <= stall.since_s < until_s
                if stall.is_deadlocked:
                    is_sound &= stall is rollout.stalls[-1] and stall.freed_by is None
                    is_sound &= rollout.switched_at_s is None
                    is_sound &= stall.until_s == rollout.ended_at_s
                if not is_sound:
                    law = "a stall has a length, and ends or is a deadlock"
                    what = _named(deployment, rollout)
                    raise InvariantError(law, what=what, at_s=stall.since_s)
                last_s = until_s


def rollouts_end_with_their_revision(deployment: DeploymentRecord) -> None:
    """None is open whose revision is gone; one that was given up says by what, no other does."""
    revisions = {revision.number: revision for revision in deployment.control.revisions}
    for rollout in deployment.control.rollouts:
        is_gone = revisions[rollout.new_revision].gone_at_s is not None
        is_given_up = rollout.ended in ("superseded", "cancelled")
        is_sound = is_given_up == (rollout.given_up_by is not None)
        is_sound &= (rollout.why_not_switched is None) != (rollout.switched_at_s is None)
        if not is_sound or (is_gone and rollout.ended == "open"):
            law = "a rollout ends with its revision, and says why"
            raise InvariantError(law, what=_named(deployment, rollout), at_s=rollout.put_at_s)


def _named(deployment: DeploymentRecord, rollout: RolloutRecord) -> str:
    return f"{deployment.name}: rollout to revision {rollout.new_revision}"
