"""Branches of `anyOf` and `oneOf` that another one makes idle, and the proof of it.

Where another branch admits all that this one admits without a constraint, nothing breaks that constraint alone: what
this branch would admit without it, the other admits anyway.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from prove400 import pointer
from prove400.applicators import APPLICATORS, Place
from prove400.cases.implication import Assertion, holds, implies
from prove400.conjunction import applying, items, members, together
from prove400.construction import TYPE_KEYWORDS
from prove400.contract.schemas import Node, Schemas
from prove400.model import Constraint
from prove400.obligations import ASSERTIONS, is_idle

MOST = 300
"""Pairs of schemas that are compared for one constraint."""
_ANNOTATIONS = frozenset({"format", "contentEncoding", "contentMediaType"})
_TYPES = ("object", "array", "string", "number", "boolean", "null")
_KIND = {keyword: kind for kind, keywords in TYPE_KEYWORDS.items() for keyword in keywords}
_FOLLOWED = frozenset({"$ref", "$dynamicRef", "$recursiveRef", "allOf"})
_SPOKEN = frozenset({*ASSERTIONS, *APPLICATORS, "if", "not"}) - _ANNOTATIONS - _FOLLOWED


def wider_branch(schemas: Schemas, constraint: Constraint, place: Place) -> str:
    """Give the location of a branch beside one on the way to a constraint that makes it idle; empty where none is."""
    for each in place.way():
        above = each.above
        if above is None:
            break
        keyword = each.applicator
        if keyword not in ("anyOf", "oneOf"):
            continue
        branches = (schemas.child(above.node, keyword, index) for index in range(len(above.node.keywords[keyword])))
        nodes = [each.node, *applying(schemas, above)]
        for other in branches:
            if other.location != each.node.location and _Comparison(schemas, constraint, place).covers(other, nodes):
                return other.location
    return ""


@dataclass(slots=True)
class _Comparison:
    """Tells whether one schema admits all that others admit together without a constraint.

    A pair that is being compared is taken to hold further in: a value that says otherwise would be inside itself.
    """

    schemas: Schemas
    constraint: Constraint
    place: Place
    left: int = MOST
    assumed: frozenset[tuple[str, ...]] = frozenset()

    def covers(self, other: Node, nodes: list[Node]) -> bool:
        """Tell whether `other` admits what all of `nodes` admit without the constraint."""
        nodes = list(together(self.schemas, *nodes))
        pair = (other.location, *(node.location for node in nodes))
        if pair in self.assumed:
            return True
        before, self.assumed, self.left = self.assumed, self.assumed | {pair}, self.left - 1
        held = other.value is not False and self.left >= 0 and self._asks_no_more(other, nodes)
        if not held:
            self.assumed = before
        return held

    def _asks_no_more(self, other: Node, nodes: list[Node]) -> bool:
        return all(
            self._is_held(each, keyword, nodes)
            for each in together(self.schemas, other)
            for keyword in each.keywords
            if keyword in _SPOKEN
        )

    def _is_held(self, other: Node, keyword: str, nodes: list[Node]) -> bool:
        if keyword in _COMPARED:
            return _COMPARED[keyword](self, other, nodes) or self._excludes(_KIND.get(keyword, ""), nodes)
        if is_idle(keyword, other.keywords):
            return True
        expected = other.keywords[keyword]
        names = expected if keyword == "required" else [""]
        return all(
            self.implied(Assertion(keyword, expected, name, other.keywords), nodes) for name in names
        ) or self._excludes(_KIND.get(keyword, ""), nodes)

    def implied(self, asserted: Assertion, nodes: list[Node]) -> bool:
        """Tell whether one of `nodes` admits nothing that breaks an assertion."""
        return any(
            implies(self.schemas, node, keyword, asserted, self.constraint.keyword_location)
            for node in nodes
            for keyword in node.keywords
            if not holds(pointer.join(node.location, keyword), self.constraint, self.place)
        )

    def _excludes(self, kind: str, nodes: list[Node]) -> bool:
        """Tell whether no value of a type is admitted, so that what is asserted of those alone says nothing."""
        others = [name for name in _TYPES if name != kind]
        return kind != "" and self.implied(Assertion("type", others, "", {"type": others}), nodes)

    def is_closed(self, node: Node) -> bool:
        """Tell whether a schema refuses every member that it does not declare, the constraint apart."""
        location = pointer.join(node.location, "additionalProperties")
        is_false = node.keywords.get("additionalProperties") is False
        return is_false and "patternProperties" not in node.keywords and location != self.constraint.keyword_location


def _properties(comparison: _Comparison, other: Node, nodes: list[Node]) -> bool:
    for name in other.keywords["properties"]:
        asked = members(comparison.schemas, nodes, name)
        is_refused = not asked and any(map(comparison.is_closed, nodes))
        if not is_refused and not comparison.covers(comparison.schemas.child(other, "properties", name), asked):
            return False
    return True


def _items(comparison: _Comparison, other: Node, nodes: list[Node]) -> bool:
    if not isinstance(other.keywords["items"], dict | bool) or "prefixItems" in other.keywords:
        return False
    return comparison.covers(comparison.schemas.child(other, "items"), items(comparison.schemas, nodes))


def _additional_properties(comparison: _Comparison, other: Node, nodes: list[Node]) -> bool:
    if other.keywords["additionalProperties"] is not False:
        return comparison.covers(comparison.schemas.child(other, "additionalProperties"), [])
    known = other.keywords.get("properties", {}).keys()
    return any(comparison.is_closed(node) and node.keywords.get("properties", {}).keys() <= known for node in nodes)


def _any_of(comparison: _Comparison, other: Node, nodes: list[Node]) -> bool:
    branches = (comparison.schemas.child(other, "anyOf", index) for index in range(len(other.keywords["anyOf"])))
    return any(comparison.covers(branch, nodes) for branch in branches)


_COMPARED: dict[str, Callable[[_Comparison, Node, list[Node]], bool]] = {
    "properties": _properties,
    "items": _items,
    "additionalProperties": _additional_properties,
    "anyOf": _any_of,
}
"""Applicator → whether what it asks is asked anyway; any other has to be implied, or asks too much."""
