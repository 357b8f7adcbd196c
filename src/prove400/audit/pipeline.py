"""Facts from a fitted scikit-learn model: its steps are read, and nothing is predicted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from prove400.audit.columns import BLANK, Column, Learned, plain
from prove400.audit.facts import Facts, Fate
from prove400.audit.transformers import TRANSFORMERS, opaque, takes_nan
from prove400.errors import ModelError

_WRAPPED: dict[str, Callable[[Any], list[Any]]] = {
    "TransformedTargetRegressor": lambda part: [part.regressor_],
    "BaseSearchCV": lambda part: [part.best_estimator_],
    "FixedThresholdClassifier": lambda part: [part.estimator_],
    "TunedThresholdClassifierCV": lambda part: [part.estimator_],
    "CalibratedClassifierCV": lambda part: [inner.estimator for inner in part.calibrated_classifiers_],
    "FrozenEstimator": lambda part: [part.estimator],
    "_BaseVoting": lambda part: list(part.estimators_),
    "_BaseStacking": lambda part: list(part.estimators_),
}
"""Name of a class → the fitted models inside it, each of which is given the same table."""


def facts(model: Any, source: str, sha256: str) -> Facts:
    """Give what a fitted model tells of its features, in its own order.

    Raises `ModelError` where it is no fitted model, or was fitted without the names of features.
    """
    if isinstance(model, dict):
        what = f"a dict, which is no model: it has the keys {', '.join(map(repr, model))}"
        hint = "save the pipeline alone, such as `joblib.dump(saved['model'], 'model.joblib')`"
        raise ModelError(what, source, hint)
    names = _names(model)
    if not names:
        what = "the model knows no names of features" if hasattr(model, "predict") else "no model of scikit-learn"
        hint = "fit it on a DataFrame, so that it has `feature_names_in_`; or give its manifest"
        raise ModelError(what, source, hint)
    learned = Learned(names, f"{type(model).__name__}.feature_names_in_")
    try:
        _walk(model, learned.columns(), learned)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        hint = "fit every step; a model of another version of scikit-learn may read otherwise"
        raise ModelError(f"the model cannot be read: {type(error).__name__}: {error}", source, hint) from error
    return Facts(source, sha256, learned.features(), _classes(model))


def _names(model: Any) -> list[str]:
    """Give the names that a model, or the first model inside it, was fitted with."""
    found = getattr(model, "feature_names_in_", None)
    if found is not None:
        return [str(name) for name in found]
    wrapped = _entry(_WRAPPED, model)
    return next((names for part in (wrapped(model) if wrapped else ()) if (names := _names(part))), [])


def _classes(model: Any) -> tuple[Any, ...]:
    """Give the classes that a classifier answers with; none where it answers with several at once."""
    found = [plain(value) for value in getattr(model, "classes_", ())]
    return tuple(found) if all(isinstance(value, str | int | float) for value in found) else ()


def _entry(table: dict[str, Any], part: Any) -> Any:
    return next((table[kind.__name__] for kind in type(part).__mro__ if kind.__name__ in table), None)


def _walk(part: Any, columns: list[Column], learned: Learned) -> list[Column]:
    """Read one step that is given a table, and give the table that comes out of it."""
    if part is None or part == "passthrough":
        return columns
    columns = _aligned(part, columns, learned)
    reader = _entry(_CONTAINERS, part) or _entry(TRANSFORMERS, part)
    if reader is not None:
        found: list[Column] = reader(part, columns, learned)
        return found
    if wrapped := _entry(_WRAPPED, part):
        for inner in wrapped(part):
            _walk(inner, columns, learned)
        return []
    return (_predictor if hasattr(part, "predict") else opaque)(part, columns, learned)


def _aligned(part: Any, columns: list[Column], learned: Learned) -> list[Column]:
    """Give the columns by the names that a step knows them by; where it was given others, they are lost from sight."""
    count = getattr(part, "n_features_in_", len(columns))
    if count != len(columns):
        learned.settle(columns, Fate.UNTOLD)
        columns = [BLANK] * count
    names = getattr(part, "feature_names_in_", None)
    if names is None:
        return columns
    return [replace(column, label=str(name)) for column, name in zip(columns, names, strict=True)]


def _pipeline(part: Any, columns: list[Column], learned: Learned) -> list[Column]:
    for _, step in part.steps:
        columns = _walk(step, columns, learned)
    return columns


def _column_transformer(part: Any, columns: list[Column], learned: Learned) -> list[Column]:
    made: list[Column] = []
    for _, inner, wanted in part.transformers_:
        chosen = _chosen(wanted, columns)
        if isinstance(inner, str) and inner == "drop":
            learned.settle(chosen, Fate.UNUSED)
        else:
            made += _walk(inner, chosen, learned)
    return made


def _union(part: Any, columns: list[Column], learned: Learned) -> list[Column]:
    return [
        column for _, inner in part.transformer_list if inner != "drop" for column in _walk(inner, columns, learned)
    ]


_CONTAINERS = {"Pipeline": _pipeline, "ColumnTransformer": _column_transformer, "FeatureUnion": _union}


def _chosen(wanted: Any, columns: list[Column]) -> list[Column]:
    """Give the columns that a ColumnTransformer chose by name, index, mask or slice."""
    if isinstance(wanted, slice):
        return _sliced(wanted, columns)
    listed = [wanted] if isinstance(wanted, str | int) else [plain(entry) for entry in wanted]
    if listed and all(isinstance(entry, bool) for entry in listed):
        return [column for column, taken in zip(columns, listed, strict=True) if taken]
    labels = {column.label: column for column in columns}
    return [labels[entry] if isinstance(entry, str) else columns[entry] for entry in listed]


def _sliced(wanted: slice, columns: list[Column]) -> list[Column]:
    """Give a slice of columns; one by names holds its last, as in pandas."""
    labels = [column.label for column in columns]
    start = labels.index(wanted.start) if isinstance(wanted.start, str) else wanted.start
    stop = labels.index(wanted.stop) + 1 if isinstance(wanted.stop, str) else wanted.stop
    return columns[start : stop : wanted.step]


def _predictor(part: Any, columns: list[Column], learned: Learned) -> list[Column]:
    """Read the model at the end: what reaches it as it came is a number, unless it encodes categories itself."""
    columns = _own_categories(part, columns, learned)
    for column in columns:
        learned.suppose(column, type(part).__name__)
    learned.settle(columns, Fate.NAN if takes_nan(part) else Fate.REFUSED)
    return []


def _own_categories(part: Any, columns: list[Column], learned: Learned) -> list[Column]:
    """Read the encoder that HistGradientBoosting has of its own, and what it does with a category never seen."""
    encoders = [inner for _, inner, _ in getattr(getattr(part, "_preprocessor", None), "transformers_", ())]
    encoder = next((inner for inner in encoders if hasattr(inner, "categories_")), None)
    mask = getattr(part, "is_categorical_", None)
    if encoder is None or mask is None or len(mask) != len(columns):
        return columns
    own = [column for column, taken in zip(columns, mask, strict=True) if taken]
    read = iter(TRANSFORMERS["OrdinalEncoder"](encoder, own, learned))
    return [next(read) if taken else column for column, taken in zip(columns, mask, strict=True)]
