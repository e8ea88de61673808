"""What a check prints: the first line, a line an expectation, Markdown, and JUnit read back."""

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from sim.studies.answers.check_report import CheckReport, ExpectationReport, verdict_of
from sim.studies.estimates.expectation import Decision
from sim.studies.estimates.number import Number
from sim.text.check_junit import check_junit
from sim.text.check_markdown import MARKER, check_markdown
from sim.text.check_text import check_text, headline

UNDECIDED = "after 300 runs: met in 286; about 190 more would decide at this share"
SHARE = Number(
    value=0.95,
    low=0.9,
    high=0.98,
    confidence=0.95,
    runs=40,
    defined=40,
    kind="clopper_pearson",
    unit="ratio",
)


def told(verdict: Decision = "pass", **changed: Any) -> ExpectationReport:
    """Return what is said of an expectation."""
    said: dict[str, Any] = {
        "that": "api.response_s.p99 < 2s",
        "in": "90% of runs",
        "verdict": verdict,
        "runs": 40,
        "observed": SHARE,
        "unit": "s",
        "least": 1.5,
        "greatest": 2.5,
        "confidence": 0.95,
        "reason": UNDECIDED if verdict == "undecided" else "met in 38 of 40 runs",
        "runs_needed": None,
        "cautions": [],
        "report_only": False,
        "file": "a.yaml",
        "line": 7,
        "case": "A",
    }
    return ExpectationReport.model_validate(said | changed)


def check_of(expectations: Sequence[ExpectationReport]) -> CheckReport:
    """Return a check of them."""
    return CheckReport(
        verdict=verdict_of(expectations), interrupted=False, expectations=list(expectations)
    )


@pytest.mark.parametrize(
    ("verdicts", "line"),
    [
        (("pass",), "1 of 1 expectation passes"),
        (("pass", "pass"), "2 of 2 expectations pass"),
        (("pass", "fail"), "1 of 2 expectations passes, 1 fails"),
        (("fail", "fail"), "0 of 2 expectations pass, 2 fail"),
        (("pass", "pass", "undecided"), f"2 of 3 expectations pass, 1 undecided: {UNDECIDED}"),
        (("fail", "undecided"), "0 of 2 expectations pass, 1 fails, 1 undecided"),
    ],
)
def test_the_first_line_is_the_verdict_of_all(verdicts: Sequence[Decision], line: str) -> None:
    """With what it would take where something is undecided and nothing fails."""
    assert headline(check_of([told(verdict) for verdict in verdicts])) == line


def test_those_for_report_only_are_counted_apart() -> None:
    """Also where there are no others."""
    aside = told("fail", report_only=True)

    assert headline(check_of([told(), aside])) == (
        "1 of 1 expectation passes (1 more for report only)"
    )
    assert headline(check_of([aside])) == "no expectation decides (1 more for report only)"


def test_a_line_an_expectation() -> None:
    """Verdict, condition, reason and place; below it what was observed, labelled."""
    lines = check_text(check_of([told(cautions=["no value in 2 runs: none"])])).splitlines()

    indent = " " * 13

    assert lines[1:] == [
        "  pass       api.response_s.p99 < 2s in 90% of runs: met in 38 of 40 runs  [line 7]",
        f"{indent}95.0 % of the runs (90.0 to 98.0 %; 95 % Clopper-Pearson at the end), 40 runs",
        f"{indent}values from 1.50 to 2.50 s",
        f"{indent}no value in 2 runs: none",
    ]


def test_several_files_have_their_names() -> None:
    """Each above its expectations; a scenario without a file its own."""
    several = [told(), told(file=None, line=None, case="Made in Python")]
    lines = check_text(check_of(several)).splitlines()

    assert (lines[2], lines[7]) == ("a.yaml", "Made in Python")
    assert not lines[8].endswith("]")


def test_those_for_report_only_are_marked() -> None:
    """In the text, and in Markdown."""
    report = check_of([told("fail", report_only=True)])

    assert "in 90% of runs (report only): met" in check_text(report)
    assert "| **fail** (report only) |" in check_markdown(report)


def test_markdown_has_the_verdict_first_and_folds_the_rest() -> None:
    """After the marker by which a bot finds it; what passes is only below."""
    shown = check_markdown(check_of([told(), told("fail", that="api.failed_ratio < 1%")]))
    above, _, below = shown.partition("<details>")

    assert shown.splitlines()[:2] == [MARKER, "**1 of 2 expectations passes, 1 fails**"]
    assert "api.failed_ratio &lt; 1%" in above
    assert "api.response_s.p99" not in above
    assert "(<code>a.yaml:7</code>)" in below
    assert below.count("<summary>") == below.count("</details>") == 1


@pytest.mark.parametrize("length", [20, 480])
def test_markdown_of_300_expectations_can_be_posted(length: int) -> None:
    """Under 65,536 characters; those that fail come first, and what is left out is counted."""
    name = "ä" * length
    many = [told(that=f"{name} < {number}", cautions=["x" * 900]) for number in range(299)]
    shown = check_markdown(check_of([*many, told("fail", that="the last < 1")]))
    folded = shown.partition("<details>")[2]
    listed = [line for line in folded.splitlines() if line.startswith("- ")]
    left_out = next(line for line in folded.splitlines() if "more are left out" in line)

    assert len(shown.encode()) < 65_536
    assert "the last &lt; 1" in listed[0]
    assert len(listed) + int(left_out.split()[0]) == 300
    assert shown.endswith("</details>\n")


def test_markdown_of_300_failures_can_be_posted() -> None:
    """Then the table is cut too."""
    shown = check_markdown(check_of([told("fail", reason="|" * 500)] * 300))

    assert len(shown.encode()) < 65_536
    assert shown.count("more are left out") == 2
    assert shown.endswith("</details>\n")


def test_names_break_neither_the_table_nor_the_page() -> None:
    """They may hold anything that a name of a file may."""
    shown = check_markdown(
        check_of([told("fail", that="a < 1|2", reason="<b>|x|</b>", file="<i>")])
    )
    (row,) = [line for line in shown.splitlines() if line.startswith("| **fail**")]

    assert row.replace("\\|", "").count("|") == 5
    assert "<b>" not in shown
    assert "<i>" not in shown


# JUnit ------------------------------------------------------------------------------------------


def suites_of(report: CheckReport, undecided_as: Decision = "undecided") -> list[ET.Element]:
    """Return the suites that a CI system reads."""
    root = ET.fromstring(check_junit(report, undecided_as))
    assert root.tag == "testsuites"
    assert int(root.attrib["tests"]) == len(report.expectations)
    return list(root)


def test_junit_has_a_suite_a_file_and_a_case_an_expectation() -> None:
    """With the counts that readers go by."""
    several = [told(), told("fail"), told("undecided"), told(file="b.yaml")]
    first, second = suites_of(check_of(several))
    passed, failed, undecided = first

    counts = {name: first.attrib[name] for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "3", "failures": "1", "errors": "0", "skipped": "1"}
    assert (first.attrib["name"], second.attrib["name"]) == ("a.yaml", "b.yaml")
    assert passed.attrib == {
        "name": "api.response_s.p99 < 2s in 90% of runs",
        "classname": "a.yaml",
        "file": "a.yaml",
        "line": "7",
    }
    assert [child.tag for child in passed] == ["system-out"]
    assert [(c.tag, c.attrib["message"]) for c in failed] == [("failure", "met in 38 of 40 runs")]
    assert [(c.tag, c.attrib["message"]) for c in undecided] == [
        ("skipped", f"undecided: {UNDECIDED}")
    ]


@pytest.mark.parametrize(
    ("undecided_as", "tag"),
    [("pass", "system-out"), ("fail", "failure"), ("undecided", "skipped")],
)
def test_junit_is_of_one_mind_with_the_status(undecided_as: Decision, tag: str) -> None:
    """Undecided ones are what `--undecided` says."""
    ((case,),) = suites_of(check_of([told("undecided")]), undecided_as)

    assert [child.tag for child in case] == [tag]


@pytest.mark.parametrize("verdict", ["fail", "undecided"])
def test_junit_does_not_fail_for_what_is_reported_only(verdict: Decision) -> None:
    """It is skipped, with what it would have been."""
    ((case,),) = suites_of(check_of([told(verdict, report_only=True)]), "fail")

    assert [child.tag for child in case] == ["skipped", "system-out"]
    assert case[0].attrib["message"].startswith("report only, ")


def test_junit_can_be_read_whatever_the_names_are() -> None:
    """XML has no way to write some characters: another stands for them."""
    (suite,) = suites_of(check_of([told("fail", file="a\x00<&\ud800>.yaml", reason="\x1b[1m")]))

    assert suite.attrib["name"] == "a\N{REPLACEMENT CHARACTER}<&\N{REPLACEMENT CHARACTER}>.yaml"
