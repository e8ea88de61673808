"""Pictures of one deployment, and of each."""

from pathlib import Path

import pytest

from plot_runs import run, timeline
from sim.plots.files import UnknownFormatError, save
from sim.plots.pictures import draw
from sim.plots.timeline import plot_timeline
from sim.results.timeline import UnknownDeploymentError

DATA = run(timeline(1, name="a b"), timeline(2, name="c.d"))


def test_one_deployment_is_drawn_where_it_was_asked_for(tmp_path: Path) -> None:
    """The chosen one if none is named."""
    for name, chosen in ((None, "a b"), ("c.d", "c.d")):
        assert draw(DATA, tmp_path / "x.svg", name) == [tmp_path / "x.svg"]
        save(plot_timeline(DATA, chosen), tmp_path / "wanted.svg")
        assert (tmp_path / "x.svg").read_bytes() == (tmp_path / "wanted.svg").read_bytes()


def test_all_are_drawn_beside_each_other_under_their_names(tmp_path: Path) -> None:
    """Each file is the picture of its deployment, and the path itself is not written."""
    paths = draw(DATA, tmp_path / "x.svg", "all")
    assert [path.name for path in paths] == ["x-a b.svg", "x-c.d.svg"]
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    for path, name in zip(paths, ("a b", "c.d"), strict=True):
        save(plot_timeline(DATA, name), tmp_path / "wanted.svg")
        assert path.read_bytes() == (tmp_path / "wanted.svg").read_bytes()


def test_nothing_is_written_of_what_cannot_be_drawn(tmp_path: Path) -> None:
    """Neither for an unknown name nor in an unknown format."""
    with pytest.raises(UnknownDeploymentError):
        draw(DATA, tmp_path / "x.svg", "e")
    with pytest.raises(UnknownFormatError):
        draw(DATA, tmp_path / "x.jpg", "all")
    assert not list(tmp_path.iterdir())
