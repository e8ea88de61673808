"""The data of a timeline, from tables and summary."""

from typing import Any

import numpy as np
import pytest
from results.build_record import replace_story, stall

from sim.control.replace import Put
from sim.results.picture import (
    PUT_LABELS,
    answer_bins,
    bin_width_s,
    holders_in_words,
    timeline_data,
)
from sim.results.result import Result
from sim.results.timeline import DeploymentTimeline, StateSpan
from sim.states import ReplicaState

_S = ReplicaState


def api(**changes: Any) -> DeploymentTimeline:
    """Return the timeline of the story's deployment."""
    (found,) = Result(replace_story(**changes)).timeline().deployments
    return found


def test_a_bar_shows_a_replica_until_it_is_deleted_or_the_run_ends() -> None:
    """In order of revision and replica; what lasted no time is not shown."""
    bars = api().replicas

    assert [(bar.revision, bar.replica) for bar in bars] == [(0, 0), (0, 1), (1, 2)]
    assert bars[0].spans == (StateSpan(_S.RESPONSIVE, 0, 140),)
    assert bars[1].spans == (
        StateSpan(_S.RESPONSIVE, 0, 140),
        StateSpan(_S.DECOMMISSIONED, 140, 160),
    )
    assert bars[2].spans == (
        StateSpan(_S.QUEUED, 100, 110),
        StateSpan(_S.STARTING, 110, 130),
        StateSpan(_S.STARTED, 130, 140),
        StateSpan(_S.RESPONSIVE, 140, 200),
    )


def test_marks_come_in_order_of_time() -> None:
    """PUT, switch, full, gone, scaling and faults; what was held back is not marked."""
    marks = api().marks

    assert [(mark.at_s, mark.kind) for mark in marks] == [
        (100, "put"),
        (140, "switch"),
        (140, "full"),
        (160, "gone"),
        (180, "scale_up"),
        (190, "fault"),
    ]
    assert marks[-1].label == "kill"


def test_the_counts_of_states_share_their_instants() -> None:
    """At every instant the counts add up to the replicas that are there."""
    states = api().states

    assert states.at_s.tolist() == [0, 100, 110, 130, 140, 160]
    total = sum(states.counts.values(), np.zeros(6, np.int64))
    assert total.tolist() == [2, 3, 3, 3, 2, 1]


def test_series_are_those_of_the_tables() -> None:
    """Load with its gaps, threads of the active revision."""
    found = api()

    np.testing.assert_array_equal(found.load.value, [0, 0.75, np.nan])
    assert found.threads.value.tolist() == [4, 2]
    assert found.abandoned.value.tolist() == [0, 1, 0]


def test_answers_are_binned_by_the_instant_of_the_answer() -> None:
    """Answers at 12, 75, 116, 130, 160 in bins of a second; failures by kind, retried ones too."""
    bins = api().answers

    assert bins.width_s == 1
    assert np.flatnonzero(bins.completed).tolist() == [12, 75, 116, 130, 160]
    assert bins.response_p50_s[130] == 10
    assert np.isnan(bins.response_p99_s[131])
    assert {kind: np.flatnonzero(counts).tolist() for kind, counts in bins.failed.items()} == {
        "queue_full": [120],
        "inference_timeout": [170],
        "rate_limited": [191],
    }
    assert len(bins.start_at_s) == 200


def test_the_last_bin_may_be_cut_off_by_the_horizon() -> None:
    """191.5 s in bins of a second: the last one begins at 191 and holds an answer of then."""
    requests = Result(replace_story()).requests
    bins = answer_bins(requests, 191.5)

    assert bins.completed.sum() == 5
    assert len(bins.start_at_s) == len(bins.failed["rate_limited"]) == 192
    assert bins.failed["rate_limited"][-1] == 1


@pytest.mark.parametrize(
    ("horizon_s", "width_s"),
    [(1, 0.1), (24, 0.1), (24.1, 0.2), (3600, 15), (86400, 600), (7 * 86400, 3600), (1e7, 43200)],
)
def test_bins_are_of_a_width_that_people_read(horizon_s: float, width_s: float) -> None:
    """Enough of them for a figure, and never more than 240."""
    assert bin_width_s(horizon_s) == width_s
    assert horizon_s / width_s <= 240


def test_a_stall_is_a_span_with_its_holders_in_words() -> None:
    """To the horizon if it never ended."""
    ended, span = api(stalls=[stall(), stall(until_s=None, is_deadlocked=True)]).stalls

    assert (ended.start_at_s, ended.end_at_s, ended.is_deadlocked) == (100, 110, False)
    assert (span.start_at_s, span.end_at_s, span.resource) == (100, 200, "cpu")
    assert span.is_deadlocked
    assert span.holders == "2 x api revision 0 RESPONSIVE (2 cores), nightly (1 core)"
    assert holders_in_words([]) == "nobody"


def test_queues_are_in_cores() -> None:
    """Used against limit, and how many wait."""
    (queue,) = Result(replace_story()).timeline().queues

    assert (queue.name, queue.unit, queue.gpu_type) == ("cpu", "cores", None)
    assert (queue.used.at_s.tolist(), queue.used.value.tolist()) == ([0, 140, 160], [3, 2, 1])
    assert queue.limit.value.tolist() == [3]
    assert (queue.waiting.at_s.tolist(), queue.waiting.value.tolist()) == ([0, 100, 110], [0, 1, 0])


def test_the_head_says_which_run_it_is() -> None:
    """Name, seed and engine that were used, wall clock of instant 0."""
    data = timeline_data(Result(replace_story()).tables, Result(replace_story()).summary())

    assert (data.name, data.seed, data.engine) == ("replace story", 7, "reference")
    assert (data.horizon_s, data.warm_up_s) == (200, 0)
    assert data.start.isoformat() == "2026-01-05T00:00:00+00:00"


def test_every_effect_of_a_put_has_a_label() -> None:
    """A PUT is marked whatever it amounted to."""
    assert set(PUT_LABELS) == {put.value.code for put in Put}
