"""Schemas that admit no value, whatever it is, and the keywords that see to it.

What stands in such a schema is never broken alone, unless it is one of those keywords: without it, the schema admits
nothing all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from prove400 import pointer
from prove400.applicators import APPLICATORS, Place
from prove400.conjunction import applying, items, members, together
from prove400.construction.facts import SCALAR_ASSERTIONS, TYPE_KEYWORDS, satisfies
from prove400.contract.schemas import Node, Schemas

DEEPEST = 40
"""Schemas inside one another that are looked into; what is further down is taken to admit something."""
_HOLDERS = {keyword: kind for kind in ("object", "array") for keyword in TYPE_KEYWORDS[kind] if keyword in APPLICATORS}
"""Applicator of members or items → the type that has them."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Keywords that no value satisfies together: each with the way from the value to what it applies to, and why."""

    keywords: tuple[tuple[str, str], ...]  # (relative instance location, keyword location)
    reason: str

    @property
    def locations(self) -> frozenset[str]:
        """Where the keywords stand."""
        return frozenset(location for _, location in self.keywords)


@dataclass(slots=True)
class Contradictions:
    """Finds the contradictions in the schemas of one contract; each schema is looked at once."""

    schemas: Schemas
    _found: dict[tuple[str, ...], tuple[Contradiction, ...]] = field(default_factory=dict)
    _depth: int = 0

    def of(self, nodes: Iterable[Node]) -> tuple[Contradiction, ...]:
        """Give what keeps schemas from admitting a value together; empty where nothing is known to."""
        every = list(together(self.schemas, *nodes))
        key = tuple(node.location for node in every)
        if key not in self._found:
            self._found[key] = ()  # a schema that needs itself inside is not looked into again
            self._depth += 1
            if self._depth <= DEEPEST:
                self._found[key] = tuple(found for rule in _RULES for found in rule(self, every))
            self._depth -= 1
        return self._found[key]

    def around(self, place: Place, keyword_location: str = "") -> tuple[str, Contradiction] | None:
        """Give where something on the way to a place admits no value, even without a keyword, and why; else None."""
        for each in place.way():
            for found in (*self.of([each.node]), *self._refused(each)):
                if keyword_location not in found.locations:
                    return each.template, found
        return None

    def _refused(self, place: Place) -> Iterator[Contradiction]:
        """Find what refuses the member or the item that a place is: closed schemas, and types of what is around it."""
        if place.above is None or place.applicator not in _HOLDERS:
            return
        holder = _HOLDERS[place.applicator]
        name = pointer.tokens(place.template)[-1] if place.applicator == "properties" else ""
        for node in applying(self.schemas, place.above):
            if "type" in node.keywords and holder not in _admitted(node):
                refused = pointer.join(node.location, "type")
                yield Contradiction((("", refused),), f"{refused} refuses every {holder}")
            if place.applicator == "properties" and is_closed(node) and name not in node.keywords.get("properties", {}):
                refused = pointer.join(node.location, "additionalProperties")
                yield Contradiction((("", refused),), f"{refused} refuses {name!r}")


Rule = Callable[[Contradictions, list[Node]], Iterator[Contradiction]]


def _refused_members(_: Contradictions, nodes: list[Node]) -> Iterator[Contradiction]:
    """Find members that one schema requires and another, closed one does not know."""
    closed = [node for node in nodes if is_closed(node)]
    for node in nodes if closed else ():
        for name in _required(node):
            for other in closed:
                if name not in other.keywords.get("properties", {}):
                    refused = pointer.join(other.location, "additionalProperties")
                    held = (("", pointer.join(node.location, "required")), ("", refused))
                    reason = f"`required` asks for {name!r}, which {refused} refuses"
                    yield from _of_kind("object", nodes, Contradiction(held, reason))


def is_closed(node: Node) -> bool:
    """Tell whether a schema refuses every member that it does not declare."""
    return node.keywords.get("additionalProperties") is False and "patternProperties" not in node.keywords


def _of_kind(kind: str, nodes: list[Node], found: Contradiction) -> Iterator[Contradiction]:
    """Give what values of one type contradict, once for each `type` that admits no others."""
    for node in nodes:
        if node.keywords.get("type") in (kind, [kind]):
            yield Contradiction((("", pointer.join(node.location, "type")), *found.keywords), found.reason)


def _required(node: Node) -> list[str]:
    listed = node.keywords.get("required")
    return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []


def _empty_members(known: Contradictions, nodes: list[Node]) -> Iterator[Contradiction]:
    """Find members that are required and that no value can be."""
    for node in nodes:
        for name in _required(node):
            for inner in known.of(members(known.schemas, nodes, name)):
                asked = pointer.join(node.location, "required")
                yield from _of_kind("object", nodes, _around(inner, asked, pointer.join("", name)))


def _empty_items(known: Contradictions, nodes: list[Node]) -> Iterator[Contradiction]:
    """Find items that have to be there and that no value can be."""
    for node in nodes:
        least = node.keywords.get("minItems", 0)
        if isinstance(least, int) and least > 0:
            for inner in known.of(items(known.schemas, nodes)):
                asked = pointer.join(node.location, "minItems")
                yield from _of_kind("array", nodes, _around(inner, asked, "/*"))


def _empty_branches(known: Contradictions, nodes: list[Node]) -> Iterator[Contradiction]:
    """Find choices of which none admits a value."""
    for node in nodes:
        for keyword in ("anyOf", "oneOf"):
            listed = node.keywords.get(keyword)
            branches = [known.of([known.schemas.child(node, keyword, i)]) for i in range(len(listed or ()))]
            if branches and all(branches):
                held = tuple(part for found in branches for part in found[0].keywords)
                yield Contradiction((("", pointer.join(node.location, keyword)), *held), branches[0][0].reason)


def _around(inner: Contradiction, location: str, prefix: str) -> Contradiction:
    return Contradiction((("", location), *((prefix + at, held) for at, held in inner.keywords)), inner.reason)


def _listed_values(_: Contradictions, nodes: list[Node]) -> Iterator[Contradiction]:
    """Find lists of values of which other keywords admit none."""
    for node in nodes:
        for keyword in ("enum", "const"):
            if keyword in node.keywords:
                values = node.keywords["enum"] if keyword == "enum" else [node.keywords["const"]]
                refusals = [_refusal(value, nodes) for value in values]
                if all(refusals):
                    own = pointer.join(node.location, keyword)
                    locations = dict.fromkeys((own, *filter(None, refusals)))
                    names = ", ".join(f"`{name}`" for name in dict.fromkeys(at.rpartition("/")[2] for at in locations))
                    yield Contradiction(tuple(("", at) for at in locations), f"no value satisfies {names} together")


def _refusal(value: Any, nodes: list[Node]) -> str:
    """Give the location of a keyword that refuses a value; empty where none does."""
    for node in nodes:
        for keyword in (name for name in node.keywords if name in SCALAR_ASSERTIONS and name not in ("enum", "const")):
            if not satisfies(keyword, node.keywords, value):
                return pointer.join(node.location, keyword)
    return ""


def _types(_: Contradictions, nodes: list[Node]) -> Iterator[Contradiction]:
    """Find types that share no value."""
    typed = [(pointer.join(node.location, "type"), _admitted(node)) for node in nodes if "type" in node.keywords]
    for (one, admitted), (other, others) in combinations(typed, 2):
        if admitted.isdisjoint(others):
            yield Contradiction((("", one), ("", other)), f"no value is of both types at {one} and {other}")


def _admitted(node: Node) -> set[str]:
    declared = node.keywords["type"]
    names = {declared} if isinstance(declared, str) else set(declared)
    return names | ({"integer"} if "number" in names else set())


_RULES: tuple[Rule, ...] = (_refused_members, _types, _listed_values, _empty_members, _empty_items, _empty_branches)
