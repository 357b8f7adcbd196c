"""What the planning of one operation works with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from prove400 import pointer
from prove400.applicators import Place, walk
from prove400.cases.places import Placed
from prove400.cases.trials import Trials
from prove400.construction import Builder
from prove400.contract import Contract
from prove400.contract.schemas import Schemas
from prove400.media_types import is_json
from prove400.model import Case, Constraint, Obligation, Operation, Parameter, Part, Request, Side
from prove400.validation import Fault, RequestJudge, Routes
from prove400.witness import Witness

NOT_FOUND = 404
UNDOCUMENTED = (400,)
"""What refuses invalid input where nothing else is said (RFC 9110 section 15.5.1)."""


@dataclass(frozen=True)
class Context:
    """One operation with its judge, its witnesses and its constraints."""

    contract: Contract
    operation: Operation
    judge: RequestJudge
    routes: Routes
    placed: tuple[Placed, ...]  # the witness, and others that reach what it does not
    request: Request  # the witness's bytes
    constraints: tuple[tuple[Constraint, Place | None], ...]
    builder: Builder
    foreign: tuple[Any, ...] = ()  # the first member of each enum of the operation
    answers: tuple[str, ...] = ()  # the names that its documented answer has
    lengthy: tuple[str, Witness] | None = None  # the outermost array's place, and the witness with many items in it
    trials: Trials = field(default_factory=Trials)
    _ways: dict[str, dict[tuple[str, str], frozenset[str]]] = field(default_factory=dict)
    undocumented: tuple[int, ...] = UNDOCUMENTED  # what refuses invalid input where the operation does not say

    @property
    def witness(self) -> Witness:
        """The plainest valid request."""
        return self.placed[0].witness

    def holding(self, part: Part, place: Place) -> list[Placed]:
        """Give the witnesses in which the schema of a template place applies."""
        return self._holding.get((part, place.node.location, place.template), [])

    @cached_property
    def _holding(self) -> dict[tuple[Part, str, str], list[Placed]]:
        found: dict[tuple[Part, str, str], list[Placed]] = {}
        for placed in self.placed:
            for key in placed.held:
                found.setdefault(key, []).append(placed)
        return found

    @cached_property
    def _invalid(self) -> tuple[int, ...]:
        return invalid_statuses(self.operation, self.undocumented)

    def _refusing(self, part: Part) -> tuple[int, ...]:
        """Give what refuses an invalid value; of one in the path, too, that nothing is there (RFC 9110, 15.5.5)."""
        return (*self._invalid, NOT_FOUND) if part is Part.PATH else self._invalid

    @property
    def schemas(self) -> Schemas:
        """The contract's schemas."""
        return self.judge.validators.schemas

    def root(self, constraint: Constraint) -> str:
        """Give the location of the schema of the constraint's part: the body's, or its parameter's."""
        if constraint.part is Part.BODY:
            return str(self.witness.media.location) if self.witness.media else ""
        return self.parameter(constraint).schema_location

    def route(self, constraint: Constraint, place: Place) -> frozenset[str]:
        """Give the locations of all schemas on any way to a place."""
        root = self.root(constraint)
        if root not in self._ways:
            at = "" if constraint.part is Part.BODY else "/" + constraint.instance_location.split("/")[1]
            ways: dict[tuple[str, str], frozenset[str]] = {}
            for each in walk(self.schemas, self.schemas.node(root), at=at):
                key = (each.node.location, each.template)
                ways[key] = ways.get(key, frozenset()) | each.route
            self._ways[root] = ways
        return self._ways[root].get((place.node.location, place.template), place.route)

    def parameter(self, constraint: Constraint) -> Parameter:
        """Give the parameter that a constraint is on."""
        name = pointer.tokens(constraint.instance_location)[0]
        return next(p for p in self.operation.parameters if (p.part, p.name) == (constraint.part, name))

    def is_text(self, constraint: Constraint) -> bool:
        """Tell whether what the constraint is on is written as text, in a parameter or a form, and not as JSON."""
        media = self.witness.media
        return constraint.part is not Part.BODY or (media is not None and not is_json(media.media_type))

    def case(  # noqa: PLR0913 — a case has this many sides
        self,
        obligation: Obligation,
        request: Request,
        *,
        at: str = "",
        faults: Iterable[Fault] = (),
        statuses: tuple[int, ...] = (),
        certain: bool = True,
        witness: Request | None = None,
    ) -> Case:
        """Make a case of a request whose faults the judge has found.

        `at` is the instance location; `certain` tells that every JSON parser reads the body's numbers alike.
        """
        own, found = obligation.constraint.keyword_location, list(faults)
        if len(found) > 1:
            found.sort(key=lambda fault: fault.keyword_location != own)
        refused = () if obligation.side is Side.VALID else statuses or self._refusing(obligation.constraint.part)
        places = dict.fromkeys([place for fault in found for place in (fault.place, *fault.also)])
        of_schema = certain and any([fault.of_body_schema for fault in found])  # noqa: C419 — hot
        violates = frozenset([fault.violation for fault in found])
        return Case(obligation, request, witness or self.request, at, tuple(places), violates, refused, of_schema)


def answers(schemas: Schemas, operation: Operation) -> tuple[str, ...]:
    """Give the names that the documented answer to a valid request has, at its top."""
    for response in operation.responses:
        for media in response.media if response.status.startswith("2") else ():
            node = schemas.node(media.location) if isinstance(media.schema, dict) else None
            for holder in (node, *schemas.targets(node)) if node else ():
                if isinstance(properties := holder.keywords.get("properties"), dict):
                    return tuple(properties)
    return ()


def foreign_members(every: tuple[tuple[Constraint, Place | None], ...]) -> tuple[Any, ...]:
    """Give the first member of each enum, to be sent in another's place."""
    firsts = (c.expected[0] for c, _ in every if c.keyword == "enum" and isinstance(c.expected, list) and c.expected)
    return tuple(dict.fromkeys(value for value in firsts if isinstance(value, str)))


def invalid_statuses(operation: Operation, undocumented: tuple[int, ...] = UNDOCUMENTED) -> tuple[int, ...]:
    """Give the statuses that an operation documents for invalid input: 400, else 422, either where it says 4XX.

    Where it documents none of them, `undocumented` says which.
    """
    documented = {response.status for response in operation.responses}
    for names, statuses in ((("400",), (400,)), (("422",), (422,)), (("4XX",), (400, 422))):
        if documented.intersection(names):
            return statuses
    return undocumented


def unread_statuses(
    operation: Operation, *further: int, undocumented: tuple[int, ...] = UNDOCUMENTED
) -> tuple[int, ...]:
    """Give the statuses for a body that cannot be read: the operation's own, and 400 (RFC 9110 section 15.5.1)."""
    return tuple(dict.fromkeys((*invalid_statuses(operation, undocumented), 400, *further)))
