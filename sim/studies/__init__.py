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
        ScenarioError: The extra that it needs is not installed.
    """
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sim.extras import missing_extra  # noqa: PLC0415 - with pydantic's errors, when it is used

    try:
        return getattr(import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        raise missing_extra(error) or error from error


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
