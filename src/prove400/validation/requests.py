"""Request bytes → faults: what a request breaks of its operation's contract, read from the bytes alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from prove400 import media_types, pointer
from prove400.errors import StrictJSONError
from prove400.model import Media, Operation, Parameter, Part, Request
from prove400.pointer import ABSENT
from prove400.validation.bodies import texts_of_body
from prove400.validation.discriminators import discriminator_faults
from prove400.validation.fault import Fault
from prove400.validation.parameters import Typing, Whole, texts_of
from prove400.validation.routes import Routes
from prove400.validation.schemas import SchemaValidators
from prove400.validation.strict_json import parse
from prove400.validation.types import AdmittedTypes

_DIGITS = re.compile("[0-9]+")
_LONGEST = 18  # digits of a length that any body has


@dataclass(frozen=True, slots=True)
class RequestJudge:
    """Judges requests by one operation; with routes, a path that leads to another operation is a fault."""

    operation: Operation
    validators: SchemaValidators
    routes: Routes | None = None
    types: AdmittedTypes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make what tells the types of texts."""
        object.__setattr__(self, "types", AdmittedTypes(self.validators.schemas))

    def faults(self, request: Request) -> tuple[Fault, ...]:
        """Give every constraint of the operation that the request's bytes violate, parameters first."""
        return (*self.parameter_faults(request), *self.body_faults(request))

    def parameter_faults(self, request: Request) -> Iterator[Fault]:
        """Give the violated constraints of the declared parameters."""
        operation = self.operation
        if self.routes and self.routes.template(request.target) != operation.base_path + operation.path:
            yield Fault("", pointer.join("/paths", operation.path), part=Part.PATH, rule="path.unknown")
            return
        for parameter in self.operation.parameters:
            yield from self._parameter_faults(parameter, request)

    def _parameter_faults(self, parameter: Parameter, request: Request) -> Iterator[Fault]:
        place, part = pointer.join("", parameter.name), parameter.part
        if part is Part.PATH and f"{{{parameter.name}}}" not in self.operation.path:
            yield Fault(place, f"{parameter.location}/name", part=part, rule="name.not-in-path")
            return
        typing = Typing(self.types, parameter.schema_location)
        try:
            texts = texts_of(parameter, self.operation, request, typing.at())
        except UnicodeDecodeError:
            yield Fault(place, parameter.location, part=part, rule="name.encoding")
            return
        if texts.is_repeated and not texts.readings:
            yield Fault(place, parameter.location, part=part, rule="name.repeated")
        elif not texts.readings and parameter.required:
            yield Fault(place, f"{parameter.location}/required", part=part)
        elif texts.readings and not (texts.is_empty and parameter.allow_empty):
            yield from self._value_faults(parameter, typing, texts.readings)

    def _value_faults(self, parameter: Parameter, typing: Typing, readings: tuple[Any, ...]) -> Iterator[Fault]:
        place, part = pointer.join("", parameter.name), parameter.part
        try:
            value = self._value(typing, _content(parameter, readings))
        except StrictJSONError as error:
            yield Fault(place, pointer.parent(parameter.schema_location), part=part, rule=error.rule)
            return
        for fault in self.validators.at(typing.location).faults(value):
            yield Fault(
                place + fault.instance_location,
                fault.keyword_location,
                fault.member,
                part,
                names_member=fault.names_member,
            )

    def _value(self, typing: Typing, texts: Iterable[Any]) -> Any:
        """Give the first reading that the schema admits, else the first."""
        values = [value for reading in texts for value in typing.readings(reading)]
        if len(values) == 1:
            return values[0]
        return next(filter(self.validators.at(typing.location).is_valid, values), values[0])

    def value(self, request: Request, part: Part, name: str = "") -> Any:
        """Give the value of the body or of a parameter, as it is judged; `ABSENT` where the bytes hold none."""
        try:
            typing, texts = (
                self._body_texts(request) if part is Part.BODY else self._parameter_texts(request, part, name)
            )
            return self._value(typing, texts) if texts else ABSENT
        except (StrictJSONError, UnicodeDecodeError):
            return ABSENT

    def _parameter_texts(self, request: Request, part: Part, name: str) -> tuple[Typing, tuple[Any, ...]]:
        parameter = next(p for p in self.operation.parameters if (p.part, p.name) == (part, name))
        typing = Typing(self.types, parameter.schema_location)
        readings = texts_of(parameter, self.operation, request, typing.at()).readings
        return typing, _content(parameter, readings) if readings else ()

    def _body_texts(self, request: Request) -> tuple[Typing, tuple[Any, ...]]:
        media = media_of(self.operation, request) if request.body else None
        if media is None or media.schema is None:
            return Typing(self.types, ""), ()
        typing = Typing(self.types, media.location)
        texts = texts_of_body(media, request.header("Content-Type") or "", _received(request)[0], typing)
        return typing, () if texts is None or isinstance(texts, Fault) else (texts,)

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
        yield from self._media_faults(media, request.header("Content-Type") or "", body)

    def _media_faults(self, media: Media, content_type: str, body: bytes) -> Iterator[Fault]:
        typing = Typing(self.types, media.location if media.schema is not None else "")
        texts = texts_of_body(media, content_type, body, typing)
        if isinstance(texts, Fault):
            yield texts
        elif texts is not None and media.schema is not None:
            value = self._value(typing, [texts])
            yield from self.validators.at(media.location).faults(value)
            yield from discriminator_faults(self.validators, media.location, value)


def _content(parameter: Parameter, readings: tuple[Any, ...]) -> tuple[Any, ...]:
    """Give what a parameter with `content` holds; raises `StrictJSONError` where it is not the JSON that it must be."""
    is_json = parameter.media_type and media_types.is_json(parameter.media_type)
    return (Whole(parse(readings[0].encode())),) if is_json else readings


def _received(request: Request) -> tuple[bytes, bool]:
    """Give the body that a declared length frames, and whether all of it is there (RFC 9112 section 6.3)."""
    declared = request.header("Content-Length")
    if declared is None:
        return request.body, True
    digits = declared.strip(" \t")
    if not _DIGITS.fullmatch(digits) or len(digits.lstrip("0")) > _LONGEST:
        return request.body, False
    length = int(digits)
    return request.body[:length], length <= len(request.body)


def media_of(operation: Operation, request: Request) -> Media | None:
    """Give the declared media type of a request's body, or None where the contract has no such.

    A coding is none that a contract declares (RFC 9110 section 8.4.1); texts are UTF-8 (RFC 8259 section 8.1).
    """
    content_type = request.header("Content-Type") or ""
    if (request.header("Content-Encoding") or "identity").strip().lower() != "identity":
        return None
    sent = media_types.parse(content_type)
    if sent is None or (media_types.format_of(content_type) is not media_types.Format.OTHER and not sent.is_utf_8):
        return None
    index = media_types.matching([media.media_type for media in operation.body], content_type)
    return None if index is None else operation.body[index]
