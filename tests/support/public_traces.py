"""The public traces that some tests read; they stand beside the repository, not in it."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "traces"


def public_trace(name: str) -> str:
    """Return the path of the trace *name*; skip the test where it is not there."""
    file = FOLDER / name
    if not file.is_file():
        pytest.skip(f"the public trace {name} is not beside the repository, in {FOLDER}")
    return str(file)
