"""The same, with the model's own limits on strict fields, and strict JSON before them."""

import os

import joblib
import pandas as pd
from apiflask import APIFlask, Schema, abort
from apiflask.fields import Float, String
from apiflask.validators import OneOf, Range
from flask import request
from marshmallow import ValidationError
from strict_json import refusal

app = APIFlask(__name__)
model = joblib.load(os.environ["MODEL"])


class Number(Float):
    def _deserialize(self, value, attr, data, **kwargs):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("Not a number.")
        return super()._deserialize(value, attr, data, **kwargs)


def number(low, high):
    return Number(required=True, validate=Range(low, high))


def grade(*grades):
    return String(required=True, validate=OneOf(grades))


class Diamond(Schema):
    carat = number(0.2, 5.01)
    cut = grade("Fair", "Good", "Very Good", "Premium", "Ideal")
    color = grade("J", "I", "H", "G", "F", "E", "D")
    clarity = grade("I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF")
    depth = number(50.8, 79)
    table = number(43, 95)
    x = number(3.73, 10.74)
    y = number(3.68, 10.54)
    z = number(2.24, 6.98)


class Price(Schema):
    price = Float(required=True)


@app.before_request
def strictly():
    if request.method == "POST":
        refused = refusal({name.lower(): value for name, value in request.headers}, request.get_data())
        if refused:
            abort(*refused)


@app.post("/predict")
@app.input(Diamond)
@app.output(Price)
def predict(json_data):
    return {"price": model.predict(pd.DataFrame([json_data]))[0]}
