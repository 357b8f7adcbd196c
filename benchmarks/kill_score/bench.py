"""Runs prove400 over all servers of one contract, and counts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from wsgiref.types import WSGIApplication

import prove400
from benchmarks.kill_score.ablation import Ablation, Search, ablations
from benchmarks.kill_score.defects import BLIND_DEFECTS, DEFECTS, Defect
from benchmarks.kill_score.defects.defect import contract, correct
from prove400 import Case, Finding, Run


@dataclass(frozen=True, slots=True)
class Planted:
    """One faulty server, whatever its origin."""

    name: str
    kind: str  # ablation, behaviour or blind
    server: Callable[[], WSGIApplication]
    pinned: Callable[[Finding], bool]
    killable: Callable[[], bool]  # asked only where nothing is found


@dataclass(slots=True)
class Score:
    """What one tester made of one kind of servers of one contract."""

    contract: str
    kind: str
    killable: int = 0
    found: int = 0
    pinned: int = 0
    unknown: list[str] = field(default_factory=list)  # neither found nor known to be killable
    missed: list[str] = field(default_factory=list)
    unpinned: list[str] = field(default_factory=list)
    false_alarms: list[str] = field(default_factory=list)  # findings on the correct server
    left_out: int = 0  # servers that there was no time for
    sent: int = 0
    seconds: float = 0.0


class Prover:
    """Proves servers of one contract by one plan."""

    def __init__(self, name: str) -> None:
        """Plan, and prove the correct server."""
        self._contract = prove400.load(contract(name))
        self._cases = [planned for planned in prove400.plan(self._contract) if isinstance(planned, Case)]
        self.alarms = self.run(correct(name)).findings
        self._known = {finding.fingerprint for finding in self.alarms}

    def run(self, server: WSGIApplication) -> Run:
        """Send every planned case to a server."""
        proof = prove400.start(server, self._contract)
        for case in self._cases:
            proof.judge(case)
        return proof.run()

    def findings(self, server: WSGIApplication) -> tuple[list[Finding], int]:
        """List the findings that the correct server does not have, and count the requests sent."""
        run = self.run(server)
        return [finding for finding in run.findings if finding.fingerprint not in self._known], run.sent


def planted_ablations(name: str) -> Iterator[Planted]:
    """Give every ablation of a contract; the search is made once, if at all."""
    document = contract(name)
    searches: list[Search] = []

    def killable(ablation: Ablation) -> bool:
        searches.extend([Search(document)] if not searches else [])
        return searches[0].kills(ablation)

    for ablation in ablations(document):
        yield Planted(
            ablation.name,
            "ablation",
            lambda ablation=ablation: ablation.server(document),  # type: ignore[misc]
            lambda finding, ablation=ablation: pins(ablation, finding),  # type: ignore[misc]
            lambda ablation=ablation: killable(ablation),  # type: ignore[misc]
        )


def pins(ablation: Ablation, finding: Finding) -> bool:
    """Tell whether a finding names the keyword that is not enforced, and the member where it has several."""
    named = finding.constraint.member in {ablation.member, ""} or not ablation.member
    return finding.keyword_location in ablation.pins and named


def planted_defects(name: str) -> Iterator[Planted]:
    """Give every behaviour defect of a contract; each is killable, by its proof request."""
    return _coded(name, "behaviour", DEFECTS)


def planted_blind(name: str) -> Iterator[Planted]:
    """Give the defects of a contract that were planted before any run; each is killable, by its proof request."""
    return _coded(name, "blind", BLIND_DEFECTS)


def _coded(name: str, kind: str, defects: Iterable[Defect]) -> Iterator[Planted]:
    for defect in defects:
        if defect.contract == name:
            yield Planted(defect.name, kind, defect.server, defect.pinned, lambda: True)


def score(name: str, kind: str, prover: Prover, servers: Iterable[Planted]) -> Score:
    """Prove every server and count."""
    total = Score(name, kind)
    total.false_alarms = [f"{f.verdict} {f.keyword_location} {f.operator}" for f in prover.alarms]
    began = time.perf_counter()
    for planted in servers:
        findings, sent = prover.findings(planted.server())
        total.sent += sent
        count(total, planted, found=bool(findings), pinned=any(planted.pinned(finding) for finding in findings))
    total.seconds = round(time.perf_counter() - began, 1)
    return total


def count(total: Score, planted: Planted, *, found: bool, pinned: bool) -> None:
    """Add one server to a score."""
    if not found and not planted.killable():
        total.unknown.append(planted.name)
        return
    total.killable += 1
    total.found += found
    total.pinned += pinned
    if not found:
        total.missed.append(planted.name)
    elif not pinned:
        total.unpinned.append(planted.name)
