"""Pages: how large they are, how soon they are seen, how fast they zoom, how soon there is one."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from checks import WrongAnswerError
from jobs import Found, Goal, Job, absent
from made import day
from rows.large import DEMANDS
from sim.pages.run_page import run_page
from sim.pages.shown_run import ShownRun
from sim.scenario.reading.loader import load_scenario
from sim.simulation.run import simulate
from timing import BENCHMARKS

ROOT = BENCHMARKS.parent
DEMO = ROOT / "scenarios" / "replace_under_load.yaml"
FRAMES = 120

ZOOM = """async () => {
  const { view } = simPage, length = view.most - view.least, begun = performance.now();
  for (let i = 0; i < FRAMES; i++) {
    const part = (0.9 * i) / FRAMES / 2;
    view.zoom(view.least + part * length, view.most - part * length);
    await new Promise(requestAnimationFrame);
  }
  return FRAMES / ((performance.now() - begun) / 1000);
}""".replace("FRAMES", str(FRAMES))
"""Zooms from the whole to a tenth of it, and returns frames a second."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a browser made of a page."""

    painted_s: float
    drawn_s: float
    frames_per_s: float


def seen(page: Path) -> Seen:
    """Return how soon a page is painted and drawn, and how fast it zooms: medians of five.

    Raises:
        WrongAnswerError: The page says something on the console.
    """
    with _chromium() as browser:
        found = [_opened(browser, page) for _ in range(5)]
    return Seen(*(median(column) for column in zip(*found, strict=True)))


@contextmanager
def _chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - other rows do without

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield browser
        browser.close()


def _opened(browser: Any, page: Path) -> tuple[float, float, float]:
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(page.as_uri())
    tab.wait_for_selector("html[data-drawn]")
    drawn_ms = tab.evaluate("performance.now()")
    painted_ms = tab.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    frames_per_s = tab.evaluate(ZOOM)
    tab.close()
    if said:
        raise WrongAnswerError(f"the page says {said[0]!r}")
    return painted_ms / 1000, drawn_ms / 1000, frames_per_s


def _without_chromium(goals: int) -> Found | None:
    if shutil.which("chromium") is None:
        return absent(goals, "there is no Chromium on this machine")
    return None


def demo(_full: bool) -> Found:  # noqa: FBT001 - as every job is called
    """Return the size of the demo's page, and how soon it is painted."""
    if (missing := _without_chromium(2)) is not None:
        return missing
    content = run_page(ShownRun.of(simulate(load_scenario(DEMO))))
    with TemporaryDirectory() as folder:
        page = Path(folder) / "demo.html"
        page.write_bytes(content)
        found = seen(page)
    return Found(
        path="",
        here="first contentful paint in Chromium, median of 5",
        against="",
        values=(len(content) / 1e6, found.painted_s),
        checked=("nothing on the console",),
        beside=f"charts drawn after {found.drawn_s:.2g} s; {found.frames_per_s:.0f} frames a "
        "second while it zooms",
    )


def day_page(full: bool) -> Found:  # noqa: FBT001 - as every job is called
    """Return what a day's page takes beyond the run, its size, and how fast it zooms."""
    if (missing := _without_chromium(3)) is not None:
        return missing
    begun_s = perf_counter()
    result = simulate(day(hours=24 if full else 2, request=DEMANDS["wait"]))
    run_s = perf_counter() - begun_s
    with TemporaryDirectory() as folder:
        begun_s = perf_counter()
        page = result.report(Path(folder) / "day.html")
        beyond_s = perf_counter() - begun_s
        size_bytes = page.stat().st_size
        found = seen(page)
    count = len(result.requests)
    return Found(
        path="",
        here=f"{count:,} requests, run in {run_s:.3g} s; page in {beyond_s:.3g} s more, waited for"
        + ("" if full else " (a day in 2 h; FULL=1 has 24 h)"),
        against="",
        values=(beyond_s, size_bytes / 1e6, found.frames_per_s),
        checked=("nothing on the console",),
        beside=f"painted after {found.painted_s:.2g} s, drawn after {found.drawn_s:.2g} s",
        is_full_size=full,
    )


def from_clone(_full: bool) -> Found:  # noqa: FBT001 - as every job is called
    """Return the seconds from `git clone` to the opened page of the demo, packages in the cache.

    Raises:
        WrongAnswerError: There is no page.
    """
    if (missing := _without_chromium(1)) is not None:
        return missing
    with TemporaryDirectory() as folder:
        clone = Path(folder) / "sim"
        begun_s = perf_counter()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        subprocess.run(
            ["make", "demo", f"PYTHON={sys.base_prefix}/bin/python3"],
            cwd=clone,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        made_s = perf_counter() - begun_s
        page = clone / "out" / "demo.html"
        if not page.exists():
            raise WrongAnswerError("make demo wrote no page")
        with _chromium() as browser:
            _opened(browser, page)
        opened_s = perf_counter() - begun_s
    return Found(
        path="",
        here=f"clone and `make demo` {made_s:.3g} s, waited for; packages from the cache of pip",
        against="",
        values=(opened_s,),
        checked=("a page that draws its charts",),
    )


JOBS = (
    Job(
        name="page-demo",
        title="the page of the demo: size; first paint",
        cpu="",
        threads="",
        demand="",
        goals=(Goal(2.0, 0.8, "MB"), Goal(1.0, 0.3, "s")),
        measure=demo,
    ),
    Job(
        name="page-day",
        title="the page of a day at 300 requests/s: beyond the run; size; zoom, frames a second",
        cpu="1, not shared",
        threads="4 to 60 x 32",
        demand="wait, lognormal, mean 1 s",
        goals=(Goal(20.0, 5.0, "s"), Goal(6.0, 2.0, "MB"), Goal(30.0, 55.0, "/s")),
        measure=day_page,
    ),
    Job(
        name="page-from-clone",
        title="from `git clone` to the opened page of the demo",
        cpu="",
        threads="",
        demand="",
        goals=(Goal(90.0, 45.0, "s"),),
        measure=from_clone,
    ),
)
