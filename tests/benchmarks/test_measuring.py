"""How benchmarks measure and report."""

from collections.abc import Callable
from pathlib import Path

import pytest

import timing
from jobs import Found, Goal, absent
from report import Store, figure, fill, reached
from timing import Timed, alternate, at_once

FOUND = Found(path="windows", here="here", against="there", values=(2.0,), checked=("all",))


def test_two_sides_run_in_turns_and_each_neighbour_counts() -> None:
    """Three rounds: mine runs four times, theirs three, and there are six pairs of neighbours."""
    order: list[str] = []

    comparison, mine, theirs = alternate(
        at_once(lambda: order.append("mine")),
        at_once(lambda: order.append("theirs")),
        rounds=3,
        request_counts=(10, 5),
        times_as_fast=lambda _mine, _theirs: float(len(order)),
    )

    assert order == ["mine", "theirs", "mine", "theirs", "mine", "theirs", "mine"]
    assert (mine, theirs) == (None, None)
    assert comparison.ratios == (2.0, 3.0, 4.0, 5.0, 6.0, 7.0)
    assert comparison.ratio == 4.5
    assert len(comparison.mine.seconds) == 4


def test_ratios_are_taken_per_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mine takes 2.5 s for 10 requests, theirs 3.75 s for 5: three times as long for each."""
    took_s = {"mine": 2.5, "theirs": 3.75}
    monkeypatch.setattr(timing, "timed", lambda ready: Timed(took_s[ready()()], None))

    comparison, _, _ = alternate(
        at_once(lambda: "mine"), at_once(lambda: "theirs"), rounds=1, request_counts=(10, 5)
    )

    assert comparison.ratios == (3.0, 3.0)


def test_preparation_is_not_measured() -> None:
    """What `ready` does before it returns the run takes no part."""
    order: list[str] = []

    def ready() -> Callable[[], str]:
        order.append("prepared")
        return run

    def run() -> str:
        order.append("run")
        return "done"

    done = timing.timed(ready)

    assert order == ["prepared", "run"]
    assert done.value == "done"
    assert done.seconds >= 0.0


def test_the_peak_is_that_of_this_program() -> None:
    """300 MB that are written to are seen."""
    before = timing.peak_bytes()
    block = bytearray(300_000_000)
    block[::4096] = b"x" * len(block[::4096])

    assert timing.peak_bytes() >= max(before, 300_000_000)


@pytest.mark.parametrize(
    ("goal", "value", "word"),
    [
        (Goal(2.0, 4.0), 4.0, "moonshot"),
        (Goal(2.0, 4.0), 2.0, "yes"),
        (Goal(2.0, 4.0), 1.99, "no"),
        (Goal(25.0, 8.0, "s"), 8.0, "moonshot"),
        (Goal(25.0, 8.0, "s"), 8.1, "yes"),
        (Goal(25.0, 8.0, "s"), 25.1, "no"),
        (Goal(25.0, 8.0, "s"), None, "not measured"),
    ],
)
def test_a_goal_is_a_floor_for_ratios_and_a_ceiling_for_the_rest(
    goal: Goal, value: float | None, word: str
) -> None:
    """More times as fast is better; more seconds are not."""
    assert reached(goal, value, FOUND) == word


@pytest.mark.parametrize(
    ("value", "words"), [(0.456, "0.46x"), (12.34, "12.3x"), (345.6, "346x"), (None, "")]
)
def test_a_figure_has_three_digits(value: float | None, words: str) -> None:
    """As many as a measurement on a shared machine deserves."""
    assert figure(value, "x") == words


def test_results_are_kept_row_by_row(tmp_path: Path) -> None:
    """A row that is measured again replaces the old one and leaves the others."""
    path = tmp_path / "kept" / "results.json"
    plain = {name: getattr(FOUND, name) for name in Found.__slots__}
    Store(path).put("rows", "one", plain, seconds=1.0)
    Store(path).put("rows", "two", {**plain, "path": "event loop"}, seconds=1.0)
    Store(path).put("rows", "one", {**plain, "values": [3.0]}, seconds=1.0)

    store = Store(path)
    one, two = store.row("one"), store.row("two")

    assert one is not None
    assert two is not None
    assert (one.values, two.path, store.row("three")) == ((3.0,), "event loop", None)
    assert len(store.environments()) == 1


def test_a_document_gets_what_it_has_a_place_for(tmp_path: Path) -> None:
    """What stands around the place stays; filling it again changes nothing."""
    document = tmp_path / "page.md"
    document.write_text("a\n<!-- measured: table -->\nold\n<!-- measured: end -->\nb\n", "utf-8")

    for _ in range(2):
        assert fill(document, {"table": "| new |\n"})

    assert document.read_text("utf-8") == (
        "a\n<!-- measured: table -->\n\n| new |\n\n<!-- measured: end -->\nb\n"
    )


def test_what_could_not_be_measured_says_why() -> None:
    """A figure for each goal, none of them known."""
    found = absent(2, "Ciw cannot be used here")

    assert (found.values, found.missing, found.is_wrong) == (
        (None, None),
        "Ciw cannot be used here",
        False,
    )
