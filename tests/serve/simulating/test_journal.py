"""The journal: whole lines only, for its owner's eyes, and the run it leads to is the same one."""

import json
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import deployment, scenario
from engine_pairs import first_difference
from sim.errors import ScenarioError
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import load_scenario
from sim.serve.protocol.events import StreamEvent
from sim.serve.simulating import journal as journals
from sim.serve.simulating.commands import CHANGES, replay
from sim.serve.simulating.journal import JOURNAL_FILE
from sim.serve.simulating.refusals import Refusal, Senseless
from sim.serve.simulating.run_files import are_same
from sim.serve.simulating.shown import News, Views
from sim.serve.simulating.world import World
from sim.simulation.run import simulate_record
from sim.testing import check_invariants, scenarios
from sim.wire.user_rules import load_rules


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
    events: list[StreamEvent] = field(default_factory=list)


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
            found = [
                (event["at_s"], event["state"] if event["kind"] == "status" else event["reason"])
                for event in told
                if event["kind"] == kind
            ]
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


Entries = tuple[tuple[float, str, dict[str, Any]], ...]


def begun(folder: Path, *commands: tuple[float, str, dict[str, Any]]) -> Path:
    """Return the directory of a run with these entries, by default start, disable, start."""
    directory = folder / "run"
    journal = journals.begin(directory, scenario(deployment(), horizon_s=100.0))
    for at_s, do, fields in commands or USUAL:
        journal.write(at_s, do, fields)
    journal.close()
    return directory


RID = scenario(deployment()).deployments[0].rid
USUAL = (
    (1.0, "start", {"rid": RID}),
    (2.0, "disable", {"rid": RID}),
    (3.0, "start", {"rid": RID}),
)


def words_of(directory: Path) -> list[str]:
    """Return the commands of the run in a directory, as a resumed one finds them."""
    earlier, journal = journals.resume(directory)
    journal.close()
    return [entry["do"] for entry in earlier.entries]


def contents(directory: Path) -> dict[str, bytes]:
    """Return every file below a directory."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(
    "tail",
    [
        b'{"n":5,"at_s":3.0,"do":"sta',
        b"\0" * 4096,
        b'{"n":5,"at' + b"\0" * 99,
        b"\0" * 99 + b"\n",
        b"\n",
    ],
    ids=["torn", "NULs", "torn and NULs", "a line of NULs", "an empty line"],
)
def test_what_a_crash_leaves_at_the_end_is_cut_off(tmp_path: Path, tail: bytes) -> None:
    """It was never answered; the journal goes on as if it had not been there."""
    directory, whole = (
        begun(tmp_path),
        begun(tmp_path / "other", *USUAL, (4.0, "start", {"rid": RID})),
    )
    path = directory / JOURNAL_FILE
    before = path.read_bytes() + tail
    path.write_bytes(before)

    earlier, journal = journals.resume(directory)
    assert path.read_bytes() == before  # nothing is changed before something is written
    journal.write(4.0, "start", {"rid": RID})
    journal.close()

    assert [entry["do"] for entry in earlier.entries] == ["start", "disable", "start"]
    assert path.read_bytes() == (whole / JOURNAL_FILE).read_bytes()


def test_every_cut_of_a_journal_is_a_run_or_has_not_begun(tmp_path: Path) -> None:
    """A crash may end it at any byte: what was whole is there."""
    directory = begun(tmp_path)
    path = directory / JOURNAL_FILE
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        lines = whole[:size].count(b"\n")
        if lines:
            assert words_of(directory) == ["start", "disable", "start"][: lines - 1]
        else:
            with pytest.raises(ScenarioError, match="had not begun"):
                journals.resume(directory)


@given(st.data())
@settings(max_examples=100)
def test_a_byte_that_is_another_is_found_in_its_line(data: st.DataObject) -> None:
    """Any byte of any line, but the newline of the last, without which the line is not whole."""
    with TemporaryDirectory() as folder:
        directory = begun(Path(folder))
        path = directory / JOURNAL_FILE
        whole = path.read_bytes()
        place = data.draw(st.integers(0, len(whole) - 2))
        other = data.draw(st.integers(1, 255).filter(lambda byte: byte != whole[place]))
        path.write_bytes(whole[:place] + bytes([other]) + whole[place + 1 :])
        before = contents(directory)

        with pytest.raises(ScenarioError) as refused:
            journals.resume(directory)

        (problem,) = refused.value.problems
        assert (problem.file, problem.line) == (str(path), whole[:place].count(b"\n") + 1)
        assert contents(directory) == before


def lines_changed(change: Callable[[list[bytes]], list[bytes]], path: Path) -> None:
    """Write a journal anew with its lines changed."""
    path.write_bytes(b"\n".join([*change(path.read_bytes().split(b"\n")[:-1]), b""]))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda lines: [*lines[:1], *lines[2:]], 2),
        (lambda lines: [*lines[:2], *lines[3:]], 3),
        (lambda lines: [lines[0], lines[2], lines[1], lines[3]], 2),
        (lambda lines: [*lines[:2], lines[1], *lines[2:]], 3),
        (lambda lines: [*lines[:2], b"", *lines[2:]], 3),
        (lambda lines: [*lines, lines[-1]], 5),
        (lambda lines: lines[1:], 1),
        (lambda lines: [lines[0].replace(b'"sim":"', b'"sim":"9'), *lines[1:]], 1),
    ],
    ids=["first gone", "one gone", "swapped", "twice", "empty", "last twice", "header", "version"],
)
def test_lines_that_are_not_those_written_are_refused(
    tmp_path: Path, change: Callable[[list[bytes]], list[bytes]], line: int
) -> None:
    """With the file and the line where it shows, and nothing is changed."""
    directory = begun(tmp_path)
    path = directory / JOURNAL_FILE
    lines_changed(change, path)
    before = contents(directory)

    with pytest.raises(ScenarioError) as refused:
        journals.resume(directory)

    (problem,) = refused.value.problems
    assert (problem.file, problem.line) == (str(path), line)
    assert contents(directory) == before


def test_a_line_of_another_journal_is_refused(tmp_path: Path) -> None:
    """Its number fits and it is whole, but it does not follow what stands before it."""
    directory = begun(tmp_path)
    other = begun(tmp_path / "other", (1.5, "start", {"rid": RID}), *USUAL[1:])
    line = (other / JOURNAL_FILE).read_bytes().split(b"\n")[2]
    lines_changed(lambda lines: [*lines[:2], line, *lines[3:]], directory / JOURNAL_FILE)

    with pytest.raises(ScenarioError, match=r"journal\.jsonl:3: .*checksum"):
        journals.resume(directory)


@pytest.mark.parametrize(
    ("at_s", "do", "fields", "words"),
    [
        (1.0, "dance", {"rid": RID}, "dance"),
        (1.0, "start", {"rid": RID, "now": 1}, "'now'"),
        (1.0, "start", {}, "no rid"),
        (1.0, "pause", {"for_s": 1}, "'for_s'"),
        (None, "start", {"rid": RID}, "at_s"),
        ("1", "start", {"rid": RID}, "at_s"),
        (True, "start", {"rid": RID}, "at_s"),
        (-1.0, "start", {"rid": RID}, "before"),
    ],
)
def test_entries_that_say_nothing_sensible_are_refused(
    tmp_path: Path, at_s: Any, do: str, fields: dict[str, Any], words: str
) -> None:
    """Though their checksums are right: an unknown command or key, no instant, one that is past."""
    directory = begun(tmp_path, (0.5, "pause", {}), (at_s, do, fields))

    with pytest.raises(ScenarioError, match=words) as refused:
        journals.resume(directory)

    assert refused.value.problems[0].line == 3


def test_a_run_begins_anew_with_a_reset(tmp_path: Path) -> None:
    """What stands before it is another run; whether time stands still is not."""
    again: Entries = (0.0, "reset", {}), (0.5, "disable", {"rid": RID})
    directory = begun(tmp_path, *USUAL, (4.0, "pause", {}), *again, *again)

    earlier, journal = journals.resume(directory)
    journal.close()

    assert [(entry["at_s"], entry["do"]) for entry in earlier.entries] == [(0.5, "disable")]
    assert earlier.is_paused
    assert earlier.first_line == 9  # the header, three and a pause, two and the second reset


def test_a_journal_of_another_form_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """Also with --resume-anyway: it cannot prove itself."""
    directory = begun(tmp_path)
    (directory / "lock").unlink()
    text = '{"journal":1,"sim":"0.7.0"}\n{"at_s":1.0,"do":"start","rid":"r"}\n'
    (directory / JOURNAL_FILE).write_text(text)
    before = contents(directory)

    for anyway in (False, True):
        with pytest.raises(ScenarioError, match=r"journal\.jsonl:1: .* of form 1.* form 2.* begin"):
            journals.resume(directory, anyway=anyway)
    assert contents(directory) == before


@pytest.mark.parametrize("what", ["sim", "numpy"])
def test_a_journal_of_another_version_is_taken_only_if_told_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Its numbers may be others now; it goes on in a new journal, the old one is kept."""
    monkeypatch.setattr(journals, "versions", lambda: {**VERSIONS, what: "0.0.1"})
    directory = begun(tmp_path)
    monkeypatch.undo()
    old = (directory / JOURNAL_FILE).read_bytes()
    before = contents(directory)

    with pytest.raises(
        ScenarioError, match=rf"journal\.jsonl:1: .*{what} 0\.0\.1.*--resume-anyway"
    ):
        journals.resume(directory)
    assert contents(directory) == before

    earlier, journal = journals.resume(directory, anyway=True)
    assert earlier.is_other
    journal.begin_anew(earlier.entries[:2])
    journal.write(5.0, "start", {"rid": RID})
    journal.close()
    assert words_of(directory) == ["start", "disable", "start"]
    assert (directory / "journal-1.jsonl").read_bytes() == old


VERSIONS = dict(journals.versions())


def test_another_scenario_in_the_directory_is_refused(tmp_path: Path) -> None:
    """The commands are those of the scenario that was played."""
    directory = begun(tmp_path)
    file = directory / "scenario.json"
    before = file.read_text()
    file.write_text(before.replace('"seed": 0', '"seed": 1'))
    assert file.read_text() != before

    with pytest.raises(ScenarioError, match="its scenario is not the one"):
        journals.resume(directory)


def test_only_the_owner_may_read_a_run(tmp_path: Path) -> None:
    """Configurations hold values of environment variables, and a resumed run needs them."""
    directory = begun(tmp_path)

    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
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
    for text in ("{}\n", "hello\n", "[1]\n", "null\n"):
        path.write_text(text)
        with pytest.raises(ScenarioError, match="not one of this version"):
            journals.resume(directory)


def test_what_is_refused_while_it_is_carried_out_is_not_in_the_journal(tmp_path: Path) -> None:
    """Until it has been carried out its line is not whole, so that a crash leaves it out."""
    directory = begun(tmp_path)
    path = directory / JOURNAL_FILE
    before = path.read_bytes()
    _, journal = journals.resume(directory)

    def refused() -> bytes:
        with suppress(Senseless), journal.entry(4.0, "start", {"rid": RID}):
            amid = path.read_bytes()
            raise Senseless("no")
        return amid

    amid = refused()
    assert len(amid) > len(before)
    assert amid.startswith(before)
    assert b"\n" not in amid[len(before) :]
    assert path.read_bytes() == before
    journal.close()


def test_files_that_a_scenario_names_are_kept(tmp_path: Path) -> None:
    """A resumed run reads what was read at its beginning, whatever the files are by then."""
    (tmp_path / "arrivals.csv").write_text("at_s\n1\n2\n")
    (tmp_path / "works.csv").write_text("seconds\n0.5\n")
    (tmp_path / "house.py").write_text(
        "from sim.wire.rule import rule\n"
        "@rule('few', field='maxReplicas', condition='at most 3')\n"
        "def few(configuration, limits, deployment):\n"
        "    return None\n"
    )
    (tmp_path / "scenario.yaml").write_text(NAMING)
    meant = load_scenario(tmp_path / "scenario.yaml")
    directory = tmp_path / "there" / "run"
    journals.begin(directory, meant).close()
    kept = scenario_in(directory)

    assert are_same(meant, kept)
    assert simulated(kept) == simulated(meant) == [0.0, 1.0]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (directory / "files").iterdir()} == {
        0o600
    }
    for name in ("arrivals.csv", "works.csv", "house.py"):
        (tmp_path / name).unlink()
    kept = scenario_in(directory)
    assert simulated(kept) == [0.0, 1.0]
    assert len(load_rules(kept.rules, base_dir=kept.base_dir)) == 1


NAMING = """
name: one that names files
horizon: 10s
rules: [house.py:few]
deployments:
  - name: a
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1, threadCount: 1}
    initial: {responsive: 1}
    request: {wait: {kind: empirical, path: works.csv, column: seconds, unit: s}}
    traffic: [{kind: trace, name: given, path: arrivals.csv, format: csv,
               time_column: at_s}]
"""


def scenario_in(directory: Path) -> Scenario:
    """Return the scenario of the run in a directory."""
    earlier, journal = journals.resume(directory)
    journal.close()
    return earlier.scenario


def simulated(base: Scenario) -> list[float]:
    """Return the arrivals of the first deployment."""
    arrived: list[float] = simulate_record(base).deployments[0].attempts.arrival_at_s.tolist()
    return arrived
