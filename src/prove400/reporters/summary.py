"""What a run comes to, in words: the verdict on one line, counts, and the findings worst first."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from prove400.model import Damage, Finding, Run, Sample, Severity, Side, Status, Verdict

_EXACT = 1e15  # a float still holds every integer below
_SYMBOLS = {"US dollar": "$", "USD": "$", "euro": "€", "EUR": "€", "pound sterling": "£", "GBP": "£"}
_THOUSAND = 1000
_KINDS = {
    "type.category-index": "as an int",
    "type.category-index-float": "as a float",
    "type.zero": "as 0",
    "type.number": "as 1",
    "enum.not-a-text": "as 0",
    "type.numeric-string": "as a string",
    "type.array": "as an array",
    "type.null": "as null",
    "enum.index-text": "as the text of an index",
    "enum.case": "in another case",
    "enum.null": "as null",
    "required.absent": "absent",
}
"""Operators in the words of people."""
_EXPECTED = {
    Verdict.BAD_RESPONSE: "an answer as the contract documents it",
    Verdict.IMPLAUSIBLE: "a plausible answer",
    Verdict.UNSTABLE: "an equal answer to an equal request",
}
"""What a valid request should get, where a 2xx alone is not enough."""
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
    left = f"{count(run.untouched, 'obligation')} left out as untouched, so this is no proof of the whole contract"
    if run.untouched and not run.outcomes:
        return f"the change touches no obligation; {left}"
    caveats = [left] if run.untouched else []
    known = len(run.known)
    if warnings := len(run.findings) - known:
        caveats.append(f"{count(warnings, 'warning')} that {'does' if warnings == 1 else 'do'} not gate")
    if known:
        caveats.append(f"{count(known, 'finding')} known to the baseline")
    if any(outcome.status is Status.DISPUTED for outcome in run.outcomes):
        caveats.append("the rest is disputed between two validators")
    return "; ".join([discharged(run), *(caveats or [_held(run)])])


def standing(finding: Finding, run: Run) -> str:
    """Say how the baseline takes a finding: accepted, expired, or grown; nothing where it does not know it."""
    entry = next((known for known in run.baseline if known.fingerprint == finding.fingerprint), None)
    if entry is None:
        return ""
    said = f"{entry.owner}: {entry.reason}"
    if finding.fingerprint in run.known:
        return f"known until {entry.expires}, {said}"
    grown = [operator for operator in finding.operators if operator not in entry.operators]
    return f"known, but not with {', '.join(grown)} ({said})" if grown else f"expired on {entry.expires}, {said}"


def _held(run: Run) -> str:
    if any(outcome.obligation.side is Side.INVALID for outcome in run.outcomes):
        return "every invalid request got a structured 4xx"
    return "every valid request was answered as the contract says"


def _failed(run: Run) -> str:
    parts = [f"{count(len(run.findings), 'finding')}: {_kinds(run.findings)}"]
    worst = worst_damage(run)
    if lead := lead_line(run):
        parts.insert(0, lead)
    elif worst is not None and worst.difference != 0:
        parts.append(f"worst moves {worst.location or 'the answer'} by {number(abs(worst.difference))}")
    if lacking := missing(run):
        parts.append(f"and the run is incomplete: {lacking}")
    return "; ".join(parts)


def _kinds(findings: Sequence[Finding]) -> str:
    """Count findings by verdict; errors apart from warnings, where there are any."""
    groups = [[found for found in findings if found.severity is severity] for severity in Severity]
    if not groups[1]:
        return _verdicts(groups[0])
    named = [(group, count(len(group), str(group[0].severity))) for group in groups if group]
    return ", ".join(f"{name} ({_verdicts(group)})" for group, name in named)


def _verdicts(findings: Sequence[Finding]) -> str:
    tally = Counter(finding.verdict for finding in findings)
    return ", ".join(f"{tally[verdict]:,} {verdict}" for verdict in sorted(tally, key=_RANK.__getitem__))


def _incomplete(run: Run) -> str:
    return f"{missing(run)}; {discharged(run)}, nothing found to be broken" if run.outcomes else missing(run)


def missing(run: Run) -> str:
    """Say what keeps a run from being whole; nothing where it is."""
    reasons = []
    if run.unreachable:
        reasons.append(f"{count(run.unreachable, 'case')} without a verdict")
    elif not run.complete:
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
    size = damage.worst
    return math.inf if math.isnan(size) else size  # an answer that is no number any more is the worst of all


def damage_line(damage: Damage) -> str:
    """Give ``/price 326 → 10,273 (+9,947)``."""
    moved = damage.difference
    sign = "+" if moved > 0 else "−" if moved < 0 else ""
    place = damage.location or "answer"
    return f"{place} {number(damage.before)} → {number(damage.after)} ({sign}{number(abs(moved))})"


def lead_line(run: Run) -> str:
    """Give the sample over real rows whose worst is the worst; nothing where there is none, or no row moved."""
    lines = [line for finding in run.findings for line in samples(finding) if line[0] != 0]
    return max(lines, key=lambda line: line[0], default=(0.0, ""))[1]


def samples(finding: Finding) -> list[tuple[float, str]]:
    """Give the worst of each sample, and its line: ``clarity as an int: median $301, worst $9,947 over 200 rows``."""
    damage = finding.damage
    return [(s.worst, _sample_line(finding, s, damage.unit)) for s in damage.samples] if damage else []


def _sample_line(finding: Finding, sample: Sample, unit: str) -> str:
    median, worst = (amount(value, unit) for value in (sample.median, sample.worst))
    return f"{mutated(finding, sample.operator)}: median {median}, worst {worst} over {count(sample.rows, 'row')}"


def amount(value: float, unit: str) -> str:
    """Write a number with its unit: ``$301``, ``12 kg``; money below a thousand to the cent, above without."""
    if unit in _SYMBOLS:
        text = f"{value:,.0f}" if float(value).is_integer() or value >= _THOUSAND else f"{value:,.2f}"
        return f"{_SYMBOLS[unit]}{text}" if math.isfinite(value) else str(value)
    return f"{number(value)} {unit}".strip()


def mutated(finding: Finding, operator: str) -> str:
    """Say what was done: ``clarity as an int``, ``carat absent``, ``carat maximum.ulp``."""
    tokens = [token for token in finding.instance_location.split("/") if token and not token.isdecimal()]
    name = finding.constraint.member or (tokens[-1] if tokens else str(finding.constraint.part))
    return f"{name} {_KINDS.get(operator, operator)}"


def expected(finding: Finding) -> str:
    """Write what is right: ``400``, ``400 or 422``; where no status is listed, what the verdict misses in a 2xx."""
    return " or ".join(map(str, finding.expected_status)) or _EXPECTED.get(finding.verdict, "any 2xx")
