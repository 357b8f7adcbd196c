"""A Flask route that predicts one row that it knows and does nothing else: what server and model cost together."""

from __future__ import annotations

import os
from typing import Any

from flask import Flask

from api.service import load
from api.settings import Settings
from benchmarks.serving.peers.cores import keep

settings = Settings.read(os.environ)
keep()
model = load(settings.artefact, settings)
ROWS = model.manifest.samples[:1]
app = Flask("bare")


@app.post("/predict")
def predict() -> dict[str, Any]:
    """Price the row."""
    return model.predict(ROWS, explain=False)[0]
