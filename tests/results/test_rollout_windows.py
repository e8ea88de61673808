"""The windows of rollouts, by hand: where they begin, and what the warm-up leaves of them."""

import pytest

from build_record import replace_story
from sim.record import Record, RolloutRecord
from sim.results.rollout_windows import WINDOWS, before_starts_at_s, whole_windows
from sim.results.summary import summary
from sim.results.warnings import warnings


def rollout(put_at_s: float, full_at_s: float | None, ended_at_s: float | None) -> RolloutRecord:
    """Return a rollout with these instants."""
    return RolloutRecord(
        put_at_s,
        "replace",
        0,
        1,
        4,
        2000,
        full_at_s=full_at_s,
        ended_at_s=ended_at_s,
        live_at_put=2,
        strategy="blue_green",
    )


def test_before_does_not_reach_back_over_an_earlier_rollout() -> None:
    """Full at 140, the next PUT at 160 takes 50 s: before is [140, 160), not [110, 160)."""
    both = [rollout(100, 140, 150), rollout(160, 210, 220)]

    assert whole_windows(both, 1, 1000)["before"] == (140, 160)
    assert whole_windows(both, 0, 1000)["before"] == (60, 100)
    assert whole_windows(both, 0, 1000)["after"] == (140, 740)


def test_before_reaches_back_over_one_that_was_never_full() -> None:
    """It changed nothing that served; but not over the one before that."""
    three = [rollout(100, 140, 150), rollout(150, None, 160), rollout(160, 260, 270)]

    assert before_starts_at_s(three, 2, 1000) == 140
    assert before_starts_at_s(three[1:], 1, 1000) == 60


def test_before_is_empty_where_an_earlier_rollout_was_full_after_the_put() -> None:
    """The second PUT came while the first rollout was still growing."""
    both = [rollout(100, 180, 190), rollout(160, 210, 220)]

    assert whole_windows(both, 1, 1000)["before"].is_empty


def test_before_begins_with_the_run() -> None:
    """And what is not over is followed to the horizon, without an after."""
    only = [rollout(100, None, None)]

    assert whole_windows(only, 0, 500) == {"before": (0, 100), "during": (100, 500)}
    assert tuple(whole_windows([rollout(100, 140, 150)], 0, 500)) == WINDOWS


def story(warm_up_s: float) -> Record:
    """Return the story: PUT at 100, full at 140, horizon 200; with a warm-up."""
    return replace_story(warm_up=f"{warm_up_s:g}s")


@pytest.mark.parametrize(
    ("warm_up_s", "begin", "left_out", "cut"),
    [
        (0, [60, 100, 140], [], []),
        (60, [60, 100, 140], [], []),
        (80, [80, 100, 140], [], ["before"]),
        (100, [None, 100, 140], ["before"], []),
        (120, [None, 120, 140], ["before"], ["during"]),
        (140, [None, None, 140], ["before", "during"], []),
        (150, [None, None, 150], ["before", "during"], ["after"]),
    ],
)
def test_the_warm_up_cuts_windows_and_is_warned_of(
    warm_up_s: float, begin: list[float | None], left_out: list[str], cut: list[str]
) -> None:
    """What is left begins at its end, says so, and has no request from before; else null."""
    record = story(warm_up_s)
    found = summary(record)
    windows = [found["deployments"][0]["rollouts"][0][name] for name in WINDOWS]

    assert [window and window["start_at_s"] for window in windows] == begin
    arrived_s = [10, 70, 105, 120, 138, 150, 185, 190, 191]
    ends = [100, 140, 200]
    for window, end_s in zip(windows, ends, strict=True):
        if window is not None:
            inside = [at_s for at_s in arrived_s if window["start_at_s"] <= at_s < end_s]
            assert window["requests"]["arrived"] == len(inside)
    expected = [(left_out, cut)] if left_out or cut else []
    assert [(w["left_out"], w["cut"]) for w in found["warnings"]] == expected


def test_a_warning_says_which_rollout_and_what_became_of_its_windows() -> None:
    """In one sentence."""
    (both,) = warnings(story(120))
    (three,) = warnings(story(150))

    assert both.words == (
        "api: windows of rollout 1 reach into the warm-up, which ends at 2 min: "
        "before is left out, during begins at its end"
    )
    assert three.words.endswith("before and during are left out, after begins at its end")
