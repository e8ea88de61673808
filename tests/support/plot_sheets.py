"""What is on a figure, as it was laid out: its views, its panels, its texts and their extents."""

from collections.abc import Iterator

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox


def panel(figure: Figure, title: str) -> Axes:
    """The one panel whose title begins so."""
    (found,) = [ax for ax in figure.axes if ax.get_ylabel().startswith(title)]
    return found


def columns(figure: Figure) -> list[list[Axes]]:
    """The axes of each view, from above: the whole first."""
    found: dict[tuple[float, float], list[Axes]] = {}
    for ax in figure.axes:
        found.setdefault(ax.get_xlim(), []).append(ax)
    return list(found.values())


def titles(figure: Figure) -> list[str]:
    """The titles of all lanes and panels, from above."""
    return [ax.get_ylabel() for ax in figure.axes]


def tick_labels(axis: Axis) -> list[Text]:
    """The labels that are drawn at the ticks of an axis: none where they stand beside a view."""
    low, high = sorted(axis.get_view_interval())
    slack = (high - low) * 1e-9
    labels = axis.get_majorticklabels()
    return [
        label
        for at, label in zip(axis.get_majorticklocs(), labels, strict=bool(labels))
        if low - slack <= at <= high + slack and label.get_visible()
    ]


def texts(figure: Figure) -> Iterator[Text]:
    """Every text that is drawn."""
    yield from figure.texts
    for ax in figure.axes:
        yield from ax.texts
        yield from (ax.xaxis.label, ax.yaxis.label)
        yield from tick_labels(ax.yaxis)
        if ax.get_xlabel():
            yield from tick_labels(ax.xaxis)
        if legend := ax.get_legend():
            yield from legend.get_texts()


def boxes(figure: Figure) -> list[tuple[str, Bbox]]:
    """Each text with the pixels it takes."""
    return [
        (text.get_text(), text.get_window_extent()) for text in texts(figure) if text.get_text()
    ]


def overlap(one: Bbox, other: Bbox) -> bool:
    """Whether two boxes share more than a border."""
    shared = Bbox.intersection(one, other)
    return shared is not None and min(shared.width, shared.height) > 0.5
