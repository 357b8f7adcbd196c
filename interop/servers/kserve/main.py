"""As KServe's documentation has it: a custom model behind its server."""

import os

import joblib
import pandas as pd
from kserve import Model, ModelServer


class Diamonds(Model):
    def __init__(self, name):
        super().__init__(name)
        self.load()

    def load(self):
        self.model = joblib.load(os.environ["MODEL"])
        self.ready = True

    def predict(self, payload, headers=None):
        prediction = self.model.predict(pd.DataFrame(payload["instances"]))
        return {"predictions": prediction.tolist()}


if __name__ == "__main__":
    ModelServer().start([Diamonds("diamonds")])
