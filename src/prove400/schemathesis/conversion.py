"""Schemathesis and us: its requests and responses as ours, so that our oracle can be its check.

Reads the attributes of `requests.PreparedRequest` and of Schemathesis's `Response`; imports neither.
"""

from __future__ import annotations

from typing import Any

from prove400.model import Reply, Request


def request_of(prepared: Any) -> Request:
    """Give a prepared request of the library `requests` as the bytes that it sends."""
    body = prepared.body or b""
    headers = tuple((str(name), _text(value)) for name, value in prepared.headers.items())
    return Request(prepared.method, prepared.path_url, headers, body.encode() if isinstance(body, str) else body)


def reply_of(response: Any) -> Reply:
    """Give a response of Schemathesis as a reply."""
    headers = tuple((name, value) for name, values in response.headers.items() for value in values)
    return Reply(response.status_code, headers, response.content or b"", response.elapsed)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
