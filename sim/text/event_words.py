"""What events of the timeline and calls of the API came to, in words."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from sim.reasons import Reason
from sim.results.events import ENDS, EventName
from sim.results.report import DeploymentReport
from sim.text.layout import sentences
from sim.text.wall_clock import Instants

EVENTS: Final[Mapping[EventName, str]] = {
    "replace": "PUT",
    "publish": "New model version",
    "disable": "Disable",
    "start": "Start",
    "kill": "Fault",
    "hang": "Fault",
    "fail_starts": "Fault",
    "slow_starts": "Fault",
    "schedule": "Schedule",
    "bounds": "Bounds",
    ENDS: "End of replicas",
}
"""What begins the line about an event that is not told as a rollout."""

ENDS_AT_MOST: Final = 5
"""Ends for one reason have a line each, but where there are more: then they have one together."""


def lines(deployment: DeploymentReport, instants: Instants) -> list[str]:
    """Return a line for each event, but for those that are told as rollouts."""
    ends = Counter(event.code for event in deployment.events if event.event == ENDS)
    found: list[str] = []
    for event in deployment.events:
        if event.event == ENDS and ends[event.code] > ENDS_AT_MOST:
            continue
        if event.code is not Reason.ROLLED_OUT:
            said = f"{EVENTS[event.event]} at {instants.say(event.at_s)}"
            found += sentences(f"{said}: {event.effect}.")
    many = [code for code, count in ends.items() if count > ENDS_AT_MOST]
    return found + [line for code in many for line in _together(deployment, code, instants)]


def _together(deployment: DeploymentReport, code: Reason, instants: Instants) -> list[str]:
    """Return one line about all ends of replicas for one reason."""
    told = [event for event in deployment.events if event.code is code]
    first, last = instants.say(told[0].at_s), instants.say(told[-1].at_s)
    return sentences(f"{EVENTS[ENDS]} {len(told)} times, from {first} to {last}: {code.words}.")
