"""How a finding stands beside the baseline and the run before, and how the runs went so far."""

from __future__ import annotations

from dataclasses import dataclass

from prove400.model import Finding, Known, Run

NEW, RECURRING, KNOWN, GROWN, EXPIRED = "new", "not new", "known", "known, grown", "expired"
WHY = {
    NEW: "Neither the baseline nor the last run has it.",
    RECURRING: "The last run had it too.",
    KNOWN: "The baseline accepts it for now.",
    GROWN: "The baseline accepts it, but not with every operator that shows it now.",
    EXPIRED: "The baseline accepted it up to a day that is past.",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A word for a finding (empty where there is nothing to compare with), and its entry in the baseline."""

    word: str
    entry: Known | None = None


@dataclass(frozen=True, slots=True)
class Since:
    """What changed since the run before."""

    started: str
    new: tuple[Finding, ...]
    fixed: tuple[str, ...]  # fingerprints
    contract_changed: bool


def standings(run: Run) -> dict[str, Standing]:
    """Give the standing of each finding, by fingerprint."""
    accepted, entries = run.known, {entry.fingerprint: entry for entry in run.baseline}
    before = frozenset(run.past[-1].fingerprints) if run.past else frozenset()
    return {f.fingerprint: _standing(f, run, accepted, entries.get(f.fingerprint), before) for f in run.findings}


def _standing(
    finding: Finding, run: Run, accepted: dict[str, Known], entry: Known | None, before: frozenset[str]
) -> Standing:
    if finding.fingerprint in accepted:
        return Standing(KNOWN, entry)
    if entry is not None:
        return Standing(EXPIRED if entry.expires < run.started[:10] else GROWN, entry)
    if finding.fingerprint in before:
        return Standing(RECURRING)
    return Standing(NEW if run.past or run.baseline else "")


def since(run: Run) -> Since | None:
    """Compare with the run before, where there is one; only a complete run tells what is fixed."""
    if not run.past:
        return None
    last = run.past[-1]
    found = {finding.fingerprint for finding in run.findings}
    return Since(
        last.started,
        tuple(finding for finding in run.findings if finding.fingerprint not in last.fingerprints),
        tuple(mark for mark in last.fingerprints if mark not in found) if run.complete else (),
        last.contract != run.contract.sha256,
    )
