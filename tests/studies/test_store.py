"""The store: what is there is not made again, and nothing of it is lost, mixed up or guessed."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from typing_extensions import override

from sim.errors import ScenarioError
from sim.studies.answers.study import replicate, stored_study
from sim.studies.runs import store as store_module
from sim.studies.runs.case import Case
from sim.studies.runs.executor import InThisProcess
from sim.studies.runs.replication import Lost, Made, Replication, Replicator, Task
from sim.studies.runs.sampling import Sampling
from sim.studies.runs.store import FORM, is_store, open_store
from stored_runs import rows_of_store
from study_scenarios import SOMETIMES_STUCK, drawn


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where a store may be."""
    return tmp_path / "runs.db"


def test_a_run_is_read_as_it_was_written(file: Path) -> None:
    """Every value, every reason, every series; one that was lost with its words."""
    case = Case("a", drawn(SOMETIMES_STUCK))
    made = [Replicator().make(Task(case.parcel, seed)) for seed in range(6)]
    with open_store(file) as store:
        for run in (*made, Lost(99, "its worker died")):
            store.add(case.key, run)
    with open_store(file) as store:
        found = store.runs_of(case.key, with_series=True, with_counts=True)

    assert found.pop(99) == Lost(99, "its worker died")
    assert sorted(found) == list(range(6))
    assert any(isinstance(run, Replication) and run.reasons for run in made)
    for run in made:
        assert isinstance(run, Replication)
        read = found[run.seed]
        assert isinstance(read, Replication)
        np.testing.assert_array_equal(read.values, run.values)
        assert (read.reasons, read.engine) == (run.reasons, run.engine)
        np.testing.assert_array_equal(read.thinned[0].values, run.thinned[0].values)
        assert len(read.counted) == 1
        assert read.counted == run.counted


class Counting(InThisProcess):
    """Counts the runs that it makes."""

    def __init__(self) -> None:
        super().__init__()
        self.made = 0

    @override
    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Made]]:
        for found in super().run(tasks):
            self.made += 1
            yield found


def test_a_run_that_is_there_is_not_made_again(file: Path) -> None:
    """Twenty of thirty are there: ten are made, and the store is that of thirty at once."""
    case = Case("a", drawn())
    counts = []
    for numbers in (range(20), range(30), range(30)):
        with open_store(file) as store, Sampling(executor := Counting(), store=store) as sampling:
            sampling.make([(case, number) for number in numbers])
            counts.append(executor.made)

    assert counts == [20, 10, 0]


def test_a_lost_run_is_tried_again_and_then_lost_no_more(file: Path) -> None:
    """A store is gone on with after what killed its workers has been mended."""
    case = Case("a", drawn())
    with open_store(file) as store, Sampling(InThisProcess(), store=store) as sampling:
        store.add(case.key, Lost(3, "its worker died"))
        sampling.make([(case, 3)])
        assert isinstance(sampling.run(case, 3), Replication)
    assert rows_of_store(file)["lost"] == []


def test_a_study_with_a_store_is_the_study_without_one(file: Path) -> None:
    """The same report, from the store alone too; and after a part of it was made before."""
    scenario = drawn(SOMETIMES_STUCK)
    plain = replicate(scenario, runs=12, workers=1)
    replicate(scenario, runs=7, workers=1, store=file)
    kept = replicate(scenario, runs=12, workers=1, store=file)
    with open_store(file) as store:
        read = stored_study(store)

    assert plain.report == kept.report == read.report


def test_runs_of_another_program_are_counted_and_never_used(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version of sim or numpy, the source, or the catalogue of measures may be another."""
    replicate(drawn(), runs=3, workers=1, store=file)
    monkeypatch.setattr(store_module, "source_digest", lambda: "another")
    again = replicate(drawn(), runs=3, workers=1, store=file)

    assert again.of_other_programs == 4  # three and the one of the scenario's own seed
    assert len(rows_of_store(file)["runs"]) == 8
    assert len(rows_of_store(file)["programs"]) == 2


def test_another_form_of_store_is_refused_in_one_line(file: Path) -> None:
    """Nothing is changed in it."""
    replicate(drawn(), runs=2, workers=1, store=file)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(f"PRAGMA user_version = {FORM + 1}")
    before = file.read_bytes()

    with pytest.raises(
        ScenarioError, match=f"a store of form {FORM + 1}; this sim reads form {FORM}"
    ):
        open_store(file)
    assert file.read_bytes() == before


def test_what_is_no_store_is_refused_and_left_alone(file: Path) -> None:
    """A text, and another program's database."""
    file.write_text("a letter to a friend, which is long enough to have a header")
    with pytest.raises(ScenarioError, match="it is not an SQLite file"):
        open_store(file)
    assert not is_store(file)
    assert file.read_text().startswith("a letter")
    file.unlink()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE letters (text TEXT)")
    with pytest.raises(ScenarioError, match="no store of sim"):
        open_store(file)


def test_the_second_process_is_refused_or_waits(file: Path) -> None:
    """As asked; here the first lets go while the second waits."""
    first = open_store(file)
    with pytest.raises(ScenarioError, match="is in use by another process"):
        open_store(file, waits=False)
    first.close()
    open_store(file, waits=False).close()


def test_a_full_disk_is_said_so_and_loses_nothing(file: Path) -> None:
    """Up to the page where it was full, everything is there."""
    case = Case("a", drawn())
    with open_store(file) as store, Sampling(InThisProcess(), store=store) as sampling:
        sampling.make([(case, 1)])
        store._connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(ScenarioError, match=r"runs\.db: cannot be written: the disk is full"):
            sampling.make([(case, number) for number in range(2, 40)])
    with open_store(file) as store:
        kept = store.runs_of(case.key, with_series=True, with_counts=True)
    assert 1 in kept


def test_a_place_where_no_file_can_be_is_said_so(tmp_path: Path) -> None:
    """A directory that is not there."""
    with pytest.raises(ScenarioError, match="is its directory there"):
        open_store(tmp_path / "nowhere" / "runs.db")
