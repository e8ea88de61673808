"""A panel: a title with its unit, a height, and how it is filled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import ScaledTranslation

from sim.palette import FAINT, PAPER
from sim.plots.quantities import count_words
from sim.plots.view import View

_LEGEND_GAP_IN: Final = 0.12
TITLE_PT: Final = 9.0
TICK_PT: Final = 8.0
LEGEND_PT: Final = 8.0
LEGEND_ROW_IN: Final = 0.185
REMARK_IN: Final = 0.3
"""Height of a panel that holds nothing but a remark."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One row of a figure: `title` says what is drawn and in which unit; `draw` fills axes.

    `draw` is called once a view with axes whose time axis is set, and returns what the legend is to
    show. All views of a panel have the same vertical axis, unless it is `scaled_apart`. `bins`
    tells how the whole was binned, and is not said of what is enlarged. What is `only_words` says
    that there is nothing to draw, which is not enlarged.
    """

    title: str
    height_in: float
    draw: Callable[[Axes, View], Sequence[Artist]]
    scaled_apart: bool = False
    bins: str = ""
    only_words: bool = False

    def title_of(self, view: View) -> str:
        """Return the title above `view`, its unit in parentheses at the end."""
        if view.is_closeup or not self.bins:
            return self.title
        return f"{self.title.removesuffix(')')}{self.bins})"


def legend_in(entry_count: int) -> float:
    """Return the height of a legend in inches, which its panel must not fall below."""
    return LEGEND_ROW_IN * entry_count + 0.05


def legend(ax: Axes, handles: Sequence[Artist]) -> None:
    """Put a legend of *handles* to the right of *ax*, where no data is."""
    inches = ax.figure.dpi_scale_trans
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(1.0, 1.0),
        bbox_transform=ax.transAxes + ScaledTranslation(_LEGEND_GAP_IN, 0, inches),
        borderaxespad=0.0,
        borderpad=0.0,
        frameon=False,
        fontsize=LEGEND_PT,
        handlelength=2.2,
        handleheight=1.0,
        labelspacing=0.35,
    )


def count_axis(ax: Axes, greatest: float, *, intervals: int = 4) -> None:
    """Scale the vertical axis from 0 to above *greatest* in whole things.

    Args:
        ax: The axes to scale.
        greatest: The greatest value drawn.
        intervals: Most intervals between ticks.
    """
    ax.set_ylim(0, max(1.0, greatest) * 1.08)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=intervals, integer=True, steps=[1, 2, 2.5, 5, 10]))
    ax.yaxis.set_major_formatter(FuncFormatter(count_words))


def remark(title: str, words: str) -> Panel:
    """Return a low panel that says *words* where there is nothing to draw."""

    def draw(ax: Axes, _view: View) -> Sequence[Artist]:
        ax.set_yticks([])
        ax.set_ylim(0, 1)
        ax.text(
            0.5,
            0.5,
            words,
            transform=ax.transAxes,
            ha="center",
            va="center_baseline",
            fontsize=LEGEND_PT,
            color=FAINT,
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1.5},
            zorder=5,
        )
        return ()

    return Panel(title, REMARK_IN, draw, only_words=True)
