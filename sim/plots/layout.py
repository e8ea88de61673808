"""Where everything of a picture stands: bands of views, one row a panel in each.

The first band has the whole, and beside it the first few views that enlarge a part of it; further
ones stand in bands below. All views of a band share its rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator

from sim.palette import FAINT, INK, SHADE
from sim.plots.marks import draw_lines
from sim.plots.panel import TICK_PT, TITLE_PT, Panel, legend
from sim.plots.style import style
from sim.plots.text import fitted, wrapped
from sim.plots.view import View

NOTEBOOK_DPI: Final = 80
PAGE_IN: Final = 12.0
LEFT_IN: Final = 1.3
RIGHT_IN: Final = 2.5
"""Room beside the panels: names of revisions and tick labels on the left, legends on the right."""
AXES_IN: Final = PAGE_IN - LEFT_IN - RIGHT_IN

MAX_BESIDE: Final = 3
"""Most views that stand beside the whole; more of them begin a band below."""
CLOSEUP_IN: Final = 2.6
"""Width of the axes of a view that enlarges."""
TICKS_IN: Final = 0.45
"""Room on its left, for the tick labels of what is scaled apart."""
GAP_IN: Final = 0.65
"""Room on its right, for labels of marks."""
STRIDE_IN: Final = TICKS_IN + CLOSEUP_IN + GAP_IN
PER_BAND: Final = int((PAGE_IN - LEFT_IN + TICKS_IN + MAX_BESIDE * STRIDE_IN) / STRIDE_IN)
"""Views in a band that does not hold the whole."""

HEAD_PT: Final = 12.0
NOTE_PT: Final = 8.0
NOTE_LINE_IN: Final = 0.16
MAX_NOTE_LINES: Final = 4
_HEAD_IN: Final = 0.72
_CAPTION_IN: Final = 0.38
_TITLE_IN: Final = 0.34
_TITLE_GAP_IN: Final = 0.05
_LANE_GAP_IN: Final = 0.04
_TIME_AXIS_IN: Final = 0.62
_EDGE_IN: Final = 0.15


class TimelineFigure(Figure):
    """A figure that notebooks show of themselves, without a plotting session.

    Attributes:
        alternative: What is on it, in words, for whoever does not see it.
    """

    alternative = ""

    def _repr_mimebundle_(self, **_wanted: object) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what IPython shows: the picture, and its alternative text beside it.

        The text stands where nbconvert takes the attribute `alt` from, and as plain text, which is
        what those show who do not show pictures.
        """
        with style():
            picture = BytesIO()
            self.savefig(picture, format="png", dpi=NOTEBOOK_DPI)
        shown = {"image/png": picture.getvalue(), "text/plain": self.alternative}
        return shown, {"image/png": {"alt": self.alternative}}


@dataclass(frozen=True, slots=True)
class Column:
    """A view with what stands above it, in two lines, and below it; the whole has nothing above."""

    view: View
    heading: tuple[str, str] | None
    time_title: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that is on a picture.

    Attributes:
        title: The first line.
        facts: The second.
        columns: The whole first.
        lanes: Rows above the panels, without a frame.
        panels: The other rows.
        notes: What is told in words below, each entry one paragraph.
        warm_up_s: Up to which instant views are shaded.
    """

    title: str
    facts: str
    columns: Sequence[Column]
    lanes: Sequence[Panel]
    panels: Sequence[Panel]
    notes: Sequence[str]
    warm_up_s: float


def compose(sheet: Sheet) -> Figure:
    """Return the figure, as wide and as high as what is on it needs."""
    beside, rest = sheet.columns[: 1 + MAX_BESIDE], sheet.columns[1 + MAX_BESIDE :]
    bands = [beside, *(rest[i : i + PER_BAND] for i in range(0, len(rest), PER_BAND))]
    lines = [line for note in sheet.notes for line in _note_lines(note)]
    height_in = (
        _HEAD_IN
        + sum(_band_in(sheet, band) for band in bands)
        + NOTE_LINE_IN * len(lines)
        + _EDGE_IN
    )
    width_in = PAGE_IN + STRIDE_IN * (len(beside) - 1)
    figure = TimelineFigure(figsize=(width_in, height_in))
    figure.alternative = _alternative(sheet)
    FigureCanvasAgg(figure)
    _write_head(figure, sheet)
    top_in = height_in - _HEAD_IN
    for band in bands:
        _draw_band(figure, sheet, band, top_in)
        top_in -= _band_in(sheet, band)
    for line in lines:
        top_in -= NOTE_LINE_IN
        figure.text(_EDGE_IN / width_in, top_in / height_in, line, fontsize=NOTE_PT, color=INK)
    return figure


def _alternative(sheet: Sheet) -> str:
    """Return the words that are on a picture: what it is of, its rows, what is enlarged, notes."""
    rows = "; ".join(row.title for row in (*sheet.lanes, *sheet.panels))
    enlarged = [", ".join(column.heading) for column in sheet.columns if column.heading]
    beside = [f"Beside it: {'; '.join(enlarged)}."] if enlarged else []
    return " ".join((f"{sheet.title}. {sheet.facts}. From above: {rows}.", *beside, *sheet.notes))


def _band_in(sheet: Sheet, band: Sequence[Column]) -> float:
    return (
        _caption_in(band)
        + sum(lane.height_in + _LANE_GAP_IN for lane in sheet.lanes)
        + sum(panel.height_in + _TITLE_IN for panel in _panels_of(sheet, band))
        + _TIME_AXIS_IN
    )


def _panels_of(sheet: Sheet, band: Sequence[Column]) -> list[Panel]:
    """Return the panels that *band* has: where all is enlarged, those that hold anything."""
    is_enlarged = band[0].view.is_closeup
    return [panel for panel in sheet.panels if not (is_enlarged and panel.only_words)]


def _caption_in(band: Sequence[Column]) -> float:
    return _CAPTION_IN if any(column.heading for column in band) else 0.0


def _draw_band(figure: Figure, sheet: Sheet, band: Sequence[Column], top_in: float) -> None:
    """Draw all rows of *band* downwards from *top_in*."""
    lefts_in = _lefts_in(band)
    for column, left_in in zip(band, lefts_in, strict=True):
        if column.heading:
            _write_heading(figure, column.heading, left_in, top_in)
    top_in -= _caption_in(band)
    for lane in sheet.lanes:
        top_in -= lane.height_in
        for number, (column, left_in) in enumerate(zip(band, lefts_in, strict=True)):
            ax = _axes(figure, column.view, left_in, top_in, lane.height_in)
            _as_lane(ax, lane.title if number == 0 else "")
            lane.draw(ax, column.view)
        top_in -= _LANE_GAP_IN
    lowest: dict[int, Axes] = {}
    for panel in _panels_of(sheet, band):
        top_in -= panel.height_in + _TITLE_IN
        for number, (column, left_in) in enumerate(zip(band, lefts_in, strict=True)):
            if panel.only_words and column.view.is_closeup:
                continue
            ax = _axes(figure, column.view, left_in, top_in, panel.height_in)
            _as_panel(ax, panel, sheet, column.view, is_first=number == 0)
            lowest[number] = ax
    for number, ax in lowest.items():
        _write_time_axis(ax, band[number])


def _lefts_in(band: Sequence[Column]) -> list[float]:
    """Return where the axes of each column begin."""
    if band[0].view.is_closeup:
        return [LEFT_IN + i * STRIDE_IN for i in range(len(band))]
    return [LEFT_IN, *(PAGE_IN + TICKS_IN + i * STRIDE_IN for i in range(len(band) - 1))]


def _axes(figure: Figure, view: View, left_in: float, bottom_in: float, height_in: float) -> Axes:
    """Return new axes over the view's time, without labels of time."""
    wide_in, high_in = figure.get_size_inches()
    ax = figure.add_axes(
        (left_in / wide_in, bottom_in / high_in, view.width_in / wide_in, height_in / high_in)
    )
    ax.set_xlim(view.window.start_at_s, view.window.end_at_s)
    ax.xaxis.set_major_locator(FixedLocator(list(view.axis.ticks_s())))
    ax.tick_params(labelsize=TICK_PT, labelbottom=False, length=2.5)
    return ax


def _as_lane(ax: Axes, title: str) -> None:
    """Make *ax* a lane: its title on the left, no frame."""
    ax.set_yticks([])
    ax.tick_params(length=0)
    ax.grid(visible=False)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.set_ylabel(
        title, rotation=0, ha="right", va="center", fontsize=NOTE_PT, labelpad=6, color=INK
    )


def _as_panel(ax: Axes, panel: Panel, sheet: Sheet, view: View, *, is_first: bool) -> None:
    """Draw *panel* in *ax*: its title above the first view, the warm-up shaded, marks' lines."""
    if is_first:
        ax.set_ylabel(
            panel.title_of(view),
            rotation=0,
            ha="left",
            va="bottom",
            fontsize=TITLE_PT,
            fontweight="bold",
            color=INK,
        )
        ax.yaxis.set_label_coords(0.0, 1.0 + _TITLE_GAP_IN / panel.height_in)
    warm_until_s = min(sheet.warm_up_s, view.window.end_at_s)
    if warm_until_s > view.window.start_at_s:
        ax.axvspan(view.window.start_at_s, warm_until_s, color=SHADE, linewidth=0, zorder=0)
    draw_lines(ax, view.told)
    handles = panel.draw(ax, view)
    if handles and not view.is_closeup:
        legend(ax, handles)
    if not (is_first or panel.scaled_apart):
        ax.tick_params(axis="y", labelleft=False)


def _write_time_axis(ax: Axes, column: Column) -> None:
    """Write the time axis below the lowest panel *ax* of a column."""
    ax.xaxis.set_major_formatter(FixedFormatter(column.view.axis.labels()))
    ax.tick_params(axis="x", labelbottom=True, labelsize=TICK_PT)
    ax.set_xlabel(column.time_title, fontsize=TITLE_PT)


def _write_heading(figure: Figure, heading: Sequence[str], left_in: float, top_in: float) -> None:
    wide_in, high_in = figure.get_size_inches()
    room_in = CLOSEUP_IN + GAP_IN
    for text, below_in, weight in ((heading[0], 0.13, "bold"), (heading[1], 0.28, "normal")):
        figure.text(
            left_in / wide_in,
            (top_in - below_in) / high_in,
            fitted(text, room_in=room_in, size_pt=TITLE_PT, bold=weight == "bold"),
            fontsize=TITLE_PT if weight == "bold" else TICK_PT,
            fontweight=weight,
            color=INK if weight == "bold" else FAINT,
        )


def _write_head(figure: Figure, sheet: Sheet) -> None:
    """Write the title, and below it what identifies the run."""
    room_in = PAGE_IN - 3 * _EDGE_IN
    wide_in, high_in = figure.get_size_inches()
    for text, below_in, size_pt, weight in (
        (sheet.title, 0.28, HEAD_PT, "bold"),
        (sheet.facts, 0.5, TITLE_PT, "normal"),
    ):
        figure.text(
            _EDGE_IN / wide_in,
            1 - below_in / high_in,
            fitted(text, room_in=room_in, size_pt=size_pt, bold=weight == "bold"),
            fontsize=size_pt,
            fontweight=weight,
            color=INK if weight == "bold" else FAINT,
        )


def _note_lines(note: str) -> list[str]:
    room_in = PAGE_IN - 3 * _EDGE_IN  # hinted outlines can be wider by 2 %
    lines = wrapped(note, room_in=room_in, word_in=room_in / 4, size_pt=NOTE_PT)
    if len(lines) <= MAX_NOTE_LINES:
        return lines
    rest = " ".join(lines[MAX_NOTE_LINES - 1 :])
    return [*lines[: MAX_NOTE_LINES - 1], fitted(rest, room_in=room_in, size_pt=NOTE_PT)]
