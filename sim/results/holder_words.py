"""Who holds what of a resource queue, in the words that pictures and text share."""

from collections.abc import Iterable

from sim.results.waits import HolderFigures


def holders_in_words(holders: Iterable[HolderFigures]) -> str:
    """Return who holds it: "2 x chat revision 0 RESPONSIVE (8 cores), nightly (4 cores)"."""
    return ", ".join(map(_holder, holders)) or "nobody"


def _holder(holder: HolderFigures) -> str:
    gpus = holder.gpus
    held = _count(holder.cores or 0, "core") if gpus is None else _count(gpus, "GPU")
    who = holder.deployment
    if holder.state is not None:
        who = f"{holder.replicas} x {who} revision {holder.revision} {holder.state.value}"
    return f"{who} ({held})"


def _count(number: float, noun: str) -> str:
    return f"{number:g} {noun}" if number == 1 else f"{number:g} {noun}s"
