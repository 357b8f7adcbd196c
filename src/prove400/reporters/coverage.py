"""How far each operation is proven: its constraints, its obligations by status, and what could not be broken alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from prove400.model import Run, Status

BAR = 240
"""Width of a bar, in its own units."""


@dataclass(frozen=True, slots=True)
class Share:
    """One stretch of a bar."""

    status: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """One operation."""

    operation: str
    proven: int  # constraints of which every obligation is discharged
    tested: int  # constraints that have an obligation
    alone: int  # constraints that are not broken alone
    obligations: int
    by_status: tuple[tuple[str, int], ...]
    bar: tuple[Share, ...]


def coverage(run: Run) -> tuple[Coverage, ...]:
    """Give the operations in plan order."""
    statuses: dict[str, dict[object, list[Status]]] = {}
    for outcome in run.outcomes:
        constraint = outcome.obligation.constraint
        statuses.setdefault(constraint.operation, {}).setdefault(constraint, []).append(outcome.status)
    alone = Counter(item.operation for item in run.unisolable)
    for operation in alone:
        statuses.setdefault(operation, {})
    return tuple(_coverage(operation, found, alone[operation]) for operation, found in statuses.items())


def _coverage(operation: str, found: dict[object, list[Status]], alone: int) -> Coverage:
    proven = sum(set(each) == {Status.DISCHARGED} for each in found.values())
    tally = Counter(status for each in found.values() for status in each)
    counted = tuple((str(status), tally[status]) for status in Status if tally[status])
    return Coverage(operation, proven, len(found), alone, tally.total(), counted, _bar(counted, tally.total()))


def _bar(counted: tuple[tuple[str, int], ...], total: int) -> tuple[Share, ...]:
    """Divide the bar; a status that is there at all gets a stretch that can be seen."""
    widths = [max(4, BAR * amount / total) for _, amount in counted]
    scale, x, shares = BAR / sum(widths) if widths else 1, 0.0, []
    for (status, _), width in zip(counted, widths, strict=True):
        shares.append(Share(status, round(x, 1), round(width * scale, 1)))
        x += width * scale
    return tuple(shares)
