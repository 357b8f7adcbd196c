"""As Seldon Core's documentation has it: a class with `predict` behind its Python wrapper."""

import os

import joblib
import pandas as pd
from seldon_core.metrics import SeldonMetrics
from seldon_core.wrapper import get_rest_microservice


class Diamonds:
    def __init__(self):
        self.model = joblib.load(os.environ["MODEL"])

    def predict(self, X, names=None, meta=None):
        return self.model.predict(pd.DataFrame(X, columns=names))


app = get_rest_microservice(Diamonds(), SeldonMetrics())  # its own command listens on every address
