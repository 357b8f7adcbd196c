"""A planted defect as a value: how it comes about, how to build it, what proves it, where it must be found."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prove400 import Finding, Request, Severity, Verdict
from tests.zoo.signature import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.zoo.wsgi import Build

Pin = tuple[str, str]
"""Instance location template (with the member), and keyword; ``json`` stands for every ``json.…``."""
PREDICT = "POST /predict"
BATCH = "POST /predict/batch"
JSON = ("Content-Type", "application/json")


@dataclass(frozen=True, slots=True)
class Proof:
    """One request that the correct and the defective API answer differently, with both statuses (0: it raises)."""

    request: Request
    correct: int
    defective: int
    times: int = 1  # how often it is sent; the last reply counts


def nowhere(_: Finding) -> bool:
    """Allow no finding beside the pinned ones."""
    return False


def anywhere(_: Finding) -> bool:
    """Allow a finding at any constraint, for a defect that shows at all of them."""
    return True


@dataclass(frozen=True, slots=True)
class Defect:
    """The reference API with exactly one fault."""

    name: str
    story: str  # one sentence: how it happens in real services
    build: Build
    proof: Proof
    pins: frozenset[Pin]  # at least one must be found; all of them where `every` is set
    verdicts: frozenset[Verdict] = frozenset({Verdict.SILENT_200})
    every: bool = False
    also: Callable[[Finding], bool] = nowhere  # further findings that the defect explains
    side_effects: frozenset[Verdict] = frozenset()  # further verdicts that `also` may come with
    operations: tuple[str, ...] = (PREDICT,)
    severity: Severity = Severity.ERROR  # of the pinned finding
    real: bool = False  # whether it runs on the trained model instead of the stand-in

    def explains(self, finding: Finding) -> bool:
        """Tell whether a finding is a consequence of this defect."""
        if finding.verdict in self.verdicts and any(covers(pin, place(finding)) for pin in self.pins):
            return True
        return finding.verdict in self.verdicts | self.side_effects and self.also(finding)

    def __str__(self) -> str:
        """Give the name, which pytest shows."""
        return self.name


def place(finding: Finding) -> Pin:
    """Give where a finding stands: the constraint's instance location with its member, and the keyword."""
    constraint = finding.constraint
    member = f"/{constraint.member}" if constraint.member else ""
    return constraint.instance_location + member, constraint.keyword


def covers(pin: Pin, found: Pin) -> bool:
    """Tell whether `pin` is, or stands for, the place `found`."""
    return pin[0] == found[0] and (found[1] == pin[1] or found[1].startswith(f"{pin[1]}."))


def pins(keyword: str, *places: str) -> frozenset[Pin]:
    """Give the pins of one keyword at several places."""
    return frozenset((at, keyword) for at in places)


def at(*allowed: Pin) -> Callable[[Finding], bool]:
    """Allow findings at these places."""
    return lambda finding: any(covers(pin, place(finding)) for pin in allowed)


def below(prefix: str) -> Callable[[Finding], bool]:
    """Allow findings in and below an instance location."""
    return lambda finding: place(finding)[0].startswith(prefix)


def verdicts(*which: Verdict) -> frozenset[Verdict]:
    """Give the verdicts that are right for a defect."""
    return frozenset(which)


def diamond(**changes: Any) -> dict[str, Any]:
    """Give the sample diamond with some values changed."""
    return SAMPLE | changes


def without(name: str) -> dict[str, Any]:
    """Give the sample diamond less one property."""
    return {key: value for key, value in SAMPLE.items() if key != name}


def post(body: Any, *headers: tuple[str, str], target: str = "/predict", kind: str | None = JSON[1]) -> Request:
    """Give a POST with this body (bytes as they are, else as JSON) and content type (None: without)."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    typed = (("Content-Type", kind),) if kind is not None else ()
    return Request("POST", target, (*typed, *headers), raw)


def batch(*rows: Any) -> Request:
    """Give a batch of these rows."""
    return post({"instances": list(rows)}, target="/predict/batch")


def swallowed(request: Request) -> Proof:
    """Prove by a request that must get 400 and gets 200."""
    return Proof(request, 400, 200)


def refused(request: Request) -> Proof:
    """Prove by a valid request that gets 400."""
    return Proof(request, 200, 400)
