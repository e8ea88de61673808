"""`--set` and `--everywhere` of the verbs that read scenarios."""

import json
from pathlib import Path

import pytest

from sim.cli import main

SCENARIO = """\
name: Set
horizon: 10min
deployments:
  - name: ranker
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1, threadCount: 4}
    initial: {responsive: 1}
    request: {cpu: 1s}
    traffic: [{kind: instants, at: [1s, 2s]}]
timeline:
  - event: replace
    at: 5min
    deployment: ranker
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1}
expect: [ranker.failed_ratio <= 1]
"""
NOTE = (
    "note: --set ranker.threadCount holds until 5 min, when a replace (timeline[0]) sets another "
    "value: --everywhere sets it there too\n"
)
VERBS = (
    ("run",),
    ("study", "--workers", "1"),
    ("check", "--workers", "1"),
    ("plan", "--no-helps", "--workers", "1"),
    ("lint",),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a scenario whose replace says a complete configuration."""
    path = tmp_path / "set.yaml"
    path.write_text(SCENARIO)
    return path


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_a_value_that_a_later_replace_undoes_is_noted(
    verb: tuple[str, ...], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line on stderr, which `--quiet` silences and `--everywhere` makes needless."""
    words = [*verb, str(file), "--set", "ranker.threadCount=8"]
    said = []
    for more in ([], ["--quiet"], ["--everywhere"]):
        main.run([*words, *more])
        said.append(capsys.readouterr().err)

    assert [text.count("note: ") for text in said] == [1, 0, 0]
    assert NOTE in said[0]


def test_a_run_has_it_in_every_configuration(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And what the run has written can be run again to the same bytes."""
    out = tmp_path / "out"
    words = ["--set", "ranker.threadCount=8", "--everywhere", "--tables", "none"]
    assert main.run(["run", str(file), "--out", str(out), *words]) == 0
    capsys.readouterr()

    written = json.loads((out / "scenario.json").read_text())
    assert written["deployments"][0]["runtimeConfiguration"]["threadCount"] == 8
    assert written["timeline"][0]["runtimeConfiguration"]["threadCount"] == 8
    again = tmp_path / "again"
    assert main.run(["run", str(out / "scenario.json"), "--out", str(again), *words[-2:]]) == 0
    for name in ("scenario.json", "result.json"):
        assert (again / name).read_bytes() == (out / name).read_bytes()


def test_what_was_compared_can_be_typed_again(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The words that a comparison prints set the same."""
    words = ["--set", "ranker.threadCount=8", "--everywhere", "--workers", "1"]
    assert main.run(["compare", str(file), str(file), *words]) == 0

    shown = " ".join(capsys.readouterr().out.split())
    assert shown.count("--set ranker.threadCount:=8") == 2


def test_everywhere_needs_something_to_set(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is told, and nothing is run."""
    assert main.run(["run", str(file), "--everywhere"]) == 2
    said = capsys.readouterr()

    assert said.out == ""
    assert "--everywhere goes with --set" in said.err
