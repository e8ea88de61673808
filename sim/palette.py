"""Colours, hatches and line styles, chosen so that none of them has to be told apart by hue alone.

The colours were searched for: any two states, and any two kinds of failure, stay at least
`MIN_DISTANCE` apart for normal sight, for protanopes and for deuteranopes. The hatches carry the
same distinction where there is no colour at all.

Source: distance is CIE 1976 Delta E in L*a*b* (ISO/CIE 11664-4); simulated sight after Machado,
Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency"
(2009), severity 1. A Delta E of 2.3 is just noticeable; we ask for ten times as much.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sim.states import Outcome, ReplicaState

MIN_DISTANCE: Final = 25.0
"""Least Delta E between two fills of one legend."""

INK: Final = "#222222"
"""Text, axes and limits."""
FAINT: Final = "#6B6B6B"
"""Remarks and minor marks."""
PAPER: Final = "#FFFFFF"
"""What a figure is drawn on."""
GRID: Final = "#E3E3E3"
"""Grid lines and separators."""
SHADE: Final = "#F1F1F1"
"""The warm-up."""
BLUE: Final = "#1F5FBF"
"""A measured series."""
ORANGE: Final = "#D9730D"
"""A second one beside it."""

DARK: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ink": "#E8E6E3",
        "faint": "#A8A5A0",
        "paper": "#15171C",
        "grid": "#343840",
        "shade": "#1F222A",
        "blue": "#7FB2FF",
        "orange": "#FFB066",
    }
)
"""The same where the ground is dark, by their names in small letters: text keeps a contrast of 7
to the paper, lines one of 4.5 (W3C, "Web Content Accessibility Guidelines 2.2", 1.4.3)."""


@dataclass(frozen=True, slots=True)
class Fill:
    """How an area is filled: `hatch` is drawn in `edge` over `face`."""

    word: str
    face: str
    edge: str
    hatch: str


_S = ReplicaState

STATES: Final[Mapping[ReplicaState, Fill]] = MappingProxyType(
    {
        _S.RESPONSIVE: Fill("responsive", "#24704A", "#174A31", ""),
        _S.UNRESPONSIVE: Fill("unresponsive", "#FFD21F", "#4A3B00", "xxxx"),
        _S.STARTED: Fill("started (loads its model)", "#4F74E0", "#FFFFFF", "\\\\\\\\"),
        _S.STARTING: Fill("starting (image, container)", "#A6C8FF", "#27457F", "////"),
        _S.QUEUED: Fill("queued for resources", PAPER, "#555555", "...."),
        _S.STARTING_ERROR: Fill("start failed or killed", "#74005C", "#FFFFFF", "||||"),
        _S.DECOMMISSIONED: Fill("decommissioned (drains)", "#B8A79B", "#4D4038", "----"),
    }
)
"""Every state in which a replica exists, in the order in which counts are stacked."""

FAILURES: Final[Mapping[str, Fill]] = MappingProxyType(
    {
        Outcome.INFERENCE_TIMEOUT.kind: Fill("inference timeout", "#E0691C", "#5A2400", "////"),
        Outcome.CLIENT_TIMEOUT.kind: Fill("client timeout", "#76597A", "#FFFFFF", "\\\\\\\\"),
        Outcome.RATE_LIMITED.kind: Fill("rate limited (429)", "#F7E51B", "#6B6200", "...."),
        Outcome.QUEUE_FULL.kind: Fill("queue full (503)", "#8F9DF5", "#2B3580", "xxxx"),
        Outcome.DISABLED.kind: Fill("disabled (503)", "#F2B3A0", "#7A3A26", "----"),
        Outcome.OUT_OF_MEMORY.kind: Fill("out of memory", "#000000", "#FFFFFF", ""),
        Outcome.REPLICA_KILLED.kind: Fill("replica killed", "#8A3A22", "#FFFFFF", "||||"),
        Outcome.GRACE_OVER.kind: Fill("grace over", "#2A2FA8", "#FFFFFF", "++++"),
    }
)
"""Every kind of failure, in the order in which bars are stacked."""

HOLDERS: Final[tuple[Fill, ...]] = (
    Fill("1st", "#5F88F0", "#FFFFFF", "//"),
    Fill("2nd", "#FBD298", "#7A4A00", "\\\\"),
    Fill("3rd", "#A26837", "#FFFFFF", ".."),
    Fill("4th", "#94C2F2", "#1F4D7A", "xx"),
    Fill("5th", "#EFE740", "#5C5600", "--"),
    Fill("6th", "#6045FA", "#FFFFFF", "||"),
    Fill("7th", "#406A93", "#FFFFFF", "++"),
    Fill("8th", "#A39A91", "#2E2A26", ""),
)
"""Whoever holds a resource; so many can be told apart at the most. Tenants have the last."""
