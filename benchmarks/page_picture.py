"""Takes the picture of the demo's page that the README shows: `python benchmarks/page_picture.py`.

It needs Chromium; what is on it is the page itself, zoomed to the rollout, with the cursor on the
first step of the autoscaler.
"""

import shutil
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import sync_playwright

from sim.scenario.reading.loader import load_scenario
from sim.simulation.run import simulate

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "report.png"
FROM_S, TO_S, CURSOR_S = 540, 960, 705
COLOURS = 96
"""That a picture of a page needs; it is half as large with them."""


def main() -> None:
    """Write the picture."""
    result = simulate(load_scenario(ROOT / "scenarios" / "replace_under_load.yaml"))
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        page = result.report(Path(folder) / "demo.html")
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        tab = browser.new_page(viewport={"width": 1000, "height": 2140}, color_scheme="light")
        tab.goto(page.as_uri())
        tab.wait_for_selector("html[data-drawn]")
        tab.evaluate(f"simPage.view.zoom({FROM_S}, {TO_S}); simPage.readOut({CURSOR_S})")
        shot = tab.screenshot()
        browser.close()
    Image.open(BytesIO(shot)).convert("RGB").quantize(COLOURS).save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
