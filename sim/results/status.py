"""What a deployment reported of itself: its last and its worst status, and how long it served not.

Over the whole run. From good to bad: ACTIVE, DISABLED, DEGRADED, STARTING, FAILED. Switched off on
purpose is no fault of the deployment; DEGRADED still serves; STARTING does not serve yet; FAILED
has tried and could not.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from sim.record import StatusChange
from sim.results.measure import Group, measure
from sim.states import DeploymentState

FROM_GOOD_TO_BAD: Final = (
    DeploymentState.ACTIVE,
    DeploymentState.DISABLED,
    DeploymentState.DEGRADED,
    DeploymentState.STARTING,
    DeploymentState.FAILED,
)


class Status(Group):
    """The status that the API reports; null where nothing was ever reported."""

    last: DeploymentState | None
    """At the end of the run."""
    last_since_s: float | None = measure("s")
    """Since when it is the last one."""
    worst: DeploymentState | None
    """The worst of all that were reported for longer than an instant."""
    worst_since_s: float | None = measure("s")
    """When that was reported first."""
    worst_s: float = measure("s", better="less")
    """For how long in all it was reported."""
    not_ready_s: float = measure("s", better="less")
    """For how long `isReady` was false, disabled or not."""
    disabled_s: float = measure("s")
    """For how long the deployment was DISABLED: a part of `not_ready_s`."""


def status(changes: Sequence[StatusChange], horizon_s: float) -> Status:
    """Return the last and the worst status.

    Args:
        changes: In order of time, as in the record.
        horizon_s: Where the run ended.
    """
    if not changes:
        return Status(
            last=None,
            last_since_s=None,
            worst=None,
            worst_since_s=None,
            worst_s=0.0,
            not_ready_s=0.0,
            disabled_s=0.0,
        )
    ends_s = [*(after.at_s for _, after in pairwise(changes)), horizon_s]
    lasted = [(one, end_s - one.at_s) for one, end_s in zip(changes, ends_s, strict=True)]
    worst = max((one.state for one in changes), key=FROM_GOOD_TO_BAD.index)
    last = changes[-1].state
    return Status(
        last=last,
        last_since_s=_since_s(changes, last),
        worst=worst,
        worst_since_s=next(one.at_s for one in changes if one.state is worst),
        worst_s=math.fsum(length_s for one, length_s in lasted if one.state is worst),
        not_ready_s=math.fsum(length_s for one, length_s in lasted if not one.is_ready),
        disabled_s=math.fsum(
            length_s for one, length_s in lasted if one.state is DeploymentState.DISABLED
        ),
    )


def _since_s(changes: Sequence[StatusChange], last: DeploymentState) -> float:
    """Return since when the state is the last one; whether it was ready may have changed since."""
    since_s = changes[-1].at_s
    for one in reversed(changes):
        if one.state is not last:
            break
        since_s = one.at_s
    return since_s
