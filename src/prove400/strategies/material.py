"""What requests of one operation are drawn from: its planned cases, taken apart once, and put together again for each.

Nothing is searched while drawing: a change is a few dictionary copies, and its proof one run of the validators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from prove400.assembly import with_body
from prove400.cases import plan
from prove400.construction import Budget, Builder, Contradictions
from prove400.contract import Contract
from prove400.errors import WitnessError
from prove400.model import Case, Media, Operation, Part, Request, Side, Unisolable
from prove400.pointer import ABSENT
from prove400.strategies.edits import Edit, Place, edited, edits
from prove400.validation import RequestJudge, Routes, SchemaValidators, media_of

STEPS = 1_000
"""Into how many steps the way from the least to the greatest number of a place is divided."""
WIDE = 10_000
"""A way that is longer is gone in steps that grow, so that numbers near its beginning are drawn as well."""
FARTHEST = 2**53
"""Where a way ends, at the latest: integers past it have gaps."""
BUILT = 150
"""Bodies that are built to begin with, beside those that are planned."""


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What one case does to its witness: to the value of the body, to all before it, or to the bytes of the body."""

    edits: tuple[Edit, ...] = ()
    head: Request | None = None  # method, target and headers
    body: bytes | None = None  # that no value is written as


@dataclass(frozen=True, slots=True)
class Range:
    """A place that takes numbers, and two that it takes."""

    place: Place
    least: float
    most: float
    whole: bool  # whether none that it takes is known to have a fraction

    def at(self, step: int) -> Edit:
        """Give the number that is `step` of `STEPS` on the way; every other one is an integer, or all of them."""
        way = self.most - self.least
        number = self.least + (way * step / STEPS if way <= WIDE else way ** (step / STEPS) - 1)
        return Edit(self.place, round(number) if self.whole or step % 2 == 0 else number)


@dataclass(frozen=True)
class Material:
    """Witnesses, changes that keep them valid, and changes that do not; each plainest first."""

    judge: RequestJudge
    witnesses: tuple[Request, ...]
    valid: tuple[Change, ...]
    ranges: tuple[Range, ...]
    texts: tuple[Place, ...]  # that texts stand at
    invalid: tuple[Change, ...]
    broken: tuple[Request, ...]  # the whole request that each of `invalid` was taken from
    places: tuple[Place, ...]  # of a body that something can be put at

    def kept_valid(self, base: Request, changes: Sequence[Change]) -> Request:
        """Make as many of the changes to a valid request, from the first on, as leave it valid."""
        for count in range(len(changes), 0, -1):
            request = self.with_changes(base, changes[:count])
            if self.is_valid(request):
                return request
        return base

    def is_valid(self, request: Request) -> bool:
        """Judge the bytes."""
        return not self.judge.faults(request)

    def with_changes(self, base: Request, changes: Iterable[Change]) -> Request:
        """Make the changes to a valid request, in their order; what has no place there is left out."""
        value = before = self.judge.value(base, Part.BODY)
        head, body = base, None
        for change in changes:
            for edit in change.edits if value is not ABSENT else ():
                value = edited(value, edit)
            head = change.head or head
            body = change.body if change.body is not None else body
        request = replace(base, method=head.method, target=head.target, headers=head.headers)
        if body is not None:
            return replace(request, body=body)
        return request if value is before else with_body(request, self.media(base), value)

    def media(self, request: Request) -> Media | None:
        """Give the media type of a request's body."""
        return media_of(self.judge.operation, request)


def gathered(operation: Operation) -> Material:
    """Plan an operation and take its cases apart; raises `WitnessError` where it has no valid request."""
    if not isinstance(operation, Operation) or operation.document is None:
        hint = "take one of `prove400.load(PATH).operations`"
        raise WitnessError(f"not an operation of a contract: {operation!r}", hint=hint)
    contract = Contract(operation.document)
    own = next(known for known in contract.operations if known.label == operation.label)
    judge = RequestJudge(own, SchemaValidators(contract.document), Routes(contract.operations))
    planned = list(plan(contract, [operation.label]))
    cases = [case for case in planned if isinstance(case, Case) and not case.obligation.constraint.media_type]
    witnesses = [c.request for c in cases if c.side is Side.VALID and c.request == c.witness]
    if not witnesses:
        reason = next((p.reason for p in planned if isinstance(p, Unisolable)), "nothing is planned for it")
        raise WitnessError(
            f"no valid request is known: {reason}", where=operation.label, hint="give an example in the contract"
        )
    witnesses += [case.witness for case in cases if not judge.faults(case.witness)]
    witnesses += _built(judge, witnesses[0])
    bodies = [judge.value(witness, Part.BODY) for witness in dict.fromkeys(witnesses)]
    kept = _taken_apart(judge, (c for c in cases if c.side is Side.VALID and not judge.faults(c.request)))
    faulty = _taken_apart(judge, (c for c in cases if _is_refused(judge, c.request)))
    valid, invalid = tuple(kept), tuple(faulty)
    places = dict.fromkeys(edit.place for change in (*valid, *invalid) for edit in change.edits)
    return Material(
        judge=judge,
        witnesses=tuple(dict.fromkeys(witnesses)),
        valid=valid,
        ranges=tuple(_ranges([edit for change in valid for edit in change.edits] + list(_leaves(bodies)))),
        texts=tuple(dict.fromkeys(edit.place for edit in _leaves(bodies) if isinstance(edit.value, str))),
        invalid=invalid,
        broken=tuple(faulty.values()),
        places=tuple(sorted(places, key=len)),
    )


def _is_refused(judge: RequestJudge, request: Request) -> bool:
    """Tell whether a request breaks the operation, and is one for it."""
    faults = judge.faults(request)
    return bool(faults) and all(fault.rule != "path.unknown" for fault in faults)


def _taken_apart(judge: RequestJudge, cases: Iterable[Case]) -> dict[Change, Request]:
    """Give what the cases do to their witnesses, the least first, with their requests; equal ones once."""
    value: Callable[[Request], Any] = lambda request: judge.value(request, Part.BODY)  # noqa: E731 - it is said thrice
    found: dict[str, tuple[int, Change, Request]] = {}
    for case in cases:
        before, after = value(case.witness), value(case.request)
        head = replace(case.request, body=b"")
        own_head = None if head == replace(case.witness, body=b"") else head
        if case.request.body == case.witness.body:
            change = Change(head=own_head)
        elif before is ABSENT or after is ABSENT:
            change = Change(head=own_head, body=case.request.body)
        else:
            change = Change(tuple(edits(before, after)), head=own_head)
        size = sum(len(repr(edit.value)) for edit in change.edits) + len(change.body or b"")
        if change.edits or change.head or change.body is not None:
            found.setdefault(repr(change), (size, change, case.request))
    return {change: request for _, change, request in sorted(found.values(), key=lambda entry: entry[0])}


def _built(judge: RequestJudge, witness: Request) -> list[Request]:
    """Give the witness with other bodies that its schema admits: other lengths, branches, numbers and texts."""
    media = media_of(judge.operation, witness)
    if media is None or media.schema is None:
        return []
    schemas = judge.validators.schemas
    builder = Builder(schemas, (), Budget(), Contradictions(schemas))
    bodies = islice(builder.values([schemas.node(media.location)], limit=BUILT), BUILT)
    requests = (with_body(witness, media, body) for body in bodies)
    return [request for request in requests if not judge.faults(request)]


def _leaves(values: Iterable[Any], place: Place = ()) -> Iterator[Edit]:
    """Give what stands in values at their innermost places."""
    for value in values:
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
        if inner is None:
            yield Edit(place, value)
        else:
            for name, below in inner:
                yield from _leaves([below], (*place, name))


def _ranges(edits: Iterable[Edit]) -> Iterator[Range]:
    """Give the places at which different numbers are put, from the least to the greatest."""
    numbers: dict[Place, list[float]] = {}
    for edit in edits:
        if isinstance(edit.value, int | float) and not isinstance(edit.value, bool) and abs(edit.value) <= FARTHEST:
            numbers.setdefault(edit.place, []).append(edit.value)
    for place, found in numbers.items():
        if min(found) < max(found):
            yield Range(place, min(found), max(found), all(float(number).is_integer() for number in found))
