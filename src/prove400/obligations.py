"""Contract → constraints: every occurrence of an assertion keyword that one operation's requests are held to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from prove400 import pointer
from prove400.applicators import Place, walk
from prove400.contract.discriminators import discriminator_of
from prove400.contract.schemas import Schemas
from prove400.model import Constraint, Media, Operation, Parameter, Part
from prove400.serialization.contents import IDENTITY, coding_of, holds_json
from prove400.tensors import ELEMENTS, SHAPE, TENSORS

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
    "format",
    "contentEncoding",
    "contentMediaType",
    "minItems",
    "maxItems",
    "uniqueItems",
    "contains",
    "minContains",
    "maxContains",
    "minProperties",
    "maxProperties",
    "required",
    "dependentRequired",
    "dependencies",
    "propertyNames",
    "additionalProperties",
    "unevaluatedProperties",
    "items",
    "additionalItems",
    "unevaluatedItems",
    "prefixItems",
    "anyOf",
    "oneOf",
    "not",
    "discriminator",
    TENSORS,
    SHAPE,
    ELEMENTS,
)
"""Keywords that assert something of a value, in the order in which their obligations are planned."""
POSITIONAL = ("prefixItems", "items")
"""Keywords that assert something of the order of items where they list a schema for each position."""
_CLOSING = frozenset({"additionalProperties", "unevaluatedProperties", "items", "additionalItems", "unevaluatedItems"})
"""Keywords that assert something themselves only where their schema is `false`."""

_COUNTED = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "minItems",
     "maxItems", "minContains", "maxContains", "minProperties", "maxProperties"}
)  # fmt: skip
"""Keywords whose value is a number."""
_IDLE: dict[str, Callable[[dict[str, Any]], bool]] = {
    "contains": lambda keywords: keywords.get("minContains") == 0,
    "contentEncoding": lambda keywords: coding_of(keywords) in (None, IDENTITY),
    "contentMediaType": lambda keywords: not holds_json(keywords),
}
"""Keyword → whether it asserts nothing beside the other keywords of its schema."""


_UNSAID = frozenset(
    {"$ref", "$id", "$anchor", "$comment", "mapping", "title", "description", "default", "example", "examples"}
)
"""Members of schemas that name something, or are prose."""
ConstraintAt = tuple[Constraint, Place | None]
"""A constraint with the place of the schema that holds the keyword; a parameter as a whole has none."""


def parameter_constraints(schemas: Schemas, operation: Operation) -> Iterator[ConstraintAt]:
    """Give every constraint on the operation's parameters, in the order of the contract."""
    yield from _numbered(_parameters_constraints(schemas, operation))


def _numbered(every: Iterable[ConstraintAt]) -> Iterator[ConstraintAt]:
    """Tell apart the constraints of one keyword at one place, as several branches have them, by what they say.

    The order of branches in the contract does not count, nor what components are called: fingerprints outlive both.
    """
    listed = list(every)
    alike: dict[tuple[str, ...], dict[str, ConstraintAt]] = defaultdict(dict)
    for constraint, place in listed:
        alike[_identity(constraint)].setdefault(constraint.keyword_location, (constraint, place))
    ranks = {identity: _ranks(found) for identity, found in alike.items() if len(found) > 1}
    for constraint, place in listed:
        ordinal = ranks.get(_identity(constraint), {}).get(constraint.keyword_location, 0)
        yield replace(constraint, ordinal=ordinal) if ordinal else constraint, place


def _ranks(found: dict[str, ConstraintAt]) -> dict[str, int]:
    """Give the rank of each keyword location by what its constraint and the schema around that say."""
    said = {at: _said((constraint.expected, place and place.node.value)) for at, (constraint, place) in found.items()}
    return {at: rank for rank, at in enumerate(sorted(said, key=said.__getitem__))}


def _identity(constraint: Constraint) -> tuple[str, ...]:
    return constraint.part, constraint.instance_location, constraint.keyword, constraint.member


def _said(value: Any) -> str:
    """Give a text that is the same for schemas that say the same but for names, order and prose."""
    if isinstance(value, dict):
        return "".join(sorted(f"{name}:{_said(item)};" for name, item in value.items() if name not in _UNSAID))
    if isinstance(value, list | tuple):
        return f"[{','.join(sorted(map(_said, value)))}]"
    return f"{type(value).__name__} {value}"


def _parameters_constraints(schemas: Schemas, operation: Operation) -> Iterator[ConstraintAt]:
    for parameter in operation.parameters:
        yield from _parameter_constraints(schemas, operation, parameter)


def body_constraints(schemas: Schemas, operation: Operation, media: Media | None) -> Iterator[ConstraintAt]:
    """Give every constraint on the operation's body as one media type."""
    if media is not None and media.schema is not None:
        further = operation.further(media)
        places = walk(schemas, schemas.node(media.location))
        yield from _numbered(c for place in places for c in _body_constraints(schemas, operation.label, place, further))


def _body_constraints(schemas: Schemas, operation: str, place: Place, media_type: str) -> Iterator[ConstraintAt]:
    yield from place_constraints(schemas, operation, Part.BODY, place, media_type)
    yield from _read_only_constraints(schemas, operation, place, media_type)


def _parameter_constraints(schemas: Schemas, operation: Operation, parameter: Parameter) -> Iterator[ConstraintAt]:
    at, label, part = pointer.join("", parameter.name), operation.label, parameter.part
    yield Constraint(label, part, at, f"{parameter.location}/required", "required", parameter.required), None
    yield Constraint(label, part, at, parameter.location, "name", parameter.name), None
    for place in walk(schemas, schemas.node(parameter.schema_location), at=at):
        yield from place_constraints(schemas, operation.label, part, place)


def place_constraints(
    schemas: Schemas, operation: str, part: Part, place: Place, media_type: str = ""
) -> Iterator[ConstraintAt]:
    """Give the constraints of one schema at one place; discriminators are judged in bodies."""
    node, made = place.node, partial(Constraint, operation, part, place.template, media_type=media_type)
    if node.value is False and node.location.rpartition("/")[2] not in _CLOSING:
        yield made(node.location, "false", expected=False), place
    for keyword in (name for name in ASSERTIONS if name in node.keywords):
        expected = node.keywords[keyword]
        location = pointer.join(node.location, keyword)
        if keyword == "discriminator" and (part is not Part.BODY or discriminator_of(schemas, node) is None):
            continue
        for member in _members(keyword, expected):
            if not is_idle(keyword, node.keywords):
                yield made(location, keyword, expected, member), place
    for name in _optional(node.keywords):
        location = pointer.join(node.location, "properties")
        yield made(location, "properties", None, name), place


def _read_only_constraints(schemas: Schemas, operation: str, place: Place, media_type: str) -> Iterator[ConstraintAt]:
    """Give a constraint for each name of a body that is not to be sent (OpenAPI 3.0.4 section 4.7.24)."""
    for name, mark in schemas.unsent(place.node).items():
        location = pointer.join(mark.location, "readOnly")
        asked = Constraint(operation, Part.BODY, place.template, location, "readOnly", expected=True, member=name)
        yield replace(asked, media_type=media_type), place


def _members(keyword: str, expected: Any) -> list[str]:
    """Give the names that a keyword asks for, each a constraint of its own; else one that is empty."""
    if keyword == "required" and isinstance(expected, list):
        return expected
    if keyword in ("dependentRequired", "dependencies"):
        listed = (names for names in expected.values() if isinstance(names, list))
        return list(dict.fromkeys(name for names in listed for name in names))
    return [""]


def is_positional(constraint: Constraint) -> bool:
    """Tell whether a constraint is one on the order of items."""
    return constraint.keyword in POSITIONAL and isinstance(constraint.expected, list)


def is_idle(keyword: str, keywords: dict[str, Any]) -> bool:
    """Tell whether a keyword asserts nothing here."""
    expected = keywords[keyword]
    if keyword in _CLOSING:
        return expected is not False and not (keyword in POSITIONAL and isinstance(expected, list))
    if keyword in _IDLE:
        return _IDLE[keyword](keywords)
    if keyword in ("minContains", "maxContains"):
        return "contains" not in keywords
    if keyword in _COUNTED and (isinstance(expected, bool) or not isinstance(expected, int | float)):
        return expected is not True  # draft 4 has booleans for exclusive bounds; anything else is no limit
    if keyword == "uniqueItems" or isinstance(expected, bool):
        return expected is not True and keyword != "const"
    return keyword in ("minLength", "minItems", "minProperties", "minContains") and expected == 0


def _optional(keywords: dict[str, Any]) -> Iterator[str]:
    for name in keywords.get("properties", {}):
        if name not in keywords.get("required", ()):
            yield name
