"""Many runs, and what may be said of them: `from sim.studies import compare, plan, replicate`."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.studies.answers.checking import Check, check
    from sim.studies.answers.compared import Compared
    from sim.studies.answers.comparing import compare
    from sim.studies.answers.study import Study, replicate
    from sim.studies.plans.plan import Plan, plan

__all__ = ["Check", "Compared", "Plan", "Study", "check", "compare", "plan", "replicate"]

_HOMES = {
    "Check": "sim.studies.answers.checking",
    "check": "sim.studies.answers.checking",
    "Compared": "sim.studies.answers.compared",
    "compare": "sim.studies.answers.comparing",
    "Plan": "sim.studies.plans.plan",
    "plan": "sim.studies.plans.plan",
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
