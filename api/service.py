"""What the routes serve: a model, its wire models and its contract, exchanged as one by a reload."""

from __future__ import annotations

import hashlib
import json
import signal
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from structlog.typing import FilteringBoundLogger

from api import artefact as artefacts
from api import metrics
from api.concurrency import Pricer, pricer
from api.errors import UnsoundPredictionError
from api.formats import FORMATS
from api.manifest import Manifest
from api.models import Wire, wire_models
from api.monitoring import Monitor
from api.openapi import document
from api.settings import Settings

AGAIN = 1.0
"""Seconds after which a dummy prediction that failed is repeated, once something is asked for."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """One artefact in service: a request keeps the one that it began with."""

    manifest: Manifest
    pricer: Pricer
    wire: Wire
    openapi: str
    lowest: float
    highest: float
    stamp: dict[str, str]
    monitor: Monitor

    def predict(self, rows: Sequence[Mapping[str, Any]], *, explain: bool) -> list[dict[str, Any]]:
        """Price `rows`; raises UnsoundPredictionError where a price is none, or far from all that were learnt."""
        answers = self.pricer.predict(rows, explain=explain)
        if not all(self.lowest <= answer["price"] <= self.highest for answer in answers):
            reason = "a price is out of range"
            raise UnsoundPredictionError(reason)
        return answers

    def check(self) -> None:
        """Make a dummy prediction; raises UnsoundPredictionError where it fails."""
        self.predict([{feature.name: feature.typical for feature in self.manifest.features}], explain=False)


def load(folder: Path, settings: Settings) -> Loaded:
    """Load the artefact in `folder`; raises ArtefactError where it is not sound."""
    artefact = artefacts.load(folder, settings.format, settings.sha256)
    manifest, slack = artefact.manifest, settings.prediction_slack
    wire = wire_models(manifest, settings.batch_length)
    contract = json.dumps(document(manifest, wire, settings), indent=2)
    lowest, highest = manifest.target.minimum / slack, manifest.target.maximum * slack
    stamp = {"currency": "USD", "model_version": manifest.model_version}
    monitor = Monitor(manifest, settings.monitoring_window, metrics.shared_folder())
    return Loaded(manifest, pricer(artefact, settings), wire, contract, lowest, highest, stamp, monitor)


class Service:
    """A model in service.

    `outdated` says that the last reload failed: the model then serves on, and readiness tells.
    """

    def __init__(self, folder: Path, settings: Settings, log: FilteringBoundLogger) -> None:
        """Load the model, and warm it."""
        self.folder, self.settings, self.log = folder, settings, log
        self.loaded = load(folder, settings)
        self._sound = self.outdated = False
        self._checked = monotonic()
        self._reloading = threading.Lock()
        self._digest: tuple[tuple[int, int, int], str] | None = None
        self.check()

    @property
    def ready(self) -> bool:
        """Whether the last dummy prediction passed; one that failed is repeated before this is told, after a while.

        Otherwise a worker would refuse all predictions until a probe happened to reach it.
        """
        return self._sound or (monotonic() - self._checked >= AGAIN and self.check())

    def check(self) -> bool:
        """Make a dummy prediction, and remember and tell whether it passed."""
        self._checked = monotonic()
        try:
            self.loaded.check()
        except UnsoundPredictionError:
            self.log.exception("dummy prediction failed")
            self._sound = False
        else:
            self._sound = True
        return self._sound

    def reload(self) -> bool:
        """Serve what the folder holds by now, where it is sound and predicts; else serve on as before. Tells which."""
        with self._reloading:
            try:
                loaded = load(self.folder, self.settings)
                loaded.check()
            except Exception:  # whatever is wrong with what is there, the old model is not
                self.log.exception("reload failed", model_version=self.loaded.manifest.model_version)
                self.outdated = True
            else:
                before = self.loaded
                self.loaded, self._sound, self.outdated = loaded, True, False
                if before.manifest.sha256 != loaded.manifest.sha256:
                    before.monitor.forget()
                self.log.info("reloaded", model_version=loaded.manifest.model_version)
            metrics.RELOADS.labels("failed" if self.outdated else "done").inc()
            return not self.outdated

    def reload_on_sighup(self) -> None:
        """Reload at SIGHUP, beside the requests that this process goes on answering."""
        signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=self.reload).start())

    def differs_from_disk(self) -> bool:
        """Tell whether the file that was loaded has changed since, or is gone, so that something else is served.

        The file is read again only where its times or size are new.
        """
        path = self.folder / FORMATS[self.loaded.manifest.format].file
        try:
            status = path.stat()
            seen = (status.st_mtime_ns, status.st_size, status.st_ino)
            if self._digest is None or self._digest[0] != seen:
                self._digest = seen, hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            return True
        return self._digest[1] != self.loaded.manifest.sha256
