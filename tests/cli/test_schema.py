"""`sim schema` on the command line."""

import json

import pytest

from sim.cli.main import run
from sim.scenario.schema import scenario_schema


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """On stdout, as JSON, and nothing else."""
    assert run(["schema"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == scenario_schema()
    assert captured.err == ""
