"""What the columns of tables hold, by their names: the same in every table and in every file.

Owns what a reader may expect of a table that somebody else has written; how tables are made is in
`sim.results.tables`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import numpy as np

from sim.reasons import Reason
from sim.results.table import Column, Table, Words
from sim.states import DeploymentState, Outcome, ReplicaState

Kind = Literal["number", "integer", "flag", "words"]

NUMBER_COLUMNS: Final = frozenset({"used", "limit", "value"})
"""Columns of floats whose name, beside one that says it, does not tell the unit."""

INTEGER_COLUMNS: Final = frozenset(
    {
        *("request", "attempt", "revision", "replica", "thread", "waiting", "row"),
        *("busy_threads", "responsive_replicas", "live_replicas"),
    }
)

FLAG_COLUMNS: Final = frozenset({"is_ready"})

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "requests": (
            *("deployment", "request", "attempt", "arrival_at_s", "start_at_s", "answered_at_s"),
            *("released_at_s", "revision", "replica", "thread", "outcome", "source", "row"),
        ),
        "replicas": (
            *("deployment", "replica", "revision", "at_s", "before", "after", "reason", "code"),
        ),
        "decisions": (
            *("deployment", "at_s", "actor", "action", "reason", "code", "load_ratio"),
            *("busy_threads", "responsive_replicas", "live_replicas", "threshold_ratio"),
            *("since_at_s", "until_at_s"),
        ),
        "queues": (
            *("queue", "at_s", "unit", "gpu_type", "used", "limit", "waiting"),
            *("head_since_at_s", "cause"),
        ),
        "holders": ("queue", "at_s", "unit", "gpu_type", "holder", "revision", "used"),
        "series": ("deployment", "series", "at_s", "value"),
        "statuses": ("deployment", "at_s", "state", "is_ready"),
    }
)
"""The columns of each table, in their order in files."""

ADDED_COLUMNS: Final = frozenset({"row"})
"""Columns that tables of earlier versions may lack; nothing here reads them."""

_TYPES: Final[Mapping[Kind, type[np.generic]]] = {
    "number": np.float64,
    "integer": np.int64,
    "flag": np.bool_,
}

VOCABULARIES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "before": frozenset(state.value for state in ReplicaState),
        "after": frozenset(state.value for state in ReplicaState),
        "state": frozenset(state.value for state in DeploymentState),
        "outcome": frozenset(outcome.kind for outcome in Outcome),
        "code": frozenset(reason.code for reason in Reason),
    }
)
"""The words that there are, of columns whose words come from a list of ours."""


def empty_table(name: str) -> Table:
    """Return the table of that name without rows."""
    columns: dict[str, Column] = {
        column: Words.of(()) if kind_of(column) == "words" else np.empty(0, _TYPES[kind_of(column)])
        for column in COLUMNS[name]
    }
    return Table(name, columns)


def kind_of(column: str) -> Kind:
    """Return what a column of any of the tables holds, by its name."""
    if column in NUMBER_COLUMNS or column.endswith(("_s", "_ratio")):
        return "number"
    if column in INTEGER_COLUMNS:
        return "integer"
    return "flag" if column in FLAG_COLUMNS else "words"
