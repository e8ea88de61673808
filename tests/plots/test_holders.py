"""Who is drawn as one, in which colour, and how what they hold is stacked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from plot_runs import steps, view
from sim.palette import HOLDERS
from sim.plots.holders import Holders, grouped
from sim.plots.queues import queue_panels
from sim.results.steps import changes_only
from sim.results.timeline import HolderUse, QueueTimeline, Steps, Window

RUN = Window(0.0, 100.0)


def queue(*held: HolderUse, limit: float = 40, gpu_type: str | None = None) -> QueueTimeline:
    """A queue that is used by `held`."""
    at_s = np.unique(np.concatenate([[0.0], *(use.used.at_s for use in held)]))
    total = np.zeros(at_s.size)
    for use in held:
        total += use.used.value[np.searchsorted(use.used.at_s, at_s, side="right") - 1]
    return QueueTimeline(
        name="q",
        unit="GPUs" if gpu_type else "cores",
        gpu_type=gpu_type,
        used=changes_only(Steps(at_s, total)),
        limit=steps([0], [limit]),
        waiting=steps([0], [0]),
        held=held,
    )


def use(name: str, revision: int | None, amount: float = 1.0) -> HolderUse:
    """A holder that has as much all of the time."""
    return HolderUse(name, revision, steps([0], [amount]))


def words(groups: tuple[Holders, ...]) -> list[str]:
    """What groups are called, from below."""
    return [group.words for group in groups]


def test_each_holder_is_told_apart_tenants_lowest_and_the_pictured_on_top() -> None:
    """In the order in which the run has them else."""
    held = (use("nightly", None), use("api", 0), use("chat", 0), use("api", 1), use("chat", 2))
    assert words(grouped([queue(*held)], "api", RUN)) == [
        "nightly (tenant)",
        "chat revision 0",
        "chat revision 2",
        "api revision 0",
        "api revision 1",
    ]


def test_a_tenant_is_not_the_deployment_of_its_name() -> None:
    """One has revisions, the other has not."""
    held = (use("api", None), use("api", 0))
    assert words(grouped([queue(*held)], "api", RUN)) == ["api (tenant)", "api revision 0"]


def test_a_holder_has_one_colour_in_all_queues() -> None:
    """Whatever else is in them; no two have the same, tenants the last."""
    cores = queue(use("nightly", None), use("api", 0), use("chat", 1))
    gpus = queue(use("lab", None), use("chat", 1), gpu_type="T4")
    groups = grouped([cores, gpus], "chat", RUN)
    fills = {group.words: group.fill for group in groups}
    assert fills["chat revision 1"] is HOLDERS[0]
    assert {fills["nightly (tenant)"], fills["lab (tenant)"]} == set(HOLDERS[-2:])
    assert len(set(fills.values())) == 4


def test_of_too_many_the_revisions_of_other_deployments_are_joined() -> None:
    """Nine holders, of which three are revisions of another deployment."""
    others = [use("chat", n) for n in range(3)] + [use("a", 0), use("b", 0), use("c", 0)]
    groups = grouped([queue(use("t", None), *others, use("api", 0), use("api", 1))], "api", RUN)
    assert words(groups) == [
        "t (tenant)",
        "chat",
        "a",
        "b",
        "c",
        "api revision 0",
        "api revision 1",
    ]
    assert groups[1].keys == {("chat", 0), ("chat", 1), ("chat", 2)}


def test_of_still_too_many_the_pictured_ones_revisions_alternate() -> None:
    """Twenty revisions: the two sides of each rollout have different colours."""
    groups = grouped([queue(*(use("api", n) for n in range(20)))], "api", RUN)
    assert words(groups) == ["api, even revisions", "api, odd revisions"]
    assert groups[1].keys == {("api", n) for n in range(1, 20, 2)}


def test_of_still_too_many_those_that_hold_least_are_others() -> None:
    """Twelve deployments: seven that hold most, the pictured among them or not, and the rest."""
    held = [use(f"d{n}", 0, amount=n + 1) for n in range(12)]
    groups = grouped([queue(*held)], "d11", RUN)
    assert words(groups) == ["5 others", *(f"d{n}" for n in range(5, 11)), "d11, even revisions"]
    assert groups[0].keys == {(f"d{n}", 0) for n in range(5)}
    assert len({group.fill for group in groups}) == len(HOLDERS)


KEYS = st.tuples(st.sampled_from("abcdefghijkl"), st.none() | st.integers(0, 5))


@given(st.lists(KEYS, min_size=1, max_size=40, unique=True))
def test_everybody_is_drawn_in_a_colour_of_its_group(keys: list[tuple[str, int | None]]) -> None:
    """However many there are: each once, and no two groups alike."""
    groups = grouped([queue(*(use(*key) for key in keys))], "a", RUN)
    members = [key for group in groups for key in group.keys]
    assert sorted(members, key=str) == sorted(keys, key=str)
    assert len({group.fill.face for group in groups}) == len(groups) <= len(HOLDERS)
    assert len(set(words(groups))) == len(groups)


def drawn(found: QueueTimeline, *, width_in: float = 8.2) -> Axes:
    """The panel of what is in use."""
    ax = Figure().add_subplot()
    whole = view(end_at_s=100.0, width_in=width_in)
    queue_panels([found], grouped([found], "api", RUN), whole)[0].draw(ax, whole)
    return ax


def spans(ax: Axes) -> dict[str, list[list[float]]]:
    """Where the areas of each colour are: left, right, lowest and highest."""
    return {
        to_hex(np.asarray(area.get_facecolor())[0]).upper(): [
            [*box.intervalx, *box.intervaly]
            for box in (path.get_extents() for path in area.get_paths())
        ]
        for area in ax.collections
        if isinstance(area, PolyCollection)
    }


def test_what_is_held_is_stacked() -> None:
    """A tenant's 6 lowest, then 4 of revision 0 to 60 s, and 2 of revision 1 from 40 s on."""
    ax = drawn(
        queue(
            use("nightly", None, 6),
            HolderUse("api", 0, steps([0, 60], [4, 0])),
            HolderUse("api", 1, steps([0, 40], [0, 2])),
        )
    )
    found = spans(ax)
    assert found[HOLDERS[-1].face] == [[0, 100, 0, 6]]
    assert found[HOLDERS[0].face] == [[0, 100, 6, 10]]
    assert found[HOLDERS[1].face] == [[0, 100, 8 - 2, 12]]
    top = np.asarray(ax.lines[0].get_ydata())
    assert top.tolist() == [10, 12, 8, 8]


def test_who_takes_over_at_an_instant_is_seen_though_the_sum_stays() -> None:
    """Revision 1 takes what revision 0 leaves: no change of what is in use, and one of who uses."""
    ax = drawn(
        queue(
            HolderUse("api", 0, steps([0, 50], [4, 0])), HolderUse("api", 1, steps([0, 50], [0, 4]))
        )
    )
    (first,) = [a for a in ax.collections if isinstance(a, PolyCollection)][:1]
    corners = np.asarray(first.get_paths()[0].vertices)
    assert corners[corners[:, 1] == 4][:, 0].max() == 50


def test_dense_use_is_stacked_by_means_under_its_greatest() -> None:
    """Half of the time 2, half 6, from step to step: 4 on average, at most 6, and titles say so."""
    at_s = np.arange(1000) / 10
    busy = HolderUse("api", 0, Steps(at_s, np.where(np.arange(1000) % 2, 2.0, 6.0)))
    found = queue(busy)
    ax = drawn(found)
    assert spans(ax)[HOLDERS[0].face] == [[0, 100, 0, pytest.approx(4.4)]]  # 5 steps in a bin
    assert set(np.asarray(ax.lines[0].get_ydata()).tolist()) == {6.0}
    whole = view(end_at_s=100.0)
    (panel,) = queue_panels([found], grouped([found], "api", RUN), whole)
    assert panel.title_of(whole) == "Queue q: in use (cores; mean of 0.5 s)"


@pytest.mark.parametrize(
    ("limit", "gpu_type", "is_whole"), [(3, None, True), (0.5, None, False), (3, "T4", True)]
)
def test_whole_cores_and_gpus_have_whole_ticks(
    limit: float, gpu_type: str | None, *, is_whole: bool
) -> None:
    """Cores may be parts of one, and then ticks are."""
    ax = drawn(queue(use("api", 0, limit / 2), limit=limit, gpu_type=gpu_type))
    assert all(float(at).is_integer() for at in ax.get_yticks()) == is_whole
