"""Why a constraint is not broken alone: a proof where the schema gives one, and else how far was looked."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import jsonschema
import pytest

import prove400
from prove400 import Case, Unisolable
from prove400.cases.implication import implication
from prove400.cases.trials import Trials
from prove400.contract.references import Document
from prove400.contract.schemas import Schemas
from prove400.model import Constraint, Part
from prove400.obligations import body_constraints
from prove400.pointer import get, tokens
from prove400.validation import Fault
from tests.engine.test_engine_plan import document, planned

SCHEMA = "/paths/~1p/post/requestBody/content/application~1json/schema"
PROVEN: dict[str, tuple[Any, str, str, str]] = {
    "type beside enum": ({"type": "string", "enum": ["a", "b"]}, "/type", '`enum` ["a", "b"]', "/enum"),
    "type beside const": ({"type": "string", "const": "a"}, "/type", '`const` "a"', "/const"),
    "length beside enum": ({"enum": ["ab", "b"], "minLength": 1}, "/minLength", '`enum` ["ab", "b"]', "/enum"),
    "enum beside const": ({"enum": ["a", "b"], "const": "a"}, "/enum", '`const` "a"', "/const"),
    "looser maximum": ({"maximum": 9, "allOf": [{"maximum": 5}]}, "/maximum", "`maximum` 5", "/allOf/0/maximum"),
    "looser minimum": ({"minimum": 0, "exclusiveMinimum": 0}, "/minimum", "`exclusiveMinimum` 0", "/exclusiveMinimum"),
    "from inside allOf": (
        {"maxLength": 5, "allOf": [{"maxLength": 9}]}, "/allOf/0/maxLength", "`maxLength` 5", "/maxLength",
    ),
    "one divides the other": (
        {"multipleOf": 2, "allOf": [{"multipleOf": 6}]}, "/multipleOf", "`multipleOf` 6", "/allOf/0/multipleOf",
    ),
    "integers": ({"type": "integer", "multipleOf": 0.5}, "/multipleOf", '`type` "integer"', "/type"),
    "names": ({"required": ["a", "b"], "minProperties": 2}, "/minProperties", '`required` ["a", "b"]', "/required"),
    "contained": ({"minItems": 1, "contains": {"const": 1}}, "/minItems", '`contains` {"const": 1}', "/contains"),
    "narrower type": ({"type": "number", "allOf": [{"type": "integer"}]}, "/type", '`type` "integer"', "/allOf/0/type"),
    "not": ({"type": "object", "not": {"required": ["a"]}}, "/type", '`not` {"required": ["a"]}', "/not"),
    "two branches": (
        {"type": "object", "oneOf": [{"required": ["a", "b"]}, {"required": ["a", "c"]}]}, "/type",
        '`oneOf` [{"required": ["a", "b"]}, {"required": ["a", "c"]}]', "/oneOf",
    ),
    "items of what contains": (
        {"items": {"type": "string"}, "contains": {"type": "string", "minLength": 2}}, "/contains/type",
        '`type` "string"', "/items/type",
    ),
}  # fmt: skip
"""A schema, the constraint that is implied, what the reason names, and the location of what implies it."""
VALUES = [
    *(None, True, False, 0, 1, -1, 2, 3, 4, 6, 7, 12, 0.5, 1.5, 10**30, "", "a", "b", "c", "ab", "abcdefg" * 3),
    *([], [1], [2], ["ab"], ["ab", 1], [None], [1, 1], {}, {"a": 1}, {"a": 1, "b": 1}, {"a": 1, "c": 1}, {"c": 1}),
]
"""Values of every kind."""


def without(schema: Any, location: str) -> Any:
    """Give a schema less one keyword."""
    shorter = deepcopy(schema)
    *around, keyword = tokens(location)
    del get(shorter, "".join(f"/{token}" for token in around))[keyword]
    return shorter


@pytest.mark.parametrize(("schema", "at", "named", "by"), PROVEN.values(), ids=PROVEN)
def test_what_implies_a_constraint_is_its_reason(schema: Any, at: str, named: str, by: str) -> None:
    """The reason names the keyword and its value; the set that must break together has it; no value says otherwise."""
    found = [item for item in planned(schema) if isinstance(item, Unisolable)]
    (item,) = (item for item in found if item.keyword_location == SCHEMA + at)
    assert (item.proven, item.reason) == (True, f"{named} admits nothing that breaks it")
    assert SCHEMA + by in {location for _, location in item.together_with}
    strict, loose = map(jsonschema.Draft202012Validator, (schema, without(schema, at)))
    assert not [value for value in VALUES if loose.is_valid(value) and not strict.is_valid(value)]


DRAFT_4 = "http://json-schema.org/draft-04/schema#"
NOT_PROVEN = {
    "wider enum": ({"type": "string", "enum": ["a", 1]}, "/type"),
    "stricter minimum": ({"minimum": 5, "exclusiveMinimum": 4}, "/minimum"),
    "stricter maximum": ({"maximum": 5, "allOf": [{"maximum": 9}]}, "/maximum"),
    "fewer names": ({"required": ["a"], "minProperties": 2}, "/minProperties"),
    "other branch": ({"anyOf": [{"type": "string"}, {"enum": ["a", 1]}]}, "/anyOf/0/type"),
    "sharpened by a boolean": (
        {"$schema": DRAFT_4, "maximum": 0, "allOf": [{"maximum": 0, "exclusiveMaximum": True}]},
        "/allOf/0/exclusiveMaximum",
    ),
    "any branch": ({"type": "object", "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, "/type"),
    "not of other types": ({"type": "object", "not": {"minLength": 2}}, "/type"),
    "loose not": ({"type": "object", "not": {"type": "string"}}, "/type"),
    "prefix": ({"prefixItems": [True], "items": {"type": "string"}, "contains": {"type": "string"}}, "/contains/type"),
}  # fmt: skip


@pytest.mark.parametrize(("schema", "at"), NOT_PROVEN.values(), ids=NOT_PROVEN)
def test_what_does_not_imply_a_constraint_proves_nothing(schema: Any, at: str) -> None:
    """No implication is seen where some value breaks the constraint alone; it has a case."""
    schemas = Schemas(Document(document(schema)))
    (operation,) = prove400.load(document(schema)).operations
    (found,) = (
        (c, p)
        for c, p in body_constraints(schemas, operation, operation.body[0])
        if c.keyword_location == SCHEMA + at and p
    )
    assert implication(schemas, *found) is None
    assert [i for i in planned(schema) if isinstance(i, Case) and i.keyword_location == SCHEMA + at and i.isolated]


def test_a_search_without_a_proof_says_how_far_it_went() -> None:
    """Where no proof is known nothing is claimed to be impossible: the values tried are counted."""
    (item,) = (i for i in planned({"not": {"not": {}}}) if isinstance(i, Unisolable))
    assert not item.proven
    assert item.reason.startswith("not found in ")
    assert item.explanation == f"not proven: {item.reason}"
    assert item.together_with == ()


def test_what_stands_around_a_schema_elsewhere_proves_nothing() -> None:
    """A schema that a reference leads into the middle of is not held to what stands around it there."""
    around = {"allOf": [{"type": "string"}, {"enum": ["x"]}]}
    items = planned({"properties": {"a": around, "b": {"$ref": "#/properties/a/allOf/0", "const": "y"}}})
    inside, outside = (i for i in items if isinstance(i, Unisolable) and i.keyword_location.endswith("/type"))
    assert (inside.instance_location, inside.proven) == ("/a", True)
    assert (outside.instance_location, outside.reason) == ("/b", '`const` "y" admits nothing that breaks it')
    assert [location for _, location in outside.together_with] == [f"{SCHEMA}/properties/b/const"]


def test_the_smallest_set_of_any_request_counts() -> None:
    """What breaks together is the smallest set that any request showed, whichever constraint it was meant for."""
    constraint = Constraint("POST /p", Part.BODY, "/*/a", "/s/type", "type")
    other = Constraint("POST /p", Part.BODY, "/*/a", "/s/enum", "enum")
    own, enum, size = Fault("/0/a", "/s/type"), Fault("/0/a", "/s/enum"), Fault("", "/s/maxItems")
    trials = Trials()
    assert trials.together(constraint) == ()
    trials.add(constraint, [own, enum, size])
    assert trials.together(constraint) == (size.violation, enum.violation)
    trials.add(other, [own, enum])
    trials.add(other, [enum])
    assert trials.together(constraint) == (enum.violation,)
    assert (trials.counts[constraint], trials.counts[other]) == (1, 2)
    elsewhere = Constraint("POST /p", Part.BODY, "/b", "/s/type", "type")
    assert trials.together(elsewhere) == ()


PARAMETERS = {
    "text": ({"type": "string"}, "/schema/type", "every text of a parameter is a string"),
    "list": ({"type": "array", "items": {}}, "/schema/type", "every text of a parameter is an array of one item"),
    "length": (
        {"type": "array", "items": {}, "minItems": 1},
        "/schema/minItems",
        "a parameter that is there has an item",
    ),
}


@pytest.mark.parametrize(("schema", "at", "reason"), PARAMETERS.values(), ids=PARAMETERS)
def test_parameters_are_texts(schema: Any, at: str, reason: str) -> None:
    """What no text can break is proven by that."""
    contract = document({})
    contract["paths"]["/p"]["post"]["parameters"] = [{"name": "q", "in": "query", "schema": schema}]
    items = [item for item in prove400.plan(contract) if isinstance(item, Unisolable)]
    assert [(i.proven, i.reason) for i in items if i.keyword_location.endswith(at)] == [(True, reason)]


def test_names_of_members_are_texts() -> None:
    """A type for names is no constraint that a JSON text can break."""
    items = [i for i in planned({"propertyNames": {"type": "string", "maxLength": 3}}) if isinstance(i, Unisolable)]
    assert [(i.proven, i.reason) for i in items] == [(True, "every name of a member is a string")]


def test_long_values_are_cut() -> None:
    """A reason quotes no more than sixty characters of a value."""
    names = [f"name-{n:03}" for n in range(40)]
    (item,) = (i for i in planned({"type": "string", "enum": names}) if isinstance(i, Unisolable))
    assert item.reason == f"`enum` {json.dumps(names)[:59]}… admits nothing that breaks it"
