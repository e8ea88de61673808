"""The rate windows of arrivals, as the shipped file of them was made from a public trace."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.scenario.models.distributions import MAX_CV, MIN_CV
from sim.workload.rate_windows import WindowRow

Floats = NDArray[np.float64]


def windows_of(arrival_at_s: Floats, *, width_s: float) -> list[WindowRow]:
    """Return the rate windows of given arrivals, to publish or replay their rates without them.

    Window j is ``[j * width_s, (j + 1) * width_s)``; the last one holds the last arrival. Its rate
    is its number of arrivals over its width. The law is Gamma by moments of the gaps between its
    own arrivals: shape ``1 / cv**2``, scale ``cv**2 / rate``, so that the mean gap is
    ``1 / rate``. The cv is kept between 0.001 and 100; where there are no two gaps, or all
    arrivals come at one instant, it is 1.

    Args:
        arrival_at_s: Ascending instants, shape ``(n,)``, none negative.
        width_s: Width of every window, more than 0.
    """
    if arrival_at_s.size == 0:
        return []
    edge_at_s = np.arange(int(arrival_at_s[-1] // width_s) + 3) * width_s
    window_count = int(np.searchsorted(edge_at_s, arrival_at_s[-1], side="right"))
    edges = edge_at_s[: window_count + 1]
    places = np.searchsorted(arrival_at_s, edges, side="left").tolist()
    return [
        _fitted(start_at_s, arrival_at_s[first:end], width_s=width_s)
        for start_at_s, (first, end) in zip(edges[:-1].tolist(), pairwise(places), strict=True)
    ]


def _fitted(start_at_s: float, arrival_at_s: Floats, *, width_s: float) -> WindowRow:
    if arrival_at_s.size == 0:
        return WindowRow(start_at_s, 0.0, 0.0, "", 0.0, 0.0)
    gap_s = np.diff(arrival_at_s)
    cv = 1.0
    if gap_s.size > 1 and gap_s.mean() > 0:
        cv = min(max(float(gap_s.std() / gap_s.mean()), MIN_CV), MAX_CV)
    rate_per_s = arrival_at_s.size / width_s
    return WindowRow(start_at_s, rate_per_s, cv, "Gamma", 1 / cv**2, cv**2 / rate_per_s)
