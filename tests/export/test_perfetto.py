"""A run as a Perfetto trace, read back by a reader of the tests' own and held against tables."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from build_record import replace_story, stall
from sim.errors import ScenarioError
from sim.export.packets import nanoseconds
from sim.export.perfetto import perfetto_trace
from sim.record import Record
from sim.results.finished import FinishedRun
from sim.results.result import Result
from sim.scenario.reading.loader import load_scenario, parse_scenario
from sim.simulation.run import simulate
from trace_reader import Happening, ReadTrace, read_trace

SCENARIOS = Path(__file__).parents[2] / "scenarios"
S = 1_000_000_000
ODD_NAME = 'a "b" <c>&\\ \u202e\u05e9\u05dc\u05d5\u05dd\u202c\n\tend'


def finished(result: Result, directory: Path) -> FinishedRun:
    """Return a run that was written without its picture, opened."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Result, "_draw", lambda _self, path: path.write_bytes(b"a picture"))
        result.write(directory)
    return FinishedRun.open(directory)


def exported(record: Record, directory: Path) -> ReadTrace:
    """Return the trace of a record, read back."""
    return read_trace(perfetto_trace(finished(Result(record), directory)).content)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> ReadTrace:
    """The trace of the story of one replace."""
    return exported(replace_story(stalls=[stall()]), tmp_path_factory.mktemp("story") / "run")


RUNS = {
    "rolling out under load": ("replace_under_load.yaml", ("horizon=15min",)),
    "scaling": ("sawtooth.yaml", ("horizon=30min",)),
    "a queue that is full": ("gpu_queue_one_spare.yaml", ()),
    "clients that give up and retry": ("goodput_collapse.yaml", ("horizon=12min",)),
}


@pytest.fixture(scope="module", params=list(RUNS.values()), ids=list(RUNS))
def run(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[FinishedRun, ReadTrace]:
    """A simulated run, and its trace."""
    file, overrides = request.param
    result = simulate(load_scenario(SCENARIOS / file, overrides=overrides))
    opened = finished(result, tmp_path_factory.mktemp("simulated") / "run")
    return opened, read_trace(perfetto_trace(opened).content)


def spans(trace: ReadTrace, process: str, track: str) -> list[tuple[str, float, float]]:
    """Return the slices of tracks of that name as (name, start, end) in seconds."""
    tracks = trace.named(process, track)
    return [
        (one.name, one.start_ns / S, (one.end_ns or 0) / S)
        for one in trace.slices
        if one.track in tracks
    ]


def test_slices_end_and_time_never_goes_back_on_a_track(run: tuple[FinishedRun, ReadTrace]) -> None:
    """Every beginning has its end, in the one around it, and all is within the run."""
    opened, trace = run
    assert trace.left_open == 0
    assert len(trace.slices) > 20
    for instants_ns in trace.instants_ns.values():
        assert instants_ns == sorted(instants_ns)
        assert 0 <= instants_ns[0] <= instants_ns[-1] <= round(opened.report.horizon_s * S)


def test_every_arrow_has_both_ends(run: tuple[FinishedRun, ReadTrace]) -> None:
    """It goes from a decision to one replica, and never back in time."""
    _, trace = run
    assert trace.flows_begun.keys() == trace.flows_ended.keys()
    for flow, begun in trace.flows_begun.items():
        (start,), (end,) = begun, trace.flows_ended[flow]
        assert start.start_ns <= end.start_ns
        assert trace.tracks[start.track].name.startswith("decisions: ")
        assert trace.tracks[end.track].name.startswith("replica ")
        assert trace.process_of(start.track) == trace.process_of(end.track)


def test_who_was_asked_for_by_a_decision_has_an_arrow(run: tuple[FinishedRun, ReadTrace]) -> None:
    """Replicas that were created for a rollout or by a step of scaling, and those that went."""
    opened, trace = run
    codes = ("rollout", "scale_up", "from_zero", "scale_down", "to_zero", "switched", "killed")
    moves = opened.tables["replicas"]
    rows = zip(*(moves[name] for name in ("replica", "revision", "at_s", "code")), strict=True)
    wanted = sorted(
        (f"replica {replica} of revision {revision}", round(at_s * S), code)
        for replica, revision, at_s, code in rows
        if code in codes
    )
    found = sorted(
        (trace.tracks[end.track].name, end.start_ns, str(end.said["code"]))
        for (end,) in trace.flows_ended.values()
    )
    assert found == wanted


def test_counters_are_the_series(run: tuple[FinishedRun, ReadTrace]) -> None:
    """Sample by sample, 0 where there is nothing."""
    opened, trace = run
    series = opened.tables["series"]
    wanted: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
    rows = zip(*(series[name] for name in series.columns), strict=True)
    for deployment, name, at_s, value in rows:
        wanted[deployment, name].append((round(at_s * S), 0 if np.isnan(value) else value))
    for (deployment, name), samples in wanted.items():
        (track,) = trace.named(deployment, name)
        assert trace.counters[track] == samples
    shown = {number for number in trace.counters if "queue" not in trace.process_of(number)}
    assert len(shown) == len(wanted)


def test_replicas_are_in_their_states_for_as_long_as_the_table_says(
    run: tuple[FinishedRun, ReadTrace],
) -> None:
    """Time in each state, of each replica, added up from the rows of the table."""
    opened, trace = run
    entered: dict[tuple[str, int, int], list[tuple[int, str]]] = defaultdict(list)
    moves = opened.tables["replicas"]
    columns = ("deployment", "revision", "replica", "at_s", "after")
    for deployment, revision, replica, at_s, after in zip(
        *(moves[name] for name in columns), strict=True
    ):
        entered[deployment, revision, replica].append((round(at_s * S), after))
    horizon = (round(opened.report.horizon_s * S), "")
    wanted: dict[tuple[str, str, str], int] = defaultdict(int)
    for (deployment, revision, replica), steps in entered.items():
        for (start_ns, state), (end_ns, _) in pairwise([*steps, horizon]):
            if state != "DELETED":
                track = f"replica {replica} of revision {revision}"
                wanted[deployment, track, state] += end_ns - start_ns
    found: dict[tuple[str, str, str], int] = defaultdict(int)
    for one in trace.slices:
        name = trace.tracks[one.track].name
        if name.startswith("replica "):
            assert one.end_ns is not None
            found[trace.process_of(one.track), name, one.name] += one.end_ns - one.start_ns
    assert found == wanted


def test_attempts_have_their_phases(run: tuple[FinishedRun, ReadTrace]) -> None:
    """Of every attempt that is shown; phases follow each other and fill it."""
    _, trace = run
    tracks = {number for number, track in trace.tracks.items() if track.name == "requests"}
    shown = [one for one in trace.slices if one.track in tracks]
    assert shown
    for outer, inner in _with_phases(shown):
        assert [one.name for one in inner] in (
            ["waiting"],
            ["waiting", "service"],
            ["waiting", "service", "abandoned"],
        )
        edges = [outer.start_ns, *(one.end_ns for one in inner)]
        assert [one.start_ns for one in inner] == edges[:-1]
        assert edges[-1] == outer.end_ns


def _with_phases(shown: list[Happening]) -> Iterator[tuple[Happening, list[Happening]]]:
    starts = [place for place, one in enumerate(shown) if one.depth == 0]
    for place, following in pairwise([*starts, len(shown)]):
        yield shown[place], shown[place + 1 : following]


def test_the_story_has_its_rollout(story: ReadTrace) -> None:
    """Asked for at 100 s, it switched and was full at 140 s; the last old one went at 160 s."""
    assert spans(story, "api", "rollouts") == [
        ("rollout 1: done", 100, 160),
        ("until switched", 100, 140),
        ("until full", 140, 140),
    ]


def test_the_story_has_its_replicas(story: ReadTrace) -> None:
    """The second of the old ones served until its last request was over."""
    assert spans(story, "api", "replica 1 of revision 0") == [
        ("RESPONSIVE", 0, 140),
        ("DECOMMISSIONED", 140, 160),
    ]
    assert spans(story, "api", "replica 2 of revision 1") == [
        ("QUEUED", 100, 110),
        ("STARTING", 110, 130),
        ("STARTED", 130, 140),
        ("RESPONSIVE", 140, 200),
    ]
    deleted = [one for one in story.instants if one.name == "DELETED"]
    assert [(one.start_ns / S, one.said["code"]) for one in deleted] == [
        (140, "last_request_ended"),
        (160, "last_request_ended"),
    ]


def test_the_story_has_arrows_from_its_decisions(story: ReadTrace) -> None:
    """The replace asked for replica 2, the switch let replicas 0 and 1 go."""
    arrows = [
        (start.name, start.start_ns / S, story.tracks[end.track].name, end.name)
        for flow in story.flows_begun
        for start, end in zip(story.flows_begun[flow], story.flows_ended[flow], strict=True)
    ]
    assert sorted(arrows) == [
        ("replace", 100, "replica 2 of revision 1", "QUEUED"),
        ("switch", 140, "replica 0 of revision 0", "DECOMMISSIONED"),
        ("switch", 140, "replica 1 of revision 0", "DECOMMISSIONED"),
    ]


TROUBLES = {
    "name": "Troubles",
    "seed": 1,
    "horizon": "20min",
    "queues": [{"kind": "vcpu", "name": "cpu", "limit": 1}],
    "deployments": [
        {
            "name": "api",
            "initial": {"responsive": 1},
            "runtimeConfiguration": {
                "minReplicas": 1,
                "maxReplicas": 1,
                "cpu": 1.0,
                "memory": "1GiB",
                "threadCount": 1,
            },
        }
    ],
    "timeline": [
        {
            "at": f"{minute}min",
            "event": "replace",
            "deployment": "api",
            "runtimeConfiguration": {
                "minReplicas": 1,
                "maxReplicas": 1,
                "cpu": 1.0,
                "memory": "1GiB",
                "threadCount": threads,
            },
        }
        for minute, threads in ((1, 2), (2, 3))
    ]
    + [
        {"at": "4min", "event": "kill", "deployment": "api", "replicas": {"count": 1}},
        {"at": "8min", "event": "disable", "deployment": "api"},
        {"at": "9min", "event": "start", "deployment": "api"},
    ],
}
"""A queue with room for one: what is rolled out waits in line, and is given up for what follows."""


def test_every_deletion_that_was_decided_has_its_arrow(tmp_path: Path) -> None:
    """A replica that never left the line has no slice that begins when it goes, and an instant."""
    opened = finished(simulate(parse_scenario(TROUBLES)), tmp_path / "run")
    trace = read_trace(perfetto_trace(opened).content)
    arrows = sorted(
        (start.start_ns / S, start.name, end.said["code"], end.name)
        for flow in trace.flows_begun
        for start, end in zip(trace.flows_begun[flow], trace.flows_ended[flow], strict=True)
    )
    assert arrows == [
        (60, "replace", "rollout", "QUEUED"),
        (120, "replace", "rollout", "QUEUED"),
        (120, "replace", "superseded", "DELETED"),
        (240, "kill", "killed", "STARTING_ERROR"),
        (480, "disable", "disabled", "DECOMMISSIONED"),
        (480, "disable", "disabled", "DELETED"),
        (540, "start", "started", "QUEUED"),
    ]


def test_the_story_has_the_numbers_of_its_decisions(story: ReadTrace) -> None:
    """What was looked at, and nothing of what was not."""
    (up,) = (one for one in story.instants if one.name == "up")
    assert story.tracks[up.track].name == "decisions: autoscaler"
    assert up.said == {
        "reason": "load was at the threshold for the whole scale-up delay",
        "code": "load_high",
        "load_ratio": 1.0,
        "busy_threads": 2,
        "responsive_replicas": 1,
        "live_replicas": 1,
        "threshold_ratio": 0.75,
        "since_at_s": 120.0,
    }


def test_the_story_has_its_attempts(story: ReadTrace) -> None:
    """One was served, one was refused at once, one timed out and held its thread for 10 s more."""
    shown = spans(story, "api", "requests")
    assert ("completed", 70, 75) in shown
    assert ("queue_full", 120, 120) in shown
    place = shown.index(("inference_timeout", 150, 180))
    assert shown[place + 1 : place + 4] == [
        ("waiting", 150, 150),
        ("service", 150, 170),
        ("abandoned", 170, 180),
    ]
    assert ("running", 185, 200) in shown
    assert ("queued", 190, 200) in shown


def test_the_story_has_its_queue(story: ReadTrace) -> None:
    """Cores in use, their limit, and the line."""
    process = "resource queue cpu"
    (used,), (limit,), (waiting,) = (
        story.named(process, name) for name in ("cores used", "cores limit", "replicas waiting")
    )
    assert story.counters[used] == [(0, 3.0), (140 * S, 2.0), (160 * S, 1.0)]
    assert story.counters[limit] == [(0, 3.0)]
    assert story.counters[waiting] == [(0, 0.0), (100 * S, 1.0), (110 * S, 0.0)]


def test_the_clock_begins_at_0_and_says_which_wall_clock_that_is(tmp_path: Path) -> None:
    """09:00 in Berlin in March is 08:00 UTC; before 1970 there is no number for it."""
    trace = exported(replace_story(start="2026-03-02T09:00:00+01:00"), tmp_path / "run")
    assert trace.wall_clock_ns == 1_772_438_400 * S  # date -d 2026-03-02T08:00Z +%s
    early = exported(replace_story(start="1969-03-02T09:00:00+01:00"), tmp_path / "early")
    assert early.wall_clock_ns is None


def test_an_instant_is_its_nearest_nanosecond() -> None:
    """1.001 s are 1,000,999,999.9999999 ns in floating point."""
    assert nanoseconds(1.001) == 1_001_000_000


def test_odd_names_stay_what_they_are(tmp_path: Path) -> None:
    """Quotes, brackets, right-to-left, tabs and newlines."""
    record = replace_story()
    spec = record.scenario.deployments[0].model_copy(update={"name": ODD_NAME})
    scenario = record.scenario.model_copy(update={"deployments": (spec,)})
    renamed = replace(record.deployments[0], name=ODD_NAME)
    trace = exported(replace(record, scenario=scenario, deployments=(renamed,)), tmp_path / "run")
    assert len(trace.named(ODD_NAME, "replica 2 of revision 1")) == 1


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    """Twice written, twice exported."""
    one = perfetto_trace(finished(Result(replace_story()), tmp_path / "one"))
    other = perfetto_trace(finished(Result(replace_story()), tmp_path / "other"))
    assert one == other


@pytest.mark.parametrize("name", ["requests", "replicas", "decisions", "queues", "series"])
def test_a_table_that_is_not_there_is_left_out_and_said(tmp_path: Path, name: str) -> None:
    """The rest of the trace is as good as it can be."""
    finished(Result(replace_story()), tmp_path / "run")
    (tmp_path / "run" / f"{name}.parquet").unlink()
    trace = perfetto_trace(FinishedRun.open(tmp_path / "run"))
    assert trace.notes == (f"left out, since the directory has no such table: {name}",)
    read = read_trace(trace.content)
    assert read.left_open == 0
    assert read.flows_begun.keys() == read.flows_ended.keys()
    assert len(spans(read, "api", "rollouts")) == 3


def test_a_run_without_tables_is_refused(tmp_path: Path) -> None:
    """There is next to nothing to show."""
    Result(replace_story()).write(tmp_path / "run", tables=None)
    with pytest.raises(ScenarioError, match="was written without tables"):
        perfetto_trace(FinishedRun.open(tmp_path / "run"))
