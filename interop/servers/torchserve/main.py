"""As TorchServe's documentation has it: a custom handler with `initialize`, and `handle` over a batch of requests."""

import os

import joblib
import pandas as pd


class Diamonds:
    def initialize(self, context):
        self.model = joblib.load(os.environ["MODEL"])

    def handle(self, data, context):
        rows = [request.get("body") or request.get("data") for request in data]
        return [{"price": float(price)} for price in self.model.predict(pd.DataFrame(rows))]
