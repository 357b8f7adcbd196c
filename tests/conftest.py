"""What all tests need: the trained model of the reference API."""

from __future__ import annotations

import pytest

from api import artefact, train
from api.errors import ArtefactError


def pytest_configure(config: pytest.Config) -> None:
    """Train the model where there is none that can be served; workers of xdist find it ready."""
    if hasattr(config, "workerinput"):
        return
    try:
        artefact.load(artefact.default_folder())
    except ArtefactError:
        train.train(artefact.default_folder())
