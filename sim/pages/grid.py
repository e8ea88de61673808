"""The edges of the finest bins of a page: fine around what happened, coarser elsewhere."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from sim.results.timeline import Floats, Mark, Window

FINEST_S: Final = 1.0
"""Width of the bins around rollouts and faults; elsewhere they are no narrower than they must."""

BINS: Final = 8_000
"""Bins of the whole run at the most, but for those around rollouts and faults."""

MOST_FINE: Final = 16_000
"""Bins of `FINEST_S` at the most: the stretches around what happened are cut to that."""

BEFORE_S: Final = 60.0
AFTER_S: Final = 300.0
"""What is fine before the first mark of a rollout or a fault, and after its last."""

SEEN: Final = frozenset(
    {"put", "publish", "switch", "full", "gone", "superseded", "cancelled", "fault", "disable"}
)
"""Kinds of marks around which bins are fine; steps of scaling are too many for that."""


def grid(window: Window, marks: Iterable[Mark]) -> Floats:
    """Return the edges of the finest bins: from the window's beginning to its end, ascending.

    Bins are a `BINS`-th of the window wide, or `FINEST_S` around marks where that is narrower.

    Args:
        window: What the page shows.
        marks: What happened, of all deployments, in any order.
    """
    width_s = window.length_s / BINS
    edge_at_s = window.start_at_s + width_s * np.arange(BINS, dtype=np.float64)
    fine = stretches(window, marks) if width_s > FINEST_S else []
    for stretch in fine:
        outside = (edge_at_s <= stretch.start_at_s) | (edge_at_s >= stretch.end_at_s)
        inside = np.arange(stretch.start_at_s, stretch.end_at_s, FINEST_S)
        edge_at_s = np.concatenate((edge_at_s[outside], inside, [stretch.end_at_s]))
    return np.unique(np.append(edge_at_s, window.end_at_s))


def stretches(window: Window, marks: Iterable[Mark]) -> list[Window]:
    """Return where bins are fine, in order of time, apart from each other and on whole seconds.

    Together they are at most `MOST_FINE` bins long; where they would be longer, each shows its
    first part.
    """
    found: dict[tuple[str, object], list[float]] = {}
    for mark in marks:
        if mark.kind in SEEN:
            key = ("rollout", mark.rollout) if mark.rollout else ("at", mark.at_s)
            found.setdefault(key, []).append(mark.at_s)
    around = _apart(
        (
            np.floor(max(min(at_s) - BEFORE_S, window.start_at_s)),
            np.ceil(min(max(at_s) + AFTER_S, window.end_at_s)),
        )
        for at_s in found.values()
    )
    if sum(end_s - start_s for start_s, end_s in around) > MOST_FINE * FINEST_S:
        longest_s = np.floor(MOST_FINE * FINEST_S / len(around))
        around = [(start_s, min(end_s, start_s + longest_s)) for start_s, end_s in around]
    clipped = (
        (max(start_s, window.start_at_s), min(end_s, window.end_at_s)) for start_s, end_s in around
    )
    return [Window(start_s, end_s) for start_s, end_s in clipped if start_s < end_s]


def _apart(spans: Iterable[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    """Return the spans in order, those that touch as one."""
    found: list[tuple[float, float]] = []
    for start_s, end_s in sorted(spans):
        if found and start_s <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end_s))
        else:
            found.append((start_s, end_s))
    return found
