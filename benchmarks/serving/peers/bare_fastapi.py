"""A FastAPI route that predicts one row that it knows, and does nothing else."""

from __future__ import annotations

import os
from typing import Any

from fastapi import FastAPI

from api.service import load
from api.settings import Settings
from benchmarks.serving.peers.cores import keep

keep()
settings = Settings.read(os.environ)
model = load(settings.artefact, settings)
ROWS = model.manifest.samples[:1]
app = FastAPI()


@app.post("/predict")
async def predict() -> dict[str, Any]:
    """Price the row."""
    return model.predict(ROWS, explain=False)[0]
