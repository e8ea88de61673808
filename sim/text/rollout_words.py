"""How each rollout went and why, in words."""

from collections.abc import Iterator
from typing import Final

from sim.reasons import Reason
from sim.results.holder_words import holders_in_words
from sim.results.report import DeploymentReport
from sim.results.rollouts import RolloutReport
from sim.results.waits import StallFigures
from sim.spans import span
from sim.text.layout import sentences
from sim.text.wait_words import can_never_fit, needed, who
from sim.text.wall_clock import Instants

EVENTS: Final = {"replace": "PUT", "publish": "new model version", "disable": "disable"}
"""What an event that gives up a rollout is called."""

GAVE_UP: Final = {
    Reason.REVERTED: "which put back what was active",
    Reason.CHANGED_IN_PLACE: "which changed the active revision in place",
}
"""What a PUT without a rollout did that gave one up."""


def lines(deployment: DeploymentReport, instants: Instants) -> list[str]:
    """Return a paragraph a rollout."""
    found: list[str] = []
    for rollout in deployment.rollouts:
        said = _rollout(rollout, deployment.name, instants)
        found += sentences(" ".join(said))
    return found


def _rollout(rollout: RolloutReport, name: str, instants: Instants) -> Iterator[str]:
    """Yield the sentences about one rollout; its times count from its PUT."""
    yield (
        f"Rollout {rollout.number}: {EVENTS[rollout.cause]} at {instants.say(rollout.put_at_s)}, "
        f"revision {rollout.old_revision} to {rollout.new_revision}."
    )
    yield _course(rollout)
    yield from _given_up(rollout, instants)
    yield from _why_not(rollout)
    yield from _threads_after(rollout)
    if rollout.progress_exceeded_at_s is not None:
        at = instants.say(rollout.progress_exceeded_at_s)
        yield f"At {at} it had made no progress for its whole deadline."
    yield _dip(rollout)
    yield from _extent(rollout)
    for stall in rollout.stalls:
        yield from _stall(stall, (name, rollout.new_revision), instants)


def _course(rollout: RolloutReport) -> str:
    def after(at_s: float) -> str:
        return f"after {span(at_s - rollout.put_at_s)}"

    steps = ["never switched"]
    if rollout.switched_at_s is not None:
        steps = [f"switched {after(rollout.switched_at_s)}"]
    is_over = rollout.ended in ("superseded", "cancelled")
    if rollout.full_at_s is not None and rollout.threads_at_full is not None:
        steps.append(
            f"was full {after(rollout.full_at_s)} ({_threads(rollout.threads_at_full)}, "
            f"{rollout.threads_at_put} before)"
        )
    elif not is_over:
        steps.append("was not full at the end of the run")
    if is_over and rollout.ended_at_s is not None:
        steps.append(f"was {rollout.ended} {after(rollout.ended_at_s)}")
    if rollout.gone_at_s is not None:
        steps.append(f"the last old replica was gone {after(rollout.gone_at_s)}")
    return f"It {', '.join(steps[:-1])} and {steps[-1]}."


def _given_up(rollout: RolloutReport, instants: Instants) -> Iterator[str]:
    by = rollout.given_up_by
    if by is None:
        return
    event = f"the {EVENTS[by.event]} at {instants.say(by.at_s)}"
    if by.code is Reason.SWITCHED:
        yield f"Revision {by.revision}, of {event}, took over from it before it was done."
    elif by.revision is not None:
        yield f"It was given up for revision {by.revision}, of {event}."
    elif rollout.switched_at_s is not None:
        yield f"It was ended by {event}."
    else:
        did = f", {GAVE_UP[by.code]}" if by.code in GAVE_UP else ""
        yield f"It was given up by {event}{did}."


def _why_not(rollout: RolloutReport) -> Iterator[str]:
    """Yield why it never switched, but for what its stalls tell."""
    why, never_fits = rollout.why_not_switched, rollout.never_fits
    if never_fits is not None:
        yield f"It can never fit: one replica {can_never_fit(never_fits)}."
    failed = _failed_starts(rollout)
    if why is None:
        if failed:
            yield f"Starts failed before it switched: {failed}."
        return
    if why.code is Reason.STARTS_FAILED:
        yield f"It did not switch because its starts failed: {failed}."
        return
    if why.code is Reason.STILL_IN_LINE and why.short is not None and not rollout.stalls:
        held = f"; held by {holders_in_words(why.held_by)}" if why.held_by else ""
        behind = "" if why.behind is None else f"behind {who(why.behind)}, which needed "
        yield (
            "It did not switch because its replicas waited "
            f"{behind or 'for '}{needed(why.short)}{held}."
        )
    elif why.code in (Reason.GIVEN_UP_EARLY, Reason.STILL_STARTING):
        yield f"It did not switch: {why.words}."
    if failed:
        yield f"Starts of it failed: {failed}."


def _failed_starts(rollout: RolloutReport) -> str:
    """Return how often starts failed: "40 times, model_memory is above the memory limit"."""
    return "; ".join(
        f"{'once' if failed.times == 1 else str(failed.times) + ' times'}, {failed.words}"
        for failed in rollout.failed_starts
    )


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"


def _threads_after(rollout: RolloutReport) -> Iterator[str]:
    threads = rollout.threads
    if not threads.below_s or threads.after_switch is None:
        return
    until = "to the end of the run" if threads.restored_at_s is None else "until all were back"
    yield (
        f"After the switch there {'was' if threads.after_switch == 1 else 'were'} "
        f"{_threads(threads.after_switch)} against {threads.at_put} at the "
        f"{EVENTS[rollout.cause]}, and fewer for {span(threads.below_s)}, {until}."
    )


def _dip(rollout: RolloutReport) -> str:
    threads, cores = rollout.dip_ratio, rollout.cores_dip_ratio
    if threads is None or cores is None:
        return "Nothing was responsive before it, so there was no capacity to lose."
    if threads == 0 and cores == 0:
        return "Capacity never fell on the way."
    return f"Capacity fell by up to {threads:.1%} of threads and {cores:.1%} of cores on the way."


def _extent(rollout: RolloutReport) -> Iterator[str]:
    """Yield what there was at the least and at the most, where that was not all as before."""
    surge, outage_s = rollout.surge_replica_seconds, rollout.outage_s
    if not (surge or outage_s):
        return
    gone_at_s, switched_at_s = rollout.gone_at_s, rollout.switched_at_s
    if gone_at_s is None or switched_at_s is None:
        until = "To the end of the run" if rollout.ended_at_s is None else "To its end"
    elif gone_at_s < switched_at_s:
        until = "Until a new replica did"
    else:
        until = "Until the last old replica was gone"
    is_blue_green = rollout.strategy == "blue_green"
    beyond = f"number at the {EVENTS[rollout.cause]}" if is_blue_green else "desired count"
    least = rollout.available_min
    took = f"at least {least} {'replica' if least == 1 else 'replicas'} took requests"
    if outage_s:
        took = f"no replica took requests for {span(outage_s)}"
    yield (
        f"{until} {took}, at most {rollout.live_max} were live, and {surge:,.0f} replica-seconds "
        f"were held beyond the {beyond}."
    )


def _stall(stall: StallFigures, target: tuple[str, int], instants: Instants) -> Iterator[str]:
    until_s, short, behind = stall.until_s, stall.short, stall.behind
    end = "the end of the run" if until_s is None else instants.say(until_s)
    held = f"which was held by {holders_in_words(stall.holders)}"
    if not stall.holders and short is not None:
        held = f"which nobody held: the rollout needed {needed(short)}"
    yield (
        f"Stalled in queue {stall.resource} from {instants.say(stall.since_s)} to {end}, {held}."
    )
    is_told = behind is None or (behind.deployment, behind.revision) == target
    if behind is not None and short is not None and not is_told:
        first = stall.behind_in_turn
        turn = "" if first is None else f", itself behind {who(first)}"
        yield f"It stood behind {who(behind)}{turn}, which needed {needed(short)}."
    if stall.is_deadlocked:
        yield (
            "This is a deadlock: all that it waits for is held by the revision that it is to "
            "replace."
        )
        return
    if stall.own_old_revision:
        yield "It waited for its own old revision."
    if stall.freed_by is not None:
        yield f"What ended it: {stall.freed_by.words}."
