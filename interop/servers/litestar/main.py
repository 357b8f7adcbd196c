"""As Litestar's documentation has it: a dataclass for the body, and one for the answer."""

import os
from dataclasses import asdict, dataclass

import joblib
import pandas as pd
from litestar import Litestar, post

model = joblib.load(os.environ["MODEL"])


@dataclass
class Diamond:
    carat: float
    cut: str
    color: str
    clarity: str
    depth: float
    table: float
    x: float
    y: float
    z: float


@dataclass
class Price:
    price: float


@post("/predict", status_code=200, sync_to_thread=True)
def predict(data: Diamond) -> Price:
    return Price(price=float(model.predict(pd.DataFrame([asdict(data)]))[0]))


app = Litestar([predict])
