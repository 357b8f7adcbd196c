"""Where requests leave and replies come back: one Protocol, and WSGI, ASGI and HTTP behind it.

A transport takes a plain `Request` and returns a plain `Reply`; it knows no contract and no case. What goes wrong on
the other side is a `Reply` with a `Failure`; a target that cannot be loaded at all is the one exception, `TargetError`.
"""

from __future__ import annotations

from prove400.transport.asgi import ASGITransport
from prove400.transport.base import Transport
from prove400.transport.http import HTTPTransport
from prove400.transport.polite import Polite, at_once
from prove400.transport.target import connect
from prove400.transport.wsgi import WSGITransport

__all__ = ["ASGITransport", "HTTPTransport", "Polite", "Transport", "WSGITransport", "at_once", "connect"]
