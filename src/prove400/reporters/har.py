"""What was sent as an HTTP Archive 1.2: every case that the run kept, and each finding with its whole reply.

See http://www.softwareishard.com/blog/har-12-spec/; members that it does not know begin with an underscore.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from prove400.model import Finding, Headers, Obligation, Reply, Request, Run, Tried
from prove400.reporters.curl import origin
from prove400.reporters.tool import NAME, version
from prove400.reporters.visible import visible

_URL = "/-._~!$&'()*+,;=:@%?"  # what RFC 3986 admits in path and query
UNKNOWN = "x-unknown"
"""Media type of a body that has none (as Firefox writes it)."""


def render(run: Run) -> str:
    """Give the archive; neither times nor replies of cases without a finding are kept in a run."""
    log = {
        "version": "1.2",
        "creator": {"name": NAME, "version": version()},
        "comment": "Of cases without a finding, a run keeps the request and the status of the reply.",
        "entries": list(_entries(run)),
    }
    lines = ",\n".join(json.dumps(entry) for entry in log["entries"])
    head = json.dumps({**log, "entries": []})
    return f'{{"log": {head.removesuffix("[]}")}[\n{lines}\n]}}}}\n'


def _entries(run: Run) -> Iterator[dict[str, Any]]:
    findings = {finding.fingerprint: finding for finding in run.findings}
    told: set[str] = set()
    for outcome in run.outcomes:
        own = [findings[key] for key in outcome.fingerprints if key in findings]
        for tried in outcome.tried:
            shown = next((f for f in own if f.request == tried.request and f.fingerprint not in told), None)
            if shown is None:
                yield _tried(run, outcome.obligation, tried)
            else:
                told.add(shown.fingerprint)
                yield _found(run, shown)
    yield from (_found(run, finding) for finding in run.findings if finding.fingerprint not in told)


def _found(run: Run, finding: Finding) -> dict[str, Any]:
    reply = finding.reply
    about = {
        "verdict": str(finding.verdict),
        "obligation": visible(f"{finding.operation} › {finding.constraint.label} › {finding.operator}"),
        "fingerprint": visible(finding.fingerprint),
        "message": visible(finding.message),
    }
    return _entry(run, _request(run, finding.request), _response(reply), reply.seconds, about)


def _tried(run: Run, obligation: Obligation, tried: Tried) -> dict[str, Any]:
    about = {"verdict": str(tried.verdict), "obligation": visible(obligation.id)}
    sent = _request(run, tried.request) if tried.request else _large(run, obligation, tried.size)
    return _entry(run, sent, {**_response(Reply(tried.status)), "comment": "only the status is kept"}, 0, about)


def _entry(
    run: Run, request: dict[str, Any], response: dict[str, Any], seconds: float, about: dict[str, str]
) -> dict[str, Any]:
    spent = round(seconds * 1000, 3)
    return {
        "startedDateTime": visible(run.started),
        "time": spent,
        "request": request,
        "response": response,
        "cache": {},
        "timings": {"send": 0, "wait": spent, "receive": 0},
        "_prove400": about,
    }


def _large(run: Run, obligation: Obligation, size: int) -> dict[str, Any]:
    """Tell a request whose body is too large to be kept by its operation."""
    method, _, path = obligation.constraint.operation.partition(" ")
    told = _request(run, Request(method, path))
    return {**told, "bodySize": size, "comment": f"a body of {size:,} bytes, which is not kept"}


def _request(run: Run, request: Request) -> dict[str, Any]:
    told: dict[str, Any] = {
        "method": visible(request.method),
        "url": origin(run.target) + quote(request.target.encode("utf-8", "surrogatepass"), safe=_URL),
        "httpVersion": "HTTP/1.1",
        "cookies": _cookies(request.header("Cookie") or ""),
        "headers": _headers(request.headers),
        "queryString": [
            {"name": visible(name), "value": visible(value)}
            for name, value in parse_qsl(request.target.partition("?")[2], keep_blank_values=True)
        ],
        "headersSize": -1,
        "bodySize": len(request.body),
    }
    if request.body:
        told["postData"] = {"mimeType": visible(request.header("Content-Type") or UNKNOWN), **_text(request.body, "_")}
    return told


def _response(reply: Reply) -> dict[str, Any]:
    told = {
        "status": reply.status,
        "statusText": HTTPStatus(reply.status).phrase if reply.status in set(HTTPStatus) else "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(reply.headers),
        "content": {
            "size": len(reply.body),
            "mimeType": visible(reply.header("Content-Type") or UNKNOWN),
            **(_text(reply.body) if reply.body else {}),
        },
        "redirectURL": visible(reply.header("Location") or ""),
        "headersSize": -1,
        "bodySize": len(reply.body) if reply.headers else -1,
    }
    return {**told, "_error": visible(f"{reply.failure}: {reply.detail}")} if reply.failure else told


def _text(body: bytes, sign: str = "") -> dict[str, str]:
    """Give a body as text, else in base64; HAR knows the member that says so in replies only."""
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode("ascii"), f"{sign}encoding": "base64"}


def _headers(headers: Headers) -> list[dict[str, str]]:
    return [{"name": visible(name), "value": visible(value)} for name, value in headers]


def _cookies(text: str) -> list[dict[str, str]]:
    crumbs = (crumb.strip().partition("=") for crumb in text.split(";") if crumb.strip())
    return [{"name": visible(name), "value": visible(unquote(value))} for name, _, value in crumbs]
