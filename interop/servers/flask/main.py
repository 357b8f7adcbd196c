"""As many tutorials have it: whatever JSON comes becomes a table, and an exception becomes an answer."""

import os
import traceback

import joblib
import pandas as pd
from flask import Flask, jsonify, request

app = Flask(__name__)
model = joblib.load(os.environ["MODEL"])


@app.route("/predict", methods=["POST"])
def predict():
    try:
        data = request.get_json(force=True)
        prediction = model.predict(pd.DataFrame([data]))
        return jsonify({"price": float(prediction[0])})
    except Exception:
        return jsonify({"trace": traceback.format_exc()})
