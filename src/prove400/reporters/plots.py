"""Plots as plain numbers that a template draws: damage among valid predictions, and findings over past runs."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from prove400.model import Damage, Finding, Predictions, Run
from prove400.reporters.headline import place_name
from prove400.reporters.summary import amount, count

WIDTH, HEIGHT, MARGIN = 560, 96, 12
"""Of the damage plot, in its own units; marks keep `MARGIN` from either side."""
BINS = 48
RUNS = 30
"""Past runs that the trend shows."""
FEWEST = 2  # different predictions that make a distribution


@dataclass(frozen=True, slots=True)
class Bar:
    """One rectangle."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class DamagePlot:
    """A histogram of valid predictions with the answers to the witness and to the mutated request."""

    bars: tuple[Bar, ...]
    before: float  # x
    after: float  # x
    low: str
    high: str
    text: str  # what it shows, for those who do not see it, and for those who do


@dataclass(frozen=True, slots=True)
class Step:
    """One run of the trend."""

    bar: Bar
    started: str
    findings: int
    constraints: str
    ok: bool
    complete: bool


def distribution(finding: Finding, run: Run) -> Predictions | None:
    """Give the valid predictions at the place of a finding's damage."""
    if finding.damage is None:
        return None
    place = finding.damage.location.split("/")
    fitting = (p for p in run.predictions if p.operation == finding.operation)
    return next((p for p in fitting if _fits(p.location.split("/"), place)), None)


def _fits(template: list[str], place: list[str]) -> bool:
    pairs = zip(template, place, strict=False)
    return len(template) == len(place) and all(one in ("*", other) for one, other in pairs)


def damage_plot(finding: Finding, run: Run) -> DamagePlot | None:
    """Set the damage of a finding against the distribution; nothing where a number or a distribution is missing."""
    found, damage = distribution(finding, run), finding.damage
    if found is None or damage is None or not all(map(math.isfinite, (damage.before, damage.after))):
        return None
    values = [value for value in found.values if math.isfinite(value)]
    if len(set(values)) < FEWEST:
        return None
    low, high = min(values[0], damage.before, damage.after), max(values[-1], damage.before, damage.after)
    span = high - low
    if not math.isfinite(span):
        return None

    def across(value: float) -> float:
        return round(MARGIN + (value - low) / span * (WIDTH - 2 * MARGIN), 1)

    unit = damage.unit or found.unit
    return DamagePlot(
        _histogram(values, low, span),
        across(damage.before),
        across(damage.after),
        amount(low, unit),
        amount(high, unit),
        _told(damage, values, unit),
    )


def _histogram(values: list[float], low: float, span: float) -> tuple[Bar, ...]:
    tally = [0] * BINS
    for value in values:
        tally[min(BINS - 1, int((value - low) / span * BINS))] += 1
    width, most = (WIDTH - 2 * MARGIN) / BINS, max(tally)
    heights = [(at, round(4 + 44 * amount_ / most, 1)) for at, amount_ in enumerate(tally) if amount_]
    return tuple(Bar(round(MARGIN + at * width, 1), round(74 - h, 1), round(width - 1, 1), h) for at, h in heights)


def _told(damage: Damage, values: list[float], unit: str) -> str:
    below, middle = bisect_left(values, damage.after), values[len(values) // 2]
    above = len(values) - bisect_right(values, damage.after)
    name = place_name(damage)
    where = f"higher than {100 * below // len(values)} % of them"
    if not below or not above:
        where = f"{'below' if not below else 'above'} all of them" if values[0] != damage.after != values[-1] else where
    low, mid, high, before, after = (
        amount(v, unit) for v in (values[0], middle, values[-1], damage.before, damage.after)
    )
    return (
        f"{count(len(values), 'valid prediction')} of {name} lie between {low} and {high}, half of them up to {mid}. "
        f"The witness got {before}, the mutated request {after}: {where}."
    )


def trend(run: Run) -> tuple[Step, ...]:
    """Give the last runs and this one, oldest first; nothing where there are no past runs."""
    if not run.past:
        return ()
    rows = [(p.started, dict(p.counts), p.ok, p.complete, len(p.fingerprints)) for p in run.past[1 - RUNS :]]
    rows.append((run.started, run.counts, run.ok, run.complete, len(run.findings)))
    most = max(1, *(findings for *_, findings in rows))
    width = (WIDTH - 2 * MARGIN) / len(rows)
    return tuple(
        Step(
            Bar(
                round(MARGIN + at * width + width * 0.15, 1),
                round(70 - 48 * findings / most, 1),
                round(min(width * 0.7, 36), 1),
                round(48 * findings / most, 1),
            ),
            started,
            findings,
            f"{counts.get('discharged', 0):,} of {counts.get('obligations', 0):,}",
            ok,
            complete,
        )
        for at, (started, counts, ok, complete, findings) in enumerate(rows)
    )
