"""The frozen values that cross stages, in the order in which they come to be.

contract → `Operation` → `Constraint` → `Obligation` → `Case` or `Unisolable` → `Request` → `Reply` → `Judgement`
→ `Finding` → `Run`. A change returns a new value; nothing here does anything but describe.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

Headers = tuple[tuple[str, str], ...]
"""Header fields as pairs, in the order sent; a name may repeat."""
Violation = tuple[str, str]
"""(instance location, keyword location), both JSON Pointers."""
SPARSE = MappingProxyType({"sparse": True})
"""Metadata of a field that reports leave out where it has its default."""
EXPRESSION = re.compile(r"\{([^{}]*)\}")
"""A template expression in a path (OpenAPI 3.1 section 4.8.8.1)."""


class Part(StrEnum):
    """Where in a request a value stands (OpenAPI parameter locations, and the body)."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"
    BODY = "body"


class Side(StrEnum):
    """Which side of a constraint an obligation stands on."""

    INVALID = "invalid"  # the request breaks the contract and must be refused
    VALID = "valid"  # the request is at the contract's edge and must be answered


class Verdict(StrEnum):
    """What the oracle says of a reply."""

    DISCHARGED = "discharged"  # as it must be
    SILENT_200 = "silent-200"  # an invalid request was answered 2xx
    SERVER_ERROR = "server-error"  # 5xx, or the connection dropped
    WRONG_STATUS = "wrong-status"  # another status than the contract's
    UNSTRUCTURED = "unstructured"  # not the contract's error media type or schema
    MISATTRIBUTED = "misattributed"  # structured, but does not name the violated location
    LEAKY = "leaky"  # shows a traceback, path or source
    OVER_REJECTED = "over-rejected"  # a valid request was refused
    BAD_RESPONSE = "bad-response"  # a 2xx whose body breaks the response schema or is not strict JSON
    UNSTABLE = "unstable"  # the same bytes, different verdicts
    UNREACHABLE = "unreachable"  # no verdict: time-out, target gone


class Severity(StrEnum):
    """How sure the standards are that a finding is a fault."""

    ERROR = "error"  # the contract or RFC 8259 is provably broken
    WARNING = "warning"  # standards only advise


class Failure(StrEnum):
    """Why there is no reply."""

    DROPPED = "dropped"  # the connection was closed or reset before a whole reply
    RAISED = "raised"  # the application, called in process, raised
    TIMEOUT = "timeout"  # no reply in the time allowed
    GONE = "gone"  # nobody listens any more


class Status(StrEnum):
    """What has been shown for an obligation when its cases are done."""

    DISCHARGED = "discharged"  # every case got what it must
    BROKEN = "broken"  # at least one finding
    DISPUTED = "disputed"  # two validators differ over whether the bytes are invalid
    UNREACHABLE = "unreachable"  # at least one case has no verdict


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared parameter (OpenAPI Parameter Object) with the place where its schema stands."""

    name: str
    part: Part
    required: bool
    location: str  # JSON Pointer of the Parameter Object in the contract
    schema: Any
    schema_location: str  # JSON Pointer of its schema as written, before `$ref`
    style: str
    explode: bool
    examples: tuple[Any, ...] = ()
    allow_reserved: bool = False
    allow_empty: bool = False
    media_type: str = ""  # of the text, where the contract gives `content` instead of a schema
    expression: str = ""  # that it fills in the path template, where that has another spelling of its name

    @property
    def path_name(self) -> str:
        """Name of the template expression that a path parameter fills."""
        return self.expression or self.name


@dataclass(frozen=True, slots=True)
class Encoding:
    """How one property of a form or multipart body is written (OpenAPI Encoding Object)."""

    name: str
    media_type: str = ""  # of the part; empty: by the value's type
    style: str = ""  # empty: none is given
    explode: bool = True
    allow_reserved: bool = False


@dataclass(frozen=True, slots=True)
class Security:
    """One security scheme that an operation requires (OpenAPI Security Scheme Object)."""

    name: str  # of the scheme in the contract
    kind: str  # `apiKey`, `basic`, `bearer`, or another that no secret satisfies: `mutualTLS`
    part: Part
    field: str  # name of the parameter that carries the secret: "X-API-Key", "Authorization"
    location: str  # JSON Pointer of the Security Requirement's entry


@dataclass(frozen=True, slots=True)
class Media:
    """One media type of a request body or a response, with its schema."""

    media_type: str
    schema: Any  # a JSON Schema, or None where the contract gives none
    location: str  # JSON Pointer of the schema as written, before `$ref`
    examples: tuple[Any, ...] = ()
    encodings: tuple[Encoding, ...] = ()


@dataclass(frozen=True, slots=True)
class Response:
    """One documented response: its status ("200", "4XX", "default") and media types."""

    status: str
    media: tuple[Media, ...]
    location: str
    required_headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path template of the contract."""

    method: str  # upper case
    path: str
    location: str  # JSON Pointer of the Operation Object
    parameters: tuple[Parameter, ...] = ()
    body: tuple[Media, ...] = ()
    body_required: bool = False
    body_location: str = ""  # JSON Pointer of the Request Body Object
    responses: tuple[Response, ...] = ()
    base_path: str = ""
    security: tuple[tuple[Security, ...], ...] = ()  # alternatives; an empty one admits anybody
    unplaced: tuple[Parameter, ...] = ()  # path parameters that the path template has no expression for

    @property
    def undeclared(self) -> tuple[str, ...]:
        """The template expressions that no parameter fills."""
        filled = {p.path_name for p in self.parameters if p.part is Part.PATH}
        return tuple(name for name in dict.fromkeys(EXPRESSION.findall(self.path)) if name not in filled)

    def further(self, media: Media | None) -> str:
        """Give a media type of the body that stands behind the preferred one; of that one, or of none, nothing."""
        return media.media_type if media is not None and media is not self.body[0] else ""

    @property
    def label(self) -> str:
        """Method and path template, as people write it: ``POST /predict``."""
        return f"{self.method} {self.path}"

    def __str__(self) -> str:
        """Give the label."""
        return self.label


@dataclass(frozen=True, slots=True)
class Constraint:
    """One occurrence of one assertion keyword, or one wire rule, at one place of one operation.

    `instance_location` is a template: ``*`` stands for any item of an array. `member` tells apart what one
    keyword asks of several names: ``required`` is one constraint for each name that it lists. `media_type` does so for
    a body that may be sent as several types, which often share one schema: the preferred type has none.
    """

    operation: str
    part: Part
    instance_location: str
    keyword_location: str
    keyword: str
    expected: Any = field(default=None, hash=False)  # the keyword's value in the contract
    member: str = ""
    media_type: str = field(default="", metadata=SPARSE)
    ordinal: int = field(default=0, metadata=SPARSE)  # of those of this keyword at this place: branches

    @property
    def label(self) -> str:
        """Part and place, as people read it: ``body/instances/*/carat``, ``body[text/json]/instances/*/carat``."""
        part = f"{self.part}[{self.media_type}]" if self.media_type else str(self.part)
        member = f"/{self.member}" if self.member else ""
        return f"{part}{self.instance_location}{member}"


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


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the exact bytes to send."""

    method: str
    target: str  # path and query, as sent
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Give the first value of a header field, whatever the case of its name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


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
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

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


@dataclass(frozen=True, slots=True)
class Judgement:
    """The oracle's word on one reply: a verdict, the rule that gave it, and a sentence."""

    verdict: Verdict
    rule: str  # stable slug
    message: str = ""


@dataclass(frozen=True, slots=True)
class Damage:
    """How far a silent 200 moved the prediction, at one number of the response."""

    location: str  # JSON Pointer into the response body
    before: float  # answer to the witness
    after: float  # answer to the mutated request

    @property
    def difference(self) -> float:
        """Answer to the mutated request less the answer to the witness."""
        return self.after - self.before


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
class ContractInfo:
    """What a report says of the contract: title, version, and sha256 of its canonical JSON."""

    title: str
    version: str
    sha256: str
    source: str


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
        """Whether every obligation has been discharged: complete, at least one case, and nothing that gates."""
        return self.complete and not self.unreachable and bool(self.outcomes) and not self.gating

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
