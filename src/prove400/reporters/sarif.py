"""Findings as SARIF 2.1.0, for code scanning: each at the line of the keyword that was broken.

Stays inside the limits of GitHub: one run, 25,000 results, of which the 5,000 gravest are shown, 10 tags and texts of
1,024 characters for each rule, 10 MB when compressed.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from prove400.model import Finding, Headers, Known, Run, Severity
from prove400.reporters.rules import Rule, rule_of
from prove400.reporters.summary import count, verdict_line, worst_first
from prove400.reporters.tool import NAME, documentation, version
from prove400.reporters.visible import clipped, one_line, visible
from prove400.reporters.wording import accepted, incomplete, place, sentences, title

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RESULTS = 25_000
"""Results that GitHub takes."""
EXCHANGES = 1_000
"""Results that hold request and reply; with more, a file of the most results would be too large."""
BODY = 2_048
"""Bytes of a body that is shown; a larger one is left out."""
_TEXT = 1_000
_ROOT = "%SRCROOT%"


def render(run: Run) -> str:
    """Give the log; where there are more findings than GitHub takes, the mildest are left out, and counted."""
    found = worst_first(run)
    shown = found[:RESULTS]
    rules = {rule.slug: rule for rule in map(rule_of, shown)}
    places = {slug: index for index, slug in enumerate(rules)}
    about = _About(run)
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(list(rules.values()))},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder in which prove400 ran."}}},
                "invocations": [_invocation(run, len(found) - len(shown))],
                "results": [
                    {**about.result(finding, whole=at < EXCHANGES), "ruleIndex": places[rule_of(finding).slug]}
                    for at, finding in enumerate(shown)
                ],
                "properties": {"verdict": one_line(verdict_line(run), _TEXT), "counts": run.counts},
            }
        ],
    }
    return json.dumps(log, indent=1) + "\n"


def _driver(rules: list[Rule]) -> dict[str, Any]:
    page = {"informationUri": page} if (page := documentation()) else {}
    return {"name": NAME, "version": version(), **page, "rules": list(map(_rule, rules))}


def _rule(rule: Rule) -> dict[str, Any]:
    page = {"helpUri": page} if (page := documentation(rule.anchor)) else {}
    said, matters = one_line(rule.said, _TEXT), one_line(rule.matters, _TEXT)
    return {
        "id": visible(rule.slug),
        "name": "".join(word.capitalize() for word in visible(rule.slug).replace(".", "-").split("-")),
        "shortDescription": {"text": said},
        "fullDescription": {"text": clipped(f"{said} {matters}", _TEXT)},
        "help": {"text": f"{said} {matters}", "markdown": f"**{said}**\n\n{matters}"},
        **page,
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["api", "contract", "openapi"], "precision": "very-high"},
    }


def _invocation(run: Run, left_out: int) -> dict[str, Any]:
    told = [("error", text) for text in incomplete(run)] or [("note", one_line(note, _TEXT)) for note in run.notes]
    if left_out:
        told.append(("warning", f"{count(left_out, 'finding')} more: see the JSON report"))
    notifications = [{"level": level, "message": {"text": text}} for level, text in told]
    whole = not incomplete(run)
    return {"executionSuccessful": whole, **_clock(run), "toolExecutionNotifications": notifications}


def _clock(run: Run) -> dict[str, str]:
    try:
        start = datetime.fromisoformat(run.started)
    except ValueError:
        return {}
    times = {"startTimeUtc": start, "endTimeUtc": start + timedelta(seconds=round(run.seconds))}
    return {name: f"{time:%Y-%m-%dT%H:%M:%SZ}" for name, time in times.items()}


class _About:
    """What all results of a run share."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._known = run.known
        self._before = frozenset(run.past[-1].fingerprints) if run.past else None

    def result(self, finding: Finding, *, whole: bool) -> dict[str, Any]:
        """Give one result, with what was sent and answered where it is `whole`."""
        text = _unlinked(f"{title(finding)}. {'. '.join(sentences(finding))}.")
        return {
            "ruleId": visible(rule_of(finding).slug),
            "level": "error" if finding.severity is Severity.ERROR else "warning",
            "message": {"text": text},
            "locations": [self._location(finding)],
            "partialFingerprints": {"prove400/fingerprint/v1": visible(finding.fingerprint)},
            **self._history(finding),
            **(_exchange(finding) if whole else {}),
            "properties": {
                "operators": [visible(name) for name in finding.operators],
                "instanceLocation": visible(finding.instance_location),
                "keywordLocation": visible(finding.keyword_location),
                "cases": finding.cases,
            },
        }

    def _location(self, finding: Finding) -> dict[str, Any]:
        source = place(self._run, finding)
        region: dict[str, Any] = {"startLine": source.line, "startColumn": source.column}
        if source.text:
            region["snippet"] = {"text": visible(source.text)}
        operation, label = visible(finding.operation), visible(finding.constraint.label)
        return {
            "physicalLocation": {"artifactLocation": _artifact(source.file), "region": region},
            "logicalLocations": [
                {"name": operation, "fullyQualifiedName": operation, "kind": "resource"},
                {"name": label, "fullyQualifiedName": f"{operation} › {label}", "kind": "parameter"},
            ],
        }

    def _history(self, finding: Finding) -> dict[str, Any]:
        """Say whether it is accepted, and whether it is new: of all results or of none (SARIF sections 3.27.23, 24)."""
        told: dict[str, Any] = {}
        if self._run.baseline:
            known = self._known.get(finding.fingerprint)
            told["suppressions"] = [_suppression(known)] if known else []
        if self._before is not None:
            told["baselineState"] = "unchanged" if finding.fingerprint in self._before else "new"
        return told


def _unlinked(text: str) -> str:
    """Give a text in which no viewer sees a link (SARIF section 3.11.6)."""
    return one_line(text.replace("](", "] ("), _TEXT)


def _suppression(known: Known) -> dict[str, str]:
    return {"kind": "external", "status": "accepted", "justification": accepted(known)}


def _artifact(file: str) -> dict[str, str]:
    path = quote(file.encode("utf-8", "surrogatepass"), safe="/-._~!$&'()*+,;=@")
    if file.startswith("/"):
        return {"uri": f"file://{path}"}
    return {"uri": path.removeprefix("./"), "uriBaseId": _ROOT}


def _exchange(finding: Finding) -> dict[str, Any]:
    request, reply = finding.request, finding.reply
    sent = {
        "protocol": "HTTP",
        "version": "1.1",
        "target": visible(request.target),
        "method": visible(request.method),
        "headers": _headers(request.headers),
        **_body(request.body),
    }
    if not reply.status:
        return {"webRequest": sent, "webResponse": {"noResponseReceived": True}}
    answered = {"statusCode": reply.status, "headers": _headers(reply.headers), **_body(reply.body)}
    return {"webRequest": sent, "webResponse": answered}


def _headers(headers: Headers) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in headers:
        shown = visible(name)
        joined[shown] = f"{joined[shown]}, {visible(value)}" if shown in joined else visible(value)
    return joined


def _body(body: bytes) -> dict[str, Any]:
    if not body or len(body) > BODY:
        return {}
    try:
        return {"body": {"text": body.decode("utf-8")}}
    except UnicodeDecodeError:
        return {"body": {"binary": base64.b64encode(body).decode("ascii")}}
