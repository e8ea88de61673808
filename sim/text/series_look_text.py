"""What `sim trace look` prints of a recording of counts or rates."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sim.recordings.look_report import FORM
from sim.recordings.series_look import SeriesLook
from sim.spans import span
from sim.text.layout import wrapped
from sim.text.look_text import source_lines


def series_look_text(file: Path, seen: SeriesLook) -> str:
    """Return what a recording is and holds, what to beware of, and the source of traffic."""
    blocks = [
        list(_about(file, seen)),
        [line for one in seen.warnings for line in wrapped(f"Beware: {one}", rest="  ")],
        ["As a source of traffic:", *source_lines(seen.source)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _about(file: Path, seen: SeriesLook) -> Iterator[str]:
    found = seen.found
    packed = f", {found.compression}" if found.compression else ""
    each = "of different lengths" if seen.every_s is None else f"of {span(seen.every_s)}"
    starts = f"starts in {found.time} ({found.unit})" if found.time else "a column each"
    yield from wrapped(
        f"{file.name}: {found.format}{packed}; {found.holds} of {seen.intervals:,} intervals "
        f"{each}, {seen.order} by time; {starts}",
        rest="  ",
    )
    yield f"from {seen.first} to {seen.last}, {span(seen.span_s)}"
    total = f"{seen.requests:,.0f} requests"
    yield from wrapped(
        f"{total if found.holds == 'counts' else f'about {total}'}, {seen.rate_mean:.4g} a second "
        f"on average, at most {seen.rate_peak:.4g} a second in the interval from {seen.peak_at} on",
        rest="  ",
    )


def series_look_data(seen: SeriesLook) -> Mapping[str, Any]:
    """Return the same as plain data."""
    found = seen.found
    return {
        "schema": FORM,
        "format": found.format,
        "compression": found.compression,
        "holds": found.holds,
        "time_column": found.time or None,
        "time_unit": found.unit if found.time else None,
        "order": seen.order,
        "series_count": seen.series_count,
        "series": list(seen.series),
        "taken": seen.taken,
        "intervals": seen.intervals,
        "missing": seen.missing,
        "every_s": seen.every_s,
        "requests": seen.requests,
        "first": seen.first,
        "last": seen.last,
        "span_s": seen.span_s,
        "rate_mean": seen.rate_mean,
        "rate_peak": seen.rate_peak,
        "peak_at": seen.peak_at,
        "warnings": list(seen.warnings),
        "yaml": "\n".join(source_lines(seen.source)) + "\n",
    }
