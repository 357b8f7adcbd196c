"""A constraint broken once more beside as little as can be: what else is in a request may be what makes a server look.

A check that a server makes only where another member is there passes every request that has all members.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prove400 import pointer
from prove400.applicators import Place
from prove400.cases.context import Context
from prove400.cases.isolation import proven
from prove400.model import Case, Obligation, Part

MOST = 12
"""Members that are left out one by one, where not all that seem spare can be left out at once."""


def least_cases(context: Context, obligation: Obligation, place: Place, case: Case) -> Iterator[Case]:
    """Give the case again without the members that neither the contract requires nor the fault needs, if any."""
    if case.part is not Part.BODY or not case.isolated:
        return
    value = context.judge.value(case.request, Part.BODY)
    spare = list(_spare(context, value, case.instance_location))
    found = _without(context, obligation, place, case, value, spare)
    if found is None:
        for location in spare[:MOST] if len(spare) > 1 else ():
            fewer = _without(context, obligation, place, case, value, [location])
            if fewer is not None:
                found, value = fewer, context.judge.value(fewer.request, Part.BODY)
    if found is not None:
        yield found


def _spare(context: Context, value: Any, at: str) -> Iterator[str]:
    """Give the members of the objects on the way to a place, and of the one there, that no schema in force requires."""
    around, holder = "", value
    for name in (*pointer.tokens(at), None):
        if isinstance(holder, dict):
            nodes = context.placed[0].nodes(Part.BODY, around)
            required = {each for node in nodes for each in node.keywords.get("required", ())}
            yield from (pointer.join(around, each) for each in holder if each != name and each not in required)
        if name is not None:
            around, holder = pointer.join(around, name), pointer.step(holder, name)


def _without(  # noqa: PLR0913 — what it is to do once more
    context: Context, obligation: Obligation, place: Place, case: Case, value: Any, locations: list[str]
) -> Case | None:
    """Give the case without some members, where it breaks the constraint alone all the same."""
    if not locations:
        return None
    for location in locations:
        value = _removed(value, pointer.tokens(location))
    request = context.witness.with_value(Part.BODY, "", value).request
    at = case.instance_location
    faults, broken = proven(context, obligation.constraint, place, at, request)
    found = context.case(obligation, request, at=at, faults=faults) if broken else None
    return found if found is not None and found.isolated else None


def _removed(value: Any, names: list[str]) -> Any:
    """Give a value less one member somewhere in it."""
    if len(names) == 1:
        return {name: item for name, item in value.items() if name != names[0]}
    if isinstance(value, list):
        return [_removed(item, names[1:]) if str(index) == names[0] else item for index, item in enumerate(value)]
    return {name: _removed(item, names[1:]) if name == names[0] else item for name, item in value.items()}
