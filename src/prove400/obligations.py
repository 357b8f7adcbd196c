"""Contract → constraints: every occurrence of an assertion keyword that one operation's requests are held to.

Applicators are followed through the table `APPLICATORS`, `$ref` included; a schema that contains itself is entered
once on each way down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from prove400 import pointer
from prove400.contract.references import Document
from prove400.model import Constraint, Operation, Parameter, Part

ASSERTIONS = (
    "type",
    "enum",
    "const",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "required",
    "additionalProperties",
)
"""Keywords that assert something of a value, in the order in which their obligations are planned."""

Step = tuple[Any, str, tuple[str, ...]]
"""(subschema, its location, reference tokens from the parent's instance to its own)"""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the walk stands: a schema, its location, and the instances that it applies to."""

    schema: Any
    location: str
    instance: str


def _properties(schema: Any, location: str) -> Iterator[Step]:
    for name, subschema in schema.items():
        yield subschema, pointer.join(location, name), (name,)


def _items(schema: Any, location: str) -> Iterator[Step]:
    yield schema, location, ("*",)


def _in_place(schema: Any, location: str) -> Iterator[Step]:
    for index, subschema in enumerate(schema):
        yield subschema, f"{location}/{index}", ()


APPLICATORS: dict[str, Callable[[Any, str], Iterator[Step]]] = {
    "allOf": _in_place,
    "properties": _properties,
    "items": _items,
}
"""Keyword → the subschemas that it applies, and to which part of the instance."""


def constraints(document: Document, operation: Operation) -> Iterator[Constraint]:
    """Give every constraint on the operation's parameters and body, in the order of the contract."""
    for parameter in operation.parameters:
        yield from _parameter_constraints(document, operation, parameter)
    for media in operation.body[:1]:
        yield from schema_constraints(document, operation, Part.BODY, _Place(media.schema, media.location, ""))


def _parameter_constraints(document: Document, operation: Operation, parameter: Parameter) -> Iterator[Constraint]:
    place = pointer.join("", parameter.name)
    required = f"{parameter.location}/required"
    yield Constraint(operation.label, parameter.part, place, required, "required", parameter.required)
    yield Constraint(operation.label, parameter.part, place, parameter.location, "name", parameter.name)
    start = _Place(parameter.schema, parameter.schema_location, place)
    yield from schema_constraints(document, operation, parameter.part, start)


def schema_constraints(
    document: Document, operation: Operation, part: Part, place: _Place, above: frozenset[str] = frozenset()
) -> Iterator[Constraint]:
    """Give every constraint of a schema and of what it applies, depth first."""
    schema, location = document.follow(place.schema, place.location)
    if not isinstance(schema, dict) or location in above:
        return
    for keyword in ASSERTIONS:
        if keyword in schema:
            yield from _assertion(operation, part, _Place(schema, location, place.instance), keyword)
    yield from _optional(operation, part, _Place(schema, location, place.instance))
    for keyword, apply in APPLICATORS.items():
        if keyword in schema:
            for subschema, child, tokens in apply(schema[keyword], pointer.join(location, keyword)):
                step = _Place(subschema, child, pointer.join(place.instance, *tokens))
                yield from schema_constraints(document, operation, part, step, above | {location})


def _assertion(operation: Operation, part: Part, place: _Place, keyword: str) -> Iterator[Constraint]:
    expected = place.schema[keyword]
    location = pointer.join(place.location, keyword)
    if keyword == "required":
        for name in expected:
            yield Constraint(operation.label, part, place.instance, location, keyword, expected, name)
    elif not (keyword in ("additionalProperties", "uniqueItems") and _is_idle(keyword, expected)):
        yield Constraint(operation.label, part, place.instance, location, keyword, expected)


def _is_idle(keyword: str, expected: Any) -> bool:
    """Tell whether a keyword's value asserts nothing."""
    return expected is not False if keyword == "additionalProperties" else expected is not True


def _optional(operation: Operation, part: Part, place: _Place) -> Iterator[Constraint]:
    location = pointer.join(place.location, "properties")
    for name in place.schema.get("properties", {}):
        if name not in place.schema.get("required", ()):
            yield Constraint(operation.label, part, place.instance, location, "properties", None, name)
