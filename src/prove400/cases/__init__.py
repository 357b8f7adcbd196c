"""Witness ⊕ operator → cases, each with the proof of what its bytes violate.

Nothing here trusts an operator: the judge reads the bytes back, and a mutation that does not break its constraint is
dropped. Where one breaks it alone, those that break others beside it are dropped too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from prove400.applicators import Place
from prove400.cases.constructed import branch_cases, constructed_cases
from prove400.cases.context import UNDOCUMENTED, Context, answers, foreign_members, invalid_statuses
from prove400.cases.examples import example_cases, null_cases
from prove400.cases.falsy import falsy_cases
from prove400.cases.misnamed import misnamed
from prove400.cases.names import name_cases
from prove400.cases.pairs import is_single, pair_cases
from prove400.cases.parameters import presence_cases, repetition_cases
from prove400.cases.places import Placed
from prove400.cases.read_only import read_only_cases
from prove400.cases.security import security_cases
from prove400.cases.unisolable import is_ruled_out, unisolable
from prove400.cases.values import operator_cases
from prove400.cases.wire import charset_cases, frame_cases, is_faulty_member, json_cases
from prove400.construction import Budget, Builder, Contradictions, interesting
from prove400.contract import Contract, load
from prove400.errors import SettingsError, WitnessError
from prove400.media_types import Format, format_of
from prove400.model import Case, Constraint, Media, Obligation, Part, Side, Unisolable
from prove400.obligations import body_constraints, is_positional, parameter_constraints
from prove400.validation import ANNOTATIONS, RequestJudge, Routes, SchemaValidators
from prove400.witness import Witness, find, lengthy

__all__ = ["Context", "invalid_statuses", "plan"]


def plan(  # noqa: PLR0913 — all that a plan depends on
    contract: Contract | dict[str, Any] | str,
    operations: Collection[str] = (),
    strength: int = 1,
    credentials: Mapping[str, str] | None = None,
    undocumented: tuple[int, ...] = UNDOCUMENTED,
    validators: SchemaValidators | None = None,
) -> Iterator[Case | Unisolable]:
    """Give every case, and every constraint that cannot be broken alone, operation by operation; send nothing.

    `contract` is a `Contract`, a parsed document, or the path of one; `operations` are labels such as
    ``POST /predict``, none meaning all; `strength` 2 adds requests that break two constraints and more at once;
    `credentials` are secrets by name of security scheme, sent with every request; `undocumented` are the statuses that
    refuse invalid input where an operation documents none; `validators` are the contract's, where somebody has them.
    The same contract gives the same bytes in the same order. Raises `ContractError` where it cannot be used, and
    `SettingsError` for an operation that it does not have.
    """
    loaded = load(contract)
    validators = validators or SchemaValidators(loaded.document)
    routes = Routes(loaded.operations)
    shared = _Shared(loaded, Contradictions(validators.schemas), strength, credentials or {}, undocumented)
    known = {operation.label for operation in loaded.operations}
    if unknown := sorted(set(operations) - known):
        hint = f"one of: {', '.join(sorted(known))}"
        raise SettingsError(f"the contract has no operation {unknown[0]!r}", where=loaded.source, hint=hint)
    for operation in loaded.operations:
        if operations and operation.label not in operations:
            continue
        judge = RequestJudge(operation, validators, routes)
        yield from _plan_operation(shared, judge)


@dataclass(frozen=True)
class _Shared:
    """What the planning of all operations shares."""

    contract: Contract
    contradictions: Contradictions
    strength: int
    credentials: Mapping[str, str]
    undocumented: tuple[int, ...] = UNDOCUMENTED
    budget: Budget = field(default_factory=Budget)
    further: Budget = field(default_factory=Budget)  # for further media types, which leave to the preferred ones theirs


@dataclass(frozen=True)
class _Attempt:
    """What the search for witnesses with a body of one media type, or with none, has come to."""

    media: Media | None
    context: Context
    error: WitnessError | None


def _plan_operation(shared: _Shared, judge: RequestJudge) -> Iterator[Case | Unisolable]:
    """Plan the body as each of its media types; parameters, routes and credentials beside the first that has a witness.

    Where no body can be made and none is required, they are planned without one.
    """
    operation = judge.operation
    yield from misnamed(operation)
    attempts = [_attempt(shared, judge, media) for media in operation.body or (None,)]
    if operation.body and not operation.body_required and all(attempt.error for attempt in attempts):
        attempts.append(_attempt(shared, judge, None))
    main = next((attempt for attempt in attempts if not attempt.error), attempts[0])
    for attempt in attempts:
        yield from _plan_attempt(shared, attempt, is_main=attempt is main)


def _attempt(shared: _Shared, judge: RequestJudge, media: Media | None) -> _Attempt:
    operation, schemas = judge.operation, judge.validators.schemas
    is_read = media is None or format_of(media.media_type) is not Format.OTHER
    body = tuple(body_constraints(schemas, operation, media)) if is_read else ()
    every = (*parameter_constraints(schemas, operation), *body)
    if media is not None and media.schema is not None:
        judge.validators.at(media.location)  # raises ContractError for what is no schema, which nothing is built of
    budget = shared.further if operation.further(media) else shared.budget
    spoken = interesting(constraint.expected for constraint, _ in every)
    builder = Builder(schemas, spoken, budget, shared.contradictions, places=len(every))
    try:
        witnesses, error = find(judge, builder, media), None
    except WitnessError as raised:
        witnesses, error = (Witness.without_body(operation, media),), raised
    witnesses = tuple(replace(witness, credentials=tuple(shared.credentials.items())) for witness in witnesses)
    context = Context(
        contract=shared.contract,
        operation=operation,
        judge=judge,
        routes=judge.routes or Routes(shared.contract.operations),
        placed=(
            Placed(schemas, witnesses[0]),
            *(Placed(schemas, witness, judge.validators.steps_taken) for witness in witnesses[1:]),
        ),
        request=witnesses[0].request,
        constraints=every,
        builder=builder,
        foreign=foreign_members(every),
        answers=answers(schemas, operation),
        lengthy=lengthy(witnesses[0], judge),
        undocumented=shared.undocumented,
    )
    return _Attempt(media, context, error)


def _plan_attempt(shared: _Shared, attempt: _Attempt, *, is_main: bool) -> Iterator[Case | Unisolable]:
    context, media = attempt.context, attempt.media
    operation = context.operation
    whole = Constraint(
        operation.label, Part.BODY, "", operation.location, "witness", media_type=operation.further(media)
    )
    if attempt.error:
        yield Unisolable(whole, str(attempt.error))
    else:
        yield context.case(Obligation(whole, "witness.itself", Side.VALID), context.request)
        yield from example_cases(context, whole, is_main=is_main)
        yield from null_cases(context, whole)
        if media is not None and media.schema is not None and format_of(media.media_type) is Format.OTHER:
            own = replace(whole, keyword_location=media.location, keyword="schema")
            yield Unisolable(own, f"bytes of {media.media_type} are not read, so nothing in them is broken")
    singles: list[Case] = []
    broken: tuple[Case, Place] | None = None
    for constraint, place in context.constraints:
        if not is_main and constraint.part is not Part.BODY:
            continue
        for planned in _constraint_cases(context, constraint, place):
            yield planned
            if broken is None and place is not None and is_faulty_member(planned):
                broken = planned, place
            if shared.strength > 1 and isinstance(planned, Case) and is_single(planned, context):
                singles.append(planned)
    yield from (unisolable(context, constraint, place) for constraint, place in context.trials.unsettled)
    yield from pair_cases(context, singles)
    if not attempt.error:
        yield from json_cases(context)
        yield from charset_cases(context, *broken) if broken else ()
        if is_main:
            yield from frame_cases(context)
            yield from security_cases(context, shared.credentials)


def _constraint_cases(context: Context, constraint: Constraint, place: Place | None) -> Iterator[Case | Unisolable]:
    if place is None:
        rule = repetition_cases if constraint.keyword == "name" else presence_cases
        yield from rule(context, constraint)
    elif constraint.keyword == "readOnly":
        yield from read_only_cases(context, constraint, place)
    else:
        yield from _keyword_cases(context, constraint, place)


def _keyword_cases(context: Context, constraint: Constraint, place: Place) -> Iterator[Case | Unisolable]:
    joint: list[Case] = []
    isolated: Case | None = None
    for case in (name_cases if place.is_name else operator_cases)(context, constraint, place):
        yield case
        isolated = isolated or (case if case.isolated else None)
        if case.side is Side.INVALID and not case.isolated:
            joint.append(case)
    if constraint.keyword == "properties" or is_positional(constraint):
        return
    if constraint.keyword in ANNOTATIONS and not joint and not isolated:
        return
    sought = constraint.keyword not in (*ANNOTATIONS, "discriminator")
    if not isolated and sought and not is_ruled_out(context, constraint, place, is_broken=bool(joint)):
        least = min((len(case.violates) for case in joint), default=0)
        for case in constructed_cases(context, constraint, place):
            isolated = isolated or (case if case.isolated else None)
            if case.isolated or not joint or len(case.violates) < least:
                yield case
    if constraint.keyword in ("anyOf", "oneOf"):
        yield from branch_cases(context, constraint, place)
    if isolated:
        yield from falsy_cases(context, constraint, place, isolated)
    else:
        context.trials.unsettled.append((constraint, place))
