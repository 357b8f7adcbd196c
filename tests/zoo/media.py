"""Defects of the headers about the body: media types that nobody reads, limits that nobody sets."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

from api.strict_json import parse
from prove400 import Severity, Verdict
from tests.zoo.defect import Defect, Proof, anywhere, at, post, verdicts
from tests.zoo.kinds import from_string
from tests.zoo.signature import NUMBERS, SAMPLE
from tests.zoo.wire import TEXT, wire
from tests.zoo.wsgi import (
    Build,
    on_environ,
    posted,
    put,
)

FORM = "application/x-www-form-urlencoded"


def typed(environ: Any) -> None:
    """Take any body for JSON."""
    environ["CONTENT_TYPE"] = "application/json"


def typed_where(accepted: Any) -> Build:
    """Make a server that takes a body for JSON where `accepted(content type)` is true."""
    return on_environ(lambda e: typed(e) if accepted(e.get("CONTENT_TYPE", "").lower()) else None)


def form_read(environ: Any) -> None:
    """Take a form for the object of its fields."""
    raw = posted(environ)
    if raw is None or environ.get("CONTENT_TYPE", "").partition(";")[0] != FORM:
        return
    fields = dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
    if fields.keys() == SAMPLE.keys():
        put(environ, json.dumps({k: from_string(k, v) if k in NUMBERS else v for k, v in fields.items()}).encode())
        typed(environ)


def shrunk(environ: Any) -> None:
    """Read a body of any size, white space and all."""
    if environ["REQUEST_METHOD"] != "POST":
        return
    raw = posted(environ)
    if raw is not None and not parse(raw).flaws:
        put(environ, json.dumps(json.loads(raw)).encode())


MEDIA = (
    Defect(
        "content-type-ignored",
        "get_json(force=True) reads anything.",
        on_environ(typed),
        Proof(post(TEXT, kind="text/plain"), 415, 200),
        wire("content-type.plain", "content-type.missing", "content-type.html"),
        every=True,
        also=at(("", "content-type")),
    ),
    Defect(
        "content-type-missing",
        "No content type is taken for the usual one.",
        typed_where(lambda kind: kind == ""),
        Proof(post(TEXT, kind=None), 415, 200),
        wire("content-type.missing"),
    ),
    Defect(
        "content-type-prefix",
        "startswith() takes application/jsonlines for JSON.",
        typed_where(lambda kind: kind.startswith("application/json")),
        Proof(post(TEXT, kind="application/json5"), 415, 200),
        wire("content-type.near-miss"),
        also=at(("", "content-type")),
    ),
    Defect(
        "content-type-contains",
        '`"json" in content_type` was to allow application/ld+json.',
        typed_where(lambda kind: "json" in kind),
        Proof(post(TEXT, kind="text/json"), 415, 200),
        wire("content-type.near-miss"),
        also=at(("", "content-type")),
    ),
    Defect(
        "charset-ignored",
        "The charset parameter is never read.",
        typed_where(lambda kind: kind.startswith("application/json;")),
        Proof(post(TEXT, kind="application/json; charset=utf-16"), 415, 200),
        wire("content-type.charset"),
        severity=Severity.WARNING,
    ),
    Defect(
        "content-type-exact",
        '== "application/json" refuses the charset parameter that axios sends.',
        on_environ(lambda e: e.update(CONTENT_TYPE="text/plain") if ";" in e.get("CONTENT_TYPE", "") else None),
        Proof(post(TEXT, kind="application/json; charset=utf-8"), 200, 415),
        wire("content-type.parameter"),
        verdicts(Verdict.OVER_REJECTED),
    ),
    Defect(
        "content-type-case",
        "The media type is compared without folding its case (RFC 9110 8.3.1).",
        on_environ(
            lambda e: (
                e.update(CONTENT_TYPE="text/plain")
                if e.get("CONTENT_TYPE", "").lower() != e.get("CONTENT_TYPE", "")
                else None
            )
        ),
        Proof(post(TEXT, kind="Application/JSON"), 200, 415),
        wire("content-type"),
        verdicts(Verdict.OVER_REJECTED),
    ),
    Defect(
        "form-accepted",
        "Beside JSON, the first version's HTML form is still read.",
        on_environ(form_read),
        Proof(post(urlencode(SAMPLE).encode(), kind=FORM), 415, 200),
        wire("content-type.form"),
    ),
    Defect(
        "content-encoding-ignored",
        "Content-Encoding is left to a proxy that is not there.",
        on_environ(lambda e: e.pop("HTTP_CONTENT_ENCODING", None)),
        Proof(post(TEXT, ("Content-Encoding", "gzip")), 415, 200),
        wire("content-encoding"),
    ),
    Defect(
        "no-size-limit",
        "The limit was set in the proxy of the old deployment only.",
        on_environ(shrunk),
        Proof(post(TEXT + b" " * 300_000), 413, 200),
        wire("content-length.oversize"),
        also=anywhere,
    ),
)
