"""A run as JUnit XML, which every CI server reads: one suite for each operation, one case for each obligation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from prove400.model import Run
from prove400.reporters.results import Result, State, results
from prove400.reporters.summary import verdict_line
from prove400.reporters.visible import one_line

_ELEMENTS = {State.FAILED: "failure", State.ERROR: "error", State.SKIPPED: "skipped"}


def render(run: Run) -> str:
    """Give the document; every character is one that XML 1.0 admits, whatever a reply held."""
    suites: dict[str, list[Result]] = defaultdict(list)
    for result in results(run):
        suites[result.suite].append(result)
    every = [result for group in suites.values() for result in group]
    root = Element("testsuites", {"name": "prove400", **_counts(every), "time": f"{run.seconds:.3f}"})
    for name, group in suites.items():
        _suite(root, name, group, run)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _counts(group: Iterable[Result]) -> dict[str, str]:
    states = [result.state for result in group]
    return {
        "tests": str(len(states)),
        "failures": str(states.count(State.FAILED)),
        "errors": str(states.count(State.ERROR)),
    }


def _suite(root: Element, name: str, group: list[Result], run: Run) -> None:
    skipped = str(sum(result.state is State.SKIPPED for result in group))
    suite = SubElement(root, "testsuite", {"name": name, **_counts(group), "skipped": skipped, "time": "0"})
    suite.set("timestamp", one_line(run.started, 40)[:19])
    properties = SubElement(suite, "properties")
    for key, value in _properties(run):
        SubElement(properties, "property", {"name": one_line(key, 100), "value": one_line(value, 500)})
    for result in group:
        _case(suite, result)


def _properties(run: Run) -> list[tuple[str, str]]:
    return [
        ("verdict", verdict_line(run)),
        ("target", run.target),
        ("contract", f"{run.contract.title} {run.contract.version}"),
        ("contract.source", run.contract.source),
        ("contract.sha256", run.contract.sha256),
        *((f"count.{name}", str(amount)) for name, amount in run.counts.items()),
        ("sent", str(run.sent)),
    ]


def _case(suite: Element, result: Result) -> None:
    case = SubElement(suite, "testcase", {"name": result.name, "classname": result.suite, "time": "0"})
    if result.state in _ELEMENTS:
        element = SubElement(case, _ELEMENTS[result.state], {"message": result.message})
        if result.state is not State.SKIPPED:
            element.set("type", str(result.findings[0].verdict) if result.findings else "unreachable")
        element.text = result.detail or None
    elif result.message:
        SubElement(case, "system-out").text = result.message
