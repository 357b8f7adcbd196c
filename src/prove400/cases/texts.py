"""Constraints that nothing written as text can break: in parameters, in forms and as names of members."""

from __future__ import annotations

from prove400 import pointer
from prove400.applicators import Place
from prove400.cases.context import Context
from prove400.media_types import Format, format_of, is_json
from prove400.model import Constraint, Part

_FORMS = (Format.FORM, Format.MULTIPART)


def kept_by_form(context: Context, constraint: Constraint, place: Place) -> str:
    """Say why the form of what is sent keeps it from breaking a constraint; empty where it does not."""
    if place.is_name:
        return "every name of a member is a string" if _admits(constraint, "string") else ""
    if constraint.part is Part.BODY:
        return _kept_by_body(context, constraint)
    return "" if context.parameter(constraint).media_type else _kept_by_parameter(constraint)


def _admits(constraint: Constraint, kind: str) -> bool:
    return constraint.keyword == "type" and kind in constraint.expected


def _kept_by_parameter(constraint: Constraint) -> str:
    if _admits(constraint, "string"):
        return "every text of a parameter is a string"
    if _admits(constraint, "array"):
        return "every text of a parameter is an array of one item"
    if constraint.keyword == "minItems" and constraint.expected <= 1:
        return "a parameter that is there has an item"
    is_whole = len(pointer.tokens(constraint.instance_location)) == 1
    if constraint.keyword == "minLength" and constraint.expected == 1 and constraint.part is Part.PATH and is_whole:
        return "a path with an empty segment is another path"
    return ""


def _kept_by_body(context: Context, constraint: Constraint) -> str:
    media, names = context.witness.media, pointer.tokens(constraint.instance_location)
    if media is not None and format_of(media.media_type) is Format.TEXT and not names and _admits(constraint, "string"):
        return "every text is a string"
    if media is None or format_of(media.media_type) not in _FORMS:
        return ""
    if not names and _admits(constraint, "object"):
        return "every form is an object"
    is_whole = any(encoding.name == names[0] and is_json(encoding.media_type) for encoding in media.encodings if names)
    if len(names) == 1 and _admits(constraint, "string") and not is_whole:
        is_only = context.judge.types.at(context.root(constraint), (names[0],)) <= {"string"}
        return "every text of a form is a string" if is_only else ""
    return ""
