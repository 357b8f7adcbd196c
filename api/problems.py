"""Error replies: `application/problem+json` (RFC 9457) that list every fault, or the first of a flood."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

from flask import Response

if TYPE_CHECKING:
    from collections.abc import Sequence

MEDIA_TYPE = "application/problem+json"

MOST_FAULTS = 1000
"""Faults listed in a reply; 64 empty diamonds have 576, floods of names have more."""

ENOUGH_FAULTS = MOST_FAULTS + 1
"""Faults of a body that are looked for: one more than are listed tells that there are more."""

MOST_BYTES = 256 * 1024
"""Bytes of the faults listed in a reply: as many as the largest body has, unless told otherwise."""

TITLES = {
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
"""Phrases of RFC 9110, where those of `http` differ between versions of Python."""

DETAILS = {
    404: "There is no such path; see /openapi.json for those there are.",
    405: "The path does not know this method; see the Allow header.",
    429: "There were too many requests from this address; see the Retry-After header.",
    500: "The API failed; the log has this request's id.",
    503: "The model is not ready; its last dummy prediction or its last reload failed.",
}
"""What is said where there is no more to say of this very request."""

_PATH_FAULTS = {404: "path.unknown", 405: "path.method"}

Part = Literal["body", "query", "header", "path"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One place where a request breaks the contract.

    `pointer` is a JSON Pointer into the body, or `/name` for a parameter. `code` is the
    JSON Schema keyword that is broken, or a slug such as `json.syntax`. `detail` says
    what must hold; it never repeats what was sent.
    """

    part: Part
    pointer: str
    code: str
    detail: str

    def to_json(self) -> dict[str, str]:
        """Give the fault as it stands in the reply."""
        return {
            "in": self.part,
            "pointer": self.pointer,
            "code": self.code,
            "detail": self.detail,
        }


def path_faults(status: int) -> list[Fault]:
    """Give the fault of a path or method that is not known; none for any other status."""
    return [Fault("path", "", _PATH_FAULTS[status], DETAILS[status])] if status in _PATH_FAULTS else []


def listed(faults: Sequence[Fault]) -> list[dict[str, str]]:
    """Give the first faults as they stand in a reply, as many as it holds."""
    found = [fault.to_json() for fault in faults[:MOST_FAULTS]]
    ends = accumulate(len(json.dumps(fault)) for fault in found)
    return found[: sum(end <= MOST_BYTES for end in ends)]


def _summary(count: int, shown: int) -> str:
    """Say in a sentence how many faults there are, as far as they were looked for, and whether all are listed."""
    known = f"more than {MOST_FAULTS}" if count > MOST_FAULTS else count
    text = "The request has 1 fault." if count == 1 else f"The request has {known} faults."
    if shown < count:
        text += f" The first {shown} are listed."
    return text


def content(status: int, detail: str | None, faults: Sequence[Fault], instance: str) -> dict[str, object]:
    """Give what the reply for an error holds; type is about:blank, so title is the phrase.

    Without a detail, it says how many faults there are.
    """
    errors = listed(faults)
    return {
        "type": "about:blank",
        "title": TITLES.get(status) or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or _summary(len(faults), len(errors)),
        "instance": instance,
        "errors": errors,
    }


def problem(
    status: int,
    detail: str | None,
    faults: Sequence[Fault],
    instance: str,
    headers: Sequence[tuple[str, str]] = (),
) -> Response:
    """Build the reply for an error; see `content`."""
    value = content(status, detail, faults, instance)
    reply = Response(json.dumps(value), status=status, content_type=MEDIA_TYPE)
    reply.headers.extend(headers)
    return reply
