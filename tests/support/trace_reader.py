"""Reads a Perfetto trace back: tracks, slices, instants, counters and flows, with names spelt out.

Written from the format's description alone; knows nothing of how traces are made here.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TracePacket, TrackEvent


@dataclass
class Happening:
    """A slice, or an instant: `end_ns` is then None. `depth` counts the slices around it."""

    track: int
    name: str
    start_ns: int
    end_ns: int | None
    depth: int
    said: dict[str, str | int | float]


@dataclass
class ReadTrace:
    """A trace as it is understood; flows are (instant, track) of their two ends, by number."""

    tracks: dict[int, Any] = field(default_factory=dict)
    slices: list[Happening] = field(default_factory=list)
    instants: list[Happening] = field(default_factory=list)
    counters: dict[int, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    instants_ns: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    flows_begun: dict[int, list[Happening]] = field(default_factory=lambda: defaultdict(list))
    flows_ended: dict[int, list[Happening]] = field(default_factory=lambda: defaultdict(list))
    left_open: int = 0
    wall_clock_ns: int | None = None

    def process_of(self, track: int) -> str:
        """Return the name of the process that a track stands under."""
        while not self.tracks[track].HasField("process"):
            track = self.tracks[track].parent_uuid
        return str(self.tracks[track].process.process_name)

    def named(self, process: str, track: str) -> list[int]:
        """Return the tracks of that name in that process."""
        return [
            number
            for number, found in self.tracks.items()
            if found.name == track and self.process_of(number) == process
        ]


def read_trace(content: bytes) -> ReadTrace:
    """Return a trace, packet by packet as an importer would take it.

    Raises:
        AssertionError: It breaks a rule of the format: a track that is not described, a name that
            was not explained on its sequence, an end without a beginning.
    """
    trace, found = Trace(), ReadTrace()
    trace.ParseFromString(content)
    names: dict[int, str] = {}
    keys: dict[int, str] = {}
    open_slices: dict[int, list[Happening]] = defaultdict(list)
    for place, packet in enumerate(trace.packet):
        assert packet.trusted_packet_sequence_id == 1
        cleared = packet.sequence_flags & TracePacket.SEQ_INCREMENTAL_STATE_CLEARED
        assert bool(cleared) is (place == 0)
        for entry in packet.interned_data.event_names:
            assert entry.iid not in names
            names[entry.iid] = entry.name
        for entry in packet.interned_data.debug_annotation_names:
            assert entry.iid not in keys
            keys[entry.iid] = entry.name
        if packet.HasField("clock_snapshot"):
            clocks = {clock.clock_id: clock.timestamp for clock in packet.clock_snapshot.clocks}
            assert clocks[6] == 0  # BOOTTIME
            assert packet.trace_packet_defaults.timestamp_clock_id == 6
            found.wall_clock_ns = clocks.get(1)  # REALTIME
        if packet.HasField("track_descriptor"):
            track = packet.track_descriptor
            assert track.uuid not in found.tracks
            assert track.uuid
            assert not track.parent_uuid or track.parent_uuid in found.tracks
            found.tracks[track.uuid] = track
        if packet.HasField("track_event"):
            _take(packet, found, open_slices, names, keys)
    found.left_open = sum(len(stack) for stack in open_slices.values())
    return found


def _take(
    packet: Any,
    found: ReadTrace,
    open_slices: dict[int, list[Happening]],
    names: dict[int, str],
    keys: dict[int, str],
) -> None:
    event, at_ns = packet.track_event, packet.timestamp
    number = event.track_uuid
    assert number in found.tracks
    found.instants_ns[number].append(at_ns)
    stack = open_slices[number]
    if event.type == TrackEvent.TYPE_COUNTER:
        assert found.tracks[number].HasField("counter")
        found.counters[number].append((at_ns, event.double_counter_value))
        return
    if event.type == TrackEvent.TYPE_SLICE_END:
        stack.pop().end_ns = at_ns
        return
    assert packet.sequence_flags & TracePacket.SEQ_NEEDS_INCREMENTAL_STATE
    said = {
        keys[one.name_iid]: getattr(one, one.WhichOneof("value")) for one in event.debug_annotations
    }
    here = Happening(number, names[event.name_iid], at_ns, None, len(stack), said)
    if event.type == TrackEvent.TYPE_SLICE_BEGIN:
        stack.append(here)
        found.slices.append(here)
    else:
        assert event.type == TrackEvent.TYPE_INSTANT
        found.instants.append(here)
    for flow in event.flow_ids:
        found.flows_begun[flow].append(here)
    for flow in event.terminating_flow_ids:
        found.flows_ended[flow].append(here)
