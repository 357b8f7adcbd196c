"""The same, with the model's own limits, and strict JSON before them."""

import os
import sys

import joblib
import litserve as ls
import pandas as pd
from fastapi import HTTPException
from pydantic import ValidationError
from strict_diamond import Diamond
from strict_json import StrictJSON


class Diamonds(ls.LitAPI):
    def setup(self, device):
        self.model = joblib.load(os.environ["MODEL"])

    def decode_request(self, request):
        try:
            return pd.DataFrame([Diamond.model_validate(request).model_dump()])
        except ValidationError as error:
            told = [{name: fault[name] for name in ("loc", "msg", "type")} for fault in error.errors()]
            raise HTTPException(400, told) from error

    def predict(self, x):
        return self.model.predict(x)

    def encode_response(self, output):
        return {"price": float(output[0])}


if __name__ == "__main__":
    server = ls.LitServer(Diamonds(), accelerator="cpu", middlewares=[StrictJSON])
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False)
