"""A strict model with the model's own limits, and nothing beside it: what it refuses, FastAPI echoes."""

import os

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel
from strict_diamond import Diamond

app = FastAPI()
model = joblib.load(os.environ["MODEL"])


class Price(BaseModel):
    price: float


@app.post("/predict")
def predict(diamond: Diamond) -> Price:
    frame = pd.DataFrame([diamond.model_dump()])
    return Price(price=model.predict(frame)[0])
