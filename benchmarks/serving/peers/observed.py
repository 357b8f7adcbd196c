"""ASGI middleware that writes the log line of the reference API, by its logger; pure ASGI, which costs least."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any
from uuid import uuid4

from api.logs import logger
from api.settings import Settings

Observe = Callable[[str, str, int, float], None]
"""Takes route, method, status and seconds of a request."""


class Observed:
    """Logs each request, gives its id in the reply, and hands its time to `observe` where there is one."""

    def __init__(self, app: Any, *, settings: Settings, model_version: str, observe: Observe | None = None) -> None:
        """Take what is observed, and where it is told."""
        self._app, self._log, self._observe = app, logger(settings), observe
        self._model_version = model_version

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
            self._log.info(
                "request",
                request_id=request_id,
                method=scope["method"],
                route=route,
                status=status,
                duration_ms=round(seconds * 1000, 3),
                model_version=self._model_version,
            )
