"""One cause that breaks many constraints is told first, and hides no other."""

from __future__ import annotations

import re
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from prove400.model import Finding, Run, Verdict
from prove400.reporters import REPORTERS
from prove400.reporters.causes import FROM, common, folded
from prove400.reporters.summary import worst_first
from prove400.reporters.text import render_console

SAID = "the body breaks /components/schemas/Error/required at /detail"


def many(failing: Run, amount: int, verdict: Verdict = Verdict.UNSTRUCTURED, message: str = SAID) -> list[Finding]:
    """Give findings of so many constraints, with one verdict and message."""
    plain = failing.findings[1]
    own = [replace(plain.constraint, instance_location=f"/instances/*/f{at}") for at in range(amount)]
    return [
        replace(plain, constraint=constraint, fingerprint=f"{verdict[:3]}{at:09x}", verdict=verdict, message=message)
        for at, constraint in enumerate(own)
    ]


def with_findings(failing: Run, *found: Finding) -> Run:
    """Give the failing run with further findings."""
    return replace(failing, findings=(*failing.findings, *found))


@pytest.fixture
def alike(failing: Run) -> Run:
    """Give a run with 45 findings of one cause beside its own four."""
    return with_findings(failing, *many(failing, 45))


def test_what_is_alike_is_put_together(alike: Run) -> None:
    """The findings of one cause stand together where the worst of them does; no finding is lost or doubled."""
    told = worst_first(alike)
    causes = folded(told)
    assert sorted(f.fingerprint for cause in causes for f in cause.findings) == sorted(f.fingerprint for f in told)
    assert [len(cause.findings) for cause in causes] == [1, 1, 45, 1, 1]
    assert [cause.text for cause in common(told)] == [f"45 constraints, one cause: unstructured, {SAID}"]


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.DISCHARGED])
def test_only_what_the_message_says_wholly_is_one_cause(failing: Run, verdict: Verdict) -> None:
    """Each silent 200, each 5xx, each leak and each wrong place is a fault of its own, in the same words or not."""
    found = many(failing, FROM, verdict)
    one = verdict in (Verdict.UNSTRUCTURED, Verdict.WRONG_STATUS, Verdict.BAD_RESPONSE)
    assert len(folded(found)) == (1 if one else FROM)


def test_a_second_cause_is_not_hidden(failing: Run) -> None:
    """Another message, another severity, and a finding whose cases were told two things, stand by themselves."""
    same, other = many(failing, 4), many(failing, 4, message="the error body is text/html, not JSON")
    assert len(folded([*same, *(replace(each, fingerprint=f"x{each.fingerprint[1:]}") for each in other)])) == 2
    mixed = [replace(same[0], also=("the error body is text/html, not JSON",)), *same[1:]]
    assert [len(cause.findings) for cause in folded(mixed)] == [1, 3]
    assert not common(same[: FROM - 1])


def test_text_tells_the_cause_first(alike: Run) -> None:
    """Console and text name the cause before any finding; the constraints follow in a line each, or are counted."""
    text = REPORTERS["text"](alike)
    assert " ".join(text.split()).count(f"45 constraints, one cause: unstructured, {SAID}") == 1
    assert text.index("45 constraints, one cause") < text.index("1 of 49")
    for finding in many(alike, 45):
        assert finding.fingerprint in text
    assert text.count("unstructured · error") == 1
    assert "48 of 49" in text  # the next one after 45
    stream = StringIO()
    render_console(alike, Console(file=stream, width=80, color_system=None), verbose=False)
    short = stream.getvalue()
    assert "45 constraints, one cause" in short
    assert "the same of 44 more constraints" in short
    assert "more finding" not in short
    assert "uns00000002c" not in short


def test_markdown_folds_the_rows(alike: Run) -> None:
    """The comment tells the cause, with a row for each constraint under it, before the findings in full."""
    text = REPORTERS["markdown"](alike)
    summary = next(line for line in text.splitlines() if "one cause" in line)
    assert summary.startswith("<details><summary>45 constraints, one cause: <b>unstructured</b> <code>the body breaks")
    table = text[text.index(summary) : text.index("</details>", text.index(summary))]
    assert len(re.findall(r"^\| <code>", table, re.MULTILINE)) == 45
    assert text.index(summary) < text.index("<b>silent-200</b>")
    assert "Findings (4)" in text


def test_annotations_are_one_for_each_cause(alike: Run) -> None:
    """A step shows ten annotations: one of the cause says how many constraints it breaks, and all others fit."""
    lines = REPORTERS["github"](alike).splitlines()
    own = [line for line in lines if "one cause" in line]
    assert len(own) == 1
    assert "45 constraints, one cause: unstructured" in own[0]
    assert not [line for line in lines if "more: see the report" in line]


def test_the_page_lists_the_constraints_of_a_cause(alike: Run) -> None:
    """The page has the cause before the findings, with a link to each; only the first of them is open at first."""
    page = REPORTERS["html"](alike)
    start = page.index('<details class="cause">')
    block = page[start : page.index("</details>", start)]
    assert "45 constraints, one cause" in block
    links = re.findall(r'href="#finding-([0-9a-z]+)"', block)
    assert sorted(links) == sorted(finding.fingerprint for finding in many(alike, 45))
    opened = re.findall(r'<article id="finding-(uns[0-9a-f]+)"[^>]*>\s*<details open', page)
    assert opened == links[:1]
    assert start < page.index("<article")


def test_nothing_is_told_where_nothing_is_alike(failing: Run) -> None:
    """Four findings of four causes are reported as ever."""
    for name in ("text", "markdown", "github", "html"):
        assert "one cause" not in REPORTERS[name](failing)
