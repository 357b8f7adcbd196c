"""One valid request per operation: from the contract's examples where it has them, else built."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from prove400 import pointer
from prove400.construction import Builder
from prove400.contract import Contract
from prove400.errors import WitnessError
from prove400.model import Headers, Media, Operation, Parameter, Part, Request
from prove400.pointer import ABSENT
from prove400.serialization import json_bytes, percent_encode, scalar_text
from prove400.validation import Fault, RequestJudge

ITEMS = 3
"""Items that an array of a witness has where the contract admits them: first, middle and last."""
_LENGTHS = (100, 64, 50, 32, 20, 10)


@dataclass(frozen=True, slots=True)
class Witness:
    """A valid request, as values; `request` gives its bytes."""

    operation: Operation
    parameters: tuple[tuple[Parameter, Any], ...]
    media: Media | None
    body: Any

    @property
    def request(self) -> Request:
        """The bytes of the request."""
        body = b"" if self.media is None else json_bytes(self.body)
        headers: Headers = (("Accept", "*/*"), *self._headers())
        return Request(self.operation.method, self._target(), headers, body)

    def _headers(self) -> Iterator[tuple[str, str]]:
        if self.media is not None:
            yield "Content-Type", self.media.media_type
        for parameter, value in self.parameters:
            if parameter.part is Part.HEADER:
                yield parameter.name, scalar_text(value)
        cookies = [f"{p.name}={scalar_text(v)}" for p, v in self.parameters if p.part is Part.COOKIE]
        if cookies:
            yield "Cookie", "; ".join(cookies)

    def _target(self) -> str:
        path = self.operation.path
        for parameter, value in self.parameters:
            if parameter.part is Part.PATH:
                path = path.replace(f"{{{parameter.name}}}", percent_encode(scalar_text(value)))
        query = "&".join(
            f"{percent_encode(p.name)}={percent_encode(scalar_text(v))}"
            for p, v in self.parameters
            if p.part is Part.QUERY
        )
        return self.operation.base_path + path + (f"?{query}" if query else "")

    def value(self, part: Part) -> Any:
        """Give the value that instance locations of a part point into."""
        return self.body if part is Part.BODY else {p.name: v for p, v in self.parameters if p.part is part}

    def with_value(self, part: Part, location: str, new: Any) -> Witness:
        """Give the witness with another value at one place."""
        if part is Part.BODY:
            return replace(self, body=pointer.replace(self.body, location, new))
        changed = pointer.replace(self.value(part), location, new)
        return replace(
            self, parameters=tuple((p, changed[p.name] if p.part is part else v) for p, v in self.parameters)
        )

    def without_parameter(self, part: Part, name: str) -> Witness:
        """Give the witness without one parameter."""
        return replace(self, parameters=tuple((p, v) for p, v in self.parameters if (p.part, p.name) != (part, name)))

    def repeating_parameter(self, part: Part, name: str) -> Witness:
        """Give the witness with one parameter twice."""
        twice = [(p, v) for p, v in self.parameters for _ in range(2 if (p.part, p.name) == (part, name) else 1)]
        return replace(self, parameters=tuple(twice))


def find(contract: Contract, judge: RequestJudge) -> Witness:
    """Give the first candidate that the judge admits, with arrays lengthened to `ITEMS` where they may be.

    Raises `WitnessError` where no candidate is valid; it says which constraint stands in the way.
    """
    faults: tuple[Fault, ...] = ()
    for candidate in _candidates(contract, judge):
        faults = judge.faults(candidate.request)
        if not faults:
            return _lengthened(candidate, judge)
    where = judge.operation.label
    obstacle = f"; the last one tried breaks {faults[0].keyword_location}" if faults else ""
    raise WitnessError(
        f"no valid request could be found{obstacle}", where=where, hint="give an example in the contract"
    )


def _candidates(contract: Contract, judge: RequestJudge) -> Iterator[Witness]:
    operation = judge.operation
    every = tuple(_parameter_values(judge))
    required = tuple((p, v) for p, v in every if p.required)
    for body in _bodies(contract, judge):
        media = operation.body[0] if operation.body else None
        yield Witness(operation, every, media, body)
        yield Witness(operation, required, media, body)


def _parameter_values(judge: RequestJudge) -> Iterator[tuple[Parameter, Any]]:
    for parameter in judge.operation.parameters:
        value = next(_values_of(parameter, judge), ABSENT)
        if value is not ABSENT:
            yield parameter, value
        elif parameter.required:
            raise WitnessError("no value can be built for a parameter", where=parameter.location)


def _values_of(parameter: Parameter, judge: RequestJudge) -> Iterator[Any]:
    yield from parameter.examples[:1]
    validator = judge.validators.at(parameter.schema_location)
    yield from (v for v in _built(judge, parameter.schema_location) if validator.is_valid(v))


def _built(judge: RequestJudge, location: str) -> Iterator[Any]:
    schemas = judge.validators.schemas
    yield from Builder(schemas).values([schemas.node(location)])


def _bodies(contract: Contract, judge: RequestJudge) -> Iterator[Any]:
    if not judge.operation.body:
        yield None
        return
    media = judge.operation.body[0]
    yield from media.examples
    if media.schema is None:
        yield {}
        return
    schema, _ = contract.document.follow(media.schema, media.location)
    if isinstance(schema, dict):
        yield from schema.get("examples", ())
    yield from _built(judge, media.location)


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
    """Give the outermost array's place and the witness with as many items in it as the contract admits, at most 100.

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
    if isinstance(value, list) and value:
        yield at, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for token, item in items if not isinstance(value, list) or len(value) <= ITEMS else ():
        yield from _arrays(item, pointer.join(at, token))


def is_sendable(witness: Witness) -> bool:
    """Tell whether header fields can carry the texts: visible ASCII, spaces inside only (RFC 9110 section 5.5)."""
    texts = [value for name, value in witness.request.headers if name not in ("Accept", "Content-Type")]
    return all(text.isascii() and text.isprintable() and text == text.strip() for text in texts)
