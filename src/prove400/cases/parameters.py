"""Parameters as a whole: absent, and given twice."""

from __future__ import annotations

from collections.abc import Iterator

from prove400.cases.context import Context
from prove400.model import Case, Constraint, Obligation, Severity, Side


def presence_cases(context: Context, constraint: Constraint) -> Iterator[Case]:
    """Leave a parameter out: refused where it is required, answered where it is not."""
    name = str(constraint.instance_location).removeprefix("/")
    request = context.witness.without_parameter(constraint.part, name).request
    faults = context.judge.faults(request)
    side = Side.INVALID if constraint.expected else Side.VALID
    if request != context.request and bool(faults) == (side is Side.INVALID):
        obligation = Obligation(constraint, "required.absent" if constraint.expected else "required.optional", side)
        yield context.case(obligation, request, at=constraint.instance_location, faults=faults)


def repetition_cases(context: Context, constraint: Constraint) -> Iterator[Case]:
    """Give a parameter twice, where one is expected; which of them counts is nobody's to guess."""
    request = context.witness.repeating_parameter(constraint.part, str(constraint.expected)).request
    faults = context.judge.faults(request)
    if faults:
        obligation = Obligation(constraint, "name.repeated", Side.INVALID, Severity.WARNING)
        yield context.case(obligation, request, at=constraint.instance_location, faults=faults)
