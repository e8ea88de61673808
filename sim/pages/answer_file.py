"""What `sim study`, `plan`, `compare` and `check` wrote as json, read back by its form."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from sim.errors import Problem, ScenarioError
from sim.strict_json import parse_json
from sim.studies.answers.check_report import CheckReport
from sim.studies.answers.compare_report import CompareReport
from sim.studies.answers.study_report import StudyReport
from sim.studies.plans.plan_report import PlanReport

Answered = StudyReport | PlanReport | CompareReport | CheckReport

_MODELS: Final[Mapping[str, type[Answered]]] = {
    "sim-study/1": StudyReport,
    "sim-plan/1": PlanReport,
    "sim-compare/1": CompareReport,
    "sim-check/1": CheckReport,
}


def is_answer(file: Path) -> bool:
    """Return whether a file is what one of the verbs wrote, of whatever version."""
    return _form(_parsed(file)).startswith("sim-")


def read_answer(file: Path) -> Answered:
    """Return what a verb wrote.

    Raises:
        ScenarioError: It is of another form, or damaged.
    """
    found = _parsed(file)
    form = _form(found)
    model: type[BaseModel] | None = _MODELS.get(form)
    if model is None:
        known = ", ".join(_MODELS)
        raise _unreadable(file, f"its form is {form}, and a page is made of one of {known}")
    try:
        answer = model.model_validate(found, extra="ignore")
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise _unreadable(file, f"it is damaged: {place}: {first['msg']}") from None
    assert isinstance(answer, Answered)
    return answer


def _parsed(file: Path) -> Mapping[str, Any]:
    """Return the object that a file of JSON holds; none where it holds none."""
    if file.suffix.lower() != ".json":
        return {}
    try:
        found = parse_json(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _form(found: Mapping[str, Any]) -> str:
    form = found.get("schema")
    return form if isinstance(form, str) else ""


def _unreadable(file: Path, reason: str) -> ScenarioError:
    message = f"{file} cannot be made a page: {reason}"
    return ScenarioError(Problem(message=message, rule="not-an-answer"))
