"""joblib: a compressed pickle. Loading runs what it says, so its bytes must be proven before."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import joblib

from api.fitted import Fitted

if TYPE_CHECKING:
    from collections.abc import Sequence


def dump(model: Any) -> bytes:
    """Serialise `model` as joblib does to a file, compressed."""
    stream = io.BytesIO()
    joblib.dump(model, stream, compress=3)
    return stream.getvalue()


def load(raw: bytes, names: Sequence[str]) -> Fitted:
    """Unpickle the model."""
    return Fitted(joblib.load(io.BytesIO(raw)), names)
