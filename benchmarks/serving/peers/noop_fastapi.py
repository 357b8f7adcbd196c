"""A FastAPI route that reads nothing."""

from __future__ import annotations

from fastapi import FastAPI

from benchmarks.serving.peers.cores import keep

keep()
app = FastAPI()


@app.post("/predict")
async def predict() -> dict[str, str]:
    """Answer."""
    return {"status": "ok"}
