"""Request bytes to faults: every part of a request, read from its bytes alone; texts of parameters; routes."""

from __future__ import annotations

from typing import Any

import pytest

from prove400.contract import load
from prove400.model import Operation, Request
from prove400.validation import AdmittedTypes, RequestJudge, Routes, SchemaValidators, media_of, value_of

ROW = {
    "type": "object",
    "required": ["a", "b"],
    "additionalProperties": False,
    "properties": {
        "a": {"type": "number", "maximum": 5},
        "b": {"enum": ["X", "Y"]},
        "c/d": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}},
    },
}
CONTENT = "/paths/~1rows/post/requestBody/content"
KEY = "/components/schemas/Row"
JSON = (("Content-Type", "application/json"),)
GOOD = b'{"a":1,"b":"X"}'


def operation(
    *parameters: Any,
    content: Any = None,
    required: bool | None = True,
    version: str = "3.1.0",
    path: str = "/rows",
    **schemas: Any,
) -> tuple[Operation, SchemaValidators]:
    """Make one POST with a body and parameters."""
    body = {
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Row"}}}
        if content is None
        else content
    }
    if required is not None:
        body["required"] = required
    post = {"requestBody": body, "parameters": list(parameters), "responses": {}}
    contract = load(
        {
            "openapi": version,
            "info": {},
            "paths": {path: {"post": post}},
            "components": {"schemas": {"Row": ROW, "Item": {"type": "string"}, **schemas}},
        }
    )
    return contract.operations[0], SchemaValidators(contract.document)


def judged(
    made: tuple[Operation, SchemaValidators], body: bytes = GOOD, headers: Any = JSON, target: str = "/rows"
) -> list[tuple[str, str, str]]:
    """Give (instance, keyword, rule) of every fault of a request."""
    faults = RequestJudge(*made).faults(Request("POST", target, headers, body))
    return [(fault.instance_location, fault.keyword_location, fault.rule) for fault in faults]


FRAMES: dict[str, tuple[bytes, tuple[tuple[str, str], ...], list[tuple[str, str, str]]]] = {
    "good": (GOOD, JSON, []),
    "absent": (b"", (), [("", f"{CONTENT.rpartition('/')[0]}/required", "body.missing")]),
    "empty": (b"", JSON, [("", f"{CONTENT}/application~1json", "json.syntax")]),
    "no content type": (GOOD, (), [("", CONTENT, "content-type")]),
    "another content type": (GOOD, (("Content-Type", "text/plain"),), [("", CONTENT, "content-type")]),
    "nearly the content type": (GOOD, (("Content-Type", "application/jsonx"),), [("", CONTENT, "content-type")]),
    "content type in capitals": (GOOD, (("content-type", " Application/JSON ;charset=UTF-8"),), []),
    "quoted charset": (GOOD, (("Content-Type", 'application/json; charset="utf-8"'),), []),
    "UTF-16 charset": (GOOD, (("Content-Type", "application/json; charset=utf-16"),), [("", CONTENT, "content-type")]),
    "UTF-16 charset, UTF-8 elsewhere": (
        GOOD,
        (("Content-Type", "application/json; charset=utf-16; x=utf-8"),),
        [("", CONTENT, "content-type")],
    ),
    "gzip": (GOOD, (*JSON, ("Content-Encoding", "gzip")), [("", CONTENT, "content-type")]),
    "identity": (GOOD, (*JSON, ("Content-Encoding", "identity")), []),
    "identity in capitals": (GOOD, (*JSON, ("Content-Encoding", "Identity")), []),
    "right length": (GOOD, (*JSON, ("Content-Length", str(len(GOOD)))), []),
    "body too short": (GOOD, (*JSON, ("Content-Length", "99")), [("", CONTENT, "content-length")]),
    "huge length": (GOOD, (*JSON, ("Content-Length", "9" * 5000)), [("", CONTENT, "content-length")]),
    "body cut by its length": (
        GOOD,
        (*JSON, ("Content-Length", "5")),
        [("", f"{CONTENT}/application~1json", "json.syntax")],
    ),
    "trailing text beyond the length": (GOOD + b"x", (*JSON, ("Content-Length", str(len(GOOD)))), []),
    "length is no number": (GOOD, (*JSON, ("Content-Length", "ten")), [("", CONTENT, "content-length")]),
    "negative length": (GOOD, (*JSON, ("Content-Length", "-1")), [("", CONTENT, "content-length")]),
    "NaN": (b'{"a":NaN,"b":"X"}', JSON, [("", f"{CONTENT}/application~1json", "json.constant")]),
    "repeated name": (b'{"a":1,"a":1,"b":"X"}', JSON, [("", f"{CONTENT}/application~1json", "json.duplicate-name")]),
    "byte order mark": (b"\xef\xbb\xbf" + GOOD, JSON, [("", f"{CONTENT}/application~1json", "json.bom")]),
    "bad UTF-8": (b'{"a":1,"b":"\xff"}', JSON, [("", f"{CONTENT}/application~1json", "json.encoding")]),
    "exponent out of range": (
        b'{"a":1e99999999999999999999,"b":"X"}',
        JSON,
        [("", f"{CONTENT}/application~1json", "json.number")],
    ),
}
VALUES: list[tuple[bytes, set[tuple[str, str]]]] = [
    (b'{"a":5,"b":"Y","c/d":["e"]}', set()),
    (b"null", {("", f"{KEY}/type")}),
    (b'{"b":"X"}', {("", f"{KEY}/required")}),
    (b"{}", {("", f"{KEY}/required")}),
    (b'{"a":5.000000000000001,"b":"X"}', {("/a", f"{KEY}/properties/a/maximum")}),
    (b'{"a":1e400,"b":"X"}', {("/a", f"{KEY}/properties/a/maximum")}),
    (b'{"a":"1","b":"X"}', {("/a", f"{KEY}/properties/a/type")}),
    (b'{"a":true,"b":"X"}', {("/a", f"{KEY}/properties/a/type")}),
    (b'{"a":1,"b":"x"}', {("/b", f"{KEY}/properties/b/enum")}),
    (b'{"a":1,"b":"X","A":1}', {("", f"{KEY}/additionalProperties")}),
    (b'{"a":1,"b":"X","c/d":["e",1]}', {("/c~1d/1", "/components/schemas/Item/type")}),
    (
        b'{"a":9,"b":0,"c/d":1}',
        {
            ("/a", f"{KEY}/properties/a/maximum"),
            ("/b", f"{KEY}/properties/b/enum"),
            ("/c~1d", f"{KEY}/properties/c~1d/type"),
        },
    ),
]


@pytest.mark.parametrize("name", FRAMES)
def test_frame_and_syntax(name: str) -> None:
    """A fault of the frame or of the syntax is one fault of the whole body, under its rule and at its place."""
    body, headers, expected = FRAMES[name]
    assert judged(operation(), body, headers) == expected


@pytest.mark.parametrize(("body", "expected"), VALUES)
def test_faults_of_schemas(body: bytes, expected: set[tuple[str, str]]) -> None:
    """A value's faults have the instance's location and the absolute keyword location, `$ref` followed."""
    found = judged(operation(), body)
    assert {(instance, keyword) for instance, keyword, _ in found} == expected
    assert {rule for _, _, rule in found} <= {""}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{}", {"/a", "/b"}),
        (b'{"a":1}', {"/b"}),
        (b'{"a":1,"b":"X","q":1,"r/s":2}', {"/q", "/r~1s"}),
        (b'{"a":9,"b":"X"}', {"/a"}),
    ],
)
def test_the_place_to_name_is_the_member(body: bytes, expected: set[str]) -> None:
    """Each missing or extra member is a fault of its own, whose place is the member's."""
    faults = RequestJudge(*operation()).faults(Request("POST", "/rows", JSON, body))
    assert {fault.place for fault in faults} == expected
    assert all(fault.of_body_schema for fault in faults)


@pytest.mark.parametrize("required", [False, None])
def test_an_optional_body_may_be_absent(*, required: bool | None) -> None:
    """A body that is not required may be absent, yet one that is there is judged."""
    made = operation(required=required)
    assert judged(made, b"", ()) == []
    assert judged(made, b"[", JSON)[0][2] == "json.syntax"
    assert judged(made, GOOD, ())[0][2] == "content-type"


def test_an_operation_without_a_body_has_no_faults_of_one() -> None:
    """Where the contract declares no body, nothing is said of one."""
    contract = load({"openapi": "3.1.0", "info": {}, "paths": {"/x": {"get": {"responses": {}}}}})
    judge = RequestJudge(contract.operations[0], SchemaValidators(contract.document))
    assert judge.faults(Request("GET", "/x", (("Content-Type", "text/odd"),), b"\xff")) == ()


@pytest.mark.parametrize(
    ("declared", "sent", "found"),
    [
        ("application/json", "application/json", True),
        ("application/problem+json", "Application/Problem+JSON", True),
        ("application/json; charset=utf-8", "application/json", True),
        ("application/*", "application/json", True),
        ("*/*", "text/csv", True),
        ("application/json", "application/json-patch+json", False),
        ("text/*", "application/json", False),
    ],
)
def test_media_types(declared: str, sent: str, *, found: bool) -> None:
    """A declared media type may have parameters or be a range (OpenAPI 3.1 section 4.8.13)."""
    made, _ = operation(content={declared: {}})
    assert (media_of(made, Request("POST", "/rows", (("Content-Type", sent),))) is not None) is found


def test_a_body_without_a_schema_is_only_read() -> None:
    """A media type without a schema asks for strict JSON and no more."""
    made = operation(content={"application/json": {}})
    assert judged(made, b"[1]") == []
    assert judged(made, b"[1")[0][2] == "json.syntax"


def param(name: str, part: str = "query", **more: Any) -> dict[str, Any]:
    """Make a Parameter Object."""
    return {"name": name, "in": part, **more}


INTEGER = {"type": "integer", "minimum": 1}
P0 = "/paths/~1rows/post/parameters/0"
QUERIES: list[tuple[dict[str, Any], str, list[tuple[str, str, str]]]] = [
    (param("n", schema=INTEGER), "/rows", []),
    (param("n", schema=INTEGER), "/rows?n=3", []),
    (param("n", schema=INTEGER), "/rows?n=3.0&other=x", []),
    (param("n", schema=INTEGER), "/rows?N=x", []),
    (param("n", schema=INTEGER), "/rows?n=0", [("/n", f"{P0}/schema/minimum", "")]),
    (param("n", schema=INTEGER), "/rows?n=%31", []),
    *(
        (param("n", schema=INTEGER), f"/rows?n={text}", [("/n", f"{P0}/schema/type", "")])
        for text in (
            "",
            "x",
            "+1",
            "01",
            "1.5",
            "1e0",
            "true",
            "%201",
            "1,0",
            "null",
            "1%00",
            "%D9%A3",
            "1%D9%A3",
            "0x1",
            "1_0",
        )
    ),
    (param("n", schema=INTEGER, required=True), "/rows", [("/n", f"{P0}/required", "")]),
    (param("n", schema=INTEGER, required=True), "/rows?n", [("/n", f"{P0}/schema/type", "")]),
    (param("n", schema=INTEGER), "/rows?n=1&n=1", [("/n", P0, "name.repeated")]),
    (param("n", schema=INTEGER), "/rows?n=1&%6E=2", [("/n", P0, "name.repeated")]),
    (param("a/b", schema=INTEGER), "/rows?a%2Fb=0", [("/a~1b", f"{P0}/schema/minimum", "")]),
    (param("s", schema={"enum": ["a b"]}), "/rows?s=a+b", []),
    (param("s", schema={"enum": ["a b"]}), "/rows?s=A%20b", [("/s", f"{P0}/schema/enum", "")]),
    (param("s", schema={"type": "string", "maxLength": 2}), "/rows?s=%C3%A9%C3%A9", []),
    (param("s", schema={"type": "string", "maxLength": 2}), "/rows?s=123", [("/s", f"{P0}/schema/maxLength", "")]),
    (param("t", schema={"type": "boolean"}), "/rows?t=true", []),
    *(
        (param("t", schema={"type": "boolean"}), f"/rows?t={text}", [("/t", f"{P0}/schema/type", "")])
        for text in ("True", "1", "yes", "on", "")
    ),
    (param("x", schema={"type": "number", "maximum": 5}), "/rows?x=-1.5e-3", []),
    (param("x", schema={"type": "number", "maximum": 5}), "/rows?x=1e400", [("/x", f"{P0}/schema/maximum", "")]),
    (param("x", schema={"type": "number"}), "/rows?x=NaN", [("/x", f"{P0}/schema/type", "")]),
    (param("x", schema={"type": ["integer", "null"]}), "/rows?x=null", []),
    (param("x", schema={"type": ["integer", "boolean"]}), "/rows?x=false", []),
    (param("X-N", "header", schema=INTEGER), "/rows", []),
    (param("X-N", "header", schema=INTEGER, required=True), "/rows?X-N=1", [("/X-N", f"{P0}/required", "")]),
]


@pytest.mark.parametrize(
    ("declared", "target", "expected"), QUERIES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_query_parameters(declared: dict[str, Any], target: str, expected: list[tuple[str, str, str]]) -> None:
    """A query parameter is read from the target's bytes: absent, repeated, or text that spells no admitted value."""
    assert judged(operation(declared), target=target) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([("X-N", "3")], []),
        ([("x-n", " 3\t")], []),
        ([("X-N", "0")], [("/X-N", f"{P0}/schema/minimum", "")]),
        ([("X-N", "three")], [("/X-N", f"{P0}/schema/type", "")]),
        ([], [("/X-N", f"{P0}/required", "")]),
        ([("X-N", "3"), ("x-N", "3")], [("/X-N", P0, "name.repeated")]),
        ([("X-N", "")], [("/X-N", f"{P0}/schema/type", "")]),
    ],
)
def test_header_parameters(fields: list[tuple[str, str]], expected: list[tuple[str, str, str]]) -> None:
    """A header parameter's name has any case, and blanks around its value do not count (RFC 9110 section 5.5)."""
    made = operation(param("X-N", "header", required=True, schema=INTEGER))
    assert judged(made, headers=(*JSON, *fields)) == expected


P0_PATH = "/paths/~1rows~1{n}/post/parameters/0"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/rows/3", []),
        ("/rows/0", [("/n", f"{P0_PATH}/schema/minimum", "")]),
        ("/rows/x?n=3", [("/n", f"{P0_PATH}/schema/type", "")]),
        ("/rows/%33", []),
    ],
)
def test_path_parameters(target: str, expected: list[tuple[str, str, str]]) -> None:
    """A path parameter is read from the place that the template gives it."""
    made = operation(param("n", "path", required=True, schema=INTEGER), path="/rows/{n}")
    assert judged(made, target=target) == expected


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        ("n=3", []),
        ("a=b; n=3", []),
        ("n=0", [("/n", f"{P0}/schema/minimum", "")]),
        ("m=3", [("/n", f"{P0}/required", "")]),
    ],
)
def test_cookie_parameters(cookie: str, expected: list[tuple[str, str, str]]) -> None:
    """A cookie parameter is read from the Cookie field (RFC 6265 section 4.2.1)."""
    made = operation(param("n", "cookie", required=True, schema=INTEGER))
    assert judged(made, headers=(*JSON, ("Cookie", cookie))) == expected


@pytest.mark.parametrize(
    ("schema", "target"),
    [
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "/rows?q=5"),
        ({"allOf": [{"type": "integer"}]}, "/rows?q=5"),
        ({"enum": [1, 2]}, "/rows?q=2"),
        ({"type": "array", "items": {"type": "integer"}}, "/rows?q=1&q=2"),
        ({"type": "array", "items": {"type": "string"}}, "/rows?q=a"),
    ],
)
def test_parameters_of_other_shapes(schema: Any, target: str) -> None:
    """Values that combinators, enums of numbers and exploded arrays admit are not faults."""
    assert judged(operation(param("q", schema=schema)), target=target) == []


def test_keywords_beside_a_reference_count() -> None:
    """In OpenAPI 3.1 a parameter's schema may narrow what it refers to: keywords beside `$ref` apply."""
    schema = {"$ref": "#/components/schemas/Small", "maximum": 3}
    made = operation(param("q", schema=schema), Small={"type": "integer", "minimum": 1})
    assert judged(made, target="/rows?q=2") == []
    assert judged(made, target="/rows?q=0") == [("/q", "/components/schemas/Small/minimum", "")]
    assert judged(made, target="/rows?q=4") == [("/q", f"{P0}/schema/maximum", "")]


def test_bytes_that_are_no_text() -> None:
    """A query value that is not UTF-8 when decoded is judged, not an exception."""
    found = judged(operation(param("s", schema={"type": "string", "maxLength": 3})), target="/rows?s=%FF")
    assert all(instance == "/s" for instance, _, _ in found)


NULLABLE: list[tuple[dict[str, Any], bytes, bool]] = [
    ({"type": "string", "nullable": True}, b"null", True),
    ({"type": "string", "nullable": True}, b"1", False),
    ({"type": "string"}, b"null", False),
    ({"type": "number", "minimum": 1, "exclusiveMinimum": True}, b"1", False),
    ({"type": "number", "minimum": 1, "exclusiveMinimum": True}, b"1.5", True),
    ({"type": "number", "maximum": 1, "exclusiveMaximum": False}, b"1", True),
]


@pytest.mark.parametrize(("schema", "body", "valid"), NULLABLE)
def test_dialect_of_openapi_3_0(schema: dict[str, Any], body: bytes, *, valid: bool) -> None:
    """A 3.0 contract's schemas mean what OpenAPI 3.0 says: `nullable`, and boolean exclusive bounds."""
    assert (judged(operation(content={"application/json": {"schema": schema}}, version="3.0.3"), body) == []) is valid


@pytest.mark.parametrize(
    ("text", "schema", "expected"),
    [
        ("1", {"type": "integer"}, 1),
        ("1", {"type": "string"}, "1"),
        ("1", {}, "1"),
        ("1", True, "1"),
        ("-0.5", {"type": "number"}, -0.5),
        ("true", {"type": "boolean"}, True),
        ("true", {"type": "integer"}, "true"),
        ("null", {"type": ["string", "null"]}, None),
        ("1.0", {"type": "integer"}, 1.0),
        ("1٣", {"type": "integer"}, "1٣"),
        ("1.٣", {"type": "number"}, "1.٣"),
        ("1\n", {"type": "integer"}, "1\n"),
        ("9" * 5000, {"type": "integer"}, "9" * 5000),
    ],
)
def test_value_of(text: str, schema: Any, expected: Any) -> None:
    """A text becomes the value that it spells as JSON under one of the schema's types, else stays a string."""
    made, validators = operation(param("q", schema=schema))
    found = value_of(text, AdmittedTypes(validators.schemas).at(made.parameters[0].schema_location))
    assert found == expected
    assert type(found) is type(expected)


PATHS = {
    "/a": ["get"],
    "/a/{id}": ["get", "delete"],
    "/a/mine": ["put"],
    "/f/{x}.{y}": ["get"],
    "/a.b+c": ["post"],
    "/": ["get"],
}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/v1/a", "GET"),
        ("/v1/a?x=/", "GET"),
        ("/v1/a/", ""),
        ("/a", ""),
        ("/v1/a/7", "DELETE GET"),
        ("/v1/a/7/8", ""),
        ("/v1/A", ""),
        ("/v1/f/a.b", "GET"),
        ("/v1/f/ab", ""),
        ("/v1/a.b+c", "POST"),
        ("/v1/aXb+c", ""),
        ("/v1/", "GET"),
        ("/v1/a/%20", "DELETE GET"),
        ("/v1/a/mine", "PUT"),
        ("", ""),
    ],
)
def test_routes(target: str, expected: str) -> None:
    """A target has the methods of the template that matches its path, a concrete one before a templated (4.8.8)."""
    content = {
        "openapi": "3.1.0",
        "info": {},
        "servers": [{"url": "/v1"}],
        "paths": {path: {method: {"responses": {}} for method in methods} for path, methods in PATHS.items()},
    }
    assert " ".join(sorted(Routes(load(content).operations).methods(target))) == expected
