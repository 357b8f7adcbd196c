"""As LitServe's documentation has it: decode the request, predict, encode the response."""

import os
import sys

import joblib
import litserve as ls
import pandas as pd


class Diamonds(ls.LitAPI):
    def setup(self, device):
        self.model = joblib.load(os.environ["MODEL"])

    def decode_request(self, request):
        return pd.DataFrame([request])

    def predict(self, x):
        return self.model.predict(x)

    def encode_response(self, output):
        return {"price": float(output[0])}


if __name__ == "__main__":
    server = ls.LitServer(Diamonds(), accelerator="cpu")
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False)
