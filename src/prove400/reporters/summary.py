"""What a run comes to, in words: the verdict on one line, counts, and the findings worst first."""

from __future__ import annotations

import math
from collections import Counter

from prove400.model import Damage, Finding, Run, Severity, Status, Verdict

_EXACT = 1e15  # a float still holds every integer below
_CENTS = 100  # from here on two decimals say enough
_RANK = {verdict: rank for rank, verdict in enumerate(Verdict)}


def number(value: float) -> str:
    """Write a number as people read it: ``10,273``, ``326.55``, ``0.0001234``."""
    if not math.isfinite(value):
        return str(float(value))
    if float(value).is_integer() and abs(value) < _EXACT:
        return f"{int(value):,}"
    return f"{value:,.2f}" if _CENTS <= abs(value) < _EXACT else f"{value:.4g}"


def count(amount: int, noun: str) -> str:
    """Write an amount with its noun, regular plural where it must be: ``1 finding``, ``1,034 requests``."""
    return f"{amount:,} {noun}{'' if amount == 1 else 's'}"


def status_word(run: Run) -> str:
    """Give ``PASSED``, ``FAILED`` or ``INCOMPLETE``; what gates counts for more than what is missing."""
    if run.gating:
        return "FAILED"
    return "PASSED" if run.ok else "INCOMPLETE"


def verdict_line(run: Run) -> str:
    """Say what the run has shown, in one sentence."""
    word = status_word(run)
    said = {"PASSED": _passed, "FAILED": _failed, "INCOMPLETE": _incomplete}[word](run)
    return f"{word}: {said}."


def discharged(run: Run) -> str:
    """Give ``410 of 412 obligations discharged``."""
    done = sum(outcome.status is Status.DISCHARGED for outcome in run.outcomes)
    return f"{done:,} of {count(len(run.outcomes), 'obligation')} discharged"


def _passed(run: Run) -> str:
    caveats = []
    if run.findings:
        verb = "does" if len(run.findings) == 1 else "do"
        caveats.append(f"{count(len(run.findings), 'warning')} that {verb} not gate")
    if any(outcome.status is Status.DISPUTED for outcome in run.outcomes):
        caveats.append("the rest is disputed between two validators")
    return "; ".join([discharged(run), *(caveats or ["every invalid request got a structured 4xx"])])


def _failed(run: Run) -> str:
    tally = Counter(finding.verdict for finding in run.findings)
    kinds = ", ".join(f"{tally[verdict]:,} {verdict}" for verdict in sorted(tally, key=_RANK.__getitem__))
    parts = [f"{count(len(run.findings), 'finding')}: {kinds}"]
    worst = worst_damage(run)
    if worst is not None:
        parts.append(f"worst moves {worst.location or 'the answer'} by {number(abs(worst.difference))}")
    missing = _missing(run)
    if missing:
        parts.append(f"and the run is incomplete: {missing}")
    return "; ".join(parts)


def _incomplete(run: Run) -> str:
    return f"{_missing(run)}; {discharged(run)}, nothing found to be broken" if run.outcomes else _missing(run)


def _missing(run: Run) -> str:
    reasons = []
    if run.unreachable:
        reasons.append(f"{count(run.unreachable, 'case')} without a verdict")
    if not run.complete:
        reasons.append("the run stopped before its end")
    if not run.outcomes:
        reasons.append("no obligation was tested")
    return ", ".join(reasons)


def worst_damage(run: Run) -> Damage | None:
    """Give the damage that moved an answer furthest, if any did."""
    damages = [finding.damage for finding in run.findings if finding.damage is not None]
    return max(damages, key=_size, default=None)


def counts_line(run: Run) -> str:
    """Give obligations by status, and what could not be isolated or is disputed."""
    tally = Counter(outcome.status for outcome in run.outcomes)
    states = ", ".join(f"{tally[status]:,} {status}" for status in Status if tally[status])
    parts = [f"{count(len(run.outcomes), 'obligation')}{': ' if states else ''}{states}"]
    if run.unisolable:
        parts.append(f"{len(run.unisolable):,} not isolable")
    if run.disputed:
        parts.append(f"{count(len(run.disputed), 'case')} disputed")
    return " · ".join(parts)


def effort_line(run: Run) -> str:
    """Give requests sent and duration."""
    return f"{count(run.sent, 'request')} in {run.seconds:.1f} s"


def worst_first(run: Run) -> list[Finding]:
    """Order the findings: errors, then warnings; silent-200, server-error, then the rest; the most damage first."""
    return sorted(run.findings, key=_weight)


def _weight(finding: Finding) -> tuple[bool, int, float, str, str, str]:
    size = _size(finding.damage) if finding.damage else 0.0
    place = (finding.operation, finding.constraint.label, finding.fingerprint)
    return (finding.severity is not Severity.ERROR, _RANK[finding.verdict], -size, *place)


def _size(damage: Damage) -> float:
    size = abs(damage.difference)
    return math.inf if math.isnan(size) else size  # an answer that is no number any more is the worst of all


def damage_line(damage: Damage) -> str:
    """Give ``/price 326 → 10,273 (+9,947)``."""
    moved = damage.difference
    sign = "+" if moved > 0 else "−" if moved < 0 else ""
    place = damage.location or "answer"
    return f"{place} {number(damage.before)} → {number(damage.after)} ({sign}{number(abs(moved))})"


def statuses(expected: tuple[int, ...]) -> str:
    """Write which statuses are right: ``400``, ``400 or 422``; any 2xx where none is listed."""
    return " or ".join(str(status) for status in expected) or "any 2xx"
