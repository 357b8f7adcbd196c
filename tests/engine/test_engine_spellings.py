"""Parameters against servers: what a reply may call them, and which spellings of numbers and booleans are settled."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

import prove400
from prove400.contract import load
from prove400.engine import Examiner
from prove400.model import Request, Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication

INT = {"type": "integer"}


def param(name: str, schema: Any, **more: Any) -> dict[str, Any]:
    """Make a Parameter Object of the query."""
    return {"name": name, "in": "query", "schema": schema, **more}


def plain_server(refuses: Callable[[str, list[str]], bool], named: str = "{name}") -> WSGIApplication:
    """Make a server of `GET /x`; `refuses` judges the texts of one name, and `named` is how a reply calls it."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        query: dict[str, list[str]] = {}
        for name, text in parse_qsl(environ["QUERY_STRING"], keep_blank_values=True):
            query.setdefault(name, []).append(text)
        bad = next((name for name, texts in query.items() if refuses(name, texts)), None)
        status = "400 Bad Request" if bad else "200 OK"
        if environ["PATH_INFO"] != "/x" or environ["REQUEST_METHOD"] != "GET":
            status, bad = "404 Not Found" if environ["PATH_INFO"] != "/x" else "405 Method Not Allowed", "x"
        kind = "application/problem+json" if bad else "application/json"
        start_response(status, [("Content-Type", kind), ("Allow", "GET")])
        return [json.dumps({"errors": [{"field": named.format(name=bad)}]}).encode()]

    return app


REFUSED = {"200": {"description": ""}, "400": {"description": "", "content": {"application/problem+json": {}}}}


def of_query(*parameters: Any) -> dict[str, Any]:
    """Give the contract of a GET with parameters in its query."""
    get = {"parameters": list(parameters), "responses": REFUSED}
    return {"openapi": "3.1.0", "info": {}, "paths": {"/x": {"get": get}}}


SOME = param("l", {"type": "array", "items": {"type": "integer", "maximum": 9}, "minItems": 1, "maxItems": 4})


@pytest.mark.parametrize(
    ("named", "is_right"),
    [("{name}", True), ("{name}[]", True), ("query.{name}", True), ("m", False), ("{name}x", False)],
)
def test_a_reply_may_name_an_array_parameter_as_a_whole(named: str, *, is_right: bool) -> None:
    """A server that refuses an item by the parameter's name is right; by another name it is not."""

    def refuses(_: str, texts: list[str]) -> bool:
        return len(texts) > 4 or not all(re.fullmatch("-?(0|[1-9][0-9]*)", text) and int(text) < 10 for text in texts)

    run = prove400.prove(plain_server(refuses, named), of_query(SOME))
    assert {f.verdict for f in run.findings} == (set() if is_right else {Verdict.MISATTRIBUTED})


COUNT = param("n", {"type": "integer", "minimum": 1, "maximum": 99.0}, example=17.0)
SERVERS = {
    "int()": (r"\s*[+-]?[0-9_]+\s*", {"n": "type"}),
    "digits only": (r"-?(0|[1-9][0-9]*)", {}),
    "17.0 too": (r"-?(0|[1-9][0-9]*)(\.0+)?", {}),
    "17e0 too": (r"-?(0|[1-9][0-9]*)(\.0+)?([eE][+-]?0+)?", {"n": "type"}),
}


@pytest.mark.parametrize("server", SERVERS)
def test_spellings_of_integers_are_no_errors(server: str) -> None:
    """Whether a text 17.0 or 17e0 is an integer, no standard says: neither answer is an error."""
    pattern, warned = SERVERS[server]

    def refuses(_: str, texts: list[str]) -> bool:
        text = texts[0].replace("_", "")
        return len(texts) > 1 or not re.fullmatch(pattern, texts[0]) or not 1 <= float(text) <= 99

    run = prove400.prove(plain_server(refuses), of_query(COUNT))
    assert run.gating == ()
    assert {f.constraint.label.removeprefix("query/"): f.constraint.keyword for f in run.findings} == warned
    assert not any(outcome.obligation.operator == "type.integral-float" for outcome in run.outcomes)


@pytest.mark.parametrize(
    ("schema", "text", "severity"),
    [
        (INT, "17.0", Severity.WARNING),
        (INT, "17e0", Severity.WARNING),
        (INT, "+17", Severity.WARNING),
        (INT, "017", Severity.WARNING),
        (INT, "%2017", Severity.WARNING),
        (INT, "17", Severity.ERROR),
        (INT, "17.5", Severity.ERROR),
        (INT, "x", Severity.ERROR),
        ({"type": "number"}, "17.0", Severity.ERROR),
        ({"type": "boolean"}, "True", Severity.WARNING),
        ({"type": "boolean"}, "1", Severity.WARNING),
        ({"type": "boolean"}, "2", Severity.ERROR),
        ({"type": "boolean"}, "true", Severity.ERROR),
        ({"type": ["boolean", "string"], "maxLength": 1}, "on", Severity.ERROR),
    ],
)
def test_requests_of_others_with_unsettled_spellings(schema: Any, text: str, severity: Severity) -> None:
    """A request that a search made is at most worth a warning where no standard settles what its texts spell."""
    examiner = Examiner(load(of_query(param("n", schema))))
    assert examiner.case(Request("GET", f"/x?n={text}")).obligation.severity is severity
