"""What a plan holds, and what comes back for it."""

from __future__ import annotations

from dataclasses import dataclass

from prove400.model.contract import Constraint
from prove400.model.words import Failure, Part, Severity, Side

Headers = tuple[tuple[str, str], ...]
"""Header fields as pairs, in the order sent; a name may repeat."""
Violation = tuple[str, str]
"""(instance location, keyword location), both JSON Pointers."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """What must be shown for one constraint with one mutation operator."""

    constraint: Constraint
    operator: str  # `maximum.ulp`
    side: Side
    severity: Severity = Severity.ERROR

    @property
    def id(self) -> str:
        """Name that reads well and can be selected: ``POST /predict › body/carat › maximum › ulp``."""
        keyword, _, variant = self.operator.partition(".")
        return f"{self.constraint.operation} › {self.constraint.label} › {keyword} › {variant}"


def _field(headers: Headers, name: str) -> str | None:
    folded = name.lower()
    for key, value in headers:
        if key.lower() == folded:
            return value
    return None


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the exact bytes to send."""

    method: str
    target: str  # path and query, as sent
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Give the first value of a header field, whatever the case of its name."""
        return _field(self.headers, name)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, or why nothing did (`status` is then 0)."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    seconds: float = 0.0
    failure: Failure | None = None
    detail: str = ""  # what the transport knows of a failure

    def header(self, name: str) -> str | None:
        """Give the first value of a header field, whatever the case of its name."""
        return _field(self.headers, name)

    @property
    def media_type(self) -> str:
        """The content type in lower case without its parameters, or an empty string."""
        return (self.header("Content-Type") or "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Case:
    """Witness and mutation, as bytes, with the set of constraints that these bytes violate."""

    obligation: Obligation
    request: Request
    witness: Request
    instance_location: str  # concrete, JSON Pointer into the part's value
    fault_locations: tuple[str, ...]  # a reply must name one; they differ from the instance for missing or extra names
    violates: frozenset[Violation]
    expected_status: tuple[int, ...]  # any of these; empty means any 2xx
    violates_body_schema: bool = False

    @property
    def operation(self) -> str:
        """Label of the operation: ``POST /predict``."""
        return self.obligation.constraint.operation

    @property
    def part(self) -> Part:
        """Part of the request that is mutated."""
        return self.obligation.constraint.part

    @property
    def keyword_location(self) -> str:
        """Absolute keyword location, a JSON Pointer into the contract."""
        return self.obligation.constraint.keyword_location

    @property
    def operator(self) -> str:
        """Name of the mutation operator."""
        return self.obligation.operator

    @property
    def side(self) -> Side:
        """Whether the request must be refused or answered."""
        return self.obligation.side

    @property
    def isolated(self) -> bool:
        """Whether the bytes violate their own constraint and no other."""
        return self.violates == {(self.instance_location, self.keyword_location)}


@dataclass(frozen=True, slots=True)
class Unisolable:
    """A constraint that is not broken alone, with the reason; it is tested jointly where it can be.

    `proven` tells that the contract rules it out; else a search has found no request that does it.
    """

    constraint: Constraint
    reason: str
    together_with: tuple[Violation, ...] = ()  # the smallest set that breaks with it in any request tried
    proven: bool = False

    @property
    def explanation(self) -> str:
        """The reason, and whether it is a proof."""
        return f"{'proven' if self.proven else 'not proven'}: {self.reason}"

    @property
    def operation(self) -> str:
        """Label of the operation."""
        return self.constraint.operation

    @property
    def instance_location(self) -> str:
        """Template of the place."""
        return self.constraint.instance_location

    @property
    def keyword_location(self) -> str:
        """Absolute keyword location, a JSON Pointer into the contract."""
        return self.constraint.keyword_location
