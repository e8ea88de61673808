"""The stored notebooks are what executing them gives, small, and legible without their pictures.

They are executed as a reader would: from their own folder, against the package under test, on the
kernel of this environment. What they compute they assert themselves.
"""

import ast
import re
from base64 import b64decode
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

nbformat = pytest.importorskip("nbformat", reason="needs nbformat, of the extra `test`")
pytest.importorskip("nbclient", reason="needs nbclient, of the extra `test`")
pytest.importorskip("ipykernel", reason="needs ipykernel, of the extra `test`")

from executed_notebooks import (  # noqa: E402 - needs what may be missing
    FOLDER,
    METADATA,
    PNG,
    executed,
    outputs_of,
    pictures_of,
    stored,
    text_of,
)

PICTURES: Final = {"decide": 2, "limits": 5, "quickstart": 2, "traffic": 2}
"""Every notebook, and how many pictures it shows."""

MOST_BYTES: Final = 150_000
FEWEST_WORDS: Final = 12
"""Of an alternative text: less is a title."""
PUBLIC: Final = {"sim", "sim.studies", "sim.wire.rule"}
"""Where users import from."""
OWN_PATH: Final = re.compile(r"(?<![\w.])/(?:home|Users|root|tmp|mnt|opt)/|\b[A-Z]:\\")
LINK: Final = re.compile(r"\]\((?!https?:)(?P<path>[^)#\s]+)[^)]*\)")


def code_cells(notebook: Any) -> list[Any]:
    """Return the cells that are run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def told(notebook: Any) -> list[tuple[str, Any]]:
    """Return what each cell shows, pictures left out but for what is said of them."""
    return [
        (cell.id, output | {"data": {**output.get("data", {}), PNG: None}})
        for cell in code_cells(notebook)
        for output in cell.outputs
    ]


@pytest.fixture
def kernel_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the user's Jupyter from the run."""
    for variable in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.delenv("JUPYTER_PATH", raising=False)


def test_every_notebook_is_tested() -> None:
    """The table above has all of them."""
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == set(PICTURES)


@pytest.mark.usefixtures("kernel_home")
@pytest.mark.parametrize("name", PICTURES)
def test_a_stored_notebook_is_what_executing_it_gives(name: str) -> None:
    """No cell raises, and each shows the words that are stored; else `make notebooks`, and look.

    Pictures are not compared: what is drawn follows from what is told, and how, from the version of
    the library.
    """
    found = executed(name)

    assert told(found) == told(stored(name))
    assert len(pictures_of(found)) == PICTURES[name]


@pytest.mark.parametrize("name", PICTURES)
def test_a_notebook_is_stored_with_its_outputs_and_without_warnings(name: str) -> None:
    """Every cell was run, in order; nothing went to stderr, where warnings are shown."""
    notebook = stored(name)

    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == [*range(1, len(counts) + 1)]
    assert [output.text for output in outputs_of(notebook) if output.get("name") == "stderr"] == []


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_has_an_alternative_text(name: str) -> None:
    """It is PNG, and its output has a sentence as metadata, from where nbconvert takes `alt`."""
    pictures = pictures_of(stored(name))

    assert len(pictures) == PICTURES[name]
    for picture in pictures:
        assert b64decode(picture.data[PNG]).startswith(b"\x89PNG")
        alternative = picture.metadata[PNG]["alt"]
        assert len(alternative.split()) >= FEWEST_WORDS
        assert "\n" not in alternative


@pytest.mark.parametrize("name", PICTURES)
def test_a_notebook_is_small(name: str) -> None:
    """With its outputs, so that a change of it can be looked at and cloned."""
    assert (FOLDER / f"{name}.ipynb").stat().st_size <= MOST_BYTES


@pytest.mark.parametrize("name", PICTURES)
def test_a_notebook_imports_what_is_public(name: str) -> None:
    """From the root, from studies, or what rules are made with: as a reader may do."""
    trees = [ast.parse(cell.source) for cell in code_cells(stored(name))]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    imported = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    imported |= {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}

    assert {module for module in imported if (module or "").split(".")[0] == "sim"} <= PUBLIC
    assert "sim" in imported


@pytest.mark.parametrize("name", PICTURES)
def test_a_notebook_is_stored_without_what_a_machine_left(name: str) -> None:
    """No times, cell settings, versions or kernels of the machine that last ran it."""
    notebook = stored(name)

    assert notebook.metadata == METADATA
    assert [cell.metadata for cell in notebook.cells if cell.metadata] == []


@pytest.mark.parametrize("name", PICTURES)
def test_a_notebook_is_stored_in_the_form_that_is_written(name: str) -> None:
    """It is valid, no two cells have one name, and it is byte by byte what nbformat writes."""
    notebook = stored(name)

    nbformat.validate(notebook)
    repeated = [cell for cell, times in Counter(c.id for c in notebook.cells).items() if times > 1]
    assert repeated == []
    assert (FOLDER / f"{name}.ipynb").read_text("utf-8") == text_of(notebook)


@pytest.mark.parametrize("name", PICTURES)
def test_a_notebook_names_nothing_that_only_its_writer_has(name: str) -> None:
    """No absolute paths, and every relative link leads to a file of the repository."""
    notebook = stored(name)
    sources = [cell.source for cell in notebook.cells]
    shown = [str(text) for _, output in told(notebook) for text in output["data"].values()]

    assert [text for text in (*sources, *shown) if OWN_PATH.search(text)] == []
    links = [link["path"] for source in sources for link in LINK.finditer(source)]
    assert [link for link in links if not (FOLDER / link).exists()] == []
