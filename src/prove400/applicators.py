"""Where schemas apply: from a schema, and a value where there is one, to the subschemas and what they apply to.

One small function for each applicator keyword (JSON Schema 2020-12 core, section 10, and those of older drafts) in the
table `APPLICATORS`. Without a value, a function gives every subschema that could apply to what is sent: of a read-only
property, a server need not read what it holds. `not` and `if` are no way down: what stands in them is not asked of a
value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import takewhile
from typing import Any

import jsonschema_rs

from prove400 import pointer
from prove400.contract.schemas import Node, Schemas

UNKNOWN = object()
"""Stands for a value that is not there: every subschema is given."""
MOST_VISITS = 4
"""Places of one operation where the same schema is looked at; contracts share schemas, and counts must stay linear."""
MOST_FOLLOWED = 1_000
"""Schemas below one that are searched for a way back to it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One subschema, and the reference token from the instance to what it applies to (none: the instance itself)."""

    node: Node
    token: str | int | None = None
    template: str | None = None  # the token with ``*`` for any item or any undeclared member
    is_branch: bool = False  # a fault in it is a fault of the combinator above
    is_name: bool = False  # applies to the names of an object's members
    open_beside: str = ""  # location of another branch that admits every value, so that nothing in this one is asked


Apply = Callable[[Schemas, Node, Any], Iterator[Step]]
Enter = Callable[[Step, Any], bool]
"""Tells whether to go a step, by it and the value that it leads to."""
Steps = Callable[[Schemas, Node, Any], Iterator[tuple[str, Step]]]
"""Gives the steps that a schema leads to, each with its keyword."""


def _properties(schemas: Schemas, node: Node, value: Any) -> Iterator[Step]:
    unsent = schemas.unsent(node) if value is UNKNOWN else {}
    for name in node.keywords["properties"]:
        if (value is UNKNOWN and name not in unsent) or (isinstance(value, dict) and name in value):
            yield Step(schemas.child(node, "properties", name), name, name)


def _pattern_properties(schemas: Schemas, node: Node, value: Any) -> Iterator[Step]:
    for pattern in node.keywords["patternProperties"]:
        child = schemas.child(node, "patternProperties", pattern)
        if value is UNKNOWN:
            yield Step(child, "*", "*")
        elif isinstance(value, dict):
            yield from (Step(child, name, "*") for name in value if matches(pattern, name))


def _additional_properties(schemas: Schemas, node: Node, value: Any) -> Iterator[Step]:
    child = schemas.child(node, "additionalProperties")
    if value is UNKNOWN:
        yield Step(child, "*", "*")
    elif isinstance(value, dict):
        yield from (Step(child, name, "*") for name in value if not _is_declared(node, name))


def _is_declared(node: Node, name: str) -> bool:
    declared = name in node.keywords.get("properties", {})
    return declared or any(matches(pattern, name) for pattern in node.keywords.get("patternProperties", {}))


def _unevaluated_properties(schemas: Schemas, node: Node, value: Any) -> Iterator[Step]:
    child = schemas.child(node, "unevaluatedProperties")
    if value is UNKNOWN:
        yield Step(child, "*", "*")
    elif isinstance(value, dict):  # what is evaluated elsewhere is valid either way
        yield from (Step(child, name, "*") for name in value if not _is_declared(node, name))


def _property_names(schemas: Schemas, node: Node, value: Any) -> Iterator[Step]:
    if value is UNKNOWN or isinstance(value, dict):
        yield Step(schemas.child(node, "propertyNames"), is_branch=True, is_name=True)


def _items(schemas: Schemas, node: Node, value: Any) -> Iterator[Step]:
    listed = node.keywords["items"]
    if isinstance(listed, list):  # drafts 4 to 2019-09
        yield from _positional(schemas, node, "items", value)
        return
    child = schemas.child(node, "items")
    start = len(node.keywords.get("prefixItems", ()))
    yield from _each_item(child, value, start)


def _each_item(child: Node, value: Any, start: int, *, is_branch: bool = False) -> Iterator[Step]:
    if value is UNKNOWN:
        yield Step(child, "*", "*", is_branch=is_branch)
    elif isinstance(value, list):
        yield from (Step(child, index, "*", is_branch=is_branch) for index in range(start, len(value)))


def _positional(schemas: Schemas, node: Node, keyword: str, value: Any) -> Iterator[Step]:
    for index in range(len(node.keywords[keyword])):
        if value is UNKNOWN or (isinstance(value, list) and index < len(value)):
            yield Step(schemas.child(node, keyword, index), index, str(index))


def _prefix_items(schemas: Schemas, node: Node, value: Any) -> Iterator[Step]:
    yield from _positional(schemas, node, "prefixItems", value)


def _additional_items(schemas: Schemas, node: Node, value: Any) -> Iterator[Step]:
    if isinstance(listed := node.keywords.get("items"), list):
        yield from _each_item(schemas.child(node, "additionalItems"), value, len(listed))


def _unevaluated_items(schemas: Schemas, node: Node, value: Any) -> Iterator[Step]:
    listed = node.keywords.get("prefixItems", node.keywords.get("items", ()))
    start = len(listed) if isinstance(listed, list) else 0
    yield from _each_item(schemas.child(node, "unevaluatedItems"), value, start)


def _contains(schemas: Schemas, node: Node, value: Any) -> Iterator[Step]:
    yield from _each_item(schemas.child(node, "contains"), value, 0, is_branch=True)


def _branches(keyword: str, *, is_branch: bool = True) -> Apply:
    def apply(schemas: Schemas, node: Node, _: Any) -> Iterator[Step]:
        admitting = open_branches(schemas, node) if keyword == "anyOf" else []
        for branch in schemas.branches(node, keyword):
            beside = next((other for other in admitting if other != branch.location), "")
            yield Step(branch, is_branch=is_branch, open_beside=beside)

    return apply


def open_branches(schemas: Schemas, node: Node) -> list[str]:
    """Give the locations of the branches of a node's `anyOf` that admit every value, such as ``{"nullable": true}``."""
    branches = (schemas.child(node, "anyOf", index) for index in range(len(node.keywords.get("anyOf", ()))))
    return [branch.location for branch in branches if _is_open(schemas, branch, frozenset())]


def _is_open(schemas: Schemas, node: Node, above: frozenset[str]) -> bool:
    if not isinstance(node.value, dict):
        return node.value is True
    if node.location in above or any(name not in SILENT and not name.startswith("x-") for name in node.keywords):
        return False
    return all(_is_open(schemas, target, above | {node.location}) for target in schemas.targets(node))


SILENT = frozenset(
    {"$comment", "$ref", "title", "description", "default", "deprecated", "example", "examples", "externalDocs", "xml",
     "readOnly", "writeOnly", "nullable", "format"}
)  # fmt: skip
"""Keywords that assert nothing themselves."""


def _conditional(keyword: str) -> Apply:
    def apply(schemas: Schemas, node: Node, _: Any) -> Iterator[Step]:
        if "if" in node.keywords:
            yield Step(schemas.child(node, keyword), is_branch=True)

    return apply


def _dependent(keyword: str) -> Apply:
    def apply(schemas: Schemas, node: Node, value: Any) -> Iterator[Step]:
        for name, schema in node.keywords[keyword].items():
            if isinstance(schema, dict | bool) and (value is UNKNOWN or (isinstance(value, dict) and name in value)):
                yield Step(schemas.child(node, keyword, name))

    return apply


APPLICATORS: dict[str, Apply] = {
    "allOf": _branches("allOf", is_branch=False),
    "anyOf": _branches("anyOf"),
    "oneOf": _branches("oneOf"),
    "then": _conditional("then"),
    "else": _conditional("else"),
    "dependentSchemas": _dependent("dependentSchemas"),
    "dependencies": _dependent("dependencies"),
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "unevaluatedProperties": _unevaluated_properties,
    "propertyNames": _property_names,
    "prefixItems": _prefix_items,
    "items": _items,
    "additionalItems": _additional_items,
    "unevaluatedItems": _unevaluated_items,
    "contains": _contains,
}
"""Applicator keyword → where its subschemas apply."""


def every_step(schemas: Schemas, node: Node, value: Any) -> Iterator[tuple[str, Step]]:
    """Give all steps that a schema leads to, keyword by keyword."""
    for keyword in node.keywords:
        if (apply := APPLICATORS.get(keyword)) is not None:
            for step in apply(schemas, node, value):
                yield keyword, step


@lru_cache(maxsize=4096)
def _pattern(pattern: str) -> jsonschema_rs.Validator | None:
    try:
        return jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except ValueError:
        return None


def matches(pattern: str, name: str) -> bool:
    """Tell whether a regular expression (ECMA-262) matches somewhere in a name; a broken one matches nothing."""
    validator = _pattern(pattern)
    return validator is not None and validator.is_valid(name)


@dataclass(frozen=True, slots=True)
class Place:
    """A schema, and where it applies: `at` is concrete where a value was walked, else it is the template."""

    node: Node
    at: str
    template: str
    is_branch: bool = False
    is_name: bool = False
    open_beside: str = ""  # as in `Step`
    above: Place | None = field(default=None, compare=False, repr=False)  # the schema that led to this one
    applicator: str = field(default="", compare=False)  # the keyword by which it did; none where it was a reference

    def way(self) -> Iterator[Place]:
        """Give the place, then those above it up to the root."""
        place: Place | None = self
        while place is not None:
            yield place
            place = place.above

    @property
    def route(self) -> frozenset[str]:
        """The locations of the schemas on the way to this one, itself included."""
        return frozenset(place.node.location for place in self.way())

    def in_place(self) -> Iterator[Place]:
        """Give the place, then those above it that apply to the very same instance."""
        return takewhile(lambda place: (place.at, place.is_name) == (self.at, self.is_name), self.way())


def walk(  # noqa: PLR0913 — where to walk, and how
    schemas: Schemas,
    root: Node,
    value: Any = UNKNOWN,
    at: str = "",
    enter: Enter = lambda _, __: True,
    steps: Steps = every_step,
) -> Iterator[Place]:
    """Give every schema that applies to a value or to something in it, depth first, `$ref` followed.

    Without a value, a schema is entered once on each way down and at `MOST_VISITS` places at most. It is left by those
    of `steps` that `enter` tells to go.
    """
    visits: dict[str, int] = {}
    way: dict[tuple[str, str], None] = {}  # from the root to where the walk is
    waiting = [iter([(Place(root, at, at), value)])]
    while waiting:
        if (found := next(waiting[-1], None)) is None:
            waiting.pop()
            if way:
                way.popitem()
            continue
        place, inner = found
        location = place.node.location
        key = (location, place.at if inner is not UNKNOWN else "")
        if key in way:
            continue
        if inner is UNKNOWN:
            visits[location] = visits.get(location, 0) + 1
            if visits[location] > MOST_VISITS:
                continue
        yield place
        way[key] = None
        waiting.append(_further(schemas, place, inner, enter, steps))


def _further(schemas: Schemas, place: Place, value: Any, enter: Enter, steps: Steps) -> Iterator[tuple[Place, Any]]:
    """Give the places that a schema leads to at once, with their values."""
    node = place.node
    for target in schemas.targets(node):
        yield (
            Place(target, place.at, place.template, place.is_branch, place.is_name, place.open_beside, above=place),
            value,
        )
    for keyword, step in steps(schemas, node, value):
        if enter(step, inner := _inner(value, step)):
            yield _stepped(place, keyword, step), inner


def is_recursive(schemas: Schemas, root: Node) -> bool:
    """Tell whether a schema applies again to something in the value that it applies to.

    At most `MOST_FOLLOWED` schemas are looked at on the way.
    """
    waiting = [root]
    seen: set[str] = set()
    while waiting and len(seen) < MOST_FOLLOWED:
        node = waiting.pop()
        steps = (s.node for k in node.keywords if k in APPLICATORS for s in APPLICATORS[k](schemas, node, UNKNOWN))
        for other in (*schemas.targets(node), *steps):
            if other.location == root.location:
                return True
            if other.location not in seen:
                seen.add(other.location)
                waiting.append(other)
    return False


def _stepped(place: Place, keyword: str, step: Step) -> Place:
    if step.token is None:
        at, template = place.at, place.template
    else:
        at, template = pointer.join(place.at, step.token), pointer.join(place.template, str(step.template))
    is_branch, is_name = place.is_branch or step.is_branch, place.is_name or step.is_name
    return Place(step.node, at, template, is_branch, is_name, place.open_beside or step.open_beside, place, keyword)


def _inner(value: Any, step: Step) -> Any:
    if value is UNKNOWN or step.token is None:
        return value
    return value[step.token]
