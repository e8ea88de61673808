"""The scenario that a new user begins with: small, with a comment at each part."""

import json
from importlib.resources import files
from typing import Final

_FILE: Final = "new_scenario.yaml"
_TITLE: Final = "name: NAME\n"
_MAX_TITLE: Final = 200
"""Characters that the name of a scenario may have."""


def new_scenario(name: str) -> str:
    """Return the text of a scenario that runs as it is, called *name* in pictures and summaries."""
    text = files("sim.scenario.reading").joinpath(_FILE).read_text("utf-8")
    return text.replace(_TITLE, f"name: {json.dumps(name[:_MAX_TITLE])}\n")
