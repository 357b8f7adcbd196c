"""The Open Inference Protocol (KServe V2: MLServer, Triton, KServe, TorchServe) → what one model takes.

`GET /v2/models/NAME` gives name, datatype and shape of each tensor, with -1 for a length that may vary. What JSON
Schema cannot say of a tensor, keywords of `prove400.tensors` say.
"""

from __future__ import annotations

from typing import Any

from prove400.errors import ContractError
from prove400.readers.document import content, document, get, post, probe, reference
from prove400.readers.naming import chosen, listed, metadata
from prove400.readers.reading import Reader, Reading, Site
from prove400.tensors import DATATYPES, ELEMENTS, SHAPE, TENSORS

NAME = "open-inference"
_INDEX = ("/v2/repository/index", "POST", b"{}")
_OK = 200
ERROR = {
    "type": "object",
    "description": "Inference error of the protocol.",
    "properties": {"error": {"type": "string"}},
    "required": ["error"],
}


def _read(site: Site) -> Reading | None:
    known = listed(site)
    if not known and not (site.model and metadata(site, site.model)):
        _refuse_unlisted(site)
        return None
    name = chosen(site.model, known, f"{site.transport.name} /v2/models")
    described = metadata(site, name)
    place = f"GET /v2/models/{name}"
    if not described or not described.get("inputs"):
        return None  # a model that says nothing of its inputs: what the server publishes of any model has to do
    return Reading(contract(described), place, notes=tuple(_notes(described)))


def _refuse_unlisted(site: Site) -> None:
    """Raise `ContractError` where a server has models and keeps their list to itself (Triton behind PyTriton)."""
    server = site.value("/v2")
    is_listed = site.reply(*_INDEX).status == _OK
    if not site.model and not is_listed and isinstance(server, dict) and {"name", "extensions"} <= server.keys():
        what = "the server does not list its models"
        raise ContractError(what, f"{site.transport.name} /v2/repository/index", "say which: --model NAME")


def contract(described: dict[str, Any]) -> dict[str, Any]:
    """Give the document of a model by its metadata; raises `ContractError` for a tensor that is not described."""
    name = str(described.get("name"))
    inputs = [_tensor(entry, name) for entry in described["inputs"]]
    outputs = [_tensor(entry, name) for entry in described.get("outputs") or ()]
    schemas = {
        "Request": _request(inputs),
        "Answer": _answer(outputs),
        "Error": ERROR,
        "Metadata": _described(),
    }
    paths = {
        f"/v2/models/{name}/infer": {"post": _infer(inputs)},
        f"/v2/models/{name}": {"get": get("metadata", reference("Metadata"))},
        f"/v2/models/{name}/ready": {"get": probe("model-ready")},
        "/v2/health/live": {"get": probe("live")},
        "/v2/health/ready": {"get": probe("ready")},
    }
    versions = described.get("versions") or [""]
    return document(f"{name} by the Open Inference Protocol", str(versions[-1]), paths, schemas, NAME)


def _infer(inputs: list[dict[str, Any]]) -> dict[str, Any]:
    example = {"id": "prove400", "inputs": [_example(entry) for entry in inputs]}
    return post("infer", content(reference("Request"), example), reference("Answer"), reference("Error"), "4XX")


def _tensor(entry: Any, model: str) -> dict[str, Any]:
    """Give the metadata of a tensor, once it has what the protocol requires of it."""
    shape = entry.get("shape") if isinstance(entry, dict) else None
    whole = isinstance(shape, list) and all(isinstance(length, int) for length in shape)
    if not (whole and isinstance(entry.get("name"), str) and isinstance(entry.get("datatype"), str)):
        hint = "each has a name, a datatype and a shape"
        raise ContractError(f"a tensor of the model is not described: {entry!r}", f"/v2/models/{model}", hint)
    described: dict[str, Any] = entry
    return described


def _schema(entry: dict[str, Any]) -> dict[str, Any]:
    """Give the schema of one tensor: a length that varies is any integer, which `SHAPE` then compares with the data."""
    lengths = [{"type": "integer"} if length < 0 else {"const": length} for length in entry["shape"]]
    shape = {"type": "array", "minItems": len(lengths), "maxItems": len(lengths)}
    return {
        SHAPE: True,
        "properties": {
            "datatype": {"const": entry["datatype"]},
            "shape": {**shape, "prefixItems": lengths} if lengths else shape,
            "data": {"type": "array", ELEMENTS: entry["datatype"]},
        },
        "required": ["datatype", "shape", "data"],
    }


def _request(inputs: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the schema of a request: every tensor once, in any order."""
    return {
        "type": "object",
        "properties": {"id": {"type": "string"}, "inputs": _tensors(inputs)},
        "required": ["inputs"],
    }


def _tensors(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the schema of an array with each tensor once, in any order: the name tells which it is."""
    each = [{"if": _is(entry["name"]), "then": _schema(entry)} for entry in entries]
    items = {"type": "object", **(_schema(entries[0]) if len(entries) == 1 else {"allOf": each})}
    return {"type": "array", TENSORS: [entry["name"] for entry in entries], "items": items}


def _is(name: str) -> dict[str, Any]:
    return {"properties": {"name": {"const": name}}, "required": ["name"]}


def _example(entry: dict[str, Any]) -> dict[str, Any]:
    """Give a tensor with one item in each length that varies."""
    shape = [max(length, 1) if length < 0 else length for length in entry["shape"]]
    count = 1
    for length in shape:
        count *= length
    known = DATATYPES.get(entry["datatype"])
    data = [known.element if known else 0] * count
    return {"name": entry["name"], "shape": shape, "datatype": entry["datatype"], "data": data}


def _answer(outputs: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the schema of an answer: each tensor of it is whole, and one that the model declares is as declared."""
    names = {entry["name"]: _schema(entry) for entry in outputs}
    item = {
        "type": "object",
        SHAPE: True,
        "properties": {
            "name": {"type": "string"},
            "datatype": {"type": "string"},
            "shape": {"type": "array", "items": {"type": "integer"}},
            "data": {"type": "array"},
        },
        "required": ["name", "datatype", "shape", "data"],
        "allOf": [{"if": _is(name), "then": schema} for name, schema in names.items()],
    }
    if not names:
        del item["allOf"]
    return {
        "type": "object",
        "properties": {"model_name": {"type": "string"}, "outputs": {"type": "array", "items": item}},
        "required": ["model_name", "outputs"],
    }


def _described() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"name": {"type": "string"}, "platform": {"type": "string"}, "inputs": {"type": "array"}},
        "required": ["name", "platform"],
    }


def _notes(described: dict[str, Any]) -> list[str]:
    free = [entry["name"] for entry in described["inputs"] if entry.get("datatype") == "BYTES"]
    admitted = f"the metadata admits any text for {', '.join(free)}: an overlay tells the categories"
    return [admitted] if free else []


READER = Reader(NAME, "model metadata of the Open Inference Protocol", _read)
