"""JUnit XML, read back by an independent reader."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from prove400.model import Reply, Run, Severity
from prove400.reporters import REPORTERS

if TYPE_CHECKING:
    from collections.abc import Callable

render = REPORTERS["junit"]


def cases(run: Run) -> list[TestCase]:
    """Read the cases of a rendered run."""
    return [case for suite in JUnitXml.fromstring(render(run).encode()) for case in suite]


def kinds(run: Run, kind: type) -> list[str]:
    """Name the cases that have a result of a kind."""
    return [case.name for case in cases(run) if any(isinstance(result, kind) for result in case.result)]


def test_gold(small: Run, gold: Callable[[str, str], str]) -> None:
    """The document stays as it is."""
    text = render(small)
    assert text == gold("small.junit.xml", text)


def test_one_case_for_each_obligation(passing: Run) -> None:
    """A suite for each operation has a case for each obligation, one for what is not isolable, and the run has one."""
    document = JUnitXml.fromstring(render(passing).encode())
    suites: dict[str, TestSuite] = {suite.name: suite for suite in document}
    assert list(suites) == ["POST /predict", "POST /predict/batch", "The run"]
    assert document.tests == len(passing.outcomes) + len(passing.unisolable) + 1
    assert sum(suite.tests for suite in suites.values()) == document.tests
    names = {f"{case.classname} › {case.name}" for suite in document for case in suite}
    assert {outcome.obligation.id for outcome in passing.outcomes} <= names
    assert (document.failures, document.errors) == (0, 0)
    assert suites["POST /predict"].skipped == 3
    properties = {entry.name: entry.value for entry in suites["POST /predict"].properties()}
    assert properties["contract.sha256"] == passing.contract.sha256
    assert properties["target"] == passing.target
    assert properties["count.obligations"] == str(len(passing.outcomes))


def test_what_gates_fails(failing: Run) -> None:
    """A finding that gates fails each of its obligations; a warning fails only where warnings gate."""
    failed = kinds(failing, Failure)
    assert "body/cut › enum › index" in failed
    assert "body/cut › enum › case" in failed
    assert "body › json › duplicate-last" not in failed
    assert "body › json › duplicate-last" in kinds(replace(failing, fail_on=Severity.WARNING), Failure)
    (result,) = (result for case in cases(failing) if case.name == "body/cut › enum › index" for result in case.result)
    assert result.type == "silent-200"
    assert "expected 400" in result.message
    assert "/price 326 → 10,273" in result.text


def test_what_does_not_gate_is_skipped(governed: Run, incomplete: Run) -> None:
    """Known, disputed and unisolable are skipped with the reason; no verdict, and an incomplete run, are errors."""
    said = {case.name: case.result[0].message for case in cases(governed) if case.result}
    assert said["body/carat › maximum › ulp"] == (
        "known: accepted until 2026-05-31 by the pricing team: the model is replaced in May"
    )
    assert said["body/clarity › type › not isolable"].startswith("not isolable, not proven")
    assert len(kinds(incomplete, Error)) == 10
    assert kinds(incomplete, Error)[-1] == "is complete"
    assert len([name for name in kinds(incomplete, Skipped) if "not isolable" not in name]) == 1


def test_nothing_tested_is_no_success(passing: Run) -> None:
    """A run without an obligation has an error."""
    assert kinds(replace(passing, outcomes=()), Error) == ["is complete"]


EVIL = [
    "\x00\x01\x0b\x1f\x7f",
    "\ud800\udfff",
    "\ufffe\uffff",
    "]]>",
    "<![CDATA[",
    "&amp;&#0;",
    "\"'<>",
    "\r\n\t\x85\u2028",
]


@pytest.mark.parametrize("evil", EVIL, ids=ascii)
def test_hostile_texts(evil: str, failing: Run) -> None:
    """Whatever a reply or a message holds, the document is well-formed, and says it."""
    worst = failing.findings[-1]
    reply = Reply(200, (("Content-Type", evil),), evil.encode("utf-8", "surrogatepass") + b"\xff\x00")
    run = replace(
        failing,
        target=evil,
        findings=(*failing.findings[:-1], replace(worst, message=evil, reply=reply, rule=evil)),
    )
    root = ET.fromstring(render(run))  # noqa: S314 — ours
    assert root.tag == "testsuites"
    assert len(root.findall(".//failure")) == len(kinds(failing, Failure))


def test_a_finding_without_an_obligation(failing: Run) -> None:
    """A finding that no outcome tells of is a failure all the same."""
    alone = replace(failing, outcomes=failing.outcomes[:1])
    assert "body/cut › enum" in kinds(alone, Failure)
