"""The autoscaler of one deployment: what its policy remembers, and what is written down.

The decision itself is a policy's (`sim.control.policies`), a pure function; a preview is the same
for many evaluations that decide nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.control.journal import Journal
from sim.control.policies.past import Past
from sim.control.policies.policy import Fleet, Policy, Preview, Seen, Verdict
from sim.control.policies.table import POLICIES
from sim.control.revision import Revision
from sim.control.ticks import Ticks
from sim.engines.contract.plane import Observation, Observations
from sim.errors import InvariantError
from sim.reasons import ScalingAction
from sim.record import Decision
from sim.scenario.models.policies import AutoscalerPolicy
from sim.wire.normal import NormalConfiguration


@dataclass(frozen=True, slots=True)
class _Looked:
    """Evaluations that were looked at, what was looked at, and the past before the first."""

    preview: Preview[Any]
    policy: Policy[Any]
    fleet: Fleet
    seen: Observations
    past: Past

    def past_after(self, count: int) -> Past:
        """Return the past after the first `count` of them."""
        if not self.past.is_kept:
            return self.past
        at_s = self.preview.at_s[:count].tolist()
        saw = [self.fleet.saw(t, self.seen.at(place)) for place, t in enumerate(at_s)]
        return self.past.and_then(saw)


class Autoscaler:
    """Keeps what its policy remembers between evaluations."""

    def __init__(self, settings: AutoscalerPolicy, journal: Journal) -> None:
        """Make an autoscaler that has seen nothing.

        Args:
            settings: Its policy's settings.
            journal: One that can be written while the plane catches up; else it has caught up when
                an evaluation has seen what there is.
        """
        self.ticks = Ticks()
        self._settings = settings
        self._kind = POLICIES[type(settings)]
        self._journal = journal
        self._memory = self._kind.first_memory()
        self._past = Past()
        self._looked: list[_Looked] = []

    def reset(self) -> None:
        """Forget what was seen: after a switch, or a change of bounds or scaling."""
        self._memory = self._kind.first_memory()
        self._past = Past()

    # One evaluation -------------------------------------------------------------------------

    def evaluate(
        self, at_s: float, normal: NormalConfiguration, fleet: Fleet, seen: Observation
    ) -> int | None:
        """Return how many live replicas there are to be, None for as many as there are.

        Args:
            at_s: The instant of the evaluation.
            normal: The configuration of the active revision.
            fleet: The replicas at that instant.
            seen: The requests at that instant.
        """
        policy = self._kind.make(normal, self._settings)
        self._past = self._past_for(policy).and_then([fleet.saw(at_s, seen)])
        verdict = policy.decide(Seen(at_s, seen, self._past), fleet, self._memory)
        self._memory = verdict.memory
        self.ticks.append(at_s, verdict.load, seen.busy, fleet, policy.threshold)
        self._write_down(at_s, fleet, seen.busy, verdict)
        return None if verdict.desired == fleet.live else verdict.desired

    # Many that decide nothing ---------------------------------------------------------------

    def first_to_act(
        self,
        first: int,
        normal: NormalConfiguration,
        fleet_at: Callable[[float], Fleet],
        seen: Observations,
    ) -> int | None:
        """Return which of the next evaluations would decide something, None if none does.

        They follow those that were looked at since the last `let_pass`, as if control did
        nothing in between; nothing is written down or remembered before that.

        Args:
            first: The number of the first one; evaluation k is at k x interval.
            normal: The configuration of the active revision.
            fleet_at: Returns the replicas as evaluations from an instant on see them.
            seen: What each of them sees.
        """
        interval_s = self._settings.evaluation_interval_s
        at_s = np.arange(first, first + len(seen), dtype=np.float64) * interval_s
        if self._looked:
            last = self._looked[-1]
            count = len(last.preview)
            policy, fleet, past = last.policy, last.fleet, last.past_after(count)
            memory = last.preview.memory(count - 1)
        else:
            policy, memory = self._kind.make(normal, self._settings), self._memory
            fleet, past = fleet_at(first * interval_s), self._past_for(policy)
        preview = self._kind.preview(policy, at_s, fleet, seen, memory, past)
        self._looked.append(_Looked(preview, policy, fleet, seen, past))
        return preview.acts

    def let_pass(self, count: int) -> None:
        """Make the first `count` of those looked at real, and forget the others.

        Raises:
            InvariantError: One of them decides something, and was not carried out.
        """
        left = count
        for looked in self._looked:
            passed = min(left, len(looked.preview))
            left -= passed
            self._keep(looked, passed)
        if self._looked and left:
            law = "an evaluation that decides something is carried out"
            raise InvariantError(law, what=f"{left} more were to pass")
        self._looked.clear()

    def _keep(self, looked: _Looked, count: int) -> None:
        """Remember the first `count` evaluations, which have happened, and write them down."""
        if not count:
            return
        preview, fleet = looked.preview, looked.fleet
        self.ticks.extend(
            preview.at_s[:count],
            preview.load[:count],
            preview.busy[:count],
            preview.counted[:count],
            fleet.live,
            looked.policy.threshold,
        )
        self._memory, self._past = preview.memory(count - 1), looked.past_after(count)
        for place in preview.changes(count):
            at_s, busy = float(preview.at_s[place]), int(preview.busy[place])
            self._write_down(at_s, fleet, busy, preview.verdict(place))

    # What both need -------------------------------------------------------------------------

    def _past_for(self, policy: Policy[Any]) -> Past:
        """Return the past as far as `policy` looks back."""
        interval_s, past = self._settings.evaluation_interval_s, self._past
        return Past(interval_s, policy.looks_back_s, past.rows if past.is_kept else ())

    def _write_down(self, at_s: float, fleet: Fleet, busy: int, verdict: Verdict[Any]) -> None:
        """Write down what is worth it."""
        action = _action(verdict.desired, fleet.live)
        is_held = action == "held"
        if not is_held or verdict.reason is None:
            self._journal.not_held("autoscaler", at_s)
        if verdict.reason is None:
            return
        decision = Decision(
            at_s,
            "autoscaler",
            action=action,
            reason=verdict.reason,
            details=_details(verdict, fleet.live),
            load=verdict.load,
            busy=busy,
            responsive=fleet.counted(at_s),
            live=fleet.live,
            threshold=verdict.threshold,
            since_s=verdict.since_s,
        )
        if is_held:
            self._journal.held("autoscaler", decision)
        else:
            self._journal.decided(decision)


def _action(desired: int, live: int) -> ScalingAction:
    """Return what it is called to go from `live` replicas to `desired`."""
    if desired == live:
        return "held"
    if desired > live:
        return "up"
    return "down" if desired else "to_zero"


def _details(verdict: Verdict[Any], live: int) -> str | None:
    """Return the reason with the number of replicas, where a step is of more than one."""
    if verdict.reason is None or abs(verdict.desired - live) <= 1:
        return None
    return f"{verdict.reason.words}: {verdict.desired - live:+d} replicas"


def fleet_of(revisions: Sequence[Revision], at_s: float) -> Fleet:
    """Return the replicas of `revisions` as evaluations from `at_s` on see them.

    Nothing began to take requests after `at_s`.
    """
    parts = [
        (
            revision.tally,
            revision.normal.thread_count,
            revision.roster.just_opened(revision.number, at_s),
        )
        for revision in revisions
    ]
    newest = [r.roster.newest_at_s(r.number) for r in revisions]
    return Fleet(
        responsive=sum(tally.responsive for tally, _, _ in parts),
        starting=sum(tally.starting for tally, _, _ in parts),
        live=sum(tally.live for tally, _, _ in parts),
        requested_at_s=max((t for t in newest if t is not None), default=None),
        just_opened=sum(opened for _, _, opened in parts),
        opened_at_s=at_s,
        threads=sum(tally.responsive * width for tally, width, _ in parts),
        starting_threads=sum(tally.starting * width for tally, width, _ in parts),
        just_opened_threads=sum(opened * width for _, width, opened in parts),
    )
