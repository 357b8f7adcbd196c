"""Overlays and patches: what they change, what they refuse, and that an audit's own one closes what it found."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from jsonpath import JSONPathEnvironment

import prove400
from prove400.audit.overlays import json_path
from prove400.contract.overlays import applied
from prove400.errors import ContractError
from prove400.pointer import from_tokens

ROW = {"type": "object", "properties": {"cut": {"type": "string"}, "tags": {"enum": ["a"]}}, "required": ["cut"]}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "T", "version": "1"},
    "paths": {"/x": {"get": {"parameters": [{"name": "q"}, {"name": "r"}, {"name": "s"}], "responses": {}}}},
    "components": {"schemas": {"Row": ROW, "Stone": {"properties": {"cut": {"type": "string"}}}}},
}
CUT = "/components/schemas/Row/properties/cut"


def overlay(*actions: Any) -> dict[str, Any]:
    """Make an overlay of actions."""
    return {"overlay": "1.0.0", "info": {"title": "O", "version": "1"}, "actions": list(actions)}


CHANGES: list[tuple[str, Any, str, Any]] = [
    ("update merges", overlay({"target": "$.components.schemas.Row.properties.cut", "update": {"enum": ["Fair"]}}),
     CUT, {"type": "string", "enum": ["Fair"]}),
    ("update of all", overlay({"target": "$.components.schemas.*.properties.cut", "update": {"minLength": 1}}),
     "/components/schemas/Stone/properties/cut", {"type": "string", "minLength": 1}),
    ("update goes deep", overlay({"target": "$.components", "update": {"schemas": {"Row": {"minProperties": 1}}}}),
     "/components/schemas/Row/required", ["cut"]),
    ("arrays grow", overlay({"target": "$.components.schemas.Row", "update": {"required": ["tags"]}}),
     "/components/schemas/Row/required", ["cut", "tags"]),
    ("an item is appended", overlay({"target": "$.components.schemas.Row.required", "update": "tags"}),
     "/components/schemas/Row/required", ["cut", "tags"]),
    ("remove", overlay({"target": "$.components.schemas.Row.properties.tags", "remove": True}),
     "/components/schemas/Row/properties", {"cut": {"type": "string"}}),
    ("remove items", overlay({"target": "$.paths['/x'].get.parameters[?@.name != 'r']", "remove": True}),
     "/paths/~1x/get/parameters", [{"name": "r"}]),
    ("actions follow one another", overlay(
        {"target": "$.components.schemas.Row.properties.tags.enum", "remove": True},
        {"target": "$.components.schemas.Row.properties.tags", "update": {"enum": ["b"]}}),
     "/components/schemas/Row/properties/tags", {"enum": ["b"]}),
    ("merge patch", {"components": {"schemas": {"Row": {"properties": {"cut": {"enum": ["Fair"]}, "tags": None}}}}},
     "/components/schemas/Row/properties", {"cut": {"type": "string", "enum": ["Fair"]}}),
    ("json patch", [{"op": "test", "path": f"{CUT}/type", "value": "string"},
                    {"op": "add", "path": f"{CUT}/enum", "value": ["Fair"]}],
     CUT, {"type": "string", "enum": ["Fair"]}),
]  # fmt: skip


@pytest.mark.parametrize(("patch", "at", "expected"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_changes(patch: Any, at: str, expected: Any) -> None:
    """What is overlaid is changed as its standard says, and the document that came in stays as it was."""
    before = json.dumps(DOCUMENT)
    assert prove400.contract.Document(applied(patch, DOCUMENT, "o")).at(at) == expected
    assert json.dumps(DOCUMENT) == before


REFUSED: list[tuple[Any, str]] = [
    (overlay({"target": "$.components.schemas.Rwo", "update": {}}), "matches nothing"),
    (overlay({"target": "$.x", "remove": True}), "matches nothing"),
    (overlay({"target": "$..[", "update": {}}), "not a JSONPath"),
    (overlay({"target": "$.info"}), "neither updates nor removes"),
    (overlay({"update": {}}), "no target"),
    (overlay({"target": "$", "remove": True}), "cannot be removed"),
    (overlay({"target": "$", "update": 1}), "leaves no document"),
    (overlay(), "no actions"),
    ("x", "is an object or an array"),
    ([{"op": "replace", "path": "/x/y", "value": 1}], "does not fit"),
    ([{"op": "test", "path": "/openapi", "value": "3.0.0"}], "does not fit"),
    ([{"op": "add"}], "does not fit"),
    (["x"], "does not fit"),
]


@pytest.mark.parametrize(("patch", "message"), REFUSED)
def test_what_does_not_fit_is_refused(patch: Any, message: str) -> None:
    """An action that changes nothing, and a patch that does not apply, are errors with their place."""
    with pytest.raises(ContractError, match=message) as caught:
        applied(patch, DOCUMENT, "o.json")
    assert caught.value.where.startswith("o.json")


@pytest.mark.parametrize("token", ["a", "a b", "it's", 'say "x"', "back\\slash", 'both\\"', "tab\t", "é", "/x~y", "0"])
def test_json_paths(token: str) -> None:
    """Any pointer has a JSONPath that leads to the same place."""
    value = {"parameters": [{token: {"allOf": [1, 2]}}]}
    path = json_path(from_tokens(["parameters", "0", token, "allOf", "1"]))
    assert [match.obj for match in JSONPathEnvironment(strict=True).finditer(path, value)] == [2]


APP = """
import pathlib
def app(environ, start):
    if environ["PATH_INFO"] == "/openapi.json":
        start("200 OK", [("Content-Type", "application/json")])
        return [pathlib.Path("contract.json").read_bytes()]
    start("404 x", [("Content-Type", "application/json")])
    return [b"{}"]
"""


def test_the_command_line(cli: Callable[..., Result], tmp_path: Path) -> None:
    """--overlay and the setting tighten what the target publishes; the run says so, and a bad one is a usage error."""
    tmp_path.joinpath("contract.json").write_text(json.dumps(DOCUMENT | {"paths": {"/x": {"get": {"responses": {}}}}}))
    tmp_path.joinpath("overlaid_app.py").write_text(APP, encoding="utf-8")
    tmp_path.joinpath("o.yaml").write_text("overlay: 1.0.0\nactions: [{target: $.info, update: {title: New}}]\n")
    result = cli("run", "overlaid_app:app", "--overlay", "o.yaml", "-v")
    assert "Note: the contract was tightened by o.yaml" in result.output
    assert "Contract: New 1" in result.output
    tmp_path.joinpath("pyproject.toml").write_text('[tool.prove400]\noverlay = ["o.yaml"]\n', encoding="utf-8")
    assert "Contract: New 1" in cli("run", "overlaid_app:app").output
    tmp_path.joinpath("o.yaml").write_text("overlay: 1.0.0\nactions: [{target: $.nope, update: {}}]\n")
    refused = cli("run", "overlaid_app:app")
    assert refused.exit_code == 2
    assert "$.nope matches nothing" in refused.output


WEAK = {
    "type": "object",
    "properties": {
        "carat": {"type": ["number", "null"], "minimum": 0},
        "cut": {"enum": ["Fair", "Ideal", "Odd", 3]},
        "depth": {"type": "number"},
        "color": {"type": "string"},
        "table": {"type": "number", "minimum": -1000, "maximum": 1000},
    },
    "required": ["carat", "table"],
}
MANIFEST = {
    "sha256": "0" * 64,
    "features": [
        {"name": "carat", "type": "number", "minimum": 0.2, "maximum": 5.01},
        {"name": "cut", "type": "category", "categories": ["Fair", "Ideal"]},
        {"name": "depth", "type": "integer", "minimum": 43, "maximum": 79},
        {"name": "color", "type": "category", "categories": ["D", "E"]},
        {"name": "table", "type": "number", "minimum": 43, "maximum": 95},
    ],
}


def test_an_audit_closes_what_it_found(cli: Callable[..., Result], tmp_path: Path) -> None:
    """The overlay that an audit suggests, put over the same contract, leaves nothing weaker than the model."""
    content = {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}}}}
    post = {"requestBody": {"required": True, "content": content}, "responses": {}}
    document = {**DOCUMENT, "paths": {"/p": {"post": post}}, "components": {"schemas": {"Row": WEAK}}}
    tmp_path.joinpath("contract.json").write_text(json.dumps(document), encoding="utf-8")
    tmp_path.joinpath("manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    result = cli("audit", "contract.json", "--model", "manifest.json", "--format", "overlay")
    assert result.exit_code == 1
    assert "['cut']" in result.stdout
    assert "table" not in result.stdout  # its bounds are wide, which is a note
    tmp_path.joinpath("o.json").write_text(result.stdout, encoding="utf-8")
    closed = cli("audit", "contract.json", "--model", "manifest.json", "--overlay", "o.json")
    assert closed.exit_code == 0, closed.output
    assert "nothing weaker than the model" in closed.output
    assert cli("audit", "contract.json", "--model", "manifest.json").exit_code == 1
