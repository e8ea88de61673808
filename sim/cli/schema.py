"""`sim schema`: print the JSON Schema of scenarios, of results, and of what verbs print."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import click

from sim.json_schema import published
from sim.scenario.schema.scenario_schema import scenario_schema
from sim.serve.protocol.schema import lines_schema


def _run_schema() -> Mapping[str, Any]:
    from sim.results.report_schema import report_schema  # noqa: PLC0415 - loads numpy

    return report_schema()


def _measures_schema() -> Mapping[str, Any]:
    from sim.studies.answers.measures_report import MeasuresReport  # noqa: PLC0415 - loads numpy

    return published(MeasuresReport, "Measures")


def _study_schema() -> Mapping[str, Any]:
    from sim.studies.answers.study_report import StudyReport  # noqa: PLC0415 - loads numpy

    return published(StudyReport, "Study")


def _check_schema() -> Mapping[str, Any]:
    from sim.studies.answers.check_report import CheckReport  # noqa: PLC0415 - loads numpy

    return published(CheckReport, "Check")


def _plan_schema() -> Mapping[str, Any]:
    from sim.studies.plans.plan_report import PlanReport  # noqa: PLC0415 - loads numpy

    return published(PlanReport, "Plan")


def _compare_schema() -> Mapping[str, Any]:
    from sim.studies.answers.compare_report import CompareReport  # noqa: PLC0415 - loads numpy

    return published(CompareReport, "Comparison")


def _diff_schema() -> Mapping[str, Any]:
    from sim.studies.answers.diff_report import DiffReport  # noqa: PLC0415 - only asked for here

    return published(DiffReport, "Differences")


def _lint_schema() -> Mapping[str, Any]:
    from sim.lint.finding import findings_schema  # noqa: PLC0415 - of no use to the others

    return findings_schema()


SCENARIO: Final = "scenario"
_SCHEMAS: Final[Mapping[str, Callable[[], Mapping[str, Any]]]] = {
    SCENARIO: scenario_schema,
    "run": _run_schema,
    "lint": _lint_schema,
    "serve": lines_schema,
    "measures": _measures_schema,
    "study": _study_schema,
    "check": _check_schema,
    "plan": _plan_schema,
    "compare": _compare_schema,
    "diff": _diff_schema,
}


@click.command("schema")
@click.option(
    "--of",
    type=click.Choice(list(_SCHEMAS)),
    default=SCENARIO,
    show_default=True,
    help="What it describes: a scenario file, the result.json of a run, a line between the "
    "processes of `sim serve`, or what another verb prints as json.",
)
def command(of: str) -> None:
    """Print the JSON Schema of scenario files, of results, or of what a verb prints as json.

    Editors complete and check a scenario that names the schema: a YAML file in a first line
    `# yaml-language-server: $schema=scenario.schema.json`, a JSON file under the key `$schema`.
    """
    click.echo(json.dumps(_SCHEMAS[of](), indent=2))
