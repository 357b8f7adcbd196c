"""Request bytes → faults: what a request breaks of its operation's contract, read from the bytes alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl

from prove400 import pointer
from prove400.errors import StrictJSONError
from prove400.model import Media, Operation, Parameter, Part, Request
from prove400.validation.fault import Fault
from prove400.validation.parameters import value_of
from prove400.validation.schemas import SchemaValidators
from prove400.validation.strict_json import parse


@dataclass(frozen=True, slots=True)
class RequestJudge:
    """Judges requests by one operation."""

    operation: Operation
    validators: SchemaValidators

    def faults(self, request: Request) -> tuple[Fault, ...]:
        """Give every constraint of the operation that the request's bytes violate, parameters first."""
        return (*self.parameter_faults(request), *self.body_faults(request))

    def parameter_faults(self, request: Request) -> Iterator[Fault]:
        """Give the violated constraints of the declared parameters."""
        for parameter in self.operation.parameters:
            yield from self._parameter_faults(parameter, parameter_texts(parameter, request))

    def _parameter_faults(self, parameter: Parameter, texts: list[str]) -> Iterator[Fault]:
        place, part = pointer.join("", parameter.name), parameter.part
        if not texts:
            if parameter.required:
                yield Fault(place, f"{parameter.location}/required", part=part)
            return
        if len(texts) > 1:
            yield Fault(place, parameter.location, part=part, rule="name.repeated")
            return
        value = value_of(texts[0], parameter.schema)
        for fault in self.validators.at(parameter.schema_location).faults(value):
            yield Fault(
                place + fault.instance_location,
                fault.keyword_location,
                fault.member,
                part,
                names_member=fault.names_member,
            )

    def body_faults(self, request: Request) -> Iterator[Fault]:
        """Give the violated constraints of the body: its presence, media type, syntax and schema."""
        if not self.operation.body:
            return
        body, whole = _received(request)
        if not whole:
            yield Fault("", f"{self.operation.body_location}/content", rule="content-length")
            return
        if not body and request.header("Content-Type") is None:
            if self.operation.body_required:
                yield Fault("", f"{self.operation.body_location}/required", rule="body.missing")
            return
        media = media_of(self.operation, request)
        if media is None:
            yield Fault("", f"{self.operation.body_location}/content", rule="content-type")
            return
        yield from self._media_faults(media, body)

    def _media_faults(self, media: Media, body: bytes) -> Iterator[Fault]:
        try:
            value = parse(body)
        except StrictJSONError as error:
            yield Fault("", media.location.rpartition("/schema")[0], rule=error.rule)
            return
        if media.schema is not None:
            yield from self.validators.at(media.location).faults(value)


def _received(request: Request) -> tuple[bytes, bool]:
    """Give the body that a declared length frames, and whether all of it is there (RFC 9112 section 6.3)."""
    declared = request.header("Content-Length")
    length = int(declared) if declared and declared.isdecimal() else len(request.body)
    return request.body[:length], length <= len(request.body)


def media_of(operation: Operation, request: Request) -> Media | None:
    """Give the declared media type of a request's body, or None where the contract has no such."""
    content_type, _, parameters = (request.header("Content-Type") or "").partition(";")
    if request.header("Content-Encoding") not in (None, "identity"):
        return None
    if "charset" in parameters.lower() and "utf-8" not in parameters.lower():
        return None
    return next((m for m in operation.body if m.media_type == content_type.strip().lower()), None)


def parameter_texts(parameter: Parameter, request: Request) -> list[str]:
    """Give every text that a request holds for a query, header or cookie parameter, percent-decoded."""
    if parameter.part is Part.QUERY:
        query = request.target.partition("?")[2]
        pairs = parse_qsl(query, keep_blank_values=True, encoding="utf-8", errors="surrogateescape")
        return [value for name, value in pairs if name == parameter.name]
    if parameter.part is Part.HEADER:
        return [value.strip(" \t") for name, value in request.headers if name.lower() == parameter.name.lower()]
    return []
