"""The palette: everything has a colour, and no two things need the same eyes to be told apart."""

from collections.abc import Collection
from itertools import combinations

import pytest

from plot_sight import SIGHTS, contrast, distance, lab
from sim.palette import FAILURES, HOLDERS, INK, MIN_DISTANCE, PAPER, STATES, Fill
from sim.states import Outcome, ReplicaState

LEGENDS = {
    "states": list(STATES.values()),
    "failures": list(FAILURES.values()),
    "holders": list(HOLDERS),
}

LEAST_CONTRAST = 3.0
"""Between graphical objects. Source: W3C, WCAG 2.1, success criterion 1.4.11."""


def test_the_measure_of_colours_is_that_of_the_standard() -> None:
    """White is L* 100 without hue, sRGB red is where tables have it, and black is 21 from white."""
    assert lab("#FFFFFF") == pytest.approx([100, 0, 0], abs=0.02)
    assert lab("#FF0000") == pytest.approx([53.24, 80.09, 67.20], abs=0.02)
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


def test_simulated_sight_confuses_what_people_confuse() -> None:
    """An orange and a green that are far apart draw near each other for deuteranopes."""
    assert distance("#C87000", "#6E9600") > 55
    assert distance("#C87000", "#6E9600", "deuteranopia") < 15


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("legend", LEGENDS)
def test_fills_of_a_legend_are_far_apart(legend: str, sight: str) -> None:
    """Any two fills keep their distance for normal sight, protanopes and deuteranopes."""
    near = {
        (one.word, other.word): distance(one.face, other.face, sight)
        for one, other in combinations(LEGENDS[legend], 2)
    }
    assert min(near.values()) >= MIN_DISTANCE, min(near, key=lambda pair: near[pair])


@pytest.mark.parametrize("legend", LEGENDS.values(), ids=LEGENDS)
def test_hatches_differ_and_show_without_colour(legend: Collection[Fill]) -> None:
    """In greyscale the hatch alone tells two fills of one legend apart, and stands out."""
    assert len({fill.hatch for fill in legend}) == len(legend)
    assert all(contrast(fill.face, fill.edge) >= LEAST_CONTRAST for fill in legend if fill.hatch)


def test_every_state_and_every_failure_has_a_fill() -> None:
    """A new state or outcome cannot be forgotten here; DELETED is not drawn."""
    assert set(STATES) == set(ReplicaState) - {ReplicaState.DELETED}
    assert set(FAILURES) == {outcome.kind for outcome in Outcome if outcome.is_failure}


@pytest.mark.parametrize("sight", SIGHTS)
def test_what_is_held_is_seen_on_paper(sight: str) -> None:
    """What is free is white, so that no holder may look like that."""
    assert min(distance(fill.face, PAPER, sight) for fill in HOLDERS) >= MIN_DISTANCE


def test_text_is_readable_on_paper() -> None:
    """Ink on white has the contrast that small text needs."""
    assert contrast(INK, "#FFFFFF") >= 7
