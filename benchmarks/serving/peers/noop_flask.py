"""A Flask route that reads nothing: what a server and Flask cost by themselves."""

from __future__ import annotations

from flask import Flask

from benchmarks.serving.peers.cores import keep

keep()
app = Flask("noop")


@app.post("/predict")
def predict() -> dict[str, str]:
    """Answer."""
    return {"status": "ok"}
