"""The request in work and what is noted of it, past the proxies of Flask, each look through which costs half a µs."""

from __future__ import annotations

from typing import Any

from flask import Request, g, request


def asked() -> Request:
    """Give the request."""
    found: Request = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - documented by Werkzeug
    return found


def noted() -> Any:
    """Give what `flask.g` stands for."""
    return g._get_current_object()  # noqa: SLF001 - documented by Werkzeug
