"""How long the phases of a run are expected to take, for who waits for it; about."""

from collections.abc import Mapping
from typing import Final

from sim.lint.size import TABLED_S, Size

DRAWING: Final = "drawing requests"
SIMULATING: Final = "simulating"
SUMMING_UP: Final = "summing up"
WRITING: Final = "writing tables and picture"

# Measured (2 cores, November 2026) as seconds of a process: a day of 3.3 million requests took
# 0.41, 0.99 and 0.21 s, its picture 0.95 s besides what grows with the requests; to load the
# compiled engine took 0.55 s.
_SHARES: Final = {DRAWING: 0.25, SIMULATING: 0.6, SUMMING_UP: 0.15}
_LOADING_S: Final = 0.55
_PICTURE_S: Final = 0.95


def expected_s(size: Size, *, keeps_attempts: bool, writes: bool) -> Mapping[str, float]:
    """Return the phases of a run in their order, with the seconds that each takes; about.

    A run in which requests queue takes longer to simulate than is said here.

    Args:
        size: Of the run, without tables.
        keeps_attempts: Whether the run keeps them, and not their summary alone.
        writes: Whether its directory is written.
    """
    found = {phase: share * size.time_s for phase, share in _SHARES.items()}
    found[DRAWING] += _LOADING_S
    if writes:
        found[WRITING] = (size.requests * TABLED_S if keeps_attempts else 0.0) + _PICTURE_S
    return found
