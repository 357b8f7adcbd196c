"""As vetiver's documentation has it: the model with a prototype of its data, and the API made of both."""

import os

import joblib
import pandas as pd
from vetiver import VetiverAPI, VetiverModel

COLUMNS = ["carat", "cut", "color", "clarity", "depth", "table", "x", "y", "z"]
rows = pd.read_csv(os.environ["ROWS"])[COLUMNS]
v = VetiverModel(joblib.load(os.environ["MODEL"]), model_name="diamonds", prototype_data=rows)
api = VetiverAPI(v, check_prototype=True)
app = api.app
