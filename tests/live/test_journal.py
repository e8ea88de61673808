"""The journal: whole lines only, for its owner's eyes, and the run it leads to is the same one."""

import json
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from builders import deployment, scenario
from engine_pairs import first_difference
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import ScenarioError
from sim.live import journal as journals
from sim.live.commands import CHANGES, replay
from sim.live.journal import JOURNAL_FILE
from sim.live.refusals import Refusal
from sim.live.shown import News, Views
from sim.live.world import World
from sim.scenario.scenario import Scenario
from sim.testing import check_invariants, scenarios


def commands_to(base: Scenario) -> st.SearchStrategy[dict[str, Any]]:
    """Draw commands, sensible ones and some that are refused."""
    names = st.sampled_from([one.name for one in base.deployments])
    rids = st.sampled_from([one.rid for one in base.deployments])
    models = st.sampled_from([one.model_rid for one in base.deployments])
    replicas = st.just("all") | st.integers(1, 2).map(lambda count: {"count": count})
    events = st.one_of(
        st.builds(lambda d, r: {"event": "kill", "deployment": d, "replicas": r}, names, replicas),
        st.builds(lambda d, r: {"event": "hang", "deployment": d, "replicas": r}, names, replicas),
        st.builds(lambda d: {"event": "publish", "deployment": d}, names),
        st.builds(lambda d: {"event": "fail_starts", "deployment": d, "for": "10s"}, names),
    )
    return st.one_of(
        st.builds(lambda r, c: command("replace", rid=r, runtimeConfiguration=c), rids, SMALL),
        st.builds(lambda r: command("start", rid=r), rids),
        st.builds(lambda r: command("disable", rid=r), rids),
        st.builds(lambda r, n: command("infer", rid=r, count=n), rids, st.integers(1, 4)),
        st.builds(lambda e: command("event", event=e), events),
        st.builds(
            lambda d, r, s: command("traffic", deployment=d, rate_per_s=r, for_s=s),
            names,
            st.floats(0.1, 3.0),
            st.floats(0.1, 30.0),
        ),
        st.builds(
            lambda m, b, c: command(
                "create", type="direct", modelRid=m, branch=b, runtimeConfiguration=c
            ),
            models,
            st.sampled_from(["dev", "test"]),
            SMALL,
        ),
    )


def command(do: str, **fields: Any) -> dict[str, Any]:
    """Return a command without its number."""
    return {"do": do, **fields}


SMALL = st.builds(
    lambda least, more, threads: {
        "minReplicas": least,
        "maxReplicas": max(least + more, 1),
        "cpu": 1.0,
        "threadCount": threads,
    },
    st.integers(0, 2),
    st.integers(0, 2),
    st.integers(1, 4),
)


@dataclass
class Played:
    """A world that was played by commands, its journal, and what it told on the way."""

    world: World
    news: News
    entries: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)


def play(base: Scenario, turns: list[tuple[float, dict[str, Any]]]) -> Played:
    """Carry out commands at their instants; those that are refused leave no entry."""
    world = World(base)
    played = Played(world, News(world))
    for at_s, one in turns:
        played.world.advance(at_s)
        played.events += played.news.since_last()
        fields = {key: value for key, value in one.items() if key != "do"}
        try:
            CHANGES[one["do"]](played.world, fields)
        except Refusal:
            continue
        played.entries.append({"at_s": played.world.at_s, **json.loads(json.dumps(one))})
    played.world.advance(base.horizon_s * 1.2)
    played.events += played.news.since_last()
    played.entries.append({"at_s": played.world.at_s, "do": "reached"})
    return played


@st.composite
def plays(draw: st.DrawFn) -> tuple[Scenario, list[tuple[float, dict[str, Any]]]]:
    """Draw a scenario and commands at instants of it."""
    base = draw(scenarios(max_deployments=2))
    instants = draw(st.lists(st.integers(0, int(base.horizon_s * 10)), max_size=8).map(sorted))
    return base, [(at / 10, draw(commands_to(base))) for at in instants]


@given(plays(), st.lists(st.floats(0.0, 1.2), max_size=5))
@settings(max_examples=60)
def test_a_replayed_journal_leads_to_the_same_run(
    drawn: tuple[Scenario, list[tuple[float, dict[str, Any]]]], cuts: list[float]
) -> None:
    """To the last bit, whatever pieces time went by in; and no law of a run is broken."""
    base, turns = drawn
    played = play(base, turns)
    notes = [{"at_s": base.horizon_s * cut, "do": "reached"} for cut in cuts]
    entries = sorted([*played.entries, *notes], key=lambda entry: float(entry["at_s"]))

    again = World(base)
    is_paused = replay(again, tuple(entries))

    assert not is_paused
    assert Views(again).view() == Views(played.world).view()
    record = played.world.finish_here()
    assert first_difference(again.finish_here(), record) is None
    check_invariants(record)


@given(plays())
@settings(max_examples=30)
def test_everything_that_happens_is_told_once(
    drawn: tuple[Scenario, list[tuple[float, dict[str, Any]]]],
) -> None:
    """Every transition, decision and status of a deployment, in the order of its log.

    An evaluation that only notes that it is held back may be told later than it happened.
    """
    played = play(*drawn)
    there = {name: one.spec.name for name, one in played.world.served.items()}

    records = played.world.finish_here().deployments
    events = [*played.events, *played.news.since_last()]

    assert len(records) == len(there)
    for record in records:
        told = [event for event in events if event["deployment"] == record.name]
        log = record.control
        wanted = {
            "replica": [(move.at_s, move.words) for move in log.transitions],
            "decision": [(decision.at_s, decision.words) for decision in log.decisions],
            "status": [(status.at_s, status.state.value) for status in log.statuses],
        }
        for kind, everything in wanted.items():
            what = "state" if kind == "status" else "reason"
            found = [(event["at_s"], event[what]) for event in told if event["kind"] == kind]
            assert found == everything[-len(found) :] or not found
            assert all(at_s == 0 for at_s, _ in everything[: len(everything) - len(found)])


def test_pause_and_step_are_remembered() -> None:
    """Time stands still after a pause and after a step, until it is let go on."""
    base = scenario(deployment(), horizon_s=100.0)

    def ends_paused(*words: str) -> bool:
        return replay(World(base), tuple({"at_s": 1.0, "do": word} for word in words))

    assert ends_paused("pause")
    assert ends_paused("resume", "step")
    assert not ends_paused("pause", "resume")


def begun(folder: Path) -> Path:
    """Return the directory of a run whose journal has two entries."""
    directory = folder / "run"
    journal = journals.begin(directory, scenario(deployment(), horizon_s=100.0))
    journal.write(1.0, "start", {"rid": "r"})
    journal.write(2.0, "disable", {"rid": "r"})
    journal.close()
    return directory


def test_an_entry_that_was_not_written_whole_is_cut_off(tmp_path: Path) -> None:
    """What a crash leaves of a last line was never answered; the journal goes on without it."""
    directory = begun(tmp_path)
    path = directory / JOURNAL_FILE
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"at_s":3.0,"do":"sta')

    earlier, journal = journals.resume(directory)
    journal.write(4.0, "start", {"rid": "r"})
    journal.close()

    assert [entry["do"] for entry in earlier.entries] == ["start", "disable"]
    assert path.read_bytes() == whole + b'{"at_s":4.0,"do":"start","rid":"r"}\n'


def test_only_the_owner_may_read_a_run(tmp_path: Path) -> None:
    """Configurations hold values of environment variables, and a resumed run needs them."""
    directory = begun(tmp_path)

    for path in directory.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_no_journal_is_refused(tmp_path: Path) -> None:
    """A directory that holds something, one that holds no run, a journal that cannot be read."""
    directory = begun(tmp_path)
    with pytest.raises(ScenarioError, match="not empty"):
        journals.begin(directory, scenario(deployment()))
    with pytest.raises(ScenarioError, match=r"no journal\.jsonl"):
        journals.resume(tmp_path)
    path = directory / JOURNAL_FILE
    path.write_text(path.read_text().replace('"do":"start"', '"do":start'))
    with pytest.raises(ScenarioError, match="line 2"):
        journals.resume(directory)
    path.write_text("{}\n")
    with pytest.raises(ScenarioError, match="not one of this version"):
        journals.resume(directory)
