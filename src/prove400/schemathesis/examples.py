"""Planned cases → cases of Schemathesis, where those can hold the very bytes."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from prove400.cases import plan
from prove400.errors import Prove400Error
from prove400.model import Case, Part, Request

_FRAME = frozenset({"content-length", "transfer-encoding", "host", "cookie"})
"""Headers that a client of HTTP writes by itself."""


def examples(operation: Any) -> Iterator[Any]:
    """Give our cases of an operation of Schemathesis; none where its contract cannot be planned."""
    try:
        planned = list(plan(dict(operation.schema.raw_schema), [operation.label]))
    except Prove400Error:
        return
    cases = [case for case in planned if isinstance(case, Case)]
    for case in cases:
        if HTTPStatus.REQUEST_ENTITY_TOO_LARGE in case.expected_status:  # which is no fault that a judge of bytes sees
            continue
        if case.part is not Part.PATH and _can_be_held(case, operation):
            yield _held(case.request, operation)


def _can_be_held(case: Case, operation: Any) -> bool:
    """Tell whether a request is for the operation's own path, without a parameter in it, and its head is a plain one.

    Its media type is that of the witness: Schemathesis has a serializer for none but those that the contract names.
    """
    request = case.request
    pairs = parse_qsl(urlsplit(request.target).query, keep_blank_values=True)
    return (
        request.method == operation.method.upper()
        and urlsplit(request.target).path == operation.full_path
        and request.header("Content-Type") == case.witness.header("Content-Type")
        and len(pairs) == len(dict(pairs))
        and not _FRAME.intersection(name.lower() for name, _ in request.headers)
        and len(request.headers) == len({name.lower() for name, _ in request.headers})
        and all(value.isascii() and value == value.strip() for _, value in request.headers)
    )


def _held(request: Request, operation: Any) -> Any:
    media_type = request.header("Content-Type")
    body = {"body": request.body, "media_type": media_type} if request.body and media_type else {}
    query = dict(parse_qsl(urlsplit(request.target).query, keep_blank_values=True))
    return operation.Case(query=query, headers=dict(request.headers), **body)
