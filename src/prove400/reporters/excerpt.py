"""What stands at one place of a request, read from its bytes as they are: ``1e400`` stays ``1e400``."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from prove400 import pointer
from prove400.errors import PointerError
from prove400.model import Finding, Part, Request
from prove400.reporters.tokens import alike
from prove400.reporters.visible import clipped, decoded, pinpointed

LIMIT = 60
"""Characters of an excerpt."""
BEFORE = 20
"""Characters of a long text shown before the first that differs."""
_REACH = 65_536  # bytes of a body that are looked at
NOTHING, NO_BODY, SAME = "nothing", "an empty body", "the same request"


class Literal(str):
    """A number or constant of JSON with its own spelling."""

    __slots__ = ()


def spelled(value: Any) -> str:
    """Write a JSON value on one line; `Literal` numbers keep their spelling."""
    if isinstance(value, Literal):
        return str(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{spelled(key)}: {spelled(item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(spelled, value))}]"
    return json.dumps(value, ensure_ascii=False)


def contrast(finding: Finding) -> tuple[str, str]:
    """Give what was sent at the finding's place and what the witness has there, both short and visible."""
    if finding.request == finding.witness:  # what differs is the answer
        shown = _in_body(finding.request.body, "") if finding.request.body else _whole(finding.request)
        return _window(shown, 0, shown), SAME
    sent, witness = _at_place(finding, finding.request), _at_place(finding, finding.witness)
    if sent == witness:  # the place tells nothing: a fault of the whole message
        sent, witness = _whole(finding.request), _whole(finding.witness)
    same = alike(sent, witness)
    start = same - BEFORE if same > BEFORE and max(len(sent), len(witness)) > LIMIT else 0
    return _window(sent, start, witness), _window(witness, start, witness)


def _window(text: str, start: int, witness: str) -> str:
    shown = pinpointed(text[start : start + 2 * LIMIT], witness)
    return clipped(f"{'…' if start else ''}{shown}", LIMIT)


def _at_place(finding: Finding, request: Request) -> str:
    part, location = finding.constraint.part, finding.instance_location
    if finding.constraint.member:
        location = pointer.join(location, finding.constraint.member)
    if part is Part.PATH:
        return urlsplit(request.target).path
    if part is Part.BODY:
        return _in_body(request.body, location)
    return _in_fields(_fields(part, request), location)


def _in_body(body: bytes, location: str) -> str:
    if not location:  # the text itself: parsing would hide a name that stands twice
        return decoded(body[:_REACH]) or NO_BODY
    try:
        value = json.loads(body.decode("utf-8"), parse_float=Literal, parse_int=Literal, parse_constant=Literal)
        value = pointer.get(value, location, pointer.ABSENT)
        return NOTHING if value is pointer.ABSENT else spelled(value)
    except (ValueError, RecursionError, PointerError):  # not JSON, or too deep to walk: the text speaks for itself
        return decoded(body[:_REACH]) or NO_BODY


def _fields(part: Part, request: Request) -> list[tuple[str, str]]:
    if part is Part.QUERY:
        return parse_qsl(urlsplit(request.target).query, keep_blank_values=True)
    if part is Part.HEADER:
        return [(name.lower(), value) for name, value in request.headers]
    crumbs = (request.header("Cookie") or "").split(";")
    return [(name.strip(), unquote(value)) for name, _, value in (crumb.partition("=") for crumb in crumbs)]


def _in_fields(fields: list[tuple[str, str]], location: str) -> str:
    name = location.partition("/")[2].partition("/")[0].replace("~1", "/").replace("~0", "~")
    values = [value for field, value in fields if field in (name, name.lower())]
    return " and ".join(spelled(value) for value in values) or NOTHING


def _whole(request: Request) -> str:
    kind = request.header("Content-Type")
    media = f" as {kind}" if kind is not None else " without a content type" if request.body else ""
    return f"{request.method} {request.target}{media}"
