"""The overview: what it says, and that nothing of an entry runs; in a real chromium where there is one."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from prove400.fleet import Row, Word, document, headline, overview, schema, word_of
from prove400.model import Damage
from tests.reporters.test_report_page import DESKTOP, PHONE, browser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

__all__ = ["browser"]
EVERYTHING = (
    "1 of 5 services proven; 2 broken: worst moves the price by $9,947, moves the eta by 30 d; "
    "2 not proven, because incomplete; 1 of the broken is incomplete too"
)
AT = ("fleet.toml", "2026-11-22T09:30:00+00:00", 12.5)


def some(*words: Word) -> list[Row]:
    """Make rows of these words."""
    return [Row(f"s{at}", "", "x:y", word, "", complete=word is not Word.INCOMPLETE) for at, word in enumerate(words)]


def test_the_headline_says_what_a_fleet_comes_to(rows: list[Row]) -> None:
    """How many are proven, how many broken and by how much in each unit, and how many are incomplete."""
    p, f, i = Word.PASSED, Word.FAILED, Word.INCOMPLETE
    broken = replace(some(f)[0], damage=Damage("/price", 326.0, 10273.0, "USD"))
    lost = replace(broken, damage=Damage("/price", 1.0, float("nan"), "USD"))
    for listed, said, word in [
        (some(p), "1 of 1 service proven", p),
        (some(p, p), "2 of 2 services proven", p),
        (some(p, f), "1 of 2 services proven; 1 broken", f),
        ([*some(p), broken], "1 of 2 services proven; 1 broken: worst moves the price by $9,947", f),
        ([broken, lost], "0 of 2 services proven; 2 broken: worst turns the price into nan", f),
        (some(p, i), "1 of 2 services proven; 1 not proven, because incomplete", i),
        (rows, EVERYTHING, i),
    ]:
        assert headline(listed) == said
        assert word_of(listed) is word


def test_a_broken_service_that_is_incomplete_is_not_complete() -> None:
    """A fleet whose services all have findings is incomplete, where one of them has not been tried to the end."""
    assert word_of([replace(some(Word.FAILED)[0], complete=False)]) is Word.INCOMPLETE


def test_the_document_fits_its_schema(rows: list[Row]) -> None:
    """Rows of every kind do, an answer that is no number among them; timing stands apart."""
    lost = replace(rows[1], damage=Damage("/price", 1.0, float("nan")))
    fitting = [lost, *rows[:4]]
    found: dict[str, Any] = json.loads(document.render(fitting, *AT[1:]))
    Draft202012Validator.check_schema(schema())
    Draft202012Validator(schema()).validate(found)
    assert found["counts"] == {
        "services": 5, "failed": 3, "incomplete": 1, "passed": 1, "findings": 4, "sent": 258,
    }  # fmt: skip
    assert "seconds" not in found["services"][0]
    assert found["timing"]["services"][1]["seconds"] == 1.5
    assert list(Draft202012Validator(schema()).iter_errors({**found, "counts": {}}))


def test_the_page_lists_the_worst_first(rows: list[Row]) -> None:
    """Broken services by their damage, then incomplete ones, then those that are proven; owners by what they have."""
    page = overview.render(rows[:4], *AT)
    order = re.findall(r'<th scope="row">(?:<a [^>]*>)?([a-z]+)', page.partition('id="services"')[2])
    assert order == ["dear", "late", "dead", "fine"]
    assert [share.owner for share in overview.shares(rows[:4])] == ["risk", "", "pricing"]
    assert page == overview.render(rows[:4], *AT)


def test_very_many_services_are_told_in_short(rows: list[Row], monkeypatch: pytest.MonkeyPatch) -> None:
    """The page lists so many, the worst, and says where all are; its counts are of all."""
    monkeypatch.setattr(overview, "LISTED", 2)
    page = overview.render(rows[:4], *AT)
    assert "the 2 worst are listed here" in page
    assert "late" in page
    assert ">fine<" not in page
    assert "1<small> of 4</small>" in page


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Give a function (rows, options of the page) -> the open page; console and network must stay silent."""
    said: list[str] = []
    contexts = []

    def open_page(rows: list[Row], **options: object) -> Page:
        file = tmp_path / "index.html"
        file.write_text(overview.render(rows, *AT), encoding="utf-8")
        context = browser.new_context(**{"viewport": DESKTOP, **options})  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(file.as_uri()) else said.append(asked.url))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []


def names(page: Page) -> list[str]:
    """List the services that a reader sees."""
    seen = page.locator("#services tbody tr:visible th").evaluate_all(
        "all => all.map(one => one.firstChild.textContent)"
    )
    return [str(name)[:4].strip() for name in seen]


def test_nothing_of_an_entry_runs(show: Callable[..., Page], rows: list[Row]) -> None:
    """Names, owners, targets and texts are shown as they are, and are nothing else; a link leads into the folder."""
    page = show(rows)
    assert page.title() == "INCOMPLETE · 5 services · prove400"
    assert page.locator("#services script, #services img").count() == 0
    assert "{{7*7}}" in page.locator("#services").inner_text()
    assert not re.search("[\u202e\x1b]", page.content())
    links = page.locator("a").evaluate_all("all => all.map(one => one.href)")
    assert all(link.startswith("file://") for link in links)
    assert page.locator("#services a").count() == 3


def test_filters_and_sorts(show: Callable[..., Page], rows: list[Row]) -> None:
    """Each filter leaves the services that fit; a column sorts up, then down, by number where it has numbers."""
    page = show(rows[:4])
    form = page.locator("#filters")
    for name, value, left in [("word", "failed", ["dear", "late"]), ("owner", "pricing", ["fine"])]:
        form.locator(f"[name={name}]").select_option(value)
        assert names(page) == left
        form.locator("button").click()
        form.locator("output", has_text="4 of 4").wait_for()
    form.locator("[name=q]").fill("NO REPLY")
    assert names(page) == ["dead"]
    form.locator("button").click()
    form.locator("output", has_text="4 of 4").wait_for()
    for head, up in [
        ("Service", ["dead", "dear", "fine", "late"]),
        ("Requests", ["dear", "dead", "late", "fine"]),
        ("Verdict", ["dear", "late", "dead", "fine"]),
    ]:
        button = page.locator("#services thead button", has_text=head)
        button.click()
        assert names(page) == up
        assert page.locator("#services [aria-sort]").get_attribute("aria-sort") == "ascending"
        button.click()
        assert names(page)[0] == up[-1]
        assert page.locator("#services [aria-sort]").get_attribute("aria-sort") == "descending"


def test_all_is_there_without_a_script(show: Callable[..., Page], rows: list[Row]) -> None:
    """Without a script every service is listed, worst first, with nothing to press."""
    page = show(rows[:4], java_script_enabled=False)
    assert page.locator("#services tbody tr").count() == 4
    assert page.locator("button:visible, form:visible").count() == 0
    assert page.locator("h1").inner_text().startswith("?")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(show: Callable[..., Page], rows: list[Row], viewport: dict[str, int], scheme: str) -> None:
    """Axe finds no fault at all, and nothing but the tables is wider than the page."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page = show(rows, viewport=viewport, color_scheme=scheme)
    found = axe.Axe().run(page)
    assert [(v["id"], v["impact"], v["nodes"][0]["html"][:200]) for v in found.response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
