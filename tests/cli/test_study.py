"""`sim study` and `sim measures`: what they print, write, refuse, and how they end."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from sim.cli import main
from sim.results.measures import measures
from sim.scenario.reading.loader import load_scenario
from sim.studies.runs.replication import Made
from sim.studies.runs.store import Store
from stored_runs import rows_of_store
from study_scenarios import DRAWN, GIVEN, SOMETIMES_STUCK, write


def sim(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Run a command in this process; return status, stdout and stderr."""
    status = main.run([str(argument) for argument in arguments])
    return status, *capsys.readouterr()


def schema_of(capsys: pytest.CaptureFixture[str], verb: str) -> Any:
    """Return the JSON Schema that is published for a verb."""
    return json.loads(sim(capsys, "schema", "--of", verb)[1])


def test_the_first_line_says_name_runs_and_what_varies(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Then a line a measure, with what is to be borne in mind below."""
    status, out, err = sim(capsys, "study", write(tmp_path), "--runs", 30, "--workers", 1)

    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "A drawn minute: 30 runs, seed 5; arrivals, service and starts: drawn"
    assert lines[2].split("  ")[-1] == "your run"
    assert any(line.startswith("  api.response_s.p99 ") for line in lines)
    rare = "  Something that happens in fewer than 1 run in 10 may not have happened in these 30."
    assert rare in lines


def test_json_is_as_its_schema_says(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Every measure is there, by its address."""
    file = write(tmp_path, SOMETIMES_STUCK)
    _, out, _ = sim(capsys, "study", file, "--runs", 12, "--workers", 1, "--format", "json")
    found = json.loads(out)

    jsonschema.validate(found, schema_of(capsys, "study"))
    assert found["schema"] == "sim-study/1"
    (case,) = found["cases"]
    assert {"name", "runs", "measures", "undefined"} <= set(case)
    assert list(case["measures"]) == [one.address for one in measures(load_scenario(file))]
    assert set(case["measures"]["deployments.api.response_s.p99"]) == {
        *("value", "low", "high", "confidence", "runs", "defined", "kind", "unit", "refused"),
        "runs_needed",
    }


def test_what_is_written_goes_by_the_suffix(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Text, data, a row a run, a picture; each whole or not at all."""
    names = ("a.json", "a.txt", "a.csv", "a.parquet", "a.svg")
    files = [tmp_path / name for name in names]
    outs = [word for file in files for word in ("--out", file)]
    status, out, err = sim(capsys, "study", write(tmp_path), "--runs", 3, "--workers", 1, *outs)

    assert status == 0
    assert err.splitlines() == [f"wrote {file}" for file in files]
    assert files[1].read_text() == out
    assert json.loads(files[0].read_text())["cases"][0]["runs"] == 3
    assert len(files[2].read_text().splitlines()) == 4
    assert files[3].read_bytes()[:4] == b"PAR1"
    assert b"<svg" in files[4].read_bytes()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--out", "a.doc"), "what is written goes by the suffix"),
        (("--of", "api.respones_s.p99"), "did you mean api.response_s.p99?"),
        (("--precision", "5%"), "--precision goes with --of ADDRESS"),
        (("--precision", "5%", "--of", "api.response_s.p99", "--runs", "9"), "without --runs"),
        (("--precision", "0%", "--of", "api.response_s.p99"), "impossible-precision"),
        (("--store", "nowhere/runs.db"), "is its directory there"),
        (("--set", "horizon=30"), "has no unit"),
    ],
)
def test_bad_input_gets_one_message(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    """Status 2, nothing on stdout, no traceback."""
    status, out, err = sim(capsys, "study", write(tmp_path), "--workers", 1, *options)

    assert (status, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_a_store_is_shown_as_it_is(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The same text as from the study that wrote it; what makes runs is refused."""
    store = tmp_path / "runs.db"
    _, made, _ = sim(
        capsys, "study", write(tmp_path), "--runs", 4, "--workers", 1, "--store", store
    )
    status, shown, _ = sim(capsys, "study", store)

    assert (status, shown) == (0, made)
    status, out, err = sim(capsys, "study", store, "--runs", 9)
    assert (status, out) == (2, "")
    assert "is a store, whose runs are shown as they are" in err


def test_a_run_of_many_is_a_study(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """`sim run --runs N`, with what both understand; and one run says that it is one."""
    file = write(tmp_path)
    _, study, _ = sim(capsys, "study", file, "--runs", 3, "--seed", 4)
    assert sim(capsys, "run", file, "--runs", 3, "--seed", 4)[:2] == (0, study)
    last = f"One run of many: `sim study {file}` gives intervals."
    assert sim(capsys, "run", file)[1].splitlines()[-1] == last
    assert last not in sim(capsys, "run", file, "--format", "json")[1]
    assert "One run of many" not in sim(capsys, "run", write(tmp_path, GIVEN))[1]
    assert sim(capsys, "run", file, "--runs", 3, "--out", tmp_path / "x")[0] == 2


def test_measures_are_listed_with_what_is_known_of_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """As text and as data, which its schema describes."""
    file = write(tmp_path)
    _, text, _ = sim(capsys, "measures", file)
    _, data, _ = sim(capsys, "measures", file, "--format", "json")
    found = json.loads(data)
    jsonschema.validate(found, schema_of(capsys, "measures"))
    by_address = {one["address"]: one for one in found["measures"]}

    assert text.splitlines()[0] == f"{len(by_address)} measures"
    assert by_address["deployments.api.rollouts.1.duration_s"] == {
        "address": "deployments.api.rollouts.1.duration_s",
        "unit": "s",
        "kind": "number",
        "better": "less",
        "undefined": "beyond",
    }


def study_process(file: Path, store: Path) -> subprocess.Popen[str]:
    """Start `sim study` with 200 runs, two workers and a store."""
    words = [
        "study",
        str(file),
        "--runs",
        "200",
        "--workers",
        "2",
        "--store",
        str(store),
        "--quiet",
    ]
    return subprocess.Popen(
        [sys.executable, "-m", "sim", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def survives_kills(tmp_path: Path, *, kills: int, rng: np.random.Generator) -> int:
    """Kill a study at random instants of its course, and go on with it each time.

    Returns:
        How many of the kills came before it had ended.
    """
    file = write(tmp_path, DRAWN.replace("1min", "4min"))
    whole, killed = tmp_path / "whole.db", tmp_path / "killed.db"
    begun_s = time.monotonic()
    expected, said = study_process(file, whole).communicate(timeout=300)
    course_s = time.monotonic() - begun_s
    assert expected, said
    hits = 0
    for _ in range(kills):
        process = study_process(file, killed)
        time.sleep(rng.uniform(0, course_s / 2))  # what is left takes less and less
        hits += process.poll() is None
        with suppress(ProcessLookupError):  # it has ended
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    found, said = study_process(file, killed).communicate(timeout=300)

    assert found == expected, said
    assert rows_of_store(killed) == rows_of_store(whole)
    return hits


@pytest.mark.slow
def test_a_study_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    """Ten times at random instants: the store is that of one that nobody killed, row for row."""
    assert survives_kills(tmp_path, kills=10, rng=np.random.default_rng(1)) >= 1


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(10))
def test_a_study_survives_a_hundred_kills(tmp_path: Path, seed: int) -> None:
    """Ten times ten: minutes."""
    hits = survives_kills(tmp_path, kills=10, rng=np.random.default_rng(100 + seed))
    sys.stdout.write(f"{hits} of 10 kills came before the study had ended; nothing was lost\n")


def test_all_requests_of_all_runs_stand_below_the_typical_run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A line a deployment, with what was measured of such intervals; not where others are asked."""
    file = write(tmp_path)
    _, out, _ = sim(capsys, "study", file, "--workers", 1)
    _, asked, _ = sim(capsys, "study", file, "--workers", 1, "--of", "response_s.p99")

    lines = out.splitlines()
    place = next(i for i, line in enumerate(lines) if "all requests of all runs" in line)
    assert " ".join(lines[place].split()) == "all requests of all runs percentile 95 % interval"
    assert lines[place + 1].startswith("  api.response_s.p99 ")
    assert " to " in lines[place + 1]
    assert lines[place + 2].startswith("  Intervals of 0.95 held a pooled percentile in ")
    assert "all requests" not in asked


def test_a_store_shows_the_same_with_steady_states(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Text and JSON, from runs just made and from the store; without `--steady` none in text."""
    file, store = write(tmp_path), tmp_path / "runs.db"
    options = ("--workers", 1, "--store", store)
    _, plain, _ = sim(capsys, "study", file, *options)
    _, made, _ = sim(capsys, "study", file, *options, "--steady")
    _, read, _ = sim(capsys, "study", store, "--steady")
    _, made_json, _ = sim(capsys, "study", file, *options, "--format", "json")
    _, read_json, _ = sim(capsys, "study", store, "--format", "json")

    assert (made, made_json) == (read, read_json)
    assert made.startswith(plain)
    below = made.removeprefix(plain)
    assert "steady state" in below
    assert "All: no steady state of the whole run: the timeline has an event at 20 s." in below
    (case,) = json.loads(read_json)["cases"]
    jsonschema.validate(json.loads(read_json), schema_of(capsys, "study"))
    assert list(case["pooled"]) == [
        f"deployments.api.response_s.{p}" for p in ("p50", "p95", "p99")
    ]
    assert {"deployments.api.queued", "deployments.api.load_ratio"} < set(case["steady"])


def test_text_says_from_where_on_the_state_is_steady(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Without a timeline: a row a series, its unit behind the number."""
    file = write(tmp_path, DRAWN[: DRAWN.index("timeline:")])
    _, out, _ = sim(capsys, "study", file, "--workers", 1, "--steady")

    (row,) = [line for line in out.splitlines() if "api.responsive_replicas" in line]
    assert " ".join(row.split()) == "api.responsive_replicas 2 replicas the same in all 0 s"


def test_what_is_shown_alone_is_read_from_a_store(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts and series of a store are not touched by a table that has none of them."""
    file, store = write(tmp_path), tmp_path / "runs.db"
    sim(capsys, "study", file, "--runs", 10, "--workers", 1, "--store", store)
    asked: list[tuple[bool, bool]] = []
    runs_of = Store.runs_of

    def noted(self: Store, key: str, *, with_series: bool, with_counts: bool) -> dict[int, Made]:
        asked.append((with_series, with_counts))
        return runs_of(self, key, with_series=with_series, with_counts=with_counts)

    monkeypatch.setattr(Store, "runs_of", noted)
    sim(capsys, "study", store, "--of", "failed_ratio")
    sim(capsys, "study", store)
    sim(capsys, "study", store, "--of", "failed_ratio", "--steady")
    sim(capsys, "study", store, "--format", "json")

    assert asked == [(False, False), (False, True), (True, False), (True, True)]
