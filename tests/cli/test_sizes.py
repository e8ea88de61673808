"""What is too large, and what runs out: each a process of its own, with little memory and time."""

import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

LITTLE_BYTES = 3 * 2**30
"""Address space of a process: the package with its libraries takes about a half of one."""

LONG_S = 120.0
"""When a process is ended: it should take two seconds; on a machine on which three others had more
than the two cores it once took more than 30."""

COLD = """
name: cold
horizon: 1h
deployments:
  - name: api
    runtimeConfiguration: {minReplicas: 2000000000, maxReplicas: 2000000000}
"""
INITIAL = """
name: initial
horizon: 1h
deployments:
  - name: api
    initial: {responsive: 2000000000}
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 2000000000}
"""
REPLACE = """
name: replace
horizon: 1h
deployments:
  - name: api
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1}
timeline:
  - at: 10min
    event: replace
    deployment: api
    runtimeConfiguration: {minReplicas: 2000000000, maxReplicas: 2000000000}
expect: [api.failed_ratio < 1%]
"""
RATE = """
name: rate
horizon: 1d
deployments:
  - name: api
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1}
    traffic: [{kind: poisson, rate: 1e9/s}]
expect: [api.failed_ratio < 1%]
"""
TEN_YEARS = RATE.replace("1e9/s", "5/s").replace("1d", "3650d")
SMALL = """
name: small
horizon: 100s
deployments:
  - name: api
    initial: {responsive: 1}
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1}
    traffic: [{kind: instants, at: [10s, 11s]}]
"""


def sim(
    *arguments: str | Path,
    memory_bytes: int = LITTLE_BYTES,
    stdout: int = subprocess.PIPE,
    file_bytes: int = resource.RLIM_INFINITY,
    start: Sequence[str] = (sys.executable, "-m", "sim"),
) -> subprocess.CompletedProcess[str]:
    """Run a command with so much address space, and files so large; one that hangs raises."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

    return subprocess.run(
        [*start, *map(str, arguments)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=LONG_S,
        check=False,
        preexec_fn=limit,
    )


def written(tmp_path: Path, text: str) -> Path:
    """Return a scenario file with that text."""
    file = tmp_path / "scenario.yaml"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("verb", "text", "figures", "place"),
    [
        ("run", RATE, "about 86,400,000,000,000 requests, 1 replica", ":7:15: deployments[0].tr"),
        ("run", TEN_YEARS, "about 1,580,000,000 requests, 1 replica", ":7:15: deployments[0].tr"),
        ("run", COLD, "0 requests, 2,000,000,000 replicas", ":6:41: deployments[0].runtime"),
        ("run", INITIAL, "0 requests, 2,000,000,000 replicas", ":6:14: deployments[0].initial: "),
        ("run", REPLACE, "0 requests, 2,000,000,001 replicas", ":11:41: timeline[0].runtime"),
        ("study", RATE, "about 86,400,000,000,000 requests, 1 replica", ":7:15: deployments[0].tr"),
        ("check", RATE, "about 86,400,000,000,000 requests, 1 replica", ":7:15: deployments[0].tr"),
        ("plan", REPLACE, "0 requests, 2,000,000,001 replicas", ":11:41: timeline[0].runtime"),
        ("serve", RATE, "about 600,000,000,000 requests, 1 replica", ":7:15: deployments[0].tr"),
        ("serve", COLD, "0 requests, 2,000,000,000 replicas", ":6:41: deployments[0].runtime"),
    ],
)
def test_what_is_too_large_is_refused_before_it_begins(
    tmp_path: Path, verb: str, text: str, figures: str, place: str
) -> None:
    """A day at 1e9/s has 86,400 x 1e9 requests; ten years at 5/s are 3,650 x 86,400 x 5.

    A live run draws the first ten minutes before it is served. Each is told where it is asked for.
    """
    file = written(tmp_path, text)
    done = sim(verb, file, *(("--port", "0") if verb == "serve" else ()))

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert figures in done.stderr
    assert f"{file}{place}" in done.stderr
    assert "; --force runs it all the same (" in done.stderr
    assert done.stderr.endswith("rule too-large)\n")


def test_of_several_files_the_one_that_is_too_large_is_told(tmp_path: Path) -> None:
    """And of a value that was set, that it was."""
    small, large = written(tmp_path, SMALL), tmp_path / "large.yaml"
    large.write_text(RATE)
    rate = "deployments.api.traffic=[{kind: poisson, rate: 1e9/s}]"

    assert f"{large}:7:15: deployments[0].tr" in sim("compare", small, large).stderr
    assert (
        "--set deployments.api.traffic: deployments[0].traffic[0]: "
        in sim("run", small, "--set", rate).stderr
    )


def test_memory_that_runs_out_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    """Forced, the requests of ten years fill what the process may take: 1.3 GiB of instants."""
    file = written(tmp_path, TEN_YEARS)
    begun = sim("run", file, "--force", "--out", tmp_path / "out", memory_bytes=2**30)

    assert begun.returncode == 2
    assert begun.stderr.splitlines()[0].startswith("about 1,580,000,000 requests, 1 replica, about")
    assert begun.stderr.splitlines()[1].startswith("memory has run out: ")
    assert len(begun.stderr.splitlines()) == 2
    assert list(tmp_path.iterdir()) == [file]


def test_a_served_scenario_without_memory_is_one_line(tmp_path: Path) -> None:
    """The simulating process says so itself, and neither process stays."""
    file = written(tmp_path, RATE)
    done = sim("serve", file, "--port", "0", "--force", memory_bytes=2**30)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0].startswith("about 600,000,000,000 requests, 1 replica, ")
    assert done.stderr.splitlines()[1].startswith("memory has run out: ")
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize("file_bytes", [500, 5_000])
def test_a_disk_that_takes_no_more_leaves_nothing(tmp_path: Path, file_bytes: int) -> None:
    """At 500 bytes scenario.json is the first to be refused, at 5,000 a table or the picture."""
    file = written(tmp_path, SMALL)
    done = sim("run", file, "--quiet", "--out", tmp_path / "out", file_bytes=file_bytes)

    assert (done.returncode, done.stderr) == (2, f"{tmp_path / 'out'}: {os.strerror(27)}\n")
    assert list(tmp_path.iterdir()) == [file]


def test_out_is_tried_before_the_run_and_named_as_it_was_typed(tmp_path: Path) -> None:
    """A file in the way; what the trial has made is gone, and the run is not made."""
    file = written(tmp_path, SMALL)
    place = f"{tmp_path}/new/../scenario.yaml/run"
    done = sim("run", file, "--out", place)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"--out: a run cannot be written to {place}: Not a directory; name another directory "
        "(rule output-unwritable)\n"
    )
    study = sim("study", file, "--out", tmp_path / "no" / "x.json")

    assert (study.returncode, study.stdout) == (2, "")
    assert study.stderr == f"{tmp_path}/no/x.json: No such file or directory\n"
    assert list(tmp_path.iterdir()) == [file]


def test_a_full_device_as_stdout_is_one_line(tmp_path: Path) -> None:
    """What waits to be printed is let go, or Python would fail with it once more at its exit."""
    with Path("/dev/full").open("w", encoding="ascii") as full:
        done = sim("run", written(tmp_path, SMALL), stdout=full.fileno())

    assert (done.returncode, done.stderr) == (2, f"standard output: {os.strerror(28)}\n")


def test_a_closed_stdout_is_one_line(tmp_path: Path) -> None:
    """It is found out before anything else is opened, which would be taken for stdout."""
    closing = ("/bin/sh", "-c", 'exec "$0" -m sim "$@" >&-', sys.executable)
    done = sim("run", written(tmp_path, SMALL), "--out", tmp_path / "out", start=closing)

    assert done.returncode == 2
    assert done.stderr == "standard output is closed: `> /dev/null` drops what is printed\n"
    assert not (tmp_path / "out").exists()


def test_a_reader_that_goes_is_no_fault(tmp_path: Path) -> None:
    """`head -1` has what it wants."""
    command = f"{sys.executable} -m sim run {written(tmp_path, SMALL)} | head -1"
    done = sim(start=("/bin/sh", "-c", command))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("small: ")
