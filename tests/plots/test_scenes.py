"""Pictures of real runs: what is hard to draw is drawn right, and nothing covers anything."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import plot_scenes as scenes
from plot_sheets import boxes, columns, overlap, panel, tick_labels
from sim.plots.text import width_in
from sim.results.steps import align
from sim.results.timeline import Mark

SCENES = tuple(scenes.SCENES)


@cache
def picture(scene: str) -> Figure:
    """The picture of a scene, laid out once for all tests."""
    figure = scenes.result(scene).plot()
    figure.draw_without_rendering()
    return figure


@pytest.fixture(params=SCENES)
def scene(request: pytest.FixtureRequest) -> str:
    """Each scene in turn."""
    return str(request.param)


def test_no_text_covers_another_or_is_cut_off(scene: str) -> None:
    """By the extents of what was laid out."""
    figure = picture(scene)
    found = boxes(figure)
    assert not [(a, b) for (a, one), (b, other) in combinations(found, 2) if overlap(one, other)]
    inside = figure.bbox
    assert not [
        text
        for text, box in found
        if box.x0 < 0 or box.y0 < 0 or box.x1 > inside.x1 or box.y1 > inside.y1
    ]


def test_whole_things_have_whole_ticks(scene: str) -> None:
    """Replicas, requests, threads, GPUs, and cores where replicas have whole ones."""
    whole = columns(picture(scene))[0]
    for ax in whole:
        title = ax.get_ylabel()
        if title.startswith(("Replicas of", "Queued", "Running", "Failed", "Queue gpus")):
            ticks = [float(at) for at in ax.get_yticks()]
            assert [at for at in ticks if not at.is_integer()] == [], title


def scaling(scene: str, kind: str) -> list[Mark]:
    """The steps of one kind."""
    data = scenes.result(scene).timeline()
    (shown,) = [d for d in data.deployments if d.name == scenes.result(scene).pictured]
    return [mark for mark in shown.marks if mark.kind == kind]


@pytest.mark.parametrize("scene", ["thrash", "thirty days"])
@pytest.mark.parametrize(("kind", "sign"), [("scale_up", "\u25b2"), ("scale_down", "\u25bc")])
def test_lone_signs_of_scaling_are_at_their_instants(scene: str, kind: str, sign: str) -> None:
    """Within half a sign's width, and counts add up to the steps; the two kinds stand apart."""
    (ax,) = [ax for ax in columns(picture(scene))[0] if ax.get_ylabel().endswith(f" {sign}")]
    marks = scaling(scene, kind)
    per_s = 8.2 / (ax.get_xlim()[1] - ax.get_xlim()[0])
    left = [mark.at_s for mark in marks]
    lone = 0
    for text in ax.texts:
        assert re.fullmatch(rf"{sign}\d*", text.get_text())
        count = int(text.get_text().strip(sign) or 1)
        mine, left = left[:count], left[count:]
        if count == 1:
            lone += 1
            away_in = abs(text.get_position()[0] - mine[0]) * per_s
            assert away_in <= width_in(sign, size_pt=7) / 2
    assert left == []
    assert lone >= (2 if scene == "thrash" else 0)


def spans(ax: Axes) -> Iterator[tuple[float, float]]:
    """Where the filled areas of a panel begin and end."""
    for area in ax.collections:
        if isinstance(area, PolyCollection):
            for path in area.get_paths():
                left, right = path.get_extents().intervalx
                yield float(left), float(right)


def shown_at(line: Line2D, at_s: float) -> float:
    """What a step line shows at an instant; NaN for a gap."""
    x, y = (np.asarray(data, np.float64) for data in line.get_data())
    place = int(np.searchsorted(x, at_s, side="right")) - 1
    return float(y[place])


@pytest.mark.parametrize("scene", ["disabled", "killed"])
def test_no_load_is_drawn_while_nothing_is_responsive(scene: str) -> None:
    """Neither line nor area, second by second; and there is one as soon as it was evaluated."""
    ax = panel(picture(scene), "Load")
    (shown,) = scenes.result(scene).timeline().deployments
    seconds = np.arange(0.5, ax.get_xlim()[1])
    threads = align(shown.threads, seconds)
    gone, there = seconds[threads == 0], seconds[threads > 0]
    assert gone.size > 20
    assert all(np.isnan(shown_at(ax.lines[0], at_s)) for at_s in gone)
    assert not [at_s for at_s in gone for left, right in spans(ax) if left <= at_s < right]
    is_drawn = [not np.isnan(shown_at(ax.lines[0], at_s)) for at_s in there]
    assert np.mean(is_drawn) > 0.97  # an evaluation comes every 5 s


def test_twenty_rollouts_are_named_one_by_one_and_enlarged() -> None:
    """Each has its number in the whole, at its PUT, and a view of its own."""
    figure = picture("twenty rollouts")
    result = scenes.result("twenty rollouts")
    puts_s = [r["put_at_s"] for r in result.summary()["deployments"][0]["rollouts"]]
    whole, *enlarged = columns(figure)
    assert [(text.get_text(), text.xy[0]) for text in whole[0].texts] == [  # type: ignore[attr-defined] # annotations
        (f"R{n}", put_s) for n, put_s in enumerate(puts_s, start=1)
    ]
    assert [t.get_text() for t in figure.texts if t.get_text().endswith(", enlarged")] == [
        f"Rollout {n}, enlarged" for n in range(1, 21)
    ]
    for column, put_s in zip(enlarged, puts_s, strict=True):
        left, right = column[0].get_xlim()
        assert left < put_s < right < put_s + 120
        texts = [text.get_text() for text in column[0].texts]
        assert texts[0] == "PUT"
        assert {"switch", "full", "gone"} <= set(re.findall(r"\w+", " ".join(texts)))


def test_what_is_enlarged_is_drawn_as_high_as_in_the_whole() -> None:
    """Every panel but failures, which have bins of their own."""
    for name in ("six deployments", "thirty days"):
        whole, *enlarged = columns(picture(name))
        assert enlarged
        limits = {round(ax.get_position().y0, 6): ax for ax in whole}
        for ax in (ax for column in enlarged for ax in column):
            beside = limits[round(ax.get_position().y0, 6)]
            if not beside.get_ylabel().startswith("Failed"):
                assert ax.get_ylim() == beside.get_ylim()


def test_a_deadlock_is_drawn_and_told() -> None:
    """A bar from the PUT to the end with its number, and the words below under that number."""
    figure = picture("gpu deadlock")
    ax = panel(figure, "stalls")
    assert [(left, right) for left, right in spans(ax)] == [(360, 1200)]
    assert [text.get_text() for text in ax.texts] == ["S1 deadlock"]
    assert any(t.get_text().startswith("S1: from 6 min to 20 min ") for t in figure.texts)


def test_every_stall_that_is_told_is_drawn() -> None:
    """As many bars as notes, in every scene."""
    for name in SCENES:
        figure = picture(name)
        told = {m[1] for t in figure.texts if (m := re.match(r"(S\d+):", t.get_text()))}
        lanes = [ax for ax in columns(figure)[0] if ax.get_ylabel() == "stalls"]
        drawn = {t.get_text().split()[0] for ax in lanes for t in ax.texts}
        assert told == drawn


def test_above_forty_replicas_are_counted() -> None:
    """Forty have a bar each, two hundred are counts up to a hundred."""
    assert len(tick_labels(panel(picture("forty replicas"), "Replicas").yaxis)) == 40
    counts = panel(picture("two hundred replicas"), "Replicas of revision 1")
    assert np.max(np.asarray(counts.lines[0].get_ydata())) == 100
