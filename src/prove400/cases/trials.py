"""What the requests have shown that broke a constraint not alone: how many there were, and what breaks with what."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from prove400 import pointer
from prove400.applicators import Place
from prove400.model import Constraint, Violation
from prove400.validation import Fault

MOST_TOGETHER = 8
"""Violations of one request that are looked at; no larger set is a useful answer to what must break together."""


@dataclass(slots=True)
class Trials:
    """Adds up such requests, those that became no case included; memory grows with constraints, not with requests."""

    counts: Counter[Constraint] = field(default_factory=Counter)
    unsettled: list[tuple[Constraint, Place]] = field(default_factory=list)  # those that nothing has broken alone
    _smallest: defaultdict[str, dict[str, tuple[Violation, ...]]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, constraint: Constraint, faults: Collection[Fault]) -> None:
        """Count a request that was meant to break a constraint, and note the smallest set around each violation."""
        self.counts[constraint] += 1
        if len(faults) == 1:  # of one alone there is nothing to note
            return
        violations = sorted({fault.violation for fault in faults})
        for at, location in violations if len(violations) <= MOST_TOGETHER else ():
            others = tuple(violation for violation in violations if violation != (at, location))
            known = self._smallest[location].get(at)
            if others and (known is None or (len(others), others) < (len(known), known)):
                self._smallest[location][at] = others

    def together(self, constraint: Constraint) -> tuple[Violation, ...]:
        """Give the smallest set of other violations that was seen with one of the constraint; empty where none was."""
        seen = self._smallest.get(constraint.keyword_location, {})
        own = [others for at, others in seen.items() if is_instance(at, constraint.instance_location)]
        return min(own, key=lambda others: (len(others), others), default=())


def is_instance(at: str, template: str) -> bool:
    """Tell whether a place is one of a template's, in which ``*`` stands for any item or undeclared member."""
    places, wanted = pointer.tokens(at), pointer.tokens(template)
    return len(places) == len(wanted) and all(want in ("*", place) for place, want in zip(places, wanted, strict=True))
