"""As BentoML's documentation has it: a service with typed arguments."""

import os

import bentoml
import joblib
import pandas as pd
from pydantic import BaseModel


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


@bentoml.service
class Diamonds:
    def __init__(self) -> None:
        self.model = joblib.load(os.environ["MODEL"])

    @bentoml.api
    def predict(self, diamond: Diamond) -> float:
        return self.model.predict(pd.DataFrame([diamond.model_dump()]))[0]
