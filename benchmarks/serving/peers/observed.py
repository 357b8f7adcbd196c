"""ASGI middleware that judges headers, logs and monitors as the reference API does, by its own parts.

It is pure ASGI, which costs least.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from time import perf_counter
from typing import Any
from urllib.parse import parse_qs

from starlette.responses import JSONResponse

from api import metrics
from api.intake import UUID_PATTERN, new_id
from api.logs import logger
from api.observation import SECURE
from api.service import Loaded
from api.settings import Settings

PREDICTED: ContextVar[tuple[Mapping[str, Any], float] | None] = ContextVar("predicted", default=None)
"""The row and the price of the request in work, which its route sets."""

Observe = Callable[[str, str, int, float], None]
"""Takes route, method, status and seconds of a request."""

_UUID = re.compile(UUID_PATTERN.encode())
_SECURE = [(name.lower().encode(), value.encode()) for name, value in SECURE]


class Observed:
    """Logs each request, counts predictions, watches for drift, and hands its time to `observe` where given.

    It refuses headers that the reference API refuses, and puts the request's id and what is secure into the reply.
    """

    def __init__(self, app: Any, *, settings: Settings, model: Loaded, observe: Observe | None = None) -> None:
        """Take what is observed, and where it is told."""
        self._app, self._log, self._observe = app, logger(settings), observe
        self._model = model

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer a request, then tell of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, app = perf_counter(), 500, self._app
        headers = dict(scope["headers"])
        sent = headers.get(b"x-request-id")
        is_uuid = sent is not None and _UUID.fullmatch(sent)
        request_id = sent if is_uuid else new_id().encode()
        if sent is not None and not is_uuid:
            app = JSONResponse({"detail": "X-Request-Id must be a UUID"}, 400)
        elif headers.get(b"content-encoding", b"identity") != b"identity":
            app = JSONResponse({"detail": "Content-Encoding must be identity or absent"}, 415)
        elif scope["query_string"] and not _explains(scope["query_string"]):
            app = JSONResponse({"detail": "explain must be true or false, once"}, 400)

        async def stamped(message: dict[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] += [(b"x-request-id", request_id), *_SECURE]
            await send(message)

        try:
            await app(scope, receive, stamped)
        finally:
            seconds = perf_counter() - started
            route = getattr(scope.get("route"), "path", "unknown")
            if self._observe is not None:
                self._observe(route, scope["method"], status, seconds)
            predicted = PREDICTED.get()
            if predicted is not None:
                metrics.PREDICTIONS.inc()
                self._model.monitor.record([predicted[0]], [predicted[1]], seconds)
            self._log.info(
                "request",
                request_id=request_id.decode(),
                method=scope["method"],
                route=route,
                status=status,
                duration_ms=round(seconds * 1000, 3),
                model_version=self._model.manifest.model_version,
                prediction=predicted and [predicted[1]],
            )


def _explains(query: bytes) -> bool:
    """Tell whether `explain` is true or false in a query that has it, and stands there once."""
    values = parse_qs(query, keep_blank_values=True).get(b"explain", [b"true"])
    return values in ([b"true"], [b"false"])
