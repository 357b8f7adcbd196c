"""What a manifest says of a trained model: the one description for every format of its file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

FormatName = Literal["joblib", "onnx", "skops"]


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


class OutputSchema(Record):
    """JSON Schema of what the model gives for a row; all else is unsound and never leaves."""

    type: Literal["number"] = "number"
    exclusiveMinimum: float = 0  # noqa: N815 - JSON Schema's name


class Metrics(Record):
    """Errors on held-out rows, in the target's unit; `r2` is a share."""

    mean_absolute_error: float
    median_absolute_error: float
    r2: float


class Distribution(Record):
    """Shares of the training rows in bins: between edges, a value at an edge in the bin above it; else by category.

    `edges` rise, and there is one share more than there are edges; shares add up to 1.
    """

    rows: Annotated[int, Field(ge=1)]
    edges: list[float] = []
    shares: list[Annotated[float, Field(ge=0, le=1)]]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        """Refuse what no comparison can be made with."""
        if self.edges and len(self.shares) != len(self.edges) + 1:
            raise ValueError(
                f"{len(self.edges)} edges make {len(self.edges) + 1} bins, there are {len(self.shares)} shares"
            )
        if any(low >= high for low, high in pairwise(self.edges)):
            raise ValueError("edges do not rise")
        if not math.isclose(sum(self.shares), 1, abs_tol=1e-6):
            raise ValueError("shares do not add up to 1")
        return self


class PredictionDistribution(Distribution):
    """The same of the model's own predictions on the training rows.

    `mean` and `deviation`, the standard one, are in the target's unit, `outside` is the share of predictions that are
    more than two deviations away.
    """

    mean: float
    deviation: Annotated[float, Field(gt=0)]
    outside: float


class Reference(Record):
    """What monitoring compares with: the distribution of each feature, by name, and of the predictions."""

    features: dict[str, Distribution]
    prediction: PredictionDistribution


class RowCounts(Record):
    """Where the rows of the data set went; `dropped` by reason."""

    read: int
    dropped: dict[str, int]
    used: int
    trained: int
    held_out: int


class ModelFile(Record):
    """One file of the model: its format, its hash, what it needs, and what it predicts.

    `versions` are those of Python and of the libraries that the format needs, as they were at
    training; `predictions` are those of the manifest's samples, made from the file itself.
    """

    format: FormatName
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    versions: dict[str, str]
    predictions: list[float]


class Manifest(ModelFile):
    """All that is known of an artefact, and all that the contract is made from.

    What it says as a `ModelFile` is about the file that is served; `others` lie beside it.
    """

    trained_at: str
    seed: int
    training_data_sha256: str
    features: list[Feature]
    target: Target
    output_schema: OutputSchema
    metrics: Metrics
    rows: RowCounts
    samples: list[dict[str, float | str]]
    reference: Reference
    others: list[ModelFile] = []

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        """Refuse parts that contradict one another, which would be found only while serving."""
        faults = "; ".join(self._contradictions())
        if faults:
            raise ValueError(faults)
        return self

    def _contradictions(self) -> Iterator[str]:
        """Say where features, samples and reference do not fit together."""
        if not self.features or not self.samples:
            yield "features and samples must not be empty"
        if len({*self.names}) < len(self.names):
            yield "features share a name"
        unlike = sorted({*self.names} ^ {*self.reference.features})
        if unlike:
            yield f"features and their reference differ in {', '.join(unlike)}"
        if not self.reference.prediction.edges:
            yield "the reference of the prediction has no edges"
        for feature in self.features:
            found = self.reference.features.get(feature.name)
            if isinstance(feature, NumberFeature):
                if found and not found.edges:
                    yield f"the reference of {feature.name} has no edges"
            elif not feature.categories:
                yield f"{feature.name} has no categories"
            elif found and (found.edges or len(found.shares) != len(feature.categories)):
                yield f"the reference of {feature.name} is not of its {len(feature.categories)} categories"

    @property
    def model_version(self) -> str:
        """Name of the model: the start of the artefact's hash."""
        return f"diamonds-{self.sha256[:12]}"

    @property
    def names(self) -> list[str]:
        """Names of the features, in the order of the signature."""
        return [feature.name for feature in self.features]

    def serving(self, name: str) -> Manifest | None:
        """Give the same manifest about the file in format `name`, if there is one."""
        files = [ModelFile(**{field: getattr(self, field) for field in ModelFile.model_fields}), *self.others]
        chosen = next((file for file in files if file.format == name), None)
        if chosen is None:
            return None
        others = [file for file in files if file is not chosen]
        return self.model_copy(update={**dict(chosen), "others": others})
