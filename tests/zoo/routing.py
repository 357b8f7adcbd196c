"""Defects around the body: parameters, methods, paths, and servers that are not of one mind."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from uuid import UUID

from prove400 import Request, Severity, Verdict
from tests.zoo.defect import Defect, Proof, anywhere, at, diamond, pins, post, refused, swallowed, verdicts
from tests.zoo.kinds import CATEGORY_PLACES
from tests.zoo.signature import CATEGORIES, SAMPLE
from tests.zoo.wsgi import BODY_PATHS, Answer, around, ask, on_answer, on_environ, posted_value, put

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

import json

ID = "HTTP_X_REQUEST_ID"
UUID_TEXT = "7B1C2D3E-0000-4000-8000-0123456789AB"
HEALTH = "GET /health"
LAX = {
    "1": "true",
    "yes": "true",
    "True": "true",
    "TRUE": "true",
    "on": "true",
    "0": "false",
    "no": "false",
    "False": "false",
    "FALSE": "false",
    "off": "false",
}


def predicts(environ: Any) -> bool:
    """Tell whether a request is one to predict."""
    return environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] in BODY_PATHS


def explained(environ: Any, change: Any) -> None:
    """Replace the one value of `explain` by `change(value)`; None removes it."""
    pairs = parse_qsl(environ["QUERY_STRING"], keep_blank_values=True)
    if predicts(environ) and [name for name, _ in pairs] == ["explain"]:
        value = change(pairs[0][1])
        environ["QUERY_STRING"] = "" if value is None else f"explain={value}"


def last_explain(environ: Any) -> None:
    """Keep the last of several `explain`."""
    pairs = parse_qsl(environ["QUERY_STRING"], keep_blank_values=True)
    if len(pairs) > 1 and {name for name, _ in pairs} == {"explain"}:
        environ["QUERY_STRING"] = f"explain={pairs[-1][1]}"


def needs_id(environ: Any) -> None:
    """Refuse a request without an id."""
    if predicts(environ):
        environ.setdefault(ID, "")


def needs_explain(environ: Any) -> None:
    """Refuse a request without a query."""
    if predicts(environ) and "explain" not in environ["QUERY_STRING"]:
        environ["QUERY_STRING"] = "explain="


def any_id(environ: Any) -> None:
    """Forget an id that is not well-formed."""
    try:
        UUID(environ.get(ID, ""))
    except ValueError:
        environ.pop(ID, None)


def loose_id(environ: Any) -> None:
    """Read an id as Python's UUID does: with braces, without hyphens, with a urn: in front."""
    try:
        environ[ID] = str(UUID(environ.get(ID, "")))
    except ValueError:
        return


def lower_id_only(environ: Any) -> None:
    """Refuse an id in upper case."""
    if environ.get(ID, "") != environ.get(ID, "").lower():
        environ[ID] = "upper"


def usage(app: Any, environ: Any) -> Answer:
    """Answer GET with a word on how to use the path."""
    if environ["REQUEST_METHOD"] == "GET" and environ["PATH_INFO"] in BODY_PATHS:
        return Answer(200, (), b"").text('{"usage": "POST a diamond"}', "application/json")
    return ask(app, environ)


def method_of(*methods: str) -> Any:
    """Give a change that takes other methods for POST."""
    return lambda e: e.update(REQUEST_METHOD="POST") if e["REQUEST_METHOD"] in methods else None


def raising(app: WSGIApplication) -> WSGIApplication:
    """Make a server that raises out of the application for an array where a category should be."""

    def handle(inner: WSGIApplication, environ: Any) -> Answer:
        value = posted_value(environ)
        if isinstance(value, dict):
            for name in CATEGORIES:
                hash(value.get(name))
        return ask(inner, environ)

    return around(handle)(app)


def flaky(app: WSGIApplication) -> WSGIApplication:
    """Make a server that lets every second bad diamond through."""
    turn = count(1)

    def handle(inner: WSGIApplication, environ: Any) -> Answer:
        again = dict(environ)
        posted_value(environ)  # makes the body readable twice
        again["wsgi.input"] = environ["wsgi.input"]
        answer = ask(inner, environ)
        if answer.status != 400 or not predicts(environ) or next(turn) % 2:
            return answer
        put(again, json.dumps(SAMPLE).encode())
        again.pop(ID, None)
        return ask(inner, again | {"QUERY_STRING": ""})

    return around(handle)(app)


OPTIONAL = verdicts(Verdict.OVER_REJECTED)
PAGE = "<!doctype html><title>404</title><h1>Not Found</h1>"
BODY = json.dumps(SAMPLE).encode()
ROUTING = (
    Defect(
        "header-required",
        "A middleware of the platform refuses requests without a request id.",
        on_environ(needs_id),
        refused(post(diamond())),
        pins("required", "/X-Request-Id") | pins("witness", ""),
        OPTIONAL,
        also=anywhere,
    ),
    Defect(
        "query-required",
        'args["explain"] raises where args.get was meant.',
        on_environ(needs_explain),
        refused(post(diamond())),
        pins("required", "/explain") | pins("witness", ""),
        OPTIONAL,
        also=anywhere,
    ),
    Defect(
        "explain-lax",
        "A lax boolean takes 1, yes and True.",
        on_environ(lambda e: explained(e, lambda v: LAX.get(v, v))),
        swallowed(post(diamond(), target="/predict?explain=1")),
        pins("type", "/explain"),
    ),
    Defect(
        "explain-anything",
        'explain == "true" makes false of anything else.',
        on_environ(lambda e: explained(e, lambda v: v if v == "true" else None)),
        swallowed(post(diamond(), target="/predict?explain=maybe")),
        pins("type", "/explain"),
    ),
    Defect(
        "explain-twice",
        "The last of several equal parameters wins, where the contract has one value.",
        on_environ(last_explain),
        swallowed(post(diamond(), target="/predict?explain=true&explain=false")),
        pins("name", "/explain"),
        severity=Severity.WARNING,
    ),
    Defect(
        "explain-true-refused",
        "The flag is read as JSON in the gateway, which sends True on.",
        on_environ(lambda e: explained(e, lambda v: "True" if v == "true" else v)),
        refused(post(diamond(), target="/predict?explain=true")),
        pins("type", "/explain") | pins("required", "/explain"),
        OPTIONAL,
    ),
    Defect(
        "explain-false-refused",
        "The flag may be absent or true; false was never tried.",
        on_environ(lambda e: explained(e, lambda v: "False" if v == "false" else v)),
        refused(post(diamond(), target="/predict?explain=false")),
        pins("type", "/explain") | pins("required", "/explain") | pins("witness", ""),
        OPTIONAL,
        also=anywhere,
    ),
    Defect(
        "request-id-unchecked",
        "The request id is only logged, so nobody validates it.",
        on_environ(any_id),
        swallowed(post(diamond(), ("X-Request-Id", "42"))),
        pins("pattern", "/X-Request-Id"),
        also=at(("/X-Request-Id", "name"), ("/X-Request-Id", "format")),
    ),
    Defect(
        "request-id-loose",
        "uuid.UUID() reads braces, urn: and no hyphens, which the pattern excludes.",
        on_environ(loose_id),
        swallowed(post(diamond(), ("X-Request-Id", UUID_TEXT.replace("-", "")))),
        pins("pattern", "/X-Request-Id"),
        also=at(("/X-Request-Id", "format")),
    ),
    Defect(
        "request-id-lower-case",
        "The comparison with the canonical form refuses upper-case digits, which the pattern has.",
        on_environ(lower_id_only),
        refused(post(diamond(), ("X-Request-Id", UUID_TEXT))),
        pins("pattern", "/X-Request-Id") | pins("format", "/X-Request-Id"),
        OPTIONAL,
    ),
    Defect(
        "get-answered",
        "GET answers a usage note with 200, which monitors take for health.",
        around(usage),
        Proof(Request("GET", "/predict"), 405, 200),
        pins("method.undeclared", ""),
    ),
    Defect(
        "put-predicts",
        "The route was registered for every method that writes.",
        on_environ(method_of("PUT")),
        Proof(Request("PUT", "/predict", (("Content-Type", "application/json"),), BODY), 405, 200),
        pins("method.undeclared", ""),
    ),
    Defect(
        "delete-predicts",
        "The route was registered for every method.",
        on_environ(method_of("DELETE")),
        Proof(Request("DELETE", "/predict", (("Content-Type", "application/json"),), BODY), 405, 200),
        pins("method.undeclared", ""),
    ),
    Defect(
        "405-without-allow",
        "The error handler builds a new response and loses the Allow header.",
        on_answer(lambda a, _: a.header("Allow", None), 405),
        Proof(Request("GET", "/predict"), 405, 405),
        pins("method.undeclared", ""),
        verdicts(Verdict.WRONG_STATUS, Verdict.UNSTRUCTURED, Verdict.MISATTRIBUTED),
    ),
    Defect(
        "404-for-405",
        "The router knows paths with their methods only.",
        on_answer(lambda a, _: Answer(404, a.header("Allow", None).headers, a.body.replace(b"405", b"404")), 405),
        Proof(Request("GET", "/predict"), 405, 404),
        pins("method.undeclared", ""),
        verdicts(Verdict.WRONG_STATUS),
    ),
    Defect(
        "404-html",
        "The 404 page comes from the framework, not from the problem handler.",
        on_answer(lambda a, _: a.text(PAGE, "text/html"), 404),
        Proof(post(diamond(), target="/nowhere"), 404, 404),
        pins("path.unknown", ""),
        verdicts(Verdict.UNSTRUCTURED),
        also=at(("", "path")),
    ),
    Defect(
        "catch-all",
        "A single-page front end's fallback answers every unknown path with its shell.",
        on_answer(lambda a, _: Answer(200, a.headers, b"").text(PAGE, "text/html"), 404),
        Proof(post(diamond(), target="/nowhere"), 404, 200),
        pins("path.unknown", ""),
        also=at(("", "path")),
    ),
    Defect(
        "trailing-slash",
        "strict_slashes is off, and the path answers under two names.",
        on_environ(lambda e: e.update(PATH_INFO=e["PATH_INFO"].rstrip("/"))),
        Proof(post(diamond(), target="/predict/"), 404, 200),
        pins("path.trailing-slash", ""),
        severity=Severity.WARNING,
    ),
    Defect(
        "path-case-folded",
        "The gateway's routes are case-insensitive.",
        on_environ(lambda e: e.update(PATH_INFO=e["PATH_INFO"].lower())),
        Proof(post(diamond(), target="/PREDICT"), 404, 200),
        pins("path.other-case", ""),
        severity=Severity.WARNING,
    ),
    Defect(
        "health-schema",
        "Health says ok where the contract says alive.",
        on_answer(lambda a, e: a.json({"status": "ok"}) if e["PATH_INFO"] == "/health" else a, 200),
        Proof(Request("GET", "/health"), 200, 200),
        pins("witness", ""),
        verdicts(Verdict.BAD_RESPONSE),
        operations=(HEALTH,),
        also=anywhere,
    ),
    Defect(
        "health-takes-post",
        "Load balancers may POST, so the route takes any method.",
        on_environ(lambda e: e.update(REQUEST_METHOD="GET") if e["PATH_INFO"] == "/health" else None),
        Proof(Request("POST", "/health"), 405, 200),
        pins("method.undeclared", ""),
        operations=(HEALTH,),
    ),
    Defect(
        "raises-through",
        "The exception leaves the application, and the server drops the connection.",
        raising,
        Proof(post(diamond(cut=["Ideal"])), 400, 0),
        pins("type", *CATEGORY_PLACES),
        verdicts(Verdict.SERVER_ERROR),
        every=True,
        also=at(*pins("enum", *CATEGORY_PLACES)),
    ),
    Defect(
        "flaky",
        "One of two replicas still runs last month's build, which validates nothing.",
        flaky,
        Proof(post(diamond(cut="Excellent")), 400, 200, times=2),
        pins("enum", *CATEGORY_PLACES),
        verdicts(Verdict.UNSTABLE),
        also=anywhere,
    ),
)
