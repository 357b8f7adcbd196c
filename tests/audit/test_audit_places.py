"""Where a contract takes the features of a model: every shape of a body, and parameters."""

from __future__ import annotations

from typing import Any

import pytest

from prove400 import ContractError, load
from prove400.audit import Level, Rule, audit, read
from tests.audit.conftest import ARTEFACT, DIAMOND, found, weakened


def shaped(schema: Any, document: dict[str, Any], **operation: Any) -> dict[str, Any]:
    """Give a contract of one operation that takes a body, with the components of the committed one."""
    body = {"required": True, "content": {"application/json": {"schema": schema}}} if schema is not None else None
    given = {"requestBody": body} if body else {}
    post = {**given, "responses": {"200": {"description": "ok"}}, **operation}
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/price": {"post": post}},
        "components": document["components"],
    }


ROW = {"$ref": f"#{DIAMOND}"}
SHAPES: list[tuple[Any, str]] = [
    (ROW, ""),
    ({"allOf": [ROW, {"description": "a row"}]}, ""),
    ({"type": "array", "items": ROW}, "/*"),
    ({"type": "object", "properties": {"dataframe_records": {"type": "array", "items": ROW}}}, "/dataframe_records/*"),
    ({"type": "object", "properties": {"data": ROW, "id": {"type": "string"}}, "required": ["data"]}, "/data"),
    ({"oneOf": [{"type": "array", "items": ROW}, {"const": "none"}]}, "/*"),
]


@pytest.mark.parametrize(("schema", "template"), SHAPES, ids=[template or "root" for _, template in SHAPES])
def test_rows_are_found_wherever_they_stand(schema: Any, template: str, document: dict[str, Any]) -> None:
    """A row is found at the root, under a name and in an array, and a weakness in it is told with its place."""
    contract = shaped(schema, document)
    facts = read(ARTEFACT)
    assert audit(load(contract), facts).places == (f"POST /price body{template}",)
    assert found(contract, facts) == []
    weakened(document, "cut", {"type": "string"})
    assert [(w.rule, w.instance_location) for w in found(contract, facts)] == [(Rule.FREE_STRING, f"{template}/cut")]


def test_both_shapes_of_a_body_are_audited(document: dict[str, Any]) -> None:
    """Where a body is a row or rows, both are asked."""
    rows = {"type": "object", "properties": {"instances": {"type": "array", "items": ROW, "minItems": 1}}}
    contract = shaped({"oneOf": [ROW, {**rows, "required": ["instances"], "additionalProperties": False}]}, document)
    weakened(document, "cut", {"type": "string"})
    places = [w.instance_location for w in found(contract, read(ARTEFACT))]
    assert places == ["/cut", "/instances/*/cut"]


def split(names: dict[str, list[str]], document: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Give a contract that has some of the features in objects of these names, and the others beside these."""
    diamond = document["components"]["schemas"]["Diamond"]
    known = dict(diamond["properties"])
    for holder, inner in names.items():
        held = {name: diamond["properties"].pop(name, known[name]) for name in inner}
        diamond["properties"][holder] = {
            "type": "object",
            "properties": held,
            "required": inner,
            "additionalProperties": False,
        }
    diamond["required"] = list(diamond["properties"])
    return shaped({**ROW, **more}, document)


SPLITS: list[dict[str, list[str]]] = [
    {"grades": ["cut", "color"]},
    {"grades": ["cut", "color", "clarity"], "sizes": ["x", "y", "z"]},
    {"grades": ["cut", "color"], "sizes": ["x", "y", "z", "carat", "depth"]},
    {"sizes": ["x", "y", "z", "carat", "depth"], "grades": ["cut", "color"], "more": ["clarity"]},
    {"grades": ["cut", "color", "clarity", "x"], "sizes": ["y", "z", "carat", "depth", "table"]},
    {"grades": ["cut", "color", "clarity", "x", "y"], "sizes": ["y", "z", "carat", "depth", "table"]},
]


@pytest.mark.parametrize("names", SPLITS, ids=str)
def test_features_in_several_objects(names: dict[str, list[str]], document: dict[str, Any]) -> None:
    """A feature in another object of the row is audited there, and the object is no stranger to the model."""
    contract = split(names, document)
    assert found(contract, read(ARTEFACT)) == []
    grades = document["components"]["schemas"]["Diamond"]["properties"]["grades"]
    grades["properties"]["cut"] = {"type": "string"}
    assert [(w.rule, w.instance_location) for w in found(contract, read(ARTEFACT))] == [
        (Rule.FREE_STRING, "/grades/cut")
    ]
    grades["properties"]["note"] = {"type": "string"}
    assert (Rule.UNKNOWN_PROPERTY, "/grades/note") in {
        (w.rule, w.instance_location) for w in found(contract, read(ARTEFACT))
    }


def test_an_object_with_features_may_be_left_out(document: dict[str, Any]) -> None:
    """A feature is missing where the object that has it is."""
    contract = split({"grades": ["cut"]}, document)
    document["components"]["schemas"]["Diamond"]["required"].remove("grades")
    assert [(w.rule, w.instance_location) for w in found(contract, read(ARTEFACT))] == [(Rule.MISSING, "/grades/cut")]


def test_two_objects_with_one_name_are_told(document: dict[str, Any]) -> None:
    """A name that two objects have is no place of the feature: both are named."""
    contract = split({"one": ["cut"], "two": ["cut"]}, document)
    said = [w for w in found(contract, read(ARTEFACT)) if w.rule is Rule.ABSENT_FEATURE]
    assert [w.message.partition(";")[0] for w in said] == ["not found in the body (its name is at /one and /two)"]


def test_query_parameters(document: dict[str, Any]) -> None:
    """Features may be query parameters: there a number is its text, and a parameter of another name is no fault."""
    properties = document["components"]["schemas"]["Diamond"]["properties"]
    parameters = [
        {"name": name, "in": "query", "required": True, "schema": schema} for name, schema in properties.items()
    ]
    facts = read(ARTEFACT)
    assert found(shaped(None, document, parameters=parameters), facts) == []
    parameters[0] = {"name": "carat", "in": "query", "required": True, "schema": {"type": "string"}}
    parameters[1]["required"] = False
    parameters[2]["schema"] = {"type": "string"}
    said = found(shaped(None, document, parameters=parameters), facts)
    assert {(w.rule, w.instance_location) for w in said} == {
        (Rule.TYPE, "/carat"),
        (Rule.UNBOUNDED_NUMBER, "/carat"),
        (Rule.MISSING, "/cut"),
        (Rule.FREE_STRING, "/color"),
    }


def test_an_object_without_any_schema(document: dict[str, Any]) -> None:
    """A body that may be any object takes the features without declaring one: each is told."""
    said = found(shaped({"type": "object"}, document), read(ARTEFACT))
    assert [w.rule for w in said] == [*[Rule.ABSENT_FEATURE] * 9, Rule.EXTRA_PROPERTIES]
    assert {w.level for w in said[:9]} == {Level.ERROR}


def test_a_contract_of_something_else_is_no_contract_of_the_model(document: dict[str, Any]) -> None:
    """Where no operation takes the features, the error names them."""
    strange = {"type": "object", "properties": {"carat": {"type": "number"}}, "additionalProperties": False}
    with pytest.raises(ContractError, match="carat, cut, color"):
        found(shaped(strange, document), read(ARTEFACT))


def test_openapi_3_0_words(document: dict[str, Any]) -> None:
    """`nullable` and a boolean `exclusiveMinimum` of OpenAPI 3.0 mean there what they say."""
    document["openapi"] = "3.0.3"
    weakened(document, "carat", {"type": "number", "nullable": True, "minimum": 0, "exclusiveMinimum": True})
    for name in ("status", "currency"):
        for schema in document["components"]["schemas"].values():
            if "const" in (held := schema.get("properties", {}).get(name, {})):
                held["enum"] = [held.pop("const")]
    said = [w for w in found(document, read(ARTEFACT / "model.joblib")) if w.operation == "POST /predict"]
    assert [(w.rule, w.keyword_location.rpartition("/")[2]) for w in said] == [
        (Rule.UNBOUNDED_NUMBER, "carat"),
        (Rule.NULL, "nullable"),
    ]
    assert said[0].evidence == 1e300
