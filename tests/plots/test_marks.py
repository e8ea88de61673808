"""Where marks and their labels stand."""

from collections.abc import Sequence
from itertools import pairwise
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from sim.plots.marks import (
    LABEL_PT,
    MAX_LANES,
    SCALING,
    Label,
    draw_scaling,
    draw_stalls,
    labels,
    lane_count,
)
from sim.plots.text import width_in
from sim.results.timeline import Mark, MarkKind, StallSpan

HORIZON_S = 3600.0
INCHES_PER_S = 8.2 / HORIZON_S

KINDS = sorted(set(get_args(MarkKind)) - SCALING)


def mark_lists(kinds: Sequence[MarkKind], max_size: int) -> st.SearchStrategy[list[Mark]]:
    """Marks in order of time, crowded or far apart, at equal instants too."""
    instants = st.one_of(
        st.floats(0, HORIZON_S), st.floats(1000, 1030), st.integers(0, 60).map(lambda m: 60.0 * m)
    )
    words = st.sampled_from(["PUT", "switch to revision 2", "revision 2 full", "x" * 80])
    mark = st.builds(Mark, instants, st.sampled_from(kinds), words)
    return st.lists(mark, max_size=max_size).map(
        lambda marks: sorted(marks, key=lambda mark: mark.at_s)
    )


def end_in(label: Label) -> float:
    """Where the text of a label ends, in inches from the start."""
    return label.at_s * INCHES_PER_S + width_in(label.text, size_pt=LABEL_PT)


@given(mark_lists(KINDS, 60))
def test_labels_never_meet_and_no_line_crosses_one(marks: list[Mark]) -> None:
    """Where a label begins, all that still run are in lanes above it, and its line is below."""
    placed = labels(marks, inches_per_s=INCHES_PER_S)
    assert lane_count(placed) <= MAX_LANES
    for i, label in enumerate(placed):
        begin_in = label.at_s * INCHES_PER_S
        for before in placed[:i]:
            assert end_in(before) < begin_in or before.lane < label.lane


@given(mark_lists(KINDS, 60))
def test_every_mark_belongs_to_one_label(marks: list[Mark]) -> None:
    """Joining labels loses no mark."""
    placed = labels(marks, inches_per_s=INCHES_PER_S)
    assert [mark for label in placed for mark in label.marks] == marks


def test_marks_with_room_keep_their_own_words() -> None:
    """A rollout that takes its time has a label for each of its steps."""
    marks = [Mark(600, "put", "PUT"), Mark(1500, "switch", "switch"), Mark(2400, "full", "full")]
    placed = labels(marks, inches_per_s=INCHES_PER_S)
    assert [(label.text, label.lane) for label in placed] == [
        ("PUT", 0),
        ("switch", 0),
        ("full", 0),
    ]


def test_close_marks_stand_below_each_other() -> None:
    """A label that would cover the next pushes it one lane down."""
    marks = [Mark(600, "put", "PUT"), Mark(610, "switch", "switch"), Mark(660, "full", "full")]
    placed = labels(marks, inches_per_s=INCHES_PER_S)
    assert [(label.text, label.lane) for label in placed] == [
        ("PUT", 0),
        ("switch", 1),
        ("full", 2),
    ]


def test_marks_of_one_instant_share_a_label() -> None:
    """Two lines on each other have one text."""
    marks = [Mark(600, "switch", "switch"), Mark(600, "full", "full")]
    (label,) = labels(marks, inches_per_s=INCHES_PER_S)
    assert label.text == "switch, full"


def test_a_crowd_is_counted_by_kind() -> None:
    """More marks than lanes become a count of each kind."""
    marks = [Mark(600.0 + i, "put", f"PUT of revision {i}") for i in range(12)]
    placed = labels(marks, inches_per_s=INCHES_PER_S)
    assert [label.text for label in placed] == ["9 PUT", "3 PUT"]


def test_thousands_of_marks_are_labelled_too() -> None:
    """The work does not grow with the square of a crowd, and lanes suffice."""
    marks = [Mark(i * HORIZON_S / 5000, "fault", "kill 1") for i in range(5000)]
    placed = labels(marks, inches_per_s=INCHES_PER_S)
    assert sum(len(label.marks) for label in placed) == 5000


def scaling_texts(marks: Sequence[Mark]) -> list[tuple[float, str]]:
    """What the scaling lane shows: where and which."""
    ax = Figure().add_subplot()
    draw_scaling(ax, marks, inches_per_s=INCHES_PER_S)
    return [(text.get_position()[0], text.get_text()) for text in ax.texts]


def test_scaling_with_room_is_a_triangle_at_its_instant() -> None:
    """One triangle a step, pointing the way it went."""
    marks = [Mark(600, "scale_up", "+1"), Mark(1200, "scale_down", "-1")]
    assert scaling_texts(marks) == [(600, "\u25b2"), (1200, "\u25bc")]


def test_scaling_steps_near_each_other_stand_together_in_their_order() -> None:
    """A pair is at its own instants, and reads as it happened."""
    marks = [
        Mark(600, "scale_down", "-1"),
        Mark(620, "scale_up", "+1"),
        *(Mark(2000.0 + i, "scale_up", "+1") for i in range(3)),
    ]
    assert scaling_texts(marks) == [(610, "\u25bc\u25b2"), (2001, "\u25b23")]


def test_dense_scaling_is_counted_by_slices() -> None:
    """Steps too near to draw are added up, none is lost, and counts do not meet."""
    marks = [Mark(7.0 * i, "scale_up" if i % 3 else "scale_down", "") for i in range(500)]
    shown = scaling_texts(marks)
    ups = sum(int(text.split("\u25bc")[0].strip("\u25b2") or 1) for _, text in shown)
    assert ups == sum(mark.kind == "scale_up" for mark in marks)
    assert len(shown) > 10
    for (at_s, text), (next_at_s, next_text) in pairwise(shown):
        half_in = (width_in(text, size_pt=7) + width_in(next_text, size_pt=7)) / 2
        assert (next_at_s - at_s) * INCHES_PER_S > half_in


def test_stalls_are_bars_of_their_length_with_their_number() -> None:
    """A long stall carries its number and whether it can ever end; a short one is a bar alone."""
    ax = Figure().add_subplot()
    stalls = [
        StallSpan(100, 105, "cpu", "nobody", is_deadlocked=False),
        StallSpan(600, 1200, "cpu", "nobody", is_deadlocked=False),
        StallSpan(1300, 3000, "gpu", "itself", is_deadlocked=True),
    ]
    draw_stalls(ax, stalls, inches_per_s=INCHES_PER_S)
    spans = [c.get_paths()[0].get_extents().intervalx.tolist() for c in ax.collections]
    assert spans == [[100, 105], [600, 1200], [1300, 3000]]
    assert [text.get_text() for text in ax.texts] == ["S2", "S3 deadlock"]
