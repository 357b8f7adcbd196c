"""Schemas → values: recursive construction, one choice at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import chain, islice
from typing import Any

from prove400.construction.arrays import BuildItem, build_array
from prove400.construction.choices import Choices, explore
from prove400.construction.contradiction import Contradictions
from prove400.construction.facts import Checks, Facts, Goal, flatten
from prove400.construction.objects import Build, build_object
from prove400.construction.scalars import scalars
from prove400.construction.work import MAX_DEPTH, MOST_PLACES, Around, Begun, Made, Work, note
from prove400.contract.schemas import Node, Schemas
from prove400.errors import WitnessError
from prove400.serialization import json_bytes
from prove400.serialization.contents import coding_of, holds_json

MOST_CANDIDATES = 12
"""Scalars to choose from at one place."""
PLACES_OF_A_SEARCH = 3_000
"""Places filled in all values that are built for one purpose."""
PLACES_OF_ANOTHER = 50
"""Places of an item that is to differ from others."""


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
        self._places = MOST_PLACES + places
        self._made: dict[tuple[tuple[str, ...], bool, bool], Made] = {}
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
        self.obstacle = None
        used_examples = False

        def attempt(choices: Choices) -> Any:
            nonlocal used_examples
            work = Work(choices, goal, self._places, use_examples)
            try:
                return self._build(nodes, work, Around(), optional=False)
            except WitnessError as error:
                self.obstacle = self.obstacle or error
                raise
            finally:
                used_examples |= work.examples > 0

        for use_examples in (True, False):
            if use_examples or (used_examples and goal is None):
                yield from explore(attempt, limit, lambda: self.budget.left < least)

    def _build(self, nodes: list[Node], work: Work, above: Around, *, optional: bool) -> Any:
        """Build one value, or take it again; raises `WitnessError` where these choices lead to none.

        An `optional` value is not built inside its own schema again.
        """
        key = (tuple(node.location for node in nodes), optional, work.admits_examples)
        made = self._made.get(key)
        if made is not None and made.is_again(work, above):
            self.budget.left -= made.places
            return made.take(work, above)
        begun = Begun.of(work, self.budget.left)
        value = self._anew(nodes, work, above, optional=optional)
        if (made := Made.since(begun, work, above, self.budget.left, value)) is not None:
            self._made[key] = made
        return value

    def _anew(self, nodes: list[Node], work: Work, above: Around, *, optional: bool) -> Any:
        facts = flatten(self.schemas, nodes, work.choices, work.goal, self.budget.checks, above.schemas)
        note(facts, work, above)
        here = frozenset(node.location for node in facts.nodes if node.keywords)
        if facts.goal and work.goal:
            here |= {work.goal.keyword_location}
        work.left -= 1
        self.budget.left -= 1
        is_again = optional and not here.isdisjoint(above.schemas) and not facts.goal
        is_past = work.left < 0 or above.depth > MAX_DEPTH
        work.ties += is_past
        if is_past or is_again:
            raise WitnessError("the schema asks for ever more values", where=nodes[0].location)
        listed = [*facts.all("const"), *(member for members in facts.all("enum") for member in members)]
        if listed:
            return work.choices.pick(_checked(facts, listed))
        named = [example for node in facts.nodes for example in _examples(node)] if work.use_examples else []
        is_free = work.goal is None or (work.goal.only_leads and work.goal.route.isdisjoint(here))
        if named and is_free and (admitted := [value for value in named if facts.admits(value)]):
            work.examples += 1
            return work.choices.pick([*admitted[:2]])
        kinds = facts.types()
        if not kinds:
            raise WitnessError("no type is admitted", where=nodes[0].location)
        return self._of_kind(work.choices.pick(kinds), facts, work, above, here)

    def _of_kind(self, kind: str, facts: Facts, work: Work, above: Around, here: frozenset[str]) -> Any:
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

    def _items(self, work: Work, above: Around) -> BuildItem:
        def item(nodes: list[Node], different_from: list[Any], optional: bool) -> Any:  # noqa: FBT001 — a callback
            """Build an item; where others are to differ from it, look a little further."""
            first = self._build(nodes, work, above, optional=optional)
            if first not in different_from:
                return first

            def other(choices: Choices) -> Any:
                apart = replace(work, choices=choices, left=PLACES_OF_ANOTHER)
                try:
                    return self._build(nodes, apart, above, optional=optional)
                finally:
                    work.examples, work.ties, work.deepest = apart.examples, apart.ties, apart.deepest

            others = explore(other, 40)
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
