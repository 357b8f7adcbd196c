"""Contracts: what is read of an OpenAPI document, and how a broken one is refused."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest

import prove400
from prove400.contract import Contract, load, parse
from prove400.contract.references import Document
from prove400.errors import ContractError, Prove400Error, UnresolvableReferenceError
from prove400.model import Part

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType


def document(operation: Any = None, **more: Any) -> dict[str, Any]:
    """Make a document with one operation, `GET /x`."""
    path = {"get": {"responses": {}} if operation is None else operation}
    return {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/x": path}, **more}


def parameters(*listed: Any) -> dict[str, Any]:
    """Make a document whose operation has parameters."""
    return document({"parameters": list(listed), "responses": {}})


GET = "/paths/~1x/get"
BROKEN: dict[str, tuple[Any, str, str]] = {
    "an array": ([], "is an object", "<document>"),
    "swagger": ({"swagger": "2.0"}, "Swagger 2.0", "<document>"),
    "no version": ({"info": {}}, "3.0 or 3.1", "<document>"),
    "version 2": ({"openapi": "2.0"}, "'2.0'", "<document>"),
    "version 3.2": ({"openapi": "3.2.0"}, "'3.2.0'", "<document>"),
    "version 3.10": ({"openapi": "3.10.0", "paths": {}}, "'3.10.0'", "<document>"),
    "version without a patch": ({"openapi": "3.1", "paths": {}}, "'3.1'", "<document>"),
    "version with more": ({"openapi": "3.1.0.1", "paths": {}}, "'3.1.0.1'", "<document>"),
    "version with other digits": ({"openapi": "3.1.\u0663", "paths": {}}, "3.0 or 3.1", "<document>"),
    "info is null": ({"openapi": "3.1.0", "info": None, "paths": {}}, "info", "/info"),
    "version is a number": ({"openapi": 31, "paths": {}}, "3.0 or 3.1", "<document>"),
    "info is a text": ({"openapi": "3.1.0", "info": "x", "paths": {}}, "info", "/info"),
    "paths is a list": ({"openapi": "3.1.0", "paths": []}, "`paths`", "/paths"),
    "path item is a text": ({"openapi": "3.1.0", "paths": {"/x": "y"}}, "path item", "/paths/~1x"),
    "operation is a list": (document([]), "operation", GET),
    "parameters is an object": (document({"parameters": {}}), "`parameters`", f"{GET}/parameters"),
    "parameter is a text": (parameters("q"), "an object", f"{GET}/parameters/0"),
    "parameter without a name": (parameters({"in": "query"}), "malformed", f"{GET}/parameters/0"),
    "parameter without a place": (parameters({"name": "q"}), "malformed", f"{GET}/parameters/0"),
    "parameter in a body": (
        parameters({"name": "a", "in": "query", "schema": {}}, {"name": "q", "in": "body"}),
        "malformed",
        f"{GET}/parameters/1",
    ),
    "parameter in a form": (
        parameters({"name": "q", "in": "formData"}),
        "`in: formData` is Swagger 2; OpenAPI 3 has `requestBody`",
        f"{GET}/parameters/0",
    ),
    "parameter in a list": (parameters({"name": "q", "in": ["query"]}), "malformed", f"{GET}/parameters/0"),
    "parameter leads nowhere": (parameters({"$ref": "#/components/parameters/Q"}), "nowhere", f"{GET}/parameters/0"),
    "parameter leads out": (parameters({"$ref": "common.json#/Q"}), "out of the document", f"{GET}/parameters/0"),
    "schema leads nowhere": (
        parameters({"name": "q", "in": "query", "schema": {"$ref": "#/nope"}}),
        "nowhere",
        f"{GET}/parameters/0/schema",
    ),
    "body is a text": (document({"requestBody": "b"}), "an object", f"{GET}/requestBody"),
    "body leads nowhere": (document({"requestBody": {"$ref": "#/b"}}), "nowhere", f"{GET}/requestBody"),
    "content is a list": (document({"requestBody": {"content": []}}), "an object", f"{GET}/requestBody/content"),
    "media is a text": (
        document({"requestBody": {"content": {"a/b": "c"}}}),
        "an object",
        f"{GET}/requestBody/content/a~1b",
    ),
    "responses is null": (document({"responses": None}), "an object", f"{GET}/responses"),
    "response is a text": (document({"responses": {"200": "ok"}}), "an object", f"{GET}/responses/200"),
    "circle of one": (document(paths={"/x": {"$ref": "#/paths/~1x"}}), "in a circle", "/paths/~1x"),
    "circle of two": (
        document(paths={"/x": {"$ref": "#/paths/~1y"}, "/y": {"$ref": "#/paths/~1x"}}),
        "in a circle",
        "/paths/~1y",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_documents_are_refused(name: str) -> None:
    """Each broken document gives a ContractError that says what is wrong and where."""
    content, what, where = BROKEN[name]
    with pytest.raises(ContractError) as caught:
        _ = load(content).info if isinstance(content, dict) else parse(json.dumps(content), "<document>").info
    assert what in str(caught.value)
    assert caught.value.where == where


BAD_ESCAPE = {"$ref": "#/components/schemas/a~b"}
BODY = f"{GET}/requestBody/content/application~1json/schema"


@pytest.mark.parametrize(
    ("operation", "where"),
    [
        ({"parameters": [BAD_ESCAPE]}, f"{GET}/parameters/0"),
        ({"parameters": [{"name": "q", "in": "query", "schema": BAD_ESCAPE}]}, f"{GET}/parameters/0/schema"),
        ({"requestBody": BAD_ESCAPE}, f"{GET}/requestBody"),
        ({"requestBody": {"content": {"application/json": {"schema": BAD_ESCAPE}}}}, BODY),
        (
            {"requestBody": {"content": {"application/json": {"schema": {"items": {"allOf": [BAD_ESCAPE]}}}}}},
            f"{BODY}/items/allOf/0",
        ),
        (
            {"requestBody": {"content": {"application/json": {"schema": {"$id": "urn:a", "items": BAD_ESCAPE}}}}},
            f"{BODY}/items",
        ),
    ],
)
def test_references_with_a_bad_escape(operation: Any, where: str) -> None:
    """A reference that is no JSON Pointer says so at its own place, and how to write the name (RFC 6901 section 3)."""
    schemas = {"a~b": {"type": "string"}}
    content = document({"responses": {}, **operation}, components={"schemas": schemas})
    with pytest.raises(UnresolvableReferenceError, match="a~b' leads nowhere: not a JSON Pointer") as caught:
        list(prove400.plan(content))
    assert (caught.value.where, caught.value.hint[:14]) == (where, "write '~0' for")


@pytest.mark.parametrize(
    ("text", "what"),
    [(b"", "is empty"), (b"{", "not JSON"), (b"\xff", "not YAML"), (b"[" * 100_000, "not YAML")],
    ids=["empty", "cut off", "not UTF-8", "too deep"],
)
def test_files_that_hold_no_document(text: bytes, what: str, tmp_path: Path) -> None:
    """A file that holds no document is refused with its name and a hint."""
    file = tmp_path / "openapi.json"
    file.write_bytes(text)
    with pytest.raises(ContractError) as caught:
        load(file)
    assert what in caught.value.what
    assert caught.value.where == str(file)
    assert caught.value.hint


@pytest.mark.parametrize(("name", "what"), [("missing.json", "No such file"), (".", "directory")])
def test_files_that_cannot_be_read(name: str, what: str, tmp_path: Path) -> None:
    """A path that cannot be read is refused with the system's reason, its name and a hint."""
    with pytest.raises(ContractError, match=what) as caught:
        load(tmp_path / name)
    assert caught.value.where == str(tmp_path / name)
    assert caught.value.hint


@pytest.mark.parametrize(
    "make", [lambda d: d, json.dumps, lambda d: Contract(Document(d))], ids=["dict", "file", "Contract"]
)
def test_every_source_gives_the_same(make: Callable[[Any], Any], service: ModuleType, tmp_path: Path) -> None:
    """A dictionary, a file and a `Contract` give the same operations and the same digest."""
    given = make(service.CONTRACT)
    if isinstance(given, str):
        tmp_path.joinpath("c.json").write_text(given, encoding="utf-8")
        given = tmp_path / "c.json"
    contract = load(given)
    assert [str(operation) for operation in contract.operations] == ["POST /price", "GET /health"]
    assert contract.info.sha256 == load(service.CONTRACT).info.sha256
    assert (contract.info.title, contract.info.version) == ("Prices", "1.2.3")


def test_the_digest_is_of_the_meaning() -> None:
    """The digest does not change with the order of names, and does with a value."""
    one, other = {"openapi": "3.1.0", "paths": {}, "x-a": 1}, {"x-a": 1, "paths": {}, "openapi": "3.1.0"}
    assert load(one).info.sha256 == load(other).info.sha256
    assert load(one).info.sha256 != load({**one, "x-a": 2}).info.sha256


@pytest.mark.parametrize("version", ["3.0.0", "3.0.4", "3.1.0", "3.1.1", "3.1.12", "3.1.0-rc1"])
def test_versions(version: str) -> None:
    """OpenAPI 3.0 and 3.1 are accepted in every patch version."""
    assert load({"openapi": version, "paths": {}}).operations == ()


@pytest.mark.parametrize("place", ["paths", "responses", "path item"])
def test_extensions_are_passed_over(place: str) -> None:
    """A member that begins with ``x-`` is no path, response or operation, whatever it holds (OpenAPI 3.1, 4.9)."""
    operation: dict[str, Any] = {"responses": {"200": {"description": ""}}}
    content = document(operation)
    {"paths": content["paths"], "responses": operation["responses"], "path item": content["paths"]["/x"]}[place][
        "x-a"
    ] = "b"
    (found,) = load(content).operations
    assert [response.status for response in found.responses] == ["200"]


def test_parameters_of_the_path_item_are_merged() -> None:
    """An operation has its path item's parameters, and its own in place of those with the same name and part."""
    shared = [
        {"name": "a", "in": "query", "schema": {"type": "string"}},
        {"name": "b", "in": "query", "schema": {"type": "string"}},
    ]
    own = [
        {"name": "b", "in": "query", "schema": {"type": "integer"}, "required": True},
        {"name": "b", "in": "header", "schema": {"type": "boolean"}},
    ]
    content = document(paths={"/x": {"parameters": shared, "get": {"parameters": own, "responses": {}}}})
    (operation,) = load(content).operations
    assert [(p.part, p.name, p.required, p.schema["type"], p.location) for p in operation.parameters] == [
        (Part.QUERY, "a", False, "string", "/paths/~1x/parameters/0"),
        (Part.QUERY, "b", True, "integer", f"{GET}/parameters/0"),
        (Part.HEADER, "b", False, "boolean", f"{GET}/parameters/1"),
    ]


def test_parameter_defaults() -> None:
    """Style and explode are the specification's unless given, and a path parameter is required."""
    listed = [
        {"name": "p", "in": "path", "schema": True},
        {"name": "q", "in": "query", "schema": True},
        {"name": "h", "in": "header", "schema": True},
        {"name": "c", "in": "cookie", "schema": True},
        {"name": "s", "in": "query", "style": "pipeDelimited", "schema": True},
    ]
    (operation,) = load(document(paths={"/x/{p}": {"get": {"parameters": listed, "responses": {}}}})).operations
    assert [(p.name, p.style, p.explode, p.required) for p in operation.parameters] == [
        ("p", "simple", False, True),
        ("q", "form", True, False),
        ("h", "simple", False, False),
        ("c", "form", True, False),
        ("s", "pipeDelimited", False, False),
    ]


@pytest.mark.parametrize("name", ["Accept", "content-type", "AUTHORIZATION"])
def test_headers_with_a_meaning_of_their_own_are_ignored(name: str) -> None:
    """Three header names are no parameters in any case of letters (OpenAPI 3.1 section 4.8.12.2)."""
    (operation,) = load(
        parameters({"name": name, "in": "header", "schema": {}}, {"name": name, "in": "query", "schema": {}})
    ).operations
    assert [p.part for p in operation.parameters] == [Part.QUERY]


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        (None, ""),
        ([], ""),
        ([{"url": "/"}], ""),
        ([{"url": "/v1/"}], "/v1"),
        ([{"url": "https://example.com"}], ""),
        ([{"url": "https://example.com/a/b/"}, {"url": "/other"}], "/a/b"),
        ([{}], ""),
        (["/a"], ""),
        ({"url": "/a"}, ""),
        ([{"url": "v1"}], "/v1"),
        ([{"url": "."}], ""),
        ([{"url": "./v1/"}], "/v1"),
        ([{"url": "{scheme}://host/{stage}/", "variables": {"stage": {"default": "v2"}}}], "/v2"),
        ([{"url": "/{stage}"}], "/{stage}"),
    ],
)
def test_base_path(servers: Any, expected: str) -> None:
    """The base path is the first server's, without a slash at its end."""
    (operation,) = load(document(servers=servers)).operations
    assert operation.base_path == expected


def test_references_are_followed() -> None:
    """Path items, parameters, bodies, responses and examples may stand elsewhere; locations are where they stand."""
    components = {
        "parameters": {
            "Q": {"$ref": "#/components/parameters/R"},
            "R": {"name": "q", "in": "query", "schema": {"$ref": "#/components/schemas/A~1B"}},
        },
        "requestBodies": {
            "B": {
                "required": True,
                "content": {
                    "Application/JSON": {
                        "schema": {"$ref": "#/components/schemas/A~1B"},
                        "examples": {"one": {"$ref": "#/components/examples/E"}},
                    }
                },
            }
        },
        "responses": {"No": {"description": "", "content": {"application/json": {"schema": True}}}},
        "examples": {"E": {"value": 5}},
        "schemas": {"A/B": {"type": "integer"}},
        "pathItems": {
            "P": {
                "put": {
                    "parameters": [{"$ref": "#/components/parameters/Q"}],
                    "requestBody": {"$ref": "#/components/requestBodies/B"},
                    "responses": {"4xx": {"$ref": "#/components/responses/No"}},
                }
            }
        },
    }
    content = document(paths={"/x": {"$ref": "#/components/pathItems/P"}}, components=components)
    (operation,) = load(content).operations
    ((parameter,), (media,), (response,)) = operation.parameters, operation.body, operation.responses
    assert (operation.label, operation.location) == ("PUT /x", "/components/pathItems/P/put")
    assert (parameter.name, parameter.location) == ("q", "/components/parameters/R")
    assert (parameter.schema, parameter.schema_location) == (
        {"$ref": "#/components/schemas/A~1B"},
        "/components/parameters/R/schema",
    )
    assert (operation.body_required, operation.body_location) == (True, "/components/requestBodies/B")
    assert (media.media_type, media.examples) == ("application/json", (5,))
    assert media.location == "/components/requestBodies/B/content/Application~1JSON/schema"
    assert (response.status, response.location) == ("4XX", "/components/responses/No")


@pytest.mark.parametrize(
    ("holder", "expected"),
    [
        ({}, ()),
        ({"example": None}, (None,)),
        ({"example": 1}, (1,)),
        ({"examples": None}, ()),
        ({"examples": {"a": {"value": 1}, "b": {"value": None}, "c": {"externalValue": "http://x"}}}, (1, None)),
        ({"example": 0, "examples": {"a": {"value": 1}}}, (0, 1)),
        ({"examples": [1]}, ()),
        ({"examples": {"a": 1}}, ()),
    ],
)
def test_examples(holder: dict[str, Any], expected: tuple[Any, ...]) -> None:
    """`example` and the values of `examples` are taken in the order written, null included."""
    (operation,) = load(parameters({"name": "q", "in": "query", "schema": True, **holder})).operations
    assert operation.parameters[0].examples == expected


@pytest.mark.parametrize(
    ("reference", "kind"),
    [
        ("#/a", None),
        ("#/%61", None),
        ("#/nope", "nowhere"),
        ("#a", "nowhere"),
        ("a.json", "out of"),
        ("#/loop", "circle"),
    ],
)
def test_follow(reference: str, kind: str | None) -> None:
    """A reference leads to its value, percent-decoded; nowhere, out or in a circle is an error with its place."""
    found = Document({"a": 1, "loop": {"$ref": "#/loop"}})
    if kind is None:
        assert found.follow({"$ref": reference}, "/here") == (1, "/a")
    else:
        with pytest.raises(UnresolvableReferenceError, match=kind) as caught:
            found.follow({"$ref": reference}, "/here")
        assert reference in str(caught.value)
        assert caught.value.where in ("/here", "/loop")


def test_corpus_of_real_documents(corpora: Path) -> None:
    """Each of the public corpus's documents loads, or is refused with an exception of ours."""
    astray = {}
    files = sorted(corpora.joinpath("openapi").rglob("*.json"))
    assert len(files) > 100
    for file in files:
        try:
            assert all(operation.label for operation in load(file).operations)
        except Prove400Error:
            continue
        except Exception as error:  # noqa: BLE001 — whatever else it is, is the fault looked for
            astray[file.name] = repr(error)
    assert astray == {}


def test_corpus_index_is_whole(corpora: Path) -> None:
    """The corpus has the documents that its index lists, so that the test above reads what it should."""
    with corpora.joinpath("openapi.csv").open(encoding="utf-8", newline="") as index:
        assert len(list(csv.DictReader(index))) >= 200


def test_plan_refuses_what_cannot_be_used() -> None:
    """Planning a contract whose schema is none gives a ContractError with the schema's place."""
    content = document(
        {"requestBody": {"content": {"application/json": {"schema": {"type": "nonsense"}}}}, "responses": {}}
    )
    with pytest.raises(ContractError) as caught:
        list(prove400.plan(content))
    assert caught.value.where == f"{GET}/requestBody/content/application~1json/schema/type"
