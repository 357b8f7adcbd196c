"""How far beyond training's numbers a contract goes, found by asking and not by reading `maximum`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prove400.audit.facts import Range

_DECADES = (300, 100, 30, 18, 15, 12)
_WIDTHS = tuple(10**power for power in range(9, -1, -1))
FAR = 1e9
"""Widths of training's range beyond which a bound is none: a contract that goes there has no bound worth the name."""


@dataclass(frozen=True, slots=True)
class Beyond:
    """The furthest number of those tried that is admitted, and whether it is as good as unbounded."""

    value: float
    is_far: bool


def beyond(found: Range, sign: int, admits: Callable[[float], bool]) -> Beyond | None:
    """Give how far below (`sign` -1) or above (1) a range numbers are admitted; None: not a width of it beyond.

    Beside each number the next integer is tried, which most multiples divide.
    """
    bound = found.maximum if sign > 0 else found.minimum
    for value in _ladder(found.width, bound, sign):
        if admits(value):
            return Beyond(value, abs(value - bound) >= FAR * found.width)
    return None


def _ladder(width: float, bound: float, sign: int) -> Iterator[float]:
    for power in _DECADES:
        if (value := sign * 10.0**power) * sign > bound * sign + width:
            yield value
    for step in _WIDTHS:
        value = bound + sign * step * width
        if math.isfinite(value):
            yield from dict.fromkeys((value, float(math.ceil(value) if sign > 0 else math.floor(value))))
