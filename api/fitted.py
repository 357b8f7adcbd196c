"""A fitted scikit-learn model that takes rows as plain mappings, by the shortest way that gives the same numbers.

A pipeline spends more on a row's DataFrame and on ColumnTransformer's bookkeeping than on its trees. Where every part
is one that this module knows, a row goes straight to the array that the last step is given; else through the pipeline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder
from threadpoolctl import ThreadpoolController

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

Codes = dict[Any, float]
Lookup = tuple[str, Codes | None]
"""A column of the array: the feature it holds, and the number of each of its values where it is coded."""


class Fitted:
    """A fitted model, with one thread for each prediction.

    A team of threads costs more than it gains on a few rows, and OpenMP's does not survive the
    fork of a preloading server.
    """

    def __init__(self, model: Any, names: Sequence[str]) -> None:
        """Take a fitted model and the features' order, and look for the short way."""
        self.model = model
        self._names = list(names)
        self._short = short_way(model)
        self._threads = ThreadpoolController()

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process as the model alone."""
        return Fitted, (self.model, self._names)

    @property
    def is_short(self) -> bool:
        """Tell whether rows go the short way."""
        return self._short is not None

    def predict(self, rows: Sequence[Mapping[str, Any]]) -> Iterable[float]:
        """Give a number for each row; what the model raises goes through."""
        with self._threads.limit(limits=1, user_api="openmp"):
            if self._short is not None:
                return self._short(rows)
            answer: Iterable[float] = self.model.predict(pd.DataFrame(list(rows), columns=self._names))
            return answer


def short_way(model: Any) -> Callable[[Sequence[Mapping[str, Any]]], NDArray[np.float64]] | None:
    """Give a function from rows to what `model` predicts for them, or None where a part is not known."""
    inverse, inner = _target(model)
    if inverse is None or type(inner) is not Pipeline or len(inner.steps) != 2:  # noqa: PLR2004
        return None
    columns, last = inner[0], inner[-1]
    lookups = _columns(columns)
    if lookups is None or hasattr(last, "feature_names_in_"):  # which wants a DataFrame
        return None

    def predict(rows: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
        table = [[row[name] if codes is None else codes[row[name]] for name, codes in lookups] for row in rows]
        predicted: NDArray[np.float64] = inverse(last.predict(np.array(table, dtype=np.float64)))
        return predicted

    return predict


def text_columns(columns: Any) -> set[str]:
    """Name the columns that an ordinal encoder of a fitted ColumnTransformer reads as texts."""
    return {
        name
        for _, part, names in columns.transformers_
        if isinstance(part, OrdinalEncoder)
        for name, values in zip(names, part.categories_, strict=True)
        if all(isinstance(value, str) for value in values)
    }


def _target(model: Any) -> tuple[Callable[[Any], Any] | None, Any]:
    """Take a transformed target apart: the function back, None where it is not known, and the regressor."""
    if type(model) is not TransformedTargetRegressor:
        return _unchanged, model
    back = model.transformer_
    known = type(back) is FunctionTransformer and back.inverse_func is not None and not back.inv_kw_args
    return (back.inverse_func if known else None), model.regressor_


def _unchanged(values: Any) -> Any:
    """Give what comes."""
    return values


def _columns(columns: Any) -> list[Lookup] | None:
    """Give the columns that a fitted ColumnTransformer makes, in order, or None where one is not known."""
    if type(columns) is not ColumnTransformer:
        return None
    made: list[Lookup] = []
    for _, part, names in columns.transformers_:
        if isinstance(part, str) and part == "drop":
            continue
        lookups = _part(part, names)
        if lookups is None:
            return None
        made += lookups
    return made


def _part(part: Any, names: Any) -> list[Lookup] | None:
    """Give the columns that one fitted transformer makes of the features `names`, or None where it is not known."""
    maker = _PARTS.get(type(part))
    by_name = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return maker(part, names) if maker is not None and by_name else None


def _coded(part: OrdinalEncoder, names: list[str]) -> list[Lookup] | None:
    """Give the columns of an encoder that refuses what it has not learned, and joins no categories."""
    if part.handle_unknown != "error" or part.min_frequency is not None or part.max_categories is not None:
        return None
    if not all(isinstance(value, str) for values in part.categories_ for value in values):
        return None
    return [
        (name, {value: float(code) for code, value in enumerate(values)})
        for name, values in zip(names, part.categories_, strict=True)
    ]


def _passed(part: FunctionTransformer, names: list[str]) -> list[Lookup] | None:
    """Give the columns of "passthrough", which a fitted ColumnTransformer holds as a function that is none."""
    return [(name, None) for name in names] if part.func is None else None


_PARTS: dict[type, Callable[[Any, list[str]], list[Lookup] | None]] = {
    OrdinalEncoder: _coded,
    FunctionTransformer: _passed,
}
"""For each transformer that is known, what gives its columns; any other goes through the pipeline."""
