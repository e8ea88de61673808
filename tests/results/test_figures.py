"""Groups of figures say of each figure its unit and which way is better, and are documented."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from sim.results.attempts import Attempts
from sim.results.measure import Group
from sim.results.scaling import Scaling
from sim.results.starts import Starts
from sim.results.status import Status

GROUPS = (Attempts, Status, Scaling, Starts)
MODEL = (Path(__file__).parents[2] / "docs" / "model.md").read_text("utf-8")


def groups_within(group: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield the group and those in its fields."""
    yield group
    for field in group.model_fields.values():
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from groups_within(kind)


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: str(group.__name__))
def test_every_figure_has_a_unit_and_a_direction(group: type[Group]) -> None:
    """Numbers do; states and yes or no have none."""
    for within in groups_within(group):
        for name, field in within.model_fields.items():
            kinds = {field.annotation, *get_args(field.annotation)}
            extra: Any = field.json_schema_extra
            if kinds & {int, float}:
                assert {"unit", "better"} <= set(extra), name
                if name.endswith("_s"):
                    assert extra["unit"] == ("1/s" if name.endswith("_per_s") else "s"), name


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: str(group.__name__))
def test_every_figure_is_documented(group: type[Group]) -> None:
    """By its key, in docs/model.md."""
    section = MODEL.split("### The summary's figures")[1].split("\n## ")[0]
    documented = set(re.findall(r"`([a-z_]+)`", section))

    for within in groups_within(group):
        assert set(within.model_fields) <= documented, within.__name__
