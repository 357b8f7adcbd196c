"""ONNX: a graph of arithmetic in 32 bits. Loading runs nothing, and needs no scikit-learn."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TYPES: dict[str, type[Any]] = {"tensor(string)": np.object_, "tensor(float)": np.float32}


class Session:
    """A graph in memory, with one input for all features of a type; its metadata has their names, by the input's."""

    def __init__(self, raw: bytes, names: Sequence[str]) -> None:
        """Read the graph; raises ValueError where the columns of its inputs are not the features."""
        self._made_of = raw, tuple(names)
        options = onnxruntime.SessionOptions()
        # A row is too little work to share, and threads would not survive a server's fork.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])
        inputs, columns = self._session.get_inputs(), self._session.get_modelmeta().custom_metadata_map
        found = {entry.name: json.loads(columns.get(entry.name, "[]")) for entry in inputs}
        kinds = {entry.type for entry in inputs}
        if sorted(chain(*found.values())) != sorted(names) or not _TYPES.keys() >= kinds:
            raise ValueError(f"its inputs are {found} of {sorted(kinds)}, the features {list(names)}")
        self._inputs = [(entry.name, _TYPES[entry.type], found[entry.name]) for entry in inputs]

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process as the bytes of the graph."""
        return Session, self._made_of

    def predict(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[float]:
        """Give a number for each row."""
        feed = {
            name: np.array([row[column] for row in rows for column in columns], dtype=kind).reshape(-1, len(columns))
            for name, kind, columns in self._inputs
        }
        (answer,) = self._session.run(None, feed)
        prices: Sequence[float] = answer[:, 0].tolist()
        return prices


def load(raw: bytes, names: Sequence[str]) -> Session:
    """Read the graph."""
    return Session(raw, names)


def dump(model: Any) -> bytes:
    """Convert `model` by skl2onnx."""
    from api.formats.onnx_export import export  # noqa: PLC0415 - only training has skl2onnx

    return export(model)
