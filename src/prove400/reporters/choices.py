"""What findings can be filtered by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from prove400.reporters.evidence import Shown
from prove400.reporters.visible import visible

_FILTERS: dict[str, Callable[[Shown], Iterable[str]]] = {
    "operation": lambda each: [each.finding.operation],
    "verdict": lambda each: [str(each.finding.verdict)],
    "keyword": lambda each: [each.finding.constraint.keyword],
    "operator": lambda each: each.finding.operators,
    "standing": lambda each: [each.standing.word] if each.standing.word else [],
}
"""Name of a filter to the values that a finding has for it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter with its values, and how many findings have each."""

    name: str
    values: tuple[tuple[str, int], ...]


def choices(found: list[Shown]) -> tuple[Choice, ...]:
    """Give the filters in which findings differ at all, or could."""
    tallies = {name: Counter(visible(v, ()) for each in found for v in read(each)) for name, read in _FILTERS.items()}
    return tuple(Choice(name, tuple(sorted(tally.items()))) for name, tally in tallies.items() if tally)
