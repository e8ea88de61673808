"""Named random streams: every draw of a run comes from one of them.

Owns the rule that turns a seed and a name into a generator. Owns no state: the same seed and name
give the same stream again, from its beginning, in any process and on any platform.
"""

from hashlib import sha256

import numpy as np

_WORD = np.dtype("<u4")  # little-endian, whatever the processor prefers


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the random stream called *name*, from its first draw.

    Streams of different names or seeds are independent of each other, so a source, a replica or a
    purpose that is added leaves the draws of all others as they were, and two configurations that
    are compared under one seed see the very same requests (common random numbers).

    The name enters through its SHA-256: the built-in ``hash`` of a text differs from process to
    process, and a 32-bit checksum would let two of some ten thousand names share a stream.

    Args:
        seed: The run's seed, 0 or more, of any size.
        name: What is drawn and for whom, such as ``"search/poisson-0/arrival"``.

    Raises:
        ValueError: *seed* is negative.

    Source: O'Neill, PCG: a family of simple fast space-efficient statistically good algorithms
        for random number generation (2014). The words are mixed by numpy's ``SeedSequence``.
    """
    words = np.frombuffer(sha256(name.encode()).digest(), dtype=_WORD)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words.tolist()])))
