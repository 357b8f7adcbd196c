"""The short way from a row to the trees: the very numbers of the pipeline, or the pipeline itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder, StandardScaler

from api import artefact, diamonds
from api.fitted import Fitted
from api.manifest import Manifest, NumberFeature

NAMES = [column.name for column in diamonds.COLUMNS]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """1,000 real rows."""
    return diamonds.load().rows.sample(1000, random_state=7)


def edges(manifest: Manifest) -> list[dict[str, Any]]:
    """Give rows with each bound, each category, a whole number, and the doubles beside a bound."""
    typical: dict[str, Any] = {feature.name: feature.typical for feature in manifest.features}
    made = [typical]
    for feature in manifest.features:
        if isinstance(feature, NumberFeature):
            inside = [np.nextafter(feature.minimum, 1e9), np.nextafter(feature.maximum, 0)]
            values: list[Any] = [feature.minimum, feature.maximum, int(feature.maximum), *map(float, inside)]
        else:
            values = list(feature.categories)
        made += [typical | {feature.name: value} for value in values]
    return made


def test_short_way_gives_the_pipeline_s_numbers(folder: Path, rows: pd.DataFrame) -> None:
    """On 1,000 real rows and on every edge, together and one by one, the two are equal to the last bit."""
    found = artefact.load(folder)
    assert isinstance(found.model, Fitted)
    assert found.model.is_short
    records = [*rows[NAMES].to_dict("records"), *edges(found.manifest)]
    assert len(records) > 1040
    expected = list(found.model.model.predict(pd.DataFrame(records, columns=NAMES)))
    assert list(found.model.predict(records)) == expected
    assert [price for row in records[-300:] for price in found.model.predict([row])] == expected[-300:]
    shuffled = [dict(reversed(row.items())) for row in records[:5]]
    assert list(found.model.predict(shuffled)) == expected[:5]


@pytest.mark.parametrize("change", [{"cut": "Superb"}, {"cut": None}, {"cut": 4}, {"carat": "heavy"}])
def test_short_way_refuses_what_was_not_learned(folder: Path, rows: pd.DataFrame, change: dict[str, Any]) -> None:
    """A category that the encoder has not seen is an error, as in the pipeline, and never a code."""
    row = rows[NAMES].to_dict("records")[0] | change
    model = artefact.load(folder).model
    with pytest.raises((LookupError, ValueError)):
        model.predict([row])
    with pytest.raises((TypeError, ValueError)):
        model.model.predict(pd.DataFrame([row]))


class OtherEncoder(OrdinalEncoder):
    """An encoder that might do anything."""


GRADED = [column.name for column in diamonds.COLUMNS if column.grades]
PLAIN = [name for name in NAMES if name not in GRADED]


def pipeline(encoder: Any, numbers: Any = "passthrough", columns: Any = PLAIN, **settings: Any) -> Pipeline:
    """Build a pipeline with the parts given."""
    parts = [("grades", encoder, GRADED), ("numbers", numbers, columns)]
    return make_pipeline(ColumnTransformer(parts, **settings), LinearRegression())


def logarithm(inner: Pipeline) -> TransformedTargetRegressor:
    """Put the target of `inner` on a logarithm."""
    return TransformedTargetRegressor(inner, func=np.log, inverse_func=np.exp)


MODELS: dict[str, tuple[Callable[[], Any], bool]] = {
    "as-trained": (lambda: logarithm(pipeline(OrdinalEncoder())), True),
    "plain-target": (lambda: pipeline(OrdinalEncoder()), True),
    "drop": (lambda: pipeline(OrdinalEncoder(), "drop"), True),
    "rest-dropped": (lambda: pipeline(OrdinalEncoder(), columns=PLAIN[:2]), True),
    "scaled": (lambda: pipeline(OrdinalEncoder(), StandardScaler()), False),
    "function": (lambda: pipeline(OrdinalEncoder(), FunctionTransformer(np.log)), False),
    "unknown-admitted": (
        lambda: pipeline(OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)),
        False,
    ),
    "categories-joined": (lambda: pipeline(OrdinalEncoder(min_frequency=5000)), False),
    "subclass": (lambda: pipeline(OtherEncoder()), False),
    "by-mask": (lambda: pipeline(OrdinalEncoder(), columns=[name in PLAIN for name in NAMES]), False),
    "target-scaled": (
        lambda: TransformedTargetRegressor(pipeline(OrdinalEncoder()), transformer=StandardScaler()),
        False,
    ),
    "three-steps": (
        lambda: Pipeline([*pipeline(OrdinalEncoder()).steps[:1], ("s", StandardScaler()), ("l", LinearRegression())]),
        False,
    ),
    "frames": (lambda: pipeline(OrdinalEncoder()).set_output(transform="pandas"), False),
}
"""Models by what is special in them, and whether rows go the short way."""


@pytest.mark.parametrize("case", MODELS)
def test_other_models_predict_as_they_do(case: str, rows: pd.DataFrame) -> None:
    """Whatever the parts are, the numbers are those of the model itself; unknown parts go through the pipeline."""
    build, short = MODELS[case]
    model = build().fit(rows[NAMES], rows[diamonds.TARGET])
    fitted = Fitted(model, NAMES)
    assert fitted.is_short is short
    expected = model.predict(rows[NAMES])
    assert list(fitted.predict(rows[NAMES].to_dict("records"))) == list(expected)
