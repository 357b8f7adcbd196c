"""Write the metadata documents beside this file, by the official protobuf definitions of TensorFlow Serving.

They are what `GET /v1/models/NAME/metadata` answers: the server writes `model_spec`, then each entry of
`metadata` unpacked, with the names of the definitions and with fields that hold their defaults
(`http_rest_api_util.cc`). Run it in
an environment of its own, as the definitions need those of TensorFlow itself::

    pip install protobuf && pip install --no-deps tensorflow-serving-api tensorflow-cpu && python make.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from tensorflow.core.framework.types_pb2 import DataType
from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataResponse, SignatureDefMap

PREDICT = "tensorflow/serving/predict"
Tensors = dict[str, tuple[str, list[int] | None]]
MODELS: dict[str, dict[str, tuple[str, Tensors, Tensors]]] = {
    "single": {"serving_default": (PREDICT, {"x": ("DT_FLOAT", [-1, 3])}, {"y": ("DT_FLOAT", [-1, 1])})},
    "several": {
        "__saved_model_init_op": ("", {}, {"__saved_model_init_op": ("DT_INVALID", None)}),
        "classify": ("tensorflow/serving/classify", {"inputs": ("DT_STRING", [-1])}, {"scores": ("DT_FLOAT", [-1, 2])}),
        "serving_default": (
            PREDICT,
            {
                "carat": ("DT_DOUBLE", [-1]),
                "cut": ("DT_STRING", [-1, 1]),
                "flag": ("DT_BOOL", [-1]),
                "n": ("DT_UINT8", [-1]),
            },
            {"price": ("DT_FLOAT", [-1]), "rank": ("DT_INT64", [-1, -1])},
        ),
    },
    "ranks": {"other": (PREDICT, {"any": ("DT_INT32", None)}, {"out": ("DT_HALF", [-1, 2, 2])})},
}


def signature(method: str, inputs: Tensors, outputs: Tensors) -> SignatureDef:
    """Make one signature."""
    made = SignatureDef(method_name=method)
    for side, tensors in ((made.inputs, inputs), (made.outputs, outputs)):
        for name, (dtype, shape) in tensors.items():
            side[name].name = f"serving_default_{name}:0"
            side[name].dtype = DataType.Value(dtype)
            side[name].tensor_shape.unknown_rank = shape is None
            for length in shape or ():
                side[name].tensor_shape.dim.add(size=length)
    return made


def document(model: str, signatures: dict[str, tuple[str, Tensors, Tensors]]) -> dict[str, Any]:
    """Give the document that a server would answer."""
    known = SignatureDefMap()
    for name, (method, inputs, outputs) in signatures.items():
        known.signature_def[name].CopyFrom(signature(method, inputs, outputs))
    response = GetModelMetadataResponse()
    response.model_spec.name = model
    response.model_spec.version.value = 7
    response.metadata["signature_def"].Pack(known)
    unpacked = SignatureDefMap()
    response.metadata["signature_def"].Unpack(unpacked)
    told: dict[str, Any] = {"preserving_proto_field_name": True, "always_print_fields_with_no_presence": True}
    spec = MessageToDict(response.model_spec, **told)
    return {"model_spec": spec, "metadata": {"signature_def": MessageToDict(unpacked, **told)}}


for model, signatures in MODELS.items():
    text = json.dumps(document(model, signatures), indent=1, sort_keys=True) + "\n"
    Path(__file__).with_name(f"{model}.json").write_text(text, encoding="utf-8")
