"""Train the model that every server serves: `python -m interop.model FILE`.

It is the reference API's pipeline, but its encoder takes a category that it never saw for a grade below all others, as
many choose who have met the exception that it raises otherwise.
"""

from __future__ import annotations

import sys
from pathlib import Path

import joblib
import pandas as pd

from api import diamonds
from api.train import build, split

LENIENT = {"handle_unknown": "use_encoded_value", "unknown_value": -1}
ENCODER = "regressor__columntransformer__grades__"


def train(file: Path, rows: pd.DataFrame, **parameters: object) -> None:
    """Fit on rows, with what else the pipeline is to have, and write the model with joblib."""
    model = build().set_params(**{ENCODER + name: value for name, value in LENIENT.items()}, **parameters)
    model.fit(rows[[column.name for column in diamonds.COLUMNS]], rows[diamonds.TARGET])
    file.parent.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, file)


if __name__ == "__main__":
    train(Path(sys.argv[1]), split(diamonds.load().rows).train)
