"""`sim report`: what it makes a page of, and what it says when it cannot."""

import json
from pathlib import Path

import pytest

from build_record import replace_story
from page_reading import read_page
from sim.cli import main
from sim.results.result import Result
from sim.scenario.models.file_form import resolved
from sim.scenario.reading.loader import load_scenario
from study_scenarios import write

SCENARIOS = Path(__file__).parent.parent.parent / "scenarios"
DEADLOCK = SCENARIOS / "gpu_queue_deadlock.yaml"


def run(*arguments: str | Path) -> int:
    """Run the command line."""
    return main.run([str(one) for one in arguments])


def test_a_directory_gives_the_page_that_the_run_itself_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """To the last byte; where it was written is told, with its size."""
    result = Result(replace_story())
    result.write(tmp_path / "run")
    own = result.report(tmp_path / "own.html")
    page = tmp_path / "page.html"
    assert run("report", tmp_path / "run", "--out", page) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"wrote {page} ({page.stat().st_size / 1e6:.2f} MB)\n")
    assert page.read_bytes() == own.read_bytes()


def test_a_run_whose_trace_is_gone_has_its_page(tmp_path: Path) -> None:
    """All of it is in the directory: whoever gets that need not have the trace."""
    (tmp_path / "t.csv").write_text("at\n0\n1.5\n2.25\n7\n")
    scenario = tmp_path / "s.yaml"
    scenario.write_text(
        "name: t\nhorizon: 10s\ndeployments:\n- name: a\n"
        "  runtimeConfiguration: {minReplicas: 1, maxReplicas: 1, cpu: 1.0, memory: 1GiB}\n"
        "  initial: {responsive: 1}\n  request: {wait: 10ms}\n"
        "  traffic: [{kind: trace, path: t.csv, format: csv, time_column: at}]\n"
    )
    assert run("run", scenario, "--out", tmp_path / "run", "--quiet") == 0
    (tmp_path / "t.csv").unlink()
    page = tmp_path / "page.html"
    assert run("report", tmp_path / "run", "--out", page, "--quiet") == 0
    assert "None of 4 requests fails." in read_page(page.read_bytes()).words


def test_a_scenario_is_run(tmp_path: Path) -> None:
    """With the values and the seed that are given; what lint says is the last answer."""
    page = tmp_path / "page.html"
    assert run("report", DEADLOCK, "--out", page, "--quiet") == 0
    said = read_page(page.read_bytes()).words
    assert "This is a deadlock." in said
    assert "Set queues.h100.limits.H100 to at least 5." in said
    more = ("--set", "queues.h100.limits.H100=5", "--seed", "4")
    assert run("report", DEADLOCK, "--out", page, "--quiet", *more) == 0
    said = read_page(page.read_bytes()).words
    assert "The rollout of generator finishes: it switches after" in said
    assert "one run, seed 4" in said


def test_a_store_gives_the_page_of_its_study(tmp_path: Path) -> None:
    """The one that the study itself writes."""
    scenario = write(tmp_path)
    store, own, page = (tmp_path / name for name in ("runs.db", "own.html", "page.html"))
    options = ("--runs", "4", "--workers", "1", "--quiet")
    assert run("study", scenario, *options, "--store", store, "--out", own) == 0
    assert run("report", store, "--out", page, "--quiet") == 0
    assert page.read_bytes() == own.read_bytes()
    said = read_page(page.read_bytes())
    assert "4 runs of it, seed" in said.words
    scenario_text = said.text[said.text.index("Copy the scenario") :]
    data = json.loads(scenario_text[scenario_text.index("{") : scenario_text.rindex("}") + 1])
    assert data == resolved(load_scenario(scenario), mask_environment=True)


@pytest.mark.parametrize(
    ("verb", "options", "said"),
    [
        ("study", ("--runs", "4"), "What the runs say"),
        ("plan", ("--no-helps",), "The rollout of generator at 5min never switches"),
        ("check", ("--ceiling", "40"), "expectation"),
        ("compare", ("--runs", "4"), "B against A"),
    ],
)
def test_what_a_verb_wrote_as_json_gives_a_page(
    tmp_path: Path, verb: str, options: tuple[str, ...], said: str
) -> None:
    """The one that the verb itself writes, but that of a study has bands too."""
    subject: tuple[str | Path, ...] = (write(tmp_path),)
    if verb == "plan":
        subject = (DEADLOCK,)
    elif verb == "compare":
        subject = (*subject, write(tmp_path, name="again.yaml"))
    elif verb == "check":
        text = write(tmp_path).read_text() + "\nexpect:\n  - failed_ratio < 50%\n"
        Path(subject[0]).write_text(text)
    answer, own, page = (tmp_path / name for name in ("a.json", "own.html", "page.html"))
    status = run(verb, *subject, *options, "--quiet", "--out", answer, "--out", own)
    assert status in (0, 3, 4)
    assert run("report", answer, "--out", page, "--quiet") == 0
    found = read_page(page.read_bytes())
    assert said in found.words
    assert found.data == ""
    if verb != "study":
        assert page.read_bytes() == own.read_bytes()


@pytest.mark.parametrize(
    ("content", "rule", "said"),
    [
        ('{"schema": "sim-plan/9"}', "not-an-answer", "its form is sim-plan/9, and a page is made"),
        ('{"schema": "sim-check/1", "verdict": 3}', "not-an-answer", "it is damaged: verdict"),
        ('{"schema": 3}', "unknown-field", "is unknown"),
    ],
)
def test_what_is_none_of_these_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, rule: str, said: str
) -> None:
    """In one message, and nothing is written."""
    file = tmp_path / "a.json"
    file.write_text(content)
    assert run("report", file, "--out", tmp_path / "page.html") == 2
    error = capsys.readouterr().err
    assert f"rule {rule})" in error
    assert said in error
    assert not (tmp_path / "page.html").exists()


def test_where_it_cannot_be_written_is_said_before_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that is not there; no page's suffix; what only a scenario can be given."""
    assert run("report", DEADLOCK, "--out", tmp_path / "no" / "page.html") == 2
    assert "No such file or directory" in capsys.readouterr().err
    assert run("report", DEADLOCK, "--out", tmp_path / "page.pdf") == 2
    assert "a report is one HTML file: its suffix is .html" in capsys.readouterr().err
    Result(replace_story()).write(tmp_path / "run")
    page = tmp_path / "page.html"
    assert run("report", tmp_path / "run", "--seed", "1", "--out", page) == 2
    assert "--set and --seed are for a scenario" in capsys.readouterr().err
