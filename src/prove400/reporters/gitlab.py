"""Findings as a code quality report of GitLab, `gl-code-quality-report.json`: a merge request shows them."""

from __future__ import annotations

import json
from typing import Any

from prove400.model import Finding, Run, Severity, Verdict
from prove400.reporters.rules import rule_of
from prove400.reporters.summary import worst_first
from prove400.reporters.visible import one_line, visible
from prove400.reporters.wording import place, sentences, title

_CRITICAL = frozenset({Verdict.SILENT_200, Verdict.SERVER_ERROR, Verdict.LEAKY})


def render(run: Run) -> str:
    """Give the report, worst first; one that the baseline accepts is `info`."""
    known = run.known
    issues = [_issue(run, finding, is_known=finding.fingerprint in known) for finding in worst_first(run)]
    return json.dumps(issues, indent=1) + "\n"


def _issue(run: Run, finding: Finding, *, is_known: bool) -> dict[str, Any]:
    source = place(run, finding)
    return {
        "description": one_line(f"{title(finding)}. {'. '.join(sentences(finding))}.", 1000),
        "check_name": visible(rule_of(finding).slug),
        "fingerprint": visible(finding.fingerprint),
        "severity": "info" if is_known else _severity(finding),
        "location": {"path": visible(source.file), "lines": {"begin": source.line}},
    }


def _severity(finding: Finding) -> str:
    if finding.severity is Severity.WARNING:
        return "minor"
    return "critical" if finding.verdict in _CRITICAL else "major"
