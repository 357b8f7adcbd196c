"""The same, with the model's own limits, strict JSON, and errors that do not echo what was sent."""

import os

import joblib
import pandas as pd
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from strict_diamond import Diamond
from strict_json import StrictJSON

app = FastAPI()
app.add_middleware(StrictJSON)
model = joblib.load(os.environ["MODEL"])


class Price(BaseModel):
    price: float


@app.exception_handler(RequestValidationError)
def refused(_, error):
    told = [{name: fault[name] for name in ("loc", "msg", "type")} for fault in error.errors()]
    return JSONResponse({"detail": told}, 422)


@app.post("/predict")
def predict(diamond: Diamond) -> Price:
    frame = pd.DataFrame([diamond.model_dump()])
    return Price(price=model.predict(frame)[0])
