"""Request and reply models, made from the manifest's signature.

The contract is generated from these very models, so the two cannot drift apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from api.manifest import Feature, FormatName, Metrics, NumberFeature, Record, RowCounts, Target
from api.pointer import locate
from api.problems import ENOUGH_FAULTS, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

    from api.manifest import Manifest


class Strict(BaseModel):
    """Base of what crosses the wire: no coercion, no extras, no NaN or infinity."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)


Price = Annotated[float, Field(gt=0, description="Predicted price. Unit: US dollar.")]
Currency = Annotated[Literal["USD"], Field(description="ISO 4217 code of the price.")]
Version = Annotated[
    str,
    Field(min_length=1, description="Names the trained model that answered."),
]


class Health(Strict):
    """The process is alive."""

    status: Literal["alive"]


class Readiness(Strict):
    """The model is loaded, and a dummy prediction passed just now."""

    status: Literal["ready"]
    model_version: Version


class ModelInfo(Record):
    """Which model is served, what it was trained on, when, and how well it does on held-out rows."""

    name: Annotated[str, Field(description="What every version of the model is called.")]
    model_version: str
    format: FormatName
    sha256: Annotated[str, Field(description="Of the file that was loaded.")]
    changed_on_disk: Annotated[
        bool, Field(description="Whether that file has changed since: what is served is then not what is there.")
    ]
    trained_at: str
    versions: dict[str, str]
    training_data_sha256: str
    features: list[Feature]
    target: Target
    metrics: Metrics
    rows: RowCounts


Share = Annotated[float, Field(ge=0, le=1)]


Seconds = Annotated[float, Field(ge=0)]


class Latency(Strict):
    """Times that the last predictions took, in seconds; quantiles where there were any."""

    requests: Annotated[int, Field(ge=0)]
    # Optional, never null: the default is not validated and not sent.
    p50: Seconds = None  # type: ignore[assignment]
    p95: Seconds = None  # type: ignore[assignment]
    p99: Seconds = None  # type: ignore[assignment]


class FeatureDrift(Strict):
    """How far the last rows are from the training's in one feature."""

    name: str
    psi: Annotated[float, Field(ge=0, description="Population stability index over the training's bins.")]
    ks: Annotated[Share, Field(description="Kolmogorov and Smirnov's distance at their edges; 0 for categories.")]


class PredictionDrift(Strict):
    """How far the last predictions are from the training's."""

    sigmas: Annotated[float, Field(description="Standard deviations by which their mean is off.")]
    outside: Annotated[Share, Field(description="Share of those more than two standard deviations away.")]
    psi: Annotated[float, Field(ge=0)]
    ks: Share


class Monitoring(Strict):
    """How the last requests look beside the training data, of all workers together."""

    model_version: Version
    rows: Annotated[int, Field(ge=0, description="Rows that are compared; too few are never an alert.")]
    alerts: Annotated[list[str], Field(description="What an operator should look at; empty where all is well.")]
    latency: Latency
    prediction: PredictionDrift
    features: list[FeatureDrift]


@dataclass(frozen=True, slots=True)
class Wire:
    """The models of one signature; see `wire_models`."""

    diamond: type[BaseModel]
    batch: type[BaseModel]
    prediction: type[BaseModel]
    batch_prediction: type[BaseModel]
    longest: int


def wire_models(manifest: Manifest, longest: int) -> Wire:
    """Make the models of requests and replies, batches of at most `longest`, from the manifest's signature."""
    diamond = _create(
        "Diamond",
        "One round-cut diamond. Bounds are those observed in training.",
        {feature.name: (_annotation(feature), ...) for feature in manifest.features},
    )
    note = f"Between 1 and {longest} diamonds."
    limits = Field(min_length=1, max_length=longest, description=note)
    rows: Any = list[diamond]  # type: ignore[valid-type]
    batch = _create(
        "Batch",
        "Diamonds that are priced together, in their order.",
        {"instances": (Annotated[rows, limits], ...)},
    )
    prediction, batch_prediction = _reply_models(manifest, longest)
    return Wire(diamond, batch, prediction, batch_prediction, longest)


def _reply_models(manifest: Manifest, longest: int) -> tuple[type[BaseModel], type[BaseModel]]:
    """Make the models of the two prediction replies."""
    change = "Dollars by which the price changes with the typical {} instead."
    explanation = _create(
        "Explanation",
        "For each feature, what the training data's typical value would change: "
        "price with that value (median or mode) minus the price predicted.",
        {name: (Annotated[float, Field(description=change.format(name))], ...) for name in manifest.names},
    )
    # Optional, never null: the default is not validated and not sent.
    price = {"price": (Price, ...), "explanation": (explanation, None)}
    stamp = {"currency": (Currency, ...), "model_version": (Version, ...)}
    prediction = _create("Prediction", "The price of one diamond.", price | stamp)
    item = _create("BatchItem", "The price of one diamond of a batch.", price)
    items: Any = list[item]  # type: ignore[valid-type]
    note = "One per instance, in the same order."
    limits = Field(min_length=1, max_length=longest, description=note)
    batch = _create(
        "BatchPrediction",
        "The prices of a batch.",
        {"predictions": (Annotated[items, limits], ...)} | stamp,
    )
    return prediction, batch


def _create(name: str, doc: str, fields: dict[str, Any]) -> type[BaseModel]:
    """Make a strict model."""
    return create_model(name, __base__=Strict, __doc__=doc, **fields)


def _annotation(feature: Feature) -> Any:
    """Give the type of one feature: a bounded number, or one of its categories."""
    note = f"{feature.description}. Unit: {feature.unit}."
    if isinstance(feature, NumberFeature):
        bounds = Field(ge=feature.minimum, le=feature.maximum, description=note)
        return Annotated[float, bounds]
    learned = Literal[tuple(feature.categories)]  # type: ignore[valid-type]
    return Annotated[learned, Field(description=note)]


def read(wire: Wire, model: type[BaseModel], value: object) -> tuple[dict[str, Any], list[Fault]]:
    """Give the body `value`, which strict models coerce nothing of, and the faults of it, one per location.

    All are given but those past ENOUGH_FAULTS, and of items past the length of a batch.
    """
    try:
        model.model_validate(value)
    except ValidationError as error:
        faults = list(_faults(error))
    else:
        body: dict[str, Any] = value  # type: ignore[assignment]  # what a model describes is an object
        return body, []
    if any(fault.code == "maxItems" for fault in faults):
        # Pydantic tells of no item of an array that is too long; the caller should
        # still learn all at once, and pay for no more items than are ever accepted.
        items = value["instances"][: wire.longest]  # type: ignore[index]  # only an array is too long
        _, others = read(wire, model, {"instances": items})
        faults += others
    return {}, faults


def _faults(error: ValidationError) -> Iterator[Fault]:
    """Give pydantic's errors as faults, as many as are looked for."""
    for entry in islice(error.errors(include_url=False), ENOUGH_FAULTS):
        code = _keyword(entry)
        yield Fault("body", locate(entry["loc"]), code, _detail(code, entry))


_KEYWORDS = {
    "missing": "required",
    "extra_forbidden": "additionalProperties",
    "greater_than_equal": "minimum",
    "less_than_equal": "maximum",
    "too_short": "minItems",
    "too_long": "maxItems",
    "literal_error": "enum",
}
"""JSON Schema keyword for each of pydantic's error types; any other is `type`."""

_TYPES = {
    "float_type": "a number",
    "list_type": "an array",
    "literal_error": "a string",
    "model_type": "an object",
}
"""What JSON type pydantic wanted where it found another."""

_DETAILS = {
    "required": "is required",
    "additionalProperties": "is not a property that is known here",
    "minimum": "must be at least {ge}",
    "maximum": "must be at most {le}",
    "minItems": "must have at least {min_length} items",
    "maxItems": "must have at most {max_length} items; no further one is judged",
    "enum": "must be one of {expected}",
}


def _is_integer(value: object) -> bool:
    """Tell an integer from a boolean, which Python takes for one."""
    return isinstance(value, int) and not isinstance(value, bool)


def _keyword(entry: ErrorDetails) -> str:
    """Give the JSON Schema keyword that a pydantic error is about."""
    kind, sent = entry["type"], entry["input"]
    if kind == "float_type" and _is_integer(sent):
        # An integer that overflows a double is a number all the same.
        return "maximum" if sent > 0 else "minimum"
    if kind == "literal_error" and not isinstance(sent, str):
        return "type"
    return _KEYWORDS.get(kind, "type")


def _detail(code: str, entry: ErrorDetails) -> str:
    """Say what must hold, from the contract and never from what was sent."""
    kind = entry["type"]
    if code == "type":
        return f"must be {_TYPES.get(kind, 'of another type')}"
    if kind == "float_type":
        return "is beyond the range of a double"
    return _DETAILS[code].format(**entry.get("ctx", {}))
