"""What events of the timeline and calls of the API came to, in words."""

from collections.abc import Mapping
from typing import Any, Final

from sim.reasons import Reason
from sim.text.layout import sentences
from sim.text.wall_clock import Instants

EVENTS: Final = {
    "replace": "PUT",
    "publish": "New model version",
    "disable": "Disable",
    "start": "Start",
    "kill": "Fault",
    "hang": "Fault",
    "fail_starts": "Fault",
    "slow_starts": "Fault",
}
"""What begins the line about an event that is not told as a rollout."""


def lines(deployment: Mapping[str, Any], instants: Instants) -> list[str]:
    """Return a line for each event, but for those that are told as rollouts."""
    found: list[str] = []
    for event in deployment["events"]:
        if event["code"] != Reason.ROLLED_OUT.code:
            said = f"{EVENTS[event['event']]} at {instants.say(event['at_s'])}"
            found += sentences(f"{said}: {event['effect']}.")
    return found
