"""As KServe's documentation has it: a custom model that takes the Open Inference Protocol, and tells its tensors."""

import os

import joblib
from kserve import Model, ModelServer
from kserve.utils.utils import get_predict_response

TEXTS = {"cut", "color", "clarity"}
COLUMNS = ["carat", "cut", "color", "clarity", "depth", "table", "x", "y", "z"]


class Diamonds(Model):
    def __init__(self, name):
        super().__init__(name)
        self.load()

    def load(self):
        self.model = joblib.load(os.environ["MODEL"])
        self.ready = True

    async def get_input_types(self):
        return [{"name": n, "datatype": "BYTES" if n in TEXTS else "FP64", "shape": [-1, 1]} for n in COLUMNS]

    async def get_output_types(self):
        return [{"name": "output-0", "datatype": "FP64", "shape": [-1]}]

    def predict(self, payload, headers=None):
        return get_predict_response(payload, self.model.predict(payload.as_dataframe()), self.name)


if __name__ == "__main__":
    ModelServer().start([Diamonds("diamonds")])
