"""The same, with the model's own limits, and strict JSON before them."""

import os

import bentoml
import joblib
import pandas as pd
from strict_diamond import Diamond
from strict_json import StrictJSON


@bentoml.service
class Diamonds:
    def __init__(self) -> None:
        self.model = joblib.load(os.environ["MODEL"])

    @bentoml.api
    def predict(self, diamond: Diamond) -> float:
        return self.model.predict(pd.DataFrame([diamond.model_dump()]))[0]


Diamonds.add_asgi_middleware(StrictJSON, answer=lambda status, detail: {"error": detail})
