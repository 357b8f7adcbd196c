"""What fitted models and manifests tell: held against the models' own behaviour, never against our reading alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingRegressor, VotingRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, OrdinalEncoder, PolynomialFeatures

from api import diamonds
from prove400.audit import Fate, Kind, read
from prove400.errors import ModelError
from tests.audit.conftest import ARTEFACT, GRADES, MODELS, NUMBERS, diamonds_features, features, priced, told

if TYPE_CHECKING:
    from pathlib import Path

LISTED = {column.name: set(column.grades) for column in diamonds.COLUMNS if column.grades}


@pytest.mark.parametrize("name", MODELS)
def test_categories_are_those_of_the_training_data(name: str, fitted: dict[str, Any]) -> None:
    """Each grade's categories are all that the trade knows, and each other feature is a number."""
    found = features(fitted[name])
    assert list(found) == diamonds_features()
    for grade, grades in LISTED.items():
        assert found[grade].kind is Kind.CATEGORY
        assert set(found[grade].categories.learned) == grades
    assert {found[number].kind for number in NUMBERS} == {Kind.NUMBER}


def answer(model: Any, given: list[dict[str, Any]]) -> float | None:
    """Give the last prediction for rows as an API makes a table of them; None where the model raises."""
    try:
        return float(model.predict(pd.DataFrame(given, columns=diamonds_features()))[-1])
    except (TypeError, ValueError):
        return None


def agrees(fate: Fate, predicted: float | None) -> bool:
    """Tell whether what was read is what the model did."""
    return (predicted is None) == (fate is Fate.REFUSED)


@pytest.mark.filterwarnings("ignore:Found unknown categories")
@pytest.mark.parametrize("name", MODELS)
def test_fates_are_what_the_model_does(name: str, fitted: dict[str, Any], rows: pd.DataFrame) -> None:
    """A null, a feature left out beside a whole row, and an unknown category are refused or answered as was read."""
    model = fitted[name]
    row = rows[diamonds_features()].iloc[0].to_dict()
    for feature in features(model).values():
        assert agrees(feature.null, answer(model, [{**row, feature.name: None}])), f"{feature.name} null"
        left = {key: value for key, value in row.items() if key != feature.name}
        assert agrees(feature.absent, answer(model, [row, left])), f"{feature.name} left out"
        if feature.categories:
            never = answer(model, [{**row, feature.name: "Excellent"}])
            assert agrees(feature.categories.unknown, never), f"{feature.name} unknown"


def test_an_imputer_of_nan_may_not_see_null(fitted: dict[str, Any], rows: pd.DataFrame) -> None:
    """What is left out is imputed; null is None, which passes by an imputer that keeps the type of its table."""
    assert features(fitted["constant"])["carat"].null is Fate.REFUSED
    assert features(fitted["imputing"])["carat"].null is Fate.IMPUTED
    cut = features(fitted["imputing"])["cut"]
    assert (cut.absent, cut.null) == (Fate.IMPUTED, Fate.CODED)
    row = rows[diamonds_features()].iloc[0].to_dict()
    null = answer(fitted["imputing"], [{**row, "cut": None}])
    assert null == answer(fitted["imputing"], [{**row, "cut": "Excellent"}])
    assert null != answer(fitted["imputing"], [{**row, "cut": rows["cut"].mode()[0]}])


@pytest.mark.parametrize("name", ["ignoring", "imputing", "binning", "union"])
def test_ranges_are_those_observed(name: str, fitted: dict[str, Any], rows: pd.DataFrame) -> None:
    """Scalers that keep minimum and maximum give the data's, and so do the edges of bins."""
    for number in NUMBERS:
        found = features(fitted[name])[number].range
        assert (found.minimum, found.maximum, found.is_estimate) == (rows[number].min(), rows[number].max(), False)


def test_a_filled_in_constant_is_no_observation(fitted: dict[str, Any]) -> None:
    """A range that may hold the constant of an imputer is called an estimate."""
    assert all(features(fitted["constant"])[number].range.is_estimate for number in NUMBERS)


@pytest.mark.parametrize("name", ["refusing", "coding", "grouping"])
def test_mean_and_spread_give_an_estimate(name: str, fitted: dict[str, Any], rows: pd.DataFrame) -> None:
    """A scaler of mean or median and spread tells no range: what is made of it is called an estimate, and is wide."""
    for number in NUMBERS:
        found = features(fitted[name])[number].range
        assert found.is_estimate
        assert found.minimum < rows[number].min() <= rows[number].max() < found.maximum


def test_what_becomes_of_an_unknown_category_is_said(fitted: dict[str, Any]) -> None:
    """The words name zeros, the dropped category that looks the same, the code, or the group."""
    said = {name: features(fitted[name])["cut"].categories.becomes for name in MODELS}
    assert said["ignoring"] == "is encoded as all zeros"
    assert said["dropping"] == "is encoded as all zeros, as 'Fair' is"
    assert said["coding"] == "is encoded as -1"
    assert said["refusing"] == "makes the encoder raise"
    assert said["grouping"] == "is taken for an infrequent category"


def test_boosted_trees_tell_their_own_categories(rows: pd.DataFrame) -> None:
    """HistGradientBoosting with categorical columns lists them, and takes an unknown one for missing: both silent."""
    given = rows[diamonds_features()].astype(dict.fromkeys(GRADES, "category"))
    model = HistGradientBoostingRegressor(max_iter=3, categorical_features="from_dtype").fit(given, rows["price"])
    found = features(model)
    assert set(found["color"].categories.learned) == LISTED["color"]
    assert found["color"].categories.unknown is Fate.CODED
    assert found["carat"].kind is Kind.NUMBER
    assert found["carat"].null is Fate.NAN


def test_learned_gaps_are_no_gaps(rows: pd.DataFrame) -> None:
    """An encoder that met NaN in training knows it as a category, and an integer category is an integer."""
    given = rows[diamonds_features()].copy()
    given.loc[::7, "cut"] = float("nan")
    given["color"] = given["color"].map({grade: code for code, grade in enumerate("DEFGHIJ")})
    found = features(priced(OneHotEncoder(handle_unknown="ignore"), MinMaxScaler()).fit(given, rows["price"]))
    assert found["cut"].absent is Fate.LEARNED
    assert set(found["cut"].categories.learned) == LISTED["cut"]
    assert found["color"].categories.learned == tuple(range(7))


def test_columns_are_followed_through_nested_steps(rows: pd.DataFrame) -> None:
    """By index, mask, slice and remainder, inside another ColumnTransformer, each range is that of its own column."""
    inner = ColumnTransformer([("last", MinMaxScaler(), [-1]), ("mask", MinMaxScaler(), [True, True, False])])
    outer = ColumnTransformer(
        [("grades", OrdinalEncoder(), slice("cut", "clarity")), ("inner", inner, ["z", "carat", "y"])],
        remainder=MinMaxScaler(),
    )
    model = TransformedTargetRegressor(make_pipeline(outer, Ridge())).fit(rows[diamonds_features()], rows["price"])
    for number in NUMBERS:
        assert features(model)[number].range.maximum == rows[number].max(), number
    assert all(features(model)[grade].categories for grade in GRADES)


def test_wrappers_are_opened(rows: pd.DataFrame) -> None:
    """A grid search tells of its best model, and a vote of all of its models, of which the strictest counts."""
    given, prices = rows[NUMBERS], rows["price"]
    search = GridSearchCV(make_pipeline(MinMaxScaler(), Ridge()), {"ridge__alpha": [1.0]}, cv=2).fit(given, prices)
    assert features(search)["x"].range.maximum == rows["x"].max()
    lenient = HistGradientBoostingRegressor(max_iter=3)
    vote = VotingRegressor([("trees", lenient), ("line", make_pipeline(MinMaxScaler(), Ridge()))]).fit(given, prices)
    assert features(vote)["x"].absent is Fate.REFUSED
    assert features(lenient.fit(given, prices))["x"].absent is Fate.NAN


def test_what_cannot_be_read_is_untold(rows: pd.DataFrame) -> None:
    """After a step that is in no table nothing is claimed but that it takes no NaN; what is dropped is unused."""
    columns = ColumnTransformer([("powers", PolynomialFeatures(2), ["x", "y"]), ("price", MinMaxScaler(), ["z"])])
    found = features(make_pipeline(columns, MinMaxScaler(), Ridge()).fit(rows[NUMBERS], rows["price"]))
    assert (found["x"].kind, found["x"].range, found["x"].absent) == (Kind.UNTOLD, None, Fate.REFUSED)
    assert found["z"].range.maximum == rows["z"].max()
    assert found["carat"].absent is Fate.UNUSED


def test_columns_that_are_lost_from_sight_are_untold(rows: pd.DataFrame) -> None:
    """Where a function makes other columns of a table, what follows it tells nothing of the features."""
    chosen = FunctionTransformer(lambda given: given[["z", "y"]])
    found = features(make_pipeline(chosen, MinMaxScaler(), Ridge()).fit(rows[NUMBERS], rows["price"]))
    assert {(f.kind, f.range, f.absent, f.null) for f in found.values()} == {(Kind.UNTOLD, None, *[Fate.UNTOLD] * 2)}
    lost, filled = make_pipeline(chosen, MinMaxScaler()), make_pipeline(SimpleImputer(), MinMaxScaler())
    both = make_pipeline(FeatureUnion([("lost", lost), ("filled", filled)]), Ridge()).fit(rows[NUMBERS], rows["price"])
    assert {(f.kind, f.absent) for f in features(both).values()} == {(Kind.NUMBER, Fate.UNTOLD)}


def test_text_is_text() -> None:
    """A column that a vectoriser reads is free text."""
    given = pd.DataFrame({"review": ["bright stone", "dull stone"] * 5, "carat": range(10)})
    columns = ColumnTransformer([("words", TfidfVectorizer(), "review"), ("rest", SimpleImputer(), ["carat"])])
    found = features(make_pipeline(columns, LinearRegression()).fit(given, range(10)))
    assert (found["review"].kind, found["review"].null) == (Kind.TEXT, Fate.REFUSED)
    assert (found["carat"].kind, found["carat"].null) == (Kind.NUMBER, Fate.IMPUTED)


def test_a_classifier_tells_its_classes(classifier: Any) -> None:
    """The classes are those of the target."""
    assert set(told(classifier).classes) == LISTED["cut"]


def test_a_model_without_names_is_refused(rows: pd.DataFrame) -> None:
    """Fitted on an array, a model cannot be held against a contract, and the error says what to do."""
    with pytest.raises(ModelError, match="DataFrame"):
        told(Ridge().fit(rows[NUMBERS].to_numpy(), rows["price"]))
    with pytest.raises(ModelError, match="no model"):
        told({"weights": [1, 2]})


def test_the_reference_model_and_its_manifest_tell_the_same() -> None:
    """Both readers agree on names, kinds and categories; the file adds what becomes of others, the manifest ranges."""
    file, manifest = read(ARTEFACT / "model.joblib"), read(ARTEFACT)
    assert file.sha256 == manifest.sha256
    for one, other in zip(file.features, manifest.features, strict=True):
        assert (one.name, one.kind, one.range) == (other.name, other.kind, other.range)
        assert (one.categories and one.categories.learned) == (other.categories and other.categories.learned)
        assert other.absent is Fate.UNTOLD
    assert {feature.absent for feature in file.features} == {Fate.REFUSED, Fate.NAN}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "no object"),
        ("{", "no JSON"),
        ("{}", "names no features"),
        ('{"features": [{"name": "x"}]}', "/features/0"),
        ('{"features": [{"name": "x", "type": "category", "categories": []}]}', "no categories"),
    ],
)
def test_a_malformed_manifest_is_refused(content: str, said: str, tmp_path: Path) -> None:
    """The error says what is wrong with the manifest, and where."""
    tmp_path.joinpath("manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=said):
        read(tmp_path)


def test_a_manifest_may_tell_integers_and_texts(tmp_path: Path) -> None:
    """Types beside those of the reference API are read; bounds that are no numbers are none."""
    listed = [
        {"name": "rooms", "type": "integer", "minimum": 1, "maximum": 9},
        {"name": "note", "type": "text", "unit": "words"},
        {"name": "area", "type": "number", "minimum": None, "maximum": True},
    ]
    tmp_path.joinpath("manifest.json").write_text(json.dumps({"features": listed}), encoding="utf-8")
    rooms, note, area = read(tmp_path).features
    assert (rooms.is_integer, rooms.range.maximum) == (True, 9)
    assert (note.kind, note.description) == (Kind.TEXT, "Unit: words.")
    assert (area.kind, area.range) == (Kind.NUMBER, None)


def test_a_dict_with_a_model_is_told_by_its_keys(fitted: dict[str, Any]) -> None:
    """A file with more than the model is none, and the hint says what to save."""
    with pytest.raises(ModelError, match=r"keys 'model', 'when'(.|\n)*save the pipeline alone"):
        told({"model": fitted["refusing"], "when": 1})
