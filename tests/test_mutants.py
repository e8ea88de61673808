"""The suite's own test: each planted bug makes the test that answers for the rule fail.

A new invariant or documented rule gets a row in one of the tables in `mutants/`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mutants import (
    answers,
    binding,
    control,
    figures,
    folding,
    laws,
    pictures,
    queueing,
    scheduler,
    serving,
    serving_live,
    waiting,
)
from mutants.mutant import Mutant

import sim

MUTANTS: tuple[Mutant, ...] = (
    *queueing.MUTANTS,
    *serving.MUTANTS,
    *answers.MUTANTS,
    *laws.MUTANTS,
    *control.MUTANTS,
    *scheduler.MUTANTS,
    *folding.MUTANTS,
    *figures.MUTANTS,
    *binding.MUTANTS,
    *pictures.MUTANTS,
    *serving_live.MUTANTS,
    *waiting.MUTANTS,
)
PACKAGE = Path(sim.__file__).parent
TESTS = Path(__file__).parent
TESTS_FAILED = 1
"""pytest's exit status when tests ran and some failed; faulty calls and imports have others."""

pytestmark = pytest.mark.mutants


def copy_of_the_package(folder: Path) -> Path:
    """Copy the package into `folder`, from where `run_tests` imports it."""
    copy = folder / "sim"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def run_tests(folder: Path, *names: str) -> subprocess.CompletedProcess[str]:
    """Run tests against the package in `folder`, in another process."""
    settings = {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1", "HYPOTHESIS_PROFILE": "mutants"}
    environment = {name: value for name, value in os.environ.items() if "COV" not in name}
    paths = [str(TESTS / name) for name in names]
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, f"--rootdir={TESTS.parent}", *paths],
        cwd=folder,
        env=environment | settings,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_unharmed_copy_passes(tmp_path: Path) -> None:
    """The named tests pass on the package as it is: what fails below fails for the bug."""
    copy_of_the_package(tmp_path)

    done = run_tests(tmp_path, *sorted({mutant.caught_by for mutant in MUTANTS}))

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.breaks)
def test_a_planted_bug_is_caught(mutant: Mutant, tmp_path: Path) -> None:
    """The test that answers for the rule fails when the rule is broken."""
    file = copy_of_the_package(tmp_path) / mutant.file
    source = file.read_text(encoding="utf-8")
    assert source.count(mutant.before) == 1, "the line to break is not there, or not alone"
    file.write_text(source.replace(mutant.before, mutant.after), encoding="utf-8")

    done = run_tests(tmp_path, mutant.caught_by)

    assert done.returncode == TESTS_FAILED, done.stdout + done.stderr
