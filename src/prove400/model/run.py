"""What a run has shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from prove400.model.contract import SPARSE, Constraint, ContractInfo
from prove400.model.plan import Case, Obligation, Reply, Request, Unisolable, Violation
from prove400.model.words import Severity, Status, Verdict


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

    @property
    def operation(self) -> str:
        """Label of the operation."""
        return self.constraint.operation

    @property
    def keyword_location(self) -> str:
        """Absolute keyword location, a JSON Pointer into the contract."""
        return self.constraint.keyword_location


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has shown for one obligation."""

    obligation: Obligation
    status: Status
    cases: int
    isolated: bool  # every case violated its own constraint and no other (valid side: none)
    fingerprints: tuple[str, ...] = ()  # findings that this obligation took part in


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that one execution saw; the only input of reporters."""

    target: str
    contract: ContractInfo
    outcomes: tuple[Outcome, ...]
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

    @property
    def obligations(self) -> tuple[Obligation, ...]:
        """The obligations, in plan order."""
        return tuple(outcome.obligation for outcome in self.outcomes)

    @property
    def gating(self) -> tuple[Finding, ...]:
        """The findings that decide the exit code under `fail_on`."""
        return tuple(f for f in self.findings if f.severity is Severity.ERROR or self.fail_on is Severity.WARNING)

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
