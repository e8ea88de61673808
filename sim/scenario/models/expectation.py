"""What a scenario expects of its runs: for `sim check`; no run depends on it."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, GetJsonSchemaHandler, Strict, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from sim.scenario.models.condition import Condition, parse_condition
from sim.scenario.models.spec import Spec
from sim.units import Flag

MEAN: Final = "mean"
THIS_RUN: Final = "this run"
DEFAULT_IN: Final = "90% of runs"
"""Who promises a level of service promises it for a day, not on average."""

_SHARE_FORM: Final = r"([0-9]{1,2}(?:\.[0-9]+)?) ?% of runs"
_SHARE: Final = re.compile(_SHARE_FORM, re.ASCII)
_THAT_SCHEMA: Final[dict[str, Any]] = {
    "pattern": "^[^<>=!]+(<|<=|>|>=|==)[^<>=!]+$",
    "examples": ["ranker.response_s.p99 < 2s", "ranker.failed_ratio < 1%"],
}
_IN_SCHEMA: Final[dict[str, Any]] = {
    "pattern": f"^({_SHARE_FORM}|{MEAN}|{THIS_RUN})$",
    "examples": [DEFAULT_IN, MEAN, THIS_RUN],
}


def _refused(reason: str) -> PydanticCustomError:
    return PydanticCustomError("expectation", "{reason}", {"reason": reason})


def _condition_text(text: str) -> str:
    try:
        parse_condition(text)
    except ValueError as error:
        raise _refused(str(error)) from None
    return text.strip()


def _sample_text(text: str) -> str:
    found = _SHARE.fullmatch(text.strip())
    if text.strip() not in {MEAN, THIS_RUN} and not (found and float(found[1]) > 0):
        raise _refused(f"must be a share below 100 % such as {DEFAULT_IN}, {MEAN}, or {THIS_RUN}")
    return text.strip()


class Expectation(Spec):
    """A condition that runs are to meet; a text alone is its `that`."""

    that: Annotated[str, AfterValidator(_condition_text), Field(json_schema_extra=_THAT_SCHEMA)]
    """The condition: a measure, an operator (`<`, `<=`, `>`, `>=`, `==`), a limit."""
    sample: Annotated[
        str,
        AfterValidator(_sample_text),
        Field(alias="in", json_schema_extra=_IN_SCHEMA),
    ] = DEFAULT_IN
    """Which runs: so many percent of them, their mean, or one run alone."""
    confidence: Annotated[float, Strict(), Field(gt=0, lt=1)] = 0.95
    """One minus the probability of a wrong verdict at the very border; one run alone has none."""
    report_only: Flag = False
    """Whether it is told and decides nothing."""

    @property
    def condition(self) -> Condition:
        """What is asked of a run, or of the mean of runs."""
        return parse_condition(self.that)

    @property
    def share(self) -> float | None:
        """The share of the runs that are to meet it, as a ratio; None of a mean and of one run."""
        found = _SHARE.fullmatch(self.sample)
        return None if found is None else float(found[1]) / 100

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"that": data}
        if isinstance(data, dict | Expectation):
            return data
        raise _refused("must be text such as ranker.response_s.p99 < 2s, or a mapping with that")


@dataclass(frozen=True, slots=True)
class _TextForm:
    """Tells the JSON Schema that a condition alone may stand for an expectation."""

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string", **_THAT_SCHEMA}, handler(core)]}


Expected = Annotated[Expectation, _TextForm()]
"""An expectation as a scenario has it: a mapping, or a condition alone."""
