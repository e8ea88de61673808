"""How the revisions of a deployment follow one another: the strategies of a rollout."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.models.spec import Spec

StrategyKind = Literal["blue_green", "recreate"]
"""What a strategy is called."""


class BlueGreenStrategy(Spec):
    """A new revision starts beside the old one and takes over from it as a whole."""

    kind: Literal["blue_green"] = "blue_green"


class RecreateStrategy(Spec):
    """The old replicas go first; when the last of them is gone, the new ones are asked for."""

    kind: Literal["recreate"] = "recreate"


RolloutStrategy = Annotated[BlueGreenStrategy | RecreateStrategy, Field(discriminator="kind")]
"""How a new revision takes the place of the one before."""
