"""Judged cases → outcomes and findings: one finding for each broken constraint and verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from prove400.engine.packing import BLOCK, Packed, packed
from prove400.model import (
    LARGE,
    Case,
    Damage,
    Finding,
    Judgement,
    Obligation,
    Outcome,
    Reply,
    Severity,
    Status,
    Tried,
    Verdict,
    fingerprint,
)

KEPT = 100_000
"""Cases of a run that are kept one by one: the first that came; all are counted."""
KEPT_BYTES = 24 << 20
"""Bytes of bodies that are kept with them; requests beyond are told by their size, as large ones are."""
MOST_SAID = 4
"""Further messages that a finding keeps of its cases."""
OPEN = 4 * BLOCK
"""Obligations of a stream that are at hand; those before them are packed."""
_GRAVITY = {verdict: rank for rank, verdict in enumerate((
    Verdict.SILENT_200, Verdict.SERVER_ERROR, Verdict.LEAKY, Verdict.OVER_REJECTED, Verdict.BAD_RESPONSE,
    Verdict.IMPLAUSIBLE, Verdict.UNSTABLE, Verdict.WRONG_STATUS, Verdict.UNSTRUCTURED, Verdict.MISATTRIBUTED,
))}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """One case with its reply and verdict; `disputed` where the second validator sees the bytes otherwise."""

    case: Case
    reply: Reply
    judgement: Judgement
    damage: Damage | None = None
    disputed: bool = False

    def __str__(self) -> str:
        """Say what an assertion should: ``silent-200 of POST /predict › body/cut › enum: answered 200 to …``."""
        constraint, judgement = self.case.obligation.constraint, self.judgement
        place = f"{constraint.operation} › {constraint.label} › {constraint.keyword}"
        return f"{judgement.verdict} of {place}: {judgement.message or judgement.rule}"


@dataclass(slots=True)
class _Tally:
    cases: int = 0
    isolated: bool = True
    status: Status = Status.DISCHARGED
    fingerprints: dict[str, None] = field(default_factory=dict)
    tried: list[Tried] = field(default_factory=list)


_RANK = {Status.DISCHARGED: 0, Status.DISPUTED: 1, Status.UNREACHABLE: 2, Status.BROKEN: 3}


class Ledger:
    """Adds up judged cases; memory grows with findings, and with obligations a little, not with cases.

    Of a stream, the cases of an obligation come one after the other, so that those long past can be packed.
    """

    def __init__(self) -> None:
        """Open empty books."""
        self.is_stream = False
        self._tallies: dict[Obligation, _Tally] = {}
        self._blocks: list[bytes] = []
        self._room = KEPT_BYTES
        self._last: tuple[Obligation | None, _Tally] = None, _Tally()
        self._findings: dict[str, Finding] = {}
        self.shown: dict[str, dict[str, Case]] = {}  # of each silent 200, the first case of each operator
        self.disputed: list[Case] = []
        self.unanswered: Counter[tuple[str, str]] = Counter()  # requests without a verdict, by operation and reason
        self.counted = 0

    def add(self, judged: Judged) -> None:
        """Count one judged case."""
        case = judged.case
        tally = self._tally(case.obligation)
        tally.cases += 1
        self.counted += 1
        if self.counted <= KEPT:
            tally.tried.append(self._tried(judged))
        tally.isolated &= case.isolated or not case.violates
        status = self._status(judged)
        if _RANK[status] > _RANK[tally.status]:
            tally.status = status
        if status is Status.BROKEN:
            tally.fingerprints[self._record(judged)] = None

    def _tally(self, obligation: Obligation) -> _Tally:
        """Give the tally of an obligation; that of the last one is at hand, as its cases come one after the other."""
        last, tally = self._last
        if obligation is not last:
            tally = self._opened(obligation, _Tally())
        return tally

    def _opened(self, obligation: Obligation, new: _Tally) -> _Tally:
        """Give the tally of an obligation, a new one where it has none."""
        if self.is_stream and len(self._tallies) >= OPEN + BLOCK:
            self._pack()
        tally = self._tallies.setdefault(obligation, new)
        self._last = obligation, tally
        return tally

    def _pack(self) -> None:
        """Put a block of the first obligations away; what has no cases yet stays at hand."""
        first = list(islice((obligation for obligation, tally in self._tallies.items() if tally.cases), BLOCK))
        if len(first) == BLOCK:
            self._blocks.append(packed([_outcome(each, self._tallies.pop(each)) for each in first]))

    def expect(self, obligation: Obligation) -> None:
        """Give an obligation its place, before its cases come."""
        self._tally(obligation)

    def adopt(self, outcome: Outcome) -> None:
        """Count an obligation as an earlier run left it."""
        own = _Tally(outcome.cases, outcome.isolated, outcome.status, {}, [*outcome.tried])
        self._opened(outcome.obligation, own)
        self.counted += outcome.cases

    def _tried(self, judged: Judged) -> Tried:
        case, size = judged.case, len(judged.case.request.body)
        is_kept = size <= min(LARGE, self._room)
        self._room -= size if is_kept else 0
        request = case.request if is_kept else None
        return Tried(case.instance_location, request, size, judged.reply.status, judged.judgement.verdict)

    def _status(self, judged: Judged) -> Status:
        if judged.judgement.verdict is Verdict.DISCHARGED:
            return Status.DISCHARGED
        if judged.judgement.verdict is Verdict.UNREACHABLE:
            self.unanswered[judged.case.operation, judged.judgement.message] += 1
            return Status.UNREACHABLE
        if judged.disputed:
            self.disputed.append(judged.case)
            return Status.DISPUTED
        return Status.BROKEN

    def is_known(self, judged: Judged) -> bool:
        """Tell whether the finding that a judged case shows is there already."""
        return fingerprint(judged.case.obligation.constraint, judged.judgement.verdict) in self._findings

    def _record(self, judged: Judged) -> str:
        key = fingerprint(judged.case.obligation.constraint, judged.judgement.verdict)
        new = _finding(key, judged)
        if judged.judgement.verdict is Verdict.SILENT_200:
            self.shown.setdefault(key, {}).setdefault(judged.case.operator, judged.case)
        self._findings[key] = _merged(self._findings[key], new) if key in self._findings else new
        return key

    def revise(self, revised: Callable[[Finding], Finding]) -> None:
        """Replace each finding by what is known of it by now; its fingerprint stays."""
        self._findings = {key: revised(finding) for key, finding in self._findings.items()}

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """One outcome for each obligation, in plan order."""
        last = tuple(_outcome(obligation, tally) for obligation, tally in self._tallies.items() if tally.cases)
        return Packed(self._blocks, last) if self._blocks else last

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings, worst first; equals stay in plan order."""
        return tuple(sorted(self._findings.values(), key=_badness))


def _outcome(obligation: Obligation, t: _Tally) -> Outcome:
    return Outcome(obligation, t.status, t.cases, t.isolated, tuple(t.fingerprints), tuple(t.tried))


def _badness(finding: Finding) -> tuple[bool, int, float]:
    moved = finding.damage.worst if finding.damage else 0.0
    return finding.severity is Severity.WARNING, _GRAVITY[finding.verdict], -moved


def _finding(key: str, judged: Judged) -> Finding:
    case = judged.case
    return Finding(
        fingerprint=key,
        verdict=judged.judgement.verdict,
        severity=_severity(judged),
        constraint=case.obligation.constraint,
        instance_location=case.instance_location,
        operator=case.operator,
        operators=(case.operator,),
        rule=judged.judgement.rule,
        message=judged.judgement.message,
        request=case.request,
        witness=case.witness,
        reply=judged.reply,
        violates=tuple(sorted(case.violates)),
        expected_status=case.expected_status,
        damage=judged.damage,
    )


def _severity(judged: Judged) -> Severity:
    """Give the obligation's severity, but `error` for a 5xx: no standard lets any request have one."""
    is_crash = judged.judgement.verdict in (Verdict.SERVER_ERROR, Verdict.LEAKY)
    return Severity.ERROR if is_crash else judged.case.obligation.severity


def _merged(old: Finding, new: Finding) -> Finding:
    """Count the new showing in; the worse of the two represents the finding."""
    worse = new if (_badness(new), 1) < (_badness(old), 0) else old
    operators = tuple(dict.fromkeys((*old.operators, *new.operators)))
    severity = Severity.ERROR if Severity.ERROR in (old.severity, new.severity) else Severity.WARNING
    said = dict.fromkeys((old.message, *old.also, new.message))
    also = tuple(message for message in said if message != worse.message)[:MOST_SAID]
    return replace(worse, operators=operators, cases=old.cases + 1, severity=severity, also=also)
