"""The notebooks as executing them gives: what is stored, and what tests hold the stored ones to.

As a program it executes and stores all of them: `make notebooks`.
"""

import os
from base64 import b64decode, b64encode
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import nbclient
import nbformat
from PIL import Image

import sim

FOLDER: Final = Path(__file__).parents[2] / "notebooks"
METADATA: Final = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
"""Of every notebook: which kernel runs it, without the version that happened to."""

PNG: Final = "image/png"
MINUTES_A_CELL: Final = 10
COLOURS: Final = 64
"""Of a stored picture, which is a third as large with so few: charts have flat colours."""


def stored(name: str) -> Any:
    """Return a notebook as it is in the repository."""
    text = (FOLDER / f"{name}.ipynb").read_text("utf-8")
    notebook: Any = nbformat.v4.reads(text)  # type: ignore[no-untyped-call] # nbformat has no types
    return notebook


def executed(name: str) -> Any:
    """Return a notebook with the outputs of its cells, which are run as they are stored.

    It is run as a reader runs it, in its folder, on the kernel of this environment, against the
    package that this process has. Nothing of the run itself is in it: no times, no versions. So
    executing again gives the same notebook, to the byte where versions of libraries are the same.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell raised.
    """
    notebook = stored(name)
    client = nbclient.NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=MINUTES_A_CELL * 60,
        record_timing=False,
        resources={"metadata": {"path": str(FOLDER)}},
    )
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    # The kernel tells its version, which is taken out again.
    client.execute(env=environment | {"PYTHONPATH": str(Path(sim.__file__).parents[1])})
    notebook.metadata = nbformat.from_dict(METADATA)  # type: ignore[no-untyped-call] # likewise
    return notebook


def text_of(notebook: Any) -> str:
    """Return the text of a notebook's file."""
    text: str = nbformat.v4.writes(notebook)  # type: ignore[no-untyped-call] # likewise
    return f"{text}\n"


def pictures_of(notebook: Any) -> list[Any]:
    """Return the outputs of a notebook that show a picture."""
    return [output for output in outputs_of(notebook) if PNG in output.get("data", {})]


def outputs_of(notebook: Any) -> list[Any]:
    """Return everything that running a notebook has shown."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [output for cell in cells for output in cell.outputs]


def shrink_pictures(notebook: Any) -> None:
    """Leave as many colours in the pictures of a notebook as are needed to read them."""
    for output in pictures_of(notebook):
        picture = Image.open(BytesIO(b64decode(output.data[PNG]))).convert("RGB")
        small = BytesIO()
        few = picture.quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(small, format="PNG", optimize=True)
        output.data[PNG] = b64encode(small.getvalue()).decode()


def main() -> None:
    """Execute every notebook and store what that gives."""
    for path in sorted(FOLDER.glob("*.ipynb")):
        notebook = executed(path.stem)
        shrink_pictures(notebook)
        path.write_text(text_of(notebook), "utf-8")


if __name__ == "__main__":
    main()
