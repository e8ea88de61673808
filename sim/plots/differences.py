"""The picture of a comparison: a row a measure, its difference with interval and verdict."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sim.palette import BLUE, FAINT, GRID, INK, ORANGE, PAPER
from sim.plots.layout import HEAD_PT, NOTE_LINE_IN, NOTE_PT, TimelineFigure
from sim.plots.style import style
from sim.plots.text import fitted, printable
from sim.studies.answers.relative import WORDS, Relative, relative_differences
from sim.studies.estimates.comparison import Verdict

if TYPE_CHECKING:
    from sim.studies.answers.compared import Compared

MARKS: Final[Mapping[Verdict | None, tuple[str, str, bool]]] = {
    "better": ("o", BLUE, True),
    "worse": ("s", ORANGE, True),
    "no_difference_found": ("o", INK, False),
    "identical": ("x", INK, True),
    "undecided": ("D", INK, False),
    None: ("^", INK, True),
}
"""Shape, colour, and whether it is filled: shapes and words tell verdicts apart without colour."""

WIDTH_IN: Final = 11.0
ROW_IN: Final = 0.32
LEFT_IN: Final = 3.6
RIGHT_IN: Final = 2.3
HEAD_IN: Final = 0.75
AXIS_IN: Final = 0.6
MOST_LINEAR: Final = 200.0
"""Percent above which the scale is logarithmic outside of `INNER`, so that small ones are seen."""
INNER: Final = 10.0


def plot_differences(compared: "Compared") -> Figure:
    """Return the differences of all measures with verdicts as a figure.

    A row a measure and pair of cases: the difference in percent of what the first case has, with
    its interval; the verdict by a mark and in words.
    """
    rows = relative_differences(compared)
    notes = _notes(compared, rows)
    height_in = HEAD_IN + ROW_IN * max(1, len(rows)) + AXIS_IN + NOTE_LINE_IN * (len(notes) + 1)
    with style():
        figure = TimelineFigure(figsize=(WIDTH_IN, height_in))
        figure.alternative = _alternative(compared, rows, notes)
        FigureCanvasAgg(figure)
        bottom_in = AXIS_IN + NOTE_LINE_IN * (len(notes) + 1)
        ax = figure.add_axes(
            (
                LEFT_IN / WIDTH_IN,
                bottom_in / height_in,
                (WIDTH_IN - LEFT_IN - RIGHT_IN) / WIDTH_IN,
                (height_in - HEAD_IN - bottom_in) / height_in,
            )
        )
        _draw(ax, rows, several=len(compared.pairs) > 1)
        _write(figure, compared, notes, height_in)
    return figure


def _alternative(compared: "Compared", rows: Sequence[Relative], notes: Sequence[str]) -> str:
    """Return the picture in words: the cases, then of each row its measure and what is said."""
    several = len(compared.pairs) > 1
    told = "; ".join(f"{_label(row, several=several)}: {_said(row)}" for row in rows)
    return " ".join((f"Differences of {_cases(compared)}. {told}.", *notes))


def _draw(ax: Axes, rows: Sequence[Relative], *, several: bool) -> None:
    """Draw a row a difference, the first at the top."""
    ax.set_ylim(len(rows) - 0.5 if rows else 0.5, -0.5)
    ax.axvline(0, color=INK, linewidth=0.8, zorder=1)
    ends = [end for row in rows for end in row.percent if end is not None]
    reach = max((abs(end) for end in ends), default=0.0) or 1.0
    if reach > MOST_LINEAR:
        ax.set_xscale("symlog", linthresh=INNER)
    ax.set_xlim(-1.1 * reach, 1.1 * reach)
    ax.set_yticks(range(len(rows)), [_label(row, several=several) for row in rows], fontsize=8.0)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", labelsize=8.0)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel(
        "difference in % of the first case's mean (of yes/no: points of percent)", fontsize=NOTE_PT
    )
    for place, row in enumerate(rows):
        _draw_row(ax, place, row)
        if place and rows[place - 1].pair != row.pair:
            ax.axhline(place - 0.5, color=GRID, linewidth=1.0, zorder=1)


def _draw_row(ax: Axes, place: int, row: Relative) -> None:
    shape, color, is_filled = MARKS[row.verdict]
    value, low, high = row.percent
    if low is not None and high is not None:
        ax.plot([low, high], [place, place], color=color, linewidth=1.6, zorder=2)
        ax.plot([low, high], [place, place], "|", color=color, markersize=7.0, zorder=2)
    if value is not None:
        ax.plot(
            [value],
            [place],
            shape,
            color=color,
            markerfacecolor=color if is_filled else PAPER,
            markersize=7.0,
            markeredgewidth=1.4,
            zorder=3,
        )
    ax.annotate(
        _said(row),
        (1.0, place),
        xycoords=("axes fraction", "data"),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        fontsize=NOTE_PT,
        color=INK,
    )


def _label(row: Relative, *, several: bool) -> str:
    name = row.address.removeprefix("deployments.").removeprefix("deployments")
    whole = f"{row.pair}: {name}" if several else name
    return fitted(whole, room_in=LEFT_IN - 0.3, size_pt=8.0)


def _said(row: Relative) -> str:
    word, value = WORDS[row.verdict], row.percent[0]
    if row.verdict == "identical":
        return word
    if value is None:
        return f"{word} (no difference of means)"
    return f"{word}, {value:+.3g} {'points' if row.is_share else '%'}"


def _notes(compared: "Compared", rows: Sequence[Relative]) -> list[str]:
    if compared.is_single:
        return ["One run each: no intervals."]
    if not rows:
        return ["There is no measure that both cases have."]
    return [
        f"Intervals at {100 * compared.level:.4g} %: {compared.tests} comparisons share an error "
        f"of {100 * (1 - compared.confidence):.3g} %. An interval with 0 in it is no verdict."
    ]


def _write(figure: Figure, compared: "Compared", notes: Sequence[str], height_in: float) -> None:
    """Write the title above, and the notes below."""
    runs = compared.study.runs
    facts = f"{runs:,} run{'' if runs == 1 else 's'} each · seed {compared.study.seed}"
    room_in = WIDTH_IN - 0.3
    left = 0.15 / WIDTH_IN
    lines = (
        (
            fitted(_cases(compared), room_in=room_in, size_pt=HEAD_PT, bold=True),
            0.3,
            HEAD_PT,
            "bold",
            INK,
        ),
        (facts, 0.52, NOTE_PT, "normal", FAINT),
    )
    for words, below_in, size_pt, weight, color in lines:
        figure.text(
            left,
            1 - below_in / height_in,
            words,
            fontsize=size_pt,
            fontweight=weight,
            color=color,
        )
    for place, note in enumerate(reversed(notes)):
        at_in = NOTE_LINE_IN * (place + 0.7)
        figure.text(left, at_in / height_in, printable(note), fontsize=NOTE_PT, color=INK)


def _cases(compared: "Compared") -> str:
    """Return what is compared: each case by its label, with what was set in it."""
    return " · ".join(
        f"{label}: {case.name}{f' ({origin})' if origin else ''}"
        for label, case, origin in zip(
            compared.labels, compared.study.cases, compared.origins, strict=True
        )
    )
