"""What a run that is given more while it goes on asks of a request engine besides."""

from typing import Protocol

from sim.engines.contract.engine import RequestEngine
from sim.engines.contract.plane import Answer
from sim.workload.workload import Workload


class LiveEngine(RequestEngine, Protocol):
    """An engine whose requests, and whose end, are not all known from the start."""

    def look_ahead_at_most(self, requests: int) -> None:
        """Simulate no deployment for more requests in advance, from now on."""

    def before_more_arrive(self, from_s: float, until_s: float, most: int) -> float:
        """Return until when at most so many requests of a deployment arrive, at most `until_s`.

        It is behind `from_s`, however many requests share an instant.
        """

    def carry_out_events(self, at_s: float) -> None:
        """Let items of class EVENT happen that are due at `at_s`, before which all has happened."""

    def extend(self, horizon_s: float) -> None:
        """Know that the run ends later."""

    def amend(self, deployment: int, workload: Workload) -> None:
        """Let the plane of a deployment take another workload.

        Its requests before the present are those of the one before.
        """

    def answer(self, deployment: int, request: int) -> Answer | None:
        """Return how the request of that number ended, as far as it has been simulated."""
