"""One valid request per operation: from the contract's examples where it has them, else built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

from prove400 import pointer
from prove400.applicators import walk
from prove400.assembly import (
    UNDECLARED,
    assemble,
    field_bytes,
    joined_fields,
    path_text,
    with_body,
    with_content,
)
from prove400.construction import Builder, Goal
from prove400.contract.schemas import Node, Schemas
from prove400.errors import WitnessError
from prove400.media_types import Format, concrete, format_of, is_bytes, is_json
from prove400.model import Headers, Media, Operation, Parameter, Part, Request
from prove400.pointer import ABSENT
from prove400.rewriting import Rewriter
from prove400.serialization import Written, json_around, json_bytes
from prove400.validation import (
    Change,
    Fault,
    RequestJudge,
    Rewriting,
    leads_elsewhere,
    media_of,
)

ITEMS = 3
"""Items that an array of a witness has where the contract admits them: first, middle and last."""
FURTHER_ATTEMPTS = 400
"""Bodies that are built to reach schemas that the plainest witness does not, unless all of them are small."""
ATTEMPTS_AT_A_PLACE = 16
"""Bodies that are built to reach one schema."""
MOST_FURTHER = 100
"""Bodies that do reach some, unless all are small."""
SMALL = 16
"""Places filled, for each place that the schema has, in bodies that are small together: costs stay linear."""
_LENGTHS = (64, 50, 32, 20, 10)


@dataclass(frozen=True)
class Witness:
    """A valid request, as values; `request` gives its bytes."""

    operation: Operation
    parameters: tuple[tuple[Parameter, Any], ...]
    media: Media | None
    body: Any
    credentials: tuple[tuple[str, str], ...] = ()  # secrets by name of security scheme

    @classmethod
    def without_body(cls, operation: Operation, media: Media | None) -> Witness:
        """Give a stand-in for an operation that has no witness: its body is yet to be put in place."""
        return cls(operation, (), media, ABSENT)

    @property
    def has_body(self) -> bool:
        """Whether there is a body."""
        return self.media is not None and self.body is not ABSENT

    @cached_property
    def request(self) -> Request:
        """The bytes of the request."""
        return with_body(self._head, self.media, self.body)

    @cached_property
    def _head(self) -> Request:
        """All of the request but its body."""
        return assemble(self.operation, self.parameters, self.media, credentials=dict(self.credentials))

    def value(self, part: Part) -> Any:
        """Give the value that instance locations of a part point into."""
        return self.body if part is Part.BODY else {p.name: v for p, v in self.parameters if p.part is part}

    def with_value(self, part: Part, location: str, new: Any) -> Witness:
        """Give the witness with another value at one place."""
        if part is Part.BODY:
            body = pointer.replace(self.body, location, new)
            changed = Witness(self.operation, self.parameters, self.media, body, self.credentials)
            vars(changed)["_head"] = self._head  # the same, and not written again for each of many bodies
            if (exchanged := self.exchanged(location, new)) is not None:
                vars(changed)["request"] = exchanged[0]
            return changed
        values = pointer.replace(self.value(part), location, new)
        return replace(self, parameters=tuple((p, values[p.name] if p.part is part else v) for p, v in self.parameters))

    def exchanged(self, location: str, new: Any) -> tuple[Request, Change | None] | None:
        """Give the request with another value at one place of a JSON body or a form, and how a JSON body came of it.

        None where the body is another, or has no such place.
        """
        around = self._around(location)
        if around is None:
            request = self._exchanged_in_form(location, new)
            return None if request is None else (request, None)
        text, head = json_bytes(new), self._head
        body = around[0] + text + around[1]
        content = Written(body) if isinstance(text, Written) else body
        return Request(head.method, head.target, head.headers, content), Change(self.request, location, text)

    def _exchanged_in_form(self, location: str, new: Any) -> Request | None:
        """Give the request with another value at one place of a form, of which only what differs is written anew."""
        body = pointer.replace(self.body, location, new)
        if self.media is None or not self._fields or not isinstance(body, dict):
            return None
        written, old = self._fields, self.body
        changed = [name for name in body if name not in written or body[name] is not old[name]]
        fields = {**written, **{name: field_bytes(self.media, name, body[name]) or [] for name in changed}}
        pieces = list(chain.from_iterable([fields[name] for name in body]))
        return with_content(self._head, self.media, joined_fields(self.media, pieces))

    @cached_property
    def _fields(self) -> dict[str, list[bytes]]:
        """What each member of a form writes; empty where the body is none."""
        members = self.body if self.media is not None and isinstance(self.body, dict) else {}
        written = {name: field_bytes(self.media, name, item) for name, item in members.items() if self.media}
        return {name: own for name, own in written.items() if own is not None}

    def _around(self, location: str) -> tuple[bytes, bytes] | None:
        """Give the bytes of a JSON body before and after one of its values; None where the body is another."""
        if self.media is None or not is_json(self.media.media_type):
            return None
        known: dict[str, tuple[bytes, bytes] | None] = vars(self).setdefault("_known_around", {})
        if location not in known:
            if len(known) > ITEMS:  # the first, the middle and the last are worked on in turn
                known.pop(next(iter(known)))
            known[location] = json_around(self.body, pointer.tokens(location))
        return known[location]

    def rewritten(self, part: Part, location: str, new: Any) -> tuple[Request, Rewriting] | None:
        """Give the request with another value at one place of a parameter, and how it came of this one's.

        None where only the whole request tells that; the request may be one that header fields cannot carry.
        """
        return None if self._rewriter is None else self._rewriter.with_value(part, location, new)

    def with_parameter(self, part: Part, name: str, times: int) -> tuple[Request, Rewriting | None]:
        """Give the request with what a parameter writes several times, or not at all, and how it came of this one's."""
        if self._rewriter and (repeated := self._rewriter.repeated(part, name, times)):
            return repeated
        kept = [(p, v) for p, v in self.parameters for _ in range(times if (p.part, p.name) == (part, name) else 1)]
        return replace(self, parameters=tuple(kept)).request, None

    @cached_property
    def _rewriter(self) -> Rewriter | None:
        """What writes one parameter anew; None where others stand between those that the contract declares."""
        if self.credentials or "?" in self.operation.path:
            return None
        return Rewriter(self.request, self.operation, self.parameters, self.media)

    @cached_property
    def is_sendable(self) -> bool:
        """Whether header fields can carry all texts."""
        return are_sendable(self.request.headers)

    def without_parameter(self, part: Part, name: str) -> Witness:
        """Give the witness without one parameter."""
        return replace(self, parameters=tuple((p, v) for p, v in self.parameters if (p.part, p.name) != (part, name)))


def find(judge: RequestJudge, builder: Builder, media: Media | None) -> tuple[Witness, ...]:
    """Give the first candidate that the judge admits, then others that reach schemas which it does not.

    Their bodies are of one media type; without one they have none. Arrays are lengthened to `ITEMS` where they may
    be. Raises `WitnessError` where no candidate is valid; it says what stands in the way.
    """
    faults: tuple[Fault, ...] = ()
    for candidate in _candidates(judge, builder, media):
        faults = judge.faults(candidate.request)
        if not faults:
            plainest = _lengthened(candidate, judge)
            return (plainest, *_further(plainest, judge, builder))
    raise _obstacle(judge, builder, faults)


def _obstacle(judge: RequestJudge, builder: Builder, faults: tuple[Fault, ...]) -> WitnessError:
    """Say what stands in the way of a witness, given the faults of the last candidate."""
    operation = judge.operation
    rival = judge.routes.rival(operation) if judge.routes else operation
    if rival is not operation:
        what = f"a request for it is one for {rival.label} too: names and fragments of paths are not sent"
        hint = "give one of them another path; templates that differ in names only are identical (OpenAPI 3.1, 4.8.8.1)"
        return WitnessError(what, where=pointer.join("/paths", operation.path), hint=hint)
    if faults:
        what = f"no valid request could be found; the last one tried breaks {faults[0].keyword_location}"
        return WitnessError(what, where=operation.label, hint="give an example in the contract")
    if builder.obstacle:
        what = f"no body can be built: {builder.obstacle.what}"
        return WitnessError(what, where=builder.obstacle.where, hint="correct the schema, or give an example")
    what = "the contract's budget of built values is spent"
    return WitnessError(what, where=operation.label, hint="give an example in the contract, or plan fewer operations")


def _further(plainest: Witness, judge: RequestJudge, builder: Builder) -> Iterator[Witness]:
    """Give witnesses with other bodies, each of which reaches a schema that those before it do not."""
    media = plainest.media
    if media is None or media.schema is None:
        return
    schemas = judge.validators.schemas
    root = schemas.node(media.location)
    places = [p for p in walk(schemas, root) if not (p.is_name or p.open_beside or p.node.value is False)]
    reached = _reached(judge, root, plainest.body)
    tried, found, least = 0, 0, builder.budget.left - SMALL * len(places)
    for place in places:
        if (place.node.location, place.template) in reached or builder.contradictions.around(place):
            continue
        for body in builder.values([root], Goal(route=place.route), ATTEMPTS_AT_A_PLACE):
            if (tried >= FURTHER_ATTEMPTS or found >= MOST_FURTHER) and builder.budget.left < least:
                return
            tried += 1
            candidate = replace(plainest, body=body)
            if judge.faults(candidate.request):
                continue
            news = _reached(judge, root, body)
            if news - reached:
                found += 1
                reached |= news
                yield _lengthened(candidate, judge)
            if (place.node.location, place.template) in reached:
                break


def _reached(judge: RequestJudge, root: Node, body: Any) -> set[tuple[str, str]]:
    """Give the schemas that apply in a body, of branches those that it takes."""
    reached = set()
    for place in walk(judge.validators.schemas, root, body, steps=judge.validators.steps_taken):
        if place.is_name:
            continue
        if place.is_branch:
            validator = judge.validators.at(place.node.location)
            if not validator.is_valid(pointer.get(body, place.at)):
                continue
        reached.add((place.node.location, place.template))
    return reached


def _candidates(judge: RequestJudge, builder: Builder, media: Media | None) -> Iterator[Witness]:
    operation = judge.operation
    every = tuple(parameter_values(judge, builder))
    required = tuple((p, v) for p, v in every if p.required)
    for body in [ABSENT] if media is None else _bodies(judge, builder, media):
        yield Witness(operation, every, media, body)
        yield Witness(operation, required, media, body)


def parameter_values(judge: RequestJudge, builder: Builder) -> Iterator[tuple[Parameter, Any]]:
    """Give a value for each parameter; one that is not required may have none.

    Raises `WitnessError` where a required one has none.
    """
    for parameter in judge.operation.parameters:
        value = next(_values_of(parameter, judge, builder), ABSENT)
        if value is not ABSENT:
            yield parameter, value
        elif parameter.required:
            what = f"no value can be built for the {parameter.part} parameter {parameter.name!r}"
            raise WitnessError(what, where=parameter.location, hint="give it an example in the contract")


def parameter_examples(parameter: Parameter, judge: RequestJudge) -> Iterator[Any]:
    """Give the examples of a parameter, then those of its schema, where they are values as `parameter_values` gives."""
    examples = chain(parameter.examples, _of_schema(judge.validators.schemas, parameter.schema_location))
    yield from _admitted(parameter, judge, examples)


def _values_of(parameter: Parameter, judge: RequestJudge, builder: Builder) -> Iterator[Any]:
    node = judge.validators.schemas.node(parameter.schema_location)
    yield from _admitted(parameter, judge, chain(parameter.examples, builder.values([node])))


def _admitted(parameter: Parameter, judge: RequestJudge, values: Iterable[Any]) -> Iterator[Any]:
    """Give values that the schema admits; in a path, none that servers may route elsewhere.

    An integer has no fraction: what a text 17.0 spells, no standard says.
    """
    validator = judge.validators.at(parameter.schema_location)
    is_whole = "number" not in judge.types.at(parameter.schema_location)
    for given in values:
        value = int(given) if is_whole and isinstance(given, float) and given.is_integer() else given
        text = path_text(parameter, value) if parameter.part is Part.PATH else UNDECLARED
        if text and validator.is_valid(value) and not leads_elsewhere(text):
            yield value


def _bodies(judge: RequestJudge, builder: Builder, media: Media) -> Iterator[Any]:
    """Give bodies to try, the contract's own examples first; raises `WitnessError` where none can be written."""
    _check_is_sendable(judge.operation, media)
    if format_of(media.media_type) is Format.OTHER:
        yield from (*_texts(media), *(["prove400"] if is_bytes(media.media_type) else []))
        return
    schemas = judge.validators.schemas
    for example in body_examples(schemas, media):
        sent = without_unsent(example, schemas, media)
        yield sent
        if sent != example:  # as it is, for where it is not valid otherwise
            yield example
    if media.schema is not None:
        yield from builder.values([schemas.node(media.location)])
    elif not media.examples:
        yield {}


def body_examples(schemas: Schemas, media: Media) -> Iterator[Any]:
    """Give the examples of a media type, then those of its schema; of one that is not read, texts."""
    is_read = format_of(media.media_type) is not Format.OTHER
    yield from media.examples if is_read else _texts(media)
    if is_read and media.schema is not None:
        yield from _of_schema(schemas, media.location)


def _of_schema(schemas: Schemas, location: str) -> Iterator[Any]:
    """Give the examples of a schema, and of those that it refers to."""
    node = schemas.node(location)
    for holder in (node, *schemas.targets(node)):
        listed = holder.keywords.get("examples")
        yield from listed if isinstance(listed, list) else ()
        if "example" in holder.keywords:
            yield holder.keywords["example"]


def without_unsent(example: Any, schemas: Schemas, media: Media) -> Any:
    """Give an example without what is read-only: a contract may show one value for requests and responses alike."""
    sent = example
    for place in walk(schemas, schemas.node(media.location), example) if media.schema is not None else ():
        if isinstance(value := pointer.get(sent, place.at, ABSENT), dict):
            unsent = schemas.unsent(place.node)
            sent = pointer.replace(sent, place.at, {n: v for n, v in value.items() if n not in unsent})
    return sent


def _texts(media: Media) -> list[str]:
    """Give the examples of a media type that are texts, which stand for their bytes."""
    return [example for example in media.examples if isinstance(example, str)]


def _check_is_sendable(operation: Operation, media: Media) -> None:
    """Raise `WitnessError` where no body of a media type can be written, or where it is taken for another type."""
    sent = concrete(media.media_type)
    if media_of(operation, Request(operation.method, "", (("Content-Type", sent),))) is not media:
        what = f"a body of type {sent} is not taken for {media.media_type}"
        hint = "another media type of the contract is closer to it, or its charset is not UTF-8"
        raise WitnessError(what, where=pointer.parent(media.location), hint=hint)
    known = format_of(media.media_type) is not Format.OTHER or is_bytes(media.media_type)
    if not known and not _texts(media):
        hint = "give an example in the contract, as a text"
        raise WitnessError(f"no body can be written for {media.media_type}", where=media.location, hint=hint)


def _lengthened(witness: Witness, judge: RequestJudge) -> Witness:
    """Repeat the items of short arrays, outermost first, as long as the request stays valid."""
    for location, items in _arrays(witness.body):
        longer = repeated(witness, location, items, ITEMS) if len(items) < ITEMS else witness
        if longer is not witness and not judge.faults(longer.request):
            return _lengthened(longer, judge)
    return witness


def repeated(witness: Witness, location: str, items: list[Any], count: int) -> Witness:
    """Give the witness with the items of one array repeated in turn until there are `count`."""
    longer = [items[index % len(items)] for index in range(count)]
    return replace(witness, body=pointer.replace(witness.body, location, longer))


def lengthy(witness: Witness, judge: RequestJudge) -> tuple[str, Witness] | None:
    """Give the outermost array's place and the witness with as many items in it as the contract admits, at most 64.

    A server that checks a batch in chunks checks the first one; None where there is no array to lengthen.
    """
    location, items = next(_arrays(witness.body), ("", []))
    if not items:
        return None
    for count in _LENGTHS:
        longer = repeated(witness, location, items, count)
        if not judge.faults(longer.request):
            return location, longer
    return None


def _arrays(value: Any, at: str = "") -> Iterator[tuple[str, list[Any]]]:
    """Give the arrays of a value, in items those of the first only: sizes are to add up, not to multiply."""
    if isinstance(value, list) and value:
        yield at, value
    items = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for token, item in items:
        yield from _arrays(item, pointer.join(at, token))


def are_sendable(headers: Headers) -> bool:
    """Tell whether header fields can carry the texts: visible ASCII, spaces inside only (RFC 9110 section 5.5)."""
    texts = [value for name, value in headers if name not in ("Accept", "Content-Type")]
    cookies = [value for name, value in headers if name == "Cookie"]  # most servers decode none
    plain = all(text.isascii() and text.isprintable() and text == text.strip() for text in texts)
    return plain and not any("%" in cookie for cookie in cookies)
