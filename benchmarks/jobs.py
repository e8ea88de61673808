"""What a row of the table is: the job, what it should reach, and what was found.

Owns the words and the shapes; the jobs themselves stand in `rows` and `scaling`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from timing import Comparison

Unit = Literal["x", "s", "ms", "GiB", "MB", "/s"]
"""Times as fast as the other side; seconds; milliseconds; 2^30 and 10^6 bytes; a second."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that the job must reach, and one to dream of.

    At least for `x` and `/s`, else at most.
    """

    must: float
    moonshot: float
    unit: Unit = "x"


@dataclass(frozen=True, slots=True)
class Found:
    """What a job came to.

    Attributes:
        path: Which path of the engine served the requests.
        here: What ran here, how much of it, and how long it took.
        against: The same of the other side; empty where there is none.
        values: A figure a goal of the job, in its unit; None where it could not be measured.
        checked: What was found right about the answers.
        spread: Least and greatest of the ratios of neighbouring runs; None without ratios.
        missing: Why there are no figures, if there are none.
        beside: Figures that stand beside the goals, such as a first run.
        is_full_size: Whether the job was as large as the goals say.
        is_wrong: Whether something failed or gave a wrong answer; `missing` says what.
    """

    path: str
    here: str
    against: str
    values: tuple[float | None, ...]
    checked: tuple[str, ...] = ()
    spread: tuple[float, float] | None = None
    missing: str | None = None
    beside: str = ""
    is_full_size: bool = True
    is_wrong: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A row.

    Attributes:
        name: By which it is chosen on the command line.
        title: What is measured.
        cpu: Cores of a replica.
        threads: threadCount and replicas.
        demand: What a request asks for.
        goals: One for each figure.
        measure: Does it; True asks for the full size.
    """

    name: str
    title: str
    cpu: str
    threads: str
    demand: str
    goals: tuple[Goal, ...]
    measure: Callable[[bool], Found]


def compared(
    comparison: Comparison,
    *,
    path: str,
    here: str,
    against: str,
    checked: tuple[str, ...],
    beside: str = "",
) -> Found:
    """Return what a comparison came to."""
    mine, theirs = comparison.mine, comparison.theirs
    return Found(
        path=path,
        here=f"{here}: {mine.request_count:,} in {mine.median_s:.3g} s",
        against=f"{against}: {theirs.request_count:,} in {theirs.median_s:.3g} s",
        values=(comparison.ratio,),
        spread=(min(comparison.ratios), max(comparison.ratios)),
        checked=checked,
        beside=beside,
    )


def absent(goal_count: int, reason: str, *, is_wrong: bool = False) -> Found:
    """Return that nothing could be measured, and why."""
    values = (None,) * goal_count
    return Found(path="", here="", against="", values=values, missing=reason, is_wrong=is_wrong)


def found_again(kept: Mapping[str, Any]) -> Found:
    """Return what was kept as JSON."""
    fields = {name: kept[name] for name in Found.__slots__}
    for name in ("values", "checked", "spread"):
        fields[name] = None if fields[name] is None else tuple(fields[name])
    return Found(**fields)
