"""The seeds of replications: a function of a study's seed, a purpose and a number."""

from hashlib import sha256
from typing import Final, Literal

Purpose = Literal["replication", "fresh", "confirm"]
"""What runs are for: the sample; a second one, drawn after the first decided its size; to try what
another sample has suggested. Samples of different purposes are independent of each other."""

SEED_BITS: Final = 53
"""As many as a float64 holds, so that a seed is the same number in every JSON."""


RUNS: Final = 30
"""Runs of a case where nobody says how many: what a mean's interval takes at the least."""

MAX_RUNS: Final = 1_000_000
"""Runs of a case that can be asked for."""


def replication_seed(seed: int, number: int, purpose: Purpose = "replication") -> int:
    """Return the seed of a replication: `sim run FILE --seed` with it gives the same digits.

    The 53 highest bits of the SHA-256 of ``purpose/seed/number``, so that no two studies share
    runs by accident, as consecutive seeds would.

    Args:
        seed: The study's.
        number: The replication's, from 0.
        purpose: What the runs are for.
    """
    digest = sha256(f"{purpose}/{seed}/{number}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - SEED_BITS)


def replication_seeds(seed: int, runs: int, purpose: Purpose = "replication") -> list[int]:
    """Return the seeds of so many replications, in the order of their numbers."""
    return [replication_seed(seed, number, purpose) for number in range(runs)]
