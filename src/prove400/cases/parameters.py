"""Parameters as a whole: absent, empty, and given twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from prove400 import pointer
from prove400.cases.context import Context
from prove400.model import Case, Constraint, Obligation, Part, Severity, Side, Unisolable


def presence_cases(context: Context, constraint: Constraint) -> Iterator[Case | Unisolable]:
    """Leave a parameter out: refused where it is required, answered where it is not."""
    if constraint.part is Part.PATH:
        yield Unisolable(constraint, "a path without it is another path", proven=True)
        return
    (name,) = pointer.tokens(constraint.instance_location)
    request, rewriting = context.witness.with_parameter(constraint.part, name, 0)
    faults = context.judge.faults(request, rewriting)
    side = Side.INVALID if constraint.expected else Side.VALID
    if request != context.request and bool(faults) == (side is Side.INVALID):
        obligation = Obligation(constraint, "required.absent" if constraint.expected else "required.optional", side)
        yield context.case(obligation, request, at=constraint.instance_location, faults=faults)
    yield from _empty_cases(context, constraint, name)


def _empty_cases(context: Context, constraint: Constraint, name: str) -> Iterator[Case]:
    """Send a parameter without a text where the contract says that it may be (OpenAPI 3.1 section 4.8.12.2)."""
    declared = context.operation.parameters
    parameter = next(p for p in declared if (p.part, p.name) == (constraint.part, name))
    if not parameter.allow_empty:
        return
    others = tuple((p, value) for p, value in context.witness.parameters if p != parameter)
    request = replace(context.witness, parameters=(*others, (parameter, ""))).request
    if not context.judge.faults(request):
        location = f"{parameter.location}/allowEmptyValue"
        own = replace(constraint, keyword_location=location, keyword="allowEmptyValue", expected=True)
        yield context.case(Obligation(own, "allowEmptyValue.empty", Side.VALID), request, at=own.instance_location)


def repetition_cases(context: Context, constraint: Constraint) -> Iterator[Case]:
    """Give a parameter twice, where one is expected; which of them counts is nobody's to guess."""
    request, rewriting = context.witness.with_parameter(constraint.part, str(constraint.expected), 2)
    faults = context.judge.faults(request, rewriting)
    if faults:
        obligation = Obligation(constraint, "name.repeated", Side.INVALID, Severity.WARNING)
        yield context.case(obligation, request, at=constraint.instance_location, faults=faults)
