"""Sequences beside traces: refused where the scenario alone shows that rows are moved."""

from pathlib import Path

import pytest

from scenario_files import problems_of, write

POISSON = "{kind: poisson, name: web, rate: 20/s}"
TRACE = (
    "{{kind: trace, name: replay, path: t.csv, format: csv, time_column: at, "
    "demands: {{cpu: {{kind: sequence, path: t.csv, column: r, unit: ms}}}}{}}}"
)


def with_trace(folder: Path, more: str) -> Path:
    """Write a scenario that replays three rows with a sequence beside them."""
    (folder / "t.csv").write_text("at,r\n0,5\n1,6\n2,7\n")
    return write(folder, POISSON, TRACE.format(more))


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (", rate_scale: 0.5", "rate_scale is 0.5, which leaves rows out or doubles them"),
        (", offset: 1500ms", "offset is 1500ms, which leaves out the first rows"),
    ],
)
def test_a_sequence_beside_moved_rows_is_refused_by_name(
    tmp_path: Path, more: str, why: str
) -> None:
    """The message says which field moves them, and what takes the demand from the own row."""
    (problem,) = problems_of(with_trace(tmp_path, more))

    assert problem.field == "deployments[0].traffic[0].demands.cpu"
    assert problem.rule == "sequence-of-rows"
    assert f"but {why}: " in problem.message
    assert "write {kind: column, column: r}" in problem.message


@pytest.mark.parametrize("more", ["", ", time_scale: 0.5", ", rate_scale: 1.0, offset: 0s"])
def test_a_sequence_beside_rows_as_they_stand_is_taken(tmp_path: Path, more: str) -> None:
    """Times may be scaled: the order stays."""
    assert problems_of(with_trace(tmp_path, more)) == ()


def test_a_deadline_in_order_is_refused_too(tmp_path: Path) -> None:
    """Deadlines are given in order as demands are; no column gives them."""
    file = with_trace(tmp_path, ", rate_scale: 2.0")
    text = file.read_text().replace(
        "client: {policy: sdk}",
        "client: {policy: sdk, deadline: {kind: sequence, path: t.csv, column: r}}",
    )
    file.write_text(text)

    problems = problems_of(file)

    assert {problem.field for problem in problems} == {
        "deployments[0].client.deadline",
        "deployments[0].traffic[0].demands.cpu",
    }


def test_a_column_that_is_not_there_is_named_at_its_key(tmp_path: Path) -> None:
    """A demand from a column is checked as a linear one is."""
    file = with_trace(tmp_path, "")
    file.write_text(
        file.read_text().replace(
            "kind: sequence, path: t.csv, column: r", "kind: column, column: s"
        )
    )

    (problem,) = problems_of(file)

    assert problem.field == "deployments[0].traffic[0].demands.cpu.column"
    assert "it has at, r" in problem.message
