"""How amounts and instants are written in claims, and named among their numbers."""

from sim.scenario.models.queues import Resource
from sim.units import format_cores, format_duration


def amount_text(resource: Resource, amount: int) -> str:
    """Return an amount of a queue's resource in words, such as "8 cores" or "1 GPU of type T4"."""
    if resource is None:
        cores = format_cores(amount)
        return f"{cores} core{'' if cores == 1 else 's'}"
    return f"{amount} GPU{'' if amount == 1 else 's'} of type {resource.value}"


def plain_amount(resource: Resource, amount: int) -> int | float:
    """Return an amount as a file has it: in cores, or in GPUs."""
    return amount if resource is not None else format_cores(amount)


def unit_of(resource: Resource) -> str:
    """Return the end of the name of a number that is an amount of a queue's resource."""
    return "cores" if resource is None else "gpus"


def count_text(count: int, noun: str) -> str:
    """Return a number of things in words."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def about(value: float) -> str:
    """Return a number with three digits, as much as a claim needs."""
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def span_text(duration_s: float) -> str:
    """Return a duration in the words of a file, to the millisecond."""
    return format_duration(round(duration_s, 3))
