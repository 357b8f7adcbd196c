"""Save the model with a signature, as MLflow's documentation has it."""

import os
import sys

import joblib
import mlflow
import pandas as pd

COLUMNS = ["carat", "cut", "color", "clarity", "depth", "table", "x", "y", "z"]
rows = pd.read_csv(os.environ["ROWS"])[COLUMNS].astype({"table": float}).head()
model = joblib.load(os.environ["MODEL"])
signature = mlflow.models.infer_signature(rows, model.predict(rows))
mlflow.sklearn.save_model(
    model, sys.argv[1], signature=signature, input_example=rows, serialization_format="cloudpickle"
)
