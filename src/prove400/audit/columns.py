"""Columns on their way through a fitted pipeline, and what is learned of the features in them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from prove400.audit.facts import Categories, Fate, Feature, Kind, Range

_WORST_FIRST = (Fate.REFUSED, Fate.NAN, Fate.CODED, Fate.UNTOLD, Fate.LEARNED, Fate.IMPUTED, Fate.UNUSED)
"""Where a feature goes several ways: what one way refuses is refused, and what one way fills in is not filled in."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table that a step is given; no `feature` where it is made of several, or coded in many."""

    label: str = ""  # its name in this table
    feature: str = ""
    is_raw: bool = False  # its values are those of the request, or what an imputer put there
    is_filled: bool = False  # with a constant, which its range then holds too
    absent: Fate | None = None  # none: still on its way, as NaN
    null: Fate | None = None  # none: still on its way, as NaN in numbers and None in texts


BLANK = Column()


@dataclass(slots=True)
class _Found:
    kind: Kind = Kind.UNTOLD
    source: str = ""
    is_bare: bool = False  # it reaches the model as it came, and no step tells what it is
    range: Range | None = None
    categories: Categories | None = None
    absent: list[Fate] = field(default_factory=list)
    null: list[Fate] = field(default_factory=list)


class Learned:
    """What the steps told so far, by feature."""

    def __init__(self, names: Iterable[str], source: str) -> None:
        """Take the names of the features, in the model's order, and where they come from."""
        self._found = {name: _Found(source=source) for name in names}

    def columns(self) -> list[Column]:
        """Give the table that the model is given."""
        return [Column(name, name, is_raw=True) for name in self._found]

    def tell(self, column: Column, kind: Kind, source: str) -> None:
        """Note what a feature is; the first that knows counts, but a category may be a number too."""
        found = self._found.get(column.feature)
        if found is not None and column.is_raw and (found.kind is Kind.UNTOLD or kind is Kind.CATEGORY):
            found.kind, found.source = kind, source

    def suppose(self, column: Column, source: str) -> None:
        """Note a feature that reaches a model as it came as a number, which a boolean may be too."""
        found = self._found.get(column.feature)
        if found is not None and column.is_raw and found.kind is Kind.UNTOLD:
            found.kind, found.source, found.is_bare = Kind.NUMBER, source, True

    def bound(self, column: Column, found: Range) -> None:
        """Note the range of a feature's values; one that is no estimate counts before one that is."""
        known = self._found.get(column.feature)
        if known is None or not column.is_raw or not (math.isfinite(found.minimum) and math.isfinite(found.maximum)):
            return
        found = replace(found, is_estimate=found.is_estimate or column.is_filled)
        if known.range is None or (known.range.is_estimate and not found.is_estimate):
            known.range = found

    def categorise(self, column: Column, categories: Categories) -> None:
        """Note the categories of a feature; the first list counts."""
        known = self._found.get(column.feature)
        if known is not None and column.is_raw and categories.learned and known.categories is None:
            known.categories = categories

    def settle(self, columns: Iterable[Column], fate: Fate) -> list[Column]:
        """Say what becomes of missing values that are still on their way; gives the columns without them."""
        return [self._ended(replace(c, absent=c.absent or fate, null=c.null or fate)) for c in columns]

    def _ended(self, column: Column) -> Column:
        if (known := self._found.get(column.feature)) and column.absent and column.null:
            known.absent.append(column.absent)
            known.null.append(column.null)
        return column

    def features(self) -> tuple[Feature, ...]:
        """Give what is known of each feature."""
        return tuple(
            Feature(
                name,
                found.kind,
                found.source,
                found.range,
                found.categories,
                absent=_worst(found.absent),
                null=_worst(found.null),
                may_be_boolean=found.kind is Kind.NUMBER and (found.is_bare or _is_of_two(found.range)),
            )
            for name, found in self._found.items()
        )


def _is_of_two(found: Range | None) -> bool:
    """Tell whether a range is the one that booleans have."""
    return found is not None and not found.is_estimate and (found.minimum, found.maximum) == (0, 1)


def _worst(fates: list[Fate]) -> Fate:
    return next((fate for fate in _WORST_FIRST if fate in fates), Fate.UNTOLD)


def is_nan(value: Any) -> bool:
    """Tell whether a value is NaN, or the NA of pandas."""
    return (isinstance(value, float) and math.isnan(value)) or type(value).__name__ == "NAType"


def plain(value: Any) -> Any:
    """Give a value of numpy as Python's own."""
    return value.item() if hasattr(value, "item") else value
