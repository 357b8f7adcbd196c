"""Constraints of schemas: the operators of each keyword, tried at every place where an instance stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from prove400 import pointer
from prove400.applicators import Place
from prove400.cases.context import Context
from prove400.cases.isolation import SHARPENED, proven
from prove400.cases.least import least_cases
from prove400.cases.places import MOST, Placed, spread
from prove400.contract.discriminators import discriminator_of
from prove400.media_types import Format, format_of, is_json
from prove400.model import Case, Constraint, Obligation, Part, Request, Severity, Side
from prove400.mutations import Operator, Subject, by_keyword
from prove400.obligations import is_positional
from prove400.serialization import Raw, Written, json_bytes
from prove400.validation import ANNOTATIONS, Change, Rewriting, follows_all
from prove400.witness import Witness, are_sendable

RESPELLINGS = frozenset(
    {
        "type.truth-as-text",
        "type.truth-as-number",
        "type.truth-synonym",
        "type.exponent-string",
        "type.leading-zero-string",
        "type.plus-string",
        "type.underscore-string",
        "type.padded-numeric-string",
    }
)
"""Operators that, in a text, only spell the same value in another way, which no standard settles."""

OF_FORMS = frozenset({"additionalProperties.bracketed"})
"""Operators that mean something in the names of a form alone."""
UNROUTED = frozenset({"minLength.blank", "type.control-characters"})
"""Operators whose texts a path carries to no handler for certain."""

OPERATORS = by_keyword()


def operator_cases(context: Context, constraint: Constraint, place: Place) -> Iterator[Case]:
    """Give the cases that the operators of the constraint's keyword make, operator by operator."""
    base, places = reached(context, constraint, place)
    if not places:
        return
    stood = [(at, _subject(context, constraint, place, base.value(constraint.part, at))) for at in places]
    deep = False
    for operator in OPERATORS.get(constraint.keyword, ()):
        if place.open_beside and operator.side is Side.INVALID:
            continue
        severity = _severity(context, operator, constraint, place)
        if not _is_settled(context, operator, constraint, place):
            continue
        if operator.name in OF_FORMS and not _names_fields(context, constraint):
            continue
        obligation = Obligation(constraint, operator.name, operator.side, severity)
        mutants = _mutants(context, obligation, operator, place, base, stood)
        chosen = list(selected(mutants, each=operator.each))
        yield from chosen
        if chosen and operator.side is Side.INVALID and not deep:
            deep = True
            yield from _late_in_a_long_array(context, obligation, place, chosen[0])
            yield from least_cases(context, obligation, place, chosen[0])


def _is_settled(context: Context, operator: Operator, constraint: Constraint, place: Place) -> bool:
    """Tell whether what an operator sends is what the contract says it is.

    ``17.0`` is an integer in JSON, and nothing that a text must be; blanks and control characters in a path are what
    routers make of them.
    """
    if operator.name in UNROUTED:
        return constraint.part is not Part.PATH
    is_settled = not context.is_text(constraint) or "number" in context.judge.types.at(place.node.location)
    return operator.name != "type.integral-float" or is_settled


def _names_fields(context: Context, constraint: Constraint) -> bool:
    """Tell whether the members of what a constraint is on are the fields of a form."""
    is_whole_body = constraint.part is Part.BODY and not constraint.instance_location
    media = context.witness.media
    return is_whole_body and media is not None and format_of(media.media_type) in (Format.FORM, Format.MULTIPART)


def _severity(context: Context, operator: Operator, constraint: Constraint, place: Place) -> Severity:
    """Give how sure it is that what an operator does is a fault.

    Where a discriminator's branches tell their names themselves, a wrong one is refused by the schema; a parent's
    discriminator is no matter of validation (OpenAPI 3.1.1 section 4.8.25).
    """
    if context.is_text(constraint) and operator.name in RESPELLINGS:
        return Severity.WARNING
    discriminator = discriminator_of(context.schemas, place.node) if constraint.keyword == "discriminator" else None
    if discriminator is None:
        return operator.severity
    if discriminator.is_implied:
        return Severity.ERROR
    return operator.severity if discriminator.is_listed else Severity.WARNING


def reached(context: Context, constraint: Constraint, place: Place) -> tuple[Placed, tuple[str, ...]]:
    """Give a witness in which the constraint's schema applies, and where.

    In a branch, what the branch is about had better satisfy it, or breaking it would change nothing; and a member that
    is to be left out had better be there.
    """
    branches = list(_conditions(context, place))
    for placed in context.holding(constraint.part, place):
        places = placed.places(constraint.part, place)
        if constraint.member:
            places = tuple(at for at in places if _has(placed.value(constraint.part, at), constraint.member))
        if place.is_branch and places:
            validator = context.judge.validators.at(place.node.location)
            places = tuple(at for at in places if validator.is_valid(placed.value(constraint.part, at)))
            places = tuple(at for at in places if _takes(context, placed, constraint.part, at, branches))
        if places:
            return placed, spread(places)
    return context.placed[0], spread(context.placed[0].places(constraint.part, place))


@dataclass(frozen=True, slots=True)
class _Condition:
    """A schema that the value around a place must satisfy, or must not, so that a branch is taken there."""

    location: str
    depth: int  # of the value, in tokens
    holds: bool


def _conditions(context: Context, place: Place) -> Iterator[_Condition]:
    """Give on what it depends that the branches on the way to a place are taken."""
    for each in place.way():
        depth = len(pointer.tokens(each.template))
        if each.applicator in ("anyOf", "oneOf") and each.is_branch:
            yield _Condition(each.node.location, depth, holds=True)
        elif each.applicator in ("then", "else") and each.above:
            asked = context.schemas.child(each.above.node, "if")
            yield _Condition(asked.location, depth, holds=each.applicator == "then")


def _takes(context: Context, placed: Placed, part: Part, at: str, conditions: list[_Condition]) -> bool:
    """Tell whether a witness takes every branch on the way to a place."""
    names = pointer.tokens(at)
    return all(
        context.judge.validators.at(each.location).is_valid(
            placed.value(part, pointer.from_tokens(names[: each.depth]))
        )
        is each.holds
        for each in conditions
    )


def _has(value: Any, name: str) -> bool:
    return isinstance(value, dict) and name in value


def selected(candidates: Iterator[Case], *, each: bool = False) -> Iterator[Case]:
    """Keep the isolated cases of one obligation, or those that break the least beside it; at most `MOST`.

    Candidates of several places come in turn, so that each place keeps one. Where `each` is a fault of its own, the
    first place keeps all of them. What breaks the order of items breaks several at once; there all count.
    """
    every = list(candidates)
    if len(every) == 1 or (every and every[0].side is Side.VALID):
        yield from every
        return
    least = min((len(case.violates) for case in every), default=0)
    jointly = bool(every) and is_positional(every[0].obligation.constraint)
    yield from _spread([case for case in every if jointly or len(case.violates) == least], each=each)


def _spread(cases: list[Case], *, each: bool) -> Iterator[Case]:
    at: dict[str, list[Case]] = {}
    for case in cases:
        at.setdefault(case.instance_location, []).append(case)
    for turn, own in enumerate(list(at.values())[:MOST]):
        if turn == 0 and (each or len(at) == 1):
            yield from own if each else own[:MOST]
        else:
            yield own[turn % len(own)]


def _mutants(  # noqa: PLR0913 — what an operator is tried on
    context: Context,
    obligation: Obligation,
    operator: Operator,
    place: Place,
    base: Placed,
    stood: list[tuple[str, Subject]],
) -> Iterator[Case]:
    constraint = obligation.constraint
    for at, subject in stood[:1] if operator.side is Side.VALID else stood:
        sent = {base.witness.request.body if constraint.part is Part.BODY else base.witness.request}
        nodes = (place.node, *base.nodes(constraint.part, at)) if operator.side is Side.VALID else ()
        for mutated in operator.mutate(subject):
            if nodes and not all(follows_all(node.keywords, mutated) for node in nodes):
                continue
            case = mutant(context, obligation, place, at, mutated, base.witness)
            if case is None:
                continue
            told_by = case.request.body if constraint.part is Part.BODY else case.request
            if told_by not in sent:
                sent.add(told_by)
                yield case


def _subject(context: Context, constraint: Constraint, place: Place, value: Any) -> Subject:
    discriminator = discriminator_of(context.schemas, place.node) if constraint.keyword == "discriminator" else None
    return Subject(
        value=value,
        expected=_bound(constraint, place),
        schema=place.node.keywords,
        member=constraint.member,
        foreign=context.foreign,
        answers=context.answers,
        names=tuple(discriminator.names) if discriminator else (),
    )


def _bound(constraint: Constraint, place: Place) -> Any:
    """Give what a keyword asks for; of a boolean that sharpens a bound, that bound."""
    if constraint.keyword in SHARPENED and constraint.expected is True:
        return place.node.keywords[SHARPENED[constraint.keyword]]
    return constraint.expected


def mutant(  # noqa: PLR0913 — what makes a case
    context: Context, obligation: Obligation, place: Place, at: str, mutated: Any, base: Witness
) -> Case | None:
    """Give the case, unless its bytes cannot be sent or do not do what the obligation is about."""
    constraint = obligation.constraint
    is_invalid = obligation.side is Side.INVALID
    if is_invalid and place.is_branch and _breaks_nothing(context, constraint, base, at, mutated):
        return None
    made = written(constraint.part, base, at, mutated)
    if made is None:
        return None
    request, change = made
    if not is_invalid:
        faults = context.judge.faults(request, change)
        return None if faults else context.case(obligation, request, at=at, witness=base.request)
    faults, broken = proven(context, constraint, place, at, request, change)
    if not broken:
        return None
    certain = not isinstance(mutated, Raw)
    return context.case(obligation, request, at=at, faults=faults, certain=certain, witness=base.request)


def written(part: Part, base: Witness, at: str, mutated: Any) -> tuple[Request, Change | Rewriting | None] | None:
    """Give the request with another value at a place, and how it came of the witness's; None where none can be sent."""
    if part is Part.BODY and (exchanged := base.exchanged(at, mutated)) is not None:
        return exchanged
    if base.is_sendable and (rewritten := base.rewritten(part, at, mutated)) is not None:
        request, rewriting = rewritten
        fields = {Part.HEADER: rewriting.pairs, Part.COOKIE: request.headers[-1:]}.get(part, ())
        return rewritten if are_sendable(fields) else None
    witness = base.with_value(part, at, mutated)
    return None if part is not Part.BODY and not witness.is_sendable else (witness.request, None)


def _breaks_nothing(context: Context, constraint: Constraint, base: Witness, at: str, mutated: Any) -> bool:
    """Tell that a body is valid before it is written: what breaks one branch often satisfies another."""
    media = base.media
    if constraint.part is not Part.BODY or constraint.keyword in (*ANNOTATIONS, "discriminator") or media is None:
        return False
    if not is_json(media.media_type) or not isinstance(json_bytes(mutated), Written):
        return False
    is_valid = context.judge.validators.at(media.location).is_valid(pointer.replace(base.body, at, mutated))
    return is_valid and not context.judge.parameter_faults(base.request)


def _late_in_a_long_array(context: Context, obligation: Obligation, place: Place, case: Case) -> Iterator[Case]:
    """Break the constraint once more in the last of many items, with what broke it in the first."""
    if context.lengthy is None or case.part is not Part.BODY:
        return
    array, witness = context.lengthy
    if not case.instance_location.startswith(f"{array}/0/"):
        return
    inside = case.instance_location[len(array) + 2 :]
    at = f"{array}/{len(pointer.get(witness.body, array)) - 1}{inside}"
    mutated = pointer.get(context.judge.value(case.request, Part.BODY), case.instance_location)
    if pointer.get(witness.body, at, pointer.ABSENT) is not pointer.ABSENT:
        yield from filter(None, [mutant(context, obligation, place, at, mutated, witness)])
