"""Path parameters and the expressions of a path that do not fit together."""

from __future__ import annotations

from collections.abc import Iterator

from prove400 import pointer
from prove400.assembly import UNDECLARED
from prove400.model import Constraint, Operation, Part, Unisolable


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
    return Unisolable(Constraint(operation.label, Part.PATH, at, location, "name"), reason, proven=True)
