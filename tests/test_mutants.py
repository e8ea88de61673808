"""The suite's own test: each planted bug makes the test that answers for the rule fail.

A new invariant or documented rule gets a row in one of the tables in `mutants/`.
"""

import shutil
from pathlib import Path

import pytest
from mutants import (
    answers,
    beginning,
    binding,
    checks,
    comparing,
    control,
    estimates,
    exporting,
    figures,
    folding,
    laws,
    leaving,
    linting,
    own_logs,
    paging,
    pictures,
    planning,
    queueing,
    replaying,
    rolling,
    scenarios,
    serving,
    serving_live,
    sizes,
    studies,
    vectorised,
    waiting,
)
from mutants.forked import run_tests
from mutants.mutant import Mutant

import sim

MUTANTS: tuple[Mutant, ...] = (
    *queueing.MUTANTS,
    *scenarios.MUTANTS,
    *serving.MUTANTS,
    *answers.MUTANTS,
    *beginning.MUTANTS,
    *laws.MUTANTS,
    *linting.MUTANTS,
    *own_logs.MUTANTS,
    *control.MUTANTS,
    *leaving.MUTANTS,
    *vectorised.MUTANTS,
    *folding.MUTANTS,
    *figures.MUTANTS,
    *binding.MUTANTS,
    *pictures.MUTANTS,
    *serving_live.MUTANTS,
    *waiting.MUTANTS,
    *comparing.MUTANTS,
    *studies.MUTANTS,
    *planning.MUTANTS,
    *estimates.MUTANTS,
    *checks.MUTANTS,
    *sizes.MUTANTS,
    *exporting.MUTANTS,
    *paging.MUTANTS,
    *replaying.MUTANTS,
    *rolling.MUTANTS,
)
PACKAGE = Path(sim.__file__).parent
TESTS = Path(__file__).parent
TESTS_FAILED = 1
"""pytest's exit status when tests ran and some failed; faulty calls and imports have others."""

pytestmark = pytest.mark.mutants


def copy_of_the_package(folder: Path) -> Path:
    """Copy the package into `folder`, from where `run_tests` imports it."""
    copy = folder / "sim"
    shutil.copytree(PACKAGE, copy)
    return copy


def test_an_unharmed_copy_passes(tmp_path: Path) -> None:
    """The named tests can pass on a copy: what fails below fails for the bug.

    On the package itself they pass with all their examples, in the rest of the suite.
    """
    copy_of_the_package(tmp_path)
    named = sorted({mutant.caught_by for mutant in MUTANTS})

    done = run_tests(tmp_path, TESTS, *named, profile="glance")

    assert done.status == 0, done.output


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.breaks)
def test_a_planted_bug_is_caught(mutant: Mutant, tmp_path: Path) -> None:
    """The test that answers for the rule fails when the rule is broken."""
    file = copy_of_the_package(tmp_path) / mutant.file
    source = file.read_text(encoding="utf-8")
    assert source.count(mutant.before) == 1, "the line to break is not there, or not alone"
    file.write_text(source.replace(mutant.before, mutant.after), encoding="utf-8")

    done = run_tests(tmp_path, TESTS, mutant.caught_by)

    assert done.status == TESTS_FAILED, done.output
