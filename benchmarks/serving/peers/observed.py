"""ASGI middleware that logs and monitors as the reference API does, by its own parts; pure ASGI, which costs least."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from time import perf_counter
from typing import Any
from uuid import uuid4

from api.logs import logger
from api.service import Loaded
from api.settings import Settings

PREDICTED: ContextVar[tuple[Mapping[str, Any], float] | None] = ContextVar("predicted", default=None)
"""The row and the price of the request in work, which its route sets."""

Observe = Callable[[str, str, int, float], None]
"""Takes route, method, status and seconds of a request."""


class Observed:
    """Logs each request, watches for drift, gives its id in the reply, and hands its time to `observe` where given."""

    def __init__(self, app: Any, *, settings: Settings, model: Loaded, observe: Observe | None = None) -> None:
        """Take what is observed, and where it is told."""
        self._app, self._log, self._observe = app, logger(settings), observe
        self._model = model

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer a request, then tell of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, request_id, status = perf_counter(), str(uuid4()), 500

        async def stamped(message: dict[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode()))
            await send(message)

        try:
            await self._app(scope, receive, stamped)
        finally:
            seconds = perf_counter() - started
            route = getattr(scope.get("route"), "path", "unknown")
            if self._observe is not None:
                self._observe(route, scope["method"], status, seconds)
            predicted = PREDICTED.get()
            if predicted is not None:
                self._model.monitor.record([predicted[0]], [predicted[1]], seconds)
            self._log.info(
                "request",
                request_id=request_id,
                method=scope["method"],
                route=route,
                status=status,
                duration_ms=round(seconds * 1000, 3),
                model_version=self._model.manifest.model_version,
                prediction=predicted and [predicted[1]],
            )
