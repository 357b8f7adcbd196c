"""A request → the bytes for the wire, and what becomes of the connection that carries them."""

from __future__ import annotations

from enum import Enum, auto
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from prove400.model import Headers, Request
from prove400.transport.base import METHODS_WITH_CONTENT, is_short, octets
from prove400.transport.server import Server

_LAST_CHUNK = b"0\r\n\r\n"  # RFC 9112, section 7.1


class Framing(Enum):
    """How a request is delimited, and so what becomes of its connection."""

    PLAIN = auto()  # the server knows where it ends; the connection is kept
    SHORT = auto()  # the server waits for more: end our side, so that it notices
    LOOSE = auto()  # the server may take the rest for a second request: only the first reply counts


class _Outline(NamedTuple):
    """What does not depend on the body; cases share it."""

    head: bytes  # up to the fields that do depend on it
    names: frozenset[str]  # of the request's own fields, in lower case
    stated: tuple[str, ...]  # values of Content-Length
    breaks: bool  # whether a server may see a line end where none is meant


def framed(request: Request, server: Server) -> tuple[bytes, Framing]:
    """Give the bytes of a request, and its framing: its own, and the few fields that HTTP needs where it has none."""
    outline = _outline(server, request.method, request.target, request.headers)
    framing = _framing(request, outline)
    fields = b""
    if not outline.names & {"content-length", "transfer-encoding"} and (
        request.body or request.method in METHODS_WITH_CONTENT
    ):
        fields = b"Content-Length: %d\r\n" % len(request.body)
    if framing is Framing.LOOSE and "connection" not in outline.names:
        fields += b"Connection: close\r\n"
    return b"%s%s\r\n%s" % (outline.head, fields, request.body), framing


def _framing(request: Request, outline: _Outline) -> Framing:
    """Say where a server will see the end of a request (RFC 9112, section 6.3)."""
    if outline.breaks:
        return Framing.LOOSE
    if "transfer-encoding" in outline.names:
        return Framing.LOOSE if request.body.endswith(_LAST_CHUNK) else Framing.SHORT
    if not outline.stated or outline.stated == (str(len(request.body)),):
        return Framing.PLAIN
    return Framing.SHORT if is_short(request) else Framing.LOOSE


@lru_cache(maxsize=1024)
def _outline(server: Server, method: str, target: str, headers: Headers) -> _Outline:
    names = frozenset(name.lower() for name, _ in headers)
    fields = [(octets(name), octets(value)) for name, value in headers]
    if "host" not in names:
        fields.insert(0, (b"Host", server.authority))
    fields += [(name, value) for name, value in _ADDED if name.decode().lower() not in names]
    full = server.path + target if target.startswith("/") else target
    lines = [b"%s %s HTTP/1.1" % (octets(method), octets(full)), *(b"%s: %s" % field for field in fields), b""]
    parts = [method, target, *(part for header in headers for part in header)]
    breaks = any(character in part for part in parts for character in "\r\n\0")
    stated = tuple(value for name, value in headers if name.lower() == "content-length")
    return _Outline(b"\r\n".join(lines), names, stated, breaks)


def _product() -> bytes:
    try:
        return f"prove400/{version('prove400')}".encode()
    except PackageNotFoundError:  # run from a source tree that is not installed
        return b"prove400"


_ADDED = ((b"User-Agent", _product()), (b"Accept", b"*/*"))
