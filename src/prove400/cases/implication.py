"""Constraints that others imply: whatever breaks the one breaks another, and the schemas prove it.

Beside a constraint stand the keywords of every schema that its value is held to as well. One small function for each
pair of keywords in the table `_STRICTER`; lists of values (`enum`, `const`) are asked one by one, and of `anyOf` and
`oneOf` every branch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from prove400 import pointer
from prove400.applicators import Place
from prove400.cases.isolation import SHARPENED
from prove400.conjunction import applying, together
from prove400.construction import SCALAR_ASSERTIONS, TYPE_KEYWORDS, satisfies, widths
from prove400.contract.discriminators import discriminator_of
from prove400.contract.schemas import Node, Schemas
from prove400.model import Constraint

Keywords = dict[str, Any]
_PLAIN = SCALAR_ASSERTIONS | {"minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "required"}
"""Keywords that are checked on a value without another schema."""
_SAMPLES: dict[str, Any] = {"object": {}, "array": [], "string": "", "number": 1, "boolean": True, "null": None}
_SOME = ("anyOf", "oneOf")
_IN_PLACE = frozenset({"allOf", "anyOf", "oneOf", "not"})
_REFERENCES = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})
_FINITE: dict[str, tuple[Any, ...]] = {"boolean": (True, False), "null": (None,)}
"""Types with few values → all of them."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """A keyword with its value, the `member` that is meant of those it names, and the keywords that stand with it."""

    keyword: str
    expected: Any
    member: str
    keywords: Keywords


@dataclass(frozen=True, slots=True)
class Implication:
    """The keyword that implies a constraint, its value, and where it stands."""

    keyword: str
    value: Any
    keyword_location: str


def implication(schemas: Schemas, constraint: Constraint, place: Place) -> Implication | None:
    """Give the first keyword beside a constraint that admits nothing which breaks it; None where none is known to."""
    asserted = Assertion(constraint.keyword, constraint.expected, constraint.member, place.node.keywords)
    for node in applying(schemas, place):
        for keyword, value in node.keywords.items():
            location = pointer.join(node.location, keyword)
            if not holds(location, constraint, place) and implies(
                schemas, node, keyword, asserted, constraint.keyword_location
            ):
                return Implication(keyword, value, location)
    return None


def holds(location: str, constraint: Constraint, place: Place) -> bool:
    """Tell whether the keyword at a location is the constraint's, or one on the way to it."""
    inside = f"{location}/"
    return location == constraint.keyword_location or any(each.node.location.startswith(inside) for each in place.way())


def implies(  # noqa: PLR0913 — a keyword, an assertion, and what is not looked at
    schemas: Schemas,
    node: Node,
    keyword: str,
    asserted: Assertion,
    without: str = "",
    above: frozenset[str] = frozenset(),
) -> bool:
    """Tell whether nothing that a keyword of a schema admits breaks an assertion on the same value.

    The keyword at the location `without` is taken for absent; `above` are the schemas whose branches this one is in.
    """
    beside, location = node.keywords, pointer.join(node.location, keyword)
    if location == without or location in above:
        return False
    if any(isinstance(keywords.get(name), bool) for keywords in (beside, asserted.keywords) for name in SHARPENED):
        return False  # draft 4: a bound does not say by itself how strict it is
    branches = (
        [schemas.child(node, keyword, index) for index in range(len(beside[keyword]))] if keyword in _SOME else []
    )
    if branches and all(_any_implies(schemas, branch, asserted, without, above | {location}) for branch in branches):
        return True
    return _is_stricter(schemas, node, keyword, asserted)


def _is_stricter(schemas: Schemas, node: Node, keyword: str, asserted: Assertion) -> bool:
    """Tell the same of a keyword by itself."""
    beside = node.keywords
    if keyword == "discriminator" and asserted.keyword == "required":
        discriminator = discriminator_of(schemas, node)
        return discriminator is not None and discriminator.property_name == asserted.member
    if keyword in ("enum", "const"):
        members = beside["enum"] if keyword == "enum" else [beside["const"]]
        return asserted.keyword in _PLAIN and all(_satisfies(asserted, member) for member in members)
    if keyword in _IN_PLACE and asserted.keyword == "type":
        return _refuses_other_types(beside, keyword, asserted)
    stricter = _STRICTER.get((keyword, asserted.keyword))
    return stricter is not None and stricter(beside, asserted)


def _any_implies(schemas: Schemas, node: Node, asserted: Assertion, without: str, above: frozenset[str]) -> bool:
    return any(
        implies(schemas, each, keyword, asserted, without, above)
        for each in together(schemas, node)
        for keyword in each.keywords
    )


def _satisfies(asserted: Assertion, member: Any) -> bool:
    keywords = {"required": [asserted.member]} if asserted.keyword == "required" else asserted.keywords
    return satisfies(asserted.keyword, keywords, member)


def _refuses_other_types(beside: Keywords, keyword: str, asserted: Assertion) -> bool:
    """Tell whether a combinator that asserts nothing of other types refuses them all; one of each stands for all."""
    kind = asserted.expected
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


def _at_least(name: str) -> Callable[[Keywords, Assertion], bool]:
    return lambda beside, asserted: bool(beside[name] >= asserted.expected)


def _at_most(name: str) -> Callable[[Keywords, Assertion], bool]:
    return lambda beside, asserted: bool(beside[name] <= asserted.expected)


def _same(name: str) -> Callable[[Keywords, Assertion], bool]:
    return lambda beside, asserted: bool(beside[name] == asserted.expected)


def _types(beside: Keywords, asserted: Assertion) -> bool:
    inner, outer = ({names} if isinstance(names, str) else set(names) for names in (beside["type"], asserted.expected))
    return inner <= outer | ({"integer"} if "number" in outer else set())


def _every_value_is_listed(beside: Keywords, asserted: Assertion) -> bool:
    values = _FINITE.get(str(beside["type"]))
    return bool(values) and all(any(value is member for member in asserted.expected) for value in values or ())


_STRICTER: dict[tuple[str, str], Callable[[Keywords, Assertion], bool]] = {
    **{(name, name): _at_least(name) for name in ("minLength", "minItems", "minProperties", "minimum")},
    **{(name, name): _at_most(name) for name in ("maxLength", "maxItems", "maxProperties", "maximum")},
    ("exclusiveMinimum", "exclusiveMinimum"): _at_least("exclusiveMinimum"),
    ("exclusiveMaximum", "exclusiveMaximum"): _at_most("exclusiveMaximum"),
    ("exclusiveMinimum", "minimum"): _at_least("exclusiveMinimum"),
    ("exclusiveMaximum", "maximum"): _at_most("exclusiveMaximum"),
    ("minimum", "exclusiveMinimum"): lambda beside, asserted: bool(beside["minimum"] > asserted.expected),
    ("maximum", "exclusiveMaximum"): lambda beside, asserted: bool(beside["maximum"] < asserted.expected),
    ("multipleOf", "multipleOf"): lambda beside, asserted: (
        Fraction(str(beside["multipleOf"])) % Fraction(str(asserted.expected)) == 0
    ),
    ("pattern", "pattern"): _same("pattern"),
    ("pattern", "minLength"): lambda beside, asserted: widths(beside["pattern"])[0] >= asserted.expected,
    ("pattern", "maxLength"): lambda beside, asserted: widths(beside["pattern"])[1] <= asserted.expected,
    ("uniqueItems", "uniqueItems"): _same("uniqueItems"),
    ("maxItems", "uniqueItems"): lambda beside, _: bool(beside["maxItems"] <= 1),
    ("contains", "minItems"): lambda beside, asserted: bool(beside.get("minContains", 1) >= asserted.expected),
    ("required", "minProperties"): lambda beside, asserted: len(set(beside["required"])) >= asserted.expected,
    ("required", "required"): lambda beside, asserted: asserted.member in beside["required"],
    ("type", "type"): _types,
    ("type", "enum"): _every_value_is_listed,
    ("type", "multipleOf"): lambda beside, asserted: (
        beside["type"] == "integer" and 1 % Fraction(str(asserted.expected)) == 0
    ),
}
"""(keyword beside, keyword of the constraint) → whether the former admits nothing that breaks the latter."""
