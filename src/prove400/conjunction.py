"""Schemas that hold for the same value: those that `allOf` and references apply together, and those around them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prove400 import pointer
from prove400.applicators import Place
from prove400.contract.schemas import Node, Schemas


def together(schemas: Schemas, *nodes: Node) -> Iterator[Node]:
    """Give schemas with those that apply wherever they do, by reference and `allOf`, each once and nearest first."""
    waiting, seen = list(nodes), set()
    while waiting:
        node = waiting.pop(0)
        if node.location not in seen:
            seen.add(node.location)
            yield node
            waiting.extend(schemas.targets(node))
            waiting.extend(
                schemas.child(node, "allOf", index) for index, _ in enumerate(node.keywords.get("allOf", ()))
            )


def applying(schemas: Schemas, place: Place) -> list[Node]:
    """Give every schema that a value at a place is held to where the constraints of the place matter, its own first.

    They are the schemas on the way to it that apply to the same instance, what `allOf` and references apply with them,
    and what all of those that hold the value around it ask of that member or item.
    """
    *_, outermost = here = list(place.in_place())
    nodes = [each.node for each in here]
    if outermost.above is not None and not place.is_name:
        around = applying(schemas, outermost.above)
        if outermost.applicator == "properties":
            nodes += members(schemas, around, pointer.tokens(outermost.template)[-1])
        elif outermost.applicator in ("items", "contains"):
            nodes += items(schemas, around)
    return list(together(schemas, *nodes))


def members(schemas: Schemas, nodes: Iterable[Node], name: str) -> list[Node]:
    """Give what the `properties` of schemas ask of one member."""
    return [schemas.child(node, "properties", name) for node in nodes if name in node.keywords.get("properties", ())]


def items(schemas: Schemas, nodes: Iterable[Node]) -> list[Node]:
    """Give what the `items` of schemas ask of every item."""
    every = (node for node in nodes if "prefixItems" not in node.keywords)
    return [schemas.child(node, "items") for node in every if isinstance(node.keywords.get("items"), dict | bool)]
