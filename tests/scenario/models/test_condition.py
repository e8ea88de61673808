"""Conditions: every operator and unit, what meets them, and what is none."""

import math

import pytest

from sim.scenario.models.condition import OPERATORS, Condition, parse_condition


@pytest.mark.parametrize(
    ("operator", "met"),
    [
        ("<", (True, False, False)),
        ("<=", (True, True, False)),
        (">", (False, False, True)),
        (">=", (False, True, True)),
        ("==", (False, True, False)),
    ],
)
def test_an_operator_holds_a_value_against_the_limit(
    operator: str, met: tuple[bool, bool, bool]
) -> None:
    """Just below, at, and just above it."""
    found = parse_condition(f"api.replicas {operator} 3")
    values = (math.nextafter(3, 0), 3.0, math.nextafter(3, 9))

    assert tuple(found.is_met_by(value) for value in values) == met


def test_there_are_no_other_operators() -> None:
    """All of them are above."""
    assert list(OPERATORS) == ["<", "<=", ">", ">=", "=="]


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_run_without_a_value_meets_nothing(operator: str) -> None:
    """Beyond is worse than every value, and not more than ten seconds; of none nothing is known."""
    found = parse_condition(f"api.rollouts.1.duration_s {operator} 10s")

    assert not found.is_met_by(math.inf)
    assert not found.is_met_by(math.nan)


@pytest.mark.parametrize(
    ("limit", "value", "kind"),
    [
        ("2s", 2.0, "duration"),
        ("250ms", 0.25, "duration"),
        ("1h30min", 5400.0, "duration"),
        ("2 s", 2.0, "duration"),
        ("20/s", 20.0, "rate"),
        ("90/min", 1.5, "rate"),
        ("1%", 0.01, "percentage"),
        ("99.5 %", 0.995, "percentage"),
        ("0.99", 0.99, "number"),
        ("3", 3.0, "number"),
        ("-1", -1.0, "number"),
        ("1e6", 1e6, "number"),
    ],
)
def test_a_limit_says_its_unit(limit: str, value: float, kind: str) -> None:
    """As a scenario writes quantities, and in percent."""
    found = parse_condition(f"api.measure < {limit}")

    assert (found.limit, found.kind) == (value, kind)


@pytest.mark.parametrize(("limit", "value"), [("yes", 1.0), ("no", 0.0)])
def test_yes_and_no_are_asked_for(limit: str, value: float) -> None:
    """As 1 and 0, which is what truth is in a sample."""
    found = parse_condition(f"api.rollouts.1.stalled == {limit}")

    assert found == Condition("api.rollouts.1.stalled", "==", value, "truth")


@pytest.mark.parametrize("text", ["a.b<2s", "  a.b  <  2s  ", "a.b <2s"])
def test_blanks_around_the_operator_do_not_matter(text: str) -> None:
    """The address is without them."""
    assert parse_condition(text) == Condition("a.b", "<", 2.0, "duration")


def test_names_may_stand_in_brackets() -> None:
    """With dots and blanks, as `--set` has them."""
    found = parse_condition("deployments[eu.ranker v2].response_s.p99 < 2s")

    assert found.address == "deployments[eu.ranker v2].response_s.p99"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no condition"),
        ("api.response_s.p99", "is no condition"),
        ("< 2s", "is no condition"),
        ("a < 2s < 3s", "is no condition"),
        (f"a < {'9' * 600}", "is no condition"),
        ("a != 2", "has the unknown operator !=: write one of < <= > >= =="),
        ("a = 2", "has the unknown operator ="),
        ("a => 2", "has the unknown operator =>"),
        ("a[b < 2", r"has no address of a measure: a\[b is none"),
        ("a <", "has no limit; write 2s, 1%, 0.99, 20/s, yes or no"),
        ("a < fast", "has no limit that is known: fast"),
        ("a < nan", "has no limit that is known: nan"),
        ("a < 1e999", "has a limit that is too large"),
        (f"a < {'9' * 101}", "has no limit that is known"),
        ("a < 2sec", "has a limit that has the unknown unit 'sec': write 2s"),
        ("a < 2s later", "has a limit that is not a duration"),
        ("a < 20/parsec", "has a limit that has the unknown unit '/parsec'"),
        ("a < yes", "asks whether it is < yes: write == yes or == no"),
    ],
)
def test_what_is_no_condition_is_refused(text: str, message: str) -> None:
    """With what to write instead."""
    with pytest.raises(ValueError, match=message):
        parse_condition(text)
