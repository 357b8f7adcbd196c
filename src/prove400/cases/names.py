"""Constraints on the names of an object's members (2020-12 core, section 10.3.2.4): an operator respells one name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from prove400 import pointer
from prove400.applicators import Place
from prove400.cases.context import Context
from prove400.cases.places import MOST, Placed
from prove400.cases.values import OPERATORS, mutant, selected
from prove400.model import Case, Constraint, Obligation
from prove400.mutations import Operator, Subject


def name_cases(context: Context, constraint: Constraint, place: Place) -> Iterator[Case]:
    """Give the cases that the operators of the constraint's keyword make of the names in one object."""
    part = constraint.part
    for placed in context.placed:
        for at in placed.objects(part, place):
            if placed.value(part, at) and not place.open_beside:
                for operator in OPERATORS.get(constraint.keyword, ()):
                    obligation = Obligation(constraint, operator.name, operator.side, operator.severity)
                    yield from selected(_respelled(context, obligation, operator, place, placed, at))
                return


def _respelled(  # noqa: PLR0913 — what an operator is tried on
    context: Context, obligation: Obligation, operator: Operator, place: Place, placed: Placed, at: str
) -> Iterator[Case]:
    """Give the cases of one operator; a reply may name the object, or the member by the name that was sent."""
    constraint = obligation.constraint
    value = placed.value(constraint.part, at)
    sent = {placed.witness.request}
    for name in islice(value, MOST):
        for new in operator.mutate(Subject(name, constraint.expected, place.node.keywords, constraint.member)):
            if isinstance(new, str) and new not in value:
                changed = {new if old == name else old: item for old, item in value.items()}
                case = mutant(context, obligation, place, at, changed, placed.witness)
                if case is not None and case.request not in sent:
                    sent.add(case.request)
                    also = (pointer.join(at, new),) if case.violates else ()
                    yield replace(case, fault_locations=(*case.fault_locations, *also))
