"""What a run has shown."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from prove400.model.contract import SPARSE, Constraint, ContractInfo
from prove400.model.plan import Case, Obligation, Reply, Request, Unisolable, Violation
from prove400.model.words import Severity, Status, Verdict

LARGE = 4096
"""Bytes of a body from which on a run tells only its size, but for those of findings."""


def fingerprint(constraint: Constraint, verdict: Verdict) -> str:
    """Give 12 hex digits that stay the same while the operation, the place, the keyword and the verdict do.

    Where several branches hold the same keyword for the same place, their order in the contract tells them apart.
    """
    identity = (constraint.operation, constraint.part, constraint.instance_location, constraint.keyword,
                constraint.member, verdict, *filter(None, [constraint.media_type, constraint.ordinal]))  # fmt: skip
    return hashlib.sha256("\x1f".join(map(str, identity)).encode("utf-8", "surrogatepass")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The oracle's word on one reply: a verdict, the rule that gave it, and a sentence."""

    verdict: Verdict
    rule: str  # stable slug
    message: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """How far one operator moved the predictions for real rows: absolute differences."""

    operator: str
    rows: int  # that were answered with the mutation too
    median: float
    worst: float


@dataclass(frozen=True, slots=True)
class Damage:
    """How far a silent 200 moved the prediction, at one number of the response."""

    location: str  # JSON Pointer into the response body
    before: float  # answer to the witness
    after: float  # answer to the mutated request
    unit: str = field(default="", metadata=SPARSE)  # of the number, where the contract tells it
    samples: tuple[Sample, ...] = field(default=(), metadata=SPARSE)  # over real rows, one for each operator

    @property
    def difference(self) -> float:
        """Answer to the mutated request less the answer to the witness."""
        return self.after - self.before

    @property
    def worst(self) -> float:
        """The largest absolute difference, that of the witness and those over real rows."""
        return max((sample.worst for sample in self.samples), default=abs(self.difference))


@dataclass(frozen=True, slots=True)
class Predictions:
    """What valid requests were answered, at one number of the response: damage is seen against it."""

    operation: str
    location: str  # a template: `*` stands for any item of an array
    values: tuple[float, ...]  # ascending
    unit: str = field(default="", metadata=SPARSE)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a keyword stands in the contract's file."""

    file: str  # as it was given; "/" separates folders
    line: int  # from 1
    column: int  # from 1, in characters
    text: str  # the line, without white space around it


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken constraint with one verdict; the operators that showed it are listed."""

    fingerprint: str  # stable: 12 hex digits
    verdict: Verdict
    severity: Severity
    constraint: Constraint
    instance_location: str
    operator: str  # the first that showed it
    operators: tuple[str, ...]
    rule: str
    message: str
    request: Request
    witness: Request
    reply: Reply
    cases: int = 1  # how many cases showed it
    violates: tuple[Violation, ...] = ()
    expected_status: tuple[int, ...] = ()
    damage: Damage | None = None
    source: Source | None = field(default=None, metadata=SPARSE)
    also: tuple[str, ...] = field(default=(), metadata=SPARSE)  # what else was said of its cases, the first few

    @property
    def operation(self) -> str:
        """Label of the operation."""
        return self.constraint.operation

    @property
    def keyword_location(self) -> str:
        """Absolute keyword location, a JSON Pointer into the contract."""
        return self.constraint.keyword_location


@dataclass(frozen=True, slots=True)
class Tried:
    """One case of an obligation, and what it got."""

    instance_location: str
    request: Request | None  # None for a body of more than `LARGE` bytes, and past the bytes that a run keeps
    size: int  # bytes of the body
    status: int  # of the reply; 0: there was none
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has shown for one obligation."""

    obligation: Obligation
    status: Status
    cases: int
    isolated: bool  # every case violated its own constraint and no other (valid side: none)
    fingerprints: tuple[str, ...] = ()  # findings that this obligation took part in
    tried: tuple[Tried, ...] = field(default=(), metadata=SPARSE)  # its cases, the first of very many in a run


@dataclass(frozen=True, slots=True)
class Known:
    """A finding that the team has accepted for a while: an entry of the baseline."""

    fingerprint: str
    operation: str
    operators: tuple[str, ...]  # that it may show with; another one is news
    reason: str
    owner: str
    expires: str  # ISO 8601 date, the last day on which it is accepted
    about: str = ""  # what it is, in words: "silent-200 of body/cut › enum"

    def accepts(self, operators: tuple[str, ...], started: str) -> bool:
        """Tell whether a run that started at some time may show the finding with these operators."""
        return set(operators) <= set(self.operators) and started[:10] <= self.expires


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier run, as a trend needs it."""

    started: str  # ISO 8601, UTC
    contract: str  # sha256
    ok: bool
    complete: bool
    sent: int
    counts: tuple[tuple[str, int], ...]
    fingerprints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that one execution saw; the only input of reporters."""

    target: str
    contract: ContractInfo
    outcomes: Sequence[Outcome]
    findings: tuple[Finding, ...]
    unisolable: tuple[Unisolable, ...]
    sent: int  # requests sent
    started: str  # ISO 8601, UTC
    seconds: float
    complete: bool = True
    notes: tuple[str, ...] = ()  # what a reader must know: why incomplete, which policies were relaxed
    fail_on: Severity = Severity.ERROR
    disputed: tuple[Case, ...] = ()
    unreachable: int = 0  # cases without a verdict
    settings: tuple[tuple[str, str], ...] = field(default=())
    untouched: int = field(
        default=0, metadata=SPARSE
    )  # obligations left out, since no change of the contract touched them
    model: tuple[tuple[str, str], ...] = ()  # what answers said of the model: names of properties and their values
    predictions: tuple[Predictions, ...] = field(default=(), metadata=SPARSE)
    baseline: tuple[Known, ...] = field(default=(), metadata=SPARSE)
    past: tuple[Past, ...] = field(default=(), metadata=SPARSE)  # oldest first
    headers: tuple[str, ...] = field(default=(), metadata=SPARSE)  # sent beside a request's own; values are untold

    @property
    def obligations(self) -> tuple[Obligation, ...]:
        """The obligations, in plan order."""
        return tuple(outcome.obligation for outcome in self.outcomes)

    @property
    def known(self) -> dict[str, Known]:
        """The findings that the baseline accepts, by fingerprint: those that have not expired and show nothing new."""
        entries = {known.fingerprint: known for known in self.baseline}
        found = ((finding, entries.get(finding.fingerprint)) for finding in self.findings)
        return {f.fingerprint: known for f, known in found if known and known.accepts(f.operators, self.started)}

    @property
    def fixed(self) -> tuple[Known, ...]:
        """The entries of the baseline that every operator of theirs has been tried for, and none has shown."""
        wanted = {known.fingerprint for known in self.baseline}
        tried = ((outcome.obligation.constraint, outcome.obligation.operator) for outcome in self.outcomes if wanted)
        every = ((fingerprint(c, verdict), operator) for c, operator in tried for verdict in Verdict)
        shown = {each for each in every if each[0] in wanted}
        found = {finding.fingerprint for finding in self.findings}
        return tuple(
            known
            for known in self.baseline
            if known.fingerprint not in found and all((known.fingerprint, each) in shown for each in known.operators)
        )

    @property
    def gating(self) -> tuple[Finding, ...]:
        """The findings that decide the exit code: severe enough for `fail_on`, and not accepted by the baseline."""
        known, warned = self.known, self.fail_on is Severity.WARNING
        return tuple(
            f for f in self.findings if f.fingerprint not in known and (warned or f.severity is Severity.ERROR)
        )

    @property
    def ok(self) -> bool:
        """Whether every obligation has been discharged: complete, at least one case, and nothing that gates.

        Where only what a change touched was to be proven, there may be none.
        """
        is_done = bool(self.outcomes or self.untouched)
        return self.complete and not self.unreachable and is_done and not self.gating

    @property
    def counts(self) -> dict[str, int]:
        """How many obligations have each status, and how many findings each verdict."""
        tally = Counter(str(outcome.status) for outcome in self.outcomes)
        verdicts = Counter(str(finding.verdict) for finding in self.findings)
        return {
            "obligations": len(self.outcomes),
            **dict(sorted(tally.items())),
            "findings": len(self.findings),
            "unisolable": len(self.unisolable),
            **dict(sorted(verdicts.items())),
        }
