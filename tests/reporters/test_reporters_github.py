"""Workflow commands and Markdown: what GitHub and GitLab make of them, however hostile the texts are."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from prove400.model import Run, Severity, Source
from prove400.reporters import REPORTERS, github, markdown

if TYPE_CHECKING:
    from collections.abc import Callable

EVIL = (
    "\n::error::owned\r\n::set-output name=a::b %0A::stop-commands::x",
    "``` ~~~ </code></pre></details><script>alert(1)</script><img src=x onerror=y>",
    "@octocat @org/team fixes #1, closes GH-2 and owner/repo#3",
    "| a | b |\n\n/close\n/label ~x\n# head\n<!-- prove400 report -->",
    "[x](javascript:y) ![i](http://x/y.png) http://evil.example www.evil.example :tada: $x$ \\",
)
COMMAND = re.compile(r"::(error|warning|notice)(?: ([^:]*(?:%3A[^:]*)*))?::(.*)")


def commands(run: Run) -> list[tuple[str, dict[str, str], str]]:
    """Read the commands as the runner does: kind, properties, message."""
    found = []
    for line in REPORTERS["github"](run).split("\n")[:-1]:
        parts = COMMAND.fullmatch(line)
        assert parts, line
        pairs = (pair.split("=", 1) for pair in (parts[2] or "").split(",") if pair)
        found.append((parts[1], {name: unescaped(value) for name, value in pairs}, unescaped(parts[3])))
    return found


def unescaped(text: str) -> str:
    """Undo the escapes of a workflow command."""
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def test_gold(governed: Run, gold: Callable[[str, str], str]) -> None:
    """Both texts stay as they are."""
    for name, file in (("github", "governed.github.txt"), ("markdown", "governed.md")):
        text = REPORTERS[name](governed)
        assert text == gold(file, text)


def test_annotations(governed: Run) -> None:
    """The worst comes first, at its line; what the baseline accepts is left out; the verdict ends it."""
    kinds = [(kind, values.get("file"), values.get("line")) for kind, values, _ in commands(governed)]
    assert kinds == [
        ("error", "contracts/openapi.json", "43"),
        ("error", "contracts/openapi.json", "41"),
        ("warning", "contracts/openapi.json", "40"),
        ("notice", None, None),
    ]
    first = commands(governed)[0]
    assert first[1]["title"] == "silent-200: POST /predict › body/cut › enum"
    assert "An integer where a category belongs" in first[2]


def test_no_more_than_a_step_shows(failing: Run, incomplete: Run) -> None:
    """Of each kind there are ten at most, and the last one counts the rest; an incomplete run is the first error."""
    model = failing.findings[0]
    many = tuple(
        replace(model, fingerprint=f"{at:012x}", severity=list(Severity)[at % 2], message=f"number {at}")
        for at in range(41)
    )
    found = commands(replace(failing, findings=many))
    kinds = [kind for kind, *_ in found]
    assert (kinds.count("error"), kinds.count("warning"), kinds.count("notice")) == (10, 10, 1)
    assert found[9][2] == "and 12 findings more: see the report"
    assert found[19][2] == "and 11 findings more: see the report"
    found = commands(replace(incomplete, findings=many))
    assert [kind for kind, *_ in found].count("error") == 10
    assert found[0][1]["title"] == "prove400: the run is incomplete"
    ten = commands(replace(failing, findings=many[:20]))
    assert not any("more" in message for *_, message in ten)


@pytest.mark.parametrize("evil", EVIL)
def test_commands_cannot_be_injected(evil: str, failing: Run) -> None:
    """No text ends a command or begins another one, and each reads back as it was."""
    worst = failing.findings[-1]
    place = Source(f"a,b:{evil}", 1, 2, evil)
    found = replace(worst, message=evil, source=place, constraint=replace(worst.constraint, operation=evil))
    (kind, values, message), _ = commands(replace(failing, findings=(found,)))
    assert kind == "error"
    assert values["file"].startswith("a,b:")
    assert " ".join(evil.split())[:20] in message


def rendered(text: str) -> str:
    """Render as GitHub does: CommonMark with tables, HTML and autolinks."""
    return str(MarkdownIt("gfm-like", {"html": True, "linkify": False}).enable("table").render(text))


def outside_code(page: str) -> str:
    """Give the text that GitHub looks for mentions and references in: what stands in no code."""
    return html.unescape(re.sub(r"<[^>]*>", " ", re.sub(r"(?s)<(code|pre)\b.*?</\1>", " ", page)))


@pytest.mark.parametrize("evil", EVIL)
def test_markdown_cannot_be_broken(evil: str, failing: Run) -> None:
    """No text leaves its code: no element, link, mention, reference, command of a bot, or second marker comes of it."""
    worst = failing.findings[-1]
    assert worst.damage is not None
    found = replace(
        worst,
        message=evil,
        rule=evil,
        operators=(evil,),
        source=Source(evil, 1, 1, evil),
        damage=replace(worst.damage, location=f"/{evil}"),
        constraint=replace(worst.constraint, operation=evil, keyword=evil, instance_location=f"/{evil}"),
        reply=replace(worst.reply, body=evil.encode(), headers=(("Content-Type", evil),)),
        request=replace(worst.request, body=evil.encode(), headers=(("X", evil),)),
    )
    lost = replace(failing.unisolable[0], reason=evil)
    contract = replace(failing.contract, title=evil, version=evil)
    run = replace(failing, findings=(found,), unisolable=(lost,), target=evil, contract=contract, notes=(evil,),
                  complete=False)  # fmt: skip
    text = REPORTERS["markdown"](run)
    assert text.count(markdown.MARKER) == 1
    assert "@" not in text
    assert not re.search(r"(?m)^\s*/", text)
    page = rendered(text)
    elements = set(re.findall(r"<(\w+)", page.replace(markdown.MARKER, "")))
    ours = "h3 p strong ul li details summary b code pre table thead tbody tr th td"
    assert elements <= set(ours.split())
    assert not re.search(r"[@#]\w", outside_code(page))
    assert page.count("<tr>") == 4


def test_markdown_tells_the_run(governed: Run, incomplete: Run) -> None:
    """Verdict, facts, findings with reproducer, what is accepted, and what is missing are told."""
    text = html.unescape(REPORTERS["markdown"](governed))
    assert text.startswith(f"{markdown.MARKER}\n\n### ❌ prove400: FAILED")
    assert "contracts/openapi.json:43" in text
    assert "curl -i -X POST" in text
    assert "/price 326 → 10,273 (+9,947)" in text
    assert "Known findings (1)" in text
    assert "the model is replaced in May" in text
    told = html.unescape(REPORTERS["markdown"](incomplete))
    assert "⚠️ prove400: INCOMPLETE" in told
    assert "- <code>9 cases without a verdict</code>" in told


def test_markdown_fits_a_comment(failing: Run) -> None:
    """However many and long the findings are, the text fits into a comment, and counts what it leaves out."""
    model = failing.findings[0]
    many = tuple(
        replace(
            model, fingerprint=f"{at:012x}", message=f"{at} <&>" * 300, request=replace(model.request, body=b"%" * 1500)
        )
        for at in range(5_000)
    )
    text = REPORTERS["markdown"](replace(failing, findings=many))
    assert 50_000 < len(text) < 65_536
    assert len(text.encode()) < 1_048_576
    assert "Findings (5,000)" in text
    assert re.search(r"and 4,\d{3} findings more", text)
    assert rendered(text).count("<details>") == rendered(text).count("</details>")


def test_gitlab(governed: Run, failing: Run, gold: Callable[[str, str], str]) -> None:
    """Each finding has what GitLab requires, with unique fingerprints, and a severity of its five."""
    text = REPORTERS["gitlab"](governed)
    assert text == gold("governed.gitlab.json", text)
    issues = json.loads(text)
    assert [issue["severity"] for issue in issues] == ["critical", "info", "major", "minor"]
    assert {issue["location"]["path"] for issue in issues} == {"contracts/openapi.json"}
    assert [issue["location"]["lines"]["begin"] for issue in issues] == [43, 42, 41, 40]
    assert len({issue["fingerprint"] for issue in issues}) == 4
    fetched = replace(failing, contract=replace(failing.contract, source="http://x /openapi.json"))
    assert {issue["location"]["path"] for issue in json.loads(REPORTERS["gitlab"](fetched))} == {"openapi.json"}
    assert github.SHOWN == 10
