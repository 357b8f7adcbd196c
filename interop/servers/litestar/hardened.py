"""The same, with the model's own limits, and strict JSON before them."""

import os
from dataclasses import dataclass

import joblib
import pandas as pd
from litestar import Litestar, post
from litestar.middleware import DefineMiddleware
from litestar.plugins.pydantic import PydanticPlugin
from strict_diamond import Diamond
from strict_json import StrictJSON

model = joblib.load(os.environ["MODEL"])


@dataclass
class Price:
    price: float


@post("/predict", status_code=200, sync_to_thread=True)
def predict(data: Diamond) -> Price:
    return Price(price=float(model.predict(pd.DataFrame([data.model_dump()]))[0]))


def problem(status, detail):
    return {"status_code": status, "detail": detail}


strictly = DefineMiddleware(StrictJSON, answer=problem)
app = Litestar([predict], middleware=[strictly], plugins=[PydanticPlugin(validate_strict=True)])
