"""How a change of the desired count is shared among revisions that have replicas: arithmetic.

Source: Kubernetes 1.28, Deployment controller, `scale` and `GetProportion` (proportional scaling).
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """What a revision has before a change.

    Attributes:
        revision: Its number.
        size: How many live replicas it has, at least one.
        most: How many there might be of all revisions, desired count and surge, when its size was
            last changed, or shared.
    """

    revision: int
    size: int
    most: int


def shared(shares: Sequence[Share], most: int) -> list[tuple[int, int]]:
    """Return revisions with their new sizes, which add up to `most`.

    The largest comes first, of equal ones the newer where replicas are added, the older where they
    are taken. Each gets its proportion, rounded half away from zero, but never beyond what is left;
    the rest goes to the first.

    Args:
        shares: What there is.
        most: How many there may be of all from now on, 0 if the desired count is 0.
    """
    to_add = most - sum(share.size for share in shares)
    sign = -1 if to_add > 0 else 1
    ordered = sorted(shares, key=lambda share: (-share.size, sign * share.revision))
    added, sizes = 0, []
    for share in ordered:
        left = to_add - added
        wanted = (2 * share.size * most + share.most) // (2 * share.most) - share.size
        change = min(wanted, left) if to_add > 0 else max(wanted, left)
        if not to_add:
            change = 0
        added += change
        sizes.append(share.size + change)
    sizes[0] = max(sizes[0] + to_add - added, 0)
    return [(share.revision, size) for share, size in zip(ordered, sizes, strict=True)]
