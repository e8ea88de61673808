"""The samples of fills that stand in the legend of a picture."""

from matplotlib.patches import Patch

from sim.palette import Fill


def patch(fill: Fill, word: str | None = None) -> Patch:
    """Return the legend's sample of *fill*, which is called *word* there."""
    return Patch(
        facecolor=fill.face,
        edgecolor=fill.edge,
        hatch=fill.hatch,
        linewidth=0.5,
        label=fill.word if word is None else word,
    )
