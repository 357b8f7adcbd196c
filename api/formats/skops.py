"""skops: a zip of plain data. Loading makes objects of known types only, and of those named here."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import skops.io

from api.errors import UntrustedTypesError
from api.fitted import Fitted

if TYPE_CHECKING:
    from collections.abc import Sequence

TRUSTED = frozenset({"sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"})
"""Types that skops does not know and that a file may hold all the same; add those of your model."""


def dump(model: Any) -> bytes:
    """Serialise `model`, compressed."""
    raw: bytes = skops.io.dumps(model, compression=zipfile.ZIP_DEFLATED, compresslevel=6)
    return raw


def load(raw: bytes, names: Sequence[str]) -> Fitted:
    """Make the model again, once every type in the file is trusted."""
    untrusted = sorted(set(skops.io.get_untrusted_types(data=raw)) - TRUSTED)
    if untrusted:
        raise UntrustedTypesError(untrusted)
    return Fitted(skops.io.loads(raw, trusted=sorted(TRUSTED)), names)
