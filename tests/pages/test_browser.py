"""Pages in a real browser: Chromium zooms, hovers, filters, switches and prints them.

Without Chromium, or without the package that drives it, these tests are skipped. axe-core, which
holds pages against the rules of accessibility, comes from npm: `npm ci --prefix tests/pages/axe`.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from page_runs import HOSTILE, page_of, two_deployments
from sim.cli import main
from sim.results.result import Result

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
AXE = Path(__file__).parent / "axe" / "node_modules" / "axe-core" / "axe.min.js"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window; as root it has no sandbox of its own."""
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def result() -> Result:
    """A run of two deployments: one rollout ends, one waits for ever."""
    return two_deployments()


@pytest.fixture(scope="module")
def file(result: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its page."""
    path = tmp_path_factory.mktemp("pages") / "report.html"
    path.write_bytes(page_of(result))
    return path


class Opened:
    """A page that is open, and what it said and asked for since."""

    def __init__(self, browser: Any, file: Path, **context: Any) -> None:
        """Open the file and wait until its charts are drawn."""
        self.said: list[str] = []
        self.asked: list[str] = []
        viewport = {"width": context.pop("width", 1280), "height": 900}
        self._context = browser.new_context(viewport=viewport, **context)
        self.tab = self._context.new_page()
        self.tab.on("console", lambda message: self.said.append(message.text))
        self.tab.on("pageerror", lambda error: self.said.append(str(error)))
        self.tab.on("dialog", lambda dialog: self.said.append(f"dialog {dialog.message}"))
        self.tab.on("request", lambda request: self.asked.append(request.url))
        self.tab.goto(file.as_uri())
        self.tab.wait_for_selector("html[data-drawn]")

    def ranges(self) -> list[list[float]]:
        """From when to when each chart shows."""
        found: list[list[float]] = self.tab.evaluate(
            "simPage.view.shown.map(({plot}) => [plot.scales.x.min, plot.scales.x.max])"
        )
        return found

    def over(self, chart: str) -> dict[str, float]:
        """Where the drawing area of a chart is, in pixels of the window."""
        area = self.tab.locator(f"[data-chart='{chart}'] .u-over")
        area.scroll_into_view_if_needed()
        box: dict[str, float] = area.bounding_box()
        return box

    def close(self) -> None:
        """Close it."""
        self._context.close()


@pytest.fixture
def opened(browser: Any, file: Path) -> Iterator[Opened]:
    """The page, open; in the end it has said nothing on the console, and asked for nothing."""
    page = Opened(browser, file)
    yield page
    assert page.said == []
    assert page.asked == [file.as_uri()]
    page.close()


def test_a_drag_zooms_all_charts(opened: Opened) -> None:
    """Over a quarter of one chart: all show that quarter, those of the queues too."""
    assert opened.ranges() == [[0, 600]] * len(opened.ranges())
    area = opened.over("ranker/load")
    y = area["y"] + area["height"] / 2
    opened.tab.mouse.move(area["x"] + area["width"] / 4, y)
    opened.tab.mouse.down()
    opened.tab.mouse.move(area["x"] + area["width"] / 2, y, steps=5)
    opened.tab.mouse.up()

    ranges = opened.ranges()
    assert len(ranges) > 5
    assert ranges == [ranges[0]] * len(ranges)
    assert ranges[0] == pytest.approx([150, 300], abs=2)
    assert "(09:02:3" in opened.tab.locator("#range").inner_text()

    opened.tab.mouse.dblclick(area["x"] + 5, y)
    assert opened.ranges()[0] == [0, 600]


def test_the_cursor_reads_the_decision_of_that_second(opened: Opened, result: Result) -> None:
    """What is said is the row of the table of decisions, with its numbers."""
    decisions = result.decisions.where("deployment", "ranker")
    row = next(i for i, action in enumerate(decisions["action"]) if action == "up")
    at_s = float(decisions["at_s"][row])
    opened.tab.evaluate(f"simPage.view.zoom({at_s - 10}, {at_s + 10})")
    area = opened.over("ranker/load")
    opened.tab.mouse.move(area["x"] + area["width"] * 0.505, area["y"] + 20)

    said = opened.tab.locator("#readout").inner_text()
    assert f"autoscaler up, {decisions['reason'][row]}" in said
    assert f"load {float(decisions['load_ratio'][row]):.4g} against" in said
    assert f"{decisions['busy_threads'][row]} threads busy" in said
    assert f"{decisions['live_replicas'][row]} live" in said
    in_log = opened.tab.locator(f".log tbody tr[data-row='{row}']").first.inner_text()
    for word in in_log.split("\t"):
        assert word.strip() in said


def test_the_cursor_says_for_whom_a_rollout_waits(opened: Opened) -> None:
    """In the deployment whose rollout is deadlocked."""
    opened.tab.select_option("#deployment", label="generator")
    area = opened.over("generator/load")
    opened.tab.mouse.move(area["x"] + area["width"] * 0.9, area["y"] + 20)
    said = opened.tab.locator("#readout").inner_text()
    assert (
        "waits for h100; held by 2 x generator revision 0 RESPONSIVE (2 GPUs); a deadlock" in said
    )


def test_the_log_shows_what_the_filters_let_pass(opened: Opened, result: Result) -> None:
    """By word, by actor, by what was done; the count says so."""
    decisions = result.decisions.where("deployment", "ranker")
    section = opened.tab.locator("[data-deployment='ranker']")
    rows, count = section.locator(".log tbody tr"), section.locator(".log-count")
    assert rows.count() == len(decisions)

    section.locator(".log-done").check()
    done = sum(action != "held" for action in decisions["action"])
    assert rows.count() == done < len(decisions)
    assert count.inner_text() == f"{done} of {len(decisions)} decisions"

    section.locator(".log-actor").select_option("autoscaler")
    both = list(zip(decisions["actor"], decisions["action"], strict=True))
    ups = sum(actor == "autoscaler" and action != "held" for actor, action in both)
    assert rows.count() == ups < done

    section.locator(".log-text").fill("no such thing")
    assert rows.count() == 0


def test_a_deployment_can_be_chosen(opened: Opened) -> None:
    """Its charts take the place of the other's, and links within the page follow."""
    assert opened.tab.locator("[data-deployment='ranker']").is_visible()
    opened.tab.select_option("#deployment", label="generator")
    assert not opened.tab.locator("[data-deployment='ranker']").is_visible()
    assert opened.tab.locator("[data-chart='generator/bars'] canvas").first.is_visible()

    opened.tab.locator("nav a", has_text="ranker").click()
    opened.tab.wait_for_selector("[data-deployment='ranker']:not([hidden])")
    assert opened.tab.locator("#deployment").input_value() == "0"


def test_everything_can_be_done_by_keys(opened: Opened) -> None:
    """Marks are reached by Tab and zoom to their rollout; arrows move, plus zooms, 0 shows all."""
    opened.tab.locator("#wall").focus()
    labels = []
    for _ in range(30):
        opened.tab.keyboard.press("Tab")
        labels.append(opened.tab.evaluate("document.activeElement.getAttribute('aria-label')"))
        if (labels[-1] or "").startswith("switch to revision 1"):
            break
    assert any((label or "").startswith("PUT at 2 min (09:02:00)") for label in labels)
    opened.tab.keyboard.press("Enter")
    start, end = opened.ranges()[0]
    assert (start, end) == pytest.approx((90, 200), abs=30)
    assert "rollout switch" in opened.tab.locator("#readout").inner_text()

    opened.tab.locator("[data-chart='ranker/load'] .plot").focus()
    opened.tab.keyboard.press("ArrowRight")
    assert opened.ranges()[0][0] == pytest.approx(start + (end - start) / 10)
    opened.tab.keyboard.press("+")
    assert opened.ranges()[0][1] - opened.ranges()[0][0] == pytest.approx((end - start) / 2)
    opened.tab.keyboard.press("Shift+ArrowRight")
    assert "autoscaler" in opened.tab.locator("#readout").inner_text()
    opened.tab.keyboard.press("0")
    assert opened.ranges()[0] == [0, 600]


def test_where_there_is_nothing_finer_the_page_says_so(opened: Opened) -> None:
    """Requests in line are in bins; what is exact says that."""
    note = opened.tab.locator("[data-chart='ranker/queued'] .note")
    assert note.inner_text().startswith("in bins of ")
    assert "nothing finer" not in note.inner_text()
    assert opened.tab.locator("[data-chart='ranker/load'] .note").inner_text() == "exact"
    opened.tab.evaluate("simPage.view.zoom(100, 101)")
    assert note.inner_text().endswith("there is nothing finer")


def test_every_chart_has_its_values_in_words(opened: Opened) -> None:
    """A table that opens."""
    figure = opened.tab.locator("[data-chart='ranker/load']")
    assert not figure.locator("table.u-legend ~ table, details table").first.is_visible()
    figure.locator("summary").click()
    assert figure.locator("details table tbody tr").count() > 10
    assert figure.locator("details table").is_visible()


def test_the_wall_clock_can_be_shown(opened: Opened) -> None:
    """Instants are said in both ways, ticks in the one that is chosen."""
    assert opened.tab.evaluate("simPage.view.clock.labels([120], 60)") == ["2 min"]
    opened.tab.locator("#wall").check()
    assert opened.tab.evaluate("simPage.view.clock.labels([120], 60)") == ["09:02"]


def test_it_prints_in_light_colours(browser: Any, file: Path) -> None:
    """With the text of all deployments, as wide as a page of paper, without its controls."""
    page = Opened(browser, file, color_scheme="dark")
    page.tab.emulate_media(media="print")
    page.tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not page.tab.locator("#controls").is_visible()
    assert page.tab.locator("#deployment-1").is_visible()
    assert page.tab.evaluate("simPage.view.shown[1].plot.width") == 680
    ground = page.tab.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    assert page.tab.evaluate("colourOf = simPage.view.shown[1].plot.axes[0].stroke()") == "#222222"
    page.tab.evaluate("dispatchEvent(new Event('afterprint'))")
    page.tab.emulate_media(media="screen")
    assert not page.tab.locator("#deployment-1").is_visible()
    assert page.said == []
    page.close()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(browser: Any, file: Path, scheme: str) -> None:
    """axe-core finds nothing serious, on a narrow screen as on a wide one."""
    for width in (1280, 390):
        page = Opened(browser, file, color_scheme=scheme, width=width)
        page.tab.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.tab.evaluate("axe.run()")
        wrong = {
            one["id"]: [node["html"][:120] for node in one["nodes"][:3]]
            for one in found["violations"]
            if one["impact"] in {"serious", "critical"}
        }
        assert wrong == {}
        assert len(found["passes"]) > 20
        assert page.tab.evaluate("document.documentElement.scrollWidth") <= width
        page.close()


def test_names_do_no_harm(browser: Any, tmp_path: Path) -> None:
    """Scripts in them do not run, and are shown as they are written."""
    file = tmp_path / "hostile.html"
    file.write_bytes(page_of(two_deployments(title=HOSTILE, horizon="4min")))
    page = Opened(browser, file)
    assert page.said == []
    assert page.asked == [file.as_uri()]
    assert page.tab.locator("h1").inner_text() == HOSTILE
    assert page.tab.locator("img").count() == 0
    page.close()


def test_a_study_shows_its_bands(browser: Any, tmp_path: Path) -> None:
    """Its charts zoom together too, and it has no log of decisions."""
    scenario = tmp_path / "two.json"
    scenario.write_text(
        json.dumps(two_deployments(horizon="4min").summary()["provenance"]["scenario"])
    )
    file = tmp_path / "study.html"
    arguments = ["study", scenario, "--runs", "3", "--workers", "1", "--quiet", "--out", file]
    assert main.run([str(one) for one in arguments]) == 0
    page = Opened(browser, file)
    page.tab.evaluate("simPage.view.zoom(60, 120)")
    assert page.ranges() == [[60, 120]] * len(page.ranges())
    area = page.over("ranker/queued")
    page.tab.mouse.move(area["x"] + area["width"] / 2, area["y"] + 20)
    assert page.tab.locator("#readout").inner_text().startswith("at 1 min 30 s (09:01:30)")
    assert page.said == []
    page.close()
