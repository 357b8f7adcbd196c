"""How far a silent 200 moved the prediction."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

from prove400 import pointer
from prove400.errors import StrictJSONError
from prove400.model import Damage, Reply
from prove400.validation import parse


def damage(witness: Reply, mutated: Reply, counts: Callable[[str], bool]) -> Damage | None:
    """Compare two answers at the places that count; give the one that moved furthest, or None without a common one."""
    try:
        before, after = dict(numbers(parse(witness.body))), dict(numbers(parse(mutated.body)))
    except StrictJSONError:
        return None
    common = [Damage(at, before[at], after[at]) for at in before if at in after and counts(at)]
    return max(common, key=lambda found: abs(found.difference), default=None)


def numbers(value: Any, at: str = "") -> Iterator[tuple[str, float]]:
    """Give every number of a value with its place."""
    for place, found in pointer.walk(value, at):
        if isinstance(found, int | float) and not isinstance(found, bool):
            yield place, _double(found)


def _double(number: float) -> float:
    """Give a number as a double; an integer beyond the doubles as the one furthest out on its side."""
    try:
        return float(number)
    except OverflowError:
        return sys.float_info.max if number > 0 else -sys.float_info.max
