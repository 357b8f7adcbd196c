"""Rows to prices: the one place that calls the model."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from api.errors import UnsoundPredictionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.artefact import Artefact

Row = dict[str, float | str]


class Predictor:
    """A loaded model, warm once `check` has passed."""

    def __init__(self, artefact: Artefact) -> None:
        """Take the artefact; nothing is predicted yet."""
        self.manifest = artefact.manifest
        self._model = artefact.model
        self._typical: Row = {feature.name: feature.typical for feature in self.manifest.features}

    def check(self) -> None:
        """Make a dummy prediction; raises UnsoundPredictionError where it fails."""
        self.predict([self._typical], explain=False)

    def predict(self, rows: Sequence[Mapping[str, Any]], *, explain: bool) -> list[dict[str, Any]]:
        """Give `{"price": dollars}` per row, with its explanation where asked for.

        Raises UnsoundPredictionError where the model fails or a price is not finite
        and inside the manifest's output schema.
        """
        if not explain:
            return [{"price": price} for price in self._prices(rows)]
        asked = [variant for row in rows for variant in self._variants(row)]
        prices = self._prices(asked)
        step = len(self._typical) + 1
        return [self._explained(prices[start : start + step]) for start in range(0, len(prices), step)]

    def _variants(self, row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Give the row, then the row with each feature in turn made typical."""
        return [row, *({**row, name: v} for name, v in self._typical.items())]

    def _explained(self, prices: Sequence[float]) -> dict[str, Any]:
        """Give the first of `prices`, and by how much each other one differs."""
        price, *others = prices
        changes = [round(other - price, 2) for other in others]
        return {
            "price": price,
            "explanation": dict(zip(self._typical, changes, strict=True)),
        }

    def _prices(self, rows: Sequence[Mapping[str, Any]]) -> list[float]:
        """Ask the model for all rows at once, and check each price, in dollars."""
        try:
            prices = [round(float(price), 2) for price in self._model.predict(rows)]
        except Exception as error:  # a model is anybody's code, and may raise anything
            reason = "the model failed"
            raise UnsoundPredictionError(reason) from error
        if len(prices) != len(rows):
            reason = "not one price per row"
            raise UnsoundPredictionError(reason)
        least = self.manifest.output_schema.exclusiveMinimum
        if not all(math.isfinite(price) and price > least for price in prices):
            reason = f"a price is not finite and above {least}"
            raise UnsoundPredictionError(reason)
        return prices
