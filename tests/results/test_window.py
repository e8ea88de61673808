"""Parts of a run, as people ask for them."""

import pytest

from sim.errors import ScenarioError
from sim.results.timeline import Window
from sim.results.window import window_in_words, window_of


def test_by_default_the_whole_run_is_shown() -> None:
    """Either end may be left out."""
    assert window_in_words(3600, None, None) == Window(0, 3600)
    assert window_in_words(3600, "10min", None) == Window(600, 3600)
    assert window_in_words(3600, None, "1h") == Window(0, 3600)
    assert window_in_words(3600, "0s", "20min30s") == Window(0, 1230)
    assert window_of(3600, 600, 601.5) == Window(600, 601.5)


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        ("20min", "10min", "--from: is not before --to, 10min (got 20min; rule window)"),
        ("10min", "10min", "--from: is not before --to, 10min (got 10min; rule window)"),
        ("1h", None, "--from: is the run's end (got 1h; rule window)"),
        (
            "2h",
            None,
            "--from: is not in the run, which goes from 0s to 1h (got 2h; rule window)",
        ),
        (
            None,
            "61min",
            "--to: is not in the run, which goes from 0s to 1h (got 61min; rule window)",
        ),
        (
            "-5s",
            None,
            "--from: is not in the run, which goes from 0s to 1h (got -5s; rule window)",
        ),
        (
            "10",
            None,
            "--from: has no unit: write 10s (or another of s, ms, min, h, d, w) "
            "(got 10; rule window)",
        ),
        (
            None,
            "noon",
            "--to: is not a duration: write 30s or 1h30min (got noon; rule window)",
        ),
    ],
)
def test_what_is_no_part_of_the_run_is_refused(
    start: str | None, end: str | None, message: str
) -> None:
    """One sentence that names the option, what is wrong, and what was given."""
    with pytest.raises(ScenarioError) as refused:
        window_in_words(3600, start, end)
    assert str(refused.value) == message


def test_from_python_the_arguments_are_named() -> None:
    """What is not a number is not in the run."""
    with pytest.raises(ScenarioError, match=r"^end_at_s: is not in the run"):
        window_of(3600, 0.0, 3601.0)
    with pytest.raises(ScenarioError, match=r"^start_at_s: is not in the run"):
        window_of(3600, float("nan"))
