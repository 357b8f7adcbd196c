"""The same, with the contract in front: JSON is read strictly, and jsonschema decides."""

import json
import os
from pathlib import Path

import joblib
import pandas as pd
from flask import Flask, Response, jsonify, request
from jsonschema import Draft202012Validator
from strict_json import refusal
from werkzeug.exceptions import HTTPException

app = Flask(__name__)
model = joblib.load(os.environ["MODEL"])
schema = Path(os.environ["CONTRACTS"], "schemas", "Diamond.schema.json")
validator = Draft202012Validator(json.loads(schema.read_text("utf-8")))


@app.route("/predict", methods=["POST"])
def predict():
    refused = refusal({name.lower(): value for name, value in request.headers}, request.get_data())
    if refused:
        return problem(*refused)
    data = request.get_json()
    error = next(validator.iter_errors(data), None)
    if error:
        return problem(400, error.message, "/".join(["", *map(str, error.absolute_path)]))
    prediction = model.predict(pd.DataFrame([data]))
    return jsonify({"price": float(prediction[0])})


def problem(status, detail, place=""):
    body = {"title": "Invalid request", "status": status, "errors": [{"pointer": place, "detail": detail}]}
    return Response(json.dumps(body), status, content_type="application/problem+json")


@app.errorhandler(HTTPException)
def refused(error):
    reply = problem(error.code, error.name)
    reply.headers.extend(header for header in error.get_headers() if header[0] == "Allow")
    return reply
