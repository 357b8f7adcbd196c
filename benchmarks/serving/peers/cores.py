"""A core of its own for each worker of a peer, by the setting that the API has for it."""

from __future__ import annotations

import os
from pathlib import Path

from api.cores import keep_to_one


def keep() -> None:
    """Keep this worker to a core where that is asked for."""
    if "DIAMONDS_ONE_CORE" in os.environ:
        folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        keep_to_one(Path(folder) if folder else None)
