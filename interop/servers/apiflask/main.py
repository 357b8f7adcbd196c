"""As APIFlask's documentation has it: a marshmallow schema for the body, and one for the answer."""

import os

import joblib
import pandas as pd
from apiflask import APIFlask, Schema
from apiflask.fields import Float, String

app = APIFlask(__name__)
model = joblib.load(os.environ["MODEL"])


class Diamond(Schema):
    carat = Float(required=True)
    cut = String(required=True)
    color = String(required=True)
    clarity = String(required=True)
    depth = Float(required=True)
    table = Float(required=True)
    x = Float(required=True)
    y = Float(required=True)
    z = Float(required=True)


class Price(Schema):
    price = Float(required=True)


@app.post("/predict")
@app.input(Diamond)
@app.output(Price)
def predict(json_data):
    return {"price": model.predict(pd.DataFrame([json_data]))[0]}
