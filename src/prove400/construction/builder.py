"""Schemas → values: recursive construction, one choice at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from prove400.construction.arrays import build_array
from prove400.construction.choices import Choices, explore
from prove400.construction.facts import TYPES, Facts, Goal, flatten
from prove400.construction.objects import build_object
from prove400.construction.scalars import scalars
from prove400.contract.schemas import Node, Schemas
from prove400.errors import WitnessError

MAX_DEPTH = 8
"""Containers inside one another; a schema that asks for more is given up on that way."""
MOST_CANDIDATES = 12
"""Scalars to choose from at one place."""


class Builder:
    """Builds values for the schemas of one document."""

    def __init__(self, schemas: Schemas, interesting: tuple[Any, ...] = ()) -> None:
        """Take the schemas, and values that they speak of anywhere, as candidates of last resort."""
        self.schemas = schemas
        self._interesting = interesting

    def values(self, nodes: list[Node], goal: Goal | None = None, limit: int = 200) -> Iterator[Any]:
        """Give values that likely satisfy all the schemas, but for the goal; the caller's validator has the last word.

        Plain values come first, the same for the same schemas; at most `limit` attempts are made.
        """
        yield from explore(lambda choices: self.build(nodes, choices, goal, 0), limit)

    def build(self, nodes: list[Node], choices: Choices, goal: Goal | None, depth: int) -> Any:
        """Build one value; raises `WitnessError` where these choices lead to none."""
        if depth > MAX_DEPTH:
            raise WitnessError("the schema asks for ever deeper values", where=nodes[0].location)
        facts = flatten(self.schemas, nodes, choices, goal)
        listed = [*facts.all("const"), *(member for members in facts.all("enum") for member in members)]
        if listed:
            return choices.pick(_checked(facts, listed))
        named = [example for node in facts.nodes for example in _examples(node)]
        if named and goal is None and (admitted := [value for value in named if facts.admits(value)]):
            return choices.pick([*admitted[:2]])
        kinds = facts.types()
        if not kinds:
            raise WitnessError("no type is admitted", where=nodes[0].location)
        return self._of_kind(choices.pick(kinds), facts, choices, goal, depth)

    def _of_kind(self, kind: str, facts: Facts, choices: Choices, goal: Goal | None, depth: int) -> Any:
        def inner(nodes: list[Node]) -> Any:
            return self.build(nodes, choices, goal, depth + 1)

        if kind == "object":
            return build_object(self.schemas, facts, choices, inner, goal)
        if kind == "array":
            return build_array(self.schemas, facts, choices, self._items(choices, goal, depth))
        extra = [value for value in self._interesting if _kind(value) == kind]
        return choices.pick(_checked(facts, scalars(facts, kind, extra)))

    def _items(self, choices: Choices, goal: Goal | None, depth: int) -> Callable[[list[Node], list[Any]], Any]:
        def item(nodes: list[Node], different_from: list[Any]) -> Any:
            """Build an item; where others are to differ from it, look a little further."""
            first = self.build(nodes, choices, goal, depth + 1)
            if first not in different_from:
                return first
            others = explore(lambda other: self.build(nodes, other, goal, depth + 1), 40)
            return next((value for value in others if value not in different_from), first)

        return item


def _examples(node: Node) -> Iterator[Any]:
    if "default" in node.keywords:
        yield node.keywords["default"]
    if isinstance(listed := node.keywords.get("examples"), list):
        yield from listed
    if "example" in node.keywords:
        yield node.keywords["example"]


def _checked(facts: Facts, candidates: Iterator[Any] | list[Any]) -> list[Any]:
    found = list(islice((value for value in candidates if facts.admits(value)), MOST_CANDIDATES))
    if not found:
        raise WitnessError("no candidate is admitted", where=facts.nodes[0].location)
    return found


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    kinds: dict[type, str] = {str: "string", int: "integer", float: "number", type(None): "null", dict: "object"}
    return kinds.get(type(value), "array")


__all__ = ["TYPES", "Builder", "Goal"]
