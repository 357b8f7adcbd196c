"""What a team lets its server do on purpose: each policy relaxes one rule for the cases that it is about, and no other.

What a policy allows must still be a good answer, and every other rule is asked as before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from prove400 import pointer
from prove400.errors import StrictJSONError
from prove400.model import Case, Request
from prove400.validation import parse

_EXTRA = ("/additionalProperties", "/unevaluatedProperties")


@dataclass(frozen=True, slots=True)
class Policy:
    """One relaxed rule: its slug in the oracle's table, what it means, and which cases it is about."""

    rule: str
    means: str
    covers: Callable[[Case], bool]


def _is_extra(case: Case) -> bool:
    """Tell whether all that is wrong with a request are names that nobody declared."""
    return bool(case.violates) and all(location.endswith(_EXTRA) for _, location in case.violates)


def _is_typed(*media_types: str) -> Callable[[Case], bool]:
    """Make what tells whether the content type is all that is wrong, and is one of some; without any, whichever."""

    def covers(case: Case) -> bool:
        sent = (case.request.header("Content-Type") or "").partition(";")[0].strip().lower()
        is_about = _family(case) == "content-type" and case.request.body == case.witness.body
        return is_about and (not media_types or sent in media_types)

    return covers


def _family(case: Case) -> str:
    return case.obligation.constraint.keyword.partition(".")[0]


def _is_whole(case: Case) -> bool:
    """Tell whether what is tried is an integer where the witness has a number with a fraction."""
    value, before = _value(case, case.request), _value(case, case.witness)
    return isinstance(value, int) and not isinstance(value, bool) and isinstance(before, float)


def _value(case: Case, request: Request) -> object:
    try:
        return pointer.get(parse(request.body), case.instance_location, pointer.ABSENT)
    except StrictJSONError:
        return pointer.ABSENT


def _is_integral(case: Case) -> bool:
    return case.operator == "type.integral-float"


POLICIES: dict[str, Policy] = {
    "ignore-extra-properties": Policy(
        "silent-200", "properties that the contract does not declare may be ignored", _is_extra
    ),
    "accept-text-plain": Policy("silent-200", "JSON may be sent as text/plain", _is_typed("text/plain")),
    "ignore-content-type": Policy("silent-200", "JSON may be sent as any content type, or as none", _is_typed()),
    "refuse-integers-for-numbers": Policy("over-rejected", "1 may be refused where 1.0 is meant", _is_whole),
    "refuse-floats-for-integers": Policy("over-rejected", "1.0 may be refused where 1 is meant", _is_integral),
    "leave-places-unnamed": Policy("misattributed", "a refusal need not name the place that is wrong", lambda _: True),
}
"""Name → what is relaxed."""


def relaxing(names: tuple[str, ...], rule: str, case: Case) -> str:
    """Give the name of the policy that relaxes a rule for a case; empty where none does."""
    return next((name for name in names if POLICIES[name].rule == rule and POLICIES[name].covers(case)), "")


def policy_notes(names: tuple[str, ...]) -> tuple[str, ...]:
    """Say what is relaxed."""
    return tuple(f"policy {name}: {POLICIES[name].means} ({POLICIES[name].rule} is relaxed)" for name in names)
