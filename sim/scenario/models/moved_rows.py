"""What makes request k of a trace another than row k, and why a sequence beside it is refused."""

from typing import Final

from sim.scenario.models.source import Source
from sim.scenario.models.spec import Spec
from sim.scenario.models.traffic import TraceTraffic
from sim.units import format_duration

RULE: Final = "sequence-of-rows"
"""The rule that a sequence beside a trace breaks where rows are moved."""

UNSORTED: Final = "the file is not in order of time, and its rows are sorted"
LACKING: Final = "rows are left out in which something is missing"
CUT: Final = "the run begins behind the first rows of the file"


def moved_by(source: Source) -> str | None:
    """Return what of a source's own fields makes request k another than row k of its file."""
    if isinstance(source, TraceTraffic):
        if source.where is not None:
            return "where leaves rows out"
        if source.rate_scale != 1:
            return f"rate_scale is {source.rate_scale:g}, which leaves rows out or doubles them"
        if source.offset_s > 0:
            return f"offset is {format_duration(source.offset_s)}, which leaves out the first rows"
    return None


def refusal(law: Spec, source: str, moved: str, *, is_demand: bool) -> str:
    """Return why a sequence beside a trace is refused, and what to write instead.

    Args:
        law: The sequence.
        source: The name of the source that replays the trace.
        moved: What moves the rows.
        is_demand: Whether it is a demand, which a column can give.
    """
    column = getattr(law, "column", None) or "NAME"
    remedy = (
        f"write {{kind: column, column: {column}}}, which takes it from the request's own row"
        if is_demand
        else "replay the trace whole, unscaled and in order of time, or draw it"
    )
    return (
        f"is a sequence, whose number k is for request k of trace {source!r}, but {moved}: "
        f"the numbers would go to the wrong requests; {remedy}"
    )
