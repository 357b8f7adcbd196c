"""Why a constraint is not broken alone: the contract rules it out, or no request was found that does it."""

from __future__ import annotations

import json
from typing import Any

from prove400.applicators import Place, open_branches
from prove400.cases.context import Context
from prove400.cases.implication import Implication, implication
from prove400.contract.discriminators import discriminator_of
from prove400.model import Constraint, Part, Unisolable, Violation

_LONGEST = 60


def is_ruled_out(context: Context, constraint: Constraint, place: Place, *, is_broken: bool) -> bool:
    """Tell whether the contract rules out that anything breaks the constraint alone, or more than is seen to."""
    return bool(_form(context, constraint, place) or (is_broken and _implication(context, constraint, place)))


def _implication(context: Context, constraint: Constraint, place: Place) -> Implication | None:
    """Give what implies the constraint, unless something was seen to break it without that."""
    found, together = implication(context.schemas, constraint, place), context.trials.together(constraint)
    agrees = found and (not together or found.keyword_location in {location for _, location in together})
    return found if agrees else None


def _form(context: Context, constraint: Constraint, place: Place) -> str:
    """Give the proof that lies in the branches around it, and in what names and parameters are: texts and lists."""
    if place.open_beside:
        return f"{place.open_beside} admits every value, whatever stands in this branch"
    if constraint.keyword == "anyOf" and open_branches(context.schemas, place.node):
        return "one of its branches admits every value"
    if constraint.keyword == "discriminator":
        found = discriminator_of(context.schemas, place.node)
        return (
            "each branch tells its own names, so that a wrong one breaks it too" if found and found.is_implied else ""
        )
    return _form_of_text(context, constraint, place)


def _form_of_text(context: Context, constraint: Constraint, place: Place) -> str:
    is_text = constraint.part is not Part.BODY and not context.parameter(constraint).media_type
    if constraint.keyword == "minItems" and is_text and constraint.expected <= 1:
        return "a parameter that is there has an item"
    if constraint.keyword != "type":
        return ""
    if "string" in constraint.expected and place.is_name:
        return "every name of a member is a string"
    if "string" in constraint.expected and is_text:
        return "every text of a parameter is a string"
    return "every text of a parameter is an array of one item" if "array" in constraint.expected and is_text else ""


def unisolable(context: Context, constraint: Constraint, place: Place) -> Unisolable:
    """Say why a constraint is not broken alone, with the smallest set that breaks with it in any request tried."""
    together = context.trials.together(constraint)
    if reason := _form(context, constraint, place):
        return Unisolable(constraint, reason, together, proven=True)
    if found := _implication(context, constraint, place):
        reason = f"`{found.keyword}` {_excerpt(found.value)} admits nothing that breaks it"
        return Unisolable(
            constraint, reason, together or ((constraint.instance_location, found.keyword_location),), proven=True
        )
    return Unisolable(constraint, _unproven(context, constraint, together), together)


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
