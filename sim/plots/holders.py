"""Who holds resources, told apart by colour: the same one in every queue of a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.palette import HOLDERS, Fill
from sim.results.steps import time_mean
from sim.results.timeline import HolderUse, QueueTimeline, Window

Key = tuple[str, int | None]
"""A holder: the name of its deployment, and its revision; or a tenant's name and None."""


@dataclass(frozen=True, slots=True)
class Holders:
    """Some holders that are drawn as one."""

    words: str
    fill: Fill
    keys: frozenset[Key]


def grouped(
    queues: Sequence[QueueTimeline], deployment: str, window: Window
) -> tuple[Holders, ...]:
    """Return who is drawn as one, in the order in which they are stacked, tenants lowest.

    Each holder is one group while colours suffice. If there are more, the revisions of each
    deployment but the pictured one are joined; then those of that one, the even and the odd, so
    that the two sides of a rollout stay apart; then all that hold least.

    Args:
        queues: All that are drawn.
        deployment: The pictured one, which is stacked on top.
        window: What is drawn.
    """
    shares: dict[Key, float] = {}
    for queue in queues:
        for held in queue.held:
            key = held.name, held.revision
            shares[key] = shares.get(key, 0.0) + _share(queue, held, window)
    keys = sorted(shares, key=lambda key: _height(key, deployment))
    for words in (_each, _by_deployment, _by_parity):
        groups: dict[str, list[Key]] = {}
        for key in keys:
            groups.setdefault(words(key, deployment), []).append(key)
        if len(groups) <= len(HOLDERS):
            break
    else:
        groups = _largest(groups, shares)
    # The pictured deployment has the first colours and tenants the last, whoever else there is.
    names = sorted(groups, key=lambda name: -_height(groups[name][0], deployment))
    tenants = [name for name in names if _height(groups[name][0], deployment) == 0]
    fills = dict(zip(reversed(tenants), reversed(HOLDERS), strict=False))
    fills |= zip(names[: len(names) - len(tenants)], HOLDERS, strict=False)
    return tuple(Holders(name, fills[name], frozenset(keys)) for name, keys in groups.items())


def _share(queue: QueueTimeline, held: HolderUse, window: Window) -> float:
    """Return which part of the most that was ever used of `queue` the holder had on average."""
    mean = time_mean(held.used, held.used.at_s[0], window.end_at_s) or 0.0
    return mean / float(queue.used.value.max(initial=1.0))


def _height(key: Key, deployment: str) -> int:
    """Return how high a holder is stacked: tenants lowest, the pictured deployment on top."""
    name, revision = key
    if revision is None:
        return 0
    return 2 if name == deployment else 1


def _each(key: Key, _deployment: str) -> str:
    name, revision = key
    return f"{name} (tenant)" if revision is None else f"{name} revision {revision}"


def _by_deployment(key: Key, deployment: str) -> str:
    name, revision = key
    return _each(key, deployment) if revision is None or name == deployment else name


def _by_parity(key: Key, deployment: str) -> str:
    name, revision = key
    if revision is None or name != deployment:
        return _by_deployment(key, deployment)
    return f"{name}, {'odd' if revision % 2 else 'even'} revisions"


def _largest(groups: Mapping[str, list[Key]], shares: Mapping[Key, float]) -> dict[str, list[Key]]:
    """Return the groups that hold most, and all others as one below them."""
    most = sorted(groups, key=lambda name: -sum(shares[key] for key in groups[name]))
    kept = set(most[: len(HOLDERS) - 1])
    others = [name for name in groups if name not in kept]
    return {
        f"{len(others)} others": [key for name in others for key in groups[name]],
        **{name: keys for name, keys in groups.items() if name in kept},
    }
