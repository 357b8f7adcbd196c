"""Wire rules: the cases that stand before any schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import TypeGuard

from prove400 import pointer
from prove400.applicators import Place
from prove400.cases.context import Context, unread_statuses
from prove400.cases.isolation import proven
from prove400.media_types import Format, format_of, is_json
from prove400.model import Case, Constraint, Obligation, Part, Side, Unisolable
from prove400.mutations import CONTENT_RULES, JSON_RULES, ROUTE_RULES, Wire, WireRule, retyped, with_header, with_utf_8
from prove400.validation import Fault

MOST = 12
"""Cases of one wire rule: NaN stands at every number of a flat body in turn."""


def json_cases(context: Context) -> Iterator[Case]:
    """Give the cases of every rule of JSON texts, where the body is one."""
    if _has_json(context):
        for rule in JSON_RULES:
            yield from _body_rule_cases(context, _wire(context), rule)


def frame_cases(context: Context) -> Iterator[Case]:
    """Give the cases of every rule of the body's frame and of the request line."""
    for rule in CONTENT_RULES if _is_framed(context) else ():
        yield from _body_rule_cases(context, _wire(context), rule)
    for rule in ROUTE_RULES:
        if rule.family != "method" or _is_first_of_its_path(context):
            yield from _route_rule_cases(context, _wire(context), rule)


def is_faulty_member(planned: Case | Unisolable) -> TypeGuard[Case]:
    """Tell whether something planned is a case that breaks a constraint of one member of a body alone."""
    is_one = isinstance(planned, Case) and planned.isolated and planned.part is Part.BODY
    return is_one and bool(planned.instance_location)


def charset_cases(context: Context, broken: Case, place: Place) -> Iterator[Case]:
    """Send a faulty body once more with a charset in its content type: a server may look at exactly one spelling."""
    if not _has_json(context):
        return
    constraint, at = broken.obligation.constraint, broken.instance_location
    content_type = retyped(broken.request.header("Content-Type") or "", with_utf_8)
    request = with_header(broken.request, "Content-Type", content_type)
    faults, is_broken = proven(context, constraint, place, at, request)
    if is_broken:
        obligation = Obligation(constraint, f"{constraint.keyword}.with-charset", Side.INVALID)
        statuses = (*broken.expected_status, 415)
        case = context.case(obligation, request, at=at, faults=faults, statuses=statuses, certain=False)
        yield replace(
            case, fault_locations=("",)
        )  # a server may refuse the charset instead: another obligation's matter


def _has_json(context: Context) -> bool:
    return context.witness.media is not None and is_json(context.witness.media.media_type)


def _is_framed(context: Context) -> bool:
    """Tell whether the body is of a format whose content type and length its server reads by."""
    media = context.witness.media
    return media is not None and format_of(media.media_type) in (Format.JSON, Format.FORM, Format.MULTIPART)


def _wire(context: Context) -> Wire:
    return Wire(
        request=context.request,
        value=context.witness.body,
        operation=context.operation,
        declared_methods=context.routes.methods(context.request.target),
    )


def _is_first_of_its_path(context: Context) -> bool:
    same = (o for o in context.contract.operations if o.path == context.operation.path)
    return next(same) == context.operation


def _constraint(context: Context, rule: WireRule) -> Constraint:
    location = {
        "json": pointer.parent(context.witness.media.location) if context.witness.media else "",
        "method": pointer.join("/paths", context.operation.path),
        "path": "/paths",
        "body": f"{context.operation.body_location}/required",
    }.get(rule.family, f"{context.operation.body_location}/content")
    part = Part.PATH if rule.family in ("method", "path") else Part.BODY
    own = context.operation.further(context.witness.media) if rule.family == "json" else ""
    return Constraint(context.operation.label, part, "", location, rule.name, media_type=own)


def _body_rule_cases(context: Context, wire: Wire, rule: WireRule) -> Iterator[Case]:
    obligation = Obligation(_constraint(context, rule), rule.name, rule.side, rule.severity)
    for request in islice(rule.apply(wire), MOST):
        if rule.name == "content-length.oversize":  # valid but for its size, which no schema states
            faults: tuple[Fault, ...] = (Fault("", obligation.constraint.keyword_location, rule=rule.name),)
        else:
            faults = context.judge.faults(request)
        if _is_admitted_type(rule, faults):
            continue
        if bool(faults) == (rule.side is Side.INVALID):
            yield context.case(obligation, request, faults=faults, statuses=_statuses(context, rule), certain=False)


def _statuses(context: Context, rule: WireRule) -> tuple[int, ...]:
    """Give what may refuse a body that cannot be read: 400 says it, whatever the contract has for invalid values."""
    unread = not rule.statuses or rule.name == "body.missing"
    if not unread:
        return rule.statuses
    return unread_statuses(context.operation, *rule.statuses, undocumented=context.undocumented)


def _is_admitted_type(rule: WireRule, faults: tuple[Fault, ...]) -> bool:
    """Tell whether a content type that is meant to be undeclared is one after all: the contract has a range for it."""
    return rule.family == "content-type" and rule.side is Side.INVALID and all(f.rule != rule.family for f in faults)


def _route_rule_cases(context: Context, wire: Wire, rule: WireRule) -> Iterator[Case]:
    constraint = _constraint(context, rule)
    obligation = Obligation(constraint, rule.name, rule.side, rule.severity)
    for request in islice(rule.apply(wire), MOST):
        methods = context.routes.methods(request.target)
        if request.method not in methods:
            faults = (Fault("", constraint.keyword_location, rule=rule.name),)
            statuses = (*rule.statuses, 405) if methods and rule.family == "path" else rule.statuses
            yield context.case(obligation, request, faults=faults, statuses=statuses)
