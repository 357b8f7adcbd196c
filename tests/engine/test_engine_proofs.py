"""Proofs that a constraint is never broken alone, by what stands around it and by how its part is written."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

import prove400
from benchmarks.kill_score.defects.defect import contract
from prove400 import Case, Unisolable
from prove400.applicators import is_recursive
from prove400.cases.containment import wider_branch
from prove400.cases.implication import implication
from prove400.construction import Contradictions
from prove400.contract.references import Document
from prove400.contract.schemas import Schemas
from prove400.obligations import body_constraints
from tests.engine.test_engine_plan import document, planned
from tests.engine.test_engine_unisolable import SCHEMA, VALUES, without


def proofs(schema: Any, media_type: str = "application/json") -> dict[tuple[str, str], str]:
    """Give the reasons that are proven, by keyword location in the body's schema and by place."""
    built = document(schema)
    body = built["paths"]["/p"]["post"]["requestBody"]
    body["content"] = {media_type: next(iter(body["content"].values()))}
    root = SCHEMA.replace("application~1json", media_type.replace("/", "~1"))
    found = [item for item in prove400.plan(built) if isinstance(item, Unisolable) and item.proven]
    return {(item.keyword_location.removeprefix(root), item.instance_location): item.reason for item in found}


EMPTY = "the schema around it admits no value:"
ITEM = f"{SCHEMA}/properties/k/items/allOf"
OBJECT = {"type": "object"}
SELECTOR, SCRIPT = ({"type": "object", "properties": {name: {"type": "string"}}} for name in ("selector", "script"))
CLOSED = {"type": "object", "additionalProperties": False}
STRUCTURE: dict[str, tuple[Any, str, str, str]] = {
    "beside a reference": (
        {"$defs": {"a": {"type": "object"}}, "type": "object", "allOf": [{"$ref": "#/$defs/a"}]},
        "/$defs/a/type",
        "",
        '`type` "object" admits nothing that breaks it',
    ),
    "of a member that another schema asks for too": (
        {
            "allOf": [
                {"properties": {"a": {"type": "string"}}},
                {"properties": {"a": {"type": "string", "minLength": 2}}},
            ]
        },
        "/allOf/1/properties/a/type",
        "/a",
        '`type` "string" admits nothing that breaks it',
    ),
    "every branch": (
        {"type": "object", "anyOf": [SELECTOR, {"allOf": [SCRIPT]}]},
        "/type",
        "",
        f"`anyOf` {json.dumps([SELECTOR, {'allOf': [SCRIPT]}])[:59]}… admits nothing that breaks it",
    ),
    "every value of a type is listed": (
        {"type": "boolean", "enum": [True, False]},
        "/enum",
        "",
        '`type` "boolean" admits nothing that breaks it',
    ),
    "length of what matches": (
        {"pattern": "^a{3}$", "minLength": 3},
        "/minLength",
        "",
        '`pattern` "^a{3}$" admits nothing that breaks it',
    ),
    "most of what matches": (
        {"pattern": "^a{3}$", "maxLength": 3},
        "/maxLength",
        "",
        '`pattern` "^a{3}$" admits nothing that breaks it',
    ),
    "a wider branch": (
        {"anyOf": [SELECTOR, OBJECT]},
        "/anyOf/0/properties/selector/type",
        "/selector",
        f"{SCHEMA}/anyOf/1 admits all that this branch admits without it",
    ),
    "a wider branch of oneOf": (
        {"oneOf": [{"type": "integer", "minimum": 3}, {"type": "number"}]},
        "/oneOf/0/minimum",
        "",
        f"{SCHEMA}/oneOf/1 admits all that this branch admits without it",
    ),
    "a branch with fewer names": (
        {
            "anyOf": [
                {**CLOSED, "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}},
                {**CLOSED, "properties": {"a": {"type": "string"}, "b": {}}},
            ]
        },
        "/anyOf/0/properties/b/type",
        "/b",
        f"{SCHEMA}/anyOf/1 admits all that this branch admits without it",
    ),
    "required and refused": (
        {
            "properties": {
                "x": {
                    "allOf": [{**OBJECT, "required": ["t"]}, {**CLOSED, "properties": {"n": {"type": "integer"}}}],
                    "type": "object",
                }
            }
        },
        "/properties/x/allOf/1/properties/n/type",
        "/x/n",
        f"{EMPTY} `required` asks for 't', which {SCHEMA}/properties/x/allOf/1/additionalProperties refuses",
    ),
    "a member that another schema refuses": (
        {"allOf": [{**OBJECT, "properties": {"n": {"type": "integer"}}}, {**CLOSED, "properties": {"m": {}}}]},
        "/allOf/0/properties/n/type",
        "/n",
        f"{EMPTY} {SCHEMA}/allOf/1/additionalProperties refuses 'n'",
    ),
    "no listed value is of the type": (
        {
            "properties": {
                "k": {
                    **OBJECT,
                    "required": ["e"],
                    "properties": {"e": {"type": "integer", "enum": ["1"]}, "n": {"type": "integer"}},
                }
            }
        },
        "/properties/k/properties/n/type",
        "/k/n",
        f"{EMPTY} no value satisfies `enum`, `type` together",
    ),
    "items of an object": (
        {"properties": {"x": {**OBJECT, "items": {"type": "integer"}}}},
        "/properties/x/items/type",
        "/x/*",
        f"{EMPTY} {SCHEMA}/properties/x/type refuses every array",
    ),
    "items that cannot be": (
        {
            "properties": {
                "k": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 4,
                    "items": {"allOf": [{"type": "string"}, {"type": "integer"}]},
                }
            }
        },
        "/properties/k/maxItems",
        "/k",
        f"{EMPTY} no value is of both types at {ITEM}/0/type and {ITEM}/1/type",
    ),
}
"""A schema, the constraint that it keeps from being broken alone, at which place, and the reason."""


@pytest.mark.parametrize(("schema", "at", "place", "reason"), STRUCTURE.values(), ids=STRUCTURE)
def test_what_is_around_a_constraint_is_its_reason(schema: Any, at: str, place: str, reason: str) -> None:
    """The proof is in the schemas around it, and no value says otherwise."""
    assert proofs(schema)[at, place] == reason
    strict, loose = map(jsonschema.Draft202012Validator, (schema, without(schema, at)))
    values = [*VALUES, *({"x": value} for value in VALUES), *({"k": value} for value in VALUES)]
    values += [{name: value} for name in ("selector", "script", "n", "m") for value in VALUES]
    assert not [value for value in values if loose.is_valid(value) and not strict.is_valid(value)]


SHARED = {"$defs": {"a": {"type": "string"}}}
NO_STRUCTURE = {
    "other names": ({"anyOf": [SELECTOR, SCRIPT]}, "/anyOf/0/properties/selector/type"),
    "a branch that asks for more": (
        {"anyOf": [SELECTOR, {**OBJECT, "required": ["a"]}]},
        "/anyOf/0/properties/selector/type",
    ),
    "the very schema twice": (
        {**SHARED, "anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a", "maxLength": 3}]},
        "/$defs/a/type",
    ),
    "the very schema in every branch": (
        {**SHARED, "allOf": [{"$ref": "#/$defs/a"}, {"anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}]}]},
        "/$defs/a/type",
    ),
    "names that are refused by nothing else": (
        {"anyOf": [{**CLOSED, "properties": {"a": {}}}, {**OBJECT, "properties": {"b": {"type": "integer"}}}]},
        "/anyOf/0/additionalProperties",
    ),
    "a member that may be left out": (
        {**OBJECT, "properties": {"e": {"type": "integer", "enum": ["1"]}, "n": {"type": "integer"}}},
        "/properties/n/type",
    ),
    "what makes it admit no value": (
        {"properties": {"k": {**OBJECT, "required": ["e"], "properties": {"e": {"type": "integer", "enum": ["1"]}}}}},
        "/properties/k/properties/e/enum",
    ),
    "what is refused only of objects": (
        {"properties": {"x": {"required": ["t"], **CLOSED, "type": ["object", "string"], "minLength": 2}}},
        "/properties/x/minLength",
    ),
    "further inside": (
        {
            "$defs": {"n": {**OBJECT, "properties": {"child": {"$ref": "#/$defs/n"}}}},
            **OBJECT,
            "$ref": "#/$defs/n",
        },
        "/$defs/n/type",
    ),
    "a longer text around the match": ({"pattern": "[a-z]{3}", "maxLength": 5}, "/maxLength"),
    "a shorter match": ({"pattern": "^a{2,3}$", "minLength": 3}, "/minLength"),
    "a type without a list": ({"type": "boolean", "enum": [True]}, "/enum"),
    "numbers are no truths": ({"type": "boolean", "enum": [True, 0]}, "/enum"),
}
"""A schema, and a constraint that something breaks alone."""


@pytest.mark.parametrize(("schema", "at"), NO_STRUCTURE.values(), ids=NO_STRUCTURE)
def test_what_is_around_a_constraint_proves_nothing_where_it_is_broken_alone(schema: Any, at: str) -> None:
    """It has an isolated case, and no rule takes it for impossible."""
    items = planned(schema)
    assert [i for i in items if isinstance(i, Case) and i.keyword_location == SCHEMA + at and i.isolated]
    schemas = Schemas(Document(document(schema)))
    (operation,) = prove400.load(document(schema)).operations
    found = body_constraints(schemas, operation, operation.body[0])
    for constraint, place in found:
        if constraint.keyword_location == SCHEMA + at and place and not is_recursive(schemas, place.node):
            assert implication(schemas, constraint, place) is None
            assert wider_branch(schemas, constraint, place) == ""
            assert Contradictions(schemas).around(place, constraint.keyword_location) is None


def test_every_branch_gets_a_witness_of_its_own() -> None:
    """Branches in branches, each behind a reference, are reached one by one, and broken where they are taken."""
    leaves = {
        f"l{n}": {"properties": {"k": {"const": n}, "v": {"type": "integer"}}, "required": ["k"]} for n in range(27)
    }
    names = list(leaves)
    choices = {
        f"{kind}{n}": {"oneOf": [{"$ref": f"#/$defs/{under}"} for under in chosen]}
        for kind, step, of in (("m", 3, names), ("t", 3, [f"m{n}" for n in range(9)]))
        for n, chosen in enumerate(of[at : at + step] for at in range(0, len(of), step))
    }
    schema = {"$defs": {**leaves, **choices}, "oneOf": [{"$ref": f"#/$defs/t{n}"} for n in range(3)]}
    broken = {
        item.keyword_location.removeprefix(SCHEMA)
        for item in planned(schema)
        if isinstance(item, Case) and item.operator == "type.true" and item.isolated
    }
    assert broken == {f"/$defs/{name}/properties/v/type" for name in names}


def test_a_member_that_is_only_there_under_a_condition_gets_a_witness() -> None:
    """What the plainest witness must not have is broken in another one, where its condition holds."""
    items = list(prove400.plan(contract("conditional")))
    at = "/components/schemas/Quote/properties/floor_m2"
    broken = {i.keyword_location for i in items if isinstance(i, Case) and i.isolated}
    assert {f"{at}/{keyword}" for keyword in ("type", "exclusiveMinimum", "maximum")} <= broken


@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_forms_are_texts(media_type: str) -> None:
    """A form is an object, and its fields are strings: no bytes break that."""
    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}
    assert proofs(schema, media_type) == {
        ("/type", ""): "every form is an object",
        ("/properties/a/type", "/a"): "every text of a form is a string",
    }


def test_a_field_of_a_form_may_be_a_number_too() -> None:
    """Where another branch wants a number, a text may be one, and nothing is claimed."""
    branches = [{"type": "object", "required": ["a"], "properties": {"a": {"type": t}}} for t in ("string", "integer")]
    found = proofs({"oneOf": branches}, "application/x-www-form-urlencoded")
    assert ("/oneOf/0/properties/a/type", "/a") not in found


def test_a_text_is_a_string() -> None:
    """So it is for a body of plain text."""
    assert proofs({"type": "string", "maxLength": 5}, "text/plain") == {("/type", ""): "every text is a string"}


def test_an_empty_segment_is_another_path() -> None:
    """What is in a path cannot be empty."""
    built = document({})
    built["paths"]["/p/{id}"] = built["paths"].pop("/p")
    schema = {"type": "string", "minLength": 1}
    built["paths"]["/p/{id}"]["post"]["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": schema}]
    reasons = {i.constraint.keyword: i.reason for i in prove400.plan(built) if isinstance(i, Unisolable) and i.proven}
    assert reasons["minLength"] == "a path with an empty segment is another path"
