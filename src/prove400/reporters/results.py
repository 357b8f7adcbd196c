"""A run as test results: one for each obligation, as JUnit and CTRF tell them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from prove400.model import Finding, Outcome, Run, Status
from prove400.reporters.summary import expected
from prove400.reporters.visible import one_line
from prove400.reporters.wording import accepted, incomplete, sentences, title

WHOLE = "The run"
"""Suite of what concerns the run itself."""


class State(StrEnum):
    """What became of a test."""

    PASSED = "passed"
    FAILED = "failed"  # a finding that gates
    SKIPPED = "skipped"  # nothing gates, and nothing is proven either
    ERROR = "error"  # no verdict


@dataclass(frozen=True, slots=True)
class Result:
    """One test with its result."""

    suite: str
    name: str
    state: State
    message: str = ""
    detail: str = ""
    findings: tuple[Finding, ...] = ()


def results(run: Run) -> Iterator[Result]:
    """Give obligations in plan order, then what has none, what is not isolable, and whether the run is whole."""
    findings = {finding.fingerprint: finding for finding in run.findings}
    judged = _Judged(run)
    told: set[str] = set()
    for outcome in run.outcomes:
        shown = tuple(findings[key] for key in outcome.fingerprints if key in findings)
        told |= {finding.fingerprint for finding in shown}
        yield _result(judged, outcome, shown)
    for finding in run.findings:
        if finding.fingerprint not in told:
            name = f"{finding.constraint.label} › {finding.constraint.keyword}"
            yield judged.shown(finding.operation, name, (finding,))
    for item in run.unisolable:
        name = f"{item.constraint.label} › {item.constraint.keyword} › not isolable"
        yield _named(item.operation, name, State.SKIPPED, f"not isolable, {item.explanation}")
    missing = incomplete(run)
    yield _named(WHOLE, "is complete", State.ERROR if missing else State.PASSED, "; ".join(missing))


def _result(judged: _Judged, outcome: Outcome, shown: tuple[Finding, ...]) -> Result:
    obligation = outcome.obligation
    operation = obligation.constraint.operation
    name = obligation.id.removeprefix(f"{operation} › ")
    if outcome.status is Status.DISPUTED:
        return _named(operation, name, State.SKIPPED, "disputed: two validators differ over whether it is invalid")
    if outcome.status is Status.UNREACHABLE:
        return _named(operation, name, State.ERROR, "no verdict: at least one case had no reply")
    return judged.shown(operation, name, shown)


class _Judged:
    """What gates, and what is accepted: worked out once for a run."""

    def __init__(self, run: Run) -> None:
        self._known = run.known
        self._gating = {finding.fingerprint for finding in run.gating}

    def shown(self, operation: str, name: str, findings: tuple[Finding, ...]) -> Result:
        """Give the result of what these findings are about."""
        grave = tuple(finding for finding in findings if finding.fingerprint in self._gating)
        if grave:
            detail = "\n\n".join("\n".join([title(finding), *sentences(finding)]) for finding in grave)
            message = f"{grave[0].verdict}, expected {expected(grave[0])}: {grave[0].message}"
            return replace(_named(operation, name, State.FAILED, message), detail=detail, findings=grave)
        known = [self._known[finding.fingerprint] for finding in findings if finding.fingerprint in self._known]
        if known:
            return replace(_named(operation, name, State.SKIPPED, f"known: {accepted(known[0])}"), findings=findings)
        message = f"a warning that does not gate: {findings[0].message}" if findings else ""
        return replace(_named(operation, name, State.PASSED, message), findings=findings)


def _named(suite: str, name: str, state: State, message: str = "") -> Result:
    return Result(one_line(suite, 300), one_line(name, 400), state, one_line(message, 800))
