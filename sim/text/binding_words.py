"""Which limits held requests and replicas back, in one sentence."""

from sim.results.binding import Binding
from sim.text.layout import sentences


def lines(found: Binding, warm_up_s: float) -> list[str]:
    """Return which limits held it back for which share of the time, the largest share first.

    Nothing where none did. Shares are of the time after the warm-up.
    """
    limits = (
        ("its threads", found.threads, found.thread_waits),
        ("its cores", found.cores, None),
        ("its GPUs", found.gpu, found.gpu_waits),
        ("its memory", found.memory, None),
        ("the limits of resource queues", found.queue_limit, None),
        ("maxReplicas", found.max_replicas, None),
    )
    bound = [(share, words, waits) for words, share, waits in limits if share]
    said: list[str] = []
    for share, words, waits in sorted(bound, key=lambda limit: -limit[0]):
        of_time = "" if said else " of the time after the warm-up" if warm_up_s else " of the time"
        said.append(f"{words} {percent(share)}{of_time}{_in_line(waits)}")
    return sentences(f"Held back by {', '.join(said)}; by no other limit.") if said else []


def _in_line(waits: int | None) -> str:
    """Return how many attempts waited in line, where the limit has a line."""
    if waits is None:
        return ""
    return f" ({waits} {'attempt' if waits == 1 else 'attempts'} waited in line)"


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
