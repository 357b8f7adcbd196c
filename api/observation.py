"""What is remembered of a request: lines in the log, and counts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from time import perf_counter

from flask import Response, g, request
from structlog.typing import FilteringBoundLogger

from api import intake, metrics
from api.current import asked, noted
from api.errors import RequestRefusedError, UnsoundPredictionError
from api.logs import Mask
from api.problems import Fault
from api.service import Service
from api.settings import Settings

MOST_FAULTS = 20
"""Faults of one request that are logged."""
_SHOWN = ("instances", "explain", "application/json", "charset", "utf-8")


class Observer:
    """Writes and counts what happens to requests."""

    def __init__(self, service: Service, settings: Settings, log: FilteringBoundLogger) -> None:
        """Take what is observed, and where it is told."""
        self._service, self._settings, self._log = service, settings, log

    def arrival(self) -> None:
        """Settle when the request began, its id, and the model that will answer it, before anything can fail."""
        note = noted()
        note.started = perf_counter()
        note.request_id = intake.usable_request_id(asked())
        note.loaded = self._service.loaded

    def answer(self, response: Response) -> Response:
        """Log and measure a request that was answered."""
        note, request = noted(), asked()
        seconds = perf_counter() - note.started
        rule, prices, loaded = request.url_rule, note.get("prices"), note.loaded
        # A client makes up paths and methods without end; a series for each would fill the memory.
        route, method = (rule.rule, request.method) if rule else ("unknown", "unknown")
        metrics.latency(route, method, response.status_code).observe(seconds)
        if prices:
            metrics.PREDICTIONS.inc(len(prices))
            loaded.monitor.record(note.rows, prices, seconds)
        self._log.info(
            "request",
            request_id=note.request_id,
            method=request.method,
            route=route,
            status=response.status_code,
            duration_ms=round(seconds * 1000, 3),
            model_version=loaded.manifest.model_version,
            prediction=prices,
        )
        return response

    def refusal(self, error: RequestRefusedError) -> None:
        """Count the faults of a request, and log them beside what was sent."""
        for fault in error.faults:
            metrics.FAULTS.labels(fault.part, fault.code).inc()
        if not self._log.is_enabled_for(logging.INFO):
            return
        self._log.info("refused", request_id=g.request_id, status=error.status, **self._sent(error.faults))

    def failure(self, error: Exception) -> None:
        """Log an exception, with its traceback, and count predictions that must not leave."""
        if isinstance(error, UnsoundPredictionError):
            metrics.UNSOUND.inc()
        version = g.loaded.manifest.model_version
        self._log.error("failed", request_id=g.request_id, model_version=version, exc_info=error)

    def _sent(self, faults: Sequence[Fault]) -> dict[str, object]:
        """Give the faults and the request as the settings want them shown, texts cut."""
        shown = self._shown()
        if shown is None:
            return {"faults": [f"{fault.part}: {fault.code}" for fault in faults[:MOST_FAULTS]]}
        most = self._settings.log_body_bytes
        return {
            "faults": [f"{fault.part}{shown(fault.pointer)}: {fault.code}" for fault in faults[:MOST_FAULTS]],
            "query": shown(request.query_string[:most].decode("latin-1")),
            "content_type": shown(request.headers.get("Content-Type", "")[:most]),
            "body": shown(g.get("body", b"")[:most].decode("utf-8", "backslashreplace")),
        }

    def _shown(self) -> Callable[[str], str] | None:
        """Give how a text of the request is shown, None for not at all."""
        if self._settings.log_bodies == "masked":
            return Mask((*_SHOWN, *g.loaded.manifest.names))
        return str if self._settings.log_bodies == "raw" else None
