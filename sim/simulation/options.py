"""What can be asked of a run: which request engine serves it, and what it keeps."""

from importlib.util import find_spec
from typing import Literal

Engine = Literal["reference", "vectorised"]
"""The request engines there are: the same results, to the last bit (docs/engine.md)."""

ENGINES: tuple[Engine, ...] = ("vectorised", "reference")

Keep = Literal["attempts", "summary"]
"""What a run keeps of its attempts: all of them, or what the summary and the picture say of them.

With "summary" memory does not grow with the attempts, but for the requests that are drawn before
the run begins; quantiles have a stated error, and there is no table of requests.
"""

KEEPS: tuple[Keep, ...] = ("attempts", "summary")


def runs_compiled(engine: Engine) -> bool:
    """Return whether `engine` runs at its full speed here: the vectorised one needs Numba."""
    return engine != "vectorised" or find_spec("numba") is not None
