"""Where marks and their labels stand."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plot_runs import view
from sim.plots.marks import LABEL_PT, MAX_LANES, Label, labels, lane_count, ranges
from sim.plots.text import width_in
from sim.plots.view import SCALING
from sim.results.timeline import Mark, MarkKind

HORIZON_S = 3600.0
INCHES_PER_S = 8.2 / HORIZON_S
WHOLE = view(end_at_s=HORIZON_S)

KINDS = sorted(set(get_args(MarkKind)) - set(SCALING))


def mark_lists(kinds: Sequence[MarkKind], max_size: int) -> st.SearchStrategy[list[Mark]]:
    """Marks in order of time, crowded or far apart, at equal instants too."""
    instants = st.one_of(
        st.floats(0, HORIZON_S), st.floats(1000, 1030), st.integers(0, 60).map(lambda m: 60.0 * m)
    )
    words = st.sampled_from(["PUT", "switch to revision 2", "revision 2 full", "x" * 80])
    rollouts = st.none() | st.integers(1, 9)
    mark = st.builds(Mark, instants, st.sampled_from(kinds), words, rollouts)
    return st.lists(mark, max_size=max_size).map(
        lambda marks: sorted(marks, key=lambda mark: mark.at_s)
    )


def end_in(label: Label) -> float:
    """Where the text of a label ends, in inches from the start."""
    return label.at_s * INCHES_PER_S + width_in(label.text, size_pt=LABEL_PT)


@given(mark_lists(KINDS, 60))
def test_labels_never_meet_and_no_line_crosses_one(marks: list[Mark]) -> None:
    """Where a label begins, all that still run are in lanes above it, and its line is below."""
    placed = labels(WHOLE, marks)
    assert lane_count(placed) <= MAX_LANES
    for i, label in enumerate(placed):
        begin_in = label.at_s * INCHES_PER_S
        for before in placed[:i]:
            assert end_in(before) < begin_in or before.lane < label.lane


@given(mark_lists(KINDS, 60))
def test_every_mark_belongs_to_one_label(marks: list[Mark]) -> None:
    """Joining labels loses no mark."""
    placed = labels(WHOLE, marks)
    assert sorted(map(str, (mark for label in placed for mark in label.marks))) == sorted(
        map(str, marks)
    )


def test_marks_with_room_keep_their_own_words() -> None:
    """A rollout that takes its time has a label for each of its steps."""
    marks = [Mark(600, "put", "PUT"), Mark(1500, "switch", "switch"), Mark(2400, "full", "full")]
    placed = labels(WHOLE, marks)
    assert [(label.text, label.lane) for label in placed] == [
        ("PUT", 0),
        ("switch", 0),
        ("full", 0),
    ]


def test_close_marks_stand_below_each_other() -> None:
    """A label that would cover the next pushes it one lane down."""
    marks = [Mark(600, "put", "PUT"), Mark(610, "switch", "switch"), Mark(660, "full", "full")]
    placed = labels(WHOLE, marks)
    assert [(label.text, label.lane) for label in placed] == [
        ("PUT", 0),
        ("switch", 1),
        ("full", 2),
    ]


def test_marks_of_one_instant_share_a_label() -> None:
    """Two lines on each other have one text."""
    marks = [Mark(600, "switch", "switch"), Mark(600, "full", "full")]
    (label,) = labels(WHOLE, marks)
    assert label.text == "switch, full"


def test_a_crowd_is_counted_by_what_happened() -> None:
    """More marks than lanes become a count of each."""
    marks = [Mark(600.0 + 2 * i, "fault", "kill" if i % 3 else "hang") for i in range(36)]
    placed = labels(WHOLE, marks)
    counted = Counter[str]()
    for word in (word for label in placed for word in label.text.split(", ")):
        number, _, what = word.rpartition(" ")
        counted[what] += int(number or 1)
    assert counted == {"kill": 24, "hang": 12}


def rollout(number: int, at_s: float, *, step_s: float = 20.0) -> list[Mark]:
    """The four marks of a rollout."""
    words = (("put", "PUT"), ("switch", "switch"), ("full", "full"), ("gone", "gone"))
    return [
        Mark(at_s + i * step_s, kind, word, number)  # type: ignore[arg-type] # literals in a tuple
        for i, (kind, word) in enumerate(words)
    ]


def test_rollouts_without_room_for_their_steps_are_told_by_number() -> None:
    """Six rollouts of three minutes each, two minutes apart: one label each, at its PUT."""
    marks = [mark for n in range(1, 7) for mark in rollout(n, 300.0 * n, step_s=60)]
    placed = labels(WHOLE, marks)
    assert [label.text for label in placed] == [f"rollout {n}" for n in range(1, 7)]
    assert [label.at_s for label in placed] == [300.0 * n for n in range(1, 7)]


def test_twenty_rollouts_have_twenty_labels() -> None:
    """A label each, as short as need be, and none is counted together with another."""
    marks = [mark for n in range(1, 21) for mark in rollout(n, 100 + 170.0 * n, step_s=1)]
    assert [label.text for label in labels(WHOLE, marks)] == [f"R{n}" for n in range(1, 21)]


def test_more_rollouts_than_there_is_room_for_are_told_by_their_range() -> None:
    """Neighbours share a label, which tells the first and the last of them."""
    marks = [mark for n in range(1, 121) for mark in rollout(n, 100 + 25.0 * n, step_s=1)]
    texts = [label.text for label in labels(WHOLE, marks)]
    told: list[int] = []
    for text in texts:
        numbers = text.removeprefix("rollouts ").removeprefix("R").removeprefix("rollout ")
        for part in numbers.split(", "):
            first, _, last = part.partition(" to ")
            told += range(int(first), int(last or first) + 1)
    assert told == list(range(1, 121))


def test_what_is_enlarged_elsewhere_is_told_by_its_number_though_there_is_room() -> None:
    """The steps of a rollout stand where it can be seen."""
    marks = rollout(1, 600, step_s=300)
    (label,) = labels(replace(WHOLE, named=frozenset({1})), marks)
    assert (label.text, label.at_s) == ("rollout 1", 600)
    assert len(labels(WHOLE, marks)) == 4


def test_a_label_keeps_to_the_room_on_the_right_of_its_view() -> None:
    """A long text near the end of a narrow view is told by its kind."""
    narrow = view(end_at_s=100, width_in=2.6, room_in=0.65)
    marks = [Mark(90, "switch", "switch to revision 7", 1)]
    (label,) = labels(narrow, marks)
    assert label.text == "switch"
    assert width_in(label.text, size_pt=LABEL_PT) < narrow.room_from_in(90)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [([1], "1"), ([1, 2], "1, 2"), ([1, 2, 3, 5], "1 to 3, 5"), ([4, 6, 7, 8, 9], "4, 6 to 9")],
)
def test_numbers_in_a_row_are_a_range(numbers: list[int], words: str) -> None:
    """Three or more are told by the first and the last."""
    assert ranges(numbers) == words


def test_thousands_of_marks_are_labelled_too() -> None:
    """The work does not grow with the square of a crowd, and lanes suffice."""
    marks = [Mark(i * HORIZON_S / 5000, "fault", "kill 1") for i in range(5000)]
    placed = labels(WHOLE, marks)
    assert sum(len(label.marks) for label in placed) == 5000
