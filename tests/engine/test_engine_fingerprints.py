"""Fingerprints outlive what does not change the contract: order, names of components, examples, and other machines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import prove400
from prove400.engine import fingerprint
from prove400.model import Verdict
from prove400.obligations import body_constraints, parameter_constraints
from prove400.validation import SchemaValidators

if TYPE_CHECKING:
    from random import Random

UNORDERED = {"oneOf", "anyOf", "allOf", "required", "enum", "type", "parameters", "tags"}
PROSE = ("title", "description", "example", "$comment")
NUMBER = {"type": "number", "minimum": 0, "maximum": 9}
CONTRACT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Shapes", "version": "1"},
    "paths": {
        "/shapes/{id}": {
            "put": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"$ref": "#/components/schemas/Id"}},
                    {"name": "unit", "in": "query", "schema": {"type": ["string", "null"], "enum": ["mm", "cm", None]}},
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Shape"}}},
                },
                "responses": {"200": {"description": "Stored"}, "400": {"description": "Refused"}},
            },
            "get": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "responses": {"200": {"description": "Found"}},
            },
        }
    },
    "components": {
        "schemas": {
            "Id": {"type": "integer", "minimum": 1},
            "Circle": {
                "type": "object",
                "required": ["kind", "size"],
                "properties": {"kind": {"const": "circle"}, "size": NUMBER | {"maximum": 5}},
            },
            "Square": {
                "type": "object",
                "required": ["kind", "size"],
                "properties": {"kind": {"const": "square"}, "size": NUMBER | {"maximum": 7}},
            },
            "Shape": {
                "oneOf": [
                    {"$ref": "#/components/schemas/Circle"},
                    {"$ref": "#/components/schemas/Square"},
                    {"type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["dot", "point"]}}},
                ]
            },
        }
    },
}


def identities(document: dict[str, Any]) -> dict[str, str]:
    """Give what each fingerprint of a silent 200 stands for."""
    found: dict[str, str] = {}
    contract = prove400.load(deepcopy(document))
    schemas = SchemaValidators(contract.document).schemas
    every = (
        constraint
        for operation in contract.operations
        for constraints in (
            parameter_constraints(schemas, operation),
            body_constraints(schemas, operation, next(iter(operation.body), None)),
        )
        for constraint, _ in constraints
    )
    for constraint in every:
        stands_for = json.dumps(
            [constraint.operation, constraint.label, constraint.keyword, shape(constraint.expected)]
        )
        assert found.setdefault(fingerprint(constraint, Verdict.SILENT_200), stands_for) == stands_for
    return found


def shape(value: Any) -> Any:
    """Give a value of the contract without its order and without what it calls others."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in sorted(value.items()) if name not in (*PROSE, "$ref")}
    return sorted((shape(item) for item in value), key=str) if isinstance(value, list) else value


def shuffled(value: Any, random: Random, name: str = "") -> Any:
    """Give a contract with its members, and the lists whose order says nothing, in another order."""
    if isinstance(value, dict):
        names = random.sample(list(value), len(value))
        return {inner: shuffled(value[inner], random, inner) for inner in names}
    if isinstance(value, list):
        items = [shuffled(item, random) for item in value]
        return random.sample(items, len(items)) if name in UNORDERED else items
    return value


def renamed(document: dict[str, Any], random: Random) -> dict[str, Any]:
    """Give a contract whose components have other names."""
    text = json.dumps(document)
    for name in document["components"]["schemas"]:
        other = f"{random.choice('ABCXYZ')}{len(name)}{name[::-1]}"
        text = text.replace(f'"#/components/schemas/{name}"', f'"#/components/schemas/{other}"')
        text = text.replace(f'"{name}": {{', f'"{other}": {{')
    result: dict[str, Any] = json.loads(text)
    return result


def retold(value: Any, random: Random) -> Any:
    """Give a contract with other prose and other examples."""
    if isinstance(value, dict):
        told = {name: retold(item, random) for name, item in value.items()}
        is_schema = "type" in told or "oneOf" in told
        return told | {name: f"told {random.random()}" for name in PROSE} if is_schema else told
    return [retold(item, random) for item in value] if isinstance(value, list) else value


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([shuffled, renamed, retold]))
def test_fingerprints_outlive_order_names_and_examples(random: Random, change: Any) -> None:
    """What a fingerprint stands for stays what it was."""
    assert identities(change(CONTRACT, random)) == identities(CONTRACT)


def test_branches_are_told_apart() -> None:
    """One keyword for one place in three branches is three constraints."""
    told = [stands for stands in identities(CONTRACT).values() if '"maximum"' in stands]
    assert {json.loads(stands)[-1] for stands in told} == {5, 7}


@pytest.mark.parametrize("seed", ["0", "1"])
def test_fingerprints_are_the_same_elsewhere(seed: str, tmp_path: Path) -> None:
    """Another process, another hash seed, another folder: the same digits."""
    (tmp_path / "elsewhere.json").write_text(json.dumps(CONTRACT))
    program = (
        "import json; from tests.engine.test_engine_fingerprints import identities; "
        "print(json.dumps(identities(json.load(open('elsewhere.json')))))"
    )
    root = str(Path(__file__).parents[2])
    environment = os.environ | {"PYTHONHASHSEED": seed, "LC_ALL": "C", "TZ": "Asia/Tokyo", "PYTHONPATH": root}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, check=True
    )
    assert json.loads(done.stdout) == identities(CONTRACT)
