"""Parameters both ways: values to the bytes of a request, and the bytes back to values and faults."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from prove400 import plan
from prove400.assembly import assemble
from prove400.contract import load
from prove400.model import Case, Part, Request, Side, Unisolable
from prove400.pointer import ABSENT
from prove400.serialization import STYLES, Example, Field, percent_encode
from prove400.validation import AdmittedTypes, RequestJudge, Routes, SchemaValidators

EXAMPLES = [(name, example) for name, style in STYLES.items() for example in style.examples]
IN_PATHS_AND_HEADERS = ("simple", "label", "matrix")


def made(*parameters: Any, path: str = "/x", version: str = "3.1.0", **schemas: Any) -> RequestJudge:
    """Make the judge of one GET with parameters."""
    content = {
        "openapi": version,
        "info": {},
        "paths": {path: {"get": {"parameters": list(parameters), "responses": {}}}},
        "components": {"schemas": schemas},
    }
    contract = load(content)
    return RequestJudge(contract.operations[0], SchemaValidators(contract.document))


def param(name: str, schema: Any, part: str = "query", **more: Any) -> dict[str, Any]:
    """Make a Parameter Object."""
    return {"name": name, "in": part, "schema": schema, **more}


def sent(judge: RequestJudge, *values: Any) -> Request:
    """Give the request that holds values, in the order of the parameters."""
    pairs = zip(judge.operation.parameters, values, strict=True)
    return assemble(judge.operation, tuple((p, v) for p, v in pairs if v is not ABSENT))


def found(judge: RequestJudge, target: str, *headers: tuple[str, str]) -> list[tuple[str, str, str]]:
    """Give (instance, last step of the keyword location, rule) of every fault."""
    faults = judge.faults(Request("GET", target, headers))
    return [(f.instance_location, f.keyword_location.rpartition("/")[2], f.rule) for f in faults]


def test_every_style_has_examples() -> None:
    """No style is without an example of a scalar, array or object."""
    assert all(style.examples for style in STYLES.values())


@pytest.mark.parametrize(("style", "example"), EXAMPLES, ids=lambda value: value if isinstance(value, str) else "")
def test_styles_both_ways(style: str, example: Example) -> None:
    """Each example is written as it says, and what it says is read back to its value."""
    pairs = STYLES[style].write(Field("color", example.explode, percent_encode), example.value)
    bare = style in IN_PATHS_AND_HEADERS
    assert (pairs[0][1] if bare else "&".join(f"{name}={text}" for name, text in pairs)) == example.text
    assert STYLES[style].read(Field("color", example.explode, unquote), pairs, example.shape) == example.value


@pytest.mark.parametrize(("style", "example"), EXAMPLES, ids=lambda value: value if isinstance(value, str) else "")
def test_styles_in_requests(style: str, example: Example) -> None:
    """Each example survives the way through the bytes of a request, in every part that has its style."""
    schema = {"type": {str: "string", list: "array", dict: "object"}[type(example.value)]}
    parts = ("query",) if style not in IN_PATHS_AND_HEADERS else ("path", "header") if style == "simple" else ("path",)
    for part in (*parts, *(("cookie",) if style == "form" and not example.explode else ())):
        declared = param("color", schema, part, style=style, explode=example.explode, required=True)
        judge = made(declared, path="/x/v{color}" if part == "path" else "/x")
        request = sent(judge, example.value)
        assert judge.value(request, Part(part), "color") == example.value
        assert judge.faults(request) == ()


LIST, NUMBERS = (
    {"type": "array", "items": {"type": "integer"}},
    {"type": "object", "properties": {"a": {"type": "integer"}}},
)
TYPED: list[tuple[dict[str, Any], Any, str]] = [
    (param("q", LIST), [1, 2], "/x?q=1&q=2"),
    (param("q", LIST), [1], "/x?q=1"),
    (param("q", LIST, explode=False), [1, 2], "/x?q=1,2"),
    (param("q", LIST, style="spaceDelimited", explode=False), [1, 2], "/x?q=1%202"),
    (param("q", LIST, style="pipeDelimited", explode=False), [1, 2], "/x?q=1%7C2"),
    (param("q", NUMBERS, style="deepObject", explode=True), {"a": 1}, "/x?q%5Ba%5D=1"),
    (param("q", NUMBERS), {"a": 1}, "/x?a=1"),
    (param("q", {"type": "boolean"}), True, "/x?q=true"),
    (param("q", {"type": "number"}), 1e-7, "/x?q=1e-07"),
    (param("q", {"type": "string"}, allowReserved=True), "a/b,c&d", "/x?q=a/b,c%26d"),
    (param("q", {"type": "array", "items": {"type": "string"}}, allowReserved=True), ["a,b"], "/x?q=a%2Cb"),
    ({"name": "q", "in": "query", "content": {"application/json": {"schema": LIST}}}, [1, 2], "/x?q=%5B1%2C2%5D"),
    (param("a b", {"type": "string"}), "c d", "/x?a%20b=c%20d"),
]


@pytest.mark.parametrize(("declared", "value", "target"), TYPED, ids=[target for _, _, target in TYPED])
def test_values_in_the_query(declared: dict[str, Any], value: Any, target: str) -> None:
    """A value is written in its parameter's style, and read back with its types."""
    judge = made(declared)
    request = sent(judge, value)
    assert request.target == target
    assert judge.value(request, Part.QUERY, declared["name"]) == value
    assert judge.faults(request) == ()


INT = {"type": "integer"}
READ: list[tuple[Any, str, Any]] = [
    ({"anyOf": [INT, {"type": "null"}]}, "5", 5),
    ({"oneOf": [{"type": "boolean"}, INT]}, "5", 5),
    ({"allOf": [{"type": ["integer", "string"]}, {"type": ["integer", "null"]}]}, "5", 5),
    ({"$ref": "#/components/schemas/I"}, "5", 5),
    ({"type": "number", "allOf": [INT]}, "5", 5),
    ({"enum": [1, 2.5]}, "2.5", 2.5),
    ({"const": 3}, "3", 3),
    ({"const": True}, "true", True),
    ({"type": ["integer", "string"], "enum": [1, "1x"]}, "1", 1),
    ({"type": ["string", "integer"], "minLength": 1, "maximum": 3}, "5", "5"),
    ({"anyOf": [INT, {"$ref": "#/components/schemas/Loop"}]}, "5", 5),
    ({"type": "string"}, "5", "5"),
    ({}, "5", "5"),
    (True, "5", "5"),
    (INT, "5x", "5x"),
    (INT, "01", "01"),
    (INT, "%2B1", "+1"),
    (INT, "%D9%A3", "٣"),
    ({"type": "number"}, "1e400", 10**400),
    ({"type": "number"}, "1e99999999999999999999", "1e99999999999999999999"),
    ({"type": "number"}, "NaN", "NaN"),
    ({"type": "array", "prefixItems": [{"type": "boolean"}], "items": INT}, "true&q=1", [True, 1]),
    ({"anyOf": [INT, {"type": "array", "items": INT}]}, "5", 5),
    ({"anyOf": [INT, {"type": "array", "items": INT}]}, "5&q=6", [5, 6]),
    ({"type": "array", "items": {"type": "object"}}, "%7B%22a%22%3A1%7D", [{"a": 1}]),
]


@pytest.mark.parametrize(("schema", "text", "expected"), READ)
def test_texts_are_read_by_their_schema(schema: Any, text: str, expected: Any) -> None:
    """A text is what it spells of the types that the schema admits, whatever keywords say which they are."""
    judge = made(param("q", schema), I=INT, Loop={"anyOf": [{"$ref": "#/components/schemas/Loop"}, {"type": "null"}]})
    value = judge.value(Request("GET", f"/x?q={text}"), Part.QUERY, "q")
    assert (value, type(value)) == (expected, type(expected))


def test_types_are_those_of_openapi_3_0() -> None:
    """`nullable` admits null in a contract of OpenAPI 3.0."""
    judge = made(param("q", {"type": "integer", "nullable": True}), version="3.0.3")
    assert judge.value(Request("GET", "/x?q=null"), Part.QUERY, "q") is None


def test_types_of_what_stands_inside() -> None:
    """Types inside a value are those of its items and members, through combinators too."""
    listed = {"anyOf": [{"type": "array", "items": {"enum": [1]}}, {"type": "null"}]}
    judge = made(param("q", {"type": "object", "properties": {"a": listed}, "additionalProperties": INT}))
    types, place = AdmittedTypes(judge.validators.schemas), judge.operation.parameters[0].schema_location
    assert types.at(place, ("a",)) == {"array", "null"}
    assert types.at(place, ("a", 0)) == {"integer", "number"}
    assert types.at(place, ("b",)) == {"integer"}


FAULTS: list[tuple[dict[str, Any], str, list[tuple[str, str, str]]]] = [
    (param("q", LIST), "/x?q=1&q=b", [("/q/1", "type", "")]),
    (param("q", {**LIST, "maxItems": 1}), "/x?q=1&q=2", [("/q", "maxItems", "")]),
    (param("q", INT), "/x?q=1&q=2", [("/q", "0", "name.repeated")]),
    (param("q", {"type": "string"}), "/x?q=%FF", [("/q", "0", "name.encoding")]),
    (param("q", LIST), "/x?q=%C3", [("/q", "0", "name.encoding")]),
    (param("q", NUMBERS, style="deepObject"), "/x?q[a]=b", [("/q/a", "type", "")]),
    (param("q", NUMBERS, style="deepObject"), "/x?q=b", [("/q", "type", "")]),
    (param("q", NUMBERS, style="deepObject"), "/x?qa=b", []),
    (param("q", NUMBERS, explode=False), "/x?q=a,1,b", [("/q", "type", "")]),
    (param("q", INT, allowEmptyValue=True), "/x?q=", []),
    (param("q", INT, allowEmptyValue=True), "/x?q", []),
    (param("q", INT), "/x?q=", [("/q", "type", "")]),
    (param("q", LIST, required=True), "/x", [("/q", "required", "")]),
    ({"name": "q", "in": "query", "content": {"application/json": {"schema": INT}}}, "/x?q=1", []),
    ({"name": "q", "in": "query", "content": {"application/json": {"schema": INT}}}, "/x?q=[1]", [("/q", "type", "")]),
    (
        {"name": "q", "in": "query", "content": {"application/json": {"schema": INT}}},
        "/x?q=%5B1",
        [("/q", "application~1json", "json.syntax")],
    ),
]


@pytest.mark.parametrize(("declared", "target", "expected"), FAULTS)
def test_faults_of_the_query(declared: dict[str, Any], target: str, expected: list[tuple[str, str, str]]) -> None:
    """Items, members, repetition, encoding and emptiness are judged from the bytes of the query."""
    assert found(made(declared), target) == expected


def test_an_exploded_object_takes_what_nobody_claims() -> None:
    """An exploded object's members are the names that no other parameter has."""
    closed = {"type": "object", "properties": {"a": INT}, "additionalProperties": False}
    judge = made(param("o", closed), param("q", INT))
    assert found(judge, "/x?a=1&q=2") == []
    assert found(judge, "/x?a=1&q=2&z=3") == [("/o", "additionalProperties", "")]
    assert found(made(param("a", closed)), "/x?a=b") == [("/a/a", "type", "")]


def test_an_empty_array_is_not_written() -> None:
    """An array or object without members is undefined, and leaves no trace (RFC 6570 section 2.3)."""
    for schema, explode in ((LIST, False), (LIST, True), (NUMBERS, False), (NUMBERS, True)):
        judge = made(param("q", schema, explode=explode))
        assert sent(judge, [] if schema is LIST else {}).target == "/x"


def test_headers_are_one_list() -> None:
    """Several fields of one name are one list, as one field with commas is (RFC 9110 section 5.3)."""
    judge = made(param("X-N", LIST, "header"))
    for headers in ([("x-n", "1"), ("X-N", " 2")], [("X-N", "1, 2")]):
        assert judge.value(Request("GET", "/x", tuple(headers)), Part.HEADER, "X-N") == [1, 2]
    assert found(judge, "/x", ("X-N", "1,b")) == [("/X-N/1", "type", "")]
    assert sent(judge, [1, 2]).header("X-N") == "1,2"


def test_cookies_are_written_and_read() -> None:
    """Cookies share one field; what is no cookie-octet is percent-encoded (RFC 6265 section 4.1.1)."""
    judge = made(param("a", {"type": "string"}, "cookie"), param("b", LIST, "cookie", explode=False))
    request = sent(judge, 'x; "y', [1, 2])
    assert request.header("Cookie") == "a=x%3B%20%22y; b=1%2C2" or request.header("Cookie") == "a=x%3B%20%22y; b=1,2"
    assert judge.value(request, Part.COOKIE, "a") == 'x; "y'
    assert judge.value(request, Part.COOKIE, "b") == [1, 2]


@pytest.mark.parametrize("text", ["a%2Fb", "a%5cb", "..", "%2e", ""])
def test_texts_that_lead_to_another_path(text: str) -> None:
    """A slash or dots in a path parameter, encoded or not, may lead elsewhere, and nothing else is claimed of them."""
    judge = made(param("id", {"type": "string"}, "path", required=True), path="/x/{id}/y")
    assert found(judge, f"/x/{text}/y") == [("/id", "required", "")]


def test_a_path_parameter_that_its_path_has_not() -> None:
    """A path parameter that the template has no place for can never be sent, and is no fault of a request."""
    judge = made(param("user_id", {"type": "string"}, "path", required=True), path="/x")
    assert found(judge, "/x") == []
    assert [p.name for p in judge.operation.unplaced] == ["user_id"]


def test_a_concrete_path_wins() -> None:
    """A path that another operation has is not this one's (OpenAPI 3.1 section 4.8.8.1)."""
    declared = [param("id", {"type": "string"}, "path", required=True)]
    paths = {"/x/{id}": {"get": {"parameters": declared, "responses": {}}}, "/x/me": {"get": {"responses": {}}}}
    contract = load({"openapi": "3.1.0", "info": {}, "paths": paths})
    routes = Routes(contract.operations)
    judge = RequestJudge(contract.operations[0], SchemaValidators(contract.document), routes)
    assert found(judge, "/x/you") == []
    assert found(judge, "/x/me") == [("", "~1x~1{id}", "path.unknown")]
    assert routes.operation("GET", "/x/me") is contract.operations[1]


def test_servers_of_an_operation_come_first() -> None:
    """The servers of an operation, then those of its path, then the document's stand in front of its path."""
    got = {"responses": {}}
    paths = {
        "/a": {"get": got, "servers": [{"url": "/path"}], "put": {**got, "servers": [{"url": "/own"}]}},
        "/b": {"get": got},
    }
    contract = load({"openapi": "3.1.0", "info": {}, "servers": [{"url": "/all"}], "paths": paths})
    assert [o.base_path for o in contract.operations] == ["/path", "/own", "/all"]


CONTRACT = {
    "openapi": "3.1.0",
    "info": {"title": "Parameters", "version": "1"},
    "paths": {
        "/x/{id}/{tags}": {
            "get": {
                "parameters": [
                    param("id", {"type": "integer", "minimum": 1}, "path", required=True),
                    param("tags", {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 1}, "path",
                          required=True, style="matrix", explode=True),
                    param("n", {"anyOf": [{"type": "integer", "maximum": 9}, {"type": "null"}]}),
                    param("e", {"type": "integer", "minimum": 2}, allowEmptyValue=True),
                    param("list", {**LIST, "maxItems": 3}, explode=False),
                    param("deep", {**NUMBERS, "required": ["a"]}, style="deepObject", explode=True, required=True),
                    param("X-Mode", {"enum": ["fast", "slow"]}, "header", required=True),
                    param("sid", {"type": "string", "minLength": 3}, "cookie", required=True),
                ],
                "responses": {"200": {"description": ""}, "400": {"description": ""}},
            }
        }
    },
}  # fmt: skip


def test_a_plan_of_parameters() -> None:
    """Every part is planned: each case's bytes violate what it says, and path parameters cannot be absent."""
    contract = load(CONTRACT)
    judge = RequestJudge(contract.operations[0], SchemaValidators(contract.document))
    planned = list(plan(contract))
    cases = [entry for entry in planned if isinstance(entry, Case)]
    for case in cases:
        if case.obligation.constraint.keyword.partition(".")[0] not in ("method", "path"):
            violated = {fault.violation for fault in judge.faults(case.request)}
            assert violated >= case.violates or case.isolated
            assert bool(violated) is (case.side is Side.INVALID)
    broken = {(case.part, case.obligation.constraint.keyword) for case in cases if case.isolated}
    assert broken >= {
        (Part.PATH, "minimum"),
        (Part.PATH, "type"),
        (Part.PATH, "enum"),
        (Part.QUERY, "type"),
        (Part.QUERY, "minimum"),
        (Part.QUERY, "maxItems"),
        (Part.QUERY, "required"),
        (Part.HEADER, "enum"),
        (Part.HEADER, "required"),
        (Part.COOKIE, "minLength"),
        (Part.COOKIE, "required"),
    }
    assert any(case.operator == "allowEmptyValue.empty" for case in cases)
    whole = {
        entry.reason
        for entry in planned
        if isinstance(entry, Unisolable) and entry.keyword_location.endswith("0/required")
    }
    assert whole == {"a path without it is another path"}
