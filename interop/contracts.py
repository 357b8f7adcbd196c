"""The contract that the model needs, in the shape in which a server takes a diamond.

What prove400 reads of a server keeps what it says of errors; the request and the answer become those of the model.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from prove400.tensors import TENSORS

ROOT = Path(__file__).parents[1]
ROW = ROOT / "contracts" / "schemas" / "Diamond.schema.json"
SAMPLE = {
    "carat": 1.03, "cut": "Premium", "color": "G", "clarity": "VS1", "depth": 60.7, "table": 58.0, "x": 6.55, "y": 6.5,
    "z": 3.96,
}  # fmt: skip
DOLLARS = {"type": "number", "exclusiveMinimum": 0, "x-unit": "US dollar"}
PRICES = {"type": "array", "items": DOLLARS, "minItems": 1}
PRICE = {"type": "object", "properties": {"price": DOLLARS}, "required": ["price"]}
PREDICTED = {"type": "object", "properties": {"predict": PRICES}, "required": ["predict"]}
PREDICTIONS = {"type": "object", "properties": {"predictions": PRICES}, "required": ["predictions"]}
_OUTPUT = {"type": "object", "properties": {"name": {"type": "string"}, "data": PRICES}, "required": ["name", "data"]}
OUTPUTS = {
    "type": "object",
    "properties": {"outputs": {"type": "array", "items": _OUTPUT, "minItems": 1}},
    "required": ["outputs"],
}
NDARRAY = {
    "type": "object",
    "properties": {
        "data": {"type": "object", "properties": {"ndarray": PRICES}, "required": ["ndarray"]},
    },
    "required": ["data"],
}
OUTPUT = {
    "type": "object",
    "properties": {"output": DOLLARS, "status": {"const": "succeeded"}},
    "required": ["output", "status"],
}
ARGUMENTS = {"type": "object", "properties": {"data": PRICES}, "required": ["data"]}
"""Schemas of answers."""

Body = Callable[[dict[str, Any], dict[str, Any]], tuple[dict[str, Any], Any]]
"""(schema, example) of one diamond → those of a body."""


@cache
def _text() -> str:
    return ROW.read_text(encoding="utf-8")


def _only(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Give the schema of an object with one member."""
    return {"type": "object", "properties": {name: schema}, "required": [name], "additionalProperties": False}


def row(schema: dict[str, Any], example: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the diamond itself."""
    return schema, example


def diamond(schema: dict[str, Any], example: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give it as the argument `diamond`."""
    return _only("diamond", schema), {"diamond": example}


def given(schema: dict[str, Any], example: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give it as the member `input`, beside which others may stand."""
    return _open("input", schema), {"input": example}


def arguments(schema: dict[str, Any], example: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give it as the list of a function's arguments, `data`."""
    return _open("data", _in_order(schema)), {"data": list(example.values())}


def ndarray(schema: dict[str, Any], example: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give a list of diamonds as rows without names, and the names beside them."""
    rows = {"type": "array", "items": _in_order(schema), "minItems": 1}
    properties = {"names": {"const": list(example)}, "ndarray": rows}
    data = {"type": "object", "properties": properties, "required": list(properties)}
    return _open("data", data), {"data": {"names": list(example), "ndarray": [list(example.values())]}}


def _open(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Give the schema of an object that has a member, and may have others."""
    return {"type": "object", "properties": {name: schema}, "required": [name]}


def _in_order(schema: dict[str, Any]) -> dict[str, Any]:
    """Give the schema of the values alone, in the order of their names."""
    values = list(schema["properties"].values())
    return {"type": "array", "prefixItems": values, "minItems": len(values), "maxItems": len(values)}


def _listed(name: str) -> Body:
    """Give a shape in which a member holds a list of diamonds."""

    def body(schema: dict[str, Any], example: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        return _only(name, {"type": "array", "items": schema, "minItems": 1}), {name: [example]}

    return body


def records(schema: dict[str, Any], example: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Give a list of diamonds."""
    return {"type": "array", "items": schema, "minItems": 1}, [example]


instances = _listed("instances")
dataframe_records = _listed("dataframe_records")


def tensors(schema: dict[str, Any], example: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give a tensor of one item for each feature (Open Inference Protocol, "Inference Request JSON Object").

    They stand in any order, since the protocol does not say in which: the name tells what is asked of a tensor.
    """
    named = {name: _tensor(name, of, example[name]) for name, of in schema["properties"].items()}
    each = [
        {"if": {"properties": {"name": {"const": name}}, "required": ["name"]}, "then": of}
        for name, (of, _) in named.items()
    ]
    inputs = {"type": "array", TENSORS: list(named), "items": {"type": "object", "allOf": each}}
    values = [value for _, value in named.values()]
    return {"type": "object", "properties": {"inputs": inputs}, "required": ["inputs"]}, {"inputs": values}


def _tensor(name: str, schema: dict[str, Any], value: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    datatype = "BYTES" if schema["type"] == "string" else "FP64"
    properties = {
        "shape": {"const": [1, 1]},
        "datatype": {"const": datatype},
        "data": {"type": "array", "items": schema, "minItems": 1, "maxItems": 1},
    }
    example = {"name": name, "shape": [1, 1], "datatype": datatype, "data": [value]}
    return {"properties": properties, "required": list(properties)}, example


def needed(path: str, body: Body, answer: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, Any]:
    """Give the document of one operation, as the model needs it; with the errors of what was read, if anything was."""
    own = json.loads(_text())
    schema = {name: own[name] for name in ("type", "properties", "required", "additionalProperties")}
    document, operation = _read(path, read)
    shape, example = body(schema, SAMPLE)
    operation["requestBody"] = {"required": True, "content": _json(shape, example=example)}
    responses = {s: r for s, r in operation.get("responses", {}).items() if not str(s).startswith("2")}
    operation["responses"] = {"200": {"description": "A price.", "content": _json(dict(answer))}} | responses
    return document | {"paths": {path: {"post": operation}}}


def _json(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema, **more}}


def _read(path: str, read: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give what was read, and its operation there; an empty document where that has none."""
    operation = read.get("paths", {}).get(path, {}).get("post", {})
    document = dict(read) if operation else {"info": {"title": "Diamonds", "version": "1.0.0"}}
    return document | {"openapi": "3.1.0"}, {k: v for k, v in operation.items() if k != "parameters"}
