"""Bodies of replies against the responses that an operation documents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from prove400 import pointer
from prove400.errors import StrictJSONError
from prove400.media_types import is_json, matching
from prove400.model import Headers, Media, Operation, Reply, Request, Response
from prove400.oracle.remembering import remembered
from prove400.validation import RequestJudge, SchemaValidators, parse

read = remembered(parse)
"""Parses a reply's body, which several rules look at; what it gives is not to be changed."""


def documented(operation: Operation, status: int) -> Response | None:
    """Give the response documented for a status: the exact one, else its class, else the default."""
    for wanted in (str(status), f"{status // 100}XX", "DEFAULT"):
        for response in reversed(operation.responses):
            if response.status == wanted:
                return response
    return None


def documented_media(operation: Operation, reply: Reply) -> Media | None:
    """Give what is documented of a reply's body, by its status and content type; None where nothing is."""
    response = documented(operation, reply.status)
    listed = response.media if response is not None else ()
    index = matching([media.media_type for media in listed], reply.header("Content-Type") or "") if listed else None
    return None if index is None else listed[index]


@dataclass(frozen=True, slots=True)
class Answers:
    """Judges replies by the responses that an operation documents."""

    operation: Operation
    validators: SchemaValidators
    _of_headers: dict[str, _Headers] = field(default_factory=dict, repr=False, compare=False)
    _told: Callable[[bytes, int, Headers], str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Remember the last replies."""
        object.__setattr__(self, "_told", remembered(self._mismatch))

    def undocumented(self, reply: Reply) -> str:
        """Say that a success has another status than those that are documented; nothing where none is."""
        listed = [response.status for response in self.operation.responses if response.status.startswith("2")]
        if not listed or documented(self.operation, reply.status):
            return ""
        return f"answered {reply.status}, documented is {' or '.join(listed)}"

    def mismatch(self, reply: Reply) -> str:
        """Say how a reply differs from the documented response; an empty string where it does not.

        A JSON body is parsed strictly: NaN and Infinity are not JSON (RFC 8259 section 6). Where no content is
        documented, an empty body may have any type.
        """
        return self._told(reply.body, reply.status, reply.headers)

    def _mismatch(self, body: bytes, status: int, headers: Headers) -> str:
        reply = Reply(status, headers, body)
        response, media = documented(self.operation, reply.status), documented_media(self.operation, reply)
        if response is not None:
            if response.headers and (message := self._of_header(response, reply)):
                return message
            if response.media and media is None:
                names = " or ".join(m.media_type for m in response.media)
                return f"the content type is {reply.media_type or 'missing'}, documented is {names}"
        is_silent = response is not None and not response.media and not reply.body
        return _body_mismatch(self.validators, media, reply) if is_json(reply.media_type) and not is_silent else ""

    def _of_header(self, response: Response, reply: Reply) -> str:
        """Say which header is missing or breaks its schema."""
        if response.location not in self._of_headers:
            self._of_headers[response.location] = _Headers(response, self.validators)
        headers = self._of_headers[response.location]
        return headers.told(tuple([pair for pair in reply.headers if pair[0].lower() in headers.names]))


class _Headers:
    """Judges the headers that a response documents, as those of a request are judged; `told` says what is wrong."""

    def __init__(self, response: Response, validators: SchemaValidators) -> None:
        """Remember the last: of most replies they are the same."""
        judged = tuple(header for header in response.headers if header.schema_location)
        self.names = frozenset(header.name.lower() for header in response.headers)
        self.told = lru_cache(maxsize=8)(self._told)
        self._response = response
        self._judge = RequestJudge(Operation("", "", "", judged), validators)

    def _told(self, headers: Headers) -> str:
        given = {name.lower() for name, _ in headers}
        for name in self._response.required_headers:
            if name.lower() not in given:
                return f"the header {name} is missing, which {self._response.location} requires"
        faults = self._judge.parameter_faults(Request("", "", headers))
        return next((f"a header breaks {fault.keyword_location} at {fault.place}" for fault in faults), "")


def _body_mismatch(validators: SchemaValidators, media: Media | None, reply: Reply) -> str:
    try:
        value = read(reply.body)
    except StrictJSONError as error:
        return f"the body is not strict JSON: {error.what}"
    return _schema_mismatch(validators, media, value) if media is not None and media.schema is not None else ""


def _schema_mismatch(validators: SchemaValidators, media: Media, value: Any) -> str:
    validator = validators.at(media.location)
    if validator.is_valid(value):
        return ""
    fault = validator.faults(value)[0]
    own = pointer.join(fault.instance_location, *([fault.member] if fault.names_member and fault.member else []))
    return f"the body breaks {fault.keyword_location} at {own or 'its root'}"
