"""Why a constraint is not broken alone: the contract rules it out, or no request was found that does it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from prove400.applicators import Place, is_recursive, open_branches
from prove400.cases.containment import wider_branch
from prove400.cases.context import Context
from prove400.cases.implication import implication
from prove400.cases.texts import kept_by_form
from prove400.contract.discriminators import discriminator_of
from prove400.model import Constraint, Unisolable, Violation

_LONGEST = 60


@dataclass(frozen=True, slots=True)
class _Proof:
    """Why nothing breaks a constraint alone, and what breaks instead or beside it, where that is known."""

    reason: str
    together: tuple[Violation, ...] = ()


def is_ruled_out(context: Context, constraint: Constraint, place: Place, *, is_broken: bool) -> bool:
    """Tell whether the contract rules out that anything breaks the constraint alone, or more than is seen to."""
    return bool(_of_structure(context, constraint, place) or (is_broken and _implied(context, constraint, place)))


def _known_place(context: Context, place: Place) -> Place:
    """Give a place with what is around it, unless its schema applies further inside as well, where that is another."""
    return replace(place, above=None) if is_recursive(context.schemas, place.node) else place


def _implied(context: Context, constraint: Constraint, place: Place) -> _Proof | None:
    """Give the proof by what implies the constraint, unless something was seen to break it without that."""
    known, seen = _known_place(context, place), context.trials.together(constraint)
    found = implication(context.schemas, constraint, known)
    if not found or (seen and found.keyword_location not in {location for _, location in seen}):
        return None
    reason = f"`{found.keyword}` {_excerpt(found.value)} admits nothing that breaks it"
    return _Proof(reason, ((constraint.instance_location, found.keyword_location),))


def _of_structure(context: Context, constraint: Constraint, place: Place) -> _Proof | None:
    """Give the proof that lies in the schemas around the constraint, or in how its part is written."""
    if reason := kept_by_form(context, constraint, place):
        return _Proof(reason)
    place = _known_place(context, place)
    for rule in (_combined, _idle_branch, _nothing_admitted):
        if found := rule(context, constraint, place):
            return found
    return None


def _combined(context: Context, constraint: Constraint, place: Place) -> _Proof | None:
    if constraint.keyword == "anyOf" and open_branches(context.schemas, place.node):
        return _Proof("one of its branches admits every value")
    if constraint.keyword == "discriminator":
        found = discriminator_of(context.schemas, place.node)
        if found and found.is_implied:
            return _Proof("each branch tells its own names, so that a wrong one breaks it too")
    return None


def _idle_branch(context: Context, constraint: Constraint, place: Place) -> _Proof | None:
    """Give the proof by another branch, which admits all that this one admits without the constraint."""
    if place.open_beside:
        return _Proof(f"{place.open_beside} admits every value, whatever stands in this branch")
    if place.is_branch and (other := wider_branch(context.schemas, constraint, place)):
        return _Proof(f"{other} admits all that this branch admits without it")
    return None


def _nothing_admitted(context: Context, constraint: Constraint, place: Place) -> _Proof | None:
    """Give the proof by something around the constraint that admits no value, with the constraint or without."""
    around = context.builder.contradictions.around(place, constraint.keyword_location)
    if around is None:
        return None
    at, found = around
    reason = f"the schema around it admits no value: {found.reason}"
    return _Proof(reason, tuple((at + inside, location) for inside, location in found.keywords))


def unisolable(context: Context, constraint: Constraint, place: Place) -> Unisolable:
    """Say why a constraint is not broken alone, with the smallest set that breaks with it in any request tried."""
    seen = context.trials.together(constraint)
    if found := _of_structure(context, constraint, place) or _implied(context, constraint, place):
        return Unisolable(constraint, found.reason, seen or found.together, proven=True)
    return Unisolable(constraint, _unproven(context, constraint, seen), seen)


def _unproven(context: Context, constraint: Constraint, together: tuple[Violation, ...]) -> str:
    """Say how far was looked, and with what the constraint was seen to break."""
    tried = context.trials.counts[constraint]
    names = ", ".join(sorted({f"`{location.rpartition('/')[2]}`" for _, location in together}))
    beside = f"; the least that breaks with it is {names}" if names else ""
    found = f"not found in {tried:,} {'value' if tried == 1 else 'values'} tried" if tried else "nothing reaches it"
    spent = "" if context.builder.budget.left > 0 else ", and the contract's budget of built values is spent"
    return found + spent + beside


def _excerpt(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
