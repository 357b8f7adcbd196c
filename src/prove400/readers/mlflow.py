"""MLflow: a model's signature → what ``POST /invocations`` takes, in each of its four formats.

The signature stands in the file ``MLmodel`` that MLflow saves with a model. A running scoring server tells its version,
and nothing of the signature, so that it is named in the error that asks for the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from prove400.contract.files import parse_text
from prove400.errors import ContractError
from prove400.readers.document import document, post, probe, reference
from prove400.readers.reading import Artefact, Reader, Reading, Site

NAME = "mlflow"
FILE = "MLmodel"
ERROR = {
    "type": "object",
    "properties": {"error_code": {"type": "string"}, "message": {"type": "string"}},
    "required": ["error_code", "message"],
}
_TEXT: dict[str, Any] = {"type": "string"}
TYPES: dict[str, dict[str, Any]] = {
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    "long": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    "float": {"type": "number"},
    "double": {"type": "number"},
    "string": _TEXT,
    "binary": {**_TEXT, "contentEncoding": "base64"},
    "datetime": {**_TEXT, "format": "date-time"},
    "any": {},
}
"""Type of a signature → the schema of its values (`mlflow.types.DataType`)."""
_EXAMPLES = {"boolean": True, "integer": 1, "number": 1.0, "string": "a", "array": [], "object": {}}
_TRAINED_AT = "2024-01-01T00:00:00Z"


def _asked(site: Site) -> Reading | None:
    """Say what is missing where the server is MLflow's: it publishes operations without any schema."""
    version = site.text("/version")
    if not (version[:1].isdigit() and site.reply("/ping").status == 200):  # noqa: PLR2004 — RFC 9110
        return None
    hint = "give the file of the model that it serves: --contract PATH/MLmodel"
    what = f"MLflow {version} does not publish the signature of its model"
    raise ContractError(what, f"{site.transport.name} /version", hint)


def _opened(artefact: Artefact) -> Reading | None:
    file = artefact.path / FILE if artefact.path.is_dir() else artefact.path
    if file.name != FILE or not file.is_file():
        return None
    return Reading(contract(parse_text(file.read_bytes(), str(file)), str(file)), str(file))


def contract(model: Any, where: str) -> dict[str, Any]:
    """Give the document of a model by what its file says; raises `ContractError` where it has no signature."""
    signature = model.get("signature") if isinstance(model, dict) else None
    if not isinstance(signature, dict) or not signature.get("inputs"):
        hint = "log it with one: mlflow.models.infer_signature(inputs, outputs)"
        raise ContractError("the model has no signature of its inputs", where, hint)
    inputs, params = _listed(signature, "inputs"), _listed(signature, "params")
    formats = _of_tensors(inputs) if inputs[0].get("type") == "tensor" else _of_columns(inputs)
    example = {name: found for name, (_, found) in formats.items()}
    schemas = {"Request": _request(formats, params), "Error": ERROR, "Answer": _answer(_listed(signature, "outputs"))}
    named = {name: {"value": {name: value}} for name, value in example.items()}
    body = {"application/json": {"schema": reference("Request"), "examples": named}}
    paths = {
        "/invocations": {"post": post("invocations", body, reference("Answer"), reference("Error"), "400")},
        "/ping": {"get": probe("ping")},
        "/health": {"get": probe("health")},
        "/version": {"get": probe("version")},
    }
    return document("A model of MLflow", str(model.get("mlflow_version", "")), paths, schemas, NAME)


def _listed(signature: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Give one side of the signature, which is JSON inside YAML."""
    found = signature.get(name)
    listed = json.loads(found) if isinstance(found, str) else found
    return listed if isinstance(listed, list) else []


def _request(formats: dict[str, tuple[Any, Any]], params: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the schema of a request: just one of the formats."""
    branches = [{"properties": {name: schema}, "required": [name]} for name, (schema, _) in formats.items()]
    schema: dict[str, Any] = {"type": "object", "oneOf": branches}
    if params:
        schema["properties"] = {
            "params": {"type": "object", "properties": {param["name"]: _param(param) for param in params}}
        }
    return schema


def _param(param: dict[str, Any]) -> dict[str, Any]:
    schema = _schema(param)
    return {"type": "array", "items": schema} if param.get("shape") else schema


def _of_columns(columns: list[dict[str, Any]]) -> dict[str, tuple[Any, Any]]:
    """Give the formats of a table, each with an example: rows by name, rows in order, and columns by name."""
    named = [{**column, "name": column.get("name", str(index))} for index, column in enumerate(columns)]
    names = [column["name"] for column in named]
    schemas = {column["name"]: _schema(column) for column in named}
    required = [column["name"] for column in named if column.get("required", True)]
    row = {"type": "object", "properties": schemas, "required": required}
    rows = {"type": "array", "items": row}
    one = {name: _example(schema) for name, schema in schemas.items()}
    count = {"minItems": len(names), "maxItems": len(names)}
    listed = {"type": "array", "prefixItems": list(schemas.values()), **count}
    split = {
        "type": "object",
        "properties": {"columns": {"const": names}, "data": {"type": "array", "items": listed}},
        "required": ["columns", "data"],
    }
    columnwise = {
        "type": "object",
        "properties": {name: {"type": "array", "items": schema} for name, schema in schemas.items()},
        "required": required,
    }
    return {
        "dataframe_records": (rows, [one]),
        "dataframe_split": (split, {"columns": names, "data": [list(one.values())]}),
        "instances": (rows, [one]),
        "inputs": (columnwise, {name: [value] for name, value in one.items()}),
    }


def _of_tensors(tensors: list[dict[str, Any]]) -> dict[str, tuple[Any, Any]]:
    """Give the formats of tensors, each with an example: several have names, and one may go without."""
    if len(tensors) == 1 and not tensors[0].get("name"):
        schema, example = _nested(tensors[0], 0)
        return {"instances": (schema, example), "inputs": (schema, example)}
    rows = {tensor["name"]: _nested(tensor, 1) for tensor in tensors}
    columns = {tensor["name"]: _nested(tensor, 0) for tensor in tensors}
    row, row_example = _object(rows)
    whole, whole_example = _object(columns)
    return {"instances": ({"type": "array", "items": row}, [row_example]), "inputs": (whole, whole_example)}


def _object(members: dict[str, tuple[Any, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    schemas = {name: schema for name, (schema, _) in members.items()}
    examples = {name: example for name, (_, example) in members.items()}
    return {"type": "object", "properties": schemas, "required": list(schemas)}, examples


def _nested(tensor: dict[str, Any], skipped: int) -> tuple[Any, Any]:
    """Give the arrays of a tensor less its first `skipped` lengths, with an example."""
    spec = tensor["tensor-spec"]
    schema = _of_dtype(str(spec["dtype"]))
    example = _example(schema)
    for length in reversed(spec["shape"][skipped:]):
        bounds = {} if length < 0 else {"minItems": length, "maxItems": length}
        schema, example = {"type": "array", "items": schema, **bounds}, [example] * max(length, 1)
    return schema, example


def _of_dtype(dtype: str) -> dict[str, Any]:
    """Give the schema of a NumPy type's elements."""
    kinds: tuple[tuple[str, Callable[[int], dict[str, Any]]], ...] = (
        ("uint", lambda bits: {"type": "integer", "minimum": 0, "maximum": 2**bits - 1}),
        ("int", lambda bits: {"type": "integer", "minimum": -(2 ** (bits - 1)), "maximum": 2 ** (bits - 1) - 1}),
        ("float", lambda _: {"type": "number"}),
    )
    for kind, schema in kinds:
        if dtype.startswith(kind) and (bits := dtype.removeprefix(kind)).isdecimal():
            return schema(int(bits))
    return {"bool": {"type": "boolean"}, "str": _TEXT}.get(dtype, {})


def _schema(column: dict[str, Any]) -> dict[str, Any]:
    """Give the schema of a column's values, of an array, an object or a map as it nests."""
    kind = column.get("type")
    if kind == "array":
        return {"type": "array", "items": _schema(column.get("items") or {})}
    if kind == "map":
        return {"type": "object", "additionalProperties": _schema(column.get("values") or {})}
    if kind == "object":
        members = column.get("properties") or {}
        required = [name for name, member in members.items() if member.get("required", True)]
        schemas = {name: _schema(member) for name, member in members.items()}
        return {"type": "object", "properties": schemas, "required": required}
    return TYPES.get(str(kind), {})


def _example(schema: dict[str, Any]) -> Any:
    if schema.get("format") == "date-time":
        return _TRAINED_AT
    if schema.get("contentEncoding"):
        return "YQ=="
    if schema.get("type") == "object":
        return {name: _example(member) for name, member in schema.get("properties", {}).items()}
    return _EXAMPLES.get(str(schema.get("type")), 1)


def _answer(outputs: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the schema of an answer: of one unnamed column or tensor, an array of its values."""
    predictions: dict[str, Any] = {}
    if len(outputs) == 1 and outputs[0].get("type") == "tensor":
        predictions = _nested(outputs[0], 0)[0] if not outputs[0].get("name") else {}
    elif len(outputs) == 1 and not outputs[0].get("name"):
        predictions = {"type": "array", "items": _schema(outputs[0])}
    return {"type": "object", "properties": {"predictions": predictions}, "required": ["predictions"]}


SERVED = Reader(NAME, "the version of an MLflow scoring server", _asked)
SAVED = Reader(NAME, "the signature in an MLmodel file, or in the folder of one", _opened)
