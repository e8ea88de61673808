"""`sim run`: simulate a scenario, print its summary, write its results."""

from functools import partial
from pathlib import Path
from typing import Literal

import click
from click.core import ParameterSource

from sim.cli.answering import QUIET
from sim.cli.epilog import examples
from sim.cli.force import FORCE
from sim.cli.progress import shown
from sim.cli.setting import SET, say_undone
from sim.extras import install_command
from sim.lint.affordable import Conditions, announced
from sim.lint.duration import SIMULATING, SUMMING_UP, WRITING, expected_s
from sim.lint.linting import lint
from sim.lint.size import size_of
from sim.results.files import PICTURE_FILE, json_text, try_replacing
from sim.results.result import Result
from sim.scenario.models.scenario import MAX_SEED, Scenario
from sim.scenario.reading.variants import LoadedScenario
from sim.simulation.options import ENGINES, KEEPS, Engine, Keep, runs_compiled
from sim.simulation.run import simulate
from sim.studies.runs.varying import is_drawn
from sim.text.finding_words import counts
from sim.text.summary_text import summary_text


@click.command(
    "run",
    epilog=examples(
        "sim run scenarios/replace_under_load.yaml",
        "sim run scenarios/replace_under_load.yaml --out out/demo",
        "sim run scenarios/gpu_queue_deadlock.yaml --set queues.h100.limits.H100=5",
        "sim run scenarios/replace_under_load.yaml --set ranker.threadCount=8 --everywhere",
        "sim run scenarios/sawtooth.yaml --format json",
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write the run to DIR, in the place of an earlier one; without it nothing is written.",
)
@click.option("--seed", type=click.IntRange(0, MAX_SEED), help="Instead of the scenario's seed.")
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default=ENGINES[0],
    help="How requests are served: same results, other speed.",
)
@click.option(
    "--keep",
    type=click.Choice(KEEPS),
    default=KEEPS[0],
    help="Of the attempts: all, or their summary alone, which takes little memory; quantiles then "
    "have an error, which is stated, and DIR has no tables.",
)
@SET
@click.option(
    "--format",
    "output_format",
    type=click.Choice(("text", "json")),
    default="text",
    help="Of the summary on stdout; json is the contents of result.json.",
)
@click.option(
    "--tables",
    "table_format",
    type=click.Choice(("parquet", "csv", "none")),
    default="parquet",
    help="Format of the tables in DIR; none leaves them out, and the picture made of them.",
)
@click.option(
    "--runs",
    type=click.IntRange(1),
    metavar="N",
    help="Run it N times instead, as `sim study FILE --runs N` does.",
)
@FORCE
@QUIET
@click.pass_context
def command(  # noqa: PLR0917 - click passes options by name
    ctx: click.Context,
    file: Path,
    out: Path | None,
    seed: int | None,
    engine: Engine,
    keep: Keep,
    overrides: tuple[str, ...],
    output_format: str,
    table_format: Literal["parquet", "csv", "none"],
    runs: int | None,
    force: bool,  # noqa: FBT001 - click passes it by name
    quiet: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Simulate the scenario FILE and print what happened.

    FILE is YAML or JSON. With --out, DIR holds scenario.json (all defaults filled in),
    result.json, the tables requests, replicas, decisions, queues, series and statuses, and
    timeline.png. DIR is written whole or not at all. What the summary warns of is part of its text,
    and goes to stderr where the summary is json.

    Exit status: 0 done, 2 the scenario is wrong or DIR cannot be written, 130 interrupted.
    """
    if runs is not None:
        _study(ctx, file=file, runs=runs, seed=seed, engine=engine, overrides=overrides)
        return
    table_format = _tables(ctx, table_format, keep, out)
    if out is not None:
        try_replacing(out)
    loaded = LoadedScenario.load(file, overrides)
    scenario = loaded.scenario
    say_undone(scenario, overrides, quiet=quiet)
    conditions = Conditions(
        keeps_attempts=keep == "attempts",
        with_tables=out is not None and table_format != "none",
        is_forced=force,
        advice="" if keep == "summary" else "--keep summary, which takes less",
    )
    large = announced(scenario, conditions, located=loaded.located)
    if large is not None and not quiet:
        click.echo(large, err=True)
    if not (quiet or runs_compiled(engine)):
        install = install_command("compiled")
        click.echo(f"Numba is not installed: same results, slower; {install}", err=True)
    keeps_attempts = keep == "attempts"
    size = size_of(scenario, keeps_attempts=keeps_attempts)
    requests = size.requests if engine == "vectorised" else 0.0
    phases = expected_s(size, keeps_attempts=keeps_attempts, writes=out is not None)
    written: list[Path] = []
    summary = ""
    try:
        with shown(phases, compiled_requests=requests, quiet=quiet) as reach:
            hears = partial(reach, SIMULATING)
            result = simulate(scenario, seed=seed, engine=engine, keep=keep, progress=hears)
            reach(SUMMING_UP, 0.0)
            summary = _shown(result, output_format)
            if out is not None:
                reach(WRITING, 0.0)
                written = result.write(out, tables=None if table_format == "none" else table_format)
    finally:  # what was found is told, even if it cannot be written
        click.echo(summary, nl=False)
    if output_format == "text" and is_drawn(scenario):
        click.echo(f"\nOne run of many: `sim study {file}` gives intervals.")
    if not quiet:
        _warn(result, output_format)
        _say_findings(scenario, file)
        for path in written:
            click.echo(f"wrote {path}{_pictured(result, path)}", err=True)


def _study(ctx: click.Context, **asked: object) -> None:
    """Do what `sim study` does with these options.

    Raises:
        UsageError: There are options that are for one run alone.
    """
    given = {
        name
        for name in ("out", "keep", "table_format")
        if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT
    }
    if given:
        raise click.UsageError(
            "--runs makes a study, which --out DIR, --keep and --tables are not for: see "
            "`sim study --help`"
        )
    from sim.cli.study import command as study  # noqa: PLC0415 - one run needs no statistics

    also = {name: ctx.params[name] for name in ("output_format", "force", "quiet")}
    ctx.invoke(study, **asked, **also)


def _tables(
    ctx: click.Context,
    asked: Literal["parquet", "csv", "none"],
    keep: Keep,
    out: Path | None,
) -> Literal["parquet", "csv", "none"]:
    """Return the format of tables.

    Raises:
        UsageError: It is asked for, and nothing is written, or nothing kept to be written.
    """
    if ctx.get_parameter_source("table_format") is ParameterSource.DEFAULT:
        return "parquet" if keep == "attempts" else "none"
    if out is None:
        raise click.UsageError("--tables is for the tables that --out writes: give --out DIR too")
    if keep == "summary" and asked != "none":
        raise click.UsageError(
            "--keep summary keeps no attempts, so that there is no table of requests to write: "
            f"leave out --tables {asked}, or --keep summary"
        )
    return asked


def _pictured(result: Result, path: Path) -> str:
    """Say which deployment a picture shows, where there are several."""
    count = len(result.record.deployments)
    if path.name != PICTURE_FILE or count == 1:
        return ""
    shown = f": shows {result.pictured}, one of {count} deployments"
    if "requests" not in result.tables:
        return shown
    return f"{shown}; `sim plot {path.parent} --deployment all` draws each"


def _shown(result: Result, output_format: str) -> str:
    if output_format == "json":
        return json_text(result.summary())
    return summary_text(result.figures)


def _warn(result: Result, output_format: str) -> None:
    """Say on stderr what the summary warns of, where nobody reads its text."""
    if output_format == "json":
        for warning in result.figures.warnings:
            click.echo(f"warning: {warning.words}", err=True)


def _say_findings(scenario: Scenario, file: Path) -> None:
    """Say on stderr what lint finds, in one line, if it finds anything."""
    findings = lint(scenario)
    if findings:
        click.echo(f"sim lint finds {counts(findings)}: `sim lint {file}` says what", err=True)
