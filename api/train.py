"""Train the price model: `python -m api.train [--output DIR] [--format joblib|onnx|skops]…`."""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import mean_absolute_error, median_absolute_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder
from threadpoolctl import threadpool_limits

from api import artefact, diamonds
from api.errors import ConversionError
from api.formats import DEFAULT, FORMATS
from api.manifest import (
    CategoryFeature,
    Feature,
    Manifest,
    Metrics,
    ModelFile,
    NumberFeature,
    OutputSchema,
    RowCounts,
    Target,
)
from api.reference import describe

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

SEED = 400
HELD_OUT = 0.2
SAMPLES = 5

RISING = ("cut", "color", "clarity", "carat")
"""Features in which the price never falls: a better grade or more weight."""


@dataclass(frozen=True, slots=True)
class Split:
    """The rows that the model learns from, and those that it is judged by."""

    train: pd.DataFrame
    test: pd.DataFrame


def split(rows: pd.DataFrame) -> Split:
    """Split at random, but train on each row that holds a bound of a feature.

    So the ranges that the contract promises are ranges that the model has seen.
    """
    numbers = rows[[column.name for column in diamonds.COLUMNS if not column.grades]]
    extreme = ((numbers == numbers.min()) | (numbers == numbers.max())).any(axis=1)
    train, test = train_test_split(rows, test_size=HELD_OUT, random_state=SEED)
    at_bound = extreme[test.index]
    train = rows.loc[[*train.index, *test.index[at_bound]]]
    return Split(train, test[~at_bound])


def build() -> TransformedTargetRegressor:
    """Build the untrained model: graded categories, boosted trees, log of the price."""
    graded = [column for column in diamonds.COLUMNS if column.grades]
    numbers = [column.name for column in diamonds.COLUMNS if not column.grades]
    order = [column.name for column in graded] + numbers
    encoder = OrdinalEncoder(categories=[list(column.grades) for column in graded])
    trees = HistGradientBoostingRegressor(
        max_iter=500,
        max_leaf_nodes=63,
        learning_rate=0.05,
        l2_regularization=1.0,
        monotonic_cst=[int(name in RISING) for name in order],
        random_state=SEED,
    )
    columns = ColumnTransformer(
        [
            ("grades", encoder, [column.name for column in graded]),
            ("numbers", "passthrough", numbers),
        ]
    )
    # The log makes errors relative and every prediction positive.
    return TransformedTargetRegressor(make_pipeline(columns, trees), func=np.log, inverse_func=np.exp)


def signature(rows: pd.DataFrame) -> list[Feature]:
    """Describe each feature as `rows`, the ones trained on, show it."""
    return [_feature(column, rows[column.name]) for column in diamonds.COLUMNS]


def _feature(column: diamonds.Column, values: pd.Series) -> Feature:
    """Describe one feature from its column and its observed values."""
    if column.grades:
        seen = set(values)
        return CategoryFeature(
            name=column.name,
            type="category",
            unit=column.unit,
            description=column.description,
            categories=[grade for grade in column.grades if grade in seen],
            typical=str(values.mode()[0]),
        )
    return NumberFeature(
        name=column.name,
        type="number",
        unit=column.unit,
        description=column.description,
        minimum=float(values.min()),
        maximum=float(values.max()),
        typical=float(values.median()),
    )


def judge(model: TransformedTargetRegressor, test: pd.DataFrame) -> Metrics:
    """Measure the errors of `model` on `test`, in dollars."""
    prices, predicted = test[diamonds.TARGET], model.predict(_inputs(test))
    return Metrics(
        mean_absolute_error=round(mean_absolute_error(prices, predicted), 2),
        median_absolute_error=round(median_absolute_error(prices, predicted), 2),
        r2=round(r2_score(prices, predicted), 5),
    )


def _inputs(rows: pd.DataFrame) -> pd.DataFrame:
    """Give the features of `rows` in the order of the signature."""
    return rows[[column.name for column in diamonds.COLUMNS]]


def _samples(test: pd.DataFrame) -> list[dict[str, float | str]]:
    """Give a few held-out rows, as a request's body would hold them."""
    return _records(_inputs(test.sample(SAMPLES, random_state=SEED)))


def _records(rows: pd.DataFrame) -> list[dict[str, float | str]]:
    """Give each of `rows` as a mapping."""
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


@dataclass(frozen=True, slots=True)
class Serialised:
    """The model's bytes in one format, and what the manifest says of them."""

    raw: bytes
    file: ModelFile


def serialise(name: str, model: TransformedTargetRegressor, test: pd.DataFrame) -> Serialised:
    """Write `model` in the format `name`, read it again, and prove its predictions on `test`.

    Raises ConversionError where they differ from the model's by more than the format's tolerance.
    """
    form = FORMATS[name]
    codec, inputs = form.codec(), _inputs(test)
    raw = codec.dump(model)
    again = codec.load(raw, list(inputs.columns))
    worst = float(np.max(np.abs(np.asarray(again.predict(_records(inputs))) / model.predict(inputs) - 1)))
    if not worst <= form.tolerance:
        raise ConversionError(name, f"its predictions are off by {worst:.1e}, and {form.tolerance:.0e} is allowed")
    file = ModelFile(
        format=form.name,
        sha256=hashlib.sha256(raw).hexdigest(),
        versions=artefact.versions(form),
        predictions=[float(price) for price in again.predict(_samples(test))],
    )
    return Serialised(raw, file)


def train(folder: Path, formats: Sequence[str] = (DEFAULT,)) -> Manifest:
    """Train, judge and write the model to `folder` in each format, and give its manifest.

    The first format is served unless told otherwise.
    """
    data = diamonds.load()
    parts = split(data.rows)
    with threadpool_limits(1):  # sums in one order, so that every machine makes the same bytes
        model = build().fit(_inputs(parts.train), parts.train[diamonds.TARGET])
    written = {name: serialise(name, model, parts.test) for name in formats}
    first, *others = (entry.file for entry in written.values())
    prices, features = parts.train[diamonds.TARGET], signature(parts.train)
    manifest = Manifest(
        **dict(first),
        others=others,
        trained_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seed=SEED,
        training_data_sha256=diamonds.SHA256,
        features=features,
        target=Target(
            name=diamonds.TARGET,
            unit="USD",
            minimum=float(prices.min()),
            maximum=float(prices.max()),
        ),
        output_schema=OutputSchema(),
        metrics=judge(model, parts.test),
        rows=RowCounts(
            read=data.read,
            dropped=data.dropped,
            used=len(data.rows),
            trained=len(parts.train),
            held_out=len(parts.test),
        ),
        samples=_samples(parts.test),
        reference=describe(features, parts.train, np.asarray(model.predict(_inputs(parts.train)), dtype=np.float64)),
    )
    artefact.save(folder, {name: entry.raw for name, entry in written.items()}, manifest)
    return manifest


def report(manifest: Manifest, folder: Path, seconds: float) -> str:
    """Say in a few lines what was trained, on what, and how well."""
    rows, metrics = manifest.rows, manifest.metrics
    formats = ", ".join(file.format for file in (manifest, *manifest.others))
    reasons = ", ".join(f"{count} {reason}" for reason, count in rows.dropped.items())
    return (
        f"rows      read {rows.read}, dropped {rows.read - rows.used} ({reasons}), "
        f"trained {rows.trained}, held out {rows.held_out}\n"
        f"held out  mean absolute error ${metrics.mean_absolute_error:.2f}, "
        f"median ${metrics.median_absolute_error:.2f}, R2 {metrics.r2:.4f}\n"
        f"model     {manifest.model_version} as {formats} in {folder}, {seconds:.1f} s\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, train, and print the report."""
    parser = argparse.ArgumentParser(prog="python -m api.train", description=__doc__)
    parser.add_argument("--output", type=Path, default=artefact.default_folder())
    parser.add_argument(
        "--format",
        action="append",
        choices=FORMATS,
        help="of the file; several may be given, and the first is served unless DIAMONDS_FORMAT names another",
    )
    options = parser.parse_args(arguments)
    folder = options.output
    started = time.perf_counter()
    manifest = train(folder, options.format or (DEFAULT,))
    sys.stdout.write(report(manifest, folder, time.perf_counter() - started))
    return 0


if __name__ == "__main__":
    sys.exit(main())
