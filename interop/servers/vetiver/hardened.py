"""The same, with the model's own limits as the prototype, strict JSON, and errors that are JSON and show no path."""

import os

import joblib
import pandas as pd
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from strict_diamond import Diamond
from strict_json import StrictJSON
from vetiver import VetiverAPI, VetiverModel

COLUMNS = ["carat", "cut", "color", "clarity", "depth", "table", "x", "y", "z"]
rows = pd.read_csv(os.environ["ROWS"])[COLUMNS]
v = VetiverModel(joblib.load(os.environ["MODEL"]), model_name="diamonds", prototype_data=rows)
v.prototype = Diamond
api = VetiverAPI(v, check_prototype=True)
app = api.app
app.add_middleware(StrictJSON)


@app.exception_handler(RequestValidationError)
def refused(_, error):
    told = [{name: fault[name] for name in ("loc", "msg", "type")} for fault in error.errors()]
    return JSONResponse({"detail": told}, 422)
