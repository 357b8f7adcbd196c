"""A run in the Common Test Report Format (https://ctrf.io, specification 1.0.0): one test for each obligation."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import Any

from prove400.model import Run
from prove400.reporters.results import Result, State, results
from prove400.reporters.summary import verdict_line
from prove400.reporters.tool import NAME, version
from prove400.reporters.visible import one_line, visible

_STATUSES = {State.PASSED: "passed", State.FAILED: "failed", State.SKIPPED: "skipped", State.ERROR: "other"}


def render(run: Run) -> str:
    """Give the document; durations of single tests are not measured, and are 0."""
    tests = [_test(result) for result in results(run)]
    document = {
        "reportFormat": "CTRF",
        "specVersion": "1.0.0",
        "timestamp": one_line(run.started, 40),
        "generatedBy": NAME,
        "results": {
            "tool": {"name": NAME, "version": version()},
            "summary": _summary(run, tests),
            "tests": tests,
            "environment": {
                "reportName": one_line(verdict_line(run), 500),
                "appName": one_line(run.contract.title, 200),
                "appVersion": one_line(run.contract.version, 200),
                "extra": {"target": visible(run.target), "contract_sha256": visible(run.contract.sha256)},
            },
        },
    }
    return json.dumps(document, indent=1) + "\n"


def _summary(run: Run, tests: list[dict[str, Any]]) -> dict[str, Any]:
    tally = Counter(test["status"] for test in tests)
    start = _milliseconds(run.started)
    counts = {status: tally[status] for status in ("passed", "failed", "skipped", "pending", "other")}
    stop = start + round(run.seconds * 1000)
    suites = len({test["suite"][0] for test in tests})
    return {"tests": len(tests), **counts, "suites": suites, "start": start, "stop": stop, "duration": stop - start}


def _milliseconds(started: str) -> int:
    try:
        return round(datetime.fromisoformat(started).timestamp() * 1000)
    except ValueError:
        return 0


def _test(result: Result) -> dict[str, Any]:
    own: dict[str, Any] = {
        "testId": f"{result.suite} › {result.name}",
        "name": result.name,
        "status": _STATUSES[result.state],
        "duration": 0,
        "suite": [result.suite],
        "type": "contract",
    }
    if result.state is State.ERROR:
        own["rawStatus"] = str(result.state)
    if result.message:
        own["message"] = result.message
    if result.detail:
        own["trace"] = result.detail
    if result.findings:
        own |= _evidence(result)
    return own


def _evidence(result: Result) -> dict[str, Any]:
    worst = result.findings[0]
    at = {"filePath": visible(worst.source.file), "line": worst.source.line} if worst.source else {}
    keys = [visible(finding.fingerprint) for finding in result.findings]
    tags = sorted({str(finding.verdict) for finding in result.findings})
    return {**at, "tags": tags, "extra": {"fingerprints": keys, "keyword_location": visible(worst.keyword_location)}}
