"""How the revisions of a deployment follow one another: the strategies of a rollout."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.models.replica_number import ReplicaShare, rounded_down, rounded_up
from sim.scenario.models.spec import Spec
from sim.units import PositiveSeconds, Seconds

StrategyKind = Literal["blue_green", "recreate", "rolling"]
"""What a strategy is called."""


class BlueGreenStrategy(Spec):
    """A new revision starts beside the old one and takes over from it as a whole."""

    kind: Literal["blue_green"] = "blue_green"


class RecreateStrategy(Spec):
    """The old replicas go first; when the last of them is gone, the new ones are asked for."""

    kind: Literal["recreate"] = "recreate"


class RollingStrategy(Spec):
    """New replicas take the place of old ones step by step, as Kubernetes has it."""

    kind: Literal["rolling"] = "rolling"
    max_surge: ReplicaShare = "25%"
    """So many replicas may be live beyond the desired count; a percentage is rounded up."""
    max_unavailable: ReplicaShare = "25%"
    """So many of the desired count may be missing; a percentage is rounded down."""
    min_ready_s: Seconds = 0.0
    """From when on a replica that is RESPONSIVE without a break is available."""
    progress_deadline_s: PositiveSeconds = 600.0
    """So long without progress is said; nothing is undone."""

    def limits(self, desired: int) -> tuple[int, int]:
        """Return how many replicas may be beyond the desired count, and how many may be missing.

        Where both would be none, one may be missing: else nothing could ever be replaced.
        """
        surge = rounded_up(self.max_surge, desired)
        unavailable = rounded_down(self.max_unavailable, desired)
        if not surge and not unavailable:
            unavailable = 1
        return surge, min(unavailable, desired)


RolloutStrategy = Annotated[
    BlueGreenStrategy | RecreateStrategy | RollingStrategy, Field(discriminator="kind")
]
"""How a new revision takes the place of the one before."""
