"""What the routes serve: the model, its wire models and the contract, made once."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from api.errors import UnsoundPredictionError
from api.models import wire_models
from api.openapi import document
from api.predict import Predictor

if TYPE_CHECKING:
    from api.artefact import Artefact

LOG = logging.getLogger(__name__)


class Service:
    """A model in service; `ready` says how its last dummy prediction went."""

    def __init__(self, artefact: Artefact) -> None:
        """Make the wire models and the contract, and warm the model."""
        self.predictor = Predictor(artefact)
        self.wire = wire_models(artefact.manifest)
        self.openapi = json.dumps(document(artefact.manifest, self.wire), indent=2)
        self.ready = False
        self.check()

    def check(self) -> bool:
        """Make a dummy prediction, and remember and tell whether it passed."""
        try:
            self.predictor.check()
        except UnsoundPredictionError:
            LOG.exception("dummy prediction failed")
            self.ready = False
        else:
            self.ready = True
        return self.ready
