"""`sim compare` on the command line: what it prints of scenarios, stores and runs."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from case_files import ROLLING, TINY, write_case
from sim.cli.main import run
from sim.studies import replicate

P99 = "deployments.a.response_s.p99"
KEYS = {"cases", "difference", "ratio", "p_value", "verdict", "half_width", "runs_needed",
        "variance_factor"}  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """A case, and the same with a tenth more requests."""
    a, b = write_case(tmp_path, "a", TINY), write_case(tmp_path, "b", TINY, ("3/s", "3.3/s"))
    return [str(a), str(b)]


@pytest.fixture
def directories(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """A run of each."""
    found = [str(tmp_path / name) for name in ("run_a", "run_b")]
    for file, directory in zip(files, found, strict=True):
        assert run(["run", file, "--out", directory, "--tables", "none", "--quiet"]) == 0
    capsys.readouterr()
    return found


def compare(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Run `sim compare` in this process; return its status and what it wrote."""
    status = run(["compare", "--workers", "1", *map(str, arguments)])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_the_first_line_counts_the_verdicts(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Then what the cases are, and a line a measure with its verdict."""
    status, out, err = compare(capsys, *files)

    assert (status, err) == (0, "")
    first, *rest = out.splitlines()
    assert first == "B against A, 30 runs each: 1 worse, 2 identical"
    cases = f"A: tiny ({files[0]}) B: tiny ({files[1]}) seed 3; "
    assert " ".join(" ".join(rest).split()).startswith(cases)
    (p99,) = [line.split() for line in rest if line.lstrip().startswith("a.response_s.p99")]
    assert p99[1] == "worse"
    (head,) = [line for line in rest if "verdict" in line and "interval" in line]
    assert "98.33 % interval" in head  # 1 - 0.05 / 3
    assert "115 other measures have no verdict: --all lists them." in out


def test_the_smallest_difference_that_would_have_been_found_is_said(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of no difference found the half width, and of undecided the runs that would decide.

    A source of another name has other requests of the same law: there is no difference.
    """
    address = "response_s.p50"
    other = write_case(tmp_path, "other", TINY, ("name: users", "name: people"))
    asked = (files[0], other, "--of", address)
    _, data, _ = compare(capsys, *asked, "--format", "json")
    found = json.loads(data)["measures"][f"deployments.a.{address}"]
    _, out, _ = compare(capsys, *asked)
    _, few, _ = compare(capsys, *asked, "--runs", "5")

    assert found["verdict"] == "no_difference_found"
    half = (found["difference"]["high"] - found["difference"]["low"]) / 2
    assert found["half_width"] == pytest.approx(half)
    assert f"the interval reaches {1000 * half:.0f} ms to either side" in out
    assert "1 no difference found" in out.splitlines()[0]
    assert "1 undecided" in few.splitlines()[0]
    assert "undecided, a comparison of means takes 10 pairs" in " ".join(few.split())


def test_json_has_the_family_apart_from_all_else(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """And is what `sim schema --of compare` describes."""
    assert run(["schema", "--of", "compare"]) == 0
    schema = json.loads(capsys.readouterr().out)
    _, out, _ = compare(capsys, *files, "--runs", "12", "--format", "json")
    found = json.loads(out)

    Draft202012Validator(schema).validate(found)
    assert found["schema"] == "sim-compare/1"
    assert list(found["measures"]) == found["family"]
    assert all(set(one) >= KEYS for one in found["measures"].values())
    assert not set(found["measures"]) & set(found["others"])
    assert set(found["measures"][P99]["cases"]) == {"A", "B"}


def test_all_lists_the_other_measures_without_a_verdict(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Below the family, with intervals at 95 %."""
    _, out, _ = compare(capsys, *files, "--runs", "10", "--all")

    assert "without a verdict, intervals at 95 % each" in out
    (line,) = [line for line in out.splitlines() if line.strip().startswith("a.wait_s.p50 ")]
    assert not {"better", "worse", "identical"} & set(line.split())


def test_values_are_set_in_all_scenarios(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """So that two cases which differed do not."""
    rate = "deployments.a.traffic.users.rate=1/s"
    _, out, _ = compare(capsys, *files, "--runs", "3", "--set", rate)

    assert out.startswith("B against A, 3 runs each: 3 identical\n")
    assert f"--set {rate}" in " ".join(out.split())


def test_the_best_comes_first(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """With how sure, and after how many runs."""
    best = ("--best", "a.response_s.p99", "--indifference", "200ms")
    _, out, _ = compare(capsys, *files, *best)

    first = out.splitlines()[0]
    assert first.startswith("best by a.response_s.p99: A, after ")
    assert "\nB against A, 30 runs each: 1 worse, 2 identical\n" in out
    assert compare(capsys, *files, *best[:2])[0] == 2


def test_two_runs_have_no_intervals(
    directories: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The difference of what each has printed, and the sentence."""
    p99 = [
        json.loads(Path(folder, "result.json").read_text("utf-8"))["deployments"][0]["response_s"][
            "p99"
        ]
        for folder in directories
    ]
    _, out, _ = compare(capsys, *directories)
    _, data, _ = compare(capsys, *directories, "--format", "json")

    assert out.splitlines()[0] == "B against A, one run each: no intervals"
    found = json.loads(data)
    assert found["single_runs"]
    one = found["measures"][P99]
    assert one["difference"]["value"] == p99[1] - p99[0]
    assert (one["difference"]["low"], one["p_value"], one["verdict"]) == (None, None, "undecided")
    assert one["difference"]["refused"] == "one run each: no intervals"
    assert {one["verdict"] for one in found["others"].values()} == {None}


def test_a_run_beside_a_scenario_stands_for_its_scenario(
    directories: list[str], files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """It is run as often as the other, which is said by the file that is named."""
    _, out, _ = compare(capsys, directories[0], files[0], "--runs", "3")

    assert out.startswith("B against A, 3 runs each: 3 identical\n")
    assert f"A: tiny ({Path(directories[0], 'scenario.json')})" in " ".join(out.split())


def test_a_run_that_kept_its_summary_says_how_far_off_its_quantiles_are(
    directories: list[str], files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They can be compared all the same."""
    folded = tmp_path / "folded"
    assert run(["run", files[1], "--out", str(folded), "--keep", "summary", "--quiet"]) == 0
    capsys.readouterr()

    _, out, _ = compare(capsys, directories[0], folded)

    assert "A run kept its summary alone: quantiles of requests are off by up to" in out


def test_stores_are_compared_without_a_run(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The numbers are those of the scenarios; the files need not be there any more."""
    stores = [tmp_path / "a.db", tmp_path / "b.db"]
    for file, store in zip(files, stores, strict=True):
        replicate(file, runs=11, workers=1, store=store)
    want = json.loads(compare(capsys, *files, "--runs", "11", "--format", "json")[1])
    for file in files:
        Path(file).unlink()

    found = json.loads(compare(capsys, *stores, "--format", "json")[1])

    assert found["measures"] == want["measures"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a.yaml"], "from 2 to 26 cases in a comparison; 1 is given"),
        (["a.yaml", "nowhere.yaml"], "nowhere.yaml: cannot be read"),
        (["a.yaml", "."], "does not hold a run that can be read"),
        (["a.yaml", "b.yaml", "--of", "a.respons_s.p99"], "did you mean a.response_s.p99?"),
        (["a.yaml", "b.yaml", "--out", "x.csv"], "one of .json, .txt, .html, .png, .svg, .pdf"),
        (["run_a", "run_b", "--best", "a.response_s.p99", "--indifference", "1s"], "one run each"),
        (["run_a", "b.yaml", "--set", "horizon=1s"], "in which nothing can be set"),
    ],
)
def test_what_cannot_be_compared_is_one_message(
    directories: list[str],
    tmp_path: Path,
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With status 2, and nothing on stdout."""
    assert directories
    monkeypatch.chdir(tmp_path)
    status, out, err = compare(capsys, *arguments)

    assert (status, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_other_deployments_and_rollouts_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What one case does not have, and which streams have no pair."""
    deployment = TINY[TINY.index("  - name: a") :]
    rolling = write_case(tmp_path, "rolling", ROLLING)
    two = write_case(tmp_path, "two", TINY + deployment.replace("name: a", "name: b"))
    _, out, _ = compare(capsys, rolling, two, "--runs", "2")

    words = " ".join(out.split())
    assert "No measure of B: a.rollouts.1.duration_s, a.rollouts.1.failed_ratio" in words
    assert "No measure of A: b.response_s.p99" in words
    assert "Only B draws b, b/users: not paired." in words


def test_what_is_printed_is_written_too(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Text, JSON, and a picture, each whole."""
    written = [tmp_path / f"x.{suffix}" for suffix in ("txt", "json", "svg")]
    status, out, err = compare(
        capsys, *files, "--runs", "10", *(word for file in written for word in ("--out", file))
    )

    assert status == 0
    assert written[0].read_text("utf-8") == out
    assert json.loads(written[1].read_text("utf-8"))["schema"] == "sim-compare/1"
    assert "a.response_s.p99" in written[2].read_text("utf-8")
    assert err.splitlines() == [f"wrote {file}" for file in written]
