"""Runs that keep their summary alone, with bounds small or drawn, held against exact ones."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from sim.digest import FoldedAttempts
from sim.engines.vectorised import fold, plane
from sim.record import DeploymentRecord, Record
from sim.results import cells, folding, line
from sim.results.metrics import Measured, Requests
from sim.results.sketch import QUANTILE_RELATIVE_ERROR
from sim.scenario.models.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Bounds:
    """The constants of folding; small ones, so that all of it happens in small runs."""

    least_rows: int = 1
    ahead: int = 1
    block_rows: int = 2**16
    recent: int = cells.RECENT_REQUESTS
    grid: int = cells.GRID_REQUESTS


def bounds(**fixed: int) -> st.SearchStrategy[Bounds]:
    """Draw bounds, those of memory from 1 on, the others as given."""
    return st.builds(
        Bounds,
        least_rows=st.integers(1, 40),
        ahead=st.integers(1, 40),
        block_rows=st.integers(1, 40),
        **{name: st.just(value) for name, value in fixed.items()},
    )


def warmed(runs: st.SearchStrategy[Scenario]) -> st.SearchStrategy[Scenario]:
    """Let half of the runs have a warm-up, of up to their half."""
    ratio = st.just(0.0) | st.integers(1, 20).map(lambda twentieths: twentieths / 40)
    return st.builds(
        lambda run, ratio: run.model_copy(update={"warm_up_s": run.horizon_s * ratio}), runs, ratio
    )


@contextmanager
def folding_within(drawn: Bounds) -> Iterator[None]:
    """Let runs fold within these bounds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fold, "LEAST_ROWS", drawn.least_rows)
        patch.setattr(plane, "AHEAD_REQUESTS", drawn.ahead)
        patch.setattr(folding, "BLOCK_ROWS", drawn.block_rows)
        patch.setattr(line, "BLOCK_ROWS", drawn.block_rows)
        patch.setattr(cells, "RECENT_REQUESTS", drawn.recent)
        patch.setattr(cells, "GRID_REQUESTS", drawn.grid)
        yield


def folded_difference(one: Record, other: Record) -> str | None:
    """Return where two records of runs that kept their summary differ first, to the last bit."""
    for mine, theirs in zip(one.deployments, other.deployments, strict=True):
        assert isinstance(mine.kept, FoldedAttempts)
        assert isinstance(theirs.kept, FoldedAttempts)
        for column in fields(FoldedAttempts):
            left, right = (asdict(d)[column.name] for d in (mine.kept, theirs.kept))
            if not _equal(left, right):
                return f"{mine.name}: {column.name}: {left} {right}"
    return None


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, dict):
        return all(_equal(left[key], right[key]) for key in left)
    if isinstance(left, np.ndarray):
        return left.dtype == right.dtype and np.array_equal(left, right)
    return bool(left == right)


def assert_about(found: Any, exact: Any, what: str = "") -> None:
    """Assert that what was folded is what is exact, quantiles of requests within their error."""
    if isinstance(exact, Mapping):
        assert set(found) == set(exact)
        for key, value in exact.items():
            assert_about(found[key], value, f"{what}/{key}")
    elif isinstance(exact, list):
        assert len(found) == len(exact)
        for number, (one, other) in enumerate(zip(found, exact, strict=True)):
            assert_about(one, other, f"{what}/{number}")
    elif what.endswith(("/p50", "/p95", "/p99")) and exact is not None:
        assert abs(found - exact) <= QUANTILE_RELATIVE_ERROR * exact, (what, found, exact)
    elif not what.endswith("/quantile_relative_error"):
        assert found == exact, what


def figures_of(requests: Measured) -> dict[str, Any]:
    """Return all that is said of requests in a window."""
    return {
        "requests": requests.counts().model_dump(),
        "wait_s": requests.wait_figures().model_dump(),
        "response_s": requests.response_figures().model_dump(),
    }


def exact_window(kept: DeploymentRecord, window: Mapping[str, Any], warm_up_s: float) -> Any:
    """Return the exact figures of a window of a summary, as that window says of itself."""
    start_at_s = max(window["start_at_s"], warm_up_s)
    return figures_of(Requests.of(kept).arrived_in(start_at_s, window["end_at_s"]))
