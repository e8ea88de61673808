"""The table of coverage is written between its marks, with the seed and the day."""

import re
from pathlib import Path

import numpy as np
import pytest

import coverage_table
from coverage_rows import Row


def test_the_table_is_written_between_its_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line a row; what a row finds depends on its name and the seed alone."""

    def first_draw(repetitions: int, rng: np.random.Generator) -> float:
        return float(rng.random()) / repetitions

    document = tmp_path / "studies.md"
    document.write_text("Above\n<!-- measured: coverage -->\nold\n<!-- measured: end -->\nBelow\n")
    rows = (Row("one", "law", "0.95", first_draw, 1), Row("two", "law", "", first_draw, 1))
    monkeypatch.setattr(coverage_table, "ROWS", rows)
    monkeypatch.setattr(coverage_table, "DOCUMENT", document)

    coverage_table.write()
    once = document.read_text("utf-8")
    coverage_table.write()

    found = re.findall(r"^\| (one|two) \| law \| (0\.95|) \| (0\.\d{3}) \| 1 \|$", once, re.M)
    assert [(name, stated) for name, stated, _ in found] == [("one", "0.95"), ("two", "")]
    assert found[0][2] != found[1][2]
    assert re.search(r"^Seed 15, measured on \d{4}-\d\d-\d\d by `make coverage`\.$", once, re.M)
    assert once.startswith("Above\n<!-- measured: coverage -->\n")
    assert once.endswith("<!-- measured: end -->\nBelow\n")
    assert "old" not in once
    assert document.read_text("utf-8") == once
