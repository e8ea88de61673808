"""The autoscaler of one deployment: what it remembers, and what it writes down.

The decision itself is `sim.control.autoscaler.evaluate`, a pure function.
"""

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class _Setting:
    """What does not change between two acts of control."""

    rules: autoscaler.Rules
    fleet: autoscaler.Fleet


@dataclass(frozen=True, slots=True)
class _Evaluation:
    """One evaluation: what it saw and what it decides."""

    at_s: float
    setting: _Setting
    seen: Observation
    verdict: autoscaler.Verdict


class Autoscaler:
    """Counts evaluations between decisions."""

    def __init__(self, policy: AutoscalerPolicy, journal: Journal) -> None:
        """Make an autoscaler that has seen nothing."""
        self.ticks = Ticks()
        self._policy = policy
        self._journal = journal
        self._counters = autoscaler.Counters()
        self._previewed: list[_Evaluation] = []

    def reset(self) -> None:
        """Forget what was counted: after a switch, or a change of bounds or scaling."""
        self._counters = autoscaler.Counters()

    def evaluate(self, at_s: float, revision: Revision, seen: Observation) -> autoscaler.Action:
        """Return what to do about `revision` at the evaluation at `at_s`."""
        setting = self._setting(revision)
        verdict = autoscaler.evaluate(at_s, setting.rules, setting.fleet, seen, self._counters)
        self._keep(_Evaluation(at_s, setting, seen, verdict))
        return verdict.action

    def first_to_act(
        self, first: int, revision: Revision, seen: Sequence[Observation]
    ) -> int | None:
        """Return which of the next evaluations would decide something, None if none does.

        They follow those that were looked at since the last `let_pass`, as if control did
        nothing in between; nothing is written down or remembered before that.

        Args:
            first: The number of the first one; evaluation k is at k x interval.
            revision: The active revision.
            seen: What each of them sees.
        """
        last = self._previewed[-1] if self._previewed else None
        setting = last.setting if last else self._setting(revision)
        counters = last.verdict.counters if last else self._counters
        for place, observation in enumerate(seen):
            at_s = (first + place) * self._policy.evaluation_interval_s
            verdict = autoscaler.evaluate(at_s, setting.rules, setting.fleet, observation, counters)
            self._previewed.append(_Evaluation(at_s, setting, observation, verdict))
            if verdict.action != "none":
                return place
            counters = verdict.counters
        return None

    def let_pass(self, count: int) -> None:
        """Make the first `count` of those looked at real, and forget the others."""
        for evaluation in self._previewed[:count]:
            self._keep(evaluation)
        self._previewed.clear()

    def _setting(self, revision: Revision) -> _Setting:
        live = revision.live
        fleet = autoscaler.Fleet(
            responsive=len(revision.responsive),
            starting=sum(replica.state in STARTING_UP for replica in live),
            live=len(live),
            requested_at_s=max((replica.requested_at_s for replica in live), default=None),
        )
        return _Setting(autoscaler.rules(revision.normal, self._policy), fleet)

    def _keep(self, evaluation: _Evaluation) -> None:
        """Remember an evaluation that has happened, and write down what is worth it."""
        verdict, seen = evaluation.verdict, evaluation.seen
        fleet, settings = evaluation.setting.fleet, evaluation.setting.rules
        self._counters = verdict.counters
        self.ticks.append(evaluation.at_s, verdict.load, seen.busy, fleet, settings.up_load)
        is_up = verdict.counters.up > 0
        since_s = seen.last_arrival_at_s if verdict.action == "to_zero" else verdict.since_s
        decision = Decision(
            evaluation.at_s,
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
