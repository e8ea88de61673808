"""The result of a run, as Python users hold it."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from sim.digest import FoldedAttempts
from sim.record import Record
from sim.results import tables
from sim.results.files import write_run
from sim.results.provenance import scenario_of
from sim.results.report import Report
from sim.results.summary import plain, report
from sim.results.table import Table
from sim.results.tables import no_requests
from sim.results.timeline import pictured_of
from sim.results.window import window_of
from sim.whole_files import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.results.arrow import TableFormat
    from sim.results.timeline import TimelineData


class _Tables(Mapping[str, Table]):
    """The tables of a record; all but that of requests where attempts were not kept."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._made: dict[str, Table] = {}
        missing = set() if record.keeps_attempts else {"requests"}
        self._names = [name for name in tables.MAKERS if name not in missing]

    @override
    def __getitem__(self, name: str) -> Table:
        if name not in self._made:
            self._made[name] = tables.MAKERS[name](self._record)
        return self._made[name]

    @override
    def __contains__(self, name: object) -> bool:
        return name in self._names

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    @override
    def __len__(self) -> int:
        return len(self._names)


class Result:
    """What a run came to: tables, summary, picture. Everything is made when it is first asked for.

    The tables are numpy columns; `.to_pandas()` and `.to_arrow()` of each give the other forms.
    """

    def __init__(self, record: Record) -> None:
        """Wrap the raw record of a run."""
        self.record = record

    @override
    def __repr__(self) -> str:
        names = ", ".join(deployment.name for deployment in self.record.deployments)
        return (
            f"<Result of {self.record.scenario.name!r}: {names}; seed {self.record.seed}, "
            f"{self.record.horizon_s:g} s, engine {self.record.engine}>"
        )

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the summary that `sim run` prints."""
        from sim.text.summary_text import summary_text  # noqa: PLC0415 - only a notebook asks for it

        return f"<pre>{escape(summary_text(self.figures))}</pre>"

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """Every table by its name, made when it is first looked up."""
        return _Tables(self.record)

    @cached_property
    def _filed(self) -> Mapping[str, Table]:
        """The tables as files have them: the same ones, but that series are thinned."""
        return {
            name: tables.series_in_files(self.record) if name == "series" else self.tables[name]
            for name in self.tables
        }

    @property
    def requests(self) -> Table:
        """One row an attempt; see `sim.results.tables.requests`."""
        return self.tables["requests"]

    @property
    def replicas(self) -> Table:
        """One row a transition; see `sim.results.tables.replicas`."""
        return self.tables["replicas"]

    @property
    def decisions(self) -> Table:
        """One row a step taken or held back; see `sim.results.tables.decisions`."""
        return self.tables["decisions"]

    @property
    def queues(self) -> Table:
        """One row a change of a resource queue; see `sim.results.tables.queues`."""
        return self.tables["queues"]

    @property
    def holders(self) -> Table:
        """One row a change of what a holder has of a queue; see `sim.results.tables.holders`."""
        return self.tables["holders"]

    @property
    def series(self) -> Table:
        """Load, requests, capacity and replicas over time; see `sim.results.tables.series`.

        Every change, where files have less; see `sim.results.tables.series_in_files`.
        """
        return self.tables["series"]

    @property
    def statuses(self) -> Table:
        """One row a change of the reported status; see `sim.results.tables.statuses`."""
        return self.tables["statuses"]

    @cached_property
    def figures(self) -> Report:
        """Every figure of the run as attributes; see `sim.results.report`."""
        return report(self.record)

    @cached_property
    def _summary(self) -> dict[str, Any]:
        return plain(self.figures)

    def summary(self) -> dict[str, Any]:
        """Return the contents of `result.json`: the report as plain data."""
        return self._summary

    def timeline(
        self, start_at_s: float | None = None, end_at_s: float | None = None
    ) -> "TimelineData":
        """Return what the rollout timeline shows, as data.

        Args:
            start_at_s: Where it begins; None: with the run.
            end_at_s: Where it ends; None: with the run.

        Raises:
            ScenarioError: An instant is outside of the run, or the first is not before the second.
        """
        from sim.results.picture import timeline_data  # noqa: PLC0415 - a run need not be drawn

        folded = {
            deployment.name: deployment.kept
            for deployment in self.record.deployments
            if isinstance(deployment.kept, FoldedAttempts)
        }
        window = window_of(self.record.horizon_s, start_at_s, end_at_s)
        return timeline_data(self._filed, self.figures, folded or None, window)

    @property
    def pictured(self) -> str:
        """Which deployment is drawn where none is asked for; see `pictured_of`."""
        return pictured_of(
            (deployment.name, len(deployment.control.revisions))
            for deployment in self.record.deployments
        )

    def plot(
        self,
        deployment: str | None = None,
        *,
        start_at_s: float | None = None,
        end_at_s: float | None = None,
    ) -> "Figure":
        """Return the rollout timeline of one deployment as a figure; see `sim.plots.timeline`.

        Args:
            deployment: Its name; by default the first that had a rollout, else the first.
            start_at_s: Where the timeline begins; None: with the run.
            end_at_s: Where it ends; None: with the run.

        Raises:
            ScenarioError: An instant is outside of the run, or the first is not before the second.
            UnknownDeploymentError: The run has no deployment of that name.
        """
        from sim.plots.timeline import plot_timeline  # noqa: PLC0415 - loads matplotlib

        return plot_timeline(self.timeline(start_at_s, end_at_s), deployment)

    def report(self, file: str | Path = "report.html") -> Path:
        """Write the page of the run, as `sim report` does, whole or not at all; return its path.

        Args:
            file: Where; an earlier one is replaced.

        Raises:
            ScenarioError: The extra that makes pages is not installed.
            OSError: The file system refuses.
        """
        from sim.lint.linting import lint  # noqa: PLC0415 - a run need not be reported
        from sim.pages.run_page import run_page  # noqa: PLC0415 - likewise
        from sim.pages.shown_run import ShownRun  # noqa: PLC0415 - likewise

        path = Path(file)
        write_whole(path, run_page(ShownRun.of(self), lint(self.record.scenario)))
        return path

    def write(
        self, directory: str | Path, *, tables: "TableFormat | None" = "parquet"
    ) -> list[Path]:
        """Write the run's directory, whole or not at all, and return the paths of its files.

        It holds `scenario.json`, `result.json`, a file a table, and `timeline.png`. An earlier
        run in the same place is replaced.

        Args:
            directory: Where; its parents are made.
            tables: Format of the tables; None for neither tables nor picture, which take several
                times the memory of the run where it had tens of millions of requests. A run that
                kept its summary and not its attempts needs None; its picture is written, since
                it takes no memory.

        Raises:
            ScenarioError: The directory holds something else than a run, or tables are asked of a
                run that kept its summary alone.
            OSError: The file system refuses.
        """
        is_kept = self.record.keeps_attempts
        if tables is not None and not is_kept:
            raise no_requests()
        return write_run(
            Path(directory),
            scenario=scenario_of(self.record, Path(directory)),
            summary=self._summary,
            tables=self._filed.values() if tables else (),
            table_format=tables or "parquet",
            draw=self._draw if tables or not is_kept else None,
        )

    def _draw(self, path: Path) -> None:
        from sim.plots.files import save  # noqa: PLC0415 - loads matplotlib

        save(self.plot(), path)
