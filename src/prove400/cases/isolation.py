"""The proof that bytes break one constraint and no other.

A fault that the validator pins to the constraint alone is proof at once. What stands in a branch of `anyOf`, `oneOf`,
`contains` or `propertyNames` is reported as a fault of that combinator; there the proof is that the value is valid once
the one keyword is taken out of the contract, and invalid with it: of a body, the value at the place that a change alone
can make invalid. So it is for the order of items, whose faults are those of the schemas that the items then meet.
"""

from __future__ import annotations

from typing import Any

from prove400 import pointer
from prove400.applicators import Place
from prove400.cases.context import Context
from prove400.contract.discriminators import discriminator_of
from prove400.model import Constraint, Part, Request
from prove400.obligations import is_positional
from prove400.pointer import ABSENT
from prove400.validation import (
    ANNOTATIONS,
    DISCRIMINATOR,
    Change,
    Fault,
    Rewriting,
    SchemaValidator,
    Without,
    discriminator_fault,
    follows,
    named_schema,
)

_COMBINED = ("/anyOf", "/oneOf", "/contains", "/minContains", "/maxContains", "/propertyNames", "/not",
             "/unevaluatedProperties", "/unevaluatedItems", "/additionalProperties")  # fmt: skip
SHARPENED = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
"""In draft 4, booleans that sharpen the bound beside them; what breaks one is reported as a fault of the bound."""


def proven(  # noqa: PLR0913 — what it is to prove
    context: Context,
    constraint: Constraint,
    place: Place,
    at: str,
    request: Request,
    change: Change | Rewriting | None = None,
) -> tuple[tuple[Fault, ...], bool]:
    """Give the faults of a request as far as they concern the constraint, and whether it is broken at all.

    Where taking the keyword away makes the bytes valid, its own fault is the only one. `change` tells how the request
    came of a valid one.
    """
    faults, is_broken = _judged(context, constraint, place, at, request, context.judge.faults(request, change), change)
    if len(faults) > 1 or not is_broken:
        context.trials.add(constraint, faults)
    return faults, is_broken


def _judged(  # noqa: PLR0913 — what it is to prove
    context: Context,
    constraint: Constraint,
    place: Place,
    at: str,
    request: Request,
    faults: tuple[Fault, ...],
    change: Change | Rewriting | None,
) -> tuple[tuple[Fault, ...], bool]:
    if constraint.keyword in ANNOTATIONS:
        return _with_annotation(context, constraint, place, at, request, faults)
    if is_positional(constraint):
        return faults, bool(faults) and _is_only_reason(context, constraint, request)
    own = [fault for fault in faults if is_own(fault, constraint, at)]
    if constraint.keyword == "discriminator" and not own:
        return _with_discriminator(context, constraint, place, at, request, faults)
    if own and len(faults) == 1:
        return faults, True
    refused = [fault for fault in faults if fault.rule != DISCRIMINATOR]
    combined = place.is_branch or any(fault.keyword_location.endswith(_COMBINED) for fault in refused)
    combined |= constraint.keyword in SHARPENED and constraint.expected is True
    if refused and combined and _is_only_reason(context, constraint, request, change):
        above = tuple(dict.fromkeys(fault.place for fault in refused))
        only = Fault(at, constraint.keyword_location, constraint.member or None, constraint.part, also=above)
        return (only, *(fault for fault in faults if fault.rule == DISCRIMINATOR)), True
    return faults, bool(own)


def _with_discriminator(  # noqa: PLR0913 — what it is to prove
    context: Context, constraint: Constraint, place: Place, at: str, request: Request, faults: tuple[Fault, ...]
) -> tuple[tuple[Fault, ...], bool]:
    """Judge a discriminator whose schema refuses the value, too: as where the branches have a `const` for the name."""
    discriminator = discriminator_of(context.schemas, place.node)
    value = part_value(context, constraint, request)
    instance = ABSENT if value is ABSENT else pointer.get(value, at, ABSENT)
    if not faults or discriminator is None or not isinstance(instance, dict):
        return faults, False
    named = named_schema(discriminator, instance)
    if discriminator.property_name not in instance or (
        named is not None and (not named or context.judge.validators.at(named).is_valid(instance))
    ):
        return faults, False
    return (discriminator_fault(discriminator, place.node, at, instance), *faults), True


def _with_annotation(  # noqa: PLR0913 — what it is to prove
    context: Context, constraint: Constraint, place: Place, at: str, request: Request, faults: tuple[Fault, ...]
) -> tuple[tuple[Fault, ...], bool]:
    """Judge a keyword that the validators take as an annotation, by itself."""
    value = part_value(context, constraint, request)
    inside = at if constraint.part is Part.BODY else at[len(pointer.join("", pointer.tokens(at)[0])) :]
    text = ABSENT if value is ABSENT else pointer.get(value, inside, ABSENT)
    if text is ABSENT or follows(constraint.keyword, place.node.keywords, text):
        return faults, False
    own = Fault(at, constraint.keyword_location, None, constraint.part, rule=constraint.keyword)
    return (own, *faults), True


def is_own(fault: Fault, constraint: Constraint, at: str) -> bool:
    """Tell whether a fault is of the constraint at a place."""
    return fault.violation == (at, constraint.keyword_location) and constraint.member in ("", fault.member)


def _is_only_reason(
    context: Context,
    constraint: Constraint,
    request: Request,
    change: Change | Rewriting | None = None,
) -> bool:
    """Tell whether the request is valid without the keyword: all of it, or all that a change can break."""
    if isinstance(change, Change) and (found := context.judge.changed(change)) is not None:
        inside, value = found
        less = context.judge.validators.without(inside.node.location, constraint.keyword_location)
        if less is not None:
            return less.is_valid(value)
    ablated = ablation(context, constraint)
    if ablated is None:
        return False
    value = part_value(context, constraint, request)
    return value is not ABSENT and ablated.is_valid(value)


def ablation(context: Context, constraint: Constraint) -> SchemaValidator | Without | None:
    """Give the validator of the constraint's part without the constraint's keyword."""
    return context.judge.validators.without(context.root(constraint), constraint.keyword_location)


def part_value(context: Context, constraint: Constraint, request: Request) -> Any:
    """Give the value of the body or the parameter that the constraint is on, read from the bytes; `ABSENT` if none."""
    if constraint.part is Part.BODY:
        return context.judge.value(request, Part.BODY)
    return context.judge.value(request, constraint.part, pointer.tokens(constraint.instance_location)[0])
