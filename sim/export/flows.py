"""Which replicas a decision created or stopped: told by instants and codes, never by words.

Of a rollout these are the first replicas of its new revision, whenever its strategy creates them;
of every other decision those that moved at its instant for the reason that it gives. Where two
decisions of one kind share an instant, the first is told of. A successor, and a replica that is
asked for because there are fewer than minReplicas after one has gone, come from no decision.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from sim.reasons import Action, Actor, Reason
from sim.results.rollouts import RolloutCourse
from sim.results.table import Table

MOVES: Final[Mapping[tuple[Actor, Action], frozenset[Reason]]] = MappingProxyType(
    {
        ("autoscaler", "up"): frozenset({Reason.SCALE_UP}),
        ("autoscaler", "from_zero"): frozenset({Reason.FROM_ZERO}),
        ("autoscaler", "down"): frozenset({Reason.SCALE_DOWN}),
        ("autoscaler", "to_zero"): frozenset({Reason.TO_ZERO}),
        ("rollout", "replace"): frozenset(
            {
                *(Reason.SUPERSEDED, Reason.REVERTED, Reason.CHANGED_IN_PLACE),
                *(Reason.BELOW_MIN, Reason.ABOVE_MAX, Reason.RECREATED),
            }
        ),
        ("rollout", "publish"): frozenset({Reason.SUPERSEDED, Reason.RECREATED}),
        ("rollout", "recreate"): frozenset({Reason.ROLLOUT}),
        ("rollout", "roll"): frozenset({Reason.ROLLOUT, Reason.ROLLED}),
        ("rollout", "switch"): frozenset({Reason.SWITCHED}),
        ("rollout", "leave"): frozenset({Reason.SWITCHED}),
        ("timeline", "disable"): frozenset({Reason.DISABLED}),
        ("timeline", "start"): frozenset({Reason.STARTED}),
        ("timeline", "kill"): frozenset({Reason.KILLED}),
    }
)
"""For which reasons replicas move at the instant of a decision because of it."""


def causes(decisions: Table, moves: Table, rollouts: Sequence[RolloutCourse]) -> Mapping[int, int]:
    """Return for each row of *moves* that a decision caused the row of the decision.

    Args:
        decisions: Of one deployment, in order of time.
        moves: Its table of replicas.
        rollouts: Its rollouts, in order of time.
    """
    at_instant: dict[tuple[float, str], int] = {}
    of_revision: dict[int, int] = {}
    left = list(rollouts)
    rows = zip(*(decisions[c] for c in ("at_s", "actor", "action", "code")), strict=True)
    for row, (at_s, actor, action, code) in enumerate(rows):
        for reason in MOVES.get((actor, action), ()):
            at_instant.setdefault((at_s, reason.code), row)
        if code == Reason.ROLLED_OUT.code:
            begun = next((r for r in left if (r.put_at_s, r.cause) == (at_s, action)), None)
            if begun is not None:
                left.remove(begun)
                of_revision[begun.new_revision] = row
    found = {}
    moved = zip(*(moves[c] for c in ("at_s", "revision", "code")), strict=True)
    for row, (at_s, revision, code) in enumerate(moved):
        is_rollout = code == Reason.ROLLOUT.code
        cause = of_revision.get(revision) if is_rollout else at_instant.get((at_s, code))
        if cause is not None:
            found[row] = cause
    return found
