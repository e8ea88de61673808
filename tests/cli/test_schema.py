"""`sim schema` on the command line."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from sim.cli.main import run
from sim.lint.finding import findings_schema
from sim.results.report_schema import report_schema
from sim.scenario.schema.scenario_schema import scenario_schema
from sim.serve.protocol.schema import lines_schema


@pytest.mark.parametrize(
    ("asked", "schema"),
    [
        ([], scenario_schema),
        (["--of", "scenario"], scenario_schema),
        (["--of", "run"], report_schema),
        (["--of", "lint"], findings_schema),
        (["--of", "serve"], lines_schema),
    ],
    ids=["default", "scenario", "run", "lint", "serve"],
)
def test_the_schema_is_printed(
    asked: list[str], schema: Callable[[], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """On stdout, as JSON, and nothing else; without a word that of a scenario."""
    assert run(["schema", *asked]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == schema()
    assert captured.err == ""
