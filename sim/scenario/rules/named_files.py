"""The files that a scenario names: there, the ones meant, and with the columns asked for.

Does not read traces: ``sim.workload`` does.
"""

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

from sim.errors import DataPath, Problem, ScenarioError
from sim.recordings.faults import are_names, in_words
from sim.recordings.reading import columns_of
from sim.recordings.series import MANY_A_ROW, SERIES_RULE, tells_of_many
from sim.scenario.models.computed import Column, FromColumns
from sim.scenario.models.intervals import IntervalTraffic
from sim.scenario.models.quantities import RequestDemands
from sim.scenario.models.samples import Empirical, InOrder
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.source import FileSource, Source
from sim.scenario.models.source_demands import demands_of
from sim.scenario.models.spec import Spec
from sim.scenario.models.traffic import TraceTraffic, WindowsTraffic
from sim.wire.violations import suggestion

HEAD_BYTES = 1_000_000
"""A trace's header is looked for within so many bytes."""


def specs(spec: Spec, path: DataPath = ()) -> Iterator[tuple[DataPath, Spec]]:
    """Yield *spec* and every model in it, with its path by the file's keys."""
    yield path, spec
    for name, value in spec.__dict__.items():  # most are numbers, whose keys nobody asks for
        if isinstance(value, Spec):
            yield from specs(value, (*path, _key(spec, name)))
        elif isinstance(value, tuple):
            for number, item in enumerate(value):
                if isinstance(item, Spec):
                    yield from specs(item, (*path, _key(spec, name), number))


def _key(spec: Spec, name: str) -> str:
    return type(spec).model_fields[name].alias or name


def file_problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield what is wrong with the files of *scenario*, and with demands that need columns."""
    for path, spec in specs(scenario):
        if isinstance(spec, Empirical | InOrder) and spec.file is not None:
            yield from _numbers(spec, path)
    for owner, deployment in enumerate(scenario.deployments):
        for number, source in enumerate(deployment.traffic):
            if isinstance(source, WindowsTraffic | IntervalTraffic | TraceTraffic):
                path = ("deployments", owner, "traffic", number)
                yield from _source_file(source, path, f"{deployment.name}.traffic.{source.name}")
        for number, source in enumerate(deployment.traffic):
            for path, demands in demands_of(scenario, owner, number):
                yield from _columns(demands, path, source)
    for name, field in RequestDemands.model_fields.items():
        if isinstance(getattr(scenario.new_deployments.request, name), FromColumns):
            path = ("new_deployments", "request", field.alias or name)
            message = "is computed from a trace's columns, and requests from outside have none"
            yield Problem(path=path, message=message, rule="linear-demand")


def _source_file(
    source: WindowsTraffic | IntervalTraffic | TraceTraffic, path: DataPath, called: str
) -> Iterator[Problem]:
    file = source.file
    if file is None:
        return
    here = (*path, "path")
    if not file.is_file():
        message = f"is not there: no file {file}; {_where_to_get(source, called)}"
        yield Problem(path=here, message=message, rule="missing-file")
        return
    try:
        found = None if source.sha256 is None else _sha256_of(file)
        columns = [] if isinstance(source, WindowsTraffic) else columns_of(file, source.layout)
    except (OSError, ValueError, csv.Error) as error:
        yield Problem(path=here, message=f"cannot be read: {error}", rule="readable-file")
        return
    if found != source.sha256:
        message = f"is another file: its SHA-256 is {found}, not {source.sha256}"
        yield Problem(path=here, message=message, rule="sha256")
    elif isinstance(source, TraceTraffic):
        yield from _trace_columns(source, columns, path)


def _sha256_of(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _trace_columns(source: TraceTraffic, columns: list[str], path: DataPath) -> Iterator[Problem]:
    """Check that a trace has the columns that it is read by, and none that tells of intervals."""
    asked: dict[DataPath, str | None] = {
        ("time_column",): source.times[0],
        ("duration_column",): source.duration_column,
        **{("where", name): name for name in source.where or {}},
    }
    if _may_differ(source):
        asked = {}
    missing = {key: name for key, name in asked.items() if name is not None and name not in columns}
    for key, name in missing.items():
        yield Problem(path=(*path, *key), message=_no_column(name, columns), rule="column")
    told = next((name for name in columns if tells_of_many(name)), None)
    if told is not None and not (missing or source.evenly_spaced):
        message = f"has a column {told!r}, so {MANY_A_ROW}"
        yield Problem(path=(*path, "path"), message=message, rule=SERIES_RULE)


def _may_differ(source: TraceTraffic) -> bool:
    """Return whether rows may have other keys than the first, which `where` may not mean."""
    return source.where is not None and source.layout.family in ("json", "jsonl")


def _where_to_get(source: FileSource, called: str) -> str:
    """Return what to do about a missing file, as far as the scenario says where it comes from."""
    option = f"--set deployments.{called}.path=FILE"
    known = {
        "fetch it from": source.source,
        "licence": source.licence,
        "SHA-256": source.sha256,
    }
    about = [f"{words} {text}" for words, text in known.items() if text is not None]
    return (
        f"{', '.join(about)}; then say where it is: {option}" if about else f"say where: {option}"
    )


def _no_column(column: str, columns: list[str]) -> str:
    near = suggestion(column, columns) if are_names(columns) else ""
    return f"names the column {column!r}, which the file does not have{near or _all(columns)}"


def _all(columns: list[str]) -> str:
    return f": it has {in_words(columns)}" if columns else ": it has none"


def _numbers(numbers: Empirical[float] | InOrder[float], path: DataPath) -> Iterator[Problem]:
    try:
        _ = numbers.numbers
    except ScenarioError as error:
        for problem in error.problems:
            yield Problem(path=(*path, "path"), message=problem.message, rule=problem.rule)


def _columns(demands: RequestDemands, path: DataPath, source: Source) -> Iterator[Problem]:
    """Check that *source* has the columns that its *demands* are computed from."""
    for name, field in RequestDemands.model_fields.items():
        demand = getattr(demands, name)
        if not isinstance(demand, FromColumns):
            continue
        here = (*path, field.alias or name)
        if not isinstance(source, TraceTraffic):
            message = (
                f"is computed from a trace's columns, but source {source.name!r} is no trace: "
                "give that source demands of its own"
            )
            yield Problem(path=here, message=message, rule="linear-demand")
        elif source.file.is_file() and not _may_differ(source):
            yield from _columns_of(demand, here, source)


def _columns_of(
    demand: FromColumns[float], path: DataPath, source: TraceTraffic
) -> Iterator[Problem]:
    try:
        columns = columns_of(source.file, source.layout)
    except (OSError, ValueError, csv.Error):
        return  # told where the file itself is checked
    for column in demand.columns:
        if column not in columns:
            message = _no_column(column, columns)
            if isinstance(demand, Column):
                yield Problem(path=(*path, "column"), message=message, rule="column")
            else:
                here = (*path, "per", column)
                yield Problem(path=here, message=message, rule="column", of_key=True)
