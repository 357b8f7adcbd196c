"""ONNX: a graph of arithmetic in 32 bits. Loading runs nothing, and needs no scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as state

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OUTPUT = "prediction"

ERRORS = (
    state.EPFail,
    state.Fail,
    state.InvalidArgument,
    state.InvalidGraph,
    state.InvalidProtobuf,
    state.NoModel,
    state.NotImplemented,
    state.RuntimeException,
    ValueError,
)

_TYPES: dict[str, type[Any]] = {"tensor(string)": np.object_, "tensor(float)": np.float32}


class Session:
    """A graph in memory, with one column as input for each feature."""

    def __init__(self, raw: bytes, names: Sequence[str]) -> None:
        """Read the graph; raises ValueError where its inputs are not the features."""
        self._made_of = raw, tuple(names)
        options = onnxruntime.SessionOptions()
        # A row is too little work to share, and threads would not survive a server's fork.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])
        found = {entry.name: entry.type for entry in self._session.get_inputs()}
        if sorted(found) != sorted(names) or not _TYPES.keys() >= set(found.values()):
            raise ValueError(f"its inputs are {found}, the features {list(names)}")
        self._inputs = [(kind, [name for name in found if found[name] == tensor]) for tensor, kind in _TYPES.items()]

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process as the bytes of the graph."""
        return Session, self._made_of

    def predict(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[float]:
        """Give a number for each row; raises ValueError where the graph cannot."""
        feed: dict[str, Any] = {}
        for kind, names in self._inputs:
            # One array for all columns of a kind: to make an array takes numpy longer than to fill it.
            values = np.array([row[name] for name in names for row in rows], dtype=kind)
            feed.update(zip(names, values.reshape(len(names), len(rows), 1), strict=True))
        try:
            (answer,) = self._session.run([OUTPUT], feed)
        except ERRORS as error:
            raise ValueError(str(error)) from error
        prices: Sequence[float] = answer[:, 0].tolist()
        return prices


def load(raw: bytes, names: Sequence[str]) -> Session:
    """Read the graph."""
    return Session(raw, names)


def dump(model: Any) -> bytes:
    """Convert `model` by skl2onnx."""
    from api.formats.onnx_export import export  # noqa: PLC0415 - only training has skl2onnx

    return export(model, OUTPUT)
