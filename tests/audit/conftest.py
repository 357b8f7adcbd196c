"""Models fitted on the real diamonds, and contracts to hold against them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)

from api import artefact, diamonds
from prove400 import load
from prove400.audit import Facts, Feature, Weakness, audit, pipeline

ARTEFACT = artefact.default_folder().resolve()
CONTRACT = Path(__file__).parents[2] / "contracts" / "openapi.json"
DIAMOND = "/components/schemas/Diamond"
CUTS = ["Fair", "Good", "Very Good", "Premium", "Ideal"]
GRADES = ["cut", "color", "clarity"]
NUMBERS = ["carat", "depth", "table", "x", "y", "z"]


def table() -> pd.DataFrame:
    """Give 1,500 of the stones."""
    return diamonds.load().rows.sample(1500, random_state=400).reset_index(drop=True)


def priced(grades: Any, numbers: Any, last: Any = None) -> Pipeline:
    """Build a pipeline that treats grades and numbers in these ways."""
    columns = ColumnTransformer([("grades", grades, GRADES), ("numbers", numbers, NUMBERS)])
    return make_pipeline(columns, last or Ridge())


def filled(*steps: Any) -> Pipeline:
    """Build a pipeline that fills in the most frequent grade before its steps."""
    return make_pipeline(SimpleImputer(strategy="most_frequent"), *steps)


LAST = HistGradientBoostingRegressor
MODELS: dict[str, Callable[[], Any]] = {
    "ignoring": lambda: priced(OneHotEncoder(handle_unknown="ignore"), MinMaxScaler()),
    "dropping": lambda: priced(OneHotEncoder(handle_unknown="ignore", drop="first"), "passthrough", LAST(max_iter=3)),
    "grouping": lambda: priced(OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=90), StandardScaler()),
    "refusing": lambda: priced(OrdinalEncoder(), StandardScaler()),
    "coding": lambda: priced(OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), RobustScaler()),
    "imputing": lambda: priced(
        filled(OneHotEncoder(handle_unknown="ignore")), make_pipeline(KNNImputer(), MinMaxScaler())
    ),
    "constant": lambda: priced(
        filled(OrdinalEncoder()),
        make_pipeline(SimpleImputer(strategy="constant", fill_value=-1), MinMaxScaler()),
    ),
    "binning": lambda: priced(OrdinalEncoder(), KBinsDiscretizer(5, quantile_method="averaged_inverted_cdf")),
    "union": lambda: priced(
        OrdinalEncoder(),
        FeatureUnion([("rough", StandardScaler()), ("exact", MinMaxScaler()), ("same", FunctionTransformer())]),
    ),
}  # fmt: skip
"""Name → a model that is not fitted yet."""


@pytest.fixture(scope="session")
def rows() -> pd.DataFrame:
    """Give the stones that the models are fitted on."""
    return table()


@pytest.fixture(scope="session")
def fitted(rows: pd.DataFrame) -> dict[str, Any]:
    """Give every model of `MODELS`, fitted."""
    return {name: build().fit(rows[diamonds_features()], rows[diamonds.TARGET]) for name, build in MODELS.items()}


@pytest.fixture(scope="session")
def classifier(rows: pd.DataFrame) -> Any:
    """Give a model that answers with a cut."""
    model = make_pipeline(ColumnTransformer([("numbers", MinMaxScaler(), NUMBERS)]), LogisticRegression(max_iter=2000))
    return model.fit(rows[NUMBERS], rows["cut"])


def diamonds_features() -> list[str]:
    """Give the names of the features, in the data's order."""
    return [column.name for column in diamonds.COLUMNS]


def told(model: Any) -> Facts:
    """Give the facts of a model in memory."""
    return pipeline.facts(model, "model", "0" * 64)


def features(model: Any) -> dict[str, Feature]:
    """Give what a model tells of each feature, by name."""
    return {feature.name: feature for feature in told(model).features}


@pytest.fixture
def document() -> dict[str, Any]:
    """Give the committed contract, to be weakened."""
    return copy.deepcopy(json.loads(CONTRACT.read_text(encoding="utf-8")))


def found(document: dict[str, Any], facts: Facts) -> list[Weakness]:
    """Give what an audit finds in a document."""
    return list(audit(load(document), facts).found)


def weakened(document: dict[str, Any], name: str, schema: Any) -> dict[str, Any]:
    """Give the committed contract with another schema for one feature, beside a component that it may refer to."""
    document["components"]["schemas"]["Diamond"]["properties"][name] = schema
    document["components"]["schemas"]["Loose"] = {"type": "string"}
    return document
