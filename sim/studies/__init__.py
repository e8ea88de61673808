"""Many runs of a scenario, and what may be said of them: `from sim.studies import replicate`."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.studies.answers.study import Study, replicate

__all__ = ["Study", "replicate"]

_HOMES = {
    "Study": "sim.studies.answers.study",
    "replicate": "sim.studies.answers.study",
}


def __getattr__(name: str) -> object:
    """Import the public name *name* from its home.

    Raises:
        AttributeError: The package has no such public name.
    """
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
