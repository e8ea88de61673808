"""Packets of a Perfetto trace: tracks, slices, instants, counters, flows; the home of perfetto.

Knows the format and nothing of runs. Timestamps are whole nanoseconds of the clock BOOTTIME, which
stands at 0 when the run begins; a snapshot of clocks says which wall clock that is. Names that
repeat are written once and then referred to by a number.

Source: the messages TracePacket, TrackDescriptor, TrackEvent and InternedData of Perfetto, and its
guide to traces made by programs, https://perfetto.dev/docs/reference/synthetic-track-event.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import (
    ClockSnapshot,
    Trace,
    TracePacket,
    TrackDescriptor,
    TrackEvent,
)

Annotations = Mapping[str, str | int | float | None]
"""What is said of an event beside its name; None is left out."""

CATEGORY: Final = "sim"
"""Of all events; Perfetto wants one."""

_SEQUENCE: Final = 1
"""All packets are of one sequence: names are known to its later packets alone."""

_BATCH_PACKETS: Final = 4_096
"""Packets that are objects at one time."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def nanoseconds(at_s: float) -> int:
    """Return an instant in whole nanoseconds: to the nearest, so that order is kept."""
    return round(at_s * 1e9)


class PacketWriter:
    """Writes a trace from its first packet to its last.

    Events of a track come in the order of time, each `end` ends the slice that began last; tracks
    may follow each other in any order.
    """

    def __init__(self, start: datetime) -> None:
        """Begin a trace.

        Args:
            start: The wall clock at instant 0, with its zone.
        """
        self._content: list[bytes] = []
        self._batch = Trace()
        self._tracks = 0
        self._flows = 0
        self._interned: dict[str, dict[str, int]] = {
            "event_names": {},
            "debug_annotation_names": {},
        }
        self._begin(start)

    def process(self, name: str) -> int:
        """Add a process, under which tracks stand in the order in which they are added."""
        track, number = self._descriptor()
        track.process.pid = number
        track.process.process_name = name
        track.child_ordering = TrackDescriptor.EXPLICIT
        return number

    def track(self, process: int, name: str) -> int:
        """Add a track for slices and instants; tracks of one name are shown as one."""
        track, number = self._descriptor()
        track.parent_uuid = process
        track.sibling_order_rank = number
        track.name = name
        return number

    def counter(self, process: int, name: str, unit: str) -> int:
        """Add a track for a number that changes."""
        number = self.track(process, name)
        self._batch.packet[-1].track_descriptor.counter.unit_name = unit
        return number

    def flow(self) -> int:
        """Return the number of a new arrow, which one event begins and a later one ends."""
        self._flows += 1
        return self._flows

    def begin(
        self,
        track: int,
        at_s: float,
        name: str,
        annotations: Annotations,
        *,
        ended_flow: int | None = None,
    ) -> None:
        """Begin a slice, within the one that is open on the track, if one is."""
        event = self._event(TrackEvent.TYPE_SLICE_BEGIN, track, at_s)
        self._say(event, name, annotations)
        if ended_flow is not None:
            event.terminating_flow_ids.append(ended_flow)

    def end(self, track: int, at_s: float) -> None:
        """End the slice that began last on the track."""
        self._event(TrackEvent.TYPE_SLICE_END, track, at_s)

    def instant(
        self,
        track: int,
        at_s: float,
        name: str,
        annotations: Annotations,
        *,
        begun_flows: Sequence[int] = (),
        ended_flow: int | None = None,
    ) -> None:
        """Add an event without a length."""
        event = self._event(TrackEvent.TYPE_INSTANT, track, at_s)
        self._say(event, name, annotations)
        event.flow_ids.extend(begun_flows)
        if ended_flow is not None:
            event.terminating_flow_ids.append(ended_flow)

    def count(self, track: int, at_s: float, value: float) -> None:
        """Let a counter have *value*, which is finite, from *at_s* on."""
        self._event(TrackEvent.TYPE_COUNTER, track, at_s).double_counter_value = value

    def finish(self) -> bytes:
        """Return the trace; nothing is added to it afterwards."""
        self._flush()
        return b"".join(self._content)

    def _begin(self, start: datetime) -> None:
        packet = self._packet()
        packet.sequence_flags = (
            TracePacket.SEQ_INCREMENTAL_STATE_CLEARED | TracePacket.SEQ_NEEDS_INCREMENTAL_STATE
        )
        clocks = ClockSnapshot.Clock
        packet.trace_packet_defaults.timestamp_clock_id = clocks.BOOTTIME
        # A wall clock before 1970 has no number in this format: the snapshot then has none.
        since_epoch_us = (start - _EPOCH) // timedelta(microseconds=1)
        packet.clock_snapshot.clocks.add(clock_id=clocks.BOOTTIME, timestamp=0)
        if since_epoch_us >= 0:
            packet.clock_snapshot.clocks.add(
                clock_id=clocks.REALTIME, timestamp=since_epoch_us * 1_000
            )

    def _packet(self) -> Any:
        if len(self._batch.packet) >= _BATCH_PACKETS:
            self._flush()
        packet = self._batch.packet.add()
        packet.trusted_packet_sequence_id = _SEQUENCE
        return packet

    def _flush(self) -> None:
        # A message that is written in parts, one behind the other, is read as one.
        self._content.append(self._batch.SerializeToString(deterministic=True))
        self._batch = Trace()

    def _descriptor(self) -> tuple[Any, int]:
        self._tracks += 1
        track = self._packet().track_descriptor
        track.uuid = self._tracks
        return track, self._tracks

    def _event(self, kind: int, track: int, at_s: float) -> Any:
        packet = self._packet()
        packet.timestamp = nanoseconds(at_s)
        packet.sequence_flags = TracePacket.SEQ_NEEDS_INCREMENTAL_STATE
        event = packet.track_event
        event.type = kind
        event.track_uuid = track
        return event

    def _say(self, event: Any, name: str, annotations: Annotations) -> None:
        event.categories.append(CATEGORY)
        event.name_iid = self._number_of("event_names", name)
        for key, value in annotations.items():
            if value is None:
                continue
            said = event.debug_annotations.add()
            said.name_iid = self._number_of("debug_annotation_names", key)
            if isinstance(value, str):
                said.string_value = value
            elif isinstance(value, int):
                said.int_value = value
            else:
                said.double_value = value

    def _number_of(self, kind: str, name: str) -> int:
        """Return the number of a name, which the packet that is being written explains if new."""
        known = self._interned[kind]
        if name not in known:
            known[name] = len(known) + 1
            explained = self._batch.packet[-1].interned_data
            getattr(explained, kind).add(iid=known[name], name=name)
        return known[name]
