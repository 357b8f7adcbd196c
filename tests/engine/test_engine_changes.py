"""A request that came of a valid one by exchanging one value is judged as if nobody knew where it came from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import prove400
from prove400 import pointer
from prove400.contract import load
from prove400.serialization import Raw
from prove400.validation import Fault, RequestJudge, Routes, SchemaValidators
from prove400.witness import Witness
from tests.engine.test_engine_plan import document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prove400.model import Request
    from prove400.validation import Change

LEAF = {"type": "number", "minimum": 1, "maximum": 5}
ROW = {"type": "object", "properties": {"a": LEAF, "b": {"enum": ["x", "y"]}}, "required": ["a"]}
ROWS = {"type": "array", "items": ROW, "minItems": 1}
VALID = {"rows": [{"a": 1, "b": "x"}, {"a": 2}, {"a": 3, "b": "y"}]}
VALUES = [
    *(0, 1, 2, 6, 1.5, "x", "", None, True, [], {}, [{"a": 1}], {"a": 1}, {"a": 2, "b": "z"}, {"rows": []}, 2**70),
    {"a": 2},
    {"a": 0, "c": 1},
    [[[[1]]]],
    *map(
        Raw, ("NaN", "1e400", "01", "1 ", " 1", "1,2", '1,"b":"x"', '{"a":1,"a":1}', '"\\ud800"', "", "1}", "[" * 250)
    ),
    Raw("[" * 199 + "]" * 199),
]
LOCAL: dict[str, Any] = {
    "plain": {"type": "object", "properties": {"rows": ROWS}, "required": ["rows"], "additionalProperties": False},
    "referred": {
        "$defs": {"row": ROW, "rows": {"type": "array", "items": {"$ref": "#/$defs/row"}}},
        "type": ["object", "null"],
        "properties": {"rows": {"$ref": "#/$defs/rows", "description": "all of them"}},
    },
    "names": {
        "type": "object",
        "properties": {"rows": ROWS},
        "propertyNames": {"maxLength": 4},
        "dependentRequired": {"x": ["y"]},
        "x-mark": 1,
    },
    "all of": {"allOf": [{"type": "object", "properties": {"rows": ROWS}}, {"properties": {"more": {"type": "null"}}}]},
    "beside a reference": {
        "$defs": {"named": {"type": "object", "required": ["rows"]}},
        "$ref": "#/$defs/named",
        "properties": {"rows": ROWS},
    },
    "additional": {"type": "object", "properties": {"more": ROW}, "additionalProperties": ROWS},
    "prefix": {
        "type": "object",
        "properties": {"rows": {"type": "array", "prefixItems": [{"required": ["b"]}, ROW], "items": ROW}},
    },
    "references inside": {
        "$defs": {"leaf": LEAF, "row": {**ROW, "properties": {**ROW["properties"], "a": {"$ref": "#/$defs/leaf"}}}},
        "type": "object",
        "properties": {"rows": {"type": "array", "items": {"anyOf": [{"$ref": "#/$defs/row"}, {"type": "null"}]}}},
    },
    "inner branches": {
        "type": "object",
        "properties": {"rows": {"type": "array", "items": {"anyOf": [ROW, {"type": "null"}], "not": {"const": 7}}}},
    },
}
"""Schemas in which one value is judged by what stands at its place alone."""


def holder(rows: Any, **beside: Any) -> dict[str, Any]:
    """Give the schema of an object that holds rows."""
    return {"type": "object", "properties": {"rows": rows}, **beside}


HAS_ONE = {"contains": {"properties": {"a": {"const": 1}}}}
WIDER: dict[str, Any] = {
    "untyped": {"properties": {"rows": {"items": ROW}}},
    "unique": holder({**ROWS, "uniqueItems": True}),
    "contains": holder({**ROWS, "contains": {"required": ["b"]}, "maxContains": 2}),
    "not": holder({**ROWS, "not": {"contains": {"properties": {"a": {"const": 5}}}}}),
    "not of a row": holder({"type": "array", "items": {**ROW, "not": {"const": {"a": 6}}}}),
    "const": holder({**ROWS, "const": VALID["rows"]}),
    "all of": holder(ROWS, allOf=[{"properties": {"rows": {"minItems": 2}}}]),
    "beside a reference": holder({"$ref": "#/$defs/r", "maxItems": 3, "uniqueItems": True}, **{"$defs": {"r": ROWS}}),
    "any of": {"anyOf": [holder(ROWS), {"required": ["more"]}]},
    "if": holder(
        ROWS,
        **{"if": {"properties": {"rows": HAS_ONE}}, "then": {"properties": {"rows": {"minItems": 3}}}},
    ),
    "pattern": holder(ROWS, patternProperties={"^r": {"maxItems": 3, "items": {"maxProperties": 2}}}),
    "prefix": holder({"type": "array", "prefixItems": [ROW], "items": {"properties": {"a": {"multipleOf": 1}}}}),
    "dependent": holder(ROWS, dependentSchemas={"rows": {"properties": {"rows": {"maxItems": 3}}}}),
    "unevaluated": {"type": "object", "anyOf": [{"properties": {"rows": ROWS}}, True], "unevaluatedProperties": False},
    "dynamic": {
        "$id": "https://example.com/tree",
        "$dynamicAnchor": "t",
        **holder({"type": "array", "items": {"$dynamicRef": "#t"}}),
        "minProperties": 1,
    },
    "dialect": holder(ROWS, **{"$schema": "http://json-schema.org/draft-07/schema#"}),
}
"""Schemas in which more than one place may have a say."""


def changes(schema: Any) -> Iterator[tuple[RequestJudge, Request, Change]]:
    """Give a valid request of a schema with each value exchanged for others."""
    contract = load(document(schema))
    (operation,) = contract.operations
    judge = RequestJudge(operation, SchemaValidators(contract.document), Routes(contract.operations))
    valid = Witness(operation, (), operation.body[0], VALID)
    assert not judge.faults(valid.request)
    for at, _ in pointer.walk(VALID):
        for value in VALUES:
            exchanged = valid.exchanged(at, value)
            assert exchanged is not None
            yield judge, *exchanged


@pytest.mark.parametrize("schema", [*LOCAL.values(), *WIDER.values()], ids=[*LOCAL, *WIDER])
def test_a_change_is_judged_as_the_whole_body_is(schema: Any) -> None:
    """Each value, and each text that is none, gets at its place the faults that the whole body has."""
    for judge, request, change in changes(schema):
        assert judge.faults(request, change) == judge.faults(request), request.body


@pytest.mark.parametrize("schema", LOCAL.values(), ids=LOCAL)
def test_what_stands_alone_is_judged_alone(schema: Any) -> None:
    """Where only the schema of the place can be broken, the whole body is not looked at."""
    judged = [judge._changed_faults(change) for judge, _, change in changes(schema) if change.at == "/rows/1"]
    assert sum(found is not None for found in judged) > len(judged) / 2


CONTRACTS = ["contracts/openapi.json", *map(str, sorted(Path("tests/zoo/contracts").glob("*.json")))]


@pytest.mark.parametrize("contract", CONTRACTS)
def test_plans_rest_on_the_faults_of_whole_bodies(contract: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a plan takes for the faults of a changed request, the judge of all its bytes says the same."""
    faults, changed = RequestJudge.faults, []

    def checked(judge: RequestJudge, request: Request, change: Change | None = None) -> tuple[Fault, ...]:
        found = faults(judge, request, change)
        if change is not None:
            changed.append(change)
            assert found == faults(judge, request)
        return found

    monkeypatch.setattr(RequestJudge, "faults", checked)
    assert sum(1 for _ in prove400.plan(contract))
    assert changed or "parameters" in contract
