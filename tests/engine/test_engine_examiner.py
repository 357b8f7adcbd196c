"""The judge of requests that nobody planned: what a server may say of a deep body, and of a missing one."""

from __future__ import annotations

import json

import pytest

import prove400
from prove400 import Examiner, Reply, Request, Severity, Verdict

JSON = (("Content-Type", "application/json"),)
EXAMINER = Examiner(prove400.load("contracts/openapi.json"))
ROW = {"carat": 1.0, "cut": "Ideal", "color": "E", "clarity": "VS1", "depth": 61.0, "table": 57.0, "x": 6.5, "y": 6.5}


def refused(status: int, place: str, part: str = "body") -> Reply:
    """Give a refusal that names one place."""
    fault = {"in": part, "pointer": place, "code": "type", "detail": "is wrong"}
    said = {
        "type": "about:blank",
        "title": "no",
        "status": status,
        "detail": "no",
        "instance": "urn:x",
        "errors": [fault],
    }
    headers = (("Content-Type", "application/problem+json"), ("X-Request-Id", "123e4567-e89b-42d3-a456-426614174000"))
    return Reply(status, headers, json.dumps(said).encode())


@pytest.mark.parametrize(("levels", "verdict"), [(15, Verdict.MISATTRIBUTED), (16, Verdict.DISCHARGED)])
def test_a_deep_body_may_be_refused_as_a_whole(levels: int, verdict: Verdict) -> None:
    """A server's limit of depth comes before its schema, and is told of the whole text (RFC 8259 section 9)."""
    value: object = 0
    for _ in range(levels):
        value = [value]
    request = Request("POST", "/predict", JSON, json.dumps(ROW | {"z": value}).encode())
    assert EXAMINER.judge(request, refused(400, "")).judgement.verdict is verdict
    assert EXAMINER.judge(request, refused(400, "/z")).judgement.verdict is Verdict.DISCHARGED


@pytest.mark.parametrize(("body", "verdict"), [(b"", Verdict.DISCHARGED), (b"{}", Verdict.WRONG_STATUS)])
def test_a_request_without_body_and_type_may_get_415(body: bytes, verdict: Verdict) -> None:
    """What is missing is of no media type; what is there, and of the right one, is not."""
    request = Request("POST", "/predict", JSON if body else (), body)
    reply = refused(415, "/Content-Type", "header")
    assert EXAMINER.judge(request, reply).judgement.verdict is verdict


@pytest.mark.parametrize(
    ("body", "severity"),
    [
        (b'\xef\xbb\xbf{"carat": 1}', Severity.WARNING),
        (b'{"carat": 1, "carat": 1}', Severity.WARNING),
        (b'{"cut": "\\ud800"}', Severity.WARNING),
        (b'{"carat": NaN}', Severity.ERROR),
        (b'{"carat": 1}', Severity.ERROR),
    ],
    ids=["BOM", "duplicate name", "lone surrogate", "NaN", "schema"],
)
def test_what_standards_only_advise_is_a_warning(body: bytes, severity: Severity) -> None:
    """Requests that nobody planned are as grave as the catalogue's."""
    assert EXAMINER.case(Request("POST", "/predict", JSON, body)).obligation.severity is severity


def test_a_judgement_reads_as_an_assertion() -> None:
    """Its text names the verdict, the operation, the place and the keyword."""
    request = Request("POST", "/predict", JSON, json.dumps(ROW | {"z": 4.0, "cut": "ideal"}).encode())
    judged = EXAMINER.judge(request, Reply(200, (("Content-Type", "application/json"),), b"{}"))
    assert str(judged) == "silent-200 of POST /predict › body/cut › enum: answered 200 to an invalid request"


@pytest.mark.parametrize(
    ("name", "schema", "verdict"),
    [
        ("a", {"type": "string"}, Verdict.UNREACHABLE),
        ("a", {"enum": ["a"]}, Verdict.OVER_REJECTED),
        ("a", {"enum": ["b"]}, Verdict.DISCHARGED),
        ("a", {"type": "integer"}, Verdict.DISCHARGED),
    ],
)
def test_404_for_a_name_in_the_path(name: str, schema: object, verdict: Verdict) -> None:
    """An invalid name may get 404; of a valid one that nobody lists it shows nothing."""
    parameter = {"name": "m", "in": "path", "required": True, "schema": schema}
    operation = {"parameters": [parameter], "responses": {"200": {"description": "x"}}}
    examiner = Examiner(prove400.load({"openapi": "3.1.0", "info": {}, "paths": {"/m/{m}": {"get": operation}}}))
    reply = Reply(404, (("Content-Type", "application/json"),), b'{"detail": "not found"}')
    assert examiner.judge(Request("GET", f"/m/{name}"), reply).judgement.verdict is verdict
