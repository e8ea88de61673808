"""A check as JUnit XML, which CI systems show as tests: a suite a file, a case an expectation."""

import re
from itertools import groupby
from typing import Final
from xml.etree import ElementTree as ET

from sim.studies.answers.check_report import CheckReport, ExpectationReport
from sim.studies.estimates.expectation import Decision
from sim.text.check_text import details, place_of

_NOT_IN_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write."""


def check_junit(report: CheckReport, undecided_as: Decision = "undecided") -> bytes:
    """Return a check as an XML document in UTF-8.

    Failed ones fail. Undecided ones and those for report only that are not met are skipped, with
    the sentence. There are no times: a verdict does not depend on a clock.

    Args:
        report: The check.
        undecided_as: What undecided ones count as.
    """
    root = ET.Element("testsuites", {"name": "sim check"})
    for place, group in groupby(report.expectations, key=place_of):
        expectations = list(group)
        suite = ET.SubElement(root, "testsuite", {"name": _text(place)})
        for one in expectations:
            _case(suite, one, undecided_as)
    for element in (*root, root):
        counts = {
            "tests": len(element.findall(".//testcase")),
            "failures": len(element.findall(".//failure")),
            "errors": 0,
            "skipped": len(element.findall(".//skipped")),
        }
        element.attrib |= {name: str(count) for name, count in counts.items()}
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _case(suite: ET.Element, one: ExpectationReport, undecided_as: Decision) -> None:
    place = place_of(one)
    attributes = {"name": _text(f"{one.that} in {one.sample}"), "classname": _text(place)}
    if one.file is not None and one.line is not None:
        attributes |= {"file": _text(one.file), "line": str(one.line)}
    case = ET.SubElement(suite, "testcase", attributes)
    verdict = undecided_as if one.verdict == "undecided" else one.verdict
    said = _text("\n".join(details(one)))
    reason = _text(one.reason)
    if verdict == "fail" and not one.report_only:
        failure = ET.SubElement(case, "failure", {"message": reason, "type": one.verdict})
        failure.text = said
    elif verdict != "pass":
        aside = "report only, " if one.report_only else ""
        ET.SubElement(case, "skipped", {"message": f"{aside}{one.verdict}: {reason}"})
    if verdict == "pass" or one.report_only:
        ET.SubElement(case, "system-out").text = f"{reason}\n{said}".strip()


def _text(text: str) -> str:
    """Return text that XML can hold."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
