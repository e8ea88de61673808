"""How the autoscaler moved the number of replicas, and why it did not, in words."""

from collections.abc import Iterator

from sim.results.report import DeploymentReport
from sim.results.scaling import Load, Scaling
from sim.results.starts import Starts
from sim.spans import span
from sim.text.layout import sentences
from sim.text.wall_clock import Instants


def lines(deployment: DeploymentReport, instants: Instants) -> list[str]:
    """Return the steps that were taken, and what stood against them; nothing where nothing did."""
    scaling = deployment.scaling
    found = [
        *_steps(scaling, instants),
        *_while_starting(scaling, deployment.starts),
        *_at_max(scaling),
        *_no_step_up(scaling),
        *_full(scaling.load),
    ]
    return [line for said in found for line in sentences(said)]


def _steps(scaling: Scaling, instants: Instants) -> Iterator[str]:
    ups, downs, to_zero = scaling.ups, scaling.downs, scaling.to_zero
    if not (ups or downs or to_zero):
        return
    zero = f", {to_zero} to zero" if to_zero else ""
    replicas = f"{scaling.min} to {scaling.max} replicas, {scaling.mean:.3g} on average"
    yield f"Scaling: {replicas}; {_count(ups, 'step')} up and {downs} down{zero}."
    if scaling.first_up_at_s is not None:
        yield f"The first step up came at {instants.say(scaling.first_up_at_s)}{_rest(scaling)}."
    if scaling.reversals > 1:
        yield (
            f"It turned round {scaling.reversals} times: a step up after one down, or a step "
            "down after one up."
        )


def _rest(scaling: Scaling) -> str:
    """Say how the other steps up followed the first."""
    spacing = scaling.up_spacing_s
    if spacing.min is None or spacing.mean is None or spacing.max is None:
        return ""
    last = scaling.ups - 1
    if last == 1:
        return f", the other {span(spacing.min)} later"
    if spacing.min == spacing.max:
        return f", the other {last} followed every {span(spacing.min)}"
    return (
        f", the other {last} followed {span(spacing.min)} to {span(spacing.max)} after the "
        f"one before, {span(spacing.mean)} on average"
    )


def _while_starting(scaling: Scaling, starts: Starts) -> Iterator[str]:
    early = scaling.ups_while_starting
    if not early:
        return
    took_s, delay_s = starts.took_s.mean, scaling.up_delay_s
    why = ""
    if took_s is not None and delay_s is not None and took_s > delay_s:
        why = f": a start took {span(took_s)}, the scale-up delay is {span(delay_s)}"
    yield (
        f"{early} of {_count(scaling.ups, 'step')} up came while replicas asked for before were "
        f"still starting{why}."
    )


def _at_max(scaling: Scaling) -> Iterator[str]:
    held_s, queued_s = scaling.held_by.at_max, scaling.at_max_queued_s
    if not held_s and not (queued_s and scaling.ups):
        return
    least, most = scaling.max_replicas_least, scaling.max_replicas_most
    bound = f"{most}" if least == most else f"{least} to {most}"
    parts = {
        "a step up was due": held_s,
        "a replica of them still waited in a resource queue": queued_s,
    }
    told = [f"for {span(length_s)} {what}" for what, length_s in parts.items() if length_s]
    yield f"At maxReplicas ({bound}) for {span(scaling.at_max_s)}: {', '.join(told)}."


def _no_step_up(scaling: Scaling) -> Iterator[str]:
    """Say why there was no step up where there was room for one."""
    load, live, most = scaling.load, scaling.max, scaling.max_replicas_most
    if load.max is None or load.threshold is None or live is None or most is None:
        return
    if scaling.ups or live >= most:
        return
    highest, threshold = f"{load.max:.3g}", f"{load.threshold:.3g}"
    if not load.can_reach:
        yield (
            f"No step up: the scale-up threshold cannot be reached. The load must be above "
            f"{threshold}, and never exceeds 1; it was at most {highest}."
        )
    elif load.max <= load.threshold:
        yield f"No step up: the load was at most {highest}, the scale-up threshold is {threshold}."
    elif scaling.up_delay_s is not None:
        yield (
            f"No step up: the load was up to {highest}, but not at the scale-up threshold of "
            f"{threshold} for the whole scale-up delay of {span(scaling.up_delay_s)}."
        )


def _full(load: Load) -> Iterator[str]:
    if load.full_s:
        yield f"All threads were busy (load 1) for {span(load.full_s)}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
