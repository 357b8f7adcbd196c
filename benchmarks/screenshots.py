"""Pictures of the HTML report for README and docs, taken of a passing run and of the sample under `reports/sample`.

usage: python -m benchmarks.screenshots, in the root of the repository

Writes `docs/report-NAME-SCHEME-WIDTH.png`.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

import prove400
from prove400.reporters.html import render

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DOCS, SAMPLE = Path("docs"), Path("reports/sample/prove400.html")
PLACES = {"passing": "", "failing": "", "finding": "#findings", "matrix": "#proof-1-3"}
"""Name of a picture to the place of the page that it shows; all but `passing` are of the sample."""
SHOTS = (
    ("passing", "light", 1280),
    ("failing", "light", 1280),
    ("failing", "dark", 1280),
    ("matrix", "dark", 1280),
    ("finding", "light", 1280),
    ("failing", "light", 390),
    ("finding", "dark", 390),
)
HEIGHTS = {1280: 1000, 390: 844}


def taken(browser: Browser, page: Path, name: str, scheme: str, width: int) -> None:
    """Take one picture."""
    context = browser.new_context(viewport={"width": width, "height": HEIGHTS[width]}, color_scheme=scheme)  # type: ignore[arg-type]
    view = context.new_page()
    view.goto(f"{page.resolve().as_uri()}{PLACES[name]}")
    view.evaluate("document.fonts.ready")
    view.screenshot(path=DOCS / f"report-{name}-{scheme}-{width}.png")
    context.close()


def main() -> None:
    """Take them all."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        passing = Path(folder) / "passing.html"
        passing.write_text(render(prove400.prove("api:create_app", "contracts/openapi.json")), "utf-8")
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, scheme, width in SHOTS:
            taken(browser, passing if name == "passing" else SAMPLE, name, scheme, width)
        browser.close()


if __name__ == "__main__":
    main()
