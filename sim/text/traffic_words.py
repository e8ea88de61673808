"""What was used of the files that requests came from, in words."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from sim.results.report import Report
from sim.results.traffic import TrafficReport
from sim.spans import span
from sim.text.layout import sentences


def lines(report: Report, deployment: str) -> list[str]:
    """Return what was used of each file of one deployment."""
    of_it = (one for one in report.traffic if one.deployment == deployment)
    return [line for one in of_it for line in sentences(" ".join(_said(one)))]


_WHY: Final = MappingProxyType(
    {
        "where": "not meant by `where`",
        "missing": "in which something is missing",
        "rate_scale": "skipped by rate_scale",
    }
)


def _said(one: TrafficReport) -> Iterator[str]:
    yield f"Traffic {one.source}: {one.used:,} of {one.rows:,} rows of {one.file} used{_when(one)}."
    left = {"before the run": one.before, "after it": one.after}
    left |= {_WHY.get(reason, reason): count for reason, count in one.skipped.items()}
    if any(left.values()):
        yield f"Left out: {', '.join(f'{n:,} {where}' for where, n in left.items() if n)}."
    if one.origin == "start" and one.begins_at_s:
        side = "after" if one.begins_at_s > 0 else "before"
        yield f"Its rows begin {span(abs(one.begins_at_s))} {side} `start`."


def _when(one: TrafficReport) -> str:
    if one.first_at_s is None or one.last_at_s is None:
        return ""
    first, last = span(one.first_at_s), span(one.last_at_s)
    return f", at {first}" if first == last else f", from {first} to {last}"
