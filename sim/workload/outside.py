"""Requests from outside: those that a run gets on its way, as the last source of a deployment."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.scenario.traffic import InstantsTraffic

OUTSIDE: Final = "outside"
"""The source of traffic that requests belong to which a scenario does not have."""


class OutsideRequests:
    """The requests from outside of one deployment, numbered in the order in which they were added.

    `requests` are their numbers among all requests of the deployment, in order of arrival.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self.requests: NDArray[np.intp] = np.empty(0, np.intp)
        self._arrival_at_s: list[float] = []
        self._place: NDArray[np.intp] = np.empty(0, np.intp)

    def add(self, arrival_at_s: Sequence[float]) -> range:
        """Add requests at instants; return their numbers here."""
        first = len(self._arrival_at_s)
        self._arrival_at_s += arrival_at_s
        order = np.argsort(self._arrival_at_s, kind="stable")
        self._place = np.empty_like(order)
        self._place[order] = np.arange(order.size)
        return range(first, order.size)

    def source(self) -> InstantsTraffic:
        """Return them as a source of traffic."""
        return InstantsTraffic.model_construct(name=OUTSIDE, at_s=tuple(sorted(self._arrival_at_s)))

    def request(self, number: int) -> int:
        """Return the number among all requests of one that was added."""
        return int(self.requests[self._place[number]])
