"""A deployment's process in a trace: its rollouts, decisions, status and replicas, and its series.

What a track is called and what is said of an event stands here; which decision an arrow comes from
is in `sim.export.flows`, and attempts are in `sim.export.attempts`.
"""

from collections import defaultdict
from collections.abc import Mapping
from math import isnan
from typing import Any, Final

from sim.export.flows import causes
from sim.export.lanes import lanes
from sim.export.packets import Annotations, PacketWriter
from sim.export.thinning import thinned
from sim.results.report import DeploymentReport
from sim.results.rollouts import RolloutCourse
from sim.results.series import STATE_SERIES
from sim.results.table import Table, Words
from sim.results.timeline import Steps
from sim.states import ReplicaState

UNITS: Final[Mapping[str, str]] = {
    "load_ratio": "ratio",
    "threshold_ratio": "ratio",
    "queued": "requests",
    "running": "requests",
    "abandoned": "requests",
    "responsive_threads": "threads",
    "responsive_cores": "cores",
    **{STATE_SERIES + state.value: "replicas" for state in ReplicaState},
}
"""What the values of a series are counted in."""

_NUMBERS: Final = (
    *("load_ratio", "threshold_ratio", "busy_threads", "responsive_replicas", "live_replicas"),
    *("since_at_s", "until_at_s"),
)


def write_rollouts(
    writer: PacketWriter, process: int, deployment: DeploymentReport, horizon_s: float
) -> None:
    """Write each rollout as a slice, with the way to its switch and to its being full inside.

    It lasts until the last replica of older revisions has gone, at least until it is full; until it
    is given up; or until the end of the run.
    """
    rollouts = deployment.rollouts
    stretches = [(r.put_at_s, _end_at_s(r, horizon_s)) for r in rollouts]
    for lane in lanes(stretches):
        track = writer.track(process, "rollouts")
        for place in lane:
            rollout, end_at_s = rollouts[place], stretches[place][1]
            name = f"rollout {rollout.number}: {rollout.ended}"
            writer.begin(track, rollout.put_at_s, name, _said_of(rollout))
            switched_at_s = rollout.switched_at_s
            writer.begin(track, rollout.put_at_s, "until switched", {})
            writer.end(track, end_at_s if switched_at_s is None else switched_at_s)
            if switched_at_s is not None:
                writer.begin(track, switched_at_s, "until full", {})
                full_at_s = rollout.full_at_s
                writer.end(track, end_at_s if full_at_s is None else full_at_s)
            writer.end(track, end_at_s)


def _end_at_s(rollout: RolloutCourse, horizon_s: float) -> float:
    if rollout.ended_at_s is None:
        return horizon_s
    milestones = (
        rollout.ended_at_s,
        rollout.switched_at_s,
        rollout.full_at_s,
        rollout.gone_at_s,
    )
    return max(at_s for at_s in milestones if at_s is not None)


def _said_of(rollout: RolloutCourse) -> Annotations:
    return {
        "cause": rollout.cause,
        "old_revision": rollout.old_revision,
        "new_revision": rollout.new_revision,
        "switched_at_s": rollout.switched_at_s,
        "full_at_s": rollout.full_at_s,
        "gone_at_s": rollout.gone_at_s,
        "dip_ratio": rollout.dip_ratio,
    }


def write_control(
    writer: PacketWriter,
    process: int,
    decisions: Table,
    moves: Table,
    rollouts: tuple[RolloutCourse, ...],
    horizon_s: float,
) -> None:
    """Write decisions, replicas, and an arrow from each decision to what it created or stopped.

    Args:
        writer: Of the trace.
        process: The deployment's.
        decisions: Its decisions; without rows where the run has no table of them.
        moves: Its table of replicas; without rows where the run has none.
        rollouts: Its rollouts.
        horizon_s: Where the run ends.
    """
    caused_by = causes(decisions, moves, rollouts)
    flow_of = {move: writer.flow() for move in caused_by}
    begun: dict[int, list[int]] = defaultdict(list)
    for move, decision in caused_by.items():
        begun[decision].append(flow_of[move])
    _write_decisions(writer, process, decisions, begun)
    _write_replicas(writer, process, moves, flow_of, horizon_s)


def _write_decisions(
    writer: PacketWriter, process: int, decisions: Table, begun: Mapping[int, list[int]]
) -> None:
    said = {name: decisions[name].tolist() for name in ("reason", "code", *_NUMBERS)}
    at_s, actions, actors = (decisions[name].tolist() for name in ("at_s", "action", "actor"))
    for actor in dict.fromkeys(actors):
        track = writer.track(process, f"decisions: {actor}")
        for row in (row for row, who in enumerate(actors) if who == actor):
            annotations = {name: _or_none(values[row]) for name, values in said.items()}
            writer.instant(
                track, at_s[row], actions[row], annotations, begun_flows=begun.get(row, ())
            )


def _write_replicas(
    writer: PacketWriter,
    process: int,
    moves: Table,
    flow_of: Mapping[int, int],
    horizon_s: float,
) -> None:
    of_replica: dict[tuple[int, int], list[int]] = defaultdict(list)
    keys = zip(moves["revision"].tolist(), moves["replica"].tolist(), strict=True)
    for row, key in enumerate(keys):
        of_replica[key].append(row)
    at_s, after = moves["at_s"].tolist(), moves["after"].tolist()
    reasons, codes = moves["reason"].tolist(), moves["code"].tolist()
    for (revision, replica), rows in sorted(of_replica.items()):
        track = writer.track(process, f"replica {replica} of revision {revision}")
        for row, following in zip(rows, (*rows[1:], None), strict=True):
            said = {"reason": reasons[row], "code": codes[row]}
            flow = flow_of.get(row)
            if after[row] == ReplicaState.DELETED.value:
                writer.instant(track, at_s[row], after[row], said, ended_flow=flow)
                continue
            writer.begin(track, at_s[row], after[row], said, ended_flow=flow)
            writer.end(track, horizon_s if following is None else at_s[following])


def write_statuses(writer: PacketWriter, process: int, statuses: Table, horizon_s: float) -> None:
    """Write what the deployment reported as slices, one behind the other."""
    track = writer.track(process, "status")
    at_s = [*statuses["at_s"].tolist(), horizon_s]
    rows = zip(statuses["state"].tolist(), statuses["is_ready"].tolist(), strict=True)
    for place, (state, is_ready) in enumerate(rows):
        writer.begin(track, at_s[place], state, {"is_ready": str(is_ready).lower()})
        writer.end(track, at_s[place + 1])


def write_series(writer: PacketWriter, process: int, series: Table) -> list[str]:
    """Write the series of a deployment as counters, and return the names of those that are thinned.

    A counter has no word for nothing: the load is shown as 0 where no replica is responsive.
    """
    found = []
    names = series.data["series"]
    for name in names.words if isinstance(names, Words) else ():
        rows = series.where("series", name)
        if not len(rows):
            continue
        line = thinned(Steps(rows["at_s"], rows["value"]))
        if len(line.at_s) < len(rows):
            found.append(name)
        track = writer.counter(process, name, UNITS.get(name, ""))
        for at_s, value in zip(line.at_s.tolist(), line.value.tolist(), strict=True):
            writer.count(track, at_s, 0.0 if isnan(value) else value)
    return found


def _or_none(value: Any) -> Any:
    """Return a value of a table, None where it is nothing."""
    is_nothing = isnan(value) if isinstance(value, float) else value == -1
    return None if is_nothing else value
