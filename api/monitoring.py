"""What the stream of requests looks like beside the training data: drift of inputs and predictions, and latency.

Of the last rows that were predicted, each feature and the prediction are compared with the manifest's distributions:

- PSI, the population stability index, sums (a - e) ln(a / e) over bins with shares a now and e at training; by
  convention, above 0.2 something has shifted (Siddiqi, Credit Risk Scorecards, 2006).
- KS, the distance of Kolmogorov and Smirnov, is the largest difference of the shares up to an edge between bins. Rows
  of the training distribution exceed a distance d with a probability of at most 2 exp(-2 n d^2), whatever it is
  (Massart, 1990).
- Sigmas are the standard deviations of the training's predictions by which the mean of those now is off; `outside` is
  the share of predictions more than two of them away.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.manifest import CategoryFeature, Distribution, Feature, Manifest
from api.reference import SIGMAS
from api.window import Window

LEAST_ROWS = 500
"""Rows that are needed before anything is an alert: of fewer, chance alone may look like drift."""
PSI = 0.2
KS = 0.1
CHANCE = 1e-6
"""Probability below which a distance, or a share outside, is no chance; small, since it is asked at every scrape."""
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Drift:
    """How far values are from a distribution of the training."""

    psi: float
    ks: float
    rows: int

    @property
    def is_alert(self) -> bool:
        """Whether it is neither small nor chance."""
        by_chance = min(1.0, 2 * math.exp(-2 * self.rows * self.ks**2))
        return self.rows >= LEAST_ROWS and (self.psi > PSI or (self.ks > KS and by_chance < CHANCE))


def drift(expected: Distribution, values: Numbers) -> Drift:
    """Compare values with a distribution; categories are their numbers."""
    bins = np.searchsorted(np.array(expected.edges), values, side="right") if expected.edges else values.astype(int)
    counts = np.bincount(bins, minlength=len(expected.shares))
    then, now = _smooth(np.array(expected.shares) * expected.rows), _smooth(counts)
    psi = float(np.sum((now - then) * np.log(now / then)))
    apart = np.abs(np.cumsum(counts) / max(len(values), 1) - np.cumsum(expected.shares))
    return Drift(psi, float(apart.max()) if expected.edges and len(values) else 0.0, len(values))


def _smooth(counts: NDArray[Any]) -> Numbers:
    """Give shares none of which is zero."""
    raised = counts + 0.5
    shares: Numbers = raised / raised.sum()
    return shares


class Monitor:
    """Remembers what one model was asked and what it answered, and says how that looks."""

    def __init__(self, manifest: Manifest, length: int, folder: Path | None = None) -> None:
        """Take the model's manifest, how many rows are remembered, and the folder that workers share where they do."""
        self._features, self._reference = manifest.features, manifest.reference
        self._columns = [(feature.name, _codes(feature)) for feature in manifest.features]
        width = len(manifest.features) + 2
        self._predicted = Window(length, width, folder and folder / f"window-{manifest.sha256}-{length}x{width}")

    def record(self, rows: Sequence[Mapping[str, Any]], prices: Sequence[float], seconds: float) -> None:
        """Remember one request that was answered: its rows, their prices in dollars, and how long it took."""
        columns = self._columns
        table = [
            [*[row[name] if codes is None else codes[row[name]] for name, codes in columns], price, math.nan]
            for row, price in zip(rows, prices, strict=True)
        ]
        table[0][-1] = seconds  # once for each request
        self._predicted.add(table)

    def forget(self) -> None:
        """Have a later monitor of this model begin anew, and leave no rows behind."""
        self._predicted.forget()

    def report(self) -> dict[str, Any]:
        """Say how the last requests look: rows, alerts, latency in seconds, prediction and features."""
        table = self._predicted.rows()
        seconds = table[~np.isnan(table[:, -1]), -1]
        features = {
            feature.name: drift(self._reference.features[feature.name], table[:, number])
            for number, feature in enumerate(self._features)
        }
        prediction = self._prediction(table[:, -2])
        alerts = [f"{name} drifts" for name, found in features.items() if found.is_alert]
        return {
            "rows": len(table),
            "alerts": [*alerts, *self._alerts(prediction, len(table))],
            "latency": {"requests": len(seconds)} | _quantiles(seconds),
            "prediction": prediction,
            "features": [
                {"name": name, "psi": round(found.psi, 4), "ks": round(found.ks, 4)} for name, found in features.items()
            ],
        }

    def _prediction(self, prices: Numbers) -> dict[str, float]:
        """Compare prices with the training's predictions."""
        expected, found = self._reference.prediction, drift(self._reference.prediction, prices)
        away = (prices - expected.mean) / expected.deviation if len(prices) else np.zeros(1)
        return {
            "sigmas": round(float(away.mean()), 4),
            "outside": round(float((np.abs(away) > SIGMAS).mean()), 4),
            "psi": round(found.psi, 4),
            "ks": round(found.ks, 4),
        }

    def _alerts(self, prediction: Mapping[str, float], rows: int) -> Iterator[str]:
        if rows < LEAST_ROWS:
            return
        if abs(prediction["sigmas"]) > SIGMAS:
            yield "predictions are off by more than 2 standard deviations"
        excess = prediction["outside"] - self._reference.prediction.outside
        if excess > 0 and math.exp(-2 * rows * excess**2) < CHANCE:  # Hoeffding, 1963
            yield "more predictions than at training are more than 2 standard deviations away"
        if Drift(prediction["psi"], prediction["ks"], rows).is_alert:
            yield "predictions drift"


def _codes(feature: Feature) -> dict[str, float] | None:
    """Give the number of each category; None for a feature that is a number."""
    if not isinstance(feature, CategoryFeature):
        return None
    return {name: float(code) for code, name in enumerate(feature.categories)}


def _quantiles(seconds: Numbers) -> dict[str, float]:
    if not len(seconds):
        return {}
    found = np.quantile(seconds, list(QUANTILES.values()))
    return {name: round(float(value), 6) for name, value in zip(QUANTILES, found, strict=True)}
