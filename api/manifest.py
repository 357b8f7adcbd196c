"""What a manifest says of a trained model: the one description for every format of its file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

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

    rows: int
    edges: list[float] = []
    shares: list[float]


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
