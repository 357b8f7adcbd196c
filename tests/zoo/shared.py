"""The reference API with a model whose threads share one buffer: right one request at a time, and wrong under load."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from api import create_app
from tests.zoo.signature import SharedBuffer, plant

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


def app() -> WSGIApplication:
    """Give the API with that model."""
    with tempfile.TemporaryDirectory() as folder:
        return create_app(plant(Path(folder), SharedBuffer()))
