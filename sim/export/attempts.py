"""Attempts as slices: from arrival to answer and release, with their phases inside."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan
from typing import Final

import numpy as np

from sim.export.lanes import lanes
from sim.export.packets import Annotations, PacketWriter
from sim.results.table import Table

TRACK: Final = "requests"

_SAID: Final = ("request", "attempt", "source", "outcome", "revision", "replica", "thread")


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of an attempt's life: `waiting` for a thread, `service`, or `abandoned`.

    An attempt is abandoned while it holds a thread for a client that was answered.
    """

    name: str
    start_at_s: float
    end_at_s: float


def phases(
    arrival_at_s: float,
    start_at_s: float,
    answered_at_s: float,
    released_at_s: float,
    horizon_s: float,
) -> Iterator[Phase]:
    """Yield the phases of an attempt, one behind the other; NaN is an instant that never came."""
    answered_at_s = horizon_s if isnan(answered_at_s) else answered_at_s
    if isnan(start_at_s):
        yield Phase("waiting", arrival_at_s, answered_at_s)
        return
    released_at_s = horizon_s if isnan(released_at_s) else released_at_s
    yield Phase("waiting", arrival_at_s, start_at_s)
    yield Phase("service", start_at_s, min(answered_at_s, released_at_s))
    if answered_at_s < released_at_s:
        yield Phase("abandoned", answered_at_s, released_at_s)


def write_attempts(writer: PacketWriter, process: int, requests: Table, horizon_s: float) -> None:
    """Write the attempts of one deployment, each a slice with its phases inside.

    Args:
        writer: Of the trace.
        process: The deployment's.
        requests: Its rows that are shown.
        horizon_s: Where the run ends.
    """
    requests = requests.take(np.argsort(requests["arrival_at_s"], kind="stable"))
    instants = ("arrival_at_s", "start_at_s", "answered_at_s", "released_at_s")
    lives = [
        tuple(phases(arrival_at_s, start_at_s, answered_at_s, released_at_s, horizon_s))
        for arrival_at_s, start_at_s, answered_at_s, released_at_s in zip(
            *(requests[name].tolist() for name in instants), strict=True
        )
    ]
    said = list(_annotations(requests))
    for lane in lanes([(life[0].start_at_s, life[-1].end_at_s) for life in lives]):
        track = writer.track(process, TRACK)
        for place in lane:
            _write(writer, track, lives[place], said[place])


def _write(
    writer: PacketWriter, track: int, life: tuple[Phase, ...], annotations: Annotations
) -> None:
    writer.begin(track, life[0].start_at_s, str(annotations["outcome"]), annotations)
    for phase in life:
        writer.begin(track, phase.start_at_s, phase.name, {})
        writer.end(track, phase.end_at_s)
    writer.end(track, life[-1].end_at_s)


def _annotations(requests: Table) -> Iterator[Annotations]:
    columns = [requests[name].tolist() for name in _SAID]
    for values in zip(*columns, strict=True):
        yield {
            name: None if value == -1 else value for name, value in zip(_SAID, values, strict=True)
        }
