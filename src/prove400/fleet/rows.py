"""What the overview keeps of a service, and what a fleet comes to in words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from prove400.fleet.reading import Service
from prove400.model import Damage, Run
from prove400.reporters import headline as told
from prove400.reporters.summary import count, status_word, worst_damage

_UNITS = 3
"""Units of damage that the headline tells of."""


class Word(StrEnum):
    """What a service comes to."""

    FAILED = "failed"  # something gates
    INCOMPLETE = "incomplete"  # not proven: not reached, no contract, stopped, or something without a verdict
    PASSED = "passed"  # every obligation discharged


@dataclass(frozen=True, slots=True)
class Row:
    """One service in the overview."""

    name: str
    owner: str
    target: str
    word: Word
    text: str  # the headline of its page, or why there is nothing to tell
    complete: bool  # a failed one may be incomplete too
    contract: str = ""  # sha256
    proven: int = 0  # constraints
    tested: int = 0  # constraints
    obligations: int = 0
    findings: int = 0
    sent: int = 0  # requests
    damage: Damage | None = None  # the worst
    has_page: bool = False  # whether NAME.html and NAME.json are of this run
    kept: bool = False  # whether an earlier run still held
    started: str = ""  # ISO 8601, UTC
    seconds: float = 0.0
    cpu: float = 0.0  # seconds of processor that proving and writing took


def row_of(service: Service, run: Run, *, kept: bool = False) -> Row:
    """Keep of a run what the overview tells."""
    top = told.headline(run)
    return Row(
        service.name,
        service.owner,
        service.target,
        Word(status_word(run).lower()),
        top.text,
        complete=run.complete and not run.unreachable and bool(run.outcomes or run.untouched),
        contract=run.contract.sha256,
        proven=top.proven,
        tested=top.tested,
        obligations=len(run.outcomes),
        findings=len(run.findings),
        sent=run.sent,
        damage=worst_damage(run),
        has_page=True,
        kept=kept,
        started=run.started,
        seconds=run.seconds,
    )


def unproven(service: Service, why: str) -> Row:
    """Make the row of a service of which there is no run at all."""
    return Row(service.name, service.owner, service.target, Word.INCOMPLETE, f"Not proven: {why}", complete=False)


def headline(rows: Sequence[Row]) -> str:
    """Say what the fleet comes to: ``97 of 100 services proven; 3 broken: worst moves the price by $9,947``."""
    tally = Counter(row.word for row in rows)
    parts = [f"{tally[Word.PASSED]:,} of {count(len(rows), 'service')} proven"]
    if tally[Word.FAILED]:
        cost = _cost(rows)
        parts.append(f"{tally[Word.FAILED]:,} broken{': worst ' if cost else ''}{cost}")
    if tally[Word.INCOMPLETE]:
        parts.append(f"{tally[Word.INCOMPLETE]:,} not proven, because incomplete")
    if partly := sum(row.word is Word.FAILED and not row.complete for row in rows):
        parts.append(f"{partly:,} of the broken {'is' if partly == 1 else 'are'} incomplete too")
    return "; ".join(parts)


def word_of(rows: Iterable[Row]) -> Word:
    """Give what the fleet comes to: incomplete before failed, since it hides how much is broken."""
    rows = list(rows)
    if not all(row.complete for row in rows):
        return Word.INCOMPLETE
    return Word.FAILED if any(row.word is Word.FAILED for row in rows) else Word.PASSED


def worst_first(rows: Iterable[Row]) -> list[Row]:
    """Order rows for reading: broken ones by their damage, then incomplete ones, then the rest; else as in the file."""
    rank = {word: at for at, word in enumerate(Word)}
    return sorted(rows, key=lambda row: (rank[row.word], -size(row.damage)))


def size(damage: Damage | None) -> float:
    """Give how far an answer moved; one that is no number any more is the worst of all."""
    if damage is None:
        return 0.0
    return math.inf if math.isnan(damage.worst) else damage.worst


def _cost(rows: Iterable[Row]) -> str:
    """Say how far the worst damage goes, in each of its units: what is in dollars and in days does not compare."""
    damages = [row.damage for row in rows if row.damage is not None and size(row.damage)]
    units = list(dict.fromkeys(damage.unit for damage in sorted(damages, key=size, reverse=True)))[:_UNITS]
    return ", ".join(told.cost(max((d for d in damages if d.unit == unit), key=size)) for unit in units)
