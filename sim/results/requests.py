"""What became of requests, and how long they took: the groups that hold for any window of a run.

Definitions are those of `sim.results.metrics`.
"""

from sim.results.measure import Group, Tally, measure


class FailedRequests(Tally):
    """Requests whose last attempt was answered with an error, by which one."""

    rate_limited: int = measure("requests", better="less")
    """The deployment's rate limit was reached."""
    disabled: int = measure("requests", better="less")
    """The deployment was disabled."""
    queue_full: int = measure("requests", better="less")
    """The line was as long as it may be."""
    inference_timeout: int = measure("requests", better="less")
    """The platform gave up."""
    client_timeout: int = measure("requests", better="less")
    """The client gave up."""
    out_of_memory: int = measure("requests", better="less")
    """The replica ran out of memory."""
    replica_killed: int = measure("requests", better="less")
    """The replica was killed."""
    grace_over: int = measure("requests", better="less")
    """The replica was to go, and had no more time to end it."""


class RequestCounts(Group):
    """Where requests are at the end: the parts add up to `arrived`."""

    arrived: int = measure("requests")
    """Requests by their first attempt."""
    completed: int = measure("requests", better="more")
    """Requests that were answered with a result."""
    failed: FailedRequests
    queued: int = measure("requests")
    """Requests that stood in line when the run ended."""
    running: int = measure("requests")
    """Requests that held a thread when the run ended."""
    backing_off: int = measure("requests")
    """Requests whose next attempt was still to come when the run ended."""


class Figures(Group):
    """Mean, quantiles and maximum of a length of time; null where there is no value."""

    mean: float | None = measure("s", better="less")
    p50: float | None = measure("s", better="less")
    p95: float | None = measure("s", better="less")
    p99: float | None = measure("s", better="less")
    max: float | None = measure("s", better="less")


def no_figures() -> Figures:
    """Return the figures of no value."""
    return Figures(mean=None, p50=None, p95=None, p99=None, max=None)
