"""Models as files: a scikit-learn pipeline by what `prove400.audit` reads of it, an ONNX graph by its inputs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from prove400.errors import ModelError
from prove400.readers.reading import Artefact, Reader, Reading

_PIPELINES = (".joblib", ".pkl", ".pickle")
ELEMENTS: dict[int, dict[str, Any]] = {
    1: {"type": "number"},
    2: {"type": "integer", "minimum": 0, "maximum": 2**8 - 1},
    3: {"type": "integer", "minimum": -(2**7), "maximum": 2**7 - 1},
    4: {"type": "integer", "minimum": 0, "maximum": 2**16 - 1},
    5: {"type": "integer", "minimum": -(2**15), "maximum": 2**15 - 1},
    6: {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    7: {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    8: {"type": "string"},
    9: {"type": "boolean"},
    10: {"type": "number"},
    11: {"type": "number"},
    12: {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
    13: {"type": "integer", "minimum": 0, "maximum": 2**64 - 1},
    16: {"type": "number"},
}
"""`TensorProto.DataType` of ONNX → the schema of an element."""


def _pipeline(artefact: Artefact) -> Reading | None:
    if artefact.path.suffix not in _PIPELINES:
        return None
    from prove400.audit import draft, read  # noqa: PLC0415 — slow to import, and seldom needed

    facts = read(artefact.path, None, artefact.pins)
    return Reading(draft(facts), str(artefact.path), notes=facts.notes)


def _graph(artefact: Artefact) -> Reading | None:
    path = artefact.path
    if path.suffix != ".onnx":
        return None
    try:
        onnx = import_module("onnx")
    except ImportError as error:
        raise ModelError("onnx is not installed", str(path), "pip install 'prove400[onnx]'") from error
    try:
        graph = onnx.load(str(path), load_external_data=False).graph
    except OSError as error:
        raise ModelError(f"cannot read the model: {error.strerror}", str(path), "give the path of its file") from error
    except Exception as error:
        raise ModelError(f"no ONNX model in this file: {error}", str(path), "give a file that ONNX wrote") from error
    weights = {tensor.name for tensor in graph.initializer}
    return Reading(contract(graph, weights), str(path))


def contract(graph: Any, weights: set[str]) -> dict[str, Any]:
    """Give the document of a graph: one row, with a member for each input that is no weight."""
    from prove400.audit import draft_around  # noqa: PLC0415 — slow to import, and seldom needed

    properties = {value.name: _value(value.type.tensor_type) for value in graph.input if value.name not in weights}
    features = {
        "type": "object",
        "description": "One row, by the inputs of the ONNX graph, which tell types and shapes.",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    answer = {"type": "object", "description": "The outputs by name: " + ", ".join(o.name for o in graph.output) + "."}
    return draft_around(features, answer, f"Drafted from the ONNX graph {graph.name}.")


def _value(tensor: Any) -> dict[str, Any]:
    """Give the schema of one row of a tensor: its first length is that of the batch, and a last one of 1 is a value."""
    schema = dict(ELEMENTS.get(tensor.elem_type, {}))
    lengths = [dim.dim_value if dim.HasField("dim_value") else -1 for dim in tensor.shape.dim][1:]
    for length in reversed(lengths if lengths != [1] else []):
        schema = {"type": "array", "items": schema, **({"minItems": length, "maxItems": length} if length > 0 else {})}
    return schema


GRAPH = Reader("onnx", "the inputs of an ONNX file", _graph)
PIPELINE = Reader("scikit-learn", "a pinned joblib or pickle file of scikit-learn", _pipeline)
