"""Constraints that no operator breaks alone: a value is built for the purpose.

The builder turns the one keyword around and keeps all others; what it builds is put where the schema applies, or where
nothing else helps replaces the whole body. The proof is the same as for every other case.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from prove400 import pointer
from prove400.applicators import Place, is_recursive, walk
from prove400.cases.context import Context
from prove400.cases.isolation import part_value, proven
from prove400.cases.values import reached
from prove400.construction import Goal
from prove400.contract.schemas import Node
from prove400.model import Case, Constraint, Obligation, Part, Request, Side
from prove400.pointer import ABSENT
from prove400.validation import Fault
from prove400.witness import Witness, is_sendable

ATTEMPTS = 100
"""Values built at the place of a constraint before the whole body is tried."""
WHOLE_ATTEMPTS = 60
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
    tried: set[Request] = set()
    for case in _candidates(context, constraint, place, tried):
        if case.isolated:
            kinds.setdefault(case.operator, case)
            if len(kinds) == wanted:
                break
        elif joint is None or len(case.violates) < len(joint.violates):
            joint = case
    yield from kinds.values() or filter(None, [joint])


def _candidates(context: Context, constraint: Constraint, place: Place, tried: set[Request]) -> Iterator[Case]:
    goal = Goal(constraint.keyword_location, constraint.member)
    base, places = reached(context, constraint, place)
    for at in places[:1]:
        nodes = base.nodes(constraint.part, at) or [place.node]
        for value in context.builder.values(nodes, goal, ATTEMPTS):
            yield from _case(context, constraint, place, base.witness.with_value(constraint.part, at, value), tried)
    prefix = "" if constraint.part is Part.BODY else "/" + constraint.instance_location.split("/")[1]
    if places[:1] != (prefix,):
        root = context.schemas.node(context.root(constraint))
        for value in context.builder.values([root], goal, WHOLE_ATTEMPTS):
            yield from _case(context, constraint, place, base.witness.with_value(constraint.part, prefix, value), tried)
    for value in _ANY if constraint.part is Part.BODY else ():
        yield from _case(context, constraint, place, base.witness.with_value(constraint.part, prefix, value), tried)
    if is_recursive(context.schemas, place.node):
        root = context.schemas.node(context.root(constraint))
        for value in context.builder.values([root], replace(goal, nested=True), WHOLE_ATTEMPTS):
            yield from _case(context, constraint, place, base.witness.with_value(constraint.part, prefix, value), tried)


def _case(
    context: Context, constraint: Constraint, place: Place, witness: Witness, tried: set[Request]
) -> Iterator[Case]:
    """Give the case of one built request, where it is new and breaks the constraint."""
    request = witness.request
    if request in tried or (constraint.part is not Part.BODY and not is_sendable(witness)):
        return
    tried.add(request)
    context.builder.budget.left -= COST_OF_A_TRIAL
    at = _where(context, constraint, place, request)
    faults, broken = proven(context, constraint, place, at, request)
    if broken:
        obligation = Obligation(constraint, _operator(context, constraint, place, at, request), Side.INVALID)
        yield context.case(obligation, request, at=at, faults=faults)


def _where(context: Context, constraint: Constraint, place: Place, request: Request) -> str:
    """Give the concrete place of the constraint in a request: where its fault is, else where its schema fails."""
    own = [f for f in context.judge.faults(request) if f.keyword_location == constraint.keyword_location]
    if own:
        return _best(own, constraint).instance_location
    value = part_value(context, constraint, request)
    if value is ABSENT or place.is_name:
        return constraint.instance_location
    validator = context.judge.validators.at(place.node.location)
    prefix = "" if constraint.part is Part.BODY else "/" + constraint.instance_location.split("/")[1]
    found = [
        other.at
        for other in walk(context.schemas, context.schemas.node(context.root(constraint)), value, prefix)
        if other.node.location == place.node.location and other.template == place.template
    ]
    failing = [at for at in found if not validator.is_valid(pointer.get(value, at.removeprefix(prefix)))]
    return next(iter([*failing, *found]), constraint.instance_location)


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
    """Give, for each branch of `anyOf` or `oneOf`, a witness that takes it."""
    obligation = Obligation(constraint, f"{constraint.keyword}.branch", Side.VALID)
    for index in range(len(place.node.keywords[constraint.keyword])):
        location = context.schemas.child(place.node, constraint.keyword, index).location
        validator = context.judge.validators.at(location)
        for placed in context.placed:
            places = placed.places(constraint.part, place)
            taken = next((at for at in places if validator.is_valid(placed.value(constraint.part, at))), None)
            if taken is not None:
                yield context.case(obligation, placed.witness.request, at=taken, witness=placed.witness.request)
                break
