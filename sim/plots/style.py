"""The settings under which figures are made and written: ours, whatever the user's are."""

from contextlib import AbstractContextManager
from typing import Final

import matplotlib.style

from sim.palette import GRID, INK
from sim.plots.text import FONT

_SETTINGS: Final[dict[str, object]] = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#9A9A9A",
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.unicode_minus": False,
    "font.family": [FONT],
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.5,
    "svg.fonttype": "none",  # text stays text: it can be searched, selected and read aloud
    "svg.hashsalt": "sim",  # without one, identifiers differ from run to run
    "text.hinting": "none",
    "text.color": INK,
    "text.parse_math": False,  # names are names, whatever signs are in them
    "xtick.color": INK,
    "ytick.color": INK,
}


def style() -> AbstractContextManager[None]:
    """Return a context in which matplotlib's defaults and our settings hold, and no others."""
    context: AbstractContextManager[None] = matplotlib.style.context(["default", _SETTINGS])
    return context
