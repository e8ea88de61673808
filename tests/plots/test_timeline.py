"""The rollout timeline as a whole: what it shows, and that nothing in it covers anything else."""

import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import combinations, pairwise

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from plot_runs import (
    EMPTY,
    KINDS,
    STALLS,
    answers,
    closeup,
    generations,
    queue,
    rollout_marks,
    run,
    steps,
    timeline,
)
from plot_sheets import boxes, columns, overlap, panel, tick_labels, titles
from sim.palette import FAILURES
from sim.plots.timeline import plot_timeline
from sim.results.timeline import Mark, StallSpan, TimelineData, UnknownDeploymentError, Window
from sim.zones import read_clock

LONG = "a-model-with-a-very-long-name-" * 8
DAY_S = 86400.0

FULL = replace(timeline(20, kinds=KINDS), abandoned=steps([0, 900], [0, 4]), stalls=STALLS)
QUEUES = (queue("vcpu-shared", waiting=True), queue("gpus", gpu_type="A100", waiting=True))
UNUSED = replace(queue("spare"), used=steps([0], [0]))
CROWD = tuple(
    Mark(7.0 * i, ("put", "scale_up", "switch", "scale_down", "fault")[i % 5], f"event {i}")
    for i in range(500)
)

PICTURES: dict[str, TimelineData] = {
    **{f"{n} replicas": run(timeline(n), queues=QUEUES) for n in (1, 2, 4, 9, 20, 40, 41, 200)},
    "all kinds of failure, stalls, warm-up": run(FULL, queues=(*QUEUES, UNUSED), warm_up_s=600),
    "nothing happened": run(EMPTY),
    "long names": run(
        replace(
            timeline(6, name=LONG),
            marks=tuple(replace(mark, label=LONG) for mark in rollout_marks(3600)),
            stalls=(replace(STALLS[1], resource=LONG, holders=f"{LONG}, {LONG} (1 core) " * 9),),
        ),
        queues=(queue(LONG, gpu_type="A100", waiting=True), replace(UNUSED, name=LONG)),
        name=LONG,
    ),
    "500 marks": run(replace(timeline(8), marks=CROWD)),
    "40 revisions": run(generations(40)),
    "8 revisions as counts": run(generations(8, size=6)),
    "9 revisions as counts": run(generations(9, size=6)),
    "two seconds": run(timeline(3, horizon_s=2.0), horizon_s=2.0),
    "three days": run(timeline(20, horizon_s=3 * DAY_S), horizon_s=3 * DAY_S),
    "ten decades of response": run(
        replace(timeline(4), answers=answers(3600.0, rng=np.random.default_rng(1), spread=5))
    ),
    "a rollout enlarged": run(
        replace(
            timeline(6, horizon_s=DAY_S, kinds=KINDS[:2]),
            closeups=(closeup(20_000, 21_000, 1, kinds=KINDS[:2]),),
            stalls=(StallSpan(20_300, 20_700, "vcpu", "nobody", is_deadlocked=False),),
        ),
        queues=(queue("vcpu", waiting=True, horizon_s=DAY_S),),
        horizon_s=DAY_S,
    ),
    "nine rollouts enlarged": run(
        replace(
            timeline(60, horizon_s=DAY_S),
            marks=tuple(
                Mark(8000.0 * n + 250 * i, kind, kind, n)  # type: ignore[arg-type] # literals
                for n in range(1, 10)
                for i, kind in enumerate(("put", "switch", "full", "gone"))
            ),
            closeups=tuple(closeup(8000 * n - 200, 8000 * n + 1000, n) for n in range(1, 10)),
            not_enlarged=3,
        ),
        queues=(queue("vcpu", horizon_s=DAY_S),),
        horizon_s=DAY_S,
    ),
    "a part of a run": replace(
        run(replace(timeline(6), marks=rollout_marks(3600)[3:4]), queues=QUEUES),
        window=Window(1200.0, 1600.0),
        horizon_s=DAY_S,
    ),
    "millions queued": run(replace(timeline(4), queued=steps([0, 900], [0, 1_234_567]))),
}


@pytest.fixture(scope="module", params=PICTURES, ids=str)
def figure(request: pytest.FixtureRequest) -> Figure:
    """Each picture in turn, laid out."""
    figure = plot_timeline(PICTURES[request.param])
    figure.draw_without_rendering()
    return figure


def legend_words(ax: Axes) -> list[str]:
    """What the legend of a panel says; nothing if it has none."""
    legend = ax.get_legend()
    return [text.get_text() for text in legend.get_texts()] if legend else []


def test_no_text_covers_another(figure: Figure) -> None:
    """Tick labels, titles, legends, labels of marks, notes: none lies on another."""
    found = boxes(figure)
    assert len(found) > 15
    covered = [(one, other) for (one, a), (other, b) in combinations(found, 2) if overlap(a, b)]
    assert not covered


def test_no_text_is_cut_off(figure: Figure) -> None:
    """All text lies inside the figure."""
    outside = [
        text
        for text, box in boxes(figure)
        if box.x0 < 0 or box.y0 < 0 or box.x1 > figure.bbox.x1 or box.y1 > figure.bbox.y1
    ]
    assert not outside


def test_legends_stand_clear_of_the_data(figure: Figure) -> None:
    """A legend lies in no panel and in no other legend, and inside the figure."""
    legends = [legend.get_window_extent() for ax in figure.axes if (legend := ax.get_legend())]
    panels = [ax.get_window_extent() for ax in figure.axes]
    assert not any(overlap(legend, ax) for legend in legends for ax in panels)
    assert not any(overlap(a, b) for a, b in combinations(legends, 2))
    assert all(legend.x1 <= figure.bbox.x1 and legend.y0 >= 0 for legend in legends)


def test_panels_of_a_view_share_one_time_axis_and_do_not_touch(figure: Figure) -> None:
    """They have the same left and right edge and limits, each below the one before."""
    for column in columns(figure):
        assert len({(ax.get_xlim(), *ax.get_position().intervalx) for ax in column}) == 1
        bottoms_and_tops = [ax.get_position().intervaly for ax in column]
        for (bottom, _), (_, next_top) in pairwise(bottoms_and_tops):
            assert next_top < bottom
        assert column[-1].get_xlabel()


def test_views_share_the_vertical_axis_of_each_panel(figure: Figure) -> None:
    """What is enlarged is as high as in the whole, beside it in the same row; failures are not."""
    whole, *enlarged = columns(figure)
    limits = {round(ax.get_position().y0, 6): ax for ax in whole}
    for ax in (ax for column in enlarged for ax in column):
        beside = limits.get(round(ax.get_position().y0, 6))
        if beside is not None and not beside.get_ylabel().startswith("Failed"):
            assert ax.get_ylim() == beside.get_ylim()
            assert ax.get_position().height == pytest.approx(beside.get_position().height)


def test_axes_do_not_meet(figure: Figure) -> None:
    """Neither in a column nor across."""
    found = [(ax.get_ylabel(), ax.get_window_extent()) for ax in figure.axes]
    assert not [pair for pair in combinations(found, 2) if overlap(pair[0][1], pair[1][1])]


COUNTED = ("Replicas of", "Queued", "Running", "Failed", "Queue")


def test_whole_things_have_whole_ticks(figure: Figure) -> None:
    """Replicas, requests, threads, GPUs, and cores that are all whole."""
    for column in columns(figure):
        for ax in column:
            if ax.get_ylabel().startswith(COUNTED):
                ticks = [float(at) for at in ax.get_yticks()]
                assert [at for at in ticks if not at.is_integer()] == []


def test_every_panel_says_what_it_shows_and_in_which_unit() -> None:
    """Titles carry the unit; the time axis its unit and the wall clock of its beginning."""
    figure = plot_timeline(run(FULL, queues=QUEUES))
    assert titles(figure) == [
        "events",
        "scale up \u25b2",
        "scale down \u25bc",
        "stalls",
        "Replicas by state (one bar each, with its number)",
        "Load: busy threads / responsive threads (ratio)",
        "Queued requests (count)",
        "Running and abandoned requests, and threads (count)",
        "Response time of completed requests (s; bins of 1 min)",
        "Failed requests (count in a bin of 1 min)",
        "Queue vcpu-shared: in use (cores)",
        "Queue vcpu-shared: waiting (replicas)",
        "Queue gpus: in use (A100 GPUs)",
        "Queue gpus: waiting (replicas)",
    ]
    assert figure.axes[-1].get_xlabel() == "time since the start (min); 0 is 2026-01-05 00:00+00:00"


def test_legends_name_what_occurs_and_nothing_else() -> None:
    """States and failures that are in the picture are in its legend."""
    figure = plot_timeline(run(FULL))
    assert legend_words(panel(figure, "Load")) == ["load", "scale-up threshold"]
    assert legend_words(panel(figure, "Failed")) == [
        FAILURES[kind].word for kind in reversed(list(FAILURES))
    ]
    assert legend_words(panel(figure, "Running")) == [
        "running, mean of 15 s",
        "running, least to most",
        "abandoned",
        "threads of the active revision",
    ]
    quiet = plot_timeline(run(timeline(1)))
    assert legend_words(panel(quiet, "Replicas")) == ["responsive", "decommissioned (drains)"]
    assert "abandoned" not in legend_words(panel(quiet, "Running"))


@pytest.mark.parametrize(
    ("count", "first"),
    [
        (40, ["Replicas by state (one bar each, with its number)"]),
        (41, ["revision 1", "revision 2"]),
    ],
)
def test_above_forty_replicas_bars_become_counts(count: int, first: list[str]) -> None:
    """Forty still have a bar each; one more, and each revision has a panel of counts."""
    shown = [title for title in titles(plot_timeline(run(timeline(count)))) if "Replicas" in title]
    assert len(shown) == len(first)
    assert all(word in title for word, title in zip(first, shown, strict=True))


def test_above_eight_revisions_counts_share_a_panel() -> None:
    """Panels do not grow without end; the one panel says that it holds all revisions."""
    apart = titles(plot_timeline(run(generations(8, size=6))))
    assert "Replicas of revision 7 (count by state)" in apart
    (shared,) = [
        title
        for title in titles(plot_timeline(run(generations(9, size=6))))
        if title.startswith("Replicas")
    ]
    assert shared == "Replicas of all 9 revisions (count by state)"


def test_marks_run_through_every_panel_at_their_instant() -> None:
    """PUT, switch, full and the rest are lines in each panel; scaling is not."""
    marks = rollout_marks(3600)
    figure = plot_timeline(run(timeline(4), queues=QUEUES))
    wanted = [mark.at_s for mark in marks if not mark.kind.startswith("scale")]
    for ax in figure.axes[3:]:
        lines = [
            segment
            for collection in ax.collections
            if isinstance(collection, LineCollection)
            for segment in collection.get_segments()
        ]
        assert sorted(line[0][0] for line in lines) == wanted
        assert all(line[:, 1].tolist() == [0, 1] for line in lines)


def test_what_did_not_happen_is_said() -> None:
    """Panels without anything say so instead of being left out."""
    figure = plot_timeline(run(EMPTY, queues=[UNUSED]))
    said = {ax.get_ylabel().split(" (")[0]: ax.texts[0].get_text() for ax in figure.axes}
    assert said == {
        "Replicas": "no replicas",
        "Load: busy threads / responsive threads": (
            "no load: nothing was responsive at an evaluation"
        ),
        "Queued requests": "no request waited for a thread",
        "Running requests and threads": "no request ran, and no thread was there to run one",
        "Response time": "no completed requests",
        "Failed requests": "no failures",
    }
    assert "Queues that nothing was held in: spare" in [text.get_text() for text in figure.texts]


def test_stalls_are_explained_below() -> None:
    """The notes say when, for what and because of whom a rollout stood still."""
    notes = [text.get_text() for text in plot_timeline(run(FULL)).texts]
    assert (
        "S1: from 18 min to 25 min 12 s the rollout waited for vcpu-shared; "
        "held by tenant nightly (12 cores)" in notes
    )
    assert any(note.startswith("S2: from 25 min 12 s to 1 h") for note in notes)
    assert any(note.endswith("only the revision to be replaced holds it") for note in notes)


def test_response_times_below_a_second_are_drawn_in_milliseconds() -> None:
    """The values drawn are in the unit that the title names."""
    quick = answers(3600.0, rng=np.random.default_rng(1), response_s=0.02, spread=0.1)
    ax = panel(plot_timeline(run(replace(timeline(4), answers=quick))), "Response")
    assert "(ms; " in ax.get_ylabel()
    median = np.asarray(ax.lines[-3].get_ydata())
    assert median[0] == pytest.approx(quick.response_p50_s[0] * 1000)
    assert ax.get_yscale() == "linear"


def test_response_times_over_decades_have_a_logarithmic_axis() -> None:
    """With plain numbers at its ticks."""
    ax = panel(plot_timeline(PICTURES["ten decades of response"]), "Response")
    assert ax.get_yscale() == "log"
    assert all(float(label.get_text()) > 0 for label in tick_labels(ax.yaxis))


def test_failures_are_stacked() -> None:
    """Bars of a bin stand on each other, and the axis holds them all."""
    ax = panel(plot_timeline(run(FULL)), "Failed")
    total = sum(FULL.answers.failed[kind] for kind in KINDS)
    tops = np.max([[bar.get_y() + bar.get_height() for bar in bars] for bars in ax.containers], 0)
    assert tops.tolist() == np.asarray(total).tolist()
    assert ax.get_ylim()[1] >= np.max(total)


def test_the_first_deployment_with_a_rollout_is_drawn_unless_another_is_asked_for() -> None:
    """A deployment that was replaced is of more interest than one that only ran."""
    quiet = replace(timeline(2, name="quiet"), revisions=timeline(2).revisions[:1])
    data = run(quiet, timeline(4, name="first"), timeline(4, name="second"))

    def drawn_title(deployment: str | None) -> str:
        return plot_timeline(data, deployment).texts[0].get_text()

    assert drawn_title(None) == "replace under load: first"
    assert drawn_title("second") == "replace under load: second"
    assert drawn_title("quiet") == "replace under load: quiet"
    assert plot_timeline(run(quiet, quiet)).texts[0].get_text() == "replace under load: quiet"


def test_an_unknown_deployment_is_named_with_those_there_are() -> None:
    """The error tells what could have been asked for."""
    data = run(timeline(1, name="a"), timeline(1, name="b"))
    with pytest.raises(UnknownDeploymentError, match=r"no deployment is named 'c'.*: a, b"):
        plot_timeline(data, "c")


def test_the_head_identifies_the_run() -> None:
    """Seed, engine, horizon, wall clock and warm-up stand below the title."""
    start = datetime(2026, 3, 1, 6, 30, 15, tzinfo=timezone(timedelta(hours=-5)))
    data = replace(run(timeline(1), warm_up_s=600), start=start)
    assert plot_timeline(data).texts[1].get_text() == (
        "seed 7 \u00b7 reference engine \u00b7 1 h from 2026-03-01 06:30:15-05:00"
        " \u00b7 warm-up 10 min (shaded)"
    )


def test_names_are_drawn_as_they_are_written() -> None:
    """Signs that mean something to a typesetter mean nothing in a name."""
    signs = r"a $\nonsense$ & <b> %s {0} _x^y"
    figure = plot_timeline(run(timeline(1, name=signs), queues=[queue(signs)], name=signs))
    figure.draw_without_rendering()
    assert figure.texts[0].get_text() == f"{signs}: {signs}"
    assert figure.axes[-1].get_ylabel() == f"Queue {signs}: in use (cores)"


def test_drawing_leaves_the_users_settings_alone() -> None:
    """Nor do the user's settings reach the picture."""
    with mpl.rc_context({"font.size": 31, "axes.grid": False}):
        before = mpl.rcParams.copy()
        figure = plot_timeline(run(timeline(4)))
        assert all(mpl.rcParams[key] == before[key] for key in before if key != "backend")
    assert figure.axes[-1].get_xgridlines()[0].get_visible()


def test_drawing_needs_no_plotting_session() -> None:
    """pyplot, which keeps figures alive and wants a display, is never loaded."""
    code = (
        "import sys; sys.path.insert(0, 'tests/support'); from plot_runs import run, timeline; "
        "from sim.plots.timeline import plot_timeline; plot_timeline(run(timeline(4))); "
        "print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_notebooks_can_show_the_figure() -> None:
    """It is a PNG for whoever asks in IPython's way, with its words for those who do not see it."""
    figure = plot_timeline(run(timeline(1)))
    shown, metadata = figure._repr_mimebundle_()  # type: ignore[attr-defined] # IPython's

    assert shown["image/png"].startswith(b"\x89PNG")
    assert metadata == {"image/png": {"alt": shown["text/plain"]}}
    titles = [ax.get_title(loc="left") for ax in columns(figure)[0]]
    assert [title for title in titles if title.partition(";")[0] not in shown["text/plain"]] == []


def test_the_words_of_a_figure_tell_what_is_enlarged() -> None:
    """Each heading, and each note below."""
    figure = plot_timeline(PICTURES["nine rollouts enlarged"])
    said = figure.alternative  # type: ignore[attr-defined] # of figures of ours

    assert [f"Rollout {n}, enlarged" in said for n in range(1, 10)] == [True] * 9
    assert "3 more rollouts are too short to be seen" in said


def test_rollouts_that_are_enlarged_stand_beside_the_whole_and_below_it() -> None:
    """Three beside it, the others in bands of six below, each with its heading and its own axis."""
    figure = plot_timeline(PICTURES["nine rollouts enlarged"])
    headings = [t.get_text() for t in figure.texts if t.get_text().endswith("enlarged")]
    assert headings == [f"Rollout {n}, enlarged" for n in range(1, 10)]
    assert "3 more rollouts are too short to be seen" in figure.texts[-1].get_text()
    whole, *enlarged = columns(figure)
    assert [column[0].get_xlim() for column in enlarged] == [
        (8000 * n - 200, 8000 * n + 1000) for n in range(1, 10)
    ]
    right = whole[0].get_position().x1
    tops = [column[0].get_position().y0 for column in enlarged]
    assert all(column[0].get_position().x0 > right for column in enlarged[:3])
    assert all(top == pytest.approx(whole[0].get_position().y0) for top in tops[:3])
    assert len({round(top, 6) for top in tops[3:]}) == 1
    assert tops[3] < whole[-1].get_position().y0


def test_a_rollout_that_is_enlarged_is_one_line_in_the_whole_and_all_its_own_beside_it() -> None:
    """Lines a hair apart would hide what they mark."""
    figure = plot_timeline(PICTURES["nine rollouts enlarged"])
    whole, first, *_ = columns(figure)

    def lines(ax: Axes) -> list[float]:
        found = [c for c in ax.collections if isinstance(c, LineCollection)]
        return sorted(segment[0][0] for c in found for segment in c.get_segments())

    assert lines(whole[-1]) == [8000.0 * n for n in range(1, 10)]
    assert lines(first[-1]) == [8000, 8250, 8500, 8750]


def test_the_head_of_a_part_says_which_part_it_is() -> None:
    """And its time axis counts from the start of the run, whose wall clock it tells."""
    figure = plot_timeline(PICTURES["a part of a run"])
    assert figure.texts[1].get_text().endswith(" \u00b7 shown: 20 min to 26 min 40 s")
    assert figure.axes[-1].get_xlabel() == "time since the start (min); 0 is 2026-01-05 00:00+00:00"
    assert tick_labels(figure.axes[-1].xaxis)[0].get_text() == "20"
    assert {ax.get_xlim() for ax in figure.axes} == {(1200.0, 1600.0)}


def test_an_axis_that_counts_from_inside_tells_the_wall_clock_of_there() -> None:
    """Twenty days after midnight of the fifth is midnight of the twenty-fifth."""
    deep = Window(20 * DAY_S, 20 * DAY_S + 90)
    data = replace(run(timeline(1, horizon_s=40 * DAY_S)), window=deep, horizon_s=40 * DAY_S)
    assert plot_timeline(data).axes[-1].get_xlabel() == (
        "time since 20 d (s); 0 is 2026-01-25 00:00+00:00"
    )
    in_spring = replace(data, start=read_clock("2026-03-20T00:00[Europe/Berlin]"))
    assert plot_timeline(in_spring).axes[-1].get_xlabel() == (
        "time since 20 d (s); 0 is 2026-04-09 01:00+02:00"
    )


def test_the_line_of_a_queue_is_drawn_once_for_all_types_of_gpu() -> None:
    """Whoever waits stands in one line, whichever type it takes in the end."""
    types = [queue("gpus", gpu_type=gpu, waiting=True) for gpu in ("T4", "A100")]
    found = [t for t in titles(plot_timeline(run(timeline(4), queues=types))) if "gpus" in t]
    assert found == [
        "Queue gpus: in use (T4 GPUs)",
        "Queue gpus: in use (A100 GPUs)",
        "Queue gpus: waiting (replicas)",
    ]


def test_what_is_scaled_apart_has_tick_labels_of_its_own() -> None:
    """Failures are counted in narrower bins beside the whole; every other axis is the whole's."""
    figure = plot_timeline(PICTURES["a rollout enlarged"])
    whole, enlarged = columns(figure)
    titled = {round(ax.get_position().y0, 6): ax.get_ylabel() for ax in whole}
    labelled = [titled[round(ax.get_position().y0, 6)] for ax in enlarged if tick_labels(ax.yaxis)]
    assert len(labelled) == 1
    assert labelled[0].startswith("Failed")


def test_only_the_warm_up_is_shaded() -> None:
    """In the whole of the run up to its end, and not in a part that begins after it."""
    data = run(timeline(4), warm_up_s=600)
    spans = [patch.get_extents() for patch in panel(plot_timeline(data), "Load").patches]
    assert len(spans) == 1
    later = replace(data, window=Window(1200.0, 3600.0))
    assert len(panel(plot_timeline(later), "Load").patches) == 0
