"""Where requests leave and replies come back: one Protocol, and WSGI, ASGI and HTTP behind it.

A transport takes a plain `Request` and returns a plain `Reply`; it knows no contract and no case. What goes wrong on
the other side is a `Reply` with a `Failure`; a target that cannot be loaded at all is the one exception, `TargetError`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from prove400.transport.base import Streaming, Transport, streamed
from prove400.transport.polite import Polite, at_once
from prove400.transport.target import connect
from prove400.transport.wsgi import WSGITransport

if TYPE_CHECKING:
    from prove400.transport.asgi import ASGITransport
    from prove400.transport.http import HTTPTransport

__all__ = [
    "ASGITransport",
    "HTTPTransport",
    "Polite",
    "Streaming",
    "Transport",
    "WSGITransport",
    "at_once",
    "connect",
    "streamed",
]


_LATER = {"ASGITransport": "prove400.transport.asgi", "HTTPTransport": "prove400.transport.http"}
"""What is imported once somebody asks for it, since its own imports are slow: name → module."""


def __getattr__(name: str) -> object:
    """Give a transport that is imported late."""
    if name not in _LATER:
        raise AttributeError(name)
    return getattr(importlib.import_module(_LATER[name]), name)
