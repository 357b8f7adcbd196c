"""A small contract to edit, and a judge of witnesses that shares no code with the comparison."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import jsonschema
import jsonschema_rs
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

Document = dict[str, Any]

SHOP: Document = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/orders": {
            "post": {
                "parameters": [
                    {"name": "dry", "in": "query", "schema": {"type": "boolean"}},
                    {"name": "X-Shop", "in": "header", "required": True, "schema": {"type": "string", "minLength": 2}},
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
                },
                "responses": {
                    "200": {
                        "description": "ok",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}},
                    },
                    "400": {"description": "bad"},
                },
            }
        },
        "/orders/{id}": {
            "get": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "responses": {"200": {"description": "ok"}},
            }
        },
    },
    "components": {
        "schemas": {
            "Order": {
                "type": "object",
                "required": ["colour", "lines"],
                "additionalProperties": False,
                "properties": {
                    "colour": {"type": "string", "enum": ["red", "green", "blue"]},
                    "count": {"type": "integer", "minimum": 1, "maximum": 9},
                    "note": {"type": ["string", "null"], "pattern": "^[a-z]+$"},
                    "lines": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Line"}},
                    "paid": {
                        "oneOf": [
                            {"type": "object", "required": ["card"], "properties": {"card": {"type": "string"}},
                             "additionalProperties": False},
                            {"type": "number", "minimum": 5},
                        ]
                    },
                },
            },
            "Line": {
                "type": "object",
                "required": ["sku"],
                "properties": {"sku": {"type": "string", "minLength": 3}, "size": {"type": "number"}},
            },
            "Receipt": {
                "type": "object",
                "required": ["price"],
                "properties": {"price": {"type": "number", "minimum": 0}, "kind": {"enum": ["a", "b"]}},
            },
        }
    },
}  # fmt: skip


@pytest.fixture
def shop() -> Document:
    """Give a contract of its own to each test."""
    return copy.deepcopy(SHOP)


def _standalone(document: Document, schema: Any) -> Document:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": document["components"],
            "allOf": [schema]}  # fmt: skip


def _admitted(document: Document, schema: Any, value: Any) -> bool:
    """Ask both validators directly; they must agree."""
    whole = _standalone(document, schema)
    verdicts = {
        jsonschema_rs.validator_for(whole).is_valid(value),
        jsonschema.Draft202012Validator(whole).is_valid(value),
    }
    assert len(verdicts) == 1, f"the validators differ on {value!r}"
    return verdicts.pop()


def _text_values(text: str) -> list[Any]:
    try:
        return [json.loads(text), text]
    except ValueError:
        return [text]


def admits(document: Document, request: Any) -> bool:  # noqa: PLR0911 — one reason after the other
    """Tell, by a reading of OpenAPI of its own, whether a contract of flat parameters admits a request."""
    path, _, query = request.target.partition("?")
    pairs = dict(pair.partition("=")[::2] for pair in query.split("&") if pair)
    for template, item in document["paths"].items():
        steps, wanted = path.split("/"), template.split("/")
        is_path = len(steps) == len(wanted) and all(
            w in ("", s) or w[:1] == "{" for s, w in zip(steps, wanted, strict=True)
        )
        if is_path and request.method.lower() in item:
            operation = item[request.method.lower()]
            break
    else:
        return False
    named = {w[1:-1]: s for s, w in zip(steps, wanted, strict=True) if w[:1] == "{"}
    held = {"query": pairs, "path": named, "header": {name.lower(): value for name, value in request.headers}}
    for parameter in operation.get("parameters", []):
        name = parameter["name"].lower() if parameter["in"] == "header" else parameter["name"]
        text = held[parameter["in"]].get(name)
        if text is None and parameter.get("required"):
            return False
        values = [] if text is None else _text_values(text)
        if values and not any(_admitted(document, parameter["schema"], value) for value in values):
            return False
    body = operation.get("requestBody")
    if body is None:
        return True
    sent = (request.header("Content-Type") or "").partition(";")[0]
    if not request.body and not sent:
        return not body.get("required")
    if sent not in body["content"]:
        return False
    try:
        value = json.loads(request.body)
    except ValueError:
        return False
    return _admitted(document, body["content"][sent]["schema"], value)


def answers(document: Document, change: Any, value: bytes) -> bool:
    """Tell whether a contract admits an answer."""
    method, path = change.operation.split(" ", 1)
    status, media_type = change.answer.split(" ", 1)
    schema = document["paths"][path][method.lower()]["responses"][status]["content"][media_type]["schema"]
    return _admitted(document, schema, json.loads(value))


@pytest.fixture
def prove_witnesses() -> Callable[[Document, Document, Any], int]:
    """Give a function that judges every witness anew, and says how many there are."""

    def judged(old: Document, new: Document, comparison: Any) -> int:
        seen = 0
        for change in comparison.changes:
            for witness in change.witnesses:
                admitting, refusing = (old, new) if witness.effect in ("narrowed", "answers-narrowed") else (new, old)
                if witness.request is not None:
                    seen += 1
                    assert admits(admitting, witness.request), (change, witness)
                    assert not admits(refusing, witness.request), (change, witness)
                elif witness.answer:
                    seen += 1
                    assert answers(admitting, change, witness.answer), (change, witness)
                    assert not answers(refusing, change, witness.answer), (change, witness)
        return seen

    return judged
