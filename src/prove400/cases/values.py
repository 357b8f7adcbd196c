"""Constraints of schemas: the operators of each keyword, tried at every place where an instance stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prove400 import pointer
from prove400.cases.context import Context
from prove400.model import Case, Constraint, Obligation, Part, Severity, Side
from prove400.mutations import Operator, Subject, by_keyword
from prove400.serialization import Raw
from prove400.validation import Fault, parse
from prove400.witness import Witness, is_sendable

RESPELLINGS = frozenset(
    {
        "type.truth-as-text",
        "type.truth-as-number",
        "type.truth-synonym",
        "type.exponent-string",
        "type.leading-zero-string",
        "type.padded-numeric-string",
    }
)
"""Operators that, in a parameter, only spell the same value in another way, which no standard settles."""
MOST = 3
"""Cases of one obligation on the invalid side; the valid side has as many as its operator gives."""

_OPERATORS = by_keyword()


def instances(value: Any, template: str) -> tuple[str, ...]:
    """Give the places that a template stands for: in arrays the first, the middle and the last item."""
    found = [""]
    for token in pointer.tokens(template):
        found = [pointer.join(at, step) for at in found for step in _steps(pointer.get(value, at), token)]
    if len(found) > MOST:
        found = [found[0], found[len(found) // 2], found[-1]]
    return tuple(found)


def _steps(value: Any, step: str) -> tuple[str | int, ...]:
    if step == "*" and isinstance(value, list):
        return tuple(sorted({0, len(value) // 2, len(value) - 1})) if value else ()
    return (step,) if isinstance(value, dict) and step in value else ()


def constraint_cases(context: Context, constraint: Constraint) -> Iterator[Case]:
    """Give the cases of one constraint of a schema, operator by operator."""
    places = instances(context.witness.value(constraint.part), constraint.instance_location)
    deep = False
    for operator in _OPERATORS.get(constraint.keyword, ()):
        severity = operator.severity
        if constraint.part is not Part.BODY and operator.name in RESPELLINGS:
            severity = Severity.WARNING
        obligation = Obligation(constraint, operator.name, operator.side, severity)
        chosen = list(selected(_mutants(context, obligation, operator, places)))
        yield from chosen
        if chosen and operator.side is Side.INVALID and not deep:
            deep = True
            yield from _late_in_a_long_array(context, obligation, chosen[0])


def _late_in_a_long_array(context: Context, obligation: Obligation, case: Case) -> Iterator[Case]:
    """Break the constraint once more in the last of many items, with what broke it in the first."""
    if context.lengthy is None or case.part is not Part.BODY:
        return
    array, witness = context.lengthy
    inside = case.instance_location.removeprefix(array)
    if inside == case.instance_location and array or not inside.startswith("/0/"):
        return
    at = f"{array}/{len(pointer.get(witness.body, array)) - 1}{inside[2:]}"
    mutated = pointer.get(parse(case.request.body), case.instance_location)
    yield from filter(None, [_mutant(context, obligation, at, mutated, witness)])


def selected(candidates: Iterator[Case]) -> Iterator[Case]:
    """Keep the isolated cases of one obligation, or those that break the least beside it; at most `MOST`.

    Candidates of several places come in turn, so that each place keeps one.
    """
    every = list(candidates)
    if every and every[0].side is Side.VALID:
        yield from every
        return
    least = min((len(case.violates) for case in every), default=0)
    yield from _spread([case for case in every if len(case.violates) == least])


def _spread(cases: list[Case]) -> Iterator[Case]:
    places = list(dict.fromkeys(case.instance_location for case in cases))
    if len(places) == 1:
        yield from cases[:MOST]
        return
    for turn, place in enumerate(places[:MOST]):
        own = [case for case in cases if case.instance_location == place]
        yield own[turn % len(own)]


def _mutants(context: Context, obligation: Obligation, operator: Operator, places: tuple[str, ...]) -> Iterator[Case]:
    constraint = obligation.constraint
    schema = context.contract.document.at(pointer.parent(constraint.keyword_location))
    for at in places[:1] if operator.side is Side.VALID else places:
        value = pointer.get(context.witness.value(constraint.part), at)
        subject = Subject(value, constraint.expected, schema, constraint.member, context.foreign, context.answers)
        sent = {context.request}
        for mutated in operator.mutate(subject):
            case = _mutant(context, obligation, at, mutated)
            if case is not None and case.request not in sent:
                sent.add(case.request)
                yield case


def _mutant(
    context: Context, obligation: Obligation, at: str, mutated: Any, base: Witness | None = None
) -> Case | None:
    """Give the case, unless its bytes cannot be sent or do not do what the obligation is about."""
    constraint = obligation.constraint
    witness = (base or context.witness).with_value(constraint.part, at, mutated)
    if constraint.part is not Part.BODY and not is_sendable(witness):
        return None
    request = witness.request
    faults = context.judge.faults(request)
    if obligation.side is Side.VALID:
        return None if faults else context.case(obligation, request, at=at)
    if not any(_is_own(fault, constraint, at) for fault in faults):
        return None
    return context.case(obligation, request, at=at, faults=faults, certain=not isinstance(mutated, Raw))


def _is_own(fault: Fault, constraint: Constraint, at: str) -> bool:
    return fault.violation == (at, constraint.keyword_location) and constraint.member in ("", fault.member)
