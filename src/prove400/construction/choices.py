"""Choices that a construction makes, and the order in which others are tried: fewest departures first.

A construction asks `Choices.pick` wherever it could go several ways. `explore` runs it with the first option
everywhere, then with one departure, then with two: limited discrepancy search (Harvey and Ginsberg, 1995).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

from prove400.errors import WitnessError

T = TypeVar("T")


class Choices:
    """Replays a plan of option numbers, then takes the first option."""

    def __init__(self, plan: tuple[int, ...] = ()) -> None:
        """Take the plan."""
        self._plan = plan
        self.planned = len(plan)
        self.arities: list[int] = []

    def pick(self, options: Sequence[T]) -> T:
        """Give one option; the first is the plainest."""
        turn = len(self.arities)
        self.arities.append(len(options))
        index = self._plan[turn] if turn < len(self._plan) else 0
        return options[min(index, len(options) - 1)]


def explore(build: Callable[[Choices], T], limit: int, enough: Callable[[], bool] = lambda: False) -> Iterator[T]:
    """Give what a construction makes of different choices, at most `limit` runs; runs that fail give nothing.

    No run is begun once `enough` says so.
    """
    waiting: deque[tuple[int, ...]] = deque([()])
    for _ in range(limit):
        if not waiting or enough():
            return
        plan = waiting.popleft()
        choices = Choices(plan)
        with suppress(WitnessError):
            yield build(choices)
        for turn in range(len(plan), len(choices.arities)):
            waiting.extend((*plan, *(0,) * (turn - len(plan)), other) for other in range(1, choices.arities[turn]))
            if len(waiting) > limit:
                break
