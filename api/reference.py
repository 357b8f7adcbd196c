"""Training rows → the distributions that monitoring compares with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from api.manifest import CategoryFeature, Distribution, Feature, PredictionDistribution, Reference

if TYPE_CHECKING:
    import pandas as pd

BINS = 20
SIGMAS = 2.0
"""Standard deviations from which on a prediction is far."""


def describe(features: Sequence[Feature], rows: pd.DataFrame, predictions: NDArray[np.float64]) -> Reference:
    """Describe the training rows, and what the model predicts for them, in dollars."""
    mean, deviation = float(predictions.mean()), float(predictions.std())
    return Reference(
        features={feature.name: _distribution(feature, rows[feature.name]) for feature in features},
        prediction=PredictionDistribution(
            **dict(_of_numbers(predictions)),
            mean=mean,
            deviation=deviation,
            outside=float((np.abs(predictions - mean) > SIGMAS * deviation).mean()),
        ),
    )


def _distribution(feature: Feature, values: pd.Series) -> Distribution:
    if not isinstance(feature, CategoryFeature):
        return _of_numbers(values.to_numpy(dtype=np.float64))
    counts = values.value_counts()
    return Distribution(rows=len(values), shares=[float(counts[name]) / len(values) for name in feature.categories])


def _of_numbers(values: NDArray[np.float64]) -> Distribution:
    """Cut numbers into bins of about the same share; a value that many have may fill several."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1]))
    counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)
    return Distribution(rows=len(values), edges=edges.tolist(), shares=(counts / len(values)).tolist())
