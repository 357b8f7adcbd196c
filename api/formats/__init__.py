"""The formats in which the trained model can lie on disk: one table, and one module for each."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from api.manifest import FormatName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Model(Protocol):
    """A model that is ready to predict."""

    def predict(self, rows: Sequence[Mapping[str, Any]], /) -> Iterable[float]:
        """Give a number for each row, a mapping of feature names to values."""
        ...


class Codec(Protocol):
    """What the module of a format offers."""

    def dump(self, model: Any) -> bytes:
        """Serialise a fitted scikit-learn model; raises ConversionError where the format cannot hold it."""
        ...

    def load(self, raw: bytes, names: Sequence[str]) -> Model:
        """Make a model from bytes that are proven, for features in the order of `names`.

        Raises ImportError or AttributeError where a class is missing, UntrustedTypesError where
        one is not allowed, and whatever its library does where the bytes are not what the format writes.
        """
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its file, and what must be installed, in the version it was trained with, to load it.

    `tolerance` is the largest relative difference from what scikit-learn predicts. `any_python`
    says that the file holds nothing of Python, so that its version does not matter.
    """

    name: FormatName
    file: str
    libraries: tuple[str, ...]
    tolerance: float
    any_python: bool = False

    def codec(self) -> Codec:
        """Import the format's module, which needs its libraries."""
        return cast("Codec", import_module(f"api.formats.{self.name}"))


_SKLEARN = ("joblib", "numpy", "pandas", "scikit-learn", "scipy", "threadpoolctl")

FORMATS: dict[str, Format] = {
    entry.name: entry
    for entry in (
        Format("joblib", "model.joblib", _SKLEARN, 0.0),
        Format("onnx", "model.onnx", ("numpy", "onnxruntime"), 1e-5, any_python=True),
        Format("skops", "model.skops", (*_SKLEARN, "skops"), 0.0),
    )
}
"""By name."""

DEFAULT: FormatName = "joblib"
