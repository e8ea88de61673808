"""`expect:` of a scenario: its two forms, what is refused with its place, and what it leaves be."""

import pytest

from sim.errors import ScenarioError
from sim.scenario.models.expectation import Expectation
from sim.scenario.models.file_form import resolved
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import parse_scenario
from sim.simulation.run import simulate
from sim.studies.runs.case import Case
from study_scenarios import DRAWN, drawn


def with_expectation(written: str) -> Scenario:
    """Return a scenario that expects one thing."""
    return parse_scenario(f"{DRAWN}expect:\n  - {written}\n")


def test_a_text_alone_is_the_condition() -> None:
    """Of 90 % of the runs, with a confidence of 95 %, and it decides."""
    (found,) = with_expectation("api.response_s.p99 < 2s").expect

    assert found == Expectation(
        that="api.response_s.p99 < 2s",
        sample="90% of runs",
        confidence=0.95,
        report_only=False,
    )
    assert found.share == 0.9


def test_a_mapping_says_the_rest() -> None:
    """Each key."""
    (found,) = with_expectation(
        "{that: api.failed_ratio <= 1%, in: mean, confidence: 0.99, report_only: true}"
    ).expect

    assert (found.sample, found.confidence, found.report_only) == ("mean", 0.99, True)
    assert found.condition.limit == 0.01


@pytest.mark.parametrize(
    ("written", "share"),
    [
        ("90% of runs", 0.9),
        ("99.5% of runs", 0.995),
        ("80 % of runs", 0.8),
        ("mean", None),
        ("this run", None),
    ],
)
def test_which_runs_are_meant(written: str, share: float | None) -> None:
    """So many percent, or their mean, or one."""
    (found,) = with_expectation(f"{{that: a < 2s, in: {written}}}").expect

    assert found.share == share


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("api.p99", r"19:5: expect\[0\]: is no condition: write .* \(got \"api.p99\"; rule expec"),
        ("{that: a ~ 2}", r"19:12: expect\[0\]\.that: is no condition"),
        ("{that: a < 2s, in: 100% of runs}", r"19:24: expect\[0\]\.in: must be a share below 100"),
        ("{that: a < 2s, in: 0% of runs}", r"in: must be a share below 100 % such as 90% of runs"),
        ("{that: a < 2s, in: often}", r"in: must be a share below 100 %.*, mean, or this run"),
        ("{that: a < 2s, in: 90}", r"in: must be text"),
        ("{in: mean}", r"expect\[0\]\.that: is missing.*write for example that: ranker"),
        ("{that: a < 2s, confidenc: 0.9}", r"confidenc: is unknown; did you mean confidence\?"),
        ("{that: a < 2s, confidence: 1.0}", r"confidence: must be less than 1 \(got 1.0; rule ra"),
        ("{that: a < 2s, confidence: 0.0}", r"confidence: must be greater than 0"),
        ("{that: a < 2s, confidence: 95%}", r"confidence: must be a number"),
        ("{that: a < 2s, report_only: 1}", r"report_only: must be true or false"),
        ("{that: 5}", r"that: must be text"),
        ("5", r"expect\[0\]: must be text such as ranker.response_s.p99 < 2s, or a mapping with"),
    ],
)
def test_what_is_no_expectation_is_refused_with_its_place(written: str, message: str) -> None:
    """When the scenario is read, in one line."""
    with pytest.raises(ScenarioError, match=message) as refused:
        with_expectation(written)
    assert len(refused.value.problems) == 1


def test_expectations_are_a_list() -> None:
    """One alone is not one."""
    with pytest.raises(ScenarioError, match="expect: must be a list"):
        parse_scenario(f"{DRAWN}expect: api.response_s.p99 < 2s\n")


def test_what_is_written_out_is_read_again() -> None:
    """With every default, and equal."""
    scenario = with_expectation("api.response_s.p99 < 2s")
    written = resolved(scenario)

    assert written["expect"] == [
        {
            "that": "api.response_s.p99 < 2s",
            "in": "90% of runs",
            "confidence": 0.95,
            "report_only": False,
        }
    ]
    assert parse_scenario(written) == scenario


def test_no_run_depends_on_what_is_expected() -> None:
    """The figures are the same to the last digit, and stored runs are found again."""
    plain, expecting = drawn(), with_expectation("api.response_s.p99 < 2s")
    reports = [simulate(scenario).figures for scenario in (plain, expecting)]
    scenarios = [report.provenance.scenario for report in reports]

    figures = [report.model_copy(update={"provenance": None}) for report in reports]
    assert figures[0] == figures[1]
    assert {**scenarios[0], "expect": []} == {**scenarios[1], "expect": []}
    assert Case("a", expecting).key == Case("a", plain).key
