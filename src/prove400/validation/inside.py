"""What judges one value inside a valid body by itself: the schema that alone says something of what stands there.

Where one value of a valid body is exchanged, all else stays valid as long as every schema on the way down asks nothing
but of its own container's type, size and names, and hands each child to one schema. These the exchange leaves as they
are, so that the faults of the whole are those of the child, found by the same keywords in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    "array": frozenset({"type", "items", "minItems", "maxItems"}),
}  # fmt: skip
"""Type → keywords that say of one child nothing but what its one schema says, and of others nothing through it."""
_LEADING_OUT = ("$ref", "$dynamicRef", "$recursiveRef", "$id", "id", "$anchor", "$dynamicAnchor", "$schema")


@dataclass(frozen=True, slots=True)
class Change:
    """How a request came of another one: in the JSON text of its body, that of one value was exchanged for `text`."""

    base: Request
    at: str
    text: bytes


def lone_schema(schemas: Schemas, root: Node, at: str) -> tuple[int, Node] | None:
    """Give the innermost schema on the way to a place that judges its instance alone, and its depth; None for none.

    It refers to nothing, so that it means the same by itself. Whether a step is one into an array or an object, the
    `type` tells, which the valid value around has.
    """
    depth, node = 0, _followed(schemas, root)
    for token in pointer.tokens(at):
        child = _child(schemas, node, token) if node is not None else None
        if child is None:
            break
        depth, node = depth + 1, _followed(schemas, child)
    return (depth, node) if depth and node is not None and _stands_alone(node.value) else None


def lone_combinator(schemas: Schemas, node: Node) -> str:
    """Give the location of the `anyOf` or `oneOf` that alone asserts anything of an instance; empty where more does."""
    found = _followed(schemas, node)
    speaking = [] if found is None else [name for name in found.keywords if not _is_silent(name)]
    asserting = [name for name in speaking if name != "discriminator"]
    return pointer.join(found.location, asserting[0]) if found and asserting in (["anyOf"], ["oneOf"]) else ""


def _child(schemas: Schemas, node: Node, token: str) -> Node | None:
    """Give the one schema of a child; None where several may say something of it, or something beside it."""
    keywords = node.keywords
    kind = _container(keywords)
    if not kind or any(name not in _OF_CONTAINERS[kind] and not _is_silent(name) for name in keywords):
        return None
    if kind == "array":
        return schemas.child(node, "items") if isinstance(keywords.get("items"), dict) else None
    return schemas.child(node, "properties", token) if token in keywords.get("properties", {}) else None


def _container(keywords: dict[str, Any]) -> str:
    """Give the one type of containers that a schema admits."""
    names = keywords.get("type")
    kinds = {names} if isinstance(names, str) else {*(names or ())} - {"null"}
    return next(iter(kinds)) if len(kinds) == 1 and kinds <= _OF_CONTAINERS.keys() else ""


def _followed(schemas: Schemas, node: Node) -> Node | None:
    """Give the schema that a bare `$ref` leads to, or the schema itself; None where several apply."""
    seen: set[str] = set()
    while "$ref" in node.keywords:
        if node.location in seen or not all(_is_silent(name) for name in node.keywords):
            return None
        seen.add(node.location)
        (node,) = schemas.targets(node)
    return node if isinstance(node.value, dict) and not _leads_out(node.value) else None


def _is_silent(name: str) -> bool:
    speaks = name in (TENSORS, SHAPE, ELEMENTS)  # of several values at once
    return not speaks and (name in SILENT or name in ("$defs", "definitions") or name.startswith("x-"))


def _leads_out(keywords: dict[str, Any]) -> bool:
    return any(isinstance(keywords.get(name), str) for name in _LEADING_OUT)


def _stands_alone(value: Any) -> bool:
    """Tell whether nothing in a schema refers to anything, or can be referred to by another name."""
    if isinstance(value, dict):
        return not _leads_out(value) and all(map(_stands_alone, value.values()))
    return not isinstance(value, list) or all(map(_stands_alone, value))
