"""What the plan says of small schemas: isolated where it can be, with its reason where not, and nothing wrong."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import jsonschema
import pytest

import prove400
from prove400 import Case, Unisolable, pointer
from prove400.cases.pairs import covering_rows
from prove400.cases.places import MOST
from prove400.cases.values import UNROUTED
from prove400.construction import Budget
from prove400.model import Severity, Side
from prove400.mutations.formats import NEAR_MISSES
from prove400.validation.corrected import corrected

ISOLATED = {
    "bounds and multiples": ({"type": "integer", "minimum": 0, "maximum": 10, "multipleOf": 5}, "multipleOf"),
    "length and pattern": ({"type": "string", "minLength": 3, "pattern": "^a+$"}, "minLength"),
    "count and uniqueness": ({"type": "array", "maxItems": 2, "uniqueItems": True}, "maxItems"),
    "uniqueness": ({"type": "array", "maxItems": 2, "uniqueItems": True}, "uniqueItems"),
    "branch of anyOf": ({"anyOf": [{"type": "integer"}, {"minimum": 2}]}, "minimum"),
    "overlapping oneOf": ({"oneOf": [{"minimum": 2}, {"maximum": 4}]}, "oneOf"),
    "contains": ({"contains": {"const": 1}, "minContains": 2}, "minContains"),
    "too many contained": ({"contains": {"const": 1}, "maxContains": 2}, "maxContains"),
    "dependent required": ({"dependentRequired": {"a": ["b"]}}, "dependentRequired"),
    "dependent schema": ({"dependentSchemas": {"a": {"minProperties": 2}}}, "minProperties"),
    "conditional": ({"if": {"required": ["a"]}, "then": {"required": ["b"]}}, "required"),
    "names": ({"propertyNames": {"maxLength": 2}}, "maxLength"),
    "unevaluated": ({"allOf": [{"properties": {"a": True}}], "unevaluatedProperties": False}, "unevaluatedProperties"),
    "through allOf": ({"allOf": [{"properties": {"a": {}}, "additionalProperties": False}]}, "additionalProperties"),
    "not": ({"type": "string", "not": {"pattern": "^a"}}, "not"),
    "recursion below a condition": (
        {
            "if": {"propertyNames": {"pattern": "^[a-m]"}},
            "else": {"type": ["object", "integer"], "additionalProperties": {"$ref": "#/else"}},
        },
        "type",
    ),
    "item behind a recursive one": (
        {"type": "array", "prefixItems": [True, {"$ref": "#"}, {"type": "string"}]},
        "prefixItems/2/type",
    ),
    "recursion": ({"properties": {"a": {"$ref": "#"}, "n": {"type": "integer"}}, "type": "object"}, "type"),
}


WITNESS = "witness.itself"


def document(schema: Any, **media: Any) -> dict[str, Any]:
    """Give a contract with one operation that takes the schema."""
    content = {"application/json": {"schema": schema, **media}}
    answers = {"200": {"description": "ok"}, "400": {"description": "invalid"}}
    post = {"requestBody": {"required": True, "content": content}, "responses": answers}
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/p": {"post": post}}}


def planned(schema: Any, **settings: Any) -> list[Case | Unisolable]:
    """Give the plan of one schema."""
    return list(prove400.plan(document(schema), **settings))


@pytest.mark.parametrize(("schema", "keyword"), ISOLATED.values(), ids=ISOLATED)
def test_keyword_is_broken_alone(schema: Any, keyword: str) -> None:
    """A case of the keyword is isolated, and its body is invalid under python-jsonschema as well."""
    cases = [c for c in planned(schema) if isinstance(c, Case) and c.keyword_location.endswith(f"/{keyword}")]
    alone = [case for case in cases if case.isolated and case.violates_body_schema]
    assert alone
    for case in alone:
        assert not jsonschema.Draft202012Validator(schema).is_valid(json.loads(case.request.body))


@pytest.mark.parametrize(("schema", "keyword"), ISOLATED.values(), ids=ISOLATED)
def test_valid_side_is_valid(schema: Any, keyword: str) -> None:
    """What stands on the valid side is admitted by both validators."""
    cases = [c for c in planned(schema) if isinstance(c, Case) and c.side is Side.VALID]
    assert cases
    for case in cases:
        assert jsonschema.Draft202012Validator(schema).is_valid(json.loads(case.request.body))


@pytest.mark.parametrize("keyword", ["dependencies", "dependentRequired"])
def test_only_one_dependent_name_is_missing(keyword: str) -> None:
    """Of the names that another brings with it, each is left out by itself, in the old keyword and in the new."""
    items = planned({"$schema": "http://json-schema.org/draft-07/schema#", "dependencies": {"a": ["b", "c"]}})
    if keyword == "dependentRequired":
        items = planned({"dependentRequired": {"a": ["b", "c"]}})
    bodies = [json.loads(i.request.body) for i in items if isinstance(i, Case) and i.operator == f"{keyword}.absent"]
    assert [sorted(body) for body in bodies] == [["a", "c"], ["a", "b"]]


@pytest.mark.parametrize(("bound", "sharpened"), [("maximum", "exclusiveMaximum"), ("minimum", "exclusiveMinimum")])
def test_draft_4_sharpens_a_bound_with_a_boolean(bound: str, sharpened: str) -> None:
    """What breaks the boolean alone is the bound itself."""
    items = planned({"$schema": "http://json-schema.org/draft-04/schema#", bound: 3, sharpened: True})
    cases = [i for i in items if isinstance(i, Case) and i.keyword_location.endswith(sharpened) and i.isolated]
    assert [(case.operator, case.request.body) for case in cases] == [(f"{sharpened}.at", b"3")]


def test_too_few_are_contained_where_enough_are_too_many() -> None:
    """What lacks items of `minContains` keeps one for `contains`, and no more than `maxContains` allows."""
    items = planned({"contains": {"const": 1}, "maxContains": 1, "minContains": 3})
    assert [c.request.body for c in items if getattr(c, "operator", "") == "minContains.one-less"] == [b"[1]"]


SWAPPED = {
    "tuple": ({"prefixItems": [{"type": "string"}, {"type": "integer"}]}, ["prefixItems.swapped"]),
    "alike": ({"prefixItems": [{"type": "string"}, {"type": "string"}], "items": False}, []),
    "older": (
        {"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "string"}, {"type": "integer"}]},
        ["items.swapped"],
    ),
    "listed array": ({"enum": [["a", 1], ["b", 2]]}, ["enum.reversed"]),
    "any order": ({"type": "array", "items": {"type": "integer"}}, []),
}


@pytest.mark.parametrize(("schema", "operators"), SWAPPED.values(), ids=SWAPPED)
def test_order_of_items_is_broken_where_it_means_something(schema: Any, operators: list[str]) -> None:
    """Items change places only where a validator says that this makes the array invalid, and its faults are told."""
    cases = [i for i in planned(schema) if isinstance(i, Case) and i.operator.endswith(("swapped", "reversed"))]
    assert list(dict.fromkeys(case.operator for case in cases)) == operators
    for case in cases:
        value = json.loads(case.request.body)
        errors = jsonschema.validators.validator_for(schema, jsonschema.Draft202012Validator)(schema).iter_errors(value)
        assert {place for place, _ in case.violates} == {"".join(f"/{token}" for token in e.path) for e in errors}


def test_order_of_items_is_no_constraint_to_isolate() -> None:
    """That a swap breaks two positions at once is its nature, and no reason to report."""
    items = planned({"prefixItems": [{"const": "a"}, {"const": "b"}]})
    assert not [item for item in items if isinstance(item, Unisolable) and item.constraint.keyword == "prefixItems"]
    swaps = [item.request.body for item in items if getattr(item, "operator", "") == "prefixItems.swapped"]
    assert swaps[0] == b'["b","a","a"]'


NAMED = {
    "pattern": ({"pattern": "^[a-z]+$"}, ["pattern.newline", "pattern.padded", "pattern.foreign-letter"]),
    "length": ({"maxLength": 20}, ["maxLength.one-more", "maxLength.much-more"]),
    "list": ({"enum": ["cut", "color"]}, ["enum.case", "enum.homoglyph", "enum.unknown"]),
}


@pytest.mark.parametrize(("names", "operators"), NAMED.values(), ids=NAMED)
def test_names_are_respelled(names: dict[str, Any], operators: list[str]) -> None:
    """What breaks a text breaks the name of a member, alone; a reply may name the object, or the member as sent."""
    schema = {"type": "object", "propertyNames": names, "additionalProperties": {"type": "integer"}}
    found = {c.operator: c for c in planned(schema) if isinstance(c, Case) and "/propertyNames/" in c.keyword_location}
    assert set(operators) <= {operator for operator, case in found.items() if case.isolated}
    for case in (found[operator] for operator in operators):
        (name,) = json.loads(case.request.body)
        assert not corrected(jsonschema.Draft202012Validator)(names).is_valid(name)
        assert set(case.fault_locations) == {"", f"/{name}"}


def test_witness_of_a_negated_closed_object() -> None:
    """What a schema that closes an object refuses is a witness of its negation."""
    (witness,) = (i for i in planned({"not": {"additionalProperties": False}}) if getattr(i, "operator", "") == WITNESS)
    assert json.loads(witness.request.body)


def test_type_beside_enum_is_unisolable_and_tested_jointly() -> None:
    """A constraint that another implies is a value with its reason, and is broken together with the other."""
    items = planned({"type": "string", "enum": ["a", "b"]})
    (found,) = [item for item in items if isinstance(item, Unisolable)]
    assert found.keyword_location.endswith("/type")
    assert found.reason == '`enum` ["a", "b"] admits nothing that breaks it'
    joint = [i for i in items if isinstance(i, Case) and i.keyword_location == found.keyword_location and i.violates]
    assert joint
    assert all(len(case.violates) == 2 for case in joint)


def test_plan_is_the_same_every_time() -> None:
    """The same contract gives the same bytes in the same order."""
    schema = {"anyOf": [{"pattern": "^[a-z]{2,4}$", "type": "string"}, {"type": "array", "items": {"minimum": 1}}]}
    first, second = ([getattr(item, "request", item) for item in planned(schema)] for _ in range(2))
    assert first == second


def test_schema_that_admits_nothing_says_so() -> None:
    """An operation without a witness is a value with a reason, never an exception."""
    found = planned({"allOf": [{"type": "string"}, {"type": "integer"}]})
    assert any(isinstance(item, Unisolable) and item.constraint.keyword == "witness" for item in found)


def test_format_is_a_warning() -> None:
    """A near miss of a format is planned; what a server makes of it is a warning."""
    every = [item for item in planned({"type": "string", "format": "date"}) if isinstance(item, Case)]
    cases = [case for case in every if case.operator.startswith("format")]
    assert cases
    assert {case.obligation.severity for case in cases} == {Severity.WARNING}
    assert not any(case.violates_body_schema for case in cases)


TWIN = {"type": "array", "maxItems": 3, "uniqueItems": True}
"""An array in which an item can occur twice, away from itself."""
DATES = {"type": "array", "minItems": 3, "items": {"type": "string", "format": "date"}}


def sent(schema: Any, operator: str, **media: Any) -> dict[str, list[Any]]:
    """Give what the cases of one operator have in the place of the witness's value, by place."""
    found: dict[str, list[Any]] = {}
    for case in prove400.plan(document(schema, **media)):
        if isinstance(case, Case) and case.operator == operator:
            at = case.instance_location
            found.setdefault(at, []).append(pointer.get(json.loads(case.request.body), at))
    return found


def test_each_of_different_faults_is_sent() -> None:
    """Of an operator whose mutants are faults of their own none is left out; all stand at the first of several places.

    The other places have one each, and where mutants stand for one another, some are enough.
    """
    misses = list(NEAR_MISSES["date"])
    assert sent({"type": "string", "format": "date"}, "format.near-miss") == {"": misses}
    days = ["2026-05-01", "2026-05-02", "2026-05-03"]
    assert sent(DATES, "format.near-miss", example=days) == {"/0": misses, "/1": misses[1:2], "/2": misses[2:3]}
    assert len(sent({"multipleOf": 0.5}, "multipleOf.between", example=3)[""]) == MOST


def test_an_item_occurs_twice_away_from_itself() -> None:
    """A server that compares neighbours alone does not see the twin in between."""
    assert ["a", "b", "a"] in sent(TWIN, "uniqueItems.twin", example=["a", "b"])[""]


SPELLINGS: list[tuple[str, Any, str, list[str]]] = [
    ("format.variant", {"format": "date-time", "pattern": "Z$"}, "2026-05-04T12:00:00Z", [".5Z", ".123456Z"]),
    ("format.rare-variant", {"format": "date"}, "2097-05-04", []),
    ("format.rare-variant", {"format": "date"}, "2026-05-04", ["2028-02-29"]),
    ("type.control-characters", {"type": "string", "maxLength": 1}, "a", []),
    ("type.control-characters", {"type": "string", "pattern": "^a"}, "ab", []),
    ("minLength.blank", {"type": "string", "minLength": 2, "not": {"pattern": "^ "}}, "ab", []),
    ("minLength.blank", {"type": "string", "minLength": 2}, "ab", ["  "]),
    ("maxLength.decomposed", {"type": "string", "maxLength": 3, "pattern": "a"}, "ab", []),
    ("maxLength.decomposed", {"type": "string", "maxLength": 3}, "ab", ["e\u0301e\u0301"]),
]
"""Operator, schema, witness, and how the texts end that are sent."""


@pytest.mark.parametrize(("operator", "schema", "example", "endings"), SPELLINGS)
def test_a_text_is_respelled_where_all_else_holds(operator: str, schema: Any, example: str, endings: list[str]) -> None:
    """A spelling is sent where everything beside the keyword admits it, the format included, and not elsewhere."""
    texts = sent(schema, operator, example=example).get("", [])
    assert len(texts) == len(endings)
    assert all(text.endswith(ending) for text, ending in zip(texts, endings, strict=True))


@pytest.mark.parametrize(("part", "operators"), [("path", set()), ("query", UNROUTED)])
def test_no_path_carries_blanks_or_control_characters(part: str, operators: set[str]) -> None:
    """What routers make of them is nobody's fault; a query carries them."""
    parameter = {"name": "n", "in": part, "required": True, "schema": {"type": "string", "minLength": 1}}
    get = {"parameters": [parameter], "responses": {"200": {"description": ""}}}
    paths = {"/p/{n}" if part == "path" else "/p": {"get": get}}
    cases = prove400.plan({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths})
    assert {case.operator for case in cases if isinstance(case, Case)} & UNROUTED == operators


def test_branches_have_their_own_witnesses() -> None:
    """Each branch of oneOf gets a request that takes it."""
    schema = {"oneOf": [{"type": "object", "required": ["a"]}, {"type": "array", "minItems": 1}]}
    taken = [c.request.body[:1] for c in planned(schema) if isinstance(c, Case) and c.operator == "oneOf.branch"]
    assert sorted(taken) == [b"[", b"{"]


@pytest.mark.parametrize("places", [2, 3, 7, 40])
def test_covering_array_covers_every_pair(places: int) -> None:
    """Of any two places some row breaks both, some the one alone, some the other; rows grow like the logarithm."""
    rows = covering_rows(places)
    for one in range(places):
        for other in range(one):
            seen = {(one in row, other in row) for row in rows}
            assert {(True, True), (True, False), (False, True)} <= seen
    assert len(rows) <= 3 + places.bit_length() * 2


def test_strength_2_breaks_pairs() -> None:
    """With strength 2 there are requests that break several constraints at once."""
    schema = {"type": "object", "properties": {n: {"type": "integer", "minimum": 0} for n in "abcd"}}
    single = {c.operator for c in planned(schema) if isinstance(c, Case)}
    pairs = [c for c in planned(schema, strength=2) if isinstance(c, Case) and c.operator not in single]
    assert max(len(case.violates) for case in pairs) == 4


def test_a_branch_beside_one_that_admits_everything_is_ruled_out() -> None:
    """`{"nullable": true}` has no type and admits every value: nothing in the branch beside it is ever broken."""
    anyone = {"anyOf": [{"type": "object", "properties": {"m": {"type": "integer"}}}, {"nullable": True}]}
    items = planned({"type": "object", "properties": {"a": anyone, "n": {"type": "integer"}}})
    proofs = {i.keyword_location.rpartition("/schema/")[2]: i for i in items if isinstance(i, Unisolable)}
    for place in ("properties/a/anyOf", "properties/a/anyOf/0/type", "properties/a/anyOf/0/properties/m/type"):
        assert proofs[place].proven
        assert "admits every value" in proofs[place].reason
    assert any(i.keyword_location.endswith("/n/type") for i in items if isinstance(i, Case) and i.isolated)


def test_branches_that_ask_for_nothing_of_their_own_are_told_apart() -> None:
    """Of two branches that both match most objects, one is kept from matching by a member of a wrong type."""
    branches = [{"properties": {name: {"$ref": f"#/$defs/{name}"}}} for name in ("one", "two")]
    schema = {"type": "object", "oneOf": branches, "$defs": {"one": {"type": "number"}, "two": {"type": "string"}}}
    assert [item for item in planned(schema) if isinstance(item, Case) and item.operator == "witness.itself"]


def test_an_operation_has_its_witness_when_the_budget_is_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much was built for the operations before it, an operation is given a witness."""
    monkeypatch.setattr("prove400.cases.Budget", partial(Budget, 0))
    wrong = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}, "default": {"b": 1}}
    assert [item for item in planned(wrong) if isinstance(item, Case) and item.operator == "witness.itself"]


def test_an_annotation_in_a_branch_is_asked_for() -> None:
    """What breaks a `format` is valid for the validators, and no less a case of its own in a branch."""
    items = planned({"anyOf": [{"type": "string", "format": "date"}, {"type": "integer"}]})
    assert [item for item in items if isinstance(item, Case) and item.keyword_location.endswith("/format")]
