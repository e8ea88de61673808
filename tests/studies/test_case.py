"""A case's key: everything that a run depends on, and nothing else."""

from pathlib import Path

import pytest

from sim.errors import ScenarioError
from sim.scenario.reading.loader import load_scenario
from sim.studies.runs.case import Case
from study_scenarios import DRAWN, drawn, write

TRACED = DRAWN.replace(
    "{kind: poisson, name: web, rate: 5/s}",
    "{kind: trace, name: web, path: log.csv, format: csv, time_column: at}",
)


def key(text: str) -> str:
    """Return the key of a scenario."""
    return Case("a", drawn(text)).key


def test_name_question_and_seed_are_no_part_of_the_key() -> None:
    """A run depends on none of the first two; its seed stands beside the case."""
    assert key(DRAWN.replace("A drawn minute", "Another name")) == key(DRAWN)
    assert key(DRAWN.replace("seed: 5", "seed: 6\nquestion: Why?\nanswer: So.")) == key(DRAWN)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("5/s", "6/s"),
        ("1min", "61s"),
        ("threadCount: 2}", "threadCount: 3}"),
        ("name: web", "name: w"),
    ],
)
def test_whatever_a_run_depends_on_is_part_of_the_key(old: str, new: str) -> None:
    """Rates, times, configurations; names too, which name random streams."""
    assert key(DRAWN.replace(old, new)) != key(DRAWN)


def test_a_default_that_is_written_out_changes_nothing() -> None:
    """The key is of the scenario and not of its file."""
    assert key(DRAWN.replace("initial:", "branch: master\n    initial:")) == key(DRAWN)


def test_the_contents_of_a_file_count_and_not_its_place(tmp_path: Path) -> None:
    """A trace that was edited is another case; one that was moved is the same."""
    keys = []
    for folder, rows in (("a", "1\n2\n"), ("b", "1\n2\n"), ("c", "1\n3\n")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "log.csv").write_text(f"at\n{rows}")
        keys.append(Case("a", load_scenario(write(tmp_path / folder, TRACED))).key)

    assert keys[0] == keys[1] != keys[2]


def test_a_file_that_is_gone_is_said_so(tmp_path: Path) -> None:
    """One message with the file's name."""
    (tmp_path / "log.csv").write_text("at\n1\n")
    scenario = load_scenario(write(tmp_path, TRACED))
    (tmp_path / "log.csv").unlink()

    with pytest.raises(ScenarioError, match=r"log\.csv: cannot be read"):
        _ = Case("a", scenario).key


def test_a_parcel_is_the_same_scenario_elsewhere(tmp_path: Path) -> None:
    """With its relative paths."""
    (tmp_path / "log.csv").write_text("at\n1\n")
    scenario = load_scenario(write(tmp_path, TRACED))

    there = Case("a", scenario).parcel.scenario()
    assert there == scenario
    assert there.base_dir == scenario.base_dir
