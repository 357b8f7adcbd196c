"""Where the schemas of an operation apply in one witness."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from prove400 import pointer
from prove400.applicators import Place, Steps, every_step, walk
from prove400.contract.schemas import Node, Schemas
from prove400.model import Part
from prove400.witness import Witness

MOST = 3
"""Places of one constraint that are tried: in arrays the first, the middle and the last item."""
MOST_LOOKED = 256
"""Places of one constraint among which those that are tried are chosen."""


def spread(places: tuple[str, ...]) -> tuple[str, ...]:
    """Give at most the first, the middle and the last."""
    return places if len(places) <= MOST else (places[0], places[len(places) // 2], places[-1])


@dataclass(slots=True)
class _Index:
    places: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    objects: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    nodes: dict[str, list[Node]] = field(default_factory=lambda: defaultdict(list))

    def add(self, place: Place) -> None:
        """Note where a schema applies; in a branch, it is not asked of the value for itself."""
        found = self.objects if place.is_name else self.places
        found[place.node.location, place.template].append(place.at)
        if not place.is_branch:
            self.nodes[place.at].append(place.node)


@dataclass(frozen=True)
class Placed:
    """A witness, and where each schema applies in it.

    Of one beside the plainest, that is told of the branches that it takes, and of its body alone.
    """

    schemas: Schemas
    witness: Witness
    further: Steps | None = None

    @cached_property
    def _indices(self) -> dict[Part, _Index]:
        indices: dict[Part, _Index] = defaultdict(_Index)
        for parameter, value in () if self.further else self.witness.parameters:
            at = pointer.join("", parameter.name)
            for place in walk(self.schemas, self.schemas.node(parameter.schema_location), value, at):
                indices[parameter.part].add(place)
        if self.witness.media is not None and self.witness.media.schema is not None and self.witness.has_body:
            root, steps = self.schemas.node(self.witness.media.location), self.further or every_step
            for place in walk(self.schemas, root, self.witness.body, steps=steps):
                indices[Part.BODY].add(place)
        return dict(indices)

    @property
    def held(self) -> Iterator[tuple[Part, str, str]]:
        """The schemas that apply, by part, location and template."""
        return ((part, *key) for part, index in self._indices.items() for key in index.places)

    def places(self, part: Part, place: Place) -> tuple[str, ...]:
        """Give where the schema of a template place applies: of very many, the first ones and the last."""
        index = self._indices.get(part)
        found = index.places.get((place.node.location, place.template), []) if index else []
        return tuple(dict.fromkeys((*found[: MOST_LOOKED - 1], *found[-1:])))

    def objects(self, part: Part, place: Place) -> tuple[str, ...]:
        """Give where objects stand to whose members' names the schema of a template place applies."""
        index = self._indices.get(part)
        return tuple(index.objects.get((place.node.location, place.template), ())) if index else ()

    def nodes(self, part: Part, at: str) -> list[Node]:
        """Give every schema that a value at a place must satisfy."""
        index = self._indices.get(part)
        return list(index.nodes.get(at, [])) if index else []

    def value(self, part: Part, at: str) -> Any:
        """Give the witness's value at a place."""
        return pointer.get(self.witness.value(part), at)
