"""The autoscaler of one deployment: what it remembers, and what it writes down.

The decision itself is `sim.control.autoscaler.evaluate`, a pure function.
"""

from typing import Final

from sim.control import autoscaler
from sim.control.journal import Journal
from sim.control.revision import Revision
from sim.control.ticks import Ticks
from sim.record import Decision
from sim.requests.plane import Observation
from sim.scenario.policies import AutoscalerPolicy
from sim.states import STARTING_UP

_REASONS: Final = {
    "up": "load was at the threshold for the whole scale-up delay",
    "down": "load was below the threshold for the whole scale-down delay",
    "to_zero": "no request for the whole scale-down delay",
}


class Autoscaler:
    """Counts evaluations between decisions."""

    def __init__(self, policy: AutoscalerPolicy, journal: Journal) -> None:
        """Make an autoscaler that has seen nothing."""
        self.ticks = Ticks()
        self._policy = policy
        self._journal = journal
        self._counters = autoscaler.Counters()

    def reset(self) -> None:
        """Forget what was counted: after a switch, or a change of bounds or scaling."""
        self._counters = autoscaler.Counters()

    def evaluate(self, at_s: float, revision: Revision, seen: Observation) -> autoscaler.Action:
        """Return what to do about `revision` at the evaluation at `at_s`."""
        settings = autoscaler.rules(revision.normal, self._policy)
        live = revision.live
        fleet = autoscaler.Fleet(
            responsive=len(revision.responsive),
            starting=sum(replica.state in STARTING_UP for replica in live),
            live=len(live),
            requested_at_s=max((replica.requested_at_s for replica in live), default=None),
        )
        verdict = autoscaler.evaluate(at_s, settings, fleet, seen, self._counters)
        self._counters = verdict.counters
        self.ticks.append(at_s, verdict.load, seen.busy, fleet, settings.up_load)
        self._note(at_s, verdict, settings, fleet, seen)
        return verdict.action

    def _note(
        self,
        at_s: float,
        verdict: autoscaler.Verdict,
        settings: autoscaler.Rules,
        fleet: autoscaler.Fleet,
        seen: Observation,
    ) -> None:
        is_up = verdict.counters.up > 0
        since_s = seen.last_arrival_at_s if verdict.action == "to_zero" else verdict.since_s
        decision = Decision(
            at_s,
            "autoscaler",
            action="held" if verdict.held else verdict.action,
            reason=verdict.held or _REASONS.get(verdict.action, ""),
            load=verdict.load,
            busy=seen.busy,
            responsive=fleet.responsive,
            live=fleet.live,
            threshold=settings.up_load if is_up else settings.down_load,
            since_s=since_s,
        )
        if verdict.held is not None:
            self._journal.held(decision)
            return
        self._journal.not_held("autoscaler")
        if verdict.action != "none":
            self._journal.decided(decision)
