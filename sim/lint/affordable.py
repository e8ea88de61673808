"""Whether a run should be begun: its size in one line where it is large, refused where too large.

What the machine has free is asked of the system; what a run takes is said by `sim.lint.size`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sim.errors import Problem, ScenarioError
from sim.free_memory import free_memory_bytes
from sim.lint.size import Size, size_of
from sim.scenario.models.scenario import Scenario
from sim.spans import span

MANY_REQUESTS: Final = 10_000_000
"""Requests from above which a run says its size before it begins."""
MANY_REPLICAS: Final = 100_000
"""Likewise replicas."""
MUCH_BYTES: Final = 2 * 2**30
"""Likewise memory."""
MOST_REPLICAS: Final = 2_000_000
"""Replicas from above which no run begins unless it is forced: they take half an hour to start."""

_YEAR_S: Final = 365 * 86_400.0

Locate = Callable[[ScenarioError], ScenarioError]
"""What gives an error about a scenario its place in the file, if that is known."""


def _without_places(error: ScenarioError) -> ScenarioError:
    return error


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under which conditions runs are made.

    Attributes:
        keeps_attempts: See `size_of`.
        with_tables: Likewise.
        drawn_s: Likewise.
        at_once: How many runs are in memory at the same time.
        is_here: Whether that is the memory of this machine.
        is_forced: Whether a run begins however large it is.
        advice: What to do besides changing the scenario, to follow "or".
    """

    keeps_attempts: bool = True
    with_tables: bool = False
    drawn_s: float = math.inf
    at_once: int = 1
    is_here: bool = True
    is_forced: bool = False
    advice: str = ""


def announced(
    scenario: Scenario, conditions: Conditions, *, located: Locate = _without_places
) -> str | None:
    """Return the line to show before a run of a scenario begins, None where it is not large.

    Args:
        scenario: One that keeps the rules of validation.
        conditions: Under which it is run.
        located: Gives a refusal its place; without it none has a line.

    Raises:
        ScenarioError: It is too large (rule `too-large`), or a file of rates cannot be used.
    """
    size = size_of(
        scenario,
        keeps_attempts=conditions.keeps_attempts,
        with_tables=conditions.with_tables,
        drawn_s=conditions.drawn_s,
    )
    if not conditions.is_forced:
        _require_affordable(size, conditions, located)
    is_large = (
        max(size.requests, size.attempts) > MANY_REQUESTS
        or size.replicas > MANY_REPLICAS
        or size.memory_bytes > MUCH_BYTES
    )
    return size_words(size) if is_large else None


def size_words(size: Size) -> str:
    """Return a size as one line: requests, replicas, memory and time."""
    requests = f"{size.requests:,.0f}"
    if not size.are_counted:
        requests = f"{'at most' if size.are_at_most else 'about'} {_rounded(size.requests)}"
    tries = ""
    if size.attempts > size.requests:
        tries = f" (up to {_rounded(size.attempts)} attempts)"
    return (
        f"{requests} request{'' if size.requests == 1 else 's'}{tries}, "
        f"{size.replicas:,} replica{'' if size.replicas == 1 else 's'}, "
        f"about {_gibibytes(size.memory_bytes)}, about {_time(size.time_s)}"
    )


def _require_affordable(size: Size, conditions: Conditions, located: Locate) -> None:
    if size.replicas > MOST_REPLICAS:
        raise located(_too_large(size, conditions, f"more than {MOST_REPLICAS:,} replicas"))
    free_bytes = free_memory_bytes() if conditions.is_here else None
    if free_bytes is not None and size.memory_bytes * conditions.at_once > free_bytes:
        here = f"{_gibibytes(free_bytes)} of memory are free here"
        if conditions.at_once > 1:
            here += f" for {conditions.at_once} runs at once"
        raise located(_too_large(size, conditions, here))


def _too_large(size: Size, conditions: Conditions, limit: str) -> ScenarioError:
    of_replicas = size.replicas > MOST_REPLICAS
    smaller = "fewer replicas" if of_replicas else "lower rates or a shorter horizon"
    advice = f", or {conditions.advice}" if conditions.advice and not of_replicas else ""
    message = (
        f"a run would take {size_words(size)}; {limit}: ask for {smaller}{advice}; "
        "--force runs it all the same"
    )
    path = size.most_replicas if of_replicas else size.most_requests
    return ScenarioError(Problem(message=message, rule="too-large", path=path))


def _rounded(count: float) -> str:
    """Return a number that is known about, to three digits."""
    return f"{float(f'{count:.3g}'):,.0f}"


def _gibibytes(size_bytes: float) -> str:
    gibibytes = size_bytes / 2**30
    return f"{gibibytes:,.1f} GiB" if gibibytes < 100 else f"{_rounded(gibibytes)} GiB"


def _time(time_s: float) -> str:
    """Return a length of time that is known about, in two digits; beyond a year in years."""
    if time_s >= _YEAR_S:
        return f"{_rounded(time_s / _YEAR_S)} year{'' if time_s < 1.5 * _YEAR_S else 's'}"
    return span(float(f"{time_s:.2g}"))
