"""What is said of values that were set and do not hold to the end."""

from sim.scenario.reading.undone import Undone
from sim.spans import span


def words_of(found: Undone) -> str:
    """Return one line: which value, until when, and how it holds beyond."""
    return (
        f"note: --set {found.target} holds until {span(found.at_s)}, when a replace "
        f"(timeline[{found.event}]) sets another value: --everywhere sets it there too"
    )
