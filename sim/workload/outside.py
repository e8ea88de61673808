"""Requests from outside: those that a run gets on its way, as the last source of a deployment."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.scenario.models.traffic import InstantsTraffic
from sim.workload.drawn_columns import Floats

OUTSIDE: Final = "outside"
"""The source of traffic that requests belong to which a scenario does not have."""


class OutsideRequests:
    """The requests from outside of one deployment, numbered in the order in which they were added.

    `requests` are their numbers among all requests of the deployment, in order of arrival.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self.requests: NDArray[np.intp] = np.empty(0, np.intp)
        self._given_at_s: Floats = np.empty(0)
        self._at_s: Floats = np.empty(0)
        self._number: NDArray[np.intp] = np.empty(0, np.intp)

    def add(self, arrival_at_s: Sequence[float] | Floats) -> range:
        """Add requests at instants; return their numbers here."""
        new = np.asarray(arrival_at_s, dtype=np.float64)
        first = self._given_at_s.size
        order = np.argsort(new, kind="stable")
        # Behind those of the same instant that are there: they were added before.
        places = np.searchsorted(self._at_s, new[order], side="right")
        self._at_s = np.insert(self._at_s, places, new[order])
        self._number = np.insert(self._number, places, first + order)
        self._given_at_s = np.concatenate([self._given_at_s, new])
        return range(first, first + new.size)

    def source(self) -> InstantsTraffic:
        """Return them as a source of traffic, to draw a workload from.

        Its instants are an array, which is not what a scenario holds: see `written`.
        """
        at_s: Any = self._at_s
        return InstantsTraffic.model_construct(name=OUTSIDE, at_s=at_s)

    def written(self) -> InstantsTraffic:
        """Return them as a source of a scenario."""
        return InstantsTraffic.model_construct(name=OUTSIDE, at_s=tuple(self._at_s.tolist()))

    def request(self, number: int) -> int:
        """Return the number among all requests of one that was added."""
        at_s = self._given_at_s[number]
        first, end = (int(np.searchsorted(self._at_s, at_s, side)) for side in ("left", "right"))
        place = first + int(np.searchsorted(self._number[first:end], number))
        return int(self.requests[place])
