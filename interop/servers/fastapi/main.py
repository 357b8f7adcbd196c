"""As FastAPI's tutorial has it: a pydantic model for the body, and what it holds for the prediction."""

import os

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
model = joblib.load(os.environ["MODEL"])


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


class Price(BaseModel):
    price: float


@app.post("/predict")
def predict(diamond: Diamond) -> Price:
    frame = pd.DataFrame([diamond.model_dump()])
    return Price(price=model.predict(frame)[0])
