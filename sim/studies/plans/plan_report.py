"""What `sim plan --format json` prints: the verdict on an event, and all that it rests on."""

from typing import Any, Final, Literal

from pydantic import Field

from sim.lint.finding import Finding
from sim.studies.answers.answer import Answer
from sim.studies.estimates.number import Number
from sim.studies.plans.arithmetic import Effect

SCHEMA: Final = "sim-plan/1"
"""Name and version of the form; the version changes when a key does, not when one is added."""

Verdict = Literal["WORKS", "RISKY", "NEVER", "REFUSED"]
"""What is said of an event; docs/plan.md says when."""


class PlannedEvent(Answer):
    """The event that is planned."""

    event: Literal["replace", "publish"]
    """A PUT of a configuration, or a new model version."""
    deployment: str
    """Whose."""
    at_s: float
    """When it comes."""
    number: int | None
    """Its number, from 1, among the replace and publish events of the deployment; null if it is
    refused."""


class ChangedField(Answer):
    """A field that the event changes."""

    field: str
    """Its path in the configuration, or what of the model version it is."""
    old: Any
    """What holds before; null where nothing does."""
    new: Any
    """What the event asks for, defaults filled in."""


class BrokenRule(Answer):
    """A rule that the PUT breaks, as `sim validate --format json` lists it."""

    rule: str
    """Its name."""
    field: str
    """The value at fault."""
    value: str | int | float | None
    """The refused value."""
    line: int | None
    """Its line in the file."""
    column: int | None
    """Its column."""
    error_name: str | None = Field(alias="errorName")
    """What the API calls it."""
    error_code: str | None = Field(alias="errorCode")
    """The API's code."""
    http_status: int | None = Field(alias="httpStatus")
    """The status of the API's answer."""
    parameters: dict[str, Any] | None
    """What the API says beside it."""
    message: str
    """What is wrong, in words."""


class Side(Answer):
    """The runs without the event, or those with it."""

    runs: int
    """How many there are; 0 where arithmetic or a rule has decided."""
    measures: dict[str, Number]
    """By address: the mean over runs; of yes/no measures the share of runs."""
    worst: dict[str, Number]
    """By address: what 9 runs in 10 do not exceed towards what is worse, with that end alone."""
    at_end_s: Number | None
    """The mean response time of the requests answered in the last tenth of the run."""


class Difference(Answer):
    """What the runs with the event say against those without, seed by seed."""

    difference: Number
    """With minus without."""
    ratio: float | None
    """Mean with the event over mean without."""
    p_value: float | None
    """Multiplied by the number of measures in `difference`."""
    verdict: Literal["better", "worse", "no_difference_found", "identical", "undecided"] | None
    """On the event."""
    why: str
    """The verdict's reason."""


class StalledOn(Answer):
    """What a rollout waited for, in the first run in which it stalled."""

    queue: str
    """The resource queue that was short."""
    short: str
    """What of it: cores, a type of GPU, or GPU."""
    holders: str
    """Who held it, in words; empty if nobody has looked."""
    is_deadlocked: bool
    """Whether only the going of the revision that is to be replaced would end it."""
    seed: int | None
    """Of that run: `sim run --seed` shows it; null where arithmetic says so of every run."""


class NextSmaller(Answer):
    """The next smaller step that surely does not mend it."""

    set: str
    """The field and its value; empty: the event as it is planned."""
    verdict: Verdict
    """What is said of it."""
    why: str
    """Why."""


class Help(Answer):
    """The smallest change of one field that mends what fails."""

    set: str
    """The field and the value, as `--set` takes them."""
    of: Literal["scenario", "put"]
    """Whether that is a value of the scenario, or of the body of the PUT."""
    verdict: Verdict | None
    """What is said of the event with it; null where no run has been made."""
    why: str
    """Why."""
    decided_by: Literal["arithmetic", "runs"]
    """What has found it."""
    runs: int
    """In how many fresh runs it was tried; 0 with arithmetic alone."""
    smaller: NextSmaller
    """The next smaller step, in none of whose fresh samples it works."""
    on_the_border: list[str]
    """Steps between the two: it works in some fresh samples with them, so that the seed decides."""


class PlanReport(Answer):
    """What an event will do."""

    form: Literal["sim-plan/1"] = Field(SCHEMA, alias="schema")
    """The form of this object."""
    name: str
    """The scenario's."""
    seed: int
    """From which the seeds of all runs follow."""
    verdict: Verdict
    """On the event."""
    why: str
    """Its reasons, in words."""
    decided_by: Literal["rules", "arithmetic", "runs"]
    """What the verdict rests on."""
    planned: PlannedEvent
    """The event."""
    remarks: list[str]
    """What was chosen or left out, a sentence each."""
    changes: list[ChangedField]
    """The fields that it changes."""
    effect: Effect
    """Whether it rolls out new replicas, changes bounds in place, or neither."""
    violations: list[BrokenRule]
    """The rules that it breaks."""
    findings: list[Finding]
    """What `sim lint` says of the scenario with it, and not without."""
    now: Side
    """The runs without it."""
    then: Side
    """The runs with it."""
    difference: dict[str, Difference]
    """By address; the measures in it share one error of 5 %."""
    stall_probability: Number
    """The share of runs in which its rollout stalled."""
    stalled_on: list[StalledOn]
    """What for."""
    helps: list[Help]
    """Changes that mend it; empty where nothing is to be mended, or nobody has looked."""
    cautions: list[str]
    """What to bear in mind with the numbers, a sentence each."""
    interrupted: bool
    """Whether it ended early."""
