"""Which limits held requests and replicas back, in one sentence."""

from collections.abc import Mapping
from typing import Any, Final

from sim.text.layout import sentences

WORDS: Final = {
    "threads": "its threads",
    "cores": "its cores",
    "gpu": "its GPUs",
    "memory": "its memory",
    "queue_limit": "the limits of resource queues",
    "max_replicas": "maxReplicas",
}
"""What users call each limit."""

LINES: Final = {"threads": "thread_waits", "gpu": "gpu_waits"}
"""Where it is counted how many waited in line."""


def lines(deployment: Mapping[str, Any], warm_up_s: float) -> list[str]:
    """Return which limits held it back for which share of the time, the largest share first.

    Nothing where none did. Shares are of the time after the warm-up.
    """
    found = deployment["binding"]
    bound = sorted((limit for limit in WORDS if found[limit]), key=lambda limit: -found[limit])
    if not bound:
        return []
    said = [f"{WORDS[limit]} {percent(found[limit])}" for limit in bound]
    said[0] += " of the time after the warm-up" if warm_up_s else " of the time"
    for place, limit in enumerate(bound):
        if limit in LINES:
            count = found[LINES[limit]]
            said[place] += f" ({count} {'attempt' if count == 1 else 'attempts'} waited in line)"
    return sentences(f"Held back by {', '.join(said)}; by no other limit.")


def percent(share: float) -> str:
    """Return a share above 0, to a tenth of a percent, but 0% and 100% only where it is that.

    Examples:
        >>> [percent(share) for share in (0.8349, 0.00002, 0.99999, 1.0)]
        ['83.5%', 'below 0.1%', 'above 99.9%', '100%']
    """
    if share == 1:
        return "100%"
    said = f"{share:.1%}"
    return {"0.0%": "below 0.1%", "100.0%": "above 99.9%"}.get(said, said)
