"""Names that are not to be sent: left out, which must be answered, and sent all the same.

OpenAPI 3.0.4 section 4.7.24: a `readOnly` property SHOULD NOT be sent; JSON Schema 2020-12 validation, section 9.4: its
owner may ignore it or take it for an error. Whether it is ignored, only the answer tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from prove400.applicators import Place
from prove400.cases.context import Context
from prove400.cases.values import reached
from prove400.model import Case, Constraint, Obligation, Severity, Side
from prove400.validation import Fault

ATTEMPTS = 8
"""Values built for one name."""
MOST = 2
"""Values sent of one name."""


def read_only_cases(context: Context, constraint: Constraint, place: Place) -> Iterator[Case]:
    """Give the witness, which leaves the name out, and the witness with the name in it."""
    base, places = reached(context, replace(constraint, member=""), place)
    name, part = constraint.member, constraint.part
    for at in places[:1]:
        value = base.value(part, at)
        if not isinstance(value, dict) or name in value:
            return
        absent = Obligation(constraint, "readOnly.absent", Side.VALID)
        yield context.case(absent, base.witness.request, at=at, witness=base.witness.request)
        sent = Obligation(constraint, "readOnly.sent", Side.INVALID, Severity.WARNING)
        fault = Fault(at, constraint.keyword_location, name, part, rule="readOnly", names_member=True)
        witnesses = (base.witness.with_value(part, at, {**value, name: new}) for new in _values(context, place, name))
        valid = (witness.request for witness in witnesses if not context.judge.faults(witness.request))
        for request in islice(valid, MOST):
            yield context.case(sent, request, at=at, faults=(fault,), witness=base.witness.request)


def _values(context: Context, place: Place, name: str) -> list[object]:
    """Give values for a name, first those that a server does not put there of its own accord."""
    node = context.schemas.child(place.node, "properties", name)
    holders = (node, *context.schemas.targets(node))
    defaults = [holder.keywords["default"] for holder in holders if "default" in holder.keywords]
    return sorted(context.builder.values([node], limit=ATTEMPTS), key=lambda value: value in defaults)
