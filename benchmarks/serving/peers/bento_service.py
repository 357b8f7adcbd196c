"""The same model behind BentoML: the same strict pydantic model, log line and drift monitoring.

The histogram is BentoML's own.

BentoML hands the body to pydantic, where the last of several members with one name wins; it offers no place to refuse
them.
"""

import os

import bentoml

from api.service import load
from api.settings import Settings
from benchmarks.serving.peers.observed import PREDICTED, Observed
from benchmarks.serving.peers.prediction import Prediction

settings = Settings.read(os.environ)
model = load(settings.artefact, settings)
Diamond = model.wire.diamond


@bentoml.service(workers=2, logging={"access": {"enabled": False}})
class Diamonds:
    """A service of one route; its access log is off, since the line of JSON takes its place."""

    @bentoml.api(route="/predict")
    async def predict(self, diamond: Diamond, /) -> Prediction:  # type: ignore[valid-type]
        """Price one diamond; the model takes microseconds, so that a thread would cost more."""
        row = diamond.model_dump()
        (item,) = model.predict([row], explain=False)
        PREDICTED.set((row, item["price"]))
        return Prediction(**item, **model.stamp)


Diamonds.add_asgi_middleware(Observed, settings=settings, model=model)
