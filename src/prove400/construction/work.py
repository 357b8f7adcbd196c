"""One run of a construction: what it may still do, what is around each of its values, and values to take again.

A value that is made of first options alone comes out the same wherever no schema in it bears on the goal, or applies
to a value around it. It is remembered, so that the next of many values that differ at one place each takes it again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from prove400.construction.choices import Choices
from prove400.construction.facts import Facts, Goal

MAX_DEPTH = 100
"""Containers inside one another; a schema that asks for more is given up on that way."""
MOST_PLACES = 500
"""Places of one value beside those that its schema has without recursion; one that asks for more is given up on."""


@dataclass(slots=True)
class Work:
    """One run of a construction: the choices, the goal, and how many places may still be filled."""

    choices: Choices
    goal: Goal | None
    left: int = MOST_PLACES
    use_examples: bool = True
    examples: int = 0
    """How often one was taken."""
    met: list[str] = field(default_factory=list)
    """The schemas of all values so far."""
    deepest: int = 0
    """Containers around one of them, at most."""
    ties: int = 0
    """How often it mattered what is elsewhere in the value, or how many places were left."""

    @property
    def admits_examples(self) -> bool:
        """Whether examples are taken where the goal does not lead."""
        return self.use_examples and (self.goal is None or self.goal.only_leads)


@dataclass(frozen=True, slots=True)
class Around:
    """The schemas of the values that a value is built in, and how many values these are."""

    schemas: frozenset[str] = frozenset()
    depth: int = 0

    def inside(self, here: frozenset[str]) -> Around:
        """Give what is around the members and items of a value that has these schemas."""
        return Around(self.schemas | here, self.depth + 1)


@dataclass(frozen=True, slots=True)
class Begun:
    """Where a run stood when it began with a value."""

    choices: int
    met: int
    ties: int
    left: int
    examples: int
    places: int  # of the contract's budget

    @classmethod
    def of(cls, work: Work, places: int) -> Begun:
        """Take down where a run stands."""
        return cls(len(work.choices.arities), len(work.met), work.ties, work.left, work.examples, places)


@dataclass(frozen=True, slots=True)
class Made:
    """A value, and what it took."""

    value: Any
    schemas: frozenset[str]  # of the value and of all in it
    height: int  # containers inside one another, at most
    arities: tuple[int, ...]
    left: int
    examples: int
    places: int

    @classmethod
    def since(cls, begun: Begun, work: Work, around: Around, places: int, value: Any) -> Made | None:
        """Give what a run made since it began with a value; None where it may come out otherwise at another time."""
        if begun.choices < work.choices.planned or work.ties != begun.ties:
            return None
        schemas = frozenset(work.met[begun.met :])
        if not _is_apart(schemas, work, around):
            return None
        arities = tuple(work.choices.arities[begun.choices :])
        left, examples = begun.left - work.left, work.examples - begun.examples
        height = work.deepest - around.depth
        return cls(value, schemas, height, arities, left, examples, begun.places - places)

    def is_again(self, work: Work, around: Around) -> bool:
        """Tell whether a run that is at a value of the same schemas would make this one."""
        is_plain = len(work.choices.arities) >= work.choices.planned
        has_room = self.left <= work.left and around.depth + self.height <= MAX_DEPTH
        return is_plain and has_room and _is_apart(self.schemas, work, around)

    def take(self, work: Work, around: Around) -> Any:
        """Give the value, and have the run stand where it would once it had made it."""
        work.choices.arities.extend(self.arities)
        work.met.extend(self.schemas)
        work.deepest = max(work.deepest, around.depth + self.height)
        work.left -= self.left
        work.examples += self.examples
        return self.value


def _is_apart(schemas: frozenset[str], work: Work, around: Around) -> bool:
    return schemas.isdisjoint(around.schemas) and (work.goal is None or schemas.isdisjoint(work.goal.around))


def note(facts: Facts, work: Work, around: Around) -> None:
    """Take down the schemas of a value; a condition may be weighed against those on the way to the goal."""
    work.deepest = max(work.deepest, around.depth)
    work.met.extend(node.location for node in facts.nodes)
    work.ties += "if" in facts.present_keywords
