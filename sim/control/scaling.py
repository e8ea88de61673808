"""The autoscaler of one deployment: what it remembers, and what it writes down.

The decision itself is `sim.control.autoscaler.evaluate`, a pure function; `sim.control.preview` is
the same for many evaluations that decide nothing.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from sim.control import autoscaler
from sim.control.autoscaler import Action, Counters, Fleet, Held, Rules, Verdict
from sim.control.journal import Journal
from sim.control.preview import Preview
from sim.control.revision import Revision
from sim.control.ticks import Ticks
from sim.errors import InvariantError
from sim.reasons import Reason
from sim.record import Decision
from sim.requests.plane import Observation, Observations
from sim.scenario.policies import AutoscalerPolicy

_ACTED: Final[Mapping[Action, Reason]] = {
    "up": Reason.LOAD_HIGH,
    "down": Reason.LOAD_LOW,
    "to_zero": Reason.IDLE,
}

_HELD: Final[Mapping[Held, Reason]] = {
    "at max": Reason.AT_MAX,
    "at min": Reason.AT_MIN,
    "nothing responsive": Reason.NOTHING_RESPONSIVE,
    "scale-up timer": Reason.UP_TIMER,
    "scale-down timer": Reason.DOWN_TIMER,
}


class Autoscaler:
    """Counts evaluations between decisions."""

    def __init__(self, policy: AutoscalerPolicy, journal: Journal) -> None:
        """Make an autoscaler that has seen nothing."""
        self.ticks = Ticks()
        self._policy = policy
        self._journal = journal
        self._counters = Counters()
        self._previews: list[Preview] = []

    def reset(self) -> None:
        """Forget what was counted: after a switch, or a change of bounds or scaling."""
        self._counters = Counters()

    # One evaluation -------------------------------------------------------------------------

    def evaluate(self, at_s: float, revision: Revision, seen: Observation) -> autoscaler.Action:
        """Return what to do about `revision` at the evaluation at `at_s`."""
        rules, fleet = self._rules(revision), _fleet(revision, at_s)
        verdict = autoscaler.evaluate(at_s, rules, fleet, seen, self._counters)
        self._counters = verdict.counters
        self.ticks.append(at_s, verdict.load, seen.busy, fleet, rules.up_load)
        since_s = seen.last_arrival_at_s if verdict.action == "to_zero" else verdict.since_s
        self._write_down(at_s, rules, fleet, seen.busy, verdict, since_s)
        return verdict.action

    # Many that decide nothing ---------------------------------------------------------------

    def first_to_act(self, first: int, revision: Revision, seen: Observations) -> int | None:
        """Return which of the next evaluations would decide something, None if none does.

        They follow those that were looked at since the last `let_pass`, as if control did
        nothing in between; nothing is written down or remembered before that.

        Args:
            first: The number of the first one; evaluation k is at k x interval.
            revision: The active revision.
            seen: What each of them sees.
        """
        interval_s = self._policy.evaluation_interval_s
        at_s = np.arange(first, first + len(seen), dtype=np.float64) * interval_s
        if self._previews:
            last = self._previews[-1]
            rules, fleet, counters = last.rules, last.fleet, last.counters(len(last) - 1)
        else:
            rules, counters = self._rules(revision), self._counters
            fleet = _fleet(revision, first * interval_s)
        preview = Preview(at_s, rules, fleet, seen, counters)
        self._previews.append(preview)
        return preview.acts

    def let_pass(self, count: int) -> None:
        """Make the first `count` of those looked at real, and forget the others.

        Raises:
            InvariantError: One of them decides something, and was not carried out.
        """
        left = count
        for preview in self._previews:
            passed = min(left, len(preview))
            left -= passed
            self._keep(preview, passed)
        if self._previews and left:
            law = "an evaluation that decides something is carried out"
            raise InvariantError(law, what=f"{left} more were to pass")
        self._previews.clear()

    def _keep(self, preview: Preview, count: int) -> None:
        """Remember the first `count` evaluations, which have happened, and write them down."""
        if not count:
            return
        rules, fleet = preview.rules, preview.fleet
        self.ticks.extend(
            preview.at_s[:count],
            preview.load[:count],
            preview.busy[:count],
            preview.counted[:count],
            fleet.live,
            rules.up_load,
        )
        self._counters = preview.counters(count - 1)
        for place in preview.changes(count):
            verdict = preview.verdict(place)
            at_s, busy = float(preview.at_s[place]), int(preview.busy[place])
            self._write_down(at_s, rules, fleet, busy, verdict, verdict.since_s)

    # What both need -------------------------------------------------------------------------

    def _rules(self, revision: Revision) -> Rules:
        return autoscaler.rules(revision.normal, self._policy)

    def _write_down(
        self,
        at_s: float,
        rules: Rules,
        fleet: Fleet,
        busy: int,
        verdict: Verdict,
        since_s: float | None,
    ) -> None:
        """Write down what is worth it."""
        if verdict.held is None:
            self._journal.not_held("autoscaler", at_s)
            if verdict.action == "none":
                return
        decision = Decision(
            at_s,
            "autoscaler",
            action="held" if verdict.held else verdict.action,
            reason=_HELD[verdict.held] if verdict.held else _ACTED[verdict.action],
            load=verdict.load,
            busy=busy,
            responsive=fleet.counted(at_s),
            live=fleet.live,
            threshold=rules.up_load if verdict.counters.up > 0 else rules.down_load,
            since_s=since_s,
        )
        if verdict.held is not None:
            self._journal.held("autoscaler", decision)
        else:
            self._journal.decided(decision)


def _fleet(revision: Revision, at_s: float) -> Fleet:
    """Return the replicas of `revision` as evaluations see them, the first of which is at `at_s`.

    Nothing began to take requests after `at_s`.
    """
    tally = revision.tally
    return Fleet(
        responsive=tally.responsive,
        starting=tally.starting,
        live=tally.live,
        requested_at_s=revision.roster.newest_at_s(revision.number),
        just_opened=revision.roster.just_opened(revision.number, at_s),
        opened_at_s=at_s,
    )
