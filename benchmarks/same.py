"""Compare what this tree does with what an earlier one did: `python benchmarks/same.py COMMIT`.

Both trees run the same inputs with the same libraries: every shipped scenario, scenarios that are
drawn, and those of incidents where they are there, on both engines; and the scenario files that the
tests of the loader break. Summaries (less their provenance), tables, decisions and pictures are
compared byte for byte, and the messages word for word. Each difference is printed with its first
place; the exit status is 1 if there is one.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parent.parent
RUNS = Path(__file__).with_name("same_runs.py")
INCIDENTS = ROOT.parent / "shared" / "incidents"
MOST_SHOWN = 40
"""Of the differences; a change that was not meant to be one makes hundreds."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two trees, and where what it is asked to do is written."""

    name: str
    tree: Path
    site: Path
    out: Path

    def build(self) -> None:
        """Install the tree's package into `site`; the libraries are this interpreter's."""
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-qq"]
        wheels = self.site.with_name(f"{self.name}-wheel")
        _run([*pip, "wheel", "--no-deps", "--wheel-dir", str(wheels), str(self.tree)])
        (wheel,) = wheels.glob("*.whl")
        _run([*pip, "install", "--no-deps", "--target", str(self.site), str(wheel)])

    def do(self, *arguments: str) -> None:
        """Call `same_runs.py` with this tree's package."""
        settings = {"PYTHONPATH": str(self.site), "PYTHONSAFEPATH": "1"}
        _run([sys.executable, str(RUNS), *arguments], env=os.environ | settings)


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says and return the exit status."""
    parser = argparse.ArgumentParser(prog="same.py", description=__doc__)
    parser.add_argument("commit", help="what to compare this tree with")
    parser.add_argument("--drawn", type=int, default=200, help="how many drawn scenarios")
    asked = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="same-") as folder:
        return _compare(Path(folder), asked.commit, asked.drawn)


def _compare(folder: Path, commit: str, drawn: int) -> int:
    before = Side("before", folder / "tree", folder / "site-before", folder / "before")
    now = Side("now", ROOT, folder / "site-now", folder / "now")
    before.tree.mkdir()
    archive = subprocess.run(
        ["git", "-C", str(ROOT), "archive", commit], check=True, capture_output=True
    )
    subprocess.run(["tar", "-x", "-C", str(before.tree)], input=archive.stdout, check=True)
    for side in (before, now):
        side.build()
    inputs = folder / "inputs"
    now.do("draw", str(inputs), str(drawn), str(ROOT / "tests"))
    files = [*sorted((ROOT / "scenarios").glob("*.yaml")), *sorted(inputs.glob("drawn-*.json"))]
    if INCIDENTS.is_dir():
        files += sorted(INCIDENTS.glob("*.yaml"))
    else:
        print(f"left out: incidents, since there is no {INCIDENTS}")
    listed = folder / "files.json"
    listed.write_text(json.dumps([str(file) for file in files]), encoding="utf-8")
    with ThreadPoolExecutor(max_workers=2) as both:
        list(
            both.map(
                lambda side: side.do("run", str(listed), str(inputs), str(side.out)), (before, now)
            )
        )
    return _report(before.out, now.out, len(files))


def _report(before: Path, now: Path, count: int) -> int:
    names = sorted({str(file.relative_to(side)) for side in (before, now) for file in _files(side)})
    found = [f"{name}: {said}" for name in names if (said := difference(before / name, now / name))]
    print(f"{count} scenarios on both engines, {len(names)} files, {len(found)} differ")
    for line in found[:MOST_SHOWN]:
        print(f"  {line}")
    if len(found) > MOST_SHOWN:
        print(f"  and {len(found) - MOST_SHOWN} more")
    return 1 if found else 0


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.is_file())


def difference(before: Path, now: Path) -> str | None:
    """Return the first place in which two files differ, None if they do not."""
    for file, side in ((before, "before"), (now, "now")):
        if not file.exists():
            return f"there is none {side}"
    if before.name == "result.json":
        return _in_data(_without_provenance(before), _without_provenance(now), "")
    if before.read_bytes() == now.read_bytes():
        return None
    if before.suffix == ".png":
        return "another picture"
    lines = zip_longest(*(file.read_text("utf-8").splitlines() for file in (before, now)))
    return next(f"line {n}: {a!r} became {b!r}" for n, (a, b) in enumerate(lines, 1) if a != b)


def _without_provenance(file: Path) -> Any:
    data = json.loads(file.read_text(encoding="utf-8"))
    return {key: value for key, value in data.items() if key != "provenance"}


def _in_data(before: Any, now: Any, at: str) -> str | None:
    if isinstance(before, dict) and isinstance(now, dict):
        for key in [*before, *(key for key in now if key not in before)]:
            if key not in now or key not in before:
                return f"{at}.{key} is {'gone' if key in before else 'new'}"
            if found := _in_data(before[key], now[key], f"{at}.{key}"):
                return found
        return None if list(before) == list(now) else f"{at}: keys in another order"
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        pairs = enumerate(zip(before, now, strict=True))
        return next(filter(None, (_in_data(a, b, f"{at}[{i}]") for i, (a, b) in pairs)), None)
    return None if before == now else f"{at}: {before!r} became {now!r}"


def _run(command: Sequence[str], **settings: Any) -> None:
    subprocess.run(command, check=True, cwd=ROOT / "benchmarks", **settings)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
