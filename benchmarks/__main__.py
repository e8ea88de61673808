"""Measure `sim`: every row, or those that are named, and print the table as Markdown.

    python benchmarks [--full] [--list] [--record] [NAME ...]

    python benchmarks --coverage

The second measures how often the intervals of studies hold what they say, and writes the table of
docs/studies.md; it takes a minute or two.

NAME may have wildcards: 'kernel-*'. Results go to out/bench; with --record to
benchmarks/results.json, docs/scaling.png and the documents that have a place for them. FULL=1 in
the environment is --full.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from fnmatch import fnmatch
from time import monotonic

import coverage_table
from checks import WrongAnswerError
from jobs import Found, Job, absent
from report import Store, blocks, fill
from rows import kernel, large, pages, paths, recordings, serving, shell, studies, whole
from scaling import SCALINGS, Curve, draw
from sim.errors import InvariantError
from timing import BENCHMARKS, Alone, alone, in_own_process

JOBS: tuple[Job, ...] = (
    *kernel.JOBS,
    *paths.JOBS,
    *whole.JOBS,
    *large.JOBS,
    *shell.JOBS,
    *pages.JOBS,
    *serving.JOBS,
    *studies.JOBS,
    *recordings.JOBS,
)
CHILDREN = {**large.CHILDREN, **recordings.CHILDREN}
ROWS = {job.name: job for job in JOBS}
CURVES = {scaling.name: scaling for scaling in SCALINGS}
NAMES = (*ROWS, *CURVES)
ROOT = BENCHMARKS.parent


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says and return the exit status: 1 if an answer was wrong."""
    if arguments[:1] == ["--child"]:
        print(json.dumps(asdict(_child(*arguments[1:]))))
        return 0
    asked = _parser().parse_args(arguments)
    if unknown := [one for one in asked.names if not any(fnmatch(name, one) for name in NAMES)]:
        print(f"no such row: {', '.join(unknown)}; --list has them", file=sys.stderr)
        return 2
    chosen = [name for name in NAMES if _is_chosen(name, asked.names)]
    if asked.list:
        print("\n".join(chosen))
        return 0
    if asked.coverage:
        coverage_table.write()
        return 0
    is_full = asked.full or os.environ.get("FULL") == "1"
    store = Store((BENCHMARKS if asked.record else ROOT / "out" / "bench") / "results.json")
    wrong = [name for name in chosen if not _measure(name, store, is_full=is_full)]
    _report(store, record=asked.record)
    if wrong:
        print(f"wrong or failed: {', '.join(wrong)}", file=sys.stderr)
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--full", action="store_true", help="the sizes that the goals speak of")
    parser.add_argument("--list", action="store_true", help="print the names and do nothing")
    parser.add_argument("--coverage", action="store_true", help="write the table of coverage")
    parser.add_argument("--record", action="store_true", help="bring the documents up to date")
    return parser


def _is_chosen(name: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatch(name, pattern) for pattern in patterns)


def _child(kind: str, *arguments: str) -> Found | Curve | Alone:
    """Do one job in this process: a row, a curve, or a large run for a row."""
    if kind in CHILDREN:
        return alone(CHILDREN[kind](*arguments))
    is_full = arguments == ("full",)
    if kind in CURVES:
        return CURVES[kind].measure(is_full)
    job = ROWS[kind]
    try:
        return job.measure(is_full)
    except (WrongAnswerError, InvariantError) as reason:
        return absent(len(job.goals), f"wrong answer: {reason}", is_wrong=True)


def _measure(name: str, store: Store, *, is_full: bool) -> bool:
    """Measure a row or a curve in a process of its own, keep it; whether its answers were right.

    Rows do not see what others left behind; and cimba must be imported before Numba first compiles.
    """
    print(f"{name} ...", end=" ", file=sys.stderr, flush=True)
    begin_s = monotonic()
    try:
        found = in_own_process(name, *(["full"] if is_full else []))
    except subprocess.CalledProcessError:
        print("failed", file=sys.stderr, flush=True)
        return False
    took_s = monotonic() - begin_s
    print(f"{took_s:.0f} s", file=sys.stderr, flush=True)
    store.put("rows" if name in ROWS else "curves", name, found, seconds=took_s)
    return not found.get("is_wrong", False)


def _report(store: Store, *, record: bool) -> None:
    rows = [(job, found) for job in JOBS if (found := store.row(job.name)) is not None]
    curves = [curve for name in CURVES if (curve := store.curve(name)) is not None]
    made = blocks(rows, curves, store.environments())
    print("\n".join(made.values()))
    if curves:
        draw(curves, (ROOT / "docs" if record else ROOT / "out" / "bench") / "scaling.png")
    if record:
        for document in sorted((ROOT / "docs").glob("*.md")):
            if document != coverage_table.DOCUMENT:
                fill(document, made)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
