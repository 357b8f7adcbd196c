"""The reference model API: prices of diamonds, with a contract it keeps.

`create_app` is what a WSGI server needs: `gunicorn -c api/gunicorn.conf.py`, or any other (docs/serving.md).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from api import threads

if TYPE_CHECKING:
    from flask import Flask

    from api.settings import Settings

__all__ = ["create_app"]


def create_app(artefact: Path | None = None, settings: Settings | None = None) -> Flask:
    """Make the API that serves the model in the folder `artefact`, as `settings` say.

    Without them, the environment does (see `api.settings`). Raises SettingsError for a setting that cannot be,
    ArtefactError where no sound artefact is there. Pins native thread pools, unless the environment has.
    """
    threads.pin(os.environ)
    from api.app import make  # noqa: PLC0415 - imports numpy, which reads the pins once

    return make(artefact, settings)
