"""A Flask request to a body and parameters, with the faults of them listed."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from api import strict_json
from api.current import noted
from api.errors import RequestRefusedError
from api.problems import ENOUGH_FAULTS, Fault

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from flask import Request

REQUEST_ID = "X-Request-Id"
_REQUEST_ID_KEY = "HTTP_" + REQUEST_ID.upper().replace("-", "_")
UUID_PATTERN = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"

_UUID = re.compile(UUID_PATTERN.strip("^$"))
_FREE, _VERSION_4 = ~(0xF << 76 | 0x3 << 62), 0x4 << 76 | 0x2 << 62
"""Bits of a UUID that are random, and those that tell its version and variant."""
_BOOLEANS = {"true": True, "false": False}
NOT_JSON = Fault(
    "header", "/Content-Type", "media-type", "must be application/json, with no parameter but charset=utf-8"
)
_MOST_DIGITS = 12
"""Digits of a length that is read as one; more is no length of a body."""
_INCOMPLETE = Fault("body", "", "body.incomplete", "is shorter than its Content-Length")
_UNREADABLE = Fault("body", "", "body.transfer-coding", "cannot be read: its transfer coding is broken")
_UNDECODED = Fault("body", "", "body.transfer-coding", "must come with a Content-Length, and no transfer coding")
"""Of a server that leaves chunks to the application: it does not set `wsgi.input_terminated`, as uWSGI."""


def usable_request_id(environ: WSGIEnvironment) -> str:
    """Give the request's id where it is a UUID, else a new one."""
    sent = environ.get(_REQUEST_ID_KEY)
    return sent if sent and _UUID.fullmatch(sent) else new_id()


def new_id() -> str:
    """Make a UUID of version 4 (RFC 9562).

    The kernel is asked: a generator of our own would give one sequence to workers that are forked without Python's
    knowledge, as uWSGI's are.
    """
    digits = f"{int.from_bytes(os.urandom(16)) & _FREE | _VERSION_4:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def parameter_faults(request: Request) -> list[Fault]:
    """List the faults of the query and the headers, those of the body apart."""
    faults = []
    sent = _given(request, "explain")
    if sent is None:
        faults.append(Fault("query", "", "encoding", "must be percent-encoded UTF-8"))
    elif len(sent) > 1:
        faults.append(Fault("query", "/explain", "type", "must be given once"))
    elif sent and sent[0] not in _BOOLEANS:
        faults.append(Fault("query", "/explain", "type", "must be true or false"))
    request_id = request.environ.get(_REQUEST_ID_KEY)
    if request_id is not None and not _UUID.fullmatch(request_id):
        detail = "must be a UUID, 8-4-4-4-12 hex digits"
        faults.append(Fault("header", f"/{REQUEST_ID}", "pattern", detail))
    return faults


def _given(request: Request, name: str) -> list[str] | None:
    """Give what the query holds for a name; None where it has bytes that are no UTF-8, as no URI has (RFC 3986)."""
    if not request.environ.get("QUERY_STRING"):
        return []
    try:
        return request.args.getlist(name)
    except UnicodeDecodeError:
        return None


def wants_explanation(request: Request) -> bool:
    """Read `explain` of a request whose parameters have no faults; false if absent."""
    return bool(request.environ.get("QUERY_STRING")) and _BOOLEANS[request.args.get("explain", "false")]


def media_faults(request: Request) -> list[Fault]:
    """List what makes the body something else than plain JSON in UTF-8."""
    faults = []
    if not _is_json(request.environ.get("CONTENT_TYPE", "")):
        faults.append(NOT_JSON)
    encoding = request.environ.get("HTTP_CONTENT_ENCODING", "identity")
    if encoding.strip().lower() != "identity":
        detail = "must be identity or absent"
        faults.append(Fault("header", "/Content-Encoding", "content-coding", detail))
    return faults


def _is_json(content_type: str) -> bool:
    """Tell whether a Content-Type is application/json, its charset UTF-8 if named."""
    if content_type == "application/json":
        return True
    media_type, *parameters = (part.strip() for part in content_type.lower().split(";"))
    charset = {"", "charset=utf-8", 'charset="utf-8"'}
    return media_type == "application/json" and charset.issuperset(parameters)


def too_large(most: int) -> Fault:
    """Give the fault of a body of more than `most` bytes."""
    return Fault("body", "", "body.too-large", f"must be at most {most} bytes")


def read_body(request: Request, most: int, deepest: int) -> tuple[object, list[Fault]]:
    """Read a body of at most `most` bytes as strict JSON of at most `deepest` levels: its value, its flaws as faults.

    The note of the request keeps it. Raises RequestRefusedError with 413 where the body is too large.
    """
    if "HTTP_TRANSFER_ENCODING" in request.environ and not request.environ.get("wsgi.input_terminated"):
        return None, [_UNDECODED]
    try:
        raw = noted(request).body = _raw(request, most)
    except RequestEntityTooLarge as error:
        raise RequestRefusedError(413, [too_large(most)]) from error
    except (ClientDisconnected, OSError):
        return None, [_INCOMPLETE]
    except Exception:  # noqa: BLE001 - reading only: each server has exceptions of its own for a broken transfer coding
        return None, [_UNREADABLE]
    document = strict_json.parse(raw, deepest, ENOUGH_FAULTS)
    return document.value, [Fault("body", flaw.pointer, flaw.code, flaw.detail) for flaw in document.flaws]


def beginning(request: Request, most: int) -> bytes:
    """Read at most `most` bytes of a body that nothing else reads; none where it is too large or cannot be read."""
    try:
        return request.stream.read(most)
    except Exception:  # noqa: BLE001 - reading only, and only to tell of it; see read_body
        return b""


def _raw(request: Request, most: int) -> bytes:
    """Read the body: at once where its length is told, which spares the layers of Werkzeug's stream."""
    environ = request.environ
    length = environ.get("CONTENT_LENGTH") or ""
    if not length.isdecimal() or len(length) > _MOST_DIGITS or "HTTP_TRANSFER_ENCODING" in environ:
        return request.get_data(cache=False)
    size = int(length)
    if size > most:
        raise RequestEntityTooLarge
    raw: bytes = environ["wsgi.input"].read(size)
    if len(raw) < size:  # gunicorn ends a short body without a word
        raise ClientDisconnected
    return raw
