"""The directory of a finished run, opened: its report, and a table when it is asked for.

Whoever reads a finished run opens it here. What can be refused without a table (names, instants,
tables that are missing) is refused before any is read: those of a long day have 150 MB.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from pydantic import ValidationError
from typing_extensions import override

from sim.errors import Problem, ScenarioError
from sim.results.columns import COLUMNS
from sim.results.files import RESULT_FILE, TABLE_SUFFIXES, stored_summary
from sim.results.report import SCHEMA, Report
from sim.results.table import Table
from sim.results.timeline import check_deployment
from sim.results.window import window_in_words

if TYPE_CHECKING:
    from sim.results.timeline import TimelineData

DRAWN_FROM: Final = ("requests", "replicas", "decisions", "queues", "holders", "series")
"""The tables that a timeline shows."""


class FinishedTables(Mapping[str, Table]):
    """The tables of a run's directory by name, each read when it is first looked up.

    It has the names of those that are there; looking up one that is not, or that is damaged,
    raises a ScenarioError.
    """

    def __init__(self, directory: Path, *, kept_summary_alone: bool) -> None:
        """Look which tables there are in *directory*; read none."""
        self._directory = directory
        self._kept_summary_alone = kept_summary_alone
        self._paths: dict[str, Path] = {}
        for name in COLUMNS:
            files = (directory / f"{name}.{suffix}" for suffix in TABLE_SUFFIXES)
            found = next((file for file in files if file.is_file()), None)
            if found is not None:
                self._paths[name] = found
        self._read: dict[str, Table] = {}

    def require(self, names: Sequence[str]) -> None:
        """Return if tables of these names are there, which says nothing of what is in them.

        Raises:
            ScenarioError: The run was written without tables, or one of them is missing.
        """
        if not self._paths:
            raise _refused(f"{self._directory} was written without tables: {self._why_none}")
        for name in names:
            if name not in self._paths:
                files = " nor ".join(f"{name}.{suffix}" for suffix in TABLE_SUFFIXES)
                raise _refused(f"{self._directory} has no table {name}: there is neither {files}")

    @property
    def _why_none(self) -> str:
        if self._kept_summary_alone:
            return "it kept its summary alone, and its picture was drawn when it ran"
        return "`sim run FILE --out DIR` without `--tables none` writes them"

    @override
    def __getitem__(self, name: str) -> Table:
        if name not in COLUMNS:
            raise KeyError(name)
        if name not in self._read:
            from sim.results.arrow import read_table  # noqa: PLC0415 - loads pyarrow

            self.require((name,))
            self._read[name] = read_table(name, self._paths[name])
        return self._read[name]

    @override
    def __contains__(self, name: object) -> bool:
        return name in self._paths

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    @override
    def __len__(self) -> int:
        return len(self._paths)


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run read back from its directory: `report` is `result.json`, `tables` are by name."""

    report: Report
    tables: FinishedTables

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Open the run in *directory*, and read its report and no table.

        Raises:
            ScenarioError: The directory does not hold a run, or not a whole one.
        """
        report = read_report(directory)
        kept_summary_alone = report.quantile_relative_error > 0
        return cls(report, FinishedTables(directory, kept_summary_alone=kept_summary_alone))

    def require_deployment(self, name: str) -> None:
        """Return if the run has a deployment of that name.

        Raises:
            UnknownDeploymentError: It has not.
        """
        check_deployment(name, [deployment.name for deployment in self.report.deployments])

    def timeline(self, start: str | None = None, end: str | None = None) -> "TimelineData":
        """Return what the rollout timeline of the run shows.

        Args:
            start: Where it begins, such as "10min"; None: with the run.
            end: Where it ends; None: with the run.

        Raises:
            ScenarioError: They are no instants of the run, or not in order, which is said before
                a table is read; or a table is missing or damaged.
        """
        from sim.results.picture import timeline_data  # noqa: PLC0415 - a run need not be drawn

        window = window_in_words(self.report.horizon_s, start, end)
        self.tables.require(DRAWN_FROM)
        return timeline_data(self.tables, self.report, window=window)


def read_report(directory: Path) -> Report:
    """Return the report of the run in `directory`, which may have kept its summary alone.

    Raises:
        ScenarioError: The directory does not hold a run, or not a whole one.
    """
    summary = stored_summary(directory)
    if summary is None:
        raise _not_a_run(directory, f"there is no {RESULT_FILE} of a run in it")
    if summary["schema"] != SCHEMA:
        reason = f"its form is {summary['schema']}, and this version of sim reads {SCHEMA}"
        raise _not_a_run(directory, reason)
    return _report(summary, directory)


def _report(summary: Mapping[str, Any], directory: Path) -> Report:
    """Return the contents of a `result.json` as a report.

    A key that a later version of sim has added is left out.

    Raises:
        ScenarioError: It does not hold what a report holds.
    """
    try:
        return Report.model_validate(summary, extra="ignore")
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        reason = f"its {RESULT_FILE} is damaged: {place}: {first['msg']}"
        raise _not_a_run(directory, reason) from None


def _not_a_run(directory: Path, reason: str) -> ScenarioError:
    message = f"{directory} does not hold a run that can be read: {reason}"
    return ScenarioError(Problem(message=message, rule="not-a-run"))


def _refused(message: str) -> ScenarioError:
    return ScenarioError(Problem(message=message, rule="no-table"))
