"""How many predictions a client may ask for, and whose address a client's is."""

from __future__ import annotations

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.middleware.proxy_fix import ProxyFix

from api.settings import Settings

LIMITED = frozenset({"predict", "predict_batch"})
"""Routes that predict; probes and scrapes are never refused."""
_PATIENCE = 1
"""Seconds that a request waits for Redis, once, before each worker counts for itself."""


def limit(app: Flask, settings: Settings) -> None:
    """Refuse, with 429 and Retry-After, what is past the rate in `settings`.

    Where Redis is away, each worker counts for itself until it is back.
    """
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies)  # type: ignore[method-assign]
    if settings.request_rate is None:
        return
    limiter = Limiter(
        get_remote_address,
        app=app,
        application_limits=[settings.request_rate],
        storage_uri=settings.rate_storage,
        storage_options={"socket_timeout": _PATIENCE, "socket_connect_timeout": _PATIENCE},  # of Redis; memory has none
        headers_enabled=True,
        swallow_errors=True,  # of several requests that find Redis away at once, all but one are let through
        in_memory_fallback=[settings.request_rate],
        in_memory_fallback_enabled=True,
    )
    limiter.request_filter(lambda: request.endpoint not in LIMITED)
