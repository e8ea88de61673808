"""A case: a scenario of which replications are made, and the text that makes it elsewhere."""

import json
from dataclasses import dataclass
from functools import cached_property
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Final

from sim.errors import Problem, ScenarioError
from sim.results.measures import Measure, measure_at, measures
from sim.scenario.models.file_form import change_paths, resolved
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import parse_scenario

NOT_OF_A_RUN: Final = frozenset({"name", "question", "answer", "expect", "seed"})
"""Keys of a scenario on which no run depends; the seed of a run stands beside its case."""


@dataclass(frozen=True)
class Case:
    """A scenario with its overrides, as a study knows it.

    Attributes:
        name: What tables and pictures call it.
        scenario: What is simulated.
        overrides: The words of `--set` that made it of a file, which tell what it is.
        known_key: Its key where a store says it, so that no file of the scenario need be there.
    """

    name: str
    scenario: Scenario
    overrides: tuple[str, ...] = ()
    known_key: str | None = None

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """Every measure of its runs, in the order of the report."""
        return measures(self.scenario)

    @cached_property
    def parcel(self) -> "Parcel":
        """What a worker needs to run it."""
        text = json.dumps(resolved(self.scenario), separators=(",", ":"))
        directory = self.scenario.base_dir
        return Parcel(self.key, text, None if directory is None else str(directory.resolve()))

    @cached_property
    def key(self) -> str:
        """SHA-256 in hexadecimal of all that a run depends on besides its seed and the program.

        That is the scenario with every default, in one order of keys, and the contents of the
        files that it names in the place of their paths.

        Raises:
            ScenarioError: A file cannot be read.
        """
        if self.known_key is not None:
            return self.known_key
        data = resolved(self.scenario)
        start = self.scenario.base_dir or Path()
        change_paths(data, lambda path: _digest_of(start / path))
        kept = {name: value for name, value in data.items() if name not in NOT_OF_A_RUN}
        canonical = json.dumps(kept, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return sha256(canonical.encode()).hexdigest()

    def measure(self, address: str) -> Measure:
        """Return the measure at an address.

        Raises:
            ScenarioError: There is none; the message suggests the nearest.
        """
        return measure_at(address, self.measures)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A case on its way to a worker: text, so that it is read there once and not with every run.

    Attributes:
        key: The case's.
        text: The scenario as JSON, every default written out.
        directory: Where relative paths start; None: the working directory.
    """

    key: str
    text: str
    directory: str | None

    def scenario(self) -> Scenario:
        """Return the scenario."""
        return parse_scenario(
            self.text, base_dir=None if self.directory is None else Path(self.directory)
        )


def _digest_of(file: Path) -> str:
    try:
        with file.open("rb") as content:
            return file_digest(content, "sha256").hexdigest()
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise ScenarioError(
            Problem(message=message, rule="file-unreadable", file=str(file))
        ) from None
