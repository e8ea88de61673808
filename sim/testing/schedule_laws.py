"""Laws of bounds: they are the clock's, replicas are within them, and no revision ends by them.

What the clock says is worked out here from what it shows at an instant, not from when windows begin
and end, and by `zoneinfo` alone: a time has come once the clock has shown it, or a later one.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from operator import attrgetter
from typing import Final

from sim.errors import InvariantError
from sim.reasons import Reason
from sim.record import DeploymentRecord, Record, RevisionRecord
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.schedule import Schedule, ScheduleEntry
from sim.scenario.models.timeline import ReplaceEvent, ScheduleEvent
from sim.states import LIVE
from sim.wire.normal import normalise
from sim.zones import zone

_LOOKS: Final = 100
"""Instants besides those at which something happens."""
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_GIVEN_UP: Final = frozenset(
    {
        *(Reason.SUPERSEDED, Reason.REVERTED, Reason.CHANGED_IN_PLACE),
        *(Reason.SWITCHED, Reason.DISABLED),
    }
)
_GIVING_UP: Final = frozenset({"replace", "publish", "switch", "leave", "disable"})
_at_s: Final = attrgetter("at_s")


def bounds_are_those_of_the_clock(record: Record) -> None:
    """Where the schedule covers an instant its bounds are in force, else a configuration's.

    Needs the run's whole timeline in the scenario.
    """
    law = "bounds are those of the clock"
    scenario = record.scenario
    for deployment, spec in zip(record.deployments, scenario.deployments, strict=True):
        configured = set(_configured(scenario, spec))
        for at_s in _instants(deployment, record.horizon_s):
            written = _written(deployment, at_s)
            if written is None or _active(deployment, at_s) is None:
                continue
            scheduled = scheduled_bounds(_schedule(scenario, spec, at_s), scenario.start, at_s)
            if written not in (configured if scheduled is None else {scheduled}):
                what = f"{deployment.name}: {written} in force, {scheduled or configured} meant"
                raise InvariantError(law, what=what, at_s=at_s)


def live_replicas_are_within_bounds(record: Record) -> None:
    """At the end of each instant what is active has from min to max live replicas.

    One more where replicas have lifetimes, whose successors come before they go.
    """
    for deployment, spec in zip(record.deployments, record.scenario.deployments, strict=True):
        spare = spec.replica.lifetime is not None
        live: Counter[int] = Counter()
        moves = iter([*deployment.control.transitions, None])
        move = next(moves)
        for at_s in _instants(deployment, record.horizon_s):
            while move is not None and move.at_s <= at_s:
                live[move.revision] += (move.after in LIVE) - (move.before in LIVE)
                move = next(moves)
            active, bounds = _active(deployment, at_s), _written(deployment, at_s)
            if active is None or bounds is None:
                continue
            if not bounds[0] <= live[active.number] <= bounds[1] + spare:
                what = f"{deployment.name}: {live[active.number]} live replicas, bounds {bounds}"
                raise InvariantError("live replicas are within bounds", what=what, at_s=at_s)


def schedules_give_up_no_revision(deployment: DeploymentRecord) -> None:
    """Where a schedule changes bounds no revision goes, unless something else lets it go."""
    log = deployment.control
    changed = {one.at_s for one in log.decisions if one.actor == "schedule"}
    given_up = {one.at_s for one in log.decisions if one.action in _GIVING_UP}
    for move in log.transitions:
        if move.reason in _GIVEN_UP and move.at_s in changed - given_up:
            what = f"{deployment.name} revision {move.revision}: {move.reason.words}"
            raise InvariantError("schedules give up no revision", what=what, at_s=move.at_s)


def scheduled_bounds(
    schedule: Sequence[ScheduleEntry], start: datetime, at_s: float
) -> tuple[int, int] | None:
    """Return what a schedule says at an instant of a run whose clock shows `start` at 0."""
    instant = start.astimezone(UTC) + timedelta(seconds=at_s)
    for entry in schedule:
        whose = start.tzinfo if entry.zone is None else zone(entry.zone)
        if whose is not None and _covers(entry, instant.astimezone(whose), whose):
            return entry.min_count, entry.max_count
    return None


def _covers(entry: ScheduleEntry, clock: datetime, whose: tzinfo) -> bool:
    begins, ends = time.fromisoformat(entry.from_time), time.fromisoformat(entry.to_time)
    for back in range(3):  # one that is in its doubled hour may have begun on the day of before
        day = clock.date() + timedelta(days=1 - back)
        end_day = day + timedelta(days=1) if ends <= begins else day
        if entry.days is not None and _DAYS[day.weekday()] not in entry.days:
            continue
        has_begun = _has_come(datetime.combine(day, begins), clock, whose)
        if has_begun and not _has_come(datetime.combine(end_day, ends), clock, whose):
            return True
    return False


def _has_come(shown: datetime, clock: datetime, whose: tzinfo) -> bool:
    """Return whether the clock has shown a time, or a later one, by the instant that it is now."""
    now = clock.replace(tzinfo=None)
    first, second = (shown.replace(tzinfo=whose, fold=fold).utcoffset() for fold in (0, 1))
    is_doubled = first is not None and second is not None and first > second
    is_same_hour = abs(shown - now.replace(fold=0)) < timedelta(hours=12)
    return now.replace(fold=0) >= shown or bool(clock.fold and is_doubled and is_same_hour)


def _configured(scenario: Scenario, spec: Deployment) -> Iterator[tuple[int, int]]:
    """Yield the bounds of all configurations that a deployment ever has."""
    puts = [
        event.runtime_configuration
        for event in scenario.timeline
        if isinstance(event, ReplaceEvent) and event.deployment == spec.name
    ]
    for normal in map(normalise, [spec.runtime_configuration, *puts]):
        yield normal.min_replicas, normal.max_replicas


def _schedule(scenario: Scenario, spec: Deployment, at_s: float) -> Schedule:
    """Return the schedule that a deployment has at the end of an instant."""
    found = spec.autoscaler.schedule
    mine = [
        event
        for event in scenario.timeline
        if isinstance(event, ScheduleEvent) and event.deployment == spec.name
    ]
    for event in sorted(mine, key=_at_s):
        if event.at_s <= at_s:
            found = event.schedule
    return found


def _instants(deployment: DeploymentRecord, horizon_s: float) -> list[float]:
    """Return the instants at which something is written down, and some between."""
    log = deployment.control
    logs = (log.transitions, log.bounds, log.decisions)
    happened = {one.at_s for entries in logs for one in entries}
    return sorted(happened | {horizon_s * look / _LOOKS for look in range(_LOOKS)})


def _written(deployment: DeploymentRecord, at_s: float) -> tuple[int, int] | None:
    """Return the bounds that were written down last."""
    place = bisect_right(deployment.control.bounds, at_s, key=_at_s)
    if not place:
        return None
    found = deployment.control.bounds[place - 1]
    return found.min_replicas, found.max_replicas


def _active(deployment: DeploymentRecord, at_s: float) -> RevisionRecord | None:
    """Return the revision that was active at the end of an instant, the newest that serves."""
    for revision in reversed(deployment.control.revisions):
        if revision.active_at_s is not None and revision.active_at_s <= at_s:
            is_gone = revision.retired_at_s is not None and revision.retired_at_s <= at_s
            return None if is_gone else revision
    return None
