"""`sim schema`: print the JSON Schema of scenarios, of results, and of what verbs print."""

import json
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final

import click

from sim.cli.epilog import examples
from sim.json_schema import published
from sim.scenario.schema.scenario_schema import scenario_schema
from sim.serve.protocol.schema import lines_schema


def _run_schema() -> Mapping[str, Any]:
    from sim.results.report_schema import report_schema  # noqa: PLC0415 - loads numpy

    return report_schema()


def _lint_schema() -> Mapping[str, Any]:
    from sim.lint.finding import findings_schema  # noqa: PLC0415 - of no use to the others

    return findings_schema()


def _look_schema() -> Mapping[str, Any]:
    from sim.recordings.look_report import look_schema  # noqa: PLC0415 - of no use to the others

    return look_schema()


SCENARIO: Final = "scenario"
_SCHEMAS: Final[Mapping[str, Callable[[], Mapping[str, Any]]]] = {
    SCENARIO: scenario_schema,
    "run": _run_schema,
    "lint": _lint_schema,
    "trace-look": _look_schema,
    "serve": lines_schema,
}

_ANSWERS: Final[Mapping[str, tuple[str, str]]] = {
    "measures": ("answers.measures_report:MeasuresReport", "Measures"),
    "study": ("answers.study_report:StudyReport", "Study"),
    "check": ("answers.check_report:CheckReport", "Check"),
    "plan": ("plans.plan_report:PlanReport", "Plan"),
    "compare": ("answers.compare_report:CompareReport", "Comparison"),
    "diff": ("answers.diff_report:DiffReport", "Differences"),
}
"""Verbs whose answer is a model of `sim.studies`, which is loaded when its schema is asked for; and
the schema's title."""


def _schema_of(what: str) -> Mapping[str, Any]:
    if what in _SCHEMAS:
        return _SCHEMAS[what]()
    home, title = _ANSWERS[what]
    module, _, name = home.partition(":")
    return published(getattr(import_module(f"sim.studies.{module}"), name), title)


@click.command(
    "schema",
    epilog=examples(
        "sim schema > scenario.schema.json",
        "sim schema --of run",
    ),
)
@click.option(
    "--of",
    type=click.Choice([*_SCHEMAS, *_ANSWERS]),
    default=SCENARIO,
    show_default=True,
    help="What it describes: a scenario file, the result.json of a run, a line between the "
    "processes of `sim serve`, or what another verb prints as json.",
)
def command(of: str) -> None:
    """Print the JSON Schema of scenario files, of results, or of what a verb prints as json.

    Editors complete and check a scenario that names the schema: a YAML file in a first line
    `# yaml-language-server: $schema=scenario.schema.json`, a JSON file under the key `$schema`.

    Exit status: 0 done, 2 there is no such schema.
    """
    click.echo(json.dumps(_schema_of(of), indent=2))
