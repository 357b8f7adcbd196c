"""Constraints of schemas: the operators of each keyword, tried at every place where an instance stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prove400 import pointer
from prove400.applicators import Place
from prove400.cases.context import Context
from prove400.cases.isolation import proven
from prove400.cases.places import MOST, Placed
from prove400.contract.discriminators import Discriminator, discriminator_of
from prove400.model import Case, Constraint, Obligation, Part, Severity, Side
from prove400.mutations import Operator, Subject, by_keyword
from prove400.serialization import Raw
from prove400.validation import follows_all, parse
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

_OPERATORS = by_keyword()
_LIMITS = ("exclusiveMinimum", "exclusiveMaximum")  # booleans in draft 4, where they only sharpen the bound beside them


def operator_cases(context: Context, constraint: Constraint, place: Place) -> Iterator[Case]:
    """Give the cases that the operators of the constraint's keyword make, operator by operator."""
    base, places = reached(context, constraint, place)
    if not places or place.is_name or (isinstance(constraint.expected, bool) and constraint.keyword in _LIMITS):
        return
    deep = False
    for operator in _OPERATORS.get(constraint.keyword, ()):
        severity = _severity(operator, constraint, discriminator_of(context.schemas, place.node))
        obligation = Obligation(constraint, operator.name, operator.side, severity)
        chosen = list(selected(_mutants(context, obligation, operator, place, base, places)))
        yield from chosen
        if chosen and operator.side is Side.INVALID and not deep:
            deep = True
            yield from _late_in_a_long_array(context, obligation, place, chosen[0])


def _severity(operator: Operator, constraint: Constraint, discriminator: Discriminator | None) -> Severity:
    """Give how sure it is that what an operator does is a fault.

    Where a discriminator's branches tell their names themselves, a wrong one is refused by the schema; a parent's
    discriminator is no matter of validation (OpenAPI 3.1.1 section 4.8.25).
    """
    if constraint.part is not Part.BODY and operator.name in RESPELLINGS:
        return Severity.WARNING
    if constraint.keyword != "discriminator" or discriminator is None:
        return operator.severity
    if discriminator.is_implied:
        return Severity.ERROR
    return operator.severity if discriminator.is_listed else Severity.WARNING


def reached(context: Context, constraint: Constraint, place: Place) -> tuple[Placed, tuple[str, ...]]:
    """Give a witness in which the constraint's schema applies, and where.

    In a branch, the value there had better satisfy the branch, or breaking it would change nothing; and a member that
    is to be left out had better be there.
    """
    for placed in context.placed:
        places = placed.places(constraint.part, place)
        if constraint.member:
            places = tuple(at for at in places if _has(placed.value(constraint.part, at), constraint.member))
        if place.is_branch and places:
            validator = context.judge.validators.at(place.node.location)
            places = tuple(at for at in places if validator.is_valid(placed.value(constraint.part, at)))
        if places:
            return placed, places
    return context.placed[0], context.placed[0].places(constraint.part, place)


def _has(value: Any, name: str) -> bool:
    return isinstance(value, dict) and name in value


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


def _mutants(  # noqa: PLR0913 — what an operator is tried on
    context: Context, obligation: Obligation, operator: Operator, place: Place, base: Placed, places: tuple[str, ...]
) -> Iterator[Case]:
    constraint = obligation.constraint
    for at in places[:1] if operator.side is Side.VALID else places:
        value = base.value(constraint.part, at)
        subject = _subject(context, constraint, place, value)
        sent = {base.witness.request}
        nodes = (place.node, *base.nodes(constraint.part, at)) if operator.side is Side.VALID else ()
        for mutated in operator.mutate(subject):
            if not all(follows_all(node.keywords, mutated) for node in nodes):
                continue
            case = mutant(context, obligation, place, at, mutated, base.witness)
            if case is not None and case.request not in sent:
                sent.add(case.request)
                yield case


def _subject(context: Context, constraint: Constraint, place: Place, value: Any) -> Subject:
    discriminator = discriminator_of(context.schemas, place.node) if constraint.keyword == "discriminator" else None
    return Subject(
        value=value,
        expected=constraint.expected,
        schema=place.node.keywords,
        member=constraint.member,
        foreign=context.foreign,
        answers=context.answers,
        names=tuple(discriminator.names) if discriminator else (),
    )


def mutant(  # noqa: PLR0913 — what makes a case
    context: Context, obligation: Obligation, place: Place, at: str, mutated: Any, base: Witness
) -> Case | None:
    """Give the case, unless its bytes cannot be sent or do not do what the obligation is about."""
    constraint = obligation.constraint
    witness = base.with_value(constraint.part, at, mutated)
    if constraint.part is not Part.BODY and not is_sendable(witness):
        return None
    request = witness.request
    if obligation.side is Side.VALID:
        faults = context.judge.faults(request)
        return None if faults else context.case(obligation, request, at=at, witness=base.request)
    faults, broken = proven(context, constraint, place, at, request)
    if not broken:
        return None
    certain = not isinstance(mutated, Raw)
    return context.case(obligation, request, at=at, faults=faults, certain=certain, witness=base.request)


def _late_in_a_long_array(context: Context, obligation: Obligation, place: Place, case: Case) -> Iterator[Case]:
    """Break the constraint once more in the last of many items, with what broke it in the first."""
    if context.lengthy is None or case.part is not Part.BODY:
        return
    array, witness = context.lengthy
    if not case.instance_location.startswith(f"{array}/0/"):
        return
    inside = case.instance_location[len(array) + 2 :]
    at = f"{array}/{len(pointer.get(witness.body, array)) - 1}{inside}"
    mutated = pointer.get(parse(case.request.body), case.instance_location)
    if pointer.get(witness.body, at, pointer.ABSENT) is not pointer.ABSENT:
        yield from filter(None, [mutant(context, obligation, place, at, mutated, witness)])
