"""The bodies of the simulator's own commands: as what their fields are read."""

from typing import Any

import pytest

from sim.serve.http import control
from sim.serve.protocol.commands import PAUSE, SPEED, STEP, TRAFFIC, Command


@pytest.mark.parametrize(
    ("command", "kinds"),
    [
        (TRAFFIC, {"deployment": (str,), "rate_per_s": (int, float), "for_s": (int, float)}),
        (STEP, {"for_s": (int, float)}),
        (SPEED, {"speed": (int, float, str)}),
        (PAUSE, {}),
    ],
    ids=lambda value: getattr(value, "do", ""),
)
def test_a_number_of_json_may_have_a_point_or_none(
    command: Command[Any, Any], kinds: dict[str, tuple[type, ...]]
) -> None:
    """In the order of the fields, in which a message names them; a speed may be a word too."""
    found = control._kinds(command)

    assert list(found.items()) == list(kinds.items())
