"""What a chart of a page shows: lines or stacked areas, at several widths of bins, or exactly."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final, Literal

import numpy as np

from sim.results.bins import Bins, between, merged
from sim.results.steps import align
from sim.results.timeline import Floats, Steps

FACTOR: Final = 4
"""How many bins of a level make one of the next."""

FEWEST: Final = 40
"""A level of fewer bins than this has no coarser one."""

MOST_CHANGES: Final = 200_000
"""Changes of a page that are shown exactly, those of the charts with the fewest first."""

ALWAYS_EXACT: Final = 4_000
"""A chart of no more changes than this is drawn exactly at every width, and has no bins."""

Kind = Literal["lines", "stack"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line, or one area of a stack, of a chart.

    Attributes:
        label: What the legend calls it.
        look: Its colour, by a name of the page's palette.
        is_dashed: Whether it limits something.
        has_band: Whether the range of each bin is shown with its mean.
    """

    label: str
    look: str
    is_dashed: bool = False
    has_band: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """Values in bins of time, or exact ones: a value holds from an edge to the next.

    `edge_at_s` has shape `(n + 1,)`, each of `columns` shape `(n,)`, NaN where there is no value.
    """

    edge_at_s: Floats
    columns: tuple[Floats, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: where a line has a band, a level has its mean, least and greatest, exact the value.

    Attributes:
        key: Unlike that of any other chart of the page.
        title: What it shows.
        unit: Of its values.
        kind: Whether areas stand on each other.
        lines: In the order of the legend; areas from below.
        levels: From fine to coarse; each covers the whole, but for those that enlarge a part.
        exact: Where it is drawn as it is, if it is narrow enough.
        is_log: Whether its values are on a logarithmic axis.
    """

    key: str
    title: str
    unit: str
    kind: Kind
    lines: tuple[Line, ...]
    levels: tuple[Level, ...]
    exact: Level | None = None
    is_log: bool = False


@dataclass(frozen=True, slots=True)
class Sketch:
    """A chart of step series that is still to be made: it may be shown exactly, or in bins alone.

    `is_seldom` says that its instants are worth keeping: those of control, not of requests.
    """

    key: str
    title: str
    unit: str
    kind: Kind
    lines: tuple[tuple[Line, Steps], ...]
    is_seldom: bool = True

    @property
    def changes(self) -> int:
        """How many changes its lines have."""
        return sum(len(steps.at_s) for _, steps in self.lines)


def charts(sketches: Sequence[Sketch], edge_at_s: Floats) -> list[Chart]:
    """Return the charts, exact ones as far as `MOST_CHANGES` goes.

    Args:
        sketches: Of the whole page, so that all of them share what may be exact.
        edge_at_s: Of the finest bins.
    """
    left = MOST_CHANGES
    exact: set[str] = set()
    for one in sorted(sketches, key=lambda sketch: sketch.changes):
        if one.is_seldom and one.changes <= left:
            left -= one.changes
            exact.add(one.key)
    return [_chart(one, edge_at_s, is_exact=one.key in exact) for one in sketches]


def _chart(sketch: Sketch, edge_at_s: Floats, *, is_exact: bool) -> Chart:
    shown = [(line, steps) for line, steps in sketch.lines if len(steps.at_s)]
    exact = _exactly(sketch.kind, shown, edge_at_s) if is_exact else None
    needs_bins = exact is None or len(exact.edge_at_s) > ALWAYS_EXACT
    return Chart(
        key=sketch.key,
        title=sketch.title,
        unit=sketch.unit,
        kind=sketch.kind,
        lines=tuple(line for line, _ in shown),
        levels=tuple(_levels(sketch.kind, shown, edge_at_s)) if shown and needs_bins else (),
        exact=exact,
    )


def _levels(kind: Kind, lines: Sequence[tuple[Line, Steps]], edge_at_s: Floats) -> Iterable[Level]:
    """Yield the levels from fine to coarse."""
    bins = [between(steps, edge_at_s) for _, steps in lines]
    while True:
        columns = [c for (line, _), b in zip(lines, bins, strict=True) for c in _shown(line, b)]
        yield Level(bins[0].edge_at_s, _placed(kind, lines, columns))
        if len(bins[0].mean) <= FEWEST * FACTOR:
            return
        bins = [merged(one, FACTOR) for one in bins]


def _shown(line: Line, bins: Bins) -> tuple[Floats, ...]:
    return (bins.mean, bins.least, bins.greatest) if line.has_band else (bins.mean,)


def _exactly(kind: Kind, lines: Sequence[tuple[Line, Steps]], edge_at_s: Floats) -> Level | None:
    """Return the lines as they are, at every instant at which one of them changes."""
    if not lines:
        return None
    begins_at_s, ends_at_s = edge_at_s[0], edge_at_s[-1]
    at_s = reduce(np.union1d, (steps.at_s for _, steps in lines), np.array([begins_at_s]))
    at_s = at_s[at_s < ends_at_s]
    columns = [align(steps, at_s) for _, steps in lines]
    return Level(np.append(at_s, ends_at_s), _placed(kind, lines, columns))


def _placed(
    kind: Kind, lines: Sequence[tuple[Line, Steps]], columns: Sequence[Floats]
) -> tuple[Floats, ...]:
    """Return where the areas of a stack reach up to; lines, and limits in a stack, stay."""
    if kind == "lines":
        return tuple(columns)
    floor = np.zeros(len(columns[0]))
    placed = []
    for (line, _), column in zip(lines, columns, strict=True):
        if not line.is_dashed:
            floor = floor + np.nan_to_num(column)
        placed.append(column if line.is_dashed else floor)
    return tuple(placed)
