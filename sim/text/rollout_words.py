"""How each rollout went, in words."""

from collections.abc import Iterator, Mapping
from typing import Any

from sim.results.picture import holders_in_words
from sim.spans import span
from sim.text.layout import sentences
from sim.text.wall_clock import Instants


def lines(deployment: Mapping[str, Any], instants: Instants) -> list[str]:
    """Return a paragraph a rollout."""
    found: list[str] = []
    for number, rollout in enumerate(deployment["rollouts"], start=1):
        found += sentences(" ".join(_rollout(rollout, number, instants)))
    return found


def _rollout(rollout: Mapping[str, Any], number: int, instants: Instants) -> Iterator[str]:
    """Yield the sentences about one rollout; its times count from its PUT."""
    asked = "PUT" if rollout["cause"] == "replace" else "new model version"
    yield (
        f"Rollout {number}: {asked} at {instants.say(rollout['put_at_s'])}, revision "
        f"{rollout['old_revision']} to {rollout['new_revision']}."
    )
    yield _course(rollout)
    yield _dip(rollout)
    for stall in rollout["stalls"]:
        yield _stall(stall, instants)


def _course(rollout: Mapping[str, Any]) -> str:
    def after(key: str) -> str:
        return f"after {span(rollout[key] - rollout['put_at_s'])}"

    steps = ["never switched"]
    if rollout["switched_at_s"] is not None:
        steps = [f"switched {after('switched_at_s')}"]
    if rollout["full_at_s"] is not None:
        steps.append(
            f"was full {after('full_at_s')} ({_threads(rollout['threads_at_full'])}, "
            f"{rollout['threads_at_put']} before)"
        )
    elif rollout["ended"] in ("superseded", "cancelled"):
        steps.append(f"was {rollout['ended']} {after('ended_at_s')}")
    else:
        steps.append("was not full at the end of the run")
    if rollout["gone_at_s"] is not None:
        steps.append(f"the last old replica was gone {after('gone_at_s')}")
    return f"It {', '.join(steps[:-1])} and {steps[-1]}."


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"


def _dip(rollout: Mapping[str, Any]) -> str:
    threads, cores = rollout["dip_ratio"], rollout["cores_dip_ratio"]
    if threads is None:
        return "Nothing was responsive before it, so there was no capacity to lose."
    if threads == 0 and cores == 0:
        return "Capacity never fell on the way."
    return f"Capacity fell by up to {threads:.1%} of threads and {cores:.1%} of cores on the way."


def _stall(stall: Mapping[str, Any], instants: Instants) -> str:
    until_s = stall["until_s"]
    end = "the end of the run" if until_s is None else instants.say(until_s)
    since = instants.say(stall["since_s"])
    words = (
        f"Stalled in queue {stall['resource']} from {since} to {end}, which was "
        f"held by {holders_in_words(stall['holders'])}."
    )
    if stall["is_deadlocked"]:
        words += (
            " This is a deadlock: all that it waits for is held by the revision that it is to "
            "replace."
        )
    return words
