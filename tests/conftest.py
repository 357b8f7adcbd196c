"""What all tests need: the trained model of the reference API."""

from __future__ import annotations

import pytest

from api import train
from api.artefact import MANIFEST_FILE, default_folder


def pytest_configure(config: pytest.Config) -> None:
    """Train the model where there is none yet; workers of xdist find it ready."""
    if not hasattr(config, "workerinput") and not (default_folder() / MANIFEST_FILE).exists():
        train.train(default_folder())
