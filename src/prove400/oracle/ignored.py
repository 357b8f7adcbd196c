"""Whether a server used a name that it may ignore, seen from its answers with and without the name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prove400 import pointer
from prove400.errors import StrictJSONError
from prove400.model import Case, Reply
from prove400.pointer import ABSENT
from prove400.validation import parse


def is_used(case: Case, reply: Reply, before: Reply, after: Reply) -> bool:
    """Tell whether an answer shows that the name of a case was used; `before` and `after` are answers without it.

    What those two do not agree on changes by itself, as a clock or a counter does: there only the very value that was
    sent tells anything.
    """
    if before.status == after.status != reply.status:
        return True
    try:
        got, one, two = (dict(_leaves(parse(answer.body))) for answer in (reply, before, after))
    except StrictJSONError:
        return before.body == after.body != reply.body
    if any(got.get(at, ABSENT) != one[at] for at in one if two.get(at, ABSENT) == one[at]):
        return True
    sent = _sent(case)
    name = case.obligation.constraint.member
    echoed = (at for at, value in got.items() if pointer.tokens(at)[-1:] == [name] and value == sent)
    return any(sent not in (one.get(at, ABSENT), two.get(at, ABSENT)) for at in echoed)


def _sent(case: Case) -> Any:
    try:
        value = parse(case.request.body)
    except StrictJSONError:
        return ABSENT
    return pointer.get(value, pointer.join(case.instance_location, case.obligation.constraint.member), ABSENT)


def _leaves(value: Any) -> Iterator[tuple[str, Any]]:
    """Give every value that is no container with something in it, with its place."""
    return ((at, found) for at, found in pointer.walk(value) if not (isinstance(found, dict | list) and found))
