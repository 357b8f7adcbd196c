"""What is noted of a request while it is answered; it travels in the WSGI environment, past Flask's proxies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request

if TYPE_CHECKING:
    from flask import Request

    from api.service import Loaded

KEY = "diamonds.note"
"""Where the note stands in the WSGI environment."""


@dataclass(slots=True)
class Note:
    """One request: when it began, its id, the model that answers it, and what was sent, found and answered.

    Route, method, status and seconds are known once its reply begins.
    """

    started: float
    request_id: str
    loaded: Loaded
    body: bytes = b""
    rows: Sequence[Mapping[str, Any]] = ()
    prices: Sequence[float] | None = None
    route: str = "unknown"
    method: str = "unknown"
    status: int = 0
    seconds: float = 0.0


def asked() -> Request:
    """Give the request itself: each look through Flask's proxy costs half a µs."""
    found: Request = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - documented by Werkzeug
    return found


def noted(request: Request | None = None) -> Note:
    """Give the note of a request, of the one in work unless told otherwise."""
    found: Note = (request or asked()).environ[KEY]
    return found
