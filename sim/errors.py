"""The exception tree: what the user can put right, and what we must.

* ``SimError``: anything this package raises on purpose.

  * ``ScenarioError``: the user's input is wrong; carries every problem found.
  * ``InvariantError``: the simulator broke one of its own laws.

The errors of the simulated API are values of the model and live in ``sim.wire.errors``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from typing_extensions import override

MAX_SHOWN: Final = 50
"""Problems that an error's message shows; the error holds all."""

DataPath = tuple[str | int, ...]
"""Keys and 0-based list places from the top of a document to a value."""


def field_text(path: DataPath) -> str:
    """Return *path* as people write it: ``gpu.count``, ``sources[0]``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


class SimError(Exception):
    """Base of every error that this package raises on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault in the user's input, with everything needed to find and mend it.

    Attributes:
        message: One plain sentence, to follow the field's name; says what to write instead where
            that is known.
        rule: Short name of the rule that is broken, such as ``unknown-field``.
        path: Where, by the keys that the file has; a missing field's own path, or the one step of
            an option of the command line. Empty for the input as a whole.
        of_key: Whether the key is at fault rather than its value.
        value: The refused value as it would be written in JSON; None where there is none.
        file: The input's name; None for input without one (an object built in Python).
        line: 1-based line in *file*; None where unknown.
        column: 1-based column in *file*; None where unknown.
    """

    message: str
    rule: str
    path: DataPath = ()
    of_key: bool = False
    value: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None

    @property
    def field(self) -> str:
        """The path as people write it, such as ``deployments[0].traffic``."""
        return field_text(self.path)

    def below(self, path: DataPath) -> Self:
        """Return it for a document that has at *path* what it was found in."""
        return replace(self, path=(*path, *self.path))

    @override
    def __str__(self) -> str:
        """Return ``file:line:column: field: message (got value; rule)``."""
        return self.in_words()

    def in_words(self, *notes: str) -> str:
        """Return it as one line, which ends with *notes* behind the rule."""
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        head = ": ".join(part for part in (place, self.field, self.message) if part)
        got = () if self.value is None else (f"got {self.value}",)
        return f"{head} ({'; '.join((*got, f'rule {self.rule}', *notes))})"


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

    @override
    def __reduce__(self) -> tuple[type[Self], tuple[tuple[Problem, ...]]]:
        """Keep the problems on the way from one process to another, not their words alone."""
        return type(self), (self.problems,)


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
