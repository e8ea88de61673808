"""`sim plan`: what it prints in each format, what it writes, refuses, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from plan_scenarios import CLIFF, DEADLOCK, STALLS, TWO
from sim.cli import main
from study_scenarios import write

SCENARIOS = Path(__file__).parents[2] / "scenarios"
LITTLE = ("--runs", "10", "--workers", "1", "--no-helps")
REFUSED = '{"runtimeConfiguration": {"minReplicas": 4, "maxReplicas": 2}}'
WORKS = '{"minReplicas": 2, "maxReplicas": 2, "cpu": 1.0, "threadCount": 3}'


def sim(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Run a command in this process; return status, stdout and stderr."""
    status = main.run([str(argument) for argument in arguments])
    return status, *capsys.readouterr()


def answer(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, Any]:
    """Return the status and the JSON of a plan, which is as its schema says."""
    status, out, _ = sim(capsys, "plan", *arguments, "--format", "json")
    found = json.loads(out)
    jsonschema.validate(found, json.loads(sim(capsys, "schema", "--of", "plan")[1]))
    return status, found


@pytest.mark.parametrize(
    ("text", "options", "status", "verdict"),
    [
        (DEADLOCK, (), 3, "NEVER"),
        (CLIFF, LITTLE, 0, "RISKY"),
        (TWO, (*LITTLE, "--event", "3"), 0, "WORKS"),
    ],
)
def test_the_first_line_has_the_verdict_and_why(
    text: str,
    options: tuple[str, ...],
    status: int,
    verdict: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """Nothing goes to stderr, and all is on one screen."""
    found, out, err = sim(capsys, "plan", write(tmp_path, text), *options)

    lines = out.splitlines()
    assert (found, err) == (status, "")
    assert lines[0].startswith(f"verdict: {verdict}: ")
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 100


def test_text_shows_fields_rules_arithmetic_both_sides_and_the_rollout(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """In this order."""
    _, out, _ = sim(capsys, "plan", write(tmp_path, CLIFF), "--runs", 10, "--workers", 1)

    words = (
        "memory  4GiB  8GiB",
        "effect: rollout",
        "rules: all are kept",
        "arithmetic: 0 never, 1 risk",
        "failed requests ",
        "response, p99 ",
        "compute-s a day ",
        "response at end ",
        "duration ",
        "chance of a stall  ",
        "dip of threads ",
        "response after, p99 ",
        "may not have happened in these 10.",
        "helps: the smallest change",
        "timeline[0].runtimeConfiguration.minReplicas=",
    )
    places = [out.index(word) for word in words]
    assert places == sorted(places)


def test_json_is_one_object_with_every_key(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """From runs: numbers with intervals, and a comparison of each measure of the family."""
    status, found = answer(capsys, write(tmp_path, STALLS), *LITTLE)

    assert (status, found["schema"], found["verdict"]) == (0, "sim-plan/1", "RISKY")
    assert found["changes"] == [{"field": "threadCount", "old": 2, "new": 4}]
    assert found["effect"] == "rollout"
    assert found["then"]["measures"]["deployments.api.response_s.p99"]["kind"] == "t"
    assert set(found["difference"]) <= set(found["now"]["measures"])
    assert found["stall_probability"]["value"] == 1.0
    assert found["stalled_on"][0]["queue"] == "cores"
    assert (found["violations"], found["helps"]) == ([], [])


@pytest.mark.parametrize("source", ["file", "stdin"])
def test_a_put_that_a_rule_refuses_is_status_2_and_printed_all_the_same(
    source: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the violation as `sim validate` lists it."""
    file = tmp_path / "put.json"
    file.write_text(REFUSED, encoding="utf-8")
    with file.open(encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        name = "-" if source == "stdin" else file
        status, found = answer(capsys, write(tmp_path, TWO), name, "--deployment", "api")
    validated = json.loads(sim(capsys, "validate", file, "--format", "json")[1])

    assert (status, found["verdict"]) == (2, "REFUSED")
    assert found["violations"] == validated["violations"]


def test_a_refused_put_is_told_in_text_and_markdown(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With the rule, and what the API would answer."""
    file = tmp_path / "put.json"
    file.write_text(REFUSED, encoding="utf-8")
    arguments = ("plan", write(tmp_path, TWO), file, "--deployment", "api")

    status, out, _ = sim(capsys, *arguments)
    assert status == 2
    assert "replica-bounds-order; API: 400 Default:InvalidArgument" in " ".join(out.split())
    status, out, _ = sim(capsys, *arguments, "--format", "markdown")
    assert status == 2
    assert out.startswith("<!-- sim plan -->\n\n**verdict: REFUSED**")


@pytest.mark.parametrize("form", ["json", "yaml", "bare"])
def test_a_put_comes_from_a_file_of_any_form(
    form: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """As the API's body or as a bare configuration; it is put at the instant that is named."""
    file = tmp_path / f"put.{'yaml' if form == 'yaml' else 'json'}"
    body = {
        "json": f'{{"runtimeConfiguration": {WORKS}}}',
        "yaml": "runtimeConfiguration: {minReplicas: 2, maxReplicas: 2, cpu: 1, threadCount: 3}\n",
        "bare": WORKS,
    }[form]
    file.write_text(body, encoding="utf-8")
    scenario = write(tmp_path, DEADLOCK.partition("timeline")[0].replace("limit: 2", "limit: 4"))
    status, found = answer(capsys, scenario, file, "--at", "30s", *LITTLE)

    assert (status, found["verdict"]) == (0, "WORKS")
    assert found["planned"] == {"event": "replace", "deployment": "api", "at_s": 30.0, "number": 1}


def test_markdown_has_the_verdict_first_and_details_folded(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Behind a marker that is not seen, by which the next plan replaces it."""
    _, out, _ = sim(capsys, "plan", write(tmp_path, STALLS), *LITTLE, "--format", "markdown")

    lines = out.splitlines()
    assert lines[0] == "<!-- sim plan -->"
    assert lines[2].startswith("**verdict: RISKY**: the rollout stalled in 10 of 10 runs")
    assert out.count("<details>") == out.count("</details>") == 4
    assert out.index("**verdict") < out.index("<details>")
    assert "| threadCount | 2 | 4 |" in lines


def test_markdown_stays_below_what_a_comment_may_have(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """However many fields change, and whatever stands in them."""
    variables = {f"NAME_{number}_{'X' * 200}": "y" for number in range(2_000)}
    put = {**json.loads(WORKS), "environmentVariables": variables}
    file = tmp_path / "put.json"
    file.write_text(json.dumps(put), encoding="utf-8")
    scenario = write(tmp_path, DEADLOCK.partition("timeline")[0])
    status, out, _ = sim(capsys, "plan", scenario, file, "--format", "markdown")

    assert status == 3
    assert 5_000 < len(out) < 65_536
    assert out.count("<details>") == out.count("</details>")


def test_what_stands_in_a_name_is_no_markup(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A comment with the name of a scenario is not to be what that name says."""
    text = DEADLOCK.replace("A small deadlock", "'<img src=x> | & co'")
    _, out, _ = sim(capsys, "plan", write(tmp_path, text), "--format", "markdown")

    assert "<img" not in out
    assert "&lt;img src=x> | &amp; co" in out


def test_files_are_written_by_their_suffixes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Each is what the format of that name prints."""
    files = [tmp_path / f"plan{suffix}" for suffix in (".json", ".txt", ".md")]
    options = [part for file in files for part in ("--out", file)]
    scenario = write(tmp_path, DEADLOCK)
    status, out, err = sim(capsys, "plan", scenario, *options)

    assert status == 3
    assert files[1].read_text("utf-8") == out
    assert json.loads(files[0].read_text("utf-8"))["verdict"] == "NEVER"
    printed = sim(capsys, "plan", scenario, "--format", "markdown")[1]
    assert files[2].read_text("utf-8") == printed
    assert err.splitlines() == [f"wrote {file}" for file in files]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["two"], "--event N of 1: the replace of api at 20 s; 2: "),
        (["two", "--event", "9"], "there is no event 9, but 1: "),
        (["two", "put"], "--deployment NAME of api, eu.ranker v2"),
        (["two", "put", "--deployment", "api", "--at", "2min"], "before the end of the run, 2 min"),
        (["two", "put", "--deployment", "api", "--at", "3"], "'3' has no unit"),
        (["two", "put", "--event", "1"], "--event goes without PUT.json"),
        (["two", "--at", "3s"], "--at goes with PUT.json"),
        (["two", "two", "--deployment", "api"], "is a scenario: a PUT is"),
        (["two", "missing.json", "--deployment", "api"], "cannot be read"),
        (["two", "--event", "1", "--out", "plan.png"], "one of .json, .txt, .md"),
    ],
)
def test_bad_input_gets_one_message(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Status 2, nothing on stdout, no traceback."""
    put = tmp_path / "put.json"
    put.write_text(WORKS, encoding="utf-8")
    known = {"two": write(tmp_path, TWO), "put": put}
    status, out, err = sim(capsys, "plan", *(known.get(one, one) for one in arguments))

    assert (status, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def test_a_store_remembers_both_sides(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The plan is the same from it, and `sim study` shows the two cases."""
    scenario, store = write(tmp_path, STALLS), tmp_path / "runs.db"
    first = answer(capsys, scenario, *LITTLE)
    with_store = answer(capsys, scenario, *LITTLE, "--store", store)
    again = answer(capsys, scenario, *LITTLE, "--store", store)

    assert first == with_store == again
    study = json.loads(sim(capsys, "study", store, "--format", "json")[1])
    assert [(case["name"], case["runs"]) for case in study["cases"]] == [
        ("Waits for a tenant: now", 10),
        ("Waits for a tenant: then", 10),
    ]


def _heed_interrupts() -> None:
    """Undo what a shell does to jobs in the background, which ignore interrupts by its wish."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interrupt_ends_with_what_there_is(tmp_path: Path) -> None:
    """Status 130, and the numbers are of the runs that were made."""
    scenario = write(tmp_path, CLIFF.replace("horizon: 4min", "horizon: 2h"))
    command = [sys.executable, "-m", "sim", "plan", str(scenario), "--runs", "100000"]
    process = subprocess.Popen(
        [*command, "--workers", "1", "--store", str(tmp_path / "runs.db"), "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        preexec_fn=_heed_interrupts,
    )
    wal = tmp_path / "runs.db-wal"
    deadline = time.monotonic() + 60
    try:
        while not (wal.exists() and wal.stat().st_size > 100_000) and time.monotonic() < deadline:
            time.sleep(0.1)
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()  # it would go on for hours

    assert process.returncode == 130, err
    found = json.loads(out)
    assert found["interrupted"] is True
    assert 0 < found["then"]["runs"] < 100_000
    assert found["helps"] == []


def test_shipped_deadlock_is_condemned_by_arithmetic(capsys: pytest.CaptureFixture[str]) -> None:
    """With the GPU that is missing: one more, and no run."""
    status, found = answer(capsys, SCENARIOS / "gpu_queue_deadlock.yaml")

    assert (status, found["verdict"], found["then"]["runs"]) == (3, "NEVER", 0)
    assert [one["set"] for one in found["helps"]] == ["queues.h100.limits.H100=5"]
    assert [(one["queue"], one["short"]) for one in found["stalled_on"]] == [("h100", "H100")]
