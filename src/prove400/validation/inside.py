"""What judges one value inside a valid body by itself: the schema that alone says something of what stands there.

Where one value of a valid body is exchanged, all else stays valid as long as every schema on the way down asks nothing
but of its own container's type, size and names, and hands each child to one schema: it, and what `allOf` and `$ref`
apply with it. These the exchange leaves as they are, so that the faults of the whole are those of the child, found by
the same keywords in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from prove400 import pointer
from prove400.applicators import SILENT
from prove400.contract.schemas import Node, Schemas
from prove400.model import Request
from prove400.tensors import ELEMENTS, SHAPE, TENSORS

_OF_CONTAINERS = {
    "object": frozenset(
        {"type", "properties", "required", "additionalProperties", "minProperties", "maxProperties", "propertyNames",
         "dependentRequired"}
    ),
    "array": frozenset({"type", "items", "prefixItems", "minItems", "maxItems"}),
}  # fmt: skip
"""Type → keywords that say of one child nothing but what its one schema says, and of others nothing through it."""
_TOGETHER = frozenset({"$ref", "allOf"})
_NAMING = ("$dynamicRef", "$recursiveRef", "$id", "id", "$anchor", "$dynamicAnchor", "$schema")
"""Keywords by which what a schema means depends on where it stands."""


@dataclass(frozen=True, slots=True)
class Change:
    """How a request came of another one: in the JSON text of its body, that of one value was exchanged for `text`."""

    base: Request
    at: str
    text: bytes


@dataclass(slots=True)
class Lone:
    """Finds the schemas that alone judge a value inside another; keeps what it has made out of each schema."""

    schemas: Schemas
    _known: dict[tuple[str, tuple[str, ...]], _Container | None] = field(default_factory=dict)

    def schema(self, root: Node, at: str) -> tuple[int, Node] | None:
        """Give the innermost schema on the way to a place that judges its instance alone, and its depth; None for none.

        Whether a step is one into an array or an object, the `type` tells, which the valid value around has.
        """
        depth, node = 0, root
        for token in pointer.tokens(at):
            container = self._container(node)
            child = container.child(self.schemas, token) if container is not None else None
            if child is None:
                break
            depth, node = depth + 1, child
        return (depth, node) if depth else None

    def _container(self, node: Node) -> _Container | None:
        """Give what a schema says of children; None where it says more than each child's own schema does."""
        key = (node.location, node.scope)
        if key not in self._known:
            self._known[key] = _container(_conjuncts(self.schemas, node))
        return self._known[key]


@dataclass(slots=True)
class _Container:
    """Schemas that hold for one array or object, by what they say of its children."""

    kind: str
    nodes: list[Node]
    declaring: dict[str, list[Node]] = field(default_factory=dict)  # those with a property of a name
    covering: list[Node] = field(default_factory=list)  # those that ask something of what they do not declare

    def child(self, schemas: Schemas, token: str) -> Node | None:
        """Give the one schema of a child; None where several say something of it, or none does."""
        if self.kind == "array":
            found = [child for node in self.nodes for child in _items(schemas, node, int(token))]
        else:
            found = [schemas.child(node, "properties", token) for node in self.declaring.get(token, ())]
            undeclared = (node for node in self.covering if token not in node.keywords.get("properties", ()))
            found += [schemas.child(node, "additionalProperties") for node in undeclared]
        return found[0] if len(found) == 1 else None


def _items(schemas: Schemas, node: Node, index: int) -> Iterable[Node]:
    if index < len(node.keywords.get("prefixItems", ())):
        return [schemas.child(node, "prefixItems", index)]
    return [schemas.child(node, "items")] if "items" in node.keywords else []


def _conjuncts(schemas: Schemas, node: Node) -> list[Node]:
    """Give a schema with those that `$ref` and `allOf` apply with it; none where the place decides what they mean."""
    found, waiting, seen = [], [node], set()
    while waiting:
        each = waiting.pop()
        if each.location in seen or not isinstance(each.value, dict) or _is_placed(each.value):
            return []
        seen.add(each.location)
        found.append(each)
        waiting += [*schemas.targets(each), *schemas.branches(each, "allOf")]
    return found


def _container(nodes: list[Node]) -> _Container | None:
    """Sort out schemas that hold together; None where they are not those of one type of containers alone."""
    typed = [_kind(node.keywords) for node in nodes if "type" in node.keywords]
    if len({*typed}) != 1 or not all(typed):
        return None
    kind = typed[0]
    names = {name for node in nodes for name in node.keywords}
    if any(name not in _OF_CONTAINERS[kind] and name not in _TOGETHER and not _is_silent(name) for name in names):
        return None
    if any(isinstance(node.keywords.get("items"), list) for node in nodes):  # by position, in older drafts
        return None
    found = _Container(kind, nodes)
    for node in nodes:
        for name in node.keywords.get("properties", ()):
            found.declaring.setdefault(name, []).append(node)
        if isinstance(node.keywords.get("additionalProperties"), dict):
            found.covering.append(node)
    return found


def _kind(keywords: dict[str, Any]) -> str:
    """Give the one type of containers that a schema admits, beside null; empty where it admits more."""
    names = keywords["type"]
    kinds = {names} if isinstance(names, str) else {*names} - {"null"}
    return next(iter(kinds)) if len(kinds) == 1 and kinds <= _OF_CONTAINERS.keys() else ""


def lone_combinator(schemas: Schemas, node: Node) -> str:
    """Give the location of the `anyOf` or `oneOf` that alone asserts anything of an instance; empty where more does."""
    found = followed(schemas, node)
    speaking = [] if found is None else [name for name in found.keywords if not _is_silent(name)]
    asserting = [name for name in speaking if name != "discriminator"]
    return pointer.join(found.location, asserting[0]) if found and asserting in (["anyOf"], ["oneOf"]) else ""


def followed(schemas: Schemas, node: Node) -> Node | None:
    """Give the schema that a bare `$ref` leads to, or the schema itself; None where several apply."""
    seen: set[str] = set()
    while "$ref" in node.keywords:
        if node.location in seen or not all(_is_silent(name) for name in node.keywords):
            return None
        seen.add(node.location)
        (node,) = schemas.targets(node)
    return node if isinstance(node.value, dict) and not _is_placed(node.value) else None


def _is_silent(name: str) -> bool:
    speaks = name in (TENSORS, SHAPE, ELEMENTS)  # of several values at once
    return not speaks and (name in SILENT or name in ("$defs", "definitions") or name.startswith("x-"))


def _is_placed(keywords: dict[str, Any]) -> bool:
    return any(isinstance(keywords.get(name), str) for name in _NAMING)


def is_movable(value: Any, *, with_references: bool) -> bool:
    """Tell whether a schema means the same wherever it stands; some do with references into the document."""
    if isinstance(value, dict):
        if _is_placed(value) or ("$ref" in value and isinstance(value["$ref"], str) and not with_references):
            return False
        return all(is_movable(item, with_references=with_references) for item in value.values())
    return not isinstance(value, list) or all(is_movable(item, with_references=with_references) for item in value)
