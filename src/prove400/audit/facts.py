"""What a trained model says of its inputs, each fact with where it comes from: the measure of a contract."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What the model takes a feature for."""

    NUMBER = "number"
    CATEGORY = "category"  # one of the values that an encoder learned
    TEXT = "text"  # any text: a vectoriser reads it
    UNTOLD = "untold"  # nothing of the model that can be read tells


class Fate(StrEnum):
    """What becomes of a value that training did not show: one that is missing, or a category never seen."""

    IMPUTED = "imputed"  # an imputer fills it in
    LEARNED = "learned"  # training showed it
    CODED = "coded"  # encoded as something else, and predicted from without a word
    NAN = "nan"  # becomes NaN, which the model predicts from without a word
    REFUSED = "refused"  # the model raises
    UNUSED = "unused"  # the model does not look at the feature
    UNTOLD = "untold"  # nothing of the model that can be read tells

    @property
    def is_silent(self) -> bool:
        """Whether a prediction is made that nothing was learned for."""
        return self in (Fate.CODED, Fate.NAN)


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers between which the training's lie; an estimate is made of a mean and a spread, not of the values."""

    minimum: float
    maximum: float
    source: str
    is_estimate: bool = False

    @property
    def width(self) -> float:
        """Difference of the two, 1 where they are equal."""
        return (self.maximum - self.minimum) or 1.0


@dataclass(frozen=True, slots=True)
class Categories:
    """The values that an encoder learned, and what it does with any other; `becomes` says it in words."""

    learned: tuple[Any, ...]  # texts, numbers or booleans, as JSON has them
    source: str
    unknown: Fate = Fate.UNTOLD
    becomes: str = "may become anything"


@dataclass(frozen=True, slots=True)
class Feature:
    """One input of the model; `absent` tells what becomes of one that a request leaves out, `null` of a null."""

    name: str
    kind: Kind
    source: str
    range: Range | None = None
    categories: Categories | None = None
    is_integer: bool = False
    absent: Fate = Fate.UNTOLD
    null: Fate = Fate.UNTOLD
    description: str = ""
    may_be_boolean: bool = False  # a number as far as the model tells, which keeps no type of such a column


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one model; `notes` are what a reader should know of how it was read."""

    source: str
    sha256: str
    features: tuple[Feature, ...]
    classes: tuple[Any, ...] = ()  # that a classifier answers with
    output: dict[str, Any] | None = None  # JSON Schema of what it answers, where a manifest has one
    notes: tuple[str, ...] = ()

    def completed(self, other: Facts) -> Facts:
        """Give the facts with what only the `other` tells of the same model: ranges, wholeness and descriptions."""
        known = {feature.name: feature for feature in other.features}
        merged = tuple(_completed(feature, known.get(feature.name)) for feature in self.features)
        notes = (*self.notes, *other.notes, f"completed by {other.source}")
        return replace(self, features=merged, output=self.output or other.output, notes=notes)


def _completed(feature: Feature, other: Feature | None) -> Feature:
    if other is None:
        return feature
    told = feature.range is not None and not feature.range.is_estimate
    return replace(
        feature,
        kind=other.kind if feature.kind is Kind.UNTOLD else feature.kind,
        range=feature.range if told else other.range or feature.range,
        categories=feature.categories or other.categories,
        is_integer=feature.is_integer or other.is_integer,
        description=feature.description or other.description,
        may_be_boolean=feature.may_be_boolean and other.kind is Kind.UNTOLD,
    )
