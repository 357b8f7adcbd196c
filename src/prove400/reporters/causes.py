"""Findings with one cause in common: an error handler that answers every fault alike breaks every constraint.

There is one finding for each broken constraint, and reports tell first what many of them have in common. That is so
only where the message says all that is wrong with the reply, whatever was sent: each silent 200 and each 5xx is a hole
of its own. A finding whose cases were told different things has no one cause, and stays by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prove400.model import Finding, Verdict
from prove400.reporters.summary import count

FROM = 3
"""Findings from which on a common cause is told."""
_SAID_WHOLLY = frozenset({Verdict.WRONG_STATUS, Verdict.UNSTRUCTURED, Verdict.BAD_RESPONSE})


@dataclass(frozen=True, slots=True)
class Cause:
    """What findings have in common: the worst of them, and the others; where it is one alone, there are none."""

    first: Finding
    rest: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All of them, the worst first."""
        return (self.first, *self.rest)

    @property
    def size(self) -> str:
        """How many constraints it breaks: ``45 constraints``."""
        return count(len(self.findings), "constraint")

    @property
    def text(self) -> str:
        """What they have in common: ``45 constraints, one cause: unstructured, the body breaks … at /detail``."""
        return f"{self.size}, one cause: {self.first.verdict}, {self.first.message}"


def folded(findings: Sequence[Finding]) -> list[Cause]:
    """Put findings of one cause together, where the first of them stands; what stands alone is its own."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for finding in findings:
        groups.setdefault(_key(finding), []).append(finding)
    causes = [Cause(group[0], tuple(group[1:])) for group in groups.values() if len(group) >= FROM]
    together = {each.fingerprint: cause for cause in causes for each in cause.findings}
    every = (together.get(finding.fingerprint, Cause(finding)) for finding in findings)
    return list({cause.first.fingerprint: cause for cause in every}.values())


def common(findings: Sequence[Finding]) -> list[Cause]:
    """Give the causes that several findings have, the one of the most first."""
    return sorted((cause for cause in folded(findings) if cause.rest), key=lambda cause: -len(cause.rest))


def _key(finding: Finding) -> tuple[str, ...]:
    is_whole = finding.verdict in _SAID_WHOLLY and not finding.also
    own = (finding.verdict, finding.severity, finding.rule, finding.message)
    return own if is_whole else (finding.fingerprint,)
