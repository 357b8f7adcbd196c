"""Why a constraint cannot be broken alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prove400 import pointer
from prove400.applicators import Place
from prove400.assembly import UNDECLARED
from prove400.model import Case, Constraint, Operation, Part, Unisolable

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "integer": (int,),
    "number": (int, float),
}


def is_implied(constraint: Constraint, place: Place) -> bool:
    """Tell whether a keyword beside it implies the constraint: `type` beside an `enum` of that type."""
    keywords = place.node.keywords
    members = keywords.get("enum", [keywords["const"]] if "const" in keywords else None)
    if constraint.keyword != "type" or not isinstance(members, list):
        return False
    declared = constraint.expected if isinstance(constraint.expected, list) else [constraint.expected]
    return all(any(_is_of_type(member, name) for name in declared) for member in members)


def _is_of_type(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, _TYPES.get(name, ())) or (
        name == "integer" and isinstance(value, float) and value.is_integer()
    )


def misnamed(operation: Operation) -> Iterator[Unisolable]:
    """Tell where path parameters and the expressions of the path differ, and what is sent (OpenAPI 3.1, 4.8.12)."""
    path = pointer.join("/paths", operation.path)
    for parameter in operation.parameters:
        if parameter.expression:
            reason = f"the path has no {{{parameter.name}}}; its value is sent for {{{parameter.expression}}}"
            yield _of_name(operation, parameter.name, f"{parameter.location}/name", reason)
    for parameter in operation.unplaced:
        reason = f"the path has no {{{parameter.name}}}, so it is never sent: correct its name or the path"
        yield _of_name(operation, parameter.name, f"{parameter.location}/name", reason)
    for name in operation.undeclared:
        reason = f"no path parameter is declared for {{{name}}}, so {UNDECLARED} is sent for it"
        yield _of_name(operation, name, path, reason)
    if "#" in operation.path:
        yield _of_name(operation, "", path, "a fragment is never sent: give the operation a path of its own without it")


def _of_name(operation: Operation, name: str, location: str, reason: str) -> Unisolable:
    at = pointer.join("", name) if name else ""
    return Unisolable(Constraint(operation.label, Part.PATH, at, location, "name"), reason)


def unisolable(constraint: Constraint, joint: list[Case], *, searched: bool) -> Unisolable:
    """Say why a constraint cannot be broken alone, with the smallest set that was seen to break with it."""
    own = constraint.keyword_location
    if not joint:
        return Unisolable(
            constraint, _silence(constraint) if searched else "the contract's budget of built values is spent"
        )
    smallest = min(joint, key=lambda case: (len(case.violates), sorted(case.violates)))
    others = tuple(sorted(violation for violation in smallest.violates if violation[1] != own))
    names = ", ".join(sorted({location.rpartition("/")[2] for _, location in others}))
    return Unisolable(constraint, f"whatever breaks it breaks {names} too", others)


def _silence(constraint: Constraint) -> str:
    if constraint.part is not Part.BODY:
        return "every text of a parameter is a string" if constraint.keyword == "type" else "no text breaks it"
    return "no value was found that breaks it alone"
