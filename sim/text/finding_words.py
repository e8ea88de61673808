"""What lint says, in words."""

from collections.abc import Iterator, Sequence

from sim.lint.finding import Finding, count_of


def counts(findings: Sequence[Finding]) -> str:
    """Return how many there are of each level: "1 never, 2 risk", or "nothing found"."""
    if not findings:
        return "nothing found"
    return f"{count_of(findings, 'never')} never, {count_of(findings, 'risk')} risk"


def lines_of(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield each finding as three lines: where and by which rule, the claim, the remedy."""
    for finding in findings:
        line = "" if finding.line is None else f"line {finding.line}, "
        yield f"{finding.level}: {finding.field} ({line}rule {finding.rule})"
        yield f"  {finding.claim}"
        yield f"  {finding.remedy}"


def warning_of(finding: Finding, file: str) -> str:
    """Return a finding as one line, as a warning beside the violations of a file."""
    place = file if finding.line is None else f"{file}:{finding.line}"
    return (
        f"{place}: warning: {finding.field}: {finding.claim} {finding.remedy} "
        f"({finding.level}; rule {finding.rule})"
    )
