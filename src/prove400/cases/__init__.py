"""Witness ⊕ operator → cases, each with the proof of what its bytes violate.

Nothing here trusts an operator: the judge reads the bytes back, and a mutation that does not break its constraint is
dropped. Where one breaks it alone, those that break others beside it are dropped too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from prove400.cases.context import Context, invalid_status
from prove400.cases.parameters import presence_cases, repetition_cases
from prove400.cases.values import constraint_cases
from prove400.cases.wire import wire_cases
from prove400.contract import Contract, load
from prove400.errors import SettingsError, WitnessError
from prove400.model import Case, Constraint, Obligation, Operation, Part, Side, Unisolable
from prove400.obligations import constraints
from prove400.validation import RequestJudge, Routes, SchemaValidators
from prove400.witness import find, lengthy

__all__ = ["Context", "invalid_status", "plan"]


def plan(contract: Contract | dict[str, Any] | str, operations: Collection[str] = ()) -> Iterator[Case | Unisolable]:
    """Give every case, and every constraint that cannot be broken alone, operation by operation; send nothing.

    `contract` is a `Contract`, a parsed document, or the path of one; `operations` are labels such as
    ``POST /predict``, none meaning all. The same contract gives the same bytes in the
    same order. Raises `ContractError` where it cannot be used.
    """
    loaded = load(contract)
    validators = SchemaValidators(loaded.document)
    routes = Routes(loaded.operations)
    known = {operation.label for operation in loaded.operations}
    if unknown := sorted(set(operations) - known):
        hint = f"one of: {', '.join(sorted(known))}"
        raise SettingsError(f"the contract has no operation {unknown[0]!r}", where=loaded.source, hint=hint)
    for operation in loaded.operations:
        if operations and operation.label not in operations:
            continue
        yield from _plan_operation(loaded, RequestJudge(operation, validators), routes, operation)


def _plan_operation(
    contract: Contract, judge: RequestJudge, routes: Routes, operation: Operation
) -> Iterator[Case | Unisolable]:
    whole = Constraint(operation.label, Part.BODY, "", operation.location, "witness")
    every = tuple(constraints(contract.document, operation))
    try:
        witness = find(contract, judge)
    except WitnessError as error:
        yield Unisolable(whole, str(error))
        yield from (Unisolable(constraint, "the operation has no witness") for constraint in every)
        return
    context = Context(contract, operation, judge, routes, witness, witness.request, every, lengthy(witness, judge))
    yield context.case(Obligation(whole, "witness.itself", Side.VALID), context.request)
    for constraint in every:
        yield from _constraint_cases(context, constraint)
    yield from wire_cases(context)


def _constraint_cases(context: Context, constraint: Constraint) -> Iterator[Case | Unisolable]:
    if constraint.keyword == "name":
        yield from repetition_cases(context, constraint)
        return
    if constraint.keyword == "required" and constraint.part is not Part.BODY and not constraint.member:
        yield from presence_cases(context, constraint)
        return
    joint: list[Case] = []
    isolated = False
    for case in constraint_cases(context, constraint):
        yield case
        isolated |= case.isolated
        if case.side is Side.INVALID and not case.isolated:
            joint.append(case)
    if not isolated and constraint.keyword != "properties":
        yield _unisolable(constraint, joint)


def _unisolable(constraint: Constraint, joint: list[Case]) -> Unisolable:
    """Say why a constraint cannot be broken alone, with the smallest set that was seen to break with it."""
    if not joint:
        text = " text of a parameter is a string" if constraint.keyword == "type" else " value tried is admitted"
        where = f"every{text}" if constraint.part is not Part.BODY else "no mutation operator breaks it"
        return Unisolable(constraint, where)
    own = constraint.keyword_location
    smallest = min(joint, key=lambda case: (len(case.violates), sorted(case.violates)))
    others = tuple(sorted(v for v in smallest.violates if v[1] != own))
    names = ", ".join(sorted({location.rpartition("/")[2] for _, location in others}))
    return Unisolable(constraint, f"whatever breaks it breaks {names} too", others)
