"""How far a job has come, told on a clock that the test turns."""

import pytest

from sim.progress import Progress


class Clock:
    """A clock that is set by hand."""

    now_s = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now_s


def test_before_anything_is_measured_the_rest_is_what_was_expected() -> None:
    """4 s in all; after 1 s of the first phase's 3 s, 3 s are left."""
    clock = Clock()
    progress = Progress({"a": 3.0, "b": 1.0}, clock)
    assert (progress.left_s, progress.done_ratio) == (4.0, 0.0)
    clock.now_s += 1
    assert (progress.left_s, progress.done_ratio) == (3.0, 0.25)
    clock.now_s += 9  # later than expected: it may be over at any time
    assert progress.left_s == 1.0


def test_a_phase_that_is_under_way_is_measured_by_its_own_pace() -> None:
    """A fifth in 2 s, so that 8 s are left of it, whatever was expected."""
    clock = Clock()
    progress = Progress({"a": 3.0, "b": 1.0}, clock)
    progress.reach("a", 0.0)
    clock.now_s += 2
    progress.reach("a", 0.2)
    assert progress.left_s == pytest.approx(9.0)
    progress.reach("b")
    assert progress.left_s == 1.0
    clock.now_s += 2
    assert progress.done_ratio == 1.0


def test_what_nobody_expected_comes_before_what_it_interrupts() -> None:
    """Compiling takes 30 s more; the pace is measured anew behind it."""
    clock = Clock()
    progress = Progress({"a": 10.0, "b": 1.0}, clock)
    clock.now_s += 5
    progress.reach("a", 0.5)
    progress.insert("compiling", 30.0)
    assert progress.left_s == 41.0
    clock.now_s += 30
    progress.reach("a", 0.5)
    assert progress.left_s == 6.0  # half of what was expected of it, and b
    clock.now_s += 1
    progress.reach("a", 0.75)
    assert progress.left_s == 2.0  # a quarter in 1 s


@pytest.mark.parametrize("pace", [0.5, 1.0, 10.0])
def test_after_a_tenth_the_estimate_is_right_within_a_factor_of_two(pace: float) -> None:
    """Where the longest phase takes half or ten times as long as was expected of it."""
    expected_s = {"drawing": 0.5, "simulating": 5.0, "writing": 0.5}
    taken_s = {**expected_s, "simulating": 5.0 * pace}
    whole_s = sum(taken_s.values())
    clock = Clock()
    progress = Progress(expected_s, clock)
    for phase, phase_s in taken_s.items():
        for step in range(200):
            progress.reach(phase, step / 200)
            gone_s = clock.now_s - 100
            if gone_s >= whole_s / 10:
                assert 0.5 <= (gone_s + progress.left_s) / whole_s <= 2
            clock.now_s += phase_s / 200
