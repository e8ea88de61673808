"""Figures as files: repeatable, whole, and nothing in them but the figure."""

import re
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from plot_runs import KINDS, queue, run, timeline
from sim.plots.files import FORMATS, UnknownFormatError, save
from sim.plots.timeline import plot_timeline

SVG = "{http://www.w3.org/2000/svg}"
DATA = run(timeline(4, kinds=KINDS[:2]), queues=[queue("vcpu", waiting=True)])


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_run_gives_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    """Drawn and written twice, once under other settings of the user, there is no difference."""
    save(plot_timeline(DATA), tmp_path / f"one{suffix}")
    with mpl.rc_context({"svg.hashsalt": "other", "savefig.bbox": "tight", "pdf.compression": 0}):
        save(plot_timeline(DATA), tmp_path / f"two{suffix}")
    one, two = ((tmp_path / f"{name}{suffix}").read_bytes() for name in ("one", "two"))
    assert one == two


def test_text_in_svg_is_text(tmp_path: Path) -> None:
    """Every word of the picture can be searched and selected, in a font that viewers have."""
    figure = plot_timeline(DATA)
    save(figure, tmp_path / "x.svg")
    root = ElementTree.parse(tmp_path / "x.svg").getroot()
    texts = list(root.iter(f"{SVG}text"))
    told = {"".join(text.itertext()) for text in texts}
    wanted = {text.get_text() for text in figure.findobj(Text) if text.get_visible()} - {""}
    drawn = {text for text in wanted if not text.replace(".", "").isdigit()}  # ticks may be outside
    assert drawn <= told
    assert "replace under load: churn-model" in told
    assert all(
        "'DejaVu Sans', 'Bitstream Vera Sans', Verdana, sans-serif" in text.attrib["style"]
        for text in texts
    )


def test_names_in_svg_are_as_they_are_written(tmp_path: Path) -> None:
    """Signs of the format in a name are only that."""
    name = "<b>&amp; font-family: 'DejaVu Sans'"
    save(plot_timeline(run(timeline(1, name=name))), tmp_path / "x.svg")
    root = ElementTree.parse(tmp_path / "x.svg").getroot()
    told = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert f"replace under load: {name}" in told


def test_saving_does_not_change_the_figure(tmp_path: Path) -> None:
    """A figure that was written in every format gives the same files again."""
    figure = plot_timeline(DATA)
    written = []
    for number in range(2):
        for suffix in FORMATS:
            save(figure, tmp_path / f"{number}{suffix}")
        written.append([(tmp_path / f"{number}{suffix}").read_bytes() for suffix in FORMATS])
    assert written[0] == written[1]


@pytest.mark.parametrize("suffix", FORMATS)
def test_neither_date_nor_version_is_in_the_file(suffix: str, tmp_path: Path) -> None:
    """Only the figure decides the bytes."""
    save(plot_timeline(DATA), tmp_path / f"x{suffix}")
    content = (tmp_path / f"x{suffix}").read_bytes()
    assert content.startswith({".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[suffix])
    assert mpl.__version__.encode() not in content
    assert not re.search(rb"CreationDate|<dc:date>|Producer|tEXtSoftware", content)


@pytest.mark.parametrize("name", ["x.jpg", "x", "x.png.txt"])
def test_an_unknown_suffix_is_refused(name: str, tmp_path: Path) -> None:
    """Before anything is written."""
    with pytest.raises(UnknownFormatError, match=r"\.png, \.svg, \.pdf"):
        save(Figure(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_suffix_may_be_in_capitals(tmp_path: Path) -> None:
    """As some systems write it."""
    save(Figure(), tmp_path / "x.PNG")
    assert (tmp_path / "x.PNG").read_bytes().startswith(b"\x89PNG")


def test_a_failed_write_leaves_the_old_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there stays whole, and nothing half is left beside it."""
    picture = tmp_path / "x.svg"
    picture.write_text("old")

    def fail(*_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        save(Figure(), picture)
    assert picture.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["x.svg"]


@pytest.mark.parametrize("folder", ["missing", "file"])
def test_a_place_that_cannot_be_written_is_named(folder: str, tmp_path: Path) -> None:
    """The error tells the path that was asked for, and not the one beside it."""
    (tmp_path / "file").write_text("")
    picture = tmp_path / folder / "x.png"
    with pytest.raises(OSError, match=r"No such file|Not a directory") as caught:
        save(Figure(), picture)
    assert caught.value.filename == str(picture)
