"""What was found, kept as JSON and shown as Markdown.

A store of results is brought up to date row by row, so that long rows need not be measured each
time; each row keeps the versions and the machine that it was measured with. A document that has a
pair of lines `<!-- measured: NAME -->` and `<!-- measured: end -->` gets block NAME between them.
"""

import json
import os
import platform
import re
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from jobs import Found, Goal, Job, found_again
from scaling import Curve, curve_again

PACKAGES = ("sim-live-deployments", "numpy", "numba", "simpy", "cimba", "ciw")

_UNITS = {"x": "x", "s": " s", "ms": " ms", "GiB": " GiB", "MB": " MB", "/s": "/s"}

_BLOCK = re.compile(r"(<!-- measured: (\w+) -->\n).*?(<!-- measured: end -->)", re.S)


def environment() -> dict[str, str]:
    """Return what results depend on besides the code: versions, processor, system."""
    found = {"python": platform.python_version(), "machine": _processor()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{(names or [platform.processor()])[0]}, {os.cpu_count()} cores, {platform.system()}"


class Store:
    """Results by the names of rows and curves, in a JSON file."""

    def __init__(self, path: Path) -> None:
        """Read what is there."""
        self._path = path
        self._kept: dict[str, Any] = {"rows": {}, "curves": {}}
        if path.exists():
            self._kept = json.loads(path.read_text("utf-8"))

    def put(self, kind: str, name: str, found: dict[str, Any], *, seconds: float) -> None:
        """Keep what was found and how long it took to measure, and write the file.

        Args:
            kind: rows or curves.
            name: Of the job.
            found: `Found` or `Curve` as plain data.
            seconds: Waited for it.
        """
        measured = {"measured_in_s": round(seconds, 1), "environment": environment()}
        self._kept[kind][name] = {**found, **measured}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(self._kept, indent=1) + "\n", "utf-8")

    def row(self, name: str) -> Found | None:
        """Return a row that was measured at some time."""
        kept = self._kept["rows"].get(name)
        return None if kept is None else found_again(kept)

    def curve(self, name: str) -> Curve | None:
        """Return a curve that was measured at some time."""
        kept = self._kept["curves"].get(name)
        return None if kept is None else curve_again(kept)

    def environments(self) -> list[dict[str, str]]:
        """Return the different environments in which rows and curves were measured."""
        found: list[dict[str, str]] = []
        for kept in (*self._kept["rows"].values(), *self._kept["curves"].values()):
            if kept["environment"] not in found:
                found.append(kept["environment"])
        return found


def reached(goal: Goal, value: float | None, found: Found) -> str:
    """Return in a word how far `value` came."""
    if value is None:
        return "not measured"
    if not found.is_full_size:
        return "smaller job"
    is_better = value.__ge__ if goal.unit in {"x", "/s"} else value.__le__
    if is_better(goal.moonshot):
        return "moonshot"
    return "yes" if is_better(goal.must) else "no"


def figure(value: float | None, unit: str) -> str:
    """Return a figure with its unit, three digits at most."""
    if value is None:
        return ""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:.{digits}f}{_UNITS[unit]}"


def table(rows: Sequence[tuple[Job, Found]]) -> str:
    """Return the table of figures in Markdown, a line a goal."""
    lines = [
        "| job | cpu | replicas x threads | demand | path | measured | must | moonshot | reached |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for job, found in rows:
        for goal, value in zip(job.goals, found.values, strict=True):
            measured = figure(value, goal.unit)
            if found.spread is not None:
                low, high = (figure(end, goal.unit) for end in found.spread)
                measured += f" ({low} to {high})"
            ends = (f"{end:g}{_UNITS[goal.unit]}" for end in (goal.must, goal.moonshot))
            cells = (job.title, job.cpu, job.threads, job.demand, found.path, measured, *ends)
            lines.append(f"| {' | '.join(cells)} | {reached(goal, value, found)} |")
    return "\n".join(lines) + "\n"


def details(rows: Sequence[tuple[Job, Found]]) -> str:
    """Return what ran on each side of each row, and what was checked, in Markdown."""
    lines = []
    for job, found in rows:
        lines.append(f"* **{job.title}** (`{job.name}`)")
        if found.missing is not None:
            lines.append(f"  * not measured: {found.missing}")
            continue
        sides = found.here + (f"; {found.against}" if found.against else "")
        lines.append(f"  * {sides}" + (f"; {found.beside}" if found.beside else ""))
        lines.extend(f"  * checked: {what}" for what in found.checked)
    return "\n".join(lines) + "\n"


def exponents(curves: Sequence[Curve]) -> str:
    """Return the table of fitted exponents in Markdown."""
    lines = ["| cost against | what stays the same | side | sizes | seconds | exponent |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    for curve in curves:
        for line in curve.lines:
            ends = f"{line.sizes[0]:,} to {line.sizes[-1]:,}"
            seconds = f"{line.seconds[0]:.3g} to {line.seconds[-1]:.3g}"
            lines.append(
                f"| {curve.title} | {curve.setting} | {line.label} | {ends} | {seconds} "
                f"| {line.exponent:.2f} |"
            )
    return "\n".join(lines) + "\n"


def versions(environments: Sequence[dict[str, str]]) -> str:
    """Return the environments in Markdown, one a line."""
    return "".join(
        "* " + ", ".join(f"{name} {value}" for name, value in one.items()) + "\n"
        for one in environments
    )


def blocks(
    rows: Sequence[tuple[Job, Found]],
    curves: Sequence[Curve],
    environments: Sequence[dict[str, str]],
) -> dict[str, str]:
    """Return every block by its name."""
    return {
        "table": table(rows),
        "details": details(rows),
        "exponents": exponents(curves),
        "versions": versions(environments),
    }


def fill(document: Path, made: dict[str, str]) -> bool:
    """Write the blocks into the places that `document` has for them; whether it has any.

    Raises:
        KeyError: The document asks for a block that does not exist.
    """
    old = document.read_text("utf-8")
    new, count = _BLOCK.subn(lambda found: f"{found[1]}\n{made[found[2]]}\n{found[3]}", old)
    if new != old:
        document.write_text(new, "utf-8")
    return count > 0
