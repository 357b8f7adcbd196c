"""As cog's documentation has it for several predictions at once: an asynchronous predictor with typed inputs."""

import os

import joblib
import pandas as pd
from cog import BasePredictor, Input


class Predictor(BasePredictor):
    def setup(self) -> None:
        self.model = joblib.load(os.environ["MODEL"])

    async def predict(
        self,
        carat: float = Input(description="Weight"),
        cut: str = Input(description="Quality of the cut"),
        color: str = Input(description="From J, the worst, to D"),
        clarity: str = Input(description="From I1, the worst, to IF"),
        depth: float = Input(description="Total depth in percent"),
        table: float = Input(description="Width of the top"),
        x: float = Input(description="Length in mm"),
        y: float = Input(description="Width in mm"),
        z: float = Input(description="Depth in mm"),
    ) -> float:
        row = {"carat": carat, "cut": cut, "color": color, "clarity": clarity, "depth": depth, "table": table}
        return float(self.model.predict(pd.DataFrame([{**row, "x": x, "y": y, "z": z}]))[0])
