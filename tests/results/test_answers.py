"""What clients were answered, in bins."""

import numpy as np
import pytest

from build_record import Attempt, completed, deployment, replace_story
from sim.results import tables
from sim.results.answers import (
    CLOSEUP_BINS,
    Answers,
    FoldedAnswers,
    bin_starts_s,
    bin_width_s,
    places,
)
from sim.results.result import Result
from sim.results.timeline import AnswerBins, Window
from sim.states import Outcome

STORY = Answers(Result(replace_story()).requests)


def test_answers_are_binned_by_the_instant_of_the_answer() -> None:
    """Answers at 12, 75, 116, 130, 160 in bins of a second; failures by kind, retried ones too."""
    bins = STORY.within(Window(0, 200))

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


def test_the_last_bin_may_be_cut_off_by_the_end() -> None:
    """191.5 s in bins of a second: the last one begins at 191 and holds an answer of then."""
    bins = STORY.within(Window(0, 191.5))

    assert bins.completed.sum() == 5
    assert len(bins.start_at_s) == len(bins.failed["rate_limited"]) == 192
    assert bins.failed["rate_limited"][-1] == 1


def test_a_window_has_the_answers_in_it_in_bins_from_its_beginning() -> None:
    """From 115.5 s to 130 s, of which the end is not in it, in bins of a tenth of a second."""
    bins = STORY.within(Window(115.5, 130))

    assert bins.width_s == 0.1
    assert (bins.start_at_s[0], len(bins.start_at_s)) == (115.5, 145)
    assert bins.start_at_s[bins.completed > 0] == pytest.approx([116.0])
    assert bins.start_at_s[bins.failed["queue_full"] > 0] == pytest.approx([120.0])
    assert set(bins.failed) == {"queue_full"}


def test_an_answer_where_a_bin_begins_is_in_it() -> None:
    """A tenth of a second is no fraction of two: quotients of its multiples are rounded."""
    start_at_s = bin_starts_s(Window(0, 24), 0.1)

    assert len(start_at_s) == 240
    assert places(start_at_s, start_at_s).tolist() == list(range(240))
    assert places(np.nextafter(start_at_s[1:], 0), start_at_s).tolist() == list(range(239))


def test_an_answer_just_before_the_end_is_in_the_last_bin() -> None:
    """A difference of instants may round up to the length of the window."""
    end_at_s = 1e6 + 24.0
    before = np.nextafter(end_at_s, 0)
    start_at_s = np.nextafter(1e6, 0)
    rows = [completed(0, 1e6, 1e6, before), Attempt(1, 1e6, Outcome.QUEUED)]
    record = replace_story()
    requests = tables.requests(
        type(record)(record.scenario, 0, "reference", (deployment(rows),), ())
    )
    bins = Answers(requests).within(Window(start_at_s, end_at_s))
    assert bins.completed.sum() == 1
    assert len(bins.completed) == len(bins.start_at_s)


@pytest.mark.parametrize(
    ("length_s", "width_s"),
    [(1, 0.1), (24, 0.1), (24.1, 0.2), (3600, 15), (86400, 600), (7 * 86400, 3600), (1e7, 43200)],
)
def test_bins_are_of_a_width_that_people_read(length_s: float, width_s: float) -> None:
    """Enough of them for a figure, and never more than 240."""
    assert bin_width_s(length_s) == width_s
    assert length_s / width_s <= 240


def test_what_is_enlarged_has_fewer_bins() -> None:
    """As many an inch, on a third of the width: 90 s in bins of 2 s, not of half a second."""
    assert (bin_width_s(90), bin_width_s(90, CLOSEUP_BINS)) == (0.5, 2)
    assert len(STORY.within(Window(85, 175), CLOSEUP_BINS).start_at_s) == 45


def test_bins_that_were_kept_are_those_that_reach_into_a_window() -> None:
    """Of ten bins of ten seconds those from 20 s to 50 s, for a window from 29 s to 41 s."""
    count = np.arange(10)
    length_s = np.array([n / 10 for n in range(10)], np.float64)
    bins = AnswerBins(
        np.arange(0.0, 100.0, 10.0), 10.0, count, length_s, length_s, length_s, {"x": count + 5}
    )
    found = FoldedAnswers(bins).within(Window(29, 41))

    assert found.start_at_s.tolist() == [20, 30, 40]
    assert found.completed.tolist() == [2, 3, 4]
    assert found.failed["x"].tolist() == [7, 8, 9]
    assert found.response_p95_s.tolist() == [0.2, 0.3, 0.4]
    assert FoldedAnswers(bins).within(Window(30, 40)).start_at_s.tolist() == [30]
    assert len(FoldedAnswers(bins).within(Window(0, 100)).start_at_s) == 10
