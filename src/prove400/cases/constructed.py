"""Constraints that no operator breaks alone: a value is built for the purpose.

The builder turns the one keyword around and keeps all others; what it builds is put where the schema applies, or where
nothing else helps replaces the whole body. The proof is the same as for every other case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from prove400 import pointer
from prove400.applicators import Place, is_recursive, walk
from prove400.cases.context import Context
from prove400.cases.isolation import part_value, proven
from prove400.cases.places import Placed
from prove400.cases.trials import is_instance
from prove400.cases.values import mutant, reached
from prove400.construction import Goal
from prove400.contract.schemas import Node
from prove400.model import Case, Constraint, Obligation, Part, Request, Side
from prove400.pointer import ABSENT
from prove400.validation import Fault
from prove400.witness import Witness

ATTEMPTS = 60
"""Values built at the place of a constraint before the whole body is tried."""
WHOLE_ATTEMPTS = 40
"""Values built of the whole body."""
COST_OF_A_TRIAL = 3
"""Places of the budget that judging one built request counts for."""
_ANY: tuple[Any, ...] = ({}, [], "prove400", 1, 1.5, True, None, {"prove400": 1}, [1])
"""Values of every kind, as whole bodies, where nothing that was built serves."""
_NAMES = {
    "anyOf": "none-matches",
    "not": "matches",
    "contains": "none",
    "minContains": "one-less",
    "maxContains": "one-more",
    "minProperties": "one-less",
    "maxProperties": "one-more",
    "dependentRequired": "absent",
    "dependencies": "absent",
    "propertyNames": "bad-name",
    "unevaluatedProperties": "unknown",
    "items": "one-more",
    "additionalItems": "one-more",
    "unevaluatedItems": "one-more",
    "false": "present",
}
"""What is wrong with a value that was built to break a keyword."""


def constructed_cases(context: Context, constraint: Constraint, place: Place) -> Iterator[Case]:
    """Give at most one isolated case of each kind, else the one that breaks the least beside the constraint."""
    if context.builder.budget.left <= 0:
        return
    kinds: dict[str, Case] = {}
    joint: Case | None = None
    wanted = 2 if constraint.keyword == "oneOf" else 1
    for case in _Search(context, constraint, place, is_recursive(context.schemas, place.node)).candidates():
        if case.isolated:
            kinds.setdefault(case.operator, case)
            if len(kinds) == wanted:
                break
        elif joint is None or len(case.violates) < len(joint.violates):
            joint = case
    yield from kinds.values() or filter(None, [joint])
    if constraint.keyword == "maxProperties" and constraint.part is Part.BODY:
        yield from (each for case in kinds.values() for each in _largest(context, constraint, case))


def _largest(context: Context, constraint: Constraint, case: Case) -> Iterator[Case]:
    """Give an object that has one member too many without one of them, the last that it can be without, if any."""
    body, at = part_value(context, constraint, case.request), case.instance_location
    members = pointer.get(body, at)
    for left_out in reversed(members):
        fewer = pointer.replace(body, at, {name: item for name, item in members.items() if name != left_out})
        request = context.witness.with_value(Part.BODY, "", fewer).request
        if not context.judge.faults(request):
            obligation = Obligation(constraint, "maxProperties.at", Side.VALID)
            yield context.case(obligation, request, at=at, witness=request)
            return


@dataclass(frozen=True, slots=True)
class _Search:
    """Builds requests that are to break one constraint, and keeps those that do."""

    context: Context
    constraint: Constraint
    place: Place
    is_recursive: bool
    tried: set[Request] = field(default_factory=set)

    def candidates(self) -> Iterator[Case]:
        """Give a case for each request that breaks the constraint: of a value at its place first, then of a whole."""
        context, constraint = self.context, self.constraint
        goal = Goal(constraint.keyword_location, self.place.route, constraint.member)
        base, places = reached(context, constraint, self.place)
        root = context.schemas.node(context.root(constraint))
        prefix = "" if constraint.part is Part.BODY else "/" + constraint.instance_location.split("/")[1]
        for at in places[:1]:
            nodes = base.nodes(constraint.part, at) or [self.place.node]
            yield from self._cases(base.witness, at, context.builder.values(nodes, goal, ATTEMPTS))
        if places[:1] != (prefix,):
            yield from self._cases(base.witness, prefix, context.builder.values([root], goal, WHOLE_ATTEMPTS))
        if constraint.part is Part.BODY:
            yield from self._cases(base.witness, prefix, _ANY)
        if self.is_recursive:
            nested = replace(goal, nested=True)
            yield from self._cases(base.witness, prefix, context.builder.values([root], nested, WHOLE_ATTEMPTS))

    def _cases(self, witness: Witness, at: str, values: Iterable[Any]) -> Iterator[Case]:
        for value in values:
            changed = witness.with_value(self.constraint.part, at, value)
            if self.constraint.part is Part.BODY or changed.is_sendable:
                yield from self._case(changed.request)

    def _case(self, request: Request) -> Iterator[Case]:
        """Give the case of one built request, where it is new and breaks the constraint."""
        if request in self.tried:
            return
        context, constraint = self.context, self.constraint
        self.tried.add(request)
        context.builder.budget.left -= COST_OF_A_TRIAL
        at = self._where(request)
        faults, broken = proven(context, constraint, self.place, at, request)
        if broken:
            obligation = Obligation(constraint, _operator(context, constraint, self.place, at, request), Side.INVALID)
            yield context.case(obligation, request, at=at, faults=faults)

    def _where(self, request: Request) -> str:
        """Give the concrete place of the constraint in a request: where its fault is, else where its schema fails."""
        context, constraint, place = self.context, self.constraint, self.place
        own = [fault for fault in context.judge.faults(request) if self._is_own(fault)]
        if own:
            return _best(own, constraint).instance_location
        value = part_value(context, constraint, request)
        if value is ABSENT or place.is_name:
            return constraint.instance_location
        validator = context.judge.validators.at(place.node.location)
        prefix = "" if constraint.part is Part.BODY else "/" + constraint.instance_location.split("/")[1]
        root, route = context.schemas.node(context.root(constraint)), context.route(constraint, place)
        found = [
            other.at
            for other in walk(context.schemas, root, value, prefix, lambda step, _: step.node.location in route)
            if other.node.location == place.node.location and other.template == place.template
        ]
        failing = [at for at in found if not validator.is_valid(pointer.get(value, at.removeprefix(prefix)))]
        return next(iter([*failing, *found]), constraint.instance_location)

    def _is_own(self, fault: Fault) -> bool:
        """Tell whether a fault is of the constraint: at its place, in an item that it refuses, or further in itself."""
        if fault.keyword_location != self.constraint.keyword_location:
            return False
        at, template = fault.instance_location, self.constraint.instance_location
        return self.is_recursive or is_instance(at, template) or is_instance(pointer.parent(at), template)


def _best(own: list[Fault], constraint: Constraint) -> Fault:
    return next((fault for fault in own if fault.member == constraint.member), own[0])


def _operator(context: Context, constraint: Constraint, place: Place, at: str, request: Request) -> str:
    keyword = constraint.keyword
    if keyword == "oneOf":
        return "oneOf.two-match" if _matching(context, place.node, constraint, at, request) else "oneOf.none-matches"
    return f"{keyword}.{_NAMES.get(keyword, 'constructed')}"


def _matching(context: Context, node: Node, constraint: Constraint, at: str, request: Request) -> int:
    value = part_value(context, constraint, request)
    prefix = "" if constraint.part is Part.BODY else "/" + constraint.instance_location.split("/")[1]
    instance = ABSENT if value is ABSENT else pointer.get(value, at.removeprefix(prefix), ABSENT)
    if instance is ABSENT:
        return 0
    branches = range(len(node.keywords.get("oneOf", ())))
    locations = (context.schemas.child(node, "oneOf", index).location for index in branches)
    return sum(context.judge.validators.at(location).is_valid(instance) for location in locations)


def branch_cases(context: Context, constraint: Constraint, place: Place) -> Iterator[Case]:
    """Give, for each branch of `anyOf` or `oneOf`, a witness that takes it, and then members of two at once."""
    first: dict[int, tuple[Placed, str]] = {}
    for placed in context.holding(constraint.part, place):
        for at in placed.places(constraint.part, place):
            value = placed.value(constraint.part, at)
            for index in context.judge.validators.taken(place.node, constraint.keyword, value):
                first.setdefault(index, (placed, at))
    obligation = Obligation(constraint, f"{constraint.keyword}.branch", Side.VALID)
    taken = [first[index] for index in sorted(first)]
    for placed, at in taken:
        yield context.case(obligation, placed.witness.request, at=at, witness=placed.witness.request)
    for (one, at), (other, beside) in pairwise(taken):
        yield from _merged(context, constraint, place, one, at, other.value(constraint.part, beside))


def _merged(  # noqa: PLR0913 — two values, and what they are to break
    context: Context, constraint: Constraint, place: Place, placed: Placed, at: str, other: Any
) -> Iterator[Case]:
    """Give what two branches admit as one object, where together they break the constraint."""
    value = placed.value(constraint.part, at)
    if isinstance(value, dict) and isinstance(other, dict) and not value.keys() >= other.keys():
        obligation = Obligation(constraint, f"{constraint.keyword}.merged", Side.INVALID)
        case = mutant(context, obligation, place, at, other | value, placed.witness)
        yield from filter(None, [case])
