"""The HTML report in a real chromium, opened from a file: with and without a script, by mouse and by keyboard."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from prove400.reporters.html import render
from tests.reporters.report_runs import hostile as made_hostile
from tests.reporters.report_runs import large, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from prove400.model import Run

CHROMIUM = shutil.which("chromium")
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
MEGABYTE = 1_000_000
FEW = 12_000
"""Nodes of a page that opens at once, of whatever run."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a browser for all tests here."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def whole(failing: Run) -> Run:
    """Give the failing run with everything that a run can tell."""
    return told(failing)


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Give a function (run, fragment, options of the page) -> the open page; console and network must stay silent."""
    said: list[str] = []
    contexts = []

    def open_page(run: Run, fragment: str = "", **options: object) -> Page:
        file = tmp_path / "report.html"
        file.write_text(render(run), encoding="utf-8")
        context = browser.new_context(**{"viewport": DESKTOP, **options})  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(file.as_uri()) else said.append(asked.url))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.goto(f"{file.as_uri()}{fragment}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []


def shown(page: Page) -> list[str]:
    """List the fingerprints of the findings that a reader sees."""
    found = page.locator(".finding:visible").evaluate_all("found => found.map(one => one.id)")
    return [str(mark).removeprefix("finding-") for mark in found]


def test_opens_from_a_file(show: Callable[..., Page], whole: Run, passing: Run, incomplete: Run) -> None:
    """Whatever the run, the page opens, its script starts, and neither console nor network hears of it."""
    for run, words in [
        (whole, "worst moves the price by $9,947"),
        (passing, "76 of 76 constraints proven; every invalid request got a structured 400"),
        (incomplete, "Not proven: 9 cases without a verdict"),
    ]:
        page = show(run)
        assert words in page.locator("h1").inner_text()
        assert page.locator("#theme").is_visible()


def test_nothing_of_a_hostile_run_runs(show: Callable[..., Page], hostile: Run) -> None:
    """Nothing of a reply, a contract, a baseline or a name runs, on the page or in its compressed parts."""
    page = show(made_hostile(hostile))
    page.evaluate("document.querySelectorAll('details').forEach(box => { box.open = true; })")
    page.locator("td[data-i] > button").first.click()
    assert "</script><script>" in page.locator(".cases pre").first.inner_text()
    assert r"\u2028" in page.locator(".cases pre").first.inner_text()
    assert page.locator("img, script:not([type]):not(:last-of-type)").count() == 0
    assert page.title().startswith("FAILED")
    html = page.content()
    assert not re.search("[\u2028\u202e\x1b\x07\x00]", html)


def test_hostile_tables_stay_text_when_they_are_compressed(
    show: Callable[..., Page], hostile: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables and evidence that a script takes from a compressed part are as harmless as those of the page."""
    monkeypatch.setattr("prove400.reporters.html.IN_PAGE", 0)
    monkeypatch.setattr("prove400.reporters.html.IN_FULL", 0)
    page = show(made_hostile(hostile))
    page.evaluate("document.querySelectorAll('details').forEach(box => { box.open = true; })")
    page.locator(".keywords table").first.wait_for()
    page.locator(".finding .evidence").last.wait_for()
    assert "{{7*7}}" in page.locator(".keywords table").first.inner_text()
    assert page.locator("img").count() == 0
    assert page.title().startswith("FAILED")


def test_filters(show: Callable[..., Page], whole: Run) -> None:
    """Each filter leaves the findings that fit; the address keeps the choice, and opens with it elsewhere."""
    page = show(whole)
    assert len(shown(page)) == 4
    for name, value, left in [
        ("operation", "POST /predict/batch", ["c2d41f7709ab"]),
        ("verdict", "server-error", ["91b7e3d05c42"]),
        ("keyword", "enum", ["3fa9d2c81e06"]),
        ("operator", "type.exponent-string", ["c2d41f7709ab"]),
        ("standing", "known", ["5a90be0f1d77"]),
        ("standing", "new", ["91b7e3d05c42"]),
        ("standing", "expired", ["c2d41f7709ab"]),
        ("standing", "not new", ["3fa9d2c81e06"]),
    ]:
        page.locator(f"#filters [name={name}]").select_option(value)
        assert shown(page) == left
        assert page.locator("#filters output").inner_text() == "1 of 4 shown"
        address = page.url
        page.locator("#filters button").click()
        page.locator("#filters output", has_text="4 of 4").wait_for()
        assert len(shown(page)) == 4
        assert shown(show(whole, "#" + address.partition("#")[2])) == left


def test_filters_reach_the_matrix(show: Callable[..., Page], whole: Run) -> None:
    """An operation and a keyword that are chosen leave their tables only."""
    page = show(whole)
    page.locator("#filters [name=operation]").select_option("POST /predict")
    assert page.locator("#proof .operation h3:visible").all_inner_texts() == ["POST /predict", "Wire rules"]
    page.locator("#filters [name=keyword]").select_option("enum")
    assert page.locator(".keywords > details:visible").count() == 1


def test_text_search(show: Callable[..., Page], whole: Run) -> None:
    """Text is looked for in all that a finding says, in any case; what fits nothing says so."""
    page = show(whole, "#q=traceBACK")
    assert shown(page) == ["91b7e3d05c42"]
    page.locator("#filters input").fill("no such text")
    assert shown(page) == []
    assert page.locator("#filters output").inner_text() == "0 of 4 shown"
    assert page.url.endswith("#q=no+such+text")


def test_a_link_shows_its_finding_whatever_the_filter(show: Callable[..., Page], whole: Run) -> None:
    """A link to a finding opens it and brings it into view, even where a filter hides it."""
    page = show(whole, "#verdict=server-error")
    assert shown(page) == ["91b7e3d05c42"]
    page.evaluate("location.hash = 'finding-5a90be0f1d77'")
    known = page.locator("#finding-5a90be0f1d77")
    known.locator(".evidence").wait_for(state="visible")
    assert len(shown(page)) == 4
    assert known.evaluate("one => { const {top} = one.getBoundingClientRect(); return top >= 0 && top < innerHeight; }")


def test_known_findings_stand_back(show: Callable[..., Page], whole: Run) -> None:
    """What the baseline accepts stands last and closed, with reason, owner and day; what has expired does not."""
    page = show(whole)
    assert shown(page)[-1] == "5a90be0f1d77"
    known = page.locator("#finding-5a90be0f1d77")
    assert not known.locator(".evidence").is_visible()
    known.locator("summary").first.click()
    assert "JSON-7 (ana, until 2025-12-31)" in known.inner_text()
    changes = page.locator("#changes").inner_text()
    assert "1 new, 1 fixed" in changes
    assert re.search(r"silent-200 of body/color › enum\s+fixed: the entry can go", changes)
    assert page.locator("#trend rect").count() == 5


def test_a_cell_tells_its_cases(show: Callable[..., Page], whole: Run) -> None:
    """A press on a cell lists its cases with their requests as sent; Escape hides them."""
    page = show(whole)
    page.locator("details[data-keyword=required]").first.locator("summary").click()
    row = page.locator("details[data-keyword=required]").first.locator("tr", has_text="body/carat")
    row.locator("button").nth(1).click()
    cases = page.locator(".cases")
    assert "POST /predict › body/carat › required.other-case" in cases.inner_text()
    assert "holds: 1 case that must be refused" in cases.inner_text()
    assert "required.other-case 💎 0" in cases.locator("pre").inner_text()
    page.keyboard.press("Escape")
    assert cases.count() == 0
    assert row.locator("button").nth(1).evaluate("button => button === document.activeElement")


def test_a_broken_cell_leads_to_its_finding(show: Callable[..., Page], whole: Run) -> None:
    """The cases of a broken cell stand beside a link to the finding."""
    page = show(whole)
    page.locator("details[data-keyword=enum] summary").first.click()
    page.locator("details[data-keyword=enum] td.b[data-i] > button").first.click()
    assert page.locator(".cases p a").first.get_attribute("href") == "#finding-3fa9d2c81e06"
    assert "silent-200" in page.locator(".cases li").first.inner_text()


def test_keyboard_alone(show: Callable[..., Page], whole: Run) -> None:
    """Tab reaches each table once, arrow keys move inside it, Enter tells the cases."""
    page = show(whole)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("details[data-keyword=enum] summary").first.press("Enter")
    table = page.locator("details[data-keyword=enum] table").first
    table.locator("button").first.wait_for()
    assert table.locator("button[tabindex='0']").count() == 1
    page.locator("details[data-keyword=enum] .scroll").first.focus()
    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.parentElement.cellIndex")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.parentElement.cellIndex") == first + 1
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('tr').querySelector('th').innerText") == "body/color"
    page.keyboard.press("Enter")
    page.locator(".cases").wait_for()
    assert page.evaluate("document.activeElement.className") == "cases"
    assert table.locator("button[tabindex='0']").count() == 1


def test_copy(show: Callable[..., Page], whole: Run) -> None:
    """The buttons copy the reproducers as they are."""
    page = show(whole, permissions=["clipboard-read", "clipboard-write"])
    test = page.locator("#finding-3fa9d2c81e06 .reproduce details", has_text="Reproduce with pytest")
    test.locator("summary").click()
    block = test.locator("pre.copy")
    test.locator("button").click()
    page.locator("text=Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == block.evaluate("block => block.textContent")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark(show: Callable[..., Page], whole: Run, scheme: str) -> None:
    """The page follows the system, and its button turns it over."""
    page = show(whole, color_scheme=scheme)

    def dark() -> bool:
        colour = str(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        return sum(map(int, re.findall(r"\d+", colour)[:3])) < 200

    assert dark() == (scheme == "dark")
    page.locator("#theme").click()
    assert dark() == (scheme == "light")


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_no_page_scrolls_sideways(show: Callable[..., Page], whole: Run, hostile: Run, width: int) -> None:
    """Only the matrix scrolls sideways, at any width, with everything open."""
    for run in (whole, made_hostile(hostile)):
        page = show(run, viewport={"width": width, "height": 800})
        page.evaluate("document.querySelectorAll('details').forEach(box => { box.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_a_script(show: Callable[..., Page], whole: Run) -> None:
    """Without a script there are the verdict, the matrix and every finding in full, and no idle button."""
    page = show(whole, java_script_enabled=False)
    assert "worst moves the price by $9,947" in page.locator("h1").inner_text()
    assert page.locator("table.matrix:visible").count() == 3
    assert page.locator(".finding .evidence").count() == 4
    assert "43.0" in page.locator("details[data-keyword=minimum]").first.text_content()  # type: ignore[operator]
    assert page.locator("button:visible, form:visible").count() == 0


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(show: Callable[..., Page], whole: Run, viewport: dict[str, int], scheme: str) -> None:
    """Axe finds no fault at all, with the page as it opens and with everything open."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page = show(whole, viewport=viewport, color_scheme=scheme)
    for everything in (False, True):
        if everything:
            page.evaluate("document.querySelectorAll('details').forEach(box => { box.open = true; })")
            page.locator("details[data-keyword=enum] td.b[data-i] > button").first.click()
            page.locator(".cases").wait_for()
        found = axe.Axe().run(page)
        assert [(v["id"], v["impact"], v["nodes"][0]["html"][:200]) for v in found.response["violations"]] == []


def test_axe_would_tell(show: Callable[..., Page], whole: Run) -> None:
    """The check above sees a fault that is planted."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page = show(whole)
    page.evaluate(
        "document.querySelector('#filters select').removeAttribute('name');"
        "document.querySelector('#filters label').replaceWith(document.querySelector('#filters select'))"
    )
    assert "select-name" in {violation["id"] for violation in axe.Axe().run(page).response["violations"]}


def test_prints(show: Callable[..., Page], whole: Run) -> None:
    """Printed, it is light, has every finding open, and no control."""
    page = show(whole, color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("#filters, #theme, .reproduce button").locator("visible=true").count() == 0
    assert page.locator("#finding-5a90be0f1d77 .evidence").is_visible()
    assert page.pdf()[:5] == b"%PDF-"


def test_five_thousand_obligations_stay_below_a_megabyte(show: Callable[..., Page]) -> None:
    """A page of 5,000 obligations and 10,000 cases has less than a megabyte, and few nodes until a table is opened."""
    run = large(200, 2)
    assert len(run.outcomes) == 5000
    assert len(render(run).encode()) < MEGABYTE
    page = show(run)
    assert page.locator(".finding .evidence").count() == 4
    assert page.evaluate("document.getElementsByTagName('*').length") < FEW
    assert page.locator(".keywords table").count() == 0
    page.locator(".keywords summary").first.click()
    page.locator(".keywords td[data-i] > button").first.click()
    assert "type.operator-0" in page.locator(".cases h4").inner_text()
    assert '"feature_0": ""' in page.locator(".cases pre").first.inner_text()


def test_a_hundred_thousand_cases_open_at_once(show: Callable[..., Page]) -> None:
    """Of 100,000 cases the page parses none until it is asked; what it then tells is what was sent."""
    run = large(1000, 4, broken=100)
    assert sum(len(outcome.tried) for outcome in run.outcomes) == 100_000
    page = show(run)
    assert page.locator("#theme").is_visible()
    assert page.evaluate("document.getElementsByTagName('*').length") < 4 * FEW
    assert page.locator(".keywords table, .cases").count() == 0
    page.locator(".coverage a").nth(1).click()
    page.locator("#proof-2 .keywords summary").nth(2).click()
    page.locator("#proof-2 .keywords td[data-i] > button").last.click()
    page.locator(".cases pre").nth(3).wait_for()
    index = int(str(page.locator("td:has(> button[aria-expanded=true])").get_attribute("data-i")))
    sent = run.outcomes[index].tried[3].request
    assert sent is not None
    assert sent.body.decode() in page.locator(".cases pre").nth(3).inner_text()
