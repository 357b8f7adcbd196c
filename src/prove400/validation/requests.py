"""Request bytes → faults: what a request breaks of its operation's contract, read from the bytes alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from prove400 import media_types, pointer
from prove400.errors import StrictJSONError
from prove400.model import Headers, Media, Operation, Parameter, Part, Request
from prove400.pointer import ABSENT
from prove400.serialization import Pairs
from prove400.validation.bodies import texts_of_body
from prove400.validation.discriminators import discriminator_faults
from prove400.validation.fault import Fault
from prove400.validation.inside import Change
from prove400.validation.parameters import (
    Held,
    Rewriting,
    Typing,
    Whole,
    field_name,
    is_open,
    is_respelled,
    raw_pairs,
    texts_of,
)
from prove400.validation.pieces import FormReader
from prove400.validation.routes import Routes, path_template
from prove400.validation.schemas import Inside, SchemaValidators
from prove400.validation.strict_json import MAX_DEPTH, is_deep, parse
from prove400.validation.types import AdmittedTypes

_DIGITS = re.compile("[0-9]+")
_REMEMBERED = 8
"""Heads and bodies whose faults are kept."""
_PARAMETERS = 256
"""Parameters' texts whose faults are kept."""
_SHORT = 64
"""Bytes of an exchanged text whose faults are remembered: most stand at several places of one schema in turn."""
_OF_BODIES = frozenset({"content-type", "content-encoding", "content-length"})
"""Header fields by which a body is read."""
_LONGEST = 18  # digits of a length that any body has


@dataclass(frozen=True, slots=True)
class RequestJudge:
    """Judges requests by one operation; with routes, a path that leads to another operation is a fault."""

    operation: Operation
    validators: SchemaValidators
    routes: Routes | None = None
    types: AdmittedTypes = field(init=False, repr=False, compare=False)
    _indices: dict[tuple[Part, str], int] = field(init=False, repr=False, compare=False)
    _of_head: Callable[[str, str, Headers], tuple[Fault, ...]] = field(init=False, repr=False, compare=False)
    _is_open: Callable[[int], bool] = field(init=False, repr=False, compare=False)
    _of_parameter: Callable[[int, Pairs], tuple[Fault, ...]] = field(init=False, repr=False, compare=False)
    _held_of: Callable[[Part, Request], Held] = field(init=False, repr=False, compare=False)
    _of_body: Callable[[Headers, bytes], tuple[Fault, ...]] = field(init=False, repr=False, compare=False)
    _reader_of: Callable[[str, media_types.Format], FormReader] = field(init=False, repr=False, compare=False)
    _read: Callable[[Headers, bytes], Any] = field(init=False, repr=False, compare=False)
    _valid_json: Callable[[Headers, bytes], tuple[str, Any] | None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make what tells the types of texts, and remember the last heads and bodies: one of the two often recurs."""
        object.__setattr__(self, "types", AdmittedTypes(self.validators.schemas))
        object.__setattr__(self, "_indices", dict(_lone_parameters(self.operation)))
        object.__setattr__(self, "_of_head", lru_cache(_REMEMBERED)(self._head_faults))
        object.__setattr__(self, "_is_open", lru_cache(maxsize=None)(self._may_be_open))
        object.__setattr__(self, "_of_parameter", lru_cache(_PARAMETERS)(self._faults_of_parameter))
        object.__setattr__(self, "_held_of", lru_cache(_REMEMBERED)(self._held))
        object.__setattr__(self, "_of_body", lru_cache(_REMEMBERED)(self._body_faults))
        object.__setattr__(self, "_reader_of", lru_cache(maxsize=None)(self._form_reader))
        object.__setattr__(self, "_read", lru_cache(_REMEMBERED)(self._read_body))
        object.__setattr__(self, "_valid_json", lru_cache(_REMEMBERED)(self._valid_json_body))

    def faults(self, request: Request, change: Change | Rewriting | None = None) -> tuple[Fault, ...]:
        """Give every constraint of the operation that the request's bytes violate, parameters first.

        Where a change tells how the request came of another, no more is read and judged than what that can decide.
        """
        of_head = of_body = None
        if isinstance(change, Rewriting):
            of_head = self._rewritten_faults(request, change)
            of_body = None if of_head is None or change.name in _OF_BODIES else self.body_faults(change.base)
        elif change is not None:
            of_body = self._changed_faults(change)
        return (
            *(self.parameter_faults(request) if of_head is None else of_head),
            *(self.body_faults(request) if of_body is None else of_body),
        )

    def _rewritten_faults(self, request: Request, change: Rewriting) -> tuple[Fault, ...] | None:
        """Give the faults of the parameters where one of them writes other pairs; None where only all of them tell.

        What the others write stays theirs, and what is nobody's stays that, as long as the new pairs have its name.
        """
        operation, index = self.operation, self._indices.get((change.part, change.name))
        leads_here = not self.routes or self.routes.operation(request.method, request.target) is operation
        if index is None or "?" in operation.path or not leads_here or self.parameter_faults(change.base):
            return None
        held, parameter = self._held_of(change.part, change.base), operation.parameters[index]
        read = change.read(parameter, path_template(operation), request)
        pairs = None if read is None else held.rewritten(parameter, read, is_open=self._is_open(index))
        return None if pairs is None else self._of_parameter(index, pairs)

    def _pairs(self, held: Held, index: int) -> Pairs:
        return held.of(self.operation.parameters[index], is_open=self._is_open(index))

    def _may_be_open(self, index: int) -> bool:
        parameter = self.operation.parameters[index]
        return is_open(parameter, self.types.at(parameter.schema_location))

    def _changed_faults(self, change: Change) -> tuple[Fault, ...] | None:
        """Give the faults of a body in which one value was exchanged; None where only the whole of it tells them.

        A text that is one JSON value by itself is that value in the place of another, too; and all of the contract that
        the new value can break is what the schema that alone judges it says (see `prove400.validation.inside`).
        """
        inside = self._inside(change)
        if inside and not inside.further and len(change.text) <= _SHORT and not inside.names_schemas:
            return inside.placed(change.text)
        if (found := self.changed(change)) is None:
            return None
        inside, value = found
        faults = inside.validator.faults(value, inside.at)
        if not inside.names_schemas:
            return faults
        return (*faults, *discriminator_faults(self.validators, inside.node.location, value, inside.at))

    def _inside(self, change: Change) -> Inside | None:
        held = self._valid_json(change.base.headers, change.base.body)
        inside = self.validators.inside(held[0], change.at) if held else None
        return None if inside is None or is_deep(change.text, MAX_DEPTH - inside.depth) else inside

    def changed(self, change: Change) -> tuple[Inside, Any] | None:
        """Give the value around a change that is judged by itself, with what judges it; None where that is the body."""
        held, inside = self._valid_json(change.base.headers, change.base.body), self._inside(change)
        if held is None or inside is None:
            return None
        try:
            value = parse(change.text)
        except StrictJSONError:
            return None
        if inside.further:
            value = pointer.replace(pointer.get(held[1], inside.at), inside.further, value)
        return inside, value

    def _valid_json_body(self, headers: Headers, sent: bytes) -> tuple[str, Any] | None:
        """Give the location of a JSON body's schema and the body's value, if it is valid and its length not stated."""
        request = Request("", "", headers, sent)
        media = media_of(self.operation, request) if request.header("Content-Length") is None else None
        if media is None or media.schema is None or not media_types.is_json(request.header("Content-Type") or ""):
            return None
        return None if self._of_body(headers, sent) else (media.location, self._read(headers, sent))

    def parameter_faults(self, request: Request) -> tuple[Fault, ...]:
        """Give the violated constraints of the declared parameters."""
        return self._of_head(request.method, request.target, request.headers)

    def _head_faults(self, method: str, target: str, headers: Headers) -> tuple[Fault, ...]:
        operation, request = self.operation, Request(method, target, headers)
        if self.routes and self.routes.operation(method, target) is not operation:
            return (Fault("", pointer.join("/paths", operation.path), part=Part.PATH, rule="path.unknown"),)
        held = {part: self._held(part, request) for part in {p.part for p in operation.parameters}}
        every = enumerate(operation.parameters)
        return tuple(
            fault for index, p in every for fault in self._of_parameter(index, self._pairs(held[p.part], index))
        )

    def _faults_of_parameter(self, index: int, pairs: Pairs) -> tuple[Fault, ...]:
        return tuple(self._parameter_faults(self.operation.parameters[index], pairs))

    def _held(self, part: Part, request: Request) -> Held:
        """Give the names and texts of a part; of several ways to share a path the first without a fault."""
        ways = [Held(part, self.operation, pairs) for pairs in raw_pairs(part, self.operation, request)]
        own = [i for i, p in enumerate(self.operation.parameters) if p.part is part] if len(ways) > 1 else []
        whole = (way for way in ways if not any(self._of_parameter(index, self._pairs(way, index)) for index in own))
        nothing = Held(part, self.operation, ())
        return next(whole if own else iter(ways), ways[0] if ways else nothing)

    def _parameter_faults(self, parameter: Parameter, pairs: Pairs) -> Iterator[Fault]:
        place, part = pointer.join("", parameter.name), parameter.part
        typing = Typing(self.types, parameter.schema_location)
        try:
            texts = texts_of(parameter, pairs, typing.at())
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
        expression = pointer.join("", parameter.expression) if parameter.expression else ""
        for fault in self.validators.at(typing.location).faults(value):
            yield Fault(
                place + fault.instance_location,
                fault.keyword_location,
                fault.member,
                part,
                also=(expression + fault.instance_location,) if expression else (),
                names_member=fault.names_member,
            )

    def _value(self, typing: Typing, texts: Iterable[Any]) -> Any:
        """Give the first reading that the schema admits, else the first."""
        return self._first(typing, [value for reading in texts for value in typing.readings(reading)])

    def _first(self, typing: Typing, values: list[Any]) -> Any:
        if len(values) == 1:
            return values[0]
        return next(filter(self.validators.at(typing.location).is_valid, values), values[0])

    def _form_reader(self, location: str, form: media_types.Format) -> FormReader:
        media = next(media for media in self.operation.body if media.location == location)
        return FormReader(media, Typing(self.types, location), form)

    def value(self, request: Request, part: Part, name: str = "") -> Any:
        """Give the value of the body or of a parameter, as it is judged; `ABSENT` where the bytes hold none."""
        if part is Part.BODY:
            value = self._read(request.headers, request.body) if request.body else ABSENT
            return ABSENT if isinstance(value, Fault) else value
        try:
            typing, texts = self._parameter_texts(request, part, name)
            return self._value(typing, texts) if texts else ABSENT
        except (StrictJSONError, UnicodeDecodeError):
            return ABSENT

    def is_settled(self, request: Request) -> bool:
        """Tell whether no parameter is a number or boolean in a spelling that no standard settles: ``17.0``, ``on``."""
        values = ((self.value(request, p.part, p.name), p.schema_location) for p in self.operation.parameters)
        return not any(is_respelled(value, self.types.at(place)) for value, place in values)

    def _parameter_texts(self, request: Request, part: Part, name: str) -> tuple[Typing, tuple[Any, ...]]:
        parameter = next(p for p in self.operation.parameters if (p.part, p.name) == (part, name))
        typing = Typing(self.types, parameter.schema_location)
        readings = texts_of(parameter, self._held(part, request).of(parameter), typing.at()).readings
        return typing, _content(parameter, readings) if readings else ()

    def body_faults(self, request: Request) -> tuple[Fault, ...]:
        """Give the violated constraints of the body: its presence, media type, syntax and schema."""
        return self._of_body(request.headers, request.body) if self.operation.body else ()

    def _body_faults(self, headers: Headers, sent: bytes) -> tuple[Fault, ...]:
        value = self._read(headers, sent)
        if isinstance(value, Fault):
            return (value,)
        media = media_of(self.operation, Request("", "", headers, sent))
        if value is ABSENT or media is None:
            return ()
        named = discriminator_faults(self.validators, media.location, value)
        return (*self.validators.at(media.location).faults(value), *named)

    def _read_body(self, headers: Headers, sent: bytes) -> Any:
        """Give the value of a body, the `Fault` that keeps it unread, or `ABSENT` where no schema judges one."""
        operation, request = self.operation, Request("", "", headers, sent)
        body, whole = _received(request)
        if not whole:
            return Fault("", f"{operation.body_location}/content", rule="content-length")
        content_type = request.header("Content-Type")
        if not body and content_type is None:
            missing = Fault("", f"{operation.body_location}/required", rule="body.missing")
            return missing if operation.body_required else ABSENT
        media = media_of(operation, request)
        if media is None:
            return Fault("", f"{operation.body_location}/content", rule="content-type")
        typing = Typing(self.types, media.location if media.schema is not None else "")
        form = media_types.format_of(content_type or "")
        if media.schema is not None and form in (media_types.Format.FORM, media_types.Format.MULTIPART):
            by_field = self._reader_of(media.location, form).readings(content_type or "", body)
            if by_field is not None:
                return self._first(typing, by_field)
        texts = texts_of_body(media, content_type or "", body, typing)
        if isinstance(texts, Fault):
            return texts
        return ABSENT if texts is None or media.schema is None else self._value(typing, [texts])


def _lone_parameters(operation: Operation) -> Iterator[tuple[tuple[Part, str], int]]:
    """Give where the parameters stand in an operation whose pairs are no other's, by part and by name as compared.

    Cookies are read from a header field, and are no other's unless that is declared itself.
    """
    names = [(p.part, field_name(p)) for p in operation.parameters]
    counts, of_cookies = Counter(names), (Part.HEADER, "cookie")
    shared = {of_cookies, *(name for name in names if name[0] is Part.COOKIE and of_cookies in counts)}
    return ((name, index) for index, name in enumerate(names) if counts[name] == 1 and name not in shared)


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
