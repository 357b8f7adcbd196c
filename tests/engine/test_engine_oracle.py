"""The oracle: every rule speaks up where it must and keeps still at a near miss, the gravest first."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from prove400.contract import load
from prove400.model import Case, Constraint, Failure, Obligation, Part, Reply, Request, Side, Verdict
from prove400.oracle import RULES, Oracle, judge
from prove400.validation import SchemaValidators

PROBLEM, JSON = "application/problem+json", "application/json"
ERROR = {"type": "object", "required": ["errors"]}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {},
    "paths": {
        "/p{name}": {
            "parameters": [{"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}],
            "post": {
                "requestBody": {"content": {JSON: {"schema": {}}}},
                "responses": {
                    "200": {
                        "content": {
                            JSON: {
                                "schema": {
                                    "type": "object",
                                    "required": ["price"],
                                    "properties": {"price": {"type": "number", "minimum": 0}},
                                }
                            }
                        }
                    },
                    "204": {"description": "nothing"},
                    "400": {"content": {PROBLEM: {"schema": ERROR}}},
                    "4XX": {"content": {JSON: {}}},
                    "default": {"content": {"*/*": {"schema": {"type": "array"}}}},
                },
            },
        }
    },
}
CONTRACT = load(DOCUMENT)
ORACLE = Oracle(CONTRACT.operations[0], SchemaValidators(CONTRACT.document))


def case(  # noqa: PLR0913 — a case has this many sides
    side: Side = Side.INVALID,
    *,
    keyword: str = "maximum",
    at: str = "/carat",
    places: tuple[str, ...] = ("/carat",),
    status: tuple[int, ...] = (400,),
    part: Part = Part.BODY,
    path: str = "/p",
) -> Case:
    """Make a case that breaks one constraint, or none."""
    obligation = Obligation(Constraint("POST /p", part, at, f"/schema/{keyword}", keyword), f"{keyword}.x", side)
    request = Request("POST", path, (("Content-Type", JSON),), b"{}")
    expected, fault_places = (status, places) if side is Side.INVALID else ((), ())
    return Case(obligation, request, request, at, fault_places, frozenset(), expected)


def reply(status: int, value: Any = None, kind: str = PROBLEM, *headers: tuple[str, str]) -> Reply:
    """Make a reply with a JSON body, or raw bytes."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Reply(status, (("Content-Type", kind), *headers), body)


def problem(place: str, status: int = 400, kind: str = PROBLEM, **more: Any) -> Reply:
    """Make an error that names a place."""
    return reply(status, {"errors": [{"pointer": place, **more}]}, kind)


VALID = case(Side.VALID)
WIRE = case(keyword="method.undeclared", at="", places=("",), status=(405,), part=Part.PATH)
ALLOW = ("Allow", "POST")


@dataclass(frozen=True)
class Row:
    """A case and a reply, and the rule that must speak first."""

    rule: str
    case: Case
    reply: Reply
    why: str


ROWS = [
    Row("unreachable", case(), Reply(0, failure=Failure.TIMEOUT, detail="10 s"), "timed out"),
    Row("unreachable", VALID, Reply(0, failure=Failure.GONE), "nobody listens"),
    Row("dropped", case(), Reply(0, failure=Failure.DROPPED), "closed"),
    Row(
        "dropped", case(keyword="content-length.too-short"), Reply(0, failure=Failure.DROPPED), "closed on a whole body"
    ),
    Row("discharged", case(keyword="content-length.too-long"), Reply(0, failure=Failure.DROPPED), "closed on a part"),
    Row("dropped", case(keyword="content-length.too-long"), Reply(0, failure=Failure.RAISED), "raised on a part"),
    Row("dropped", VALID, Reply(0, failure=Failure.RAISED, detail="KeyError: 'a'"), "raised"),
    Row("server-error", case(), reply(500), "500"),
    Row("server-error", VALID, reply(503, b"Traceback (most recent call last)", "text/html"), "5xx that leaks"),
    Row("server-error", case(), reply(599), "the last 5xx"),
    Row("silent-200", case(), reply(200, {"price": 1}, JSON), "200"),
    Row("silent-200", case(), reply(204, b"", ""), "204"),
    Row("silent-200", case(), reply(299, {"price": "x"}, JSON), "the last 2xx, though its body is bad"),
    Row("unknown-name", case(Side.VALID, path="/pa"), problem("", 404), "404 to a valid request with a made-up name"),
    Row("unknown-name", case(path="/pa"), problem("", 404), "404 to an invalid request with a made-up name"),
    Row("wrong-status", case(path="/pa", status=(404, 400)), problem("/carat", 422), "404 is expected"),
    Row("discharged", case(path="/pa", status=(404, 400)), problem("/carat", 404, JSON), "404 is expected"),
    Row("discharged", case(path="/pa", at="/name", part=Part.PATH, status=(400, 404)), reply(404, [], JSON), "no name"),
    Row("discharged", case(Side.VALID, path="/pa", part=Part.PATH), reply(404, [], JSON), "nothing has the name"),
    Row("over-rejected", case(Side.VALID, path="/pa", part=Part.PATH), problem("", 400), "400 to a name"),
    Row("over-rejected", VALID, reply(404, [], JSON), "404 where no name was made up"),
    Row("over-rejected", VALID, problem("/carat"), "400"),
    Row("over-rejected", VALID, reply(301, b"", ""), "redirect"),
    Row("over-rejected", VALID, reply(199, b"", ""), "below 2xx"),
    Row("bad-response", VALID, reply(200, {"price": -1}, JSON), "below its minimum"),
    Row("bad-response", VALID, reply(200, {}, JSON), "a member is missing"),
    Row("bad-response", VALID, reply(200, b'{"price":NaN}', JSON), "NaN"),
    Row("bad-response", VALID, reply(200, b'{"price":1}', "text/plain"), "another media type"),
    Row("bad-response", VALID, reply(200, b"", JSON), "no body"),
    Row("bad-response", VALID, reply(201, {"price": 1}, JSON), "breaks the default response"),
    Row("leaky", case(), problem("/carat", detail="Traceback (most recent call last):"), "traceback"),
    Row("leaky", VALID, reply(200, {"price": 1, "model": "/srv/model/predict.py"}, JSON), "a path in an answer"),
    Row("leaky", case(), problem("/carat", 422, detail="/home/me/a.py"), "a leak is graver than the status"),
    Row("wrong-status", case(), problem("/carat", 422), "422 where 400 is documented"),
    Row("wrong-status", case(), reply(302, b"", ""), "redirect"),
    Row("wrong-status", case(), problem("/carat", 404), "404"),
    Row("wrong-status", WIRE, problem("", 404), "404 for a method"),
    Row("missing-allow", WIRE, problem("", 405, JSON), "405 without Allow"),
    Row("missing-allow", WIRE, reply(405, {"errors": []}, JSON, ("Allow", "")), "an empty Allow"),
    Row("unstructured", case(), reply(400, b"<h1>Bad</h1>", "text/html"), "HTML"),
    Row("unstructured", case(), reply(400, b'{"errors":[]}', ""), "untyped"),
    Row("unstructured", case(), problem("/carat", kind=JSON), "JSON of another media type"),
    Row("unstructured", case(), reply(400, {"error": "/carat"}), "breaks the error schema"),
    Row("unstructured", case(), reply(400, b'{"errors":[1,]}'), "not JSON"),
    Row("unstructured", case(), reply(400, b'{"errors":NaN}'), "NaN"),
    Row("unstructured", case(), reply(400, b"", PROBLEM), "empty"),
    Row("misattributed", case(), problem("/cut"), "another field"),
    Row("misattributed", case(), reply(400, {"errors": []}), "no place"),
    Row(
        "misattributed",
        case(at="", places=("/cut",), keyword="required"),
        problem("", detail="carat is missing"),
        "other name",
    ),
    Row("misattributed", case(), problem("", detail="carat is too high"), "a leaf at its parent"),
    Row("misattributed", case(keyword="anyOf", at="/a", places=("/a",)), problem("/b/a"), "beside a combinator"),
    Row("misattributed", case(at="/n", places=("/n",), part=Part.QUERY), problem("/m"), "another parameter"),
    Row("discharged", case(), problem("/carat"), "as it must be"),
    Row("discharged", case(), problem("/carat", kind=f"{PROBLEM}; charset=utf-8"), "media type with a parameter"),
    Row("discharged", case(status=(415, 400)), problem("/carat", 415, JSON), "another accepted status"),
    Row("discharged", case(places=("/cut", "/carat")), problem("/carat"), "one of two faults is named"),
    Row(
        "discharged",
        case(at="", places=("/cut",), keyword="required"),
        problem("/cut"),
        "a missing member by its place",
    ),
    Row(
        "discharged",
        case(at="", places=("/cut",), keyword="required"),
        problem("", detail="'cut' is missing"),
        "at its parent",
    ),
    Row("discharged", case(keyword="anyOf", at="/a", places=("/a",)), problem("/a/b"), "below a combinator"),
    Row("discharged", case(at="/n", places=("/n",), part=Part.QUERY), problem("/query/n"), "a parameter with its part"),
    Row(
        "discharged",
        case(keyword="type", at="", places=("",)),
        reply(400, {"errors": []}),
        "for the root nothing need be named",
    ),
    Row(
        "discharged",
        case(keyword="json.truncated", at="", places=("",)),
        reply(400, {"errors": []}),
        "for syntax neither",
    ),
    Row("discharged", WIRE, reply(405, {"errors": []}, JSON, ALLOW), "405 with Allow"),
    Row(
        "discharged",
        case(keyword="path.slash", status=(404, 308), at="", places=("",)),
        reply(308, b"", ""),
        "an accepted redirect",
    ),
    Row("discharged", VALID, reply(200, {"price": 0}, JSON), "an answer"),
    Row("discharged", VALID, reply(204, b"", ""), "an answer without a body"),
    Row("discharged", VALID, reply(299, [], JSON), "an answer that fits the default"),
    Row("discharged", VALID, reply(200, {"price": 1}, f"{JSON};charset=utf-8"), "media type with a parameter"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.rule}: {row.why}")
def test_verdicts(row: Row) -> None:
    """Each reply gets the verdict of the gravest rule that it breaks, with a sentence, or is discharged."""
    found = ORACLE.judge(row.case, row.reply)
    assert found.rule == row.rule
    assert found.verdict is (RULES[row.rule][1] if row.rule in RULES else Verdict.DISCHARGED)
    assert bool(found.message) is (row.rule != "discharged")


@pytest.mark.parametrize("slug", RULES)
def test_every_rule_speaks_and_keeps_still(slug: str) -> None:
    """Each rule of the table decides one row above, and has nothing to say to another that differs little."""
    rule, _ = RULES[slug]
    assert any(row.rule == slug and rule(ORACLE, row.case, row.reply) for row in ROWS)
    assert any(row.rule == "discharged" and not rule(ORACLE, row.case, row.reply) for row in ROWS)


def test_every_verdict_of_a_reply_has_a_rule() -> None:
    """Each verdict but those that need no rule, or more than one reply, is given by a rule."""
    others = {Verdict.DISCHARGED, Verdict.UNSTABLE, Verdict.IMPLAUSIBLE}
    assert set(Verdict) - {verdict for _, verdict in RULES.values()} == others


def test_judge_is_the_oracle_s_method() -> None:
    """The function and the method say the same."""
    assert all(judge(ORACLE, row.case, row.reply) == ORACLE.judge(row.case, row.reply) for row in ROWS)


@pytest.mark.parametrize(
    ("made", "answer", "words"),
    [
        (case(), reply(200, {}, JSON), "answered 200"),
        (case(status=(415, 400)), problem("", 422), "answered 422, expected 415 or 400"),
        (case(), problem("/cut"), "body/carat"),
        (VALID, reply(200, {"price": -1}, JSON), "minimum at /price"),
        (VALID, reply(200, b'{"price":NaN}', JSON), "NaN is not JSON"),
        (case(), reply(400, b"x", "text/html"), "text/html"),
        (case(), problem("/carat", kind=JSON), PROBLEM),
        (case(), Reply(0, failure=Failure.DROPPED, detail="reset by peer"), "reset by peer"),
    ],
)
def test_messages_say_what_was_seen(made: Case, answer: Reply, words: str) -> None:
    """The sentence holds the observed facts that a reader needs."""
    assert words in ORACLE.judge(made, answer).message


def test_a_documented_media_type_may_have_parameters() -> None:
    """A response documented as ``application/json; charset=utf-8`` admits that very content type."""
    document = json.loads(
        json.dumps(DOCUMENT).replace(
            f'"200": {{"content": {{"{JSON}"', f'"200": {{"content": {{"{JSON}; charset=utf-8"'
        )
    )
    contract = load(document)
    oracle = replace(ORACLE, operation=contract.operations[0], validators=SchemaValidators(contract.document))
    assert oracle.judge(VALID, reply(200, {"price": 1}, f"{JSON}; charset=utf-8")).rule == "discharged"
    assert oracle.judge(VALID, reply(200, {"price": -1}, f"{JSON}; charset=utf-8")).rule == "bad-response"


VERSION = {"required": True, "schema": {"type": "string", "pattern": "^v[0-9]+$"}}
LEFT = {"schema": {"type": "integer", "minimum": 0}}
NAMED, ANY = {"Model-Version": VERSION, "X-Left": LEFT, "X-Free": {}}, {"description": "any"}


@pytest.mark.parametrize(
    ("responses", "answer", "words"),
    [
        ({"204": ANY}, Reply(204), ""),
        ({"204": ANY}, Reply(200), "answered 200, documented is 204"),
        ({"201": ANY, "202": ANY}, Reply(200), "answered 200, documented is 201 or 202"),
        ({"2XX": ANY}, Reply(200), ""),
        ({"204": ANY, "default": ANY}, Reply(200), ""),
        ({"400": ANY}, Reply(200), ""),
        ({"200": {"headers": NAMED}}, Reply(200, (("model-version", "v3"), ("X-Left", "0"), ("X-Free", "é"))), ""),
        ({"200": {"headers": NAMED}}, Reply(200, (("X-Left", "0"),)), "the header Model-Version is missing"),
        ({"200": {"headers": NAMED}}, Reply(200, (("Model-Version", "3"),)), "headers/Model-Version/schema/pattern"),
        (
            {"200": {"headers": NAMED}},
            Reply(200, (("Model-Version", "v3"), ("X-Left", "few"))),
            "headers/X-Left/schema/type at /X-Left",
        ),
    ],
)
def test_a_success_is_as_documented(responses: dict[str, Any], answer: Reply, words: str) -> None:
    """Its status is one of those of successes, where any is documented, and its headers follow their schemas."""
    contract = load({"openapi": "3.1.0", "info": {}, "paths": {"/p": {"put": {"responses": responses}}}})
    judgement = judge(Oracle(contract.operations[0], SchemaValidators(contract.document)), VALID, answer)
    assert words in judgement.message
    assert judgement.verdict is (Verdict.BAD_RESPONSE if words else Verdict.DISCHARGED)
