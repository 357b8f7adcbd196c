"""A fitted scikit-learn model to an ONNX graph, by skl2onnx, which only training needs."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import onnx
from skl2onnx import convert_sklearn
from skl2onnx.common._registration import get_converter, get_shape_calculator
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from skl2onnx.common.exceptions import MissingConverter, MissingShapeCalculator
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.pipeline import Pipeline

from api.errors import ConversionError
from api.fitted import text_columns

_TREES = "SklearnHistGradientBoostingRegressor"

_INVERSES = {np.exp: "Exp", None: "Identity"}
"""ONNX operator for what a transformed target goes back through."""

_INPUTS = {"numbers": onnx.TensorProto.FLOAT, "texts": onnx.TensorProto.STRING}
"""The graph's inputs, and the type of their columns."""
_SPLIT = 18
"""Version of ONNX's operators since which Split has a number of outputs."""


def export(model: Any) -> bytes:
    """Give a graph with one input for all features of a type, and one output, a column.

    Raises ConversionError where the model has a part that ONNX or skl2onnx does not know.
    """
    inverse, inner = _opened(model)
    if inverse not in _INVERSES or not isinstance(inner, Pipeline):
        raise ConversionError("onnx", "takes a pipeline, with a target that is plain or a logarithm")
    texts = text_columns(inner[0])
    kinds = [
        (name, (StringTensorType if name in texts else FloatTensorType)([None, 1])) for name in inner.feature_names_in_
    ]
    try:
        graph = convert_sklearn(
            inner,
            name="model",
            initial_types=kinds,
            custom_conversion_functions={HistGradientBoostingRegressor: _convert_trees},
            custom_shape_calculators={HistGradientBoostingRegressor: get_shape_calculator(_TREES)},
        )
    except (MissingConverter, MissingShapeCalculator, NotImplementedError, ValueError) as error:
        raise ConversionError("onnx", str(error)) from error
    _gather(graph)
    return _finished(graph, _INVERSES[inverse])


def _opened(model: Any) -> tuple[Any, Any]:
    """Take a transformed target apart: what its predictions go through, and what makes them."""
    if isinstance(model, TransformedTargetRegressor):
        return model.transformer_.inverse_func, model.regressor_
    return None, model


def _gather(graph: Any) -> None:
    """Make one input of all columns of a type, since a call costs by the input; the metadata names its columns."""
    columns = list(graph.graph.input)
    gathered = {}
    for wanted, kind in _INPUTS.items():
        names = [column.name for column in columns if column.type.tensor_type.elem_type == kind]
        if names:
            name = _unused(graph, wanted)
            gathered[name] = json.dumps(names)
            graph.graph.input.append(onnx.helper.make_tensor_value_info(name, kind, [None, len(names)]))
            split = onnx.helper.make_node("Split", [name], names, name=name, axis=1, num_outputs=len(names))
            graph.graph.node.insert(0, split)
    for column in columns:
        graph.graph.input.remove(column)
    onnx.helper.set_model_props(graph, gathered)
    for operators in graph.opset_import:
        if not operators.domain:
            operators.version = max(operators.version, _SPLIT)


def _finished(graph: Any, operator: str) -> bytes:
    """Put `operator` behind the only output of `graph`."""
    (last,) = graph.graph.output
    output = _unused(graph, "prediction")
    graph.graph.node.append(onnx.helper.make_node(operator, [last.name], [output], name=output))
    last.name = output
    onnx.checker.check_model(graph)
    raw: bytes = graph.SerializeToString(deterministic=True)
    return raw


def _unused(graph: Any, name: str) -> str:
    """Give the name, with underscores behind it where a feature or another value of the graph has it."""
    taken = {value.name for value in graph.graph.input}.union(*(node.output for node in graph.graph.node))
    while name in taken:
        name += "_"
    return name


def _convert_trees(scope: Any, operator: Any, container: Any) -> None:
    """Convert boosted trees as skl2onnx 1.20 does, for protobuf 7, which takes no boolean for an integer."""
    get_converter(_TREES)(scope, operator, _PlainIntegers(container))


class _PlainIntegers:
    """A container of nodes whose attributes are rid of booleans."""

    def __init__(self, container: Any) -> None:
        self._container = container

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)

    def add_node(self, *positional: Any, **attributes: Any) -> None:
        """Add a node; a list of booleans becomes one of integers."""
        plain = {name: _without_booleans(value) for name, value in attributes.items()}
        self._container.add_node(*positional, **plain)


def _without_booleans(value: Any) -> Any:
    """Give a list with its booleans as integers, and any other value as it is."""
    return [int(v) if isinstance(v, (bool, np.bool_)) else v for v in value] if isinstance(value, list) else value
