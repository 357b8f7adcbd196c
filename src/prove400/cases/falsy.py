"""A constraint on what is there, broken once more by a member that is there and holds next to nothing.

A server that asks whether a member is true, where the contract asks whether it is there, passes every request whose
members all hold something.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from prove400 import pointer
from prove400.applicators import Place
from prove400.cases.context import Context
from prove400.cases.isolation import proven
from prove400.model import Case, Constraint, Obligation, Part, Side

FALSIEST: tuple[Any, ...] = (0, "", False, None, [], {}, "0.00", "0", "0.0", "0.000", "0.0000", "false", "null")
"""What is false in one language or another, or once it is read as what it spells."""
KEYWORDS = frozenset({"false", "not", "required", "dependentRequired", "dependencies"})
"""Keywords that a member breaks by being there, or by being there without another."""
MOST = 3
"""Values of one member that are tried in cases."""


def falsy_cases(context: Context, constraint: Constraint, place: Place, case: Case) -> Iterator[Case]:
    """Give an isolated case again, with each member that makes it one holding the falsiest values that are valid."""
    if constraint.keyword not in KEYWORDS or case.part is not Part.BODY or not case.isolated:
        return
    value, at = context.judge.value(case.request, Part.BODY), case.instance_location
    obligation = Obligation(constraint, f"{constraint.keyword}.falsy", Side.INVALID)
    for location in dict.fromkeys(_triggers(constraint, place, at)):
        if pointer.get(value, location, pointer.ABSENT) is not pointer.ABSENT:
            yield from islice(_emptied(context, obligation, place, case, value, location), MOST)


def _triggers(constraint: Constraint, place: Place, at: str) -> Iterator[str]:
    """Give the places of the members by whose presence the constraint is broken, where they are."""
    keyword, expected = constraint.keyword, constraint.expected
    if keyword == "false":
        yield at
    elif keyword == "not":
        yield from _required(expected, at)
    elif keyword in ("dependentRequired", "dependencies"):
        listed = (name for name, names in expected.items() if isinstance(names, list) and constraint.member in names)
        yield from (pointer.join(at, name) for name in listed)
    for each in place.way():
        if each.applicator in ("dependentSchemas", "dependencies"):
            yield pointer.join(_around(at, each), pointer.tokens(each.node.location)[-1])
        elif each.applicator == "then" and each.above:
            yield from _required(each.above.node.keywords["if"], _around(at, each))


def _around(at: str, place: Place) -> str:
    """Give where the value of a place on the way to another stands."""
    return pointer.from_tokens(pointer.tokens(at)[: len(pointer.tokens(place.template))])


def _required(schema: Any, at: str) -> Iterator[str]:
    names = schema.get("required", ()) if isinstance(schema, dict) else ()
    yield from (pointer.join(at, name) for name in names)


def _emptied(  # noqa: PLR0913 — what it is to do once more
    context: Context, obligation: Obligation, place: Place, case: Case, value: Any, location: str
) -> Iterator[Case]:
    """Give the case with another value at one place, as long as it breaks the constraint alone."""
    at = case.instance_location
    bodies = (pointer.replace(value, location, falsy) for falsy in FALSIEST)
    for request in (context.witness.with_value(Part.BODY, "", body).request for body in bodies):
        faults, broken = proven(context, obligation.constraint, place, at, request)
        found = context.case(obligation, request, at=at, faults=faults) if broken and request != case.request else None
        if found is not None and found.isolated:
            yield found
