"""How soon the HTML report of a large run can be used, in a real chromium, opened from a file.

usage: python -m benchmarks.report [--places N] [--cases N]

`interactive` is the time from opening the file until its script has run to its end; `table` that from a press on a
keyword until its table can be used, and `cases` that from a press on a cell until its cases are told.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from prove400.reporters.html import render
from tests.reporters.report_runs import large

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROUNDS = 5


def opened(browser: Browser, url: str) -> dict[str, float]:
    """Open the page once; give milliseconds, and the nodes that it has."""
    page = browser.new_page()
    start = time.perf_counter()
    page.goto(url)
    page.locator("#theme").wait_for()
    took = {"interactive": time.perf_counter() - start}
    took["nodes"] = page.evaluate("document.getElementsByTagName('*').length") / 1000
    keyword = page.locator(".keywords > details:visible").first
    start = time.perf_counter()
    keyword.locator("summary").click()
    button = keyword.locator("td[data-i] > button").last
    button.wait_for()
    took["table"] = time.perf_counter() - start
    start = time.perf_counter()
    button.click()
    page.locator(".cases").wait_for()
    took["cases"] = time.perf_counter() - start
    page.close()
    return {name: 1000 * amount for name, amount in took.items()}


def main() -> None:
    """Print size and times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, default=1000, help="places of a number, of 25 obligations each (1000)")
    parser.add_argument("--cases", type=int, default=4, help="cases of each obligation (4)")
    given = parser.parse_args()
    run = large(given.places, given.cases)
    start = time.perf_counter()
    html = render(run)
    took = time.perf_counter() - start
    size = f"{len(html.encode()) / 1e6:.2f} MB"
    print(f"{len(run.outcomes):,} obligations, {run.sent:,} cases: {size}, written in {took:.1f} s")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        file = Path(folder) / "report.html"
        file.write_text(html, encoding="utf-8")
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        rounds = [opened(browser, file.as_uri()) for _ in range(ROUNDS)]
        browser.close()
    middle = {name: statistics.median(took[name] for took in rounds) for name in rounds[0]}
    nodes = middle.pop("nodes")
    print(", ".join(f"{name} {amount:.0f} ms" for name, amount in middle.items()) + f"; {nodes:,.0f} nodes when open")


if __name__ == "__main__":
    main()
