"""Constraints that what stands beside them implies: whatever breaks the one breaks the other, and the schema proves it.

Beside a constraint stand the keywords of its own schema and of those that `allOf` and `$ref` apply with it. One small
function for each pair of keywords in the table `_STRICTER`; lists of values (`enum`, `const`) are asked one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from prove400 import pointer
from prove400.applicators import Place, together
from prove400.cases.isolation import SHARPENED
from prove400.construction import SCALAR_ASSERTIONS, TYPE_KEYWORDS, satisfies
from prove400.contract.schemas import Node, Schemas
from prove400.model import Constraint

Keywords = dict[str, Any]
_PLAIN = SCALAR_ASSERTIONS | {"minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "required"}
"""Keywords that are checked on a value without another schema."""
_SAMPLES: dict[str, Any] = {"object": {}, "array": [], "string": "", "number": 1, "boolean": True, "null": None}
_IN_PLACE = frozenset({"allOf", "anyOf", "oneOf", "not"})
_REFERENCES = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})


@dataclass(frozen=True, slots=True)
class Implication:
    """The keyword that implies a constraint, its value, and where it stands."""

    keyword: str
    value: Any
    keyword_location: str


def implication(schemas: Schemas, constraint: Constraint, place: Place) -> Implication | None:
    """Give the first keyword beside a constraint that admits nothing which breaks it; None where none is known to."""
    for node in _beside(schemas, place.node):
        for keyword, value in node.keywords.items():
            location = pointer.join(node.location, keyword)
            if location != constraint.keyword_location and _implies(node.keywords, keyword, constraint, place):
                return Implication(keyword, value, location)
    return None


def _beside(schemas: Schemas, node: Node) -> Iterator[Node]:
    """Give the schemas that apply to every value that a schema applies to, itself first.

    To what `contains` looks for, as far as that matters, `items` applies too: an array is invalid otherwise.
    """
    location = node.location
    while location.rpartition("/")[0].endswith("/allOf"):
        location = pointer.parent(pointer.parent(location))
    nodes = [node, schemas.node(location)]
    if location.endswith("/contains"):
        array = schemas.node(pointer.parent(location))
        if isinstance(array.keywords.get("items"), dict) and "prefixItems" not in array.keywords:
            nodes.append(schemas.child(array, "items"))
    return together(schemas, *nodes)


def _implies(beside: Keywords, keyword: str, constraint: Constraint, place: Place) -> bool:
    if any(isinstance(keywords.get(name), bool) for keywords in (beside, place.node.keywords) for name in SHARPENED):
        return False  # draft 4: a bound does not say by itself how strict it is
    if keyword in ("enum", "const"):
        members = beside["enum"] if keyword == "enum" else [beside["const"]]
        return constraint.keyword in _PLAIN and all(_satisfies(constraint, place, member) for member in members)
    if keyword in _IN_PLACE and constraint.keyword == "type":
        return _refuses_other_types(beside, keyword, constraint)
    stricter = _STRICTER.get((keyword, constraint.keyword))
    return stricter is not None and stricter(beside, constraint)


def _satisfies(constraint: Constraint, place: Place, member: Any) -> bool:
    keywords = {"required": [constraint.member]} if constraint.keyword == "required" else place.node.keywords
    return satisfies(constraint.keyword, keywords, member)


def _refuses_other_types(beside: Keywords, keyword: str, constraint: Constraint) -> bool:
    """Tell whether a combinator that asserts nothing of other types refuses them all; one of each stands for all."""
    kind = constraint.expected
    others = [sample for name, sample in _SAMPLES.items() if name != kind]
    return (
        isinstance(kind, str)
        and kind in TYPE_KEYWORDS
        and _speaks_only_of(kind, {keyword: beside[keyword]})
        and not _refers(beside[keyword])
        and not any(satisfies(keyword, beside, sample) for sample in others)
    )


def _speaks_only_of(kind: str, schema: Any) -> bool:
    """Tell whether a schema asserts nothing of values that are not of a type."""
    if not isinstance(schema, dict):
        return False
    held = [
        inner
        for name in _IN_PLACE & schema.keys()
        for inner in (schema[name] if isinstance(schema[name], list) else [schema[name]])
    ]
    return schema.keys() <= {*TYPE_KEYWORDS[kind], *_IN_PLACE} and all(_speaks_only_of(kind, inner) for inner in held)


def _refers(schema: Any) -> bool:
    """Tell whether something in a schema is a reference, which cannot be followed from it alone."""
    if isinstance(schema, list):
        return any(map(_refers, schema))
    return isinstance(schema, dict) and (not _REFERENCES.isdisjoint(schema) or any(map(_refers, schema.values())))


def _at_least(name: str) -> Callable[[Keywords, Constraint], bool]:
    return lambda beside, constraint: bool(beside[name] >= constraint.expected)


def _at_most(name: str) -> Callable[[Keywords, Constraint], bool]:
    return lambda beside, constraint: bool(beside[name] <= constraint.expected)


def _same(name: str) -> Callable[[Keywords, Constraint], bool]:
    return lambda beside, constraint: bool(beside[name] == constraint.expected)


def _types(beside: Keywords, constraint: Constraint) -> bool:
    inner, outer = (
        {names} if isinstance(names, str) else set(names) for names in (beside["type"], constraint.expected)
    )
    return inner <= outer | ({"integer"} if "number" in outer else set())


_STRICTER: dict[tuple[str, str], Callable[[Keywords, Constraint], bool]] = {
    **{(name, name): _at_least(name) for name in ("minLength", "minItems", "minProperties", "minimum")},
    **{(name, name): _at_most(name) for name in ("maxLength", "maxItems", "maxProperties", "maximum")},
    ("exclusiveMinimum", "exclusiveMinimum"): _at_least("exclusiveMinimum"),
    ("exclusiveMaximum", "exclusiveMaximum"): _at_most("exclusiveMaximum"),
    ("exclusiveMinimum", "minimum"): _at_least("exclusiveMinimum"),
    ("exclusiveMaximum", "maximum"): _at_most("exclusiveMaximum"),
    ("minimum", "exclusiveMinimum"): lambda beside, constraint: bool(beside["minimum"] > constraint.expected),
    ("maximum", "exclusiveMaximum"): lambda beside, constraint: bool(beside["maximum"] < constraint.expected),
    ("multipleOf", "multipleOf"): lambda beside, constraint: (
        Fraction(str(beside["multipleOf"])) % Fraction(str(constraint.expected)) == 0
    ),
    ("pattern", "pattern"): _same("pattern"),
    ("uniqueItems", "uniqueItems"): _same("uniqueItems"),
    ("maxItems", "uniqueItems"): lambda beside, _: bool(beside["maxItems"] <= 1),
    ("contains", "minItems"): lambda beside, constraint: bool(beside.get("minContains", 1) >= constraint.expected),
    ("required", "minProperties"): lambda beside, constraint: len(set(beside["required"])) >= constraint.expected,
    ("required", "required"): lambda beside, constraint: constraint.member in beside["required"],
    ("type", "type"): _types,
    ("type", "multipleOf"): lambda beside, constraint: (
        beside["type"] == "integer" and 1 % Fraction(str(constraint.expected)) == 0
    ),
}
"""(keyword beside, keyword of the constraint) → whether the former admits nothing that breaks the latter."""
