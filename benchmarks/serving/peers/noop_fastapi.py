"""A FastAPI route that reads nothing."""

from __future__ import annotations

from fastapi import FastAPI

app = FastAPI()


@app.post("/predict")
async def predict() -> dict[str, str]:
    """Answer."""
    return {"status": "ok"}
