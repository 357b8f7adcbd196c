"""As PyTriton's documentation has it: a function over batches of arrays, bound to a real Triton."""

import os
import sys

import joblib
import numpy as np
import pandas as pd
from pytriton.decorators import batch
from pytriton.model_config import ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

COLUMNS = ["carat", "cut", "color", "clarity", "depth", "table", "x", "y", "z"]
TEXTS = ["cut", "color", "clarity"]
model = joblib.load(os.environ["MODEL"])


@batch
def infer(**columns):
    table = {
        name: np.char.decode(values[:, 0].astype(bytes), "utf-8") if name in TEXTS else values[:, 0]
        for name, values in columns.items()
    }
    return {"price": model.predict(pd.DataFrame(table)[COLUMNS])[:, np.newaxis]}


http, grpc, metrics = map(int, sys.argv[1:])
config = TritonConfig(http_address="127.0.0.1", http_port=http, grpc_port=grpc, metrics_port=metrics)
with Triton(config=config) as triton:
    triton.bind(
        model_name="diamonds",
        infer_func=infer,
        inputs=[Tensor(name=name, dtype=bytes if name in TEXTS else np.float64, shape=(1,)) for name in COLUMNS],
        outputs=[Tensor(name="price", dtype=np.float64, shape=(1,))],
        config=ModelConfig(max_batch_size=64),
    )
    triton.serve()
