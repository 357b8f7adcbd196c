"""The same, with the model's own limits, strict JSON, and errors that do not echo what was sent."""

import os
import sys

import joblib
import pandas as pd
import ray
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from ray import serve
from strict_diamond import Diamond
from strict_json import StrictJSON

app = FastAPI()
app.add_middleware(StrictJSON)


@app.exception_handler(RequestValidationError)
def refused(_, error):
    told = [{name: fault[name] for name in ("loc", "msg", "type")} for fault in error.errors()]
    return JSONResponse({"detail": told}, 422)


@serve.deployment
@serve.ingress(app)
class Diamonds:
    def __init__(self) -> None:
        self.model = joblib.load(os.environ["MODEL"])

    @app.post("/predict")
    def predict(self, diamond: Diamond) -> float:
        return self.model.predict(pd.DataFrame([diamond.model_dump()]))[0]


if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False)
    serve.start(http_options={"host": "127.0.0.1", "port": int(sys.argv[1])})
    serve.run(Diamonds.bind(), blocking=True)
