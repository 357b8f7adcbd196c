"""Schemas → values: recursive construction, one choice at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from typing import Any

from prove400.construction.arrays import BuildItem, build_array
from prove400.construction.choices import Choices, explore
from prove400.construction.contradiction import Contradictions
from prove400.construction.facts import Checks, Facts, Goal, flatten
from prove400.construction.objects import Build, build_object
from prove400.construction.scalars import scalars
from prove400.contract.schemas import Node, Schemas
from prove400.errors import WitnessError
from prove400.serialization import json_bytes
from prove400.serialization.contents import coding_of, holds_json

MAX_DEPTH = 100
"""Containers inside one another; a schema that asks for more is given up on that way."""
MOST_CANDIDATES = 12
"""Scalars to choose from at one place."""
PLACES_OF_A_SEARCH = 3_000
"""Places filled in all values that are built for one purpose."""
MOST_PLACES = 500
"""Places of one value beside those that its schema has without recursion; one that asks for more is given up on."""


@dataclass(slots=True)
class _Work:
    """One run of a construction: the choices, the goal, and how many places may still be filled."""

    choices: Choices
    goal: Goal | None
    left: int = MOST_PLACES
    use_examples: bool = True


@dataclass(frozen=True, slots=True)
class _Around:
    """The schemas of the values that a value is built in, and how many values these are."""

    schemas: frozenset[str] = frozenset()
    depth: int = 0

    def inside(self, here: frozenset[str]) -> _Around:
        """Give what is around the members and items of a value that has these schemas."""
        return _Around(self.schemas | here, self.depth + 1)


class Budget:
    """How many places may still be built for a whole contract, so that planning ends; counted, never timed.

    Keeps what all builders of the contract have compiled, too.
    """

    def __init__(self, places: int = 45_000) -> None:
        """Take the number of places."""
        self.left = places
        self.checks: Checks = {}


class Builder:
    """Builds values for the schemas of one document."""

    def __init__(
        self,
        schemas: Schemas,
        interesting: tuple[Any, ...] = (),
        budget: Budget | None = None,
        contradictions: Contradictions | None = None,
        places: int = 0,
    ) -> None:
        """Take the schemas, values that they speak of anywhere, as candidates of last resort, and their own places."""
        self.schemas = schemas
        self.budget = budget or Budget()
        self.contradictions = contradictions or Contradictions(schemas)
        self.obstacle: WitnessError | None = None
        """What kept the plainest value of the last `values` from being built."""
        self._used_examples = False
        self._places = MOST_PLACES + places
        self._interesting: dict[str, list[Any]] = {}
        for value in interesting:
            self._interesting.setdefault(_kind(value), []).append(value)

    def values(self, nodes: list[Node], goal: Goal | None = None, limit: int = 200) -> Iterator[Any]:
        """Give values that likely satisfy all the schemas, but for the goal; the caller's validator has the last word.

        Plain values come first, the same for the same schemas; at most `limit` attempts are made, and no more than
        `PLACES_OF_A_SEARCH` places are filled in all of them. Examples that a schema holds are taken at their word at
        first, and left aside once they have led to nothing more.
        """
        has_more = self.budget.left > 0 or goal is None or goal.only_leads  # every operation is given its witnesses
        least = self.budget.left - PLACES_OF_A_SEARCH if has_more else self.budget.left
        self.obstacle, self._used_examples = None, False
        for use_examples in (True, False):
            if use_examples or (self._used_examples and goal is None):
                build = partial(self._attempt, nodes, goal, use_examples)
                yield from explore(build, limit, lambda: self.budget.left < least)

    def _attempt(self, nodes: list[Node], goal: Goal | None, use_examples: bool, choices: Choices) -> Any:  # noqa: FBT001
        try:
            return self._build(nodes, _Work(choices, goal, self._places, use_examples), _Around(), optional=False)
        except WitnessError as error:
            self.obstacle = self.obstacle or error
            raise

    def _build(self, nodes: list[Node], work: _Work, above: _Around, *, optional: bool) -> Any:
        """Build one value; raises `WitnessError` where these choices lead to none.

        An `optional` value is not built inside its own schema again.
        """
        facts = flatten(self.schemas, nodes, work.choices, work.goal, self.budget.checks, above.schemas)
        here = frozenset(node.location for node in facts.nodes if node.keywords)
        if facts.goal and work.goal:
            here |= {work.goal.keyword_location}
        work.left -= 1
        self.budget.left -= 1
        is_again = optional and not here.isdisjoint(above.schemas) and not facts.goal
        if work.left < 0 or above.depth > MAX_DEPTH or is_again:
            raise WitnessError("the schema asks for ever more values", where=nodes[0].location)
        listed = [*facts.all("const"), *(member for members in facts.all("enum") for member in members)]
        if listed:
            return work.choices.pick(_checked(facts, listed))
        named = [example for node in facts.nodes for example in _examples(node)] if work.use_examples else []
        is_free = work.goal is None or (work.goal.only_leads and work.goal.route.isdisjoint(here))
        if named and is_free and (admitted := [value for value in named if facts.admits(value)]):
            self._used_examples = True
            return work.choices.pick([*admitted[:2]])
        kinds = facts.types()
        if not kinds:
            raise WitnessError("no type is admitted", where=nodes[0].location)
        return self._of_kind(work.choices.pick(kinds), facts, work, above, here)

    def _of_kind(self, kind: str, facts: Facts, work: _Work, above: _Around, here: frozenset[str]) -> Any:
        inside = above.inside(here)

        def member(nodes: list[Node], optional: bool) -> Any:  # noqa: FBT001 — a callback of two arguments
            return self._build(nodes, work, inside, optional=optional)

        if kind == "object":
            return build_object(self.schemas, facts, work.choices, member, work.goal)
        if kind == "array":
            goal = work.goal if here.isdisjoint(above.schemas) else None
            return build_array(self.schemas, facts, work.choices, self._items(work, inside), goal)
        candidates = chain(self._contents(kind, facts, member), scalars(facts, kind, self._interesting.get(kind, [])))
        return work.choices.pick(_checked(facts, candidates))

    def _contents(self, kind: str, facts: Facts, member: Build) -> Iterator[str]:
        """Give JSON texts whose content satisfies the `contentSchema` beside (2020-12 validation, section 8.5)."""
        for node in facts.nodes if kind == "string" else ():
            coding = coding_of(node.keywords)
            if "contentSchema" in node.keywords and holds_json(node.keywords) and coding:
                with suppress(WitnessError):
                    yield coding.write(json_bytes(member([self.schemas.child(node, "contentSchema")], False)))  # noqa: FBT003

    def _items(self, work: _Work, above: _Around) -> BuildItem:
        def item(nodes: list[Node], different_from: list[Any], optional: bool) -> Any:  # noqa: FBT001 — a callback
            """Build an item; where others are to differ from it, look a little further."""
            first = self._build(nodes, work, above, optional=optional)
            if first not in different_from:
                return first
            others = explore(
                lambda c: self._build(nodes, replace(work, choices=c, left=50), above, optional=optional), 40
            )
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
    return [value for value in found if facts.follows(value)] or found


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    kinds: dict[type, str] = {str: "string", int: "integer", float: "number", type(None): "null", dict: "object"}
    return kinds.get(type(value), "array")


MOST_INTERESTING = 24
"""Values that schemas speak of and that are tried anywhere."""


def interesting(expected: Iterable[Any]) -> tuple[Any, ...]:
    """Give scalars that the values of keywords speak of, and what lies beside the numbers among them."""
    found: dict[str, Any] = {}
    for value in expected:
        for scalar in value if isinstance(value, list) else [value]:
            beside = (scalar + 1, scalar - 1, scalar + 0.5) if _kind(scalar) in ("integer", "number") else ()
            for candidate in (scalar, *beside):
                if not isinstance(candidate, dict | list):
                    found.setdefault(repr(candidate), candidate)
        if len(found) >= MOST_INTERESTING:
            break
    return tuple(found.values())
