"""The notebooks run from top to bottom, and are kept without what one machine left in them.

They are executed as a reader would: from their own folder, against the package under test, on the
kernel of this environment. Nothing they compute is compared here: they assert it themselves.
"""

import re
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

import sim

ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = ROOT / "notebooks"
PICTURES: Final = {"decide": 2, "limits": 5, "quickstart": 2}
"""Every notebook, and how many pictures it shows."""

MINUTES_A_CELL: Final = 10
METADATA: Final = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
OWN_PATH: Final = re.compile(r"(?<![\w.])/(?:home|Users|root|tmp|mnt|opt)/|\b[A-Z]:\\")
LINK: Final = re.compile(r"\]\((?!https?:)(?P<path>[^)#\s]+)[^)]*\)")

nbformat = pytest.importorskip("nbformat", reason="needs nbformat, of the extra `test`")


def kept(name: str) -> Any:
    """Return a notebook as it is in the repository."""
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=nbformat.NO_CONVERT)


def code_cells(notebook: Any) -> list[Any]:
    """Return the cells that are run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs_of(notebook: Any) -> list[Any]:
    """Return everything that running a notebook has shown."""
    return [output for cell in code_cells(notebook) for output in cell.outputs]


@pytest.fixture
def kernel_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the user's Jupyter from the run, and lead its kernel to the package under test."""
    for variable in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("PYTHONPATH", str(Path(sim.__file__).parents[1]))
    monkeypatch.delenv("JUPYTER_PATH", raising=False)
    monkeypatch.delenv("MPLBACKEND", raising=False)


def executed(name: str) -> Any:
    """Run a notebook in its folder and return it with its outputs.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell raised.
    """
    nbclient = pytest.importorskip("nbclient", reason="needs nbclient, of the extra `test`")
    pytest.importorskip("ipykernel", reason="needs ipykernel, of the extra `test`")
    return nbclient.NotebookClient(
        kept(name),
        kernel_name="python3",
        timeout=MINUTES_A_CELL * 60,
        resources={"metadata": {"path": str(FOLDER)}},
    ).execute()


def test_every_notebook_is_tested() -> None:
    """The table above has all of them."""
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == set(PICTURES)


@pytest.mark.usefixtures("kernel_home")
@pytest.mark.parametrize("name", PICTURES)
def test_a_notebook_runs_without_error_or_warning_and_shows_its_pictures(name: str) -> None:
    """No cell raises, nothing goes to stderr, where warnings are shown, and pictures are drawn."""
    shown = outputs_of(executed(name))

    assert [output.text for output in shown if output.get("name") == "stderr"] == []
    pictures = [output for output in shown if "image/png" in output.get("data", {})]
    assert len(pictures) == PICTURES[name]


@pytest.mark.parametrize("name", PICTURES)
def test_a_notebook_is_kept_without_what_running_it_left(name: str) -> None:
    """No outputs, counts, cell settings, versions or kernels of the machine that last ran it."""
    notebook = kept(name)

    assert notebook.metadata == METADATA
    assert outputs_of(notebook) == []
    assert {cell.execution_count for cell in code_cells(notebook)} == {None}
    assert [cell.metadata for cell in notebook.cells if cell.metadata] == []


@pytest.mark.parametrize("name", PICTURES)
def test_a_notebook_is_kept_in_the_form_that_is_written(name: str) -> None:
    """It is valid, no two cells have one name, and it is byte by byte what nbformat writes."""
    notebook = kept(name)

    nbformat.validate(notebook)
    repeated = [cell for cell, times in Counter(c.id for c in notebook.cells).items() if times > 1]
    assert repeated == []
    text = (FOLDER / f"{name}.ipynb").read_text("utf-8")
    assert text == nbformat.writes(notebook) + "\n"


@pytest.mark.parametrize("name", PICTURES)
def test_a_notebook_names_nothing_that_only_its_writer_has(name: str) -> None:
    """No absolute paths, and every relative link leads to a file of the repository."""
    sources = [cell.source for cell in kept(name).cells]

    assert [source for source in sources if OWN_PATH.search(source)] == []
    links = [link["path"] for source in sources for link in LINK.finditer(source)]
    assert [link for link in links if not (FOLDER / link).exists()] == []
