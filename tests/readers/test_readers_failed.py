"""Answers with 2xx whose body says that there was an error."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

import prove400
from prove400.contract import load
from prove400.model import Case, Constraint, Finding, Obligation, Part, Reply, Request, Side, Verdict
from prove400.oracle import SIGNS, Oracle
from prove400.validation import SchemaValidators

JSON = "application/json"
ROW = {"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]}
NAMES = ["; ".join(sign.members) for sign in SIGNS]


def document(answer: Any) -> dict[str, Any]:
    """Give a contract with one operation, whose answer has a schema, or none."""
    content = {JSON: {} if answer is None else {"schema": answer}}
    operation = {
        "requestBody": {"required": True, "content": {JSON: {"schema": ROW}}},
        "responses": {"200": {"description": "x", "content": content}, "400": {"description": "x"}},
    }
    parts = {"schemas": {"Named": {"type": "object", "properties": {"error": {"type": ["string", "null"]}}}}}
    return {"openapi": "3.1.0", "info": {}, "paths": {"/p": {"post": operation}}, "components": parts}


def judged(body: Any, side: Side = Side.VALID, answer: Any = None) -> tuple[Verdict, str]:
    """Give verdict and message on a 200 with a body."""
    contract = load(document(answer))
    oracle = Oracle(contract.operations[0], SchemaValidators(contract.document))
    obligation = Obligation(Constraint("POST /p", Part.BODY, "/n", "/n/type", "type"), "type.x", side)
    request = Request("POST", "/p", (("Content-Type", JSON),), b'{"n":1}')
    case = Case(obligation, request, request, "/n", ("/n",), frozenset(), (400,))
    found = oracle.judge(case, Reply(200, (("Content-Type", JSON),), json.dumps(body).encode()))
    return found.verdict, found.message


@pytest.mark.parametrize("sign", SIGNS, ids=NAMES)
def test_a_sign_reads_its_examples(sign: Any) -> None:
    """Each entry of the table says what its examples say, and nothing of its counterexamples."""
    assert sign.examples
    assert sign.others
    for body, said in sign.examples:
        assert sign.read(body) == said
        told = f"answered 200 whose body says error: {said}"
        assert judged(body) == (Verdict.BAD_RESPONSE, told)
        assert judged(body, Side.INVALID) == (Verdict.SILENT_200, told)
    for body in sign.others:
        assert sign.read(body) == ""


@pytest.mark.parametrize("body", [each for sign in SIGNS for each in sign.others] + [[], [{"error": "x"}], "error", 1])
def test_what_says_nothing(body: Any) -> None:
    """What is no error is as good as any other answer."""
    assert judged(body) == (Verdict.DISCHARGED, "")
    assert judged(body, Side.INVALID) == (Verdict.SILENT_200, "answered 200 to an invalid request")


NUMBER = {"properties": {"error": {"type": "number"}}}
TEXT = {"properties": {"error": {"type": ["string", "null"]}}}


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (TEXT, {"error": None}),
        (TEXT, {"error": "the likeliest class"}),
        (NUMBER, {"error": 0.12}),
        ({"$ref": "#/components/schemas/Named"}, {"error": "x"}),
        ({"allOf": [{}, {"anyOf": [{"$ref": "#/components/schemas/Named"}]}]}, {"error": "x"}),
        ({"additionalProperties": {"type": "string"}}, {"error": "x"}),
        ({"properties": {"errors": {"type": "array"}}}, {"errors": ["x"]}),
        ({"properties": {"success": {"type": "boolean"}}}, {"success": False}),
    ],
)
def test_a_documented_member_is_no_error(answer: Any, body: Any) -> None:
    """What the documented answer has may be what the model predicts: a figure called `error`, or a text."""
    assert judged(body, answer=answer) == (Verdict.DISCHARGED, "")


@pytest.mark.parametrize("answer", [{"properties": {"price": {}}}, {"additionalProperties": True}, True, {}])
def test_another_documented_answer_is_no_excuse(answer: Any) -> None:
    """A schema that has other members, or admits anything, does not make an error an answer."""
    assert judged({"error": "bad cut"}, answer=answer)[0] is Verdict.BAD_RESPONSE


def test_both_faults_of_an_answer_are_told() -> None:
    """An error in the place of what the contract requires is told with what it breaks."""
    verdict, message = judged({"error": "bad cut"}, answer={"required": ["price"]})
    assert verdict is Verdict.BAD_RESPONSE
    assert message.startswith("answered 200 whose body says error: bad cut; the body breaks ")


def test_a_status_that_says_it_too_counts_always() -> None:
    """A status of failure beside an error is one, also where the contract documents both members, as cog's does."""
    answer = {"properties": {"status": {"enum": ["succeeded", "failed"]}, "error": {"type": "string"}}}
    body = {"status": "failed", "error": "a\ntraceback " + "x" * 500}
    verdict, message = judged(body, answer=answer)
    assert verdict is Verdict.BAD_RESPONSE
    assert message.startswith("answered 200 whose body says error: a traceback xxx")
    assert len(message) < 300


def tutorial(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    """Answer as tutorials do: all that fails is caught, and returned with 200; so is what was refused for its size."""
    text = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    try:
        number = json.loads(text)["n"]
        answer: Any = {"price": 10 / (number - 1)}
    except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError) as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    start("200 OK", [("Content-Type", JSON)])
    return [json.dumps(answer).encode()]


def test_a_handler_that_catches_everything() -> None:
    """Of a server that answers every error with 200, the run says what the bodies say, for valid requests, too."""
    schema = {"type": "object", "properties": {"price": {"type": "number"}}}
    contract = document(schema)
    run = prove400.prove(tutorial, contract, operations=["POST /p"], sanity=False)
    messages = {(finding.verdict, finding.constraint.keyword): finding.message for finding in run.findings}
    assert messages[Verdict.SILENT_200, "required"] == "answered 200 whose body says error: KeyError: 'n'"
    valid: list[Finding] = [finding for finding in run.findings if finding.verdict is Verdict.BAD_RESPONSE]
    assert all("answered 200 whose body says error: ZeroDivisionError" in finding.message for finding in valid)
    assert valid
