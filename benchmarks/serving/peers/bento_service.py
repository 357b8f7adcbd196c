"""The same model behind BentoML: the same strict pydantic model and log line; its histogram is BentoML's own.

BentoML hands the body to pydantic, where the last of several members with one name wins; it offers no place to refuse
them.
"""

import os

import bentoml

from api.artefact import read_manifest
from api.models import wire_models
from api.service import load
from api.settings import Settings
from benchmarks.serving.peers.observed import Observed
from benchmarks.serving.peers.prediction import Prediction

settings = Settings.read(os.environ)
manifest = read_manifest(settings.artefact, settings.format)
Diamond = wire_models(manifest, settings.batch_length).diamond


@bentoml.service(workers=2, logging={"access": {"enabled": False}})
class Diamonds:
    """A service of one route; its access log is off, since the line of JSON takes its place."""

    def __init__(self) -> None:
        """Load the model."""
        self.model = load(settings.artefact, settings)

    @bentoml.api(route="/predict")
    async def predict(self, diamond: Diamond, /) -> Prediction:  # type: ignore[valid-type]
        """Price one diamond; the model takes microseconds, so that a thread would cost more."""
        (item,) = self.model.predict([diamond.model_dump()], explain=False)
        return Prediction(**item, **self.model.stamp)


Diamonds.add_asgi_middleware(Observed, settings=settings, model_version=manifest.model_version)
