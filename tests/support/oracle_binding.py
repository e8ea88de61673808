"""What held requests and replicas back, second by second: the oracle looks at each one's end.

All items of a second are done then, so what holds after them holds for the whole second. Cores are
left out: the oracle has one for every thread.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from oracle_replica import Thing, live

LIMITS = ("threads", "gpu", "memory", "queue_limit", "max_replicas")


def note(d: Thing) -> None:
    """Count this second of a deployment."""
    limits = set(held_by(d))
    for limit in limits:
        d.held[limit] += 1
    if "threads" in limits:
        d.waited_for_thread |= {a.number_of_arrival for a in d.queue}
    d.waited_for_gpu |= {a.number_of_arrival for r in d.replicas for a in in_gpu_line(r)}


def held_by(d: Thing) -> Iterator[str]:
    """Yield which limits hold something back now, some of them more than once."""
    if d.queue and live(d, d.active, ("RESPONSIVE",)):
        yield "threads"
    if d.is_at_max:
        yield "max_replicas"
    for r in d.replicas:
        if in_gpu_line(r) and not r.hangs:
            yield "gpu"
        if r.lacks_memory:
            yield "memory"
        if r.state == "QUEUED":
            yield "queue_limit"


def in_gpu_line(r: Thing) -> list[Any]:
    """The requests on a replica that wait for a place on its GPUs."""
    return [a for a in r.running if a.phase == "gpu line"]


def row_of(d: Thing, horizon: int) -> list[Any]:
    """What held back for which share of the run, and how many waited."""
    shares = [(limit, float(Fraction(d.held[limit], horizon))) for limit in LIMITS]
    return [
        *shares,
        ("thread_waits", len(d.waited_for_thread)),
        ("gpu_waits", len(d.waited_for_gpu)),
    ]
