"""The search for helps: the least rung, fresh runs that bear it out, and fields left out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_scenarios import CLIFF
from sim.scenario.models.file_form import resolved
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import ReplaceEvent
from sim.scenario.reading.loader import load_scenario, parse_scenario
from sim.studies.plans.helps import Confirmed, Said, helps_by_runs
from sim.studies.plans.judging import Subject
from sim.studies.plans.ladders import Ground, Ladder, Symptoms, ladders, smallest
from sim.studies.plans.plan_report import Help
from sim.studies.plans.planned import planned_event
from sim.studies.plans.trials import Trials, samples
from sim.studies.runs.case import Case
from sim.studies.runs.executor import InThisProcess
from sim.studies.runs.sampling import Sampling
from sim.studies.runs.seeds import replication_seed
from study_scenarios import write

THREADS = ("timeline", 0, "runtimeConfiguration", "threadCount")
PLANNED: Said = ("RISKY", "as it is")


def ground() -> Ground:
    """Return the small cliff."""
    return Ground(planned_event(parse_scenario(CLIFF)), "rollout")


def threads(scenario: Scenario) -> int:
    """Return the threads that the PUT of the cliff asks for."""
    event = scenario.timeline[0]
    assert isinstance(event, ReplaceEvent)
    return event.runtime_configuration.thread_count or 0


@given(st.integers(1, 200), st.data())
def test_the_least_rung_is_found(count: int, data: st.DataObject) -> None:
    """Of a ladder of which each rung from some one on mends, or none; in about 2 log2 questions."""
    first = data.draw(st.integers(0, count))
    asked: list[int] = []

    def mends(rung: int) -> bool:
        assert 0 <= rung < count
        asked.append(rung)
        return rung >= first

    assert smallest(count, mends) == (first if first < count else None)
    assert len(asked) <= 2 * count.bit_length() + 1


class FromTable:
    """A trial whose pilot and whose fresh runs say from how many threads on it works."""

    def __init__(self, pilot: int, *fresh: int) -> None:
        """Work from so many threads on in the pilot, and from so many in each fresh sample."""
        self.pilot, self.fresh = pilot, fresh

    def mends(self, scenario: Scenario) -> bool:
        """Return what the pilot says."""
        return threads(scenario) >= self.pilot

    def confirmed(self, scenarios: Sequence[Scenario]) -> Sequence[Confirmed]:
        """Return what fresh samples say."""
        return [self._confirmed(threads(one)) for one in scenarios]

    def _confirmed(self, count: int) -> Confirmed:
        works = [count >= least for least in self.fresh]
        return Confirmed("WORKS" if any(works) else "RISKY", "", 30, sum(works) / len(works))


def found(pilot: int, *fresh: int) -> tuple[Help, ...]:
    """Return the helps of a ladder of threads, from 2 to 40."""
    return helps_by_runs(
        ground(), [Ladder(THREADS, range(2, 41))], FromTable(pilot, *fresh), PLANNED
    )


@pytest.mark.parametrize("pilot", [8, 9, 10, 11, 12])
def test_fresh_runs_move_a_find_by_steps(pilot: int) -> None:
    """What is told works in them, and the step below does not."""
    (one,) = found(pilot, 10)

    assert one.set == "timeline[0].runtimeConfiguration.threadCount=10"
    assert (one.verdict, one.smaller.verdict) == ("WORKS", "RISKY")
    assert one.smaller.set == "timeline[0].runtimeConfiguration.threadCount=9"
    assert one.on_the_border == []


@pytest.mark.parametrize("pilot", [9, 10, 11, 12])
def test_what_works_in_some_samples_is_on_the_border(pilot: int) -> None:
    """It is no help and no proof that less does not: both ends are what all samples agree on."""
    (one,) = found(pilot, 9, 11)

    assert one.set == "timeline[0].runtimeConfiguration.threadCount=11"
    assert one.smaller.set == "timeline[0].runtimeConfiguration.threadCount=8"
    assert [step.rpartition("=")[2] for step in one.on_the_border] == ["9", "10"]


def test_what_fresh_runs_do_not_bear_out_is_not_told() -> None:
    """Nor what they move too far, nor what the pilot never finds."""
    assert found(5, 30) == ()
    assert found(30, 3) == ()
    assert found(100, 3) == ()


def test_below_the_first_rung_is_the_event_as_planned() -> None:
    """Which the plan's own runs have shown to fail."""
    (one,) = found(2, 2)

    assert (one.set.rpartition("=")[2], one.smaller.set) == ("2", "")
    assert (one.smaller.verdict, one.smaller.why) == PLANNED


def test_helps_are_confirmed_under_seeds_of_their_own() -> None:
    """The runs that found them would favour them."""
    planned = planned_event(parse_scenario(CLIFF))
    sampling = Sampling(InThisProcess())
    trials = Trials(sampling, planned, Subject("api", 1, "rollout"), seed=5, runs=2)
    (said,) = trials.confirmed([planned.then])
    now = trials.cases()[0]

    assert (said.verdict, said.runs, said.working) == ("RISKY", 2, 0)
    for number in range(2):
        assert sampling.run(now, replication_seed(5, number, "confirm")) is not None
        assert sampling.run(now, replication_seed(5, number)) is None


@pytest.mark.parametrize(
    ("seeds", "size", "count"), [(60, 30, 20), (30, 15, 20), (20, 10, 20), (6, 3, 6), (1, 1, 1)]
)
def test_samples_of_fresh_runs_overlap_and_are_of_half_of_them(
    seeds: int, size: int, count: int
) -> None:
    """No run is twice in a sample, and none counts much more than another."""
    found = samples(range(seeds))
    often = Counter(seed for one in found for seed in one)

    assert [len(set(one)) for one in found] == [size] * count
    assert set(often) == set(range(seeds))
    assert max(often.values()) - min(often.values()) <= 1


def test_fresh_runs_are_twice_as_many_where_their_samples_do_not_agree(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And no more where they do."""
    planned = planned_event(parse_scenario(CLIFF))
    trials = Trials(
        Sampling(InThisProcess()), planned, Subject("api", 1, "rollout"), seed=5, runs=3
    )
    asked = []
    agreed = Confirmed("WORKS", "", 3, 1.0)

    def confirmed(_self: Trials, cases: Sequence[Case], runs: int) -> list[Confirmed]:
        asked.append((len(cases), runs))
        return [agreed, replace(agreed, working=0.5)][: len(cases)] if runs == 3 else [agreed]

    monkeypatch.setattr(Trials, "_confirmed", confirmed)

    assert trials.confirmed([planned.then, planned.then]) == [agreed, agreed]
    assert asked == [(2, 3), (1, 6)]


def test_a_set_value_is_what_the_words_of_set_make_of_the_file(tmp_path: Path) -> None:
    """So that a help can be tried as it is told."""
    file, here = write(tmp_path, CLIFF), ground()
    every = Symptoms(waits=True, lacks=True, at_max=True, out_of_memory=True)
    ladder_of = {ladder.path[-1]: ladder for ladder in ladders(here, every)}

    assert set(ladder_of) == {
        "initial_replicas",
        "minReplicas",
        "limit",
        "maxReplicas",
        "memory",
        "threadCount",
    }
    for ladder in ladder_of.values():
        value = ladder.values[0]
        words, _ = here.words(ladder.path, value)
        changed = here.with_value(ladder.path, value)
        assert changed is not None
        overridden = load_scenario(file, [words])
        assert resolved(changed) == resolved(overridden)


@pytest.mark.parametrize(
    ("symptoms", "fields"),
    [
        (Symptoms(waits=True), {"limit"}),
        (Symptoms(lacks=True), {"initial_replicas", "minReplicas", "threadCount"}),
        (
            Symptoms(lacks=True, at_max=True),
            {"initial_replicas", "minReplicas", "maxReplicas", "threadCount"},
        ),
        (Symptoms(out_of_memory=True), {"memory"}),
        (Symptoms(), set()),
    ],
)
def test_fields_that_cannot_matter_are_left_out(symptoms: Symptoms, fields: set[str]) -> None:
    """More replicas need more room and mend no stall, and so on."""
    assert {ladder.path[-1] for ladder in ladders(ground(), symptoms)} == fields


def test_a_value_that_a_rule_refuses_is_no_rung() -> None:
    """The platform allows 128 threads."""
    assert ground().with_value(THREADS, 129) is None
    assert ground().with_value(THREADS, 128) is not None
