"""`sim plan`: say what a PUT or a publish will do, before somebody does it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sim.cli import answering
from sim.cli.answering import PAGE, Means, Writer, check_suffixes, format_option, out_option
from sim.cli.epilog import examples
from sim.cli.setting import say_undone
from sim.cli.statuses import DONE, INTERRUPTED, NEGATIVE, YOUR_INPUT
from sim.scenario.reading.variants import LoadedScenario
from sim.studies.plans.prepared import prepared
from sim.studies.runs.seeds import MAX_RUNS, RUNS
from sim.text.plan_markdown import plan_markdown
from sim.text.plan_text import helps_text, plan_text
from sim.units import parse_duration

if TYPE_CHECKING:
    from sim.studies.plans.plan_report import PlanReport
    from sim.studies.plans.prepared import Prepared

SUFFIXES: Final = (".json", ".txt", ".md", PAGE)
_STATUSES: Final[Mapping[str, int]] = {"NEVER": NEGATIVE, "REFUSED": YOUR_INPUT}


def _instant(_ctx: click.Context, _param: click.Parameter, words: str | None) -> float | None:
    """Return an instant of the run that is written as scenarios write it.

    Raises:
        click.BadParameter: It is none.
    """
    try:
        return None if words is None else parse_duration(words)
    except ValueError as error:
        raise click.BadParameter(f"{words!r} {error}") from None


@click.command(
    "plan",
    epilog=examples(
        "sim plan scenarios/gpu_queue_deadlock.yaml",
        "sim plan scenarios/capacity_cliff.yaml --no-helps",
        "sim plan scenarios/replace_under_load.yaml put.json --at 15min --format markdown",
    ),
)
@click.argument("file", metavar="SCENARIO", type=click.Path(path_type=Path))
@click.argument("put", metavar="[PUT.json]", required=False, type=click.Path())
@click.option("--deployment", metavar="NAME", help="Whose PUT; needed where there are several.")
@click.option(
    "--at",
    "at_s",
    callback=_instant,
    metavar="INSTANT",
    help="When the PUT comes, such as 1h.  [default: with the deployment's first change in the "
    "timeline, else after a quarter of the run]",
)
@click.option(
    "--event",
    type=click.IntRange(1),
    metavar="N",
    help="Which replace or publish of the timeline; needed where there are several.",
)
@click.option(
    "--runs",
    type=click.IntRange(1, MAX_RUNS),
    metavar="N",
    help="How many runs with it and how many without; also where arithmetic decides.  "
    f"[default: {RUNS}, none where arithmetic decides]",
)
@click.option(
    "--no-helps", is_flag=True, help="Do not look for what mends a PUT that does not work."
)
@answering.making_runs(with_engine=False)
@format_option("text", "json", "markdown")
@out_option(".json, .txt, .md, or .html for a page")
@click.pass_context
def command(  # noqa: PLR0917 - click passes options by name
    ctx: click.Context,
    file: Path,
    put: str | None,
    deployment: str | None,
    at_s: float | None,
    event: int | None,
    runs: int | None,
    no_helps: bool,  # noqa: FBT001 - click passes it by name
    overrides: tuple[str, ...],
    seed: int | None,
    output_format: str,
    files: tuple[Path, ...],
    means: Means,
) -> None:
    """Say what a PUT or a publish will do: it works, it is risky, it never does, it is refused.

    Without PUT.json the replace or publish of SCENARIO's timeline is planned, against the run
    without it. PUT.json, or - for standard input, is the body of a PUT ({"runtimeConfiguration":
    ...}) or a bare runtime configuration, YAML or JSON. Rules come first, then arithmetic; what
    these do not decide, runs with it and without it do, and where it does not work the smallest
    changes of one field are looked for that mend it.

    Exit status: 0 it works or is risky, 3 it never does, 2 a rule refuses it or the input is wrong,
    130 interrupted, after it has printed what the runs say that there are.
    """
    check_suffixes(files, SUFFIXES)
    if put is None and at_s is not None:
        raise click.UsageError("--at goes with PUT.json: the timeline says when its events come")
    if put is not None and event is not None:
        raise click.UsageError("--event goes without PUT.json: it names an event of the timeline")
    loaded = LoadedScenario.load(file, overrides)
    say_undone(loaded.scenario, overrides, quiet=means.quiet)
    ready = prepared(
        loaded.scenario,
        put,
        deployment=deployment,
        event=event,
        at_s=at_s,
        line_of=loaded.line_of,
    )
    is_text = output_format == "text"
    if ready.needs_runs(runs):
        report = _from_runs(
            ready, loaded, runs, seed, means, is_text=is_text, with_helps=not no_helps
        )
    else:
        report = ready.report(seed, with_helps=not no_helps)
        if is_text:
            click.echo(plan_text(report), nl=False)
    writers = _writers(report, with_helps=not no_helps)
    if is_text:
        click.echo("" if no_helps else helps_text(report), nl=False)
    else:
        click.echo(writers[{"json": ".json", "markdown": ".md"}[output_format]](), nl=False)
    answering.write(files, writers, quiet=means.quiet)
    ctx.exit(INTERRUPTED if report.interrupted else _STATUSES.get(report.verdict, DONE))


def _from_runs(
    ready: "Prepared",
    loaded: LoadedScenario,
    runs: int | None,
    seed: int | None,
    means: Means,
    *,
    is_text: bool,
    with_helps: bool,
) -> "PlanReport":
    """Return the plan from runs; as text it is printed before the search for helps begins."""
    from sim.studies.plans.plan import Planning  # noqa: PLC0415 - loads what makes runs

    with means.sampling([loaded], with_series=True) as sampling:
        planning = Planning(ready, sampling, runs=runs or RUNS, seed=seed)
        report = planning.report()
        if is_text:
            click.echo(plan_text(report), nl=False)
        return planning.with_helps(report) if with_helps else report


def _writers(report: "PlanReport", *, with_helps: bool) -> Mapping[str, Writer]:
    """Return what makes the contents of a file, by its suffix."""
    helps = helps_text(report) if with_helps else ""
    return {
        ".json": lambda: (report.model_dump_json(indent=2) + "\n").encode(),
        ".txt": lambda: (plan_text(report) + helps).encode(),
        ".md": lambda: plan_markdown(report).encode(),
        **answering.page(lambda: report),
    }
