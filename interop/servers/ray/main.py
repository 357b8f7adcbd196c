"""As Ray Serve's documentation has it: a FastAPI application as the ingress of a deployment."""

import os
import sys

import joblib
import pandas as pd
import ray
from fastapi import FastAPI
from pydantic import BaseModel
from ray import serve

app = FastAPI()


class Diamond(BaseModel):
    carat: float
    cut: str
    color: str
    clarity: str
    depth: float
    table: float
    x: float
    y: float
    z: float


@serve.deployment
@serve.ingress(app)
class Diamonds:
    def __init__(self) -> None:
        self.model = joblib.load(os.environ["MODEL"])

    @app.post("/predict")
    def predict(self, diamond: Diamond) -> float:
        return self.model.predict(pd.DataFrame([diamond.model_dump()]))[0]


if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False)
    serve.start(http_options={"host": "127.0.0.1", "port": int(sys.argv[1])})
    serve.run(Diamonds.bind(), blocking=True)
