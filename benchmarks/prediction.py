"""What a prediction costs, by how the row reaches the trees; ratios within one run.

usage: python -m benchmarks.prediction [--rounds N] [--folder DIR]

The ways take turns, one row each, so that what else the machine does falls on all of them alike. `around` is the time
beyond the trees alone, `ratio` the time over theirs. All but ONNX predict with one thread; ONNX has trees of its own.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from api import artefact, diamonds, train
from api.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, Any]
TREES = "trees alone (prepared array)"


def ways(folder: Path) -> dict[str, Callable[[Row], Any]]:
    """Give each way from a row to its price."""
    manifest = artefact.read_manifest(folder)
    fitted, onnx = (_load(folder, name) for name in ("joblib", "onnx"))
    columns, trees = fitted.model.regressor_[0], fitted.model.regressor_[-1]
    typical = pd.DataFrame([{feature.name: feature.typical for feature in manifest.features}])
    array = columns.transform(typical)
    return {
        TREES: lambda _: trees.predict(array),
        "pipeline on a DataFrame": lambda row: fitted.model.predict(pd.DataFrame([row], columns=manifest.names)),
        "joblib as served (short way)": lambda row: fitted.predict([row]),
        "ONNX as served": lambda row: onnx.predict([row]),
    }


def _load(folder: Path, name: str) -> Any:
    manifest = artefact.read_manifest(folder, name)
    form = FORMATS[name]
    return form.codec().load((folder / form.file).read_bytes(), manifest.names)


def measure(compared: dict[str, Callable[[Row], Any]], rows: list[Row]) -> dict[str, list[float]]:
    """Time every way on every row, in turns, in milliseconds."""
    taken: dict[str, list[float]] = {name: [] for name in compared}
    for row in rows:
        for name, way in compared.items():
            began = time.perf_counter()
            way(row)
            taken[name].append((time.perf_counter() - began) * 1000)
    return taken


def accuracy(folder: Path) -> float:
    """Give the largest relative difference of ONNX from the pipeline, on all usable rows."""
    rows = diamonds.load().rows.drop(columns=diamonds.TARGET)
    expected = _load(folder, "joblib").model.predict(rows)
    return float(np.max(np.abs(np.array(_load(folder, "onnx").predict(rows.to_dict("records"))) / expected - 1)))


def main() -> None:
    """Train, measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--folder", type=Path, help="of an artefact in both formats; else one is trained")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, threadpool_limits(limits=1, user_api="openmp"):
        folder = options.folder or Path(place)
        if options.folder is None:
            train.train(folder, ("joblib", "onnx"))
        rows = diamonds.load().rows.drop(columns=diamonds.TARGET).sample(options.rounds, random_state=1)
        compared = ways(folder)
        measure(compared, rows.to_dict("records")[:20])
        gc.disable()
        taken = measure(compared, rows.to_dict("records"))
        base = statistics.median(taken[TREES])
        print("| way | median ms | p95 ms | around ms | ratio |")
        print("|---|---|---|---|---|")
        for name, times in taken.items():
            middle, high = statistics.median(times), statistics.quantiles(times, n=20)[-1]
            around = "–" if name.startswith(("ONNX", TREES)) else f"{middle - base:.3f}"
            print(f"| {name} | {middle:.3f} | {high:.3f} | {around} | {middle / base:.2f} |")
        print(f"ONNX is off by {accuracy(folder):.1e} at most, relative, over all usable rows")


if __name__ == "__main__":
    main()
