"""TensorFlow Serving: `GET /v1/models/NAME/metadata` → what `:predict` takes, in row format and in column format.

The metadata is the JSON of `GetModelMetadataResponse`: a signature has inputs and outputs, each with a dtype and a
shape whose lengths are texts (`int64` in the JSON of Protocol Buffers), -1 for one that may vary. It has been proven
against documents that the official protobuf definitions write; it has not met a live server.
"""

from __future__ import annotations

from typing import Any

from prove400.errors import ContractError
from prove400.readers.document import content, document, get, post, reference
from prove400.readers.reading import Reader, Reading, Site

NAME = "tensorflow-serving"
DEFAULT_MODEL, DEFAULT_SIGNATURE = "model", "serving_default"
"""What the server's own image names a model, and what a request means that names no signature."""
ERROR = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
_PREDICT = "tensorflow/serving/predict"
_BITS = {"DT_INT8": 8, "DT_INT16": 16, "DT_INT32": 32, "DT_INT64": 64}
_UNSIGNED = {"DT_UINT8": 8, "DT_UINT16": 16, "DT_UINT32": 32, "DT_UINT64": 64}
_NUMBERS = ("DT_FLOAT", "DT_DOUBLE", "DT_HALF", "DT_BFLOAT16")


def _read(site: Site) -> Reading | None:
    name = site.model or DEFAULT_MODEL
    path = f"/v1/models/{name}/metadata"
    found = site.value(path)
    if not isinstance(found, dict) or not isinstance(found.get("metadata"), dict):
        return None
    return Reading(contract(found, path), f"GET {path}")


def contract(response: dict[str, Any], where: str) -> dict[str, Any]:
    """Give the document of a model by its metadata; raises `ContractError` where no signature predicts."""
    spec = response.get("model_spec") or {}
    name = str(spec.get("name", DEFAULT_MODEL))
    signature = _signature(response, where)
    inputs = dict(sorted(signature["inputs"].items()))
    outputs = dict(sorted((signature.get("outputs") or {}).items()))
    schemas = {"Request": _request(inputs), "Answer": _answer(outputs), "Error": ERROR, "Metadata": {"type": "object"}}
    example = {"instances": [{key: _example(tensor)[0] for key, tensor in inputs.items()}]}
    paths = {
        f"/v1/models/{name}:predict": {
            "post": post(
                "predict", content(reference("Request"), example), reference("Answer"), reference("Error"), "400"
            )
        },
        f"/v1/models/{name}": {"get": get("status", {"type": "object", "required": ["model_version_status"]})},
        f"/v1/models/{name}/metadata": {"get": get("metadata", reference("Metadata"))},
    }
    return document(f"{name} on TensorFlow Serving", str(spec.get("version", "")), paths, schemas, NAME)


def _signature(response: dict[str, Any], where: str) -> dict[str, Any]:
    """Give the signature that a request without a name means; else the first that predicts."""
    outer = response["metadata"].get("signature_def") or {}
    signatures = outer.get("signature_def", outer)
    usable = {
        name: found
        for name, found in sorted(signatures.items())
        if isinstance(found, dict) and found.get("inputs") and found.get("method_name") in (_PREDICT, "", None)
    }
    if not usable:
        hint = "save the model with a signature of tensorflow/serving/predict"
        raise ContractError("the model has no signature that predicts", where, hint)
    return dict(usable.get(DEFAULT_SIGNATURE) or next(iter(usable.values())))


def _request(inputs: dict[str, Any]) -> dict[str, Any]:
    """Give the schema of a request: rows or columns, never both."""
    rows = {key: _nested(tensor, _lengths(tensor)[1:]) for key, tensor in inputs.items()}
    columns = {key: _nested(tensor, _lengths(tensor)) for key, tensor in inputs.items()}
    named = {"signature_name": {"type": "string"}}
    return {
        "type": "object",
        "oneOf": [
            {
                "properties": {**named, "instances": {"type": "array", "items": _either(rows)}},
                "required": ["instances"],
            },
            {"properties": {**named, "inputs": _either(columns)}, "required": ["inputs"]},
        ],
    }


def _either(members: dict[str, Any]) -> dict[str, Any]:
    """Give an object with every input by its name; a single one may also stand for itself."""
    named = {"type": "object", "properties": members, "required": list(members), "additionalProperties": False}
    return named if len(members) > 1 else {"anyOf": [named, *members.values()]}


def _lengths(tensor: dict[str, Any]) -> list[int]:
    """Give the shape; without a known rank there is one row of anything."""
    shape = tensor.get("tensor_shape") or {}
    return [int(dim.get("size", -1)) for dim in shape.get("dim") or ()]


def _nested(tensor: dict[str, Any], lengths: list[int]) -> dict[str, Any]:
    """Give arrays inside one another, of the lengths that are fixed; of an unknown rank, anything."""
    if (tensor.get("tensor_shape") or {}).get("unknown_rank"):
        return {}
    schema = _element(str(tensor.get("dtype")))
    for length in reversed(lengths):
        bounds = {} if length < 0 else {"minItems": length, "maxItems": length}
        schema = {"type": "array", "items": schema, **bounds}
    return schema


def _element(dtype: str) -> dict[str, Any]:
    if dtype in _NUMBERS:
        return {"type": "number"}
    if dtype in _BITS:
        return {"type": "integer", "minimum": -(2 ** (_BITS[dtype] - 1)), "maximum": 2 ** (_BITS[dtype] - 1) - 1}
    if dtype in _UNSIGNED:
        return {"type": "integer", "minimum": 0, "maximum": 2 ** _UNSIGNED[dtype] - 1}
    if dtype == "DT_BOOL":
        return {"type": "boolean"}
    if dtype == "DT_STRING":
        encoded = {"type": "object", "properties": {"b64": {"type": "string"}}, "required": ["b64"]}
        return {"anyOf": [{"type": "string"}, {**encoded, "additionalProperties": False}]}
    return {}


def _example(tensor: dict[str, Any]) -> list[Any]:
    """Give one row of a tensor."""
    dtype = str(tensor.get("dtype"))
    first = 1.0 if dtype in _NUMBERS else "a" if dtype == "DT_STRING" else True if dtype == "DT_BOOL" else 1
    value: Any = first
    for length in reversed(_lengths(tensor)[1:]):
        value = [value] * max(length, 1)
    return [value]


def _answer(outputs: dict[str, Any]) -> dict[str, Any]:
    """Give the schema of an answer: rows for rows, columns for columns."""
    rows = {key: _nested(tensor, _lengths(tensor)[1:]) for key, tensor in outputs.items()}
    columns = {key: _nested(tensor, _lengths(tensor)) for key, tensor in outputs.items()}
    return {
        "type": "object",
        "anyOf": [
            {"properties": {"predictions": {"type": "array", "items": _told(rows)}}, "required": ["predictions"]},
            {"properties": {"outputs": _told(columns)}, "required": ["outputs"]},
        ],
    }


def _told(members: dict[str, Any]) -> dict[str, Any]:
    """Give what outputs are: a single one stands for itself."""
    if len(members) == 1:
        return dict(next(iter(members.values())))
    return {"type": "object", "properties": members, "required": list(members)}


READER = Reader(NAME, "model metadata of TensorFlow Serving", _read)
