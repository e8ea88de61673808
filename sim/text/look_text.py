"""What `sim trace look` prints of a recording."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from sim.recordings.look_report import ColumnReport, GapReport, LookReport
from sim.recordings.measuring import Look, snippet
from sim.spans import span
from sim.text.layout import aligned, wrapped


def look_text(file: Path, seen: Look) -> str:
    """Return what a recording is and holds, what to beware of, and the source that replays it."""
    blocks = [
        list(_about(file, seen)),
        list(_columns(seen)),
        [line for one in seen.warnings for line in wrapped(f"Beware: {one}", rest="  ")],
        ["As a source of traffic:", *source_lines(snippet(file, seen))],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _about(file: Path, seen: Look) -> Iterator[str]:
    found = seen.found
    packed = f", {found.compression}" if found.compression else ""
    yield from wrapped(
        f"{file.name}: {found.format}{packed}; {seen.rows:,} row{'s' if seen.rows != 1 else ''}"
        f"{_used(seen)}, {seen.order} by arrival; "
        f"instants in {found.time} ({found.unit}), {_stamps(seen)}",
        rest="  ",
    )
    yield f"from {seen.first} to {seen.last}, {span(seen.span_s)}"
    if seen.rate_mean is not None:
        dispersion = seen.dispersion_1min
        minutes = (
            ""
            if dispersion is None
            else f", {seen.rate_peak_1min:.4g} a second in a minute; dispersion of the minutes "
            f"{dispersion:.3g}"
        )
        yield (
            f"{seen.rate_mean:.4g} a second on average, at most {seen.rate_peak_1s:g} in a "
            f"second{minutes}"
        )
    for gap in seen.gaps:
        yield f"nothing for {span(gap.length_s)} from {gap.since} on"


def _used(seen: Look) -> str:
    if not seen.skipped:
        return ""
    held = " and ".join(f"{name} is {text}" for name, text in seen.found.where.items())
    return f", of which {seen.used:,} are requests (where {held})"


def _stamps(seen: Look) -> str:
    return {
        "arrival": "when requests came",
        "end": f"when they were over, by {seen.found.duration} after they came",
    }.get(seen.found.stamp, "of which nothing says whether requests came then or were over")


def _columns(seen: Look) -> Iterator[str]:
    rows = [
        [one.name, *(f"{value:.6g}" for value in (one.min, one.mean, one.max) if value is not None)]
        for one in seen.columns
        if one.type == "number"
    ]
    if rows:
        yield from aligned([["column", "least", "mean", "most"], *rows], indent="")


def source_lines(source: Mapping[str, Any]) -> list[str]:
    """Return a source of traffic as YAML to be pasted under `traffic:`."""
    pairs = [f"{key}: {_yaml(value)}" for key, value in source.items()]
    return [f"  {'- ' if place == 0 else '  '}{pair}" for place, pair in enumerate(pairs)]


_PLAIN: Final = re.compile(r"[A-Za-z][\w./-]*", re.ASCII)
_NOT_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def _yaml(value: object) -> str:
    """Return a value as YAML takes it: JSON is YAML, and plain words need no quotes."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _NOT_WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


def look_report(file: Path, seen: Look) -> LookReport:
    """Return the same as an object."""
    found = seen.found
    return LookReport(
        format=found.format,
        compression=found.compression,
        zone=seen.zone,
        time_column=found.time,
        time_unit=found.unit,
        order=seen.order,
        stamps=found.stamp,
        rows=seen.rows,
        used=seen.used,
        skipped=dict(seen.skipped),
        first=seen.first,
        last=seen.last,
        span_s=seen.span_s,
        rate_mean=seen.rate_mean,
        rate_peak_1s=seen.rate_peak_1s,
        rate_peak_1min=seen.rate_peak_1min,
        dispersion_1min=seen.dispersion_1min,
        gaps=tuple(GapReport(since=gap.since, length_s=gap.length_s) for gap in seen.gaps),
        columns=tuple(ColumnReport(**asdict(one)) for one in seen.columns),
        warnings=seen.warnings,
        yaml="\n".join(source_lines(snippet(file, seen))) + "\n",
    )
