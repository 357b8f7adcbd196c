"""The trained model and the manifest that describes it, on disk and in memory."""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

import joblib
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.errors import (
    ArtefactMismatchError,
    ArtefactMissingError,
    ArtefactUnreadableError,
)

FOLDER_VARIABLE = "DIAMONDS_ARTEFACT"
MODEL_FILE = "model.joblib"
MANIFEST_FILE = "manifest.json"
LIBRARIES = ("joblib", "numpy", "pandas", "scikit-learn")


class Record(BaseModel):
    """Base of the values in a manifest: frozen, and nothing beside what is named."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class NumberFeature(Record):
    """A numeric input; `minimum` and `maximum` are observed, `typical` the median."""

    name: str
    type: Literal["number"]
    unit: str
    description: str
    minimum: float
    maximum: float
    typical: float


class CategoryFeature(Record):
    """A categorical input; `categories` worst first, `typical` the most frequent."""

    name: str
    type: Literal["category"]
    unit: str
    description: str
    categories: list[str]
    typical: str


Feature = Annotated[NumberFeature | CategoryFeature, Field(discriminator="type")]


class Target(Record):
    """What is predicted, with its observed range."""

    name: str
    unit: str
    minimum: float
    maximum: float


class Metrics(Record):
    """Errors on held-out rows, in the target's unit; `r2` is a share."""

    mean_absolute_error: float
    median_absolute_error: float
    r2: float


class RowCounts(Record):
    """Where the rows of the data set went; `dropped` by reason."""

    read: int
    dropped: dict[str, int]
    used: int
    trained: int
    held_out: int


class Manifest(Record):
    """All that is known of an artefact, and all that the contract is made from."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    trained_at: str
    seed: int
    versions: dict[str, str]
    training_data_sha256: str
    features: list[Feature]
    target: Target
    metrics: Metrics
    rows: RowCounts
    samples: list[dict[str, float | str]]

    @property
    def model_version(self) -> str:
        """Name of the model: the start of the artefact's hash."""
        return f"diamonds-{self.sha256[:12]}"

    @property
    def names(self) -> list[str]:
        """Names of the features, in the order of the signature."""
        return [feature.name for feature in self.features]


@dataclass(frozen=True, slots=True)
class Artefact:
    """A trained scikit-learn model, and its manifest."""

    model: Any
    manifest: Manifest


def default_folder() -> Path:
    """Give the folder that DIAMONDS_ARTEFACT names, else `api/artefact`."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else Path(__file__).parent / "artefact"


def library_versions() -> dict[str, str]:
    """Give the versions of the libraries that a pickled model depends on."""
    return {name: version(name) for name in LIBRARIES}


def dump(model: object) -> bytes:
    """Serialise `model` as joblib does to a file, compressed."""
    stream = io.BytesIO()
    joblib.dump(model, stream, compress=3)
    return stream.getvalue()


def save(folder: Path, raw: bytes, manifest: Manifest) -> None:
    """Write the serialised model and its manifest, so that no half of a pair is left.

    The old manifest goes first: a write that is cut off leaves an artefact missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST_FILE).unlink(missing_ok=True)
    (folder / MODEL_FILE).write_bytes(raw)
    text = manifest.model_dump_json(indent=2) + "\n"
    (folder / MANIFEST_FILE).write_text(text, encoding="utf-8")


def load(folder: Path) -> Artefact:
    """Load the artefact in `folder`; its bytes are unpickled only once they are proven.

    Raises ArtefactMissingError, ArtefactUnreadableError or ArtefactMismatchError.
    """
    manifest = _read_manifest(folder)
    try:
        raw = (folder / MODEL_FILE).read_bytes()
    except FileNotFoundError as error:
        raise ArtefactMissingError(folder, f"no {MODEL_FILE}") from error
    found = hashlib.sha256(raw).hexdigest()
    if found != manifest.sha256:
        reason = f"{MODEL_FILE} has sha256 {found}, its manifest says {manifest.sha256}"
        raise ArtefactMismatchError(folder, reason)
    _check_libraries(folder, manifest)
    return Artefact(joblib.load(io.BytesIO(raw)), manifest)


def _read_manifest(folder: Path) -> Manifest:
    """Read and validate the manifest in `folder`."""
    try:
        text = (folder / MANIFEST_FILE).read_bytes()
    except FileNotFoundError as error:
        raise ArtefactMissingError(folder, f"no {MANIFEST_FILE}") from error
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        reason = f"{MANIFEST_FILE} is not a manifest ({error.error_count()} faults)"
        raise ArtefactUnreadableError(folder, reason) from error


def _check_libraries(folder: Path, manifest: Manifest) -> None:
    """Refuse a pickle of another scikit-learn, which promises nothing across them."""
    name = "scikit-learn"
    trained, here = manifest.versions.get(name), version(name)
    if trained != here:
        reason = f"trained with {name} {trained}, this is {here}"
        raise ArtefactMismatchError(folder, reason)
