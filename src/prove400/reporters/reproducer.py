"""A finding as a short test for pytest, which runs as it is pasted and fails for as long as the defect is there.

Where a status decides, the test sends the request with Python's own `http.client`. What only the oracle can judge
(names in an error, schemas, equal answers), and what `http.client` would not send as it is, is left to prove400.
"""

from __future__ import annotations

import re
from pprint import pformat

from prove400.model import Finding, Request, Run, Verdict
from prove400.reporters.curl import origin, variable
from prove400.reporters.summary import mutated
from prove400.reporters.visible import clipped, one_line

LIMIT = 8192
"""Bytes of a body that is written into a test."""
_BY_STATUS = frozenset({Verdict.SILENT_200, Verdict.SERVER_ERROR, Verdict.WRONG_STATUS, Verdict.OVER_REJECTED})
_FRAMING = frozenset({"content-length", "transfer-encoding", "host", "connection", "expect"})
_SUCCESS = 2  # hundreds
_METHOD = re.compile(r"[A-Z]+")
_TARGET = re.compile(r"/[!-~]*")
_FIELD = re.compile(r"[!-9;-~]+"), re.compile(r"[\t -~\xa0-\xff]*")
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_DOCSTRING = str.maketrans({'"': "'", "\\": "/"})


def as_test(finding: Finding, run: Run) -> str:
    """Give the source of the test."""
    if finding.verdict in _BY_STATUS and not _right(finding) and _plain(finding.request):
        return _by_status(finding, run)
    return _by_prove400(finding, run)


def _right(finding: Finding) -> bool:
    """Tell whether the status is right, so that something else is wrong: a field that a 405 needs."""
    status, wanted = finding.reply.status, finding.expected_status
    return status in wanted if wanted else status // 100 == _SUCCESS


def _plain(request: Request) -> bool:
    names, values = _FIELD
    fields = all(names.fullmatch(n) and values.fullmatch(v) and n.lower() not in _FRAMING for n, v in request.headers)
    sendable = _METHOD.fullmatch(request.method) and _TARGET.fullmatch(request.target)
    return bool(fields and sendable) and len(request.body) <= LIMIT


def _name(finding: Finding) -> str:
    said = re.sub(r"[^a-z0-9]+", "_", mutated(finding, finding.operator).lower()).strip("_")
    return f"test_{clipped(said, 60).rstrip('…')}_{re.sub('[^0-9a-z]', '', finding.fingerprint)}"


def _docstring(finding: Finding) -> str:
    text = one_line(f"{finding.operation} › {finding.constraint.label} › {finding.operator}: {finding.verdict}", 100)
    return f'"""{text.translate(_DOCSTRING)}"""\n'


def _by_status(finding: Finding, run: Run) -> str:
    request = finding.request
    wanted = finding.expected_status
    right = f"reply.status in {wanted}" if wanted else "200 <= reply.status < 300"
    headers, own = [*request.headers], request.header
    if request.body or request.method in _WITH_BODY:
        headers.append(("Content-Length", str(len(request.body))))
    lines = [
        _docstring(finding),
        "import http.client",
        "import os",
        "from urllib.parse import urlsplit",
        "",
        f'TARGET = urlsplit(os.environ.get("TARGET", {origin(run.target)!r}))',
        f"HEADERS = {pformat(headers, width=110)}",
        *(f"HEADERS.append(({name!r}, os.environ[{variable(name)!r}]))" for name in run.headers if own(name) is None),
        f"BODY = {request.body!r}",
        "",
        "",
        f"def {_name(finding)}():",
        '    https = TARGET.scheme == "https"',
        "    connect = http.client.HTTPSConnection if https else http.client.HTTPConnection",
        "    connection = connect(TARGET.netloc, timeout=10)",
        f"    connection.putrequest({request.method!r}, {request.target!r}, skip_accept_encoding=True)",
        "    for name, value in HEADERS:",
        "        connection.putheader(name, value)",
        "    connection.endheaders(BODY)",
        "    reply = connection.getresponse()",
        f"    assert {right}, (reply.status, reply.read())",
    ]
    return "\n".join(lines) + "\n"


def _by_prove400(finding: Finding, run: Run) -> str:
    source = run.contract.source
    published = not source or "://" in source or source.startswith(("<", f"{run.target} "))
    contract = None if published else source
    beside = {name: f"${variable(name)}" for name in run.headers}
    told = f", headers={beside!r}" if beside else ""
    lines = [
        _docstring(finding),
        "import os",
        "",
        "import prove400",
        "",
        "",
        f"def {_name(finding)}():",
        f'    target = os.environ.get("TARGET", {run.target!r})',
        f"    run = prove400.prove(target, {contract!r}, operations=[{finding.operation!r}]{told})",
        f"    assert {finding.fingerprint!r} not in {{found.fingerprint for found in run.findings}}",
    ]
    return "\n".join(lines) + "\n"
