"""Two constraints broken at once, for every two places of a body: a covering array, not the product.

A binary covering array of strength 2 (Katona, 1973; Kleitman and Spencer, 1973): one row breaks every place, and each
place has its own choice of half of the other rows, so that for any two places some row breaks both, some the one
without the other. The rows grow like the logarithm of the places. The constraint that is broken at a place rotates from
row to row, so that each has its turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, count, islice
from math import comb

from prove400 import pointer
from prove400.cases.context import Context
from prove400.model import Case, Constraint, Obligation, Part, Side

NAME = "pairs.covering-array"


def covering_rows(places: int) -> list[frozenset[int]]:
    """Give, row by row, the places to break: of any two, some row has both, some each alone.

    >>> [sorted(row) for row in covering_rows(3)]
    [[0, 1, 2], [0], [1], [2]]
    """
    rows = next(n for n in count(1) if comb(n, n // 2) >= places)
    chosen = list(islice(combinations(range(rows), rows // 2), places))
    halves = [frozenset(place for place, own in enumerate(chosen) if row in own) for row in range(rows)]
    return [frozenset(range(places)), *halves]


def pair_cases(context: Context, singles: list[Case]) -> Iterator[Case]:
    """Give requests that break many places of the body at once, made of isolated cases that break one each."""
    by_place: dict[str, list[Case]] = {}
    for case in singles:
        by_place.setdefault(case.instance_location, []).append(case)
    places = [place for place in by_place if not any(other.startswith(f"{place}/") for other in by_place)]
    if len(places) < 2 or context.witness.media is None:  # noqa: PLR2004 — a pair
        return
    operation, media = context.operation, context.witness.media
    own = operation.further(media)
    constraint = Constraint(operation.label, Part.BODY, "", media.location, "pairs", media_type=own)
    obligation = Obligation(constraint, NAME, Side.INVALID)
    array = covering_rows(len(places))
    for turn in range(max(len(array), *(len(by_place[place]) for place in places))):
        row = sorted(array[turn % len(array)])
        yield from _row(context, obligation, [by_place[places[i]][turn % len(by_place[places[i]])] for i in row])


def _row(context: Context, obligation: Obligation, broken: list[Case]) -> Iterator[Case]:
    witness = context.witness
    for case in broken:
        value = pointer.get(context.judge.value(case.request, Part.BODY), case.instance_location)
        witness = witness.with_value(Part.BODY, case.instance_location, value)
    request = witness.request
    faults = context.judge.faults(request)
    if faults:
        yield context.case(obligation, request, faults=faults)


def is_single(case: Case, context: Context) -> bool:
    """Tell whether a case breaks one constraint of the plainest body by another value at one place."""
    if not (case.isolated and case.part is Part.BODY and case.violates_body_schema and case.instance_location):
        return False
    if case.witness != context.request or case.fault_locations != (case.instance_location,):
        return False
    return pointer.get(context.witness.body, case.instance_location, pointer.ABSENT) is not pointer.ABSENT
