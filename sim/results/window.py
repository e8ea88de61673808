"""Which part of a run a picture shows, as people ask for it."""

from collections.abc import Sequence
from math import isfinite
from typing import Final

from sim.errors import Problem, ScenarioError
from sim.results.timeline import Window
from sim.units import format_duration, parse_duration

RULE: Final = "window"

OPTIONS: Final = ("--from", "--to")


def window_of(
    horizon_s: float,
    start_at_s: float | None = None,
    end_at_s: float | None = None,
    *,
    names: Sequence[str] = ("start_at_s", "end_at_s"),
) -> Window:
    """Return the window between two instants of a run.

    Args:
        horizon_s: Where the run ends.
        start_at_s: None: its beginning.
        end_at_s: None: its end.
        names: What the two are called in a message.

    Raises:
        ScenarioError: An instant is outside of the run, or the first is not before the second.
    """
    for name, at_s in zip(names, (start_at_s, end_at_s), strict=True):
        if at_s is not None and not 0 <= at_s <= horizon_s:
            reason = f"is not in the run, which goes from 0s to {format_duration(horizon_s)}"
            raise _refused(reason, name, format_duration(at_s) if isfinite(at_s) else f"{at_s}")
    start_at_s = 0.0 if start_at_s is None else start_at_s
    end_at_s = horizon_s if end_at_s is None else end_at_s
    if not start_at_s < end_at_s:
        end = format_duration(end_at_s)
        reason = f"is not before {names[1]}, {end}" if end_at_s < horizon_s else "is the run's end"
        raise _refused(reason, names[0], format_duration(start_at_s))
    return Window(start_at_s, end_at_s)


def window_in_words(horizon_s: float, start: str | None, end: str | None) -> Window:
    """Return the window between two instants such as "10min", the values of `OPTIONS`.

    Raises:
        ScenarioError: A text is not a duration, or as `window_of`.
    """
    at_s: list[float | None] = []
    for name, text in zip(OPTIONS, (start, end), strict=True):
        try:
            at_s.append(None if text is None else parse_duration(text))
        except ValueError as error:
            raise _refused(str(error), name, text) from None
    return window_of(horizon_s, *at_s, names=OPTIONS)


def _refused(reason: str, name: str, value: str | None) -> ScenarioError:
    return ScenarioError(Problem(message=reason, rule=RULE, path=(name,), value=value))
