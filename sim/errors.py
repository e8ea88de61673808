"""The exception tree: what the user can put right, and what we must.

* ``SimError``: anything this package raises on purpose.

  * ``ScenarioError``: the user's input is wrong; carries every problem found.
  * ``InvariantError``: the simulator broke one of its own laws.

The errors of the simulated API are values of the model and live in ``sim.wire.errors``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

MAX_SHOWN: Final = 50
"""Problems that an error's message shows; the error holds all."""

DataPath = tuple[str | int, ...]
"""Keys and 0-based list places from the top of a document to a value."""


class SimError(Exception):
    """Base of every error that this package raises on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault in the user's input, with everything needed to find and mend it.

    Attributes:
        message: One plain sentence; says what to write instead where that is known.
        rule: Short name of the rule that is broken, such as ``unknown-field``.
        field: Path of the field as the file spells it, such as ``deployments[0].traffic``;
            empty for the document as a whole.
        value: The refused value as it would be written in JSON; None where there is none.
        file: The input's name; None for input without one (an object built in Python).
        line: 1-based line in *file*; None where unknown.
        column: 1-based column in *file*; None where unknown.
    """

    message: str
    rule: str
    field: str = ""
    value: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None

    @override
    def __str__(self) -> str:
        """Return ``file:line:column: field: message (got value; rule)``."""
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        head = ": ".join(part for part in (place, self.field, self.message) if part)
        got = f"got {self.value}; " if self.value is not None else ""
        return f"{head} ({got}rule {self.rule})"


class ScenarioError(SimError):
    """The user's input cannot be simulated; *problems* holds every reason, in file order."""

    def __init__(self, problems: Sequence[Problem] | Problem) -> None:
        """Keep *problems*; the sentences of the first become the message, one on a line."""
        self.problems: tuple[Problem, ...] = (
            (problems,) if isinstance(problems, Problem) else tuple(problems)
        )
        lines = [str(problem) for problem in self.problems[:MAX_SHOWN]]
        if len(self.problems) > MAX_SHOWN:
            lines.append(f"and {len(self.problems) - MAX_SHOWN:,} more problems")
        super().__init__("\n".join(lines))


class InvariantError(SimError):
    """The simulator broke a law of its own: a fault of ours, never of the input."""

    def __init__(self, law: str, *, what: str, at_s: float | None = None) -> None:
        """Name the *law*, the object or values it failed for, and the simulated instant.

        Args:
            law: The law as a sentence, such as ``a replica's state changes follow the table``.
            what: The object and the values that break it.
            at_s: Simulated seconds since the run began, where the law concerns an instant.
        """
        self.law = law
        self.what = what
        self.at_s = at_s
        when = "" if at_s is None else f" at {at_s:.6f} s"
        super().__init__(f"{law}: {what}{when}")
