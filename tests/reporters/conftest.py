"""Sample runs against a diamonds API: passing, failing, incomplete, and one with hostile replies."""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from prove400.model import (
    Case,
    Constraint,
    ContractInfo,
    Damage,
    Failure,
    Finding,
    Known,
    Obligation,
    Outcome,
    Part,
    Past,
    Reply,
    Request,
    Run,
    Sample,
    Severity,
    Side,
    Source,
    Status,
    Tried,
    Unisolable,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GOLD = Path(__file__).parent / "gold"
ROW = {
    "carat": 0.23,
    "depth": 61.5,
    "table": 55.0,
    "x": 3.95,
    "y": 3.98,
    "z": 2.43,
    "cut": "Ideal",
    "color": "E",
    "clarity": "SI2",
}
NUMBERS = {
    "carat": (0.2, 5.01),
    "depth": (43.0, 79.0),
    "table": (43.0, 95.0),
    "x": (3.73, 10.74),
    "y": (3.68, 58.9),
    "z": (1.07, 31.8),
}
ENUMS = {
    "cut": ["Fair", "Good", "Very Good", "Premium", "Ideal"],
    "color": ["D", "E", "F", "G", "H", "I", "J"],
    "clarity": ["I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"],
}
OPERATORS = {
    "required": "absent other-case",
    "type": "null true numeric-string padded-numeric-string exponent-string array first-item object json-text",
    "minimum": "ulp step at*",
    "maximum": "ulp step times-ten at*",
    "enum": "case padding-before padding-after prefix homoglyph zero-width decomposed index index-text foreign-member "
    "unknown null member*",
    "additionalProperties": "unknown other-case prototype",
    "minItems": "one-less at*",
    "maxItems": "one-more at*",
    "pattern": "empty extended newline",
}
WIRE = [
    "json.empty",
    "json.truncated",
    "json.two-documents",
    "json.trailing-text",
    "json.comment",
    "json.nan",
    "json.infinity",
    "json.bad-utf-8",
    "json.utf-16",
    "json.deep",
    "json.byte-order-mark",
    "json.duplicate-first",
    "json.duplicate-last",
    "json.white-space*",
    "content-type.missing",
    "content-type.form",
    "content-length.oversize",
    "method.undeclared",
    "path.trailing-slash",
]
WARNINGS = {"json.byte-order-mark", "json.duplicate-first", "json.duplicate-last"}
SINGLE, BATCH = "POST /predict", "POST /predict/batch"


def post(body: bytes | dict[str, Any], target: str = "/predict", *headers: tuple[str, str]) -> Request:
    """Make a POST of a body or of the sample row with some members changed."""
    raw = body if isinstance(body, bytes) else json.dumps({**ROW, **body}).encode()
    return Request("POST", target, headers or (("Content-Type", "application/json"),), raw)


def answer(status: int, value: Any, kind: str = "application/json", seconds: float = 0.0021) -> Reply:
    """Make a reply with a JSON body, or raw bytes."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Reply(status, (("Content-Type", kind), ("Date", "Sat, 22 Nov 2025 09:30:00 GMT")), body, seconds)


def obligations() -> Iterator[Obligation]:
    """Plan the whole API: about 400 obligations."""
    for operation, prefix in ((SINGLE, ""), (BATCH, "/instances/*")):
        for constraint in constraints(operation, prefix):
            yield from crossed(constraint, OPERATORS[constraint.keyword].split())
        whole = Constraint(operation, Part.BODY, "", f"/paths{pointer(operation)}/requestBody/content", "json")
        for name in WIRE:
            yield from crossed(replace(whole, keyword=name.partition(".")[0]), [name])


def pointer(operation: str) -> str:
    """Give the contract location of an operation."""
    return "/" + operation.partition(" ")[2].replace("/", "~1") + "/post"


def constraints(operation: str, prefix: str) -> Iterator[Constraint]:
    """List the constraints of one operation in the contract's order."""
    schema = "/components/schemas/Diamond"
    if not prefix:
        at = f"/paths{pointer(operation)}/parameters"
        yield Constraint(operation, Part.QUERY, "/explain", f"{at}/0/schema/type", "type", "boolean")
        yield Constraint(operation, Part.HEADER, "/X-Request-Id", f"{at}/1/schema/pattern", "pattern", "^[0-9a-f]{8}$")
    for index, name in enumerate(ROW):
        yield Constraint(operation, Part.BODY, prefix, f"{schema}/required/{index}", "required", list(ROW), name)
    for name, (low, high) in NUMBERS.items():
        here = f"{schema}/properties/{name}"
        for keyword, value in (("type", "number"), ("minimum", low), ("maximum", high)):
            yield Constraint(operation, Part.BODY, f"{prefix}/{name}", f"{here}/{keyword}", keyword, value)
    for name, members in ENUMS.items():
        here = f"{schema}/properties/{name}/enum"
        yield Constraint(operation, Part.BODY, f"{prefix}/{name}", here, "enum", members)
    yield Constraint(
        operation, Part.BODY, prefix, f"{schema}/additionalProperties", "additionalProperties", expected=False
    )
    if prefix:
        for keyword, size in (("minItems", 1), ("maxItems", 100)):
            where = f"/components/schemas/Batch/properties/instances/{keyword}"
            yield Constraint(operation, Part.BODY, "/instances", where, keyword, size)


def crossed(constraint: Constraint, names: list[str]) -> Iterator[Obligation]:
    """Cross a constraint with operators; a star marks the valid side."""
    for name in names:
        full = name.rstrip("*") if "." in name else f"{constraint.keyword}.{name.rstrip('*')}"
        severity = Severity.WARNING if full in WARNINGS else Severity.ERROR
        yield Obligation(constraint, full, Side.VALID if name.endswith("*") else Side.INVALID, severity)


def unisolables() -> tuple[Unisolable, ...]:
    """List what is not broken alone: `type`, which `enum` beside it implies, and a search that ended."""
    items = []
    for operation, prefix in ((SINGLE, ""), (BATCH, "/instances/*")):
        for name in ENUMS:
            here = f"/components/schemas/Diamond/properties/{name}"
            constraint = Constraint(operation, Part.BODY, f"{prefix}/{name}", f"{here}/type", "type", "string")
            proven = name != "clarity"
            reason = "`enum` beside it admits nothing that breaks it" if proven else "not found in 41 values tried"
            seen = ((f"{prefix}/{name}".replace("*", "0"), f"{here}/enum"),)
            items.append(Unisolable(constraint, reason, seen, proven))
    return tuple(items)


def find(constraint: tuple[str, str, str], operators: tuple[str, ...], **changes: Any) -> Finding:
    """Make a finding for the planned constraint at (operation, label, keyword)."""
    planned = (obligation.constraint for obligation in obligations())
    place = next(c for c in planned if constraint == (c.operation, c.label, c.keyword))
    plain = {
        "instance_location": place.instance_location.replace("*", "1"),
        "severity": Severity.ERROR,
        "witness": post({}),
        "expected_status": (400,),
        "operator": operators[0],
        "operators": operators,
        "constraint": place,
    }
    return Finding(**{**plain, **changes})


def findings() -> tuple[Finding, ...]:
    """List four faults, mildest first: a report has to put them in order."""
    error = {"error": {"code": "invalid_request", "details": [{"path": "/instances", "message": "must be a number"}]}}
    rows = [json.dumps(ROW), json.dumps({**ROW, "carat": "0.31"}), json.dumps({**ROW, "carat": 0.31})]
    batch = [f'{{"instances": [{rows[0]}, {row}]}}'.encode() for row in rows]
    twice = json.dumps(ROW)[:-1].encode() + b', "carat": 0.24}'
    return (
        find(
            (SINGLE, "body", "json"),
            ("json.duplicate-last",),
            fingerprint="5a90be0f1d77",
            rule="status.2xx",
            verdict=Verdict.SILENT_200,
            severity=Severity.WARNING,
            request=post(twice),
            cases=1,
            message='The name "carat" stands twice, and the last one silently won.',
            reply=answer(200, {"price": 331.0}),
            damage=Damage("/price", 326.0, 331.0),
        ),
        find(
            (BATCH, "body/instances/*/carat", "type"),
            ("type.numeric-string", "type.exponent-string"),
            fingerprint="c2d41f7709ab",
            verdict=Verdict.MISATTRIBUTED,
            rule="attribution.pointer",
            cases=4,
            message="The error names /instances, but the fault is at /instances/1/carat.",
            request=post(batch[1], "/predict/batch"),
            witness=post(batch[2], "/predict/batch"),
            reply=answer(400, error, "application/problem+json"),
        ),
        find(
            (SINGLE, "body/carat", "maximum"),
            ("maximum.ulp",),
            fingerprint="91b7e3d05c42",
            verdict=Verdict.SERVER_ERROR,
            rule="status.5xx",
            cases=1,
            message="The server answered 500 to a value just past the maximum.",
            request=post({"carat": 5.010000000000001}),
            damage=None,
            reply=answer(
                500,
                b'Traceback (most recent call last):\n  File "app.py", line 41, in predict\n'
                b"ValueError: carat out of range\n",
                "text/plain",
            ),
        ),
        find(
            (SINGLE, "body/cut", "enum"),
            ("enum.index", "enum.index-text", "enum.case"),
            fingerprint="3fa9d2c81e06",
            verdict=Verdict.SILENT_200,
            rule="status.2xx",
            cases=7,
            message="An integer where a category belongs was answered with a price.",
            request=post({"cut": 2}),
            reply=answer(200, {"price": 10273.0, "currency": "USD", "model": "diamonds-3"}),
            damage=Damage("/price", 326.0, 10273.0),
        ),
    )


def outcomes(found: tuple[Finding, ...] = ()) -> tuple[Outcome, ...]:
    """Give every planned obligation its outcome: broken where a finding says so."""
    return tuple(outcome(obligation, found) for obligation in obligations())


def outcome(obligation: Obligation, found: tuple[Finding, ...]) -> Outcome:
    """Judge one obligation by the findings."""
    marks = tuple(
        f.fingerprint
        for f in found
        if f.constraint.label == obligation.constraint.label
        and f.operation == obligation.constraint.operation
        and obligation.operator in f.operators
    )
    cases = 3 if "*" in obligation.constraint.instance_location else 1
    return Outcome(obligation, Status.BROKEN if marks else Status.DISCHARGED, cases, isolated=True, fingerprints=marks)


def sample() -> Run:
    """Make the run in which all is well."""
    contract = ContractInfo("Diamond prices", "1.4.0", "9f" * 32, "contracts/openapi.json")
    return Run(
        "http://127.0.0.1:5000",
        contract,
        outcomes(),
        (),
        unisolables(),
        1034,
        "2025-11-22T09:30:00Z",
        2.3,
        settings=(("fail_on", "error"), ("timeout", "10")),
        model=(("model", "diamonds-3"),),
    )


@pytest.fixture(scope="session")
def passing() -> Run:
    """Give the run in which every obligation is discharged."""
    return sample()


@pytest.fixture(scope="session")
def failing() -> Run:
    """Give the run with four findings, one of them a warning."""
    found = findings()
    return replace(sample(), findings=found, outcomes=outcomes(found))


@pytest.fixture(scope="session")
def incomplete() -> Run:
    """Give the run whose target went away, with one disputed case."""
    done = list(outcomes())
    done[-9:] = [replace(item, status=Status.UNREACHABLE) for item in done[-9:]]
    done[40] = replace(done[40], status=Status.DISPUTED)
    planned = done[40].obligation
    case = Case(
        planned,
        post({"cut": "ideal"}),
        post({}),
        "/cut",
        ("/cut",),
        frozenset({("/cut", planned.constraint.keyword_location)}),
        (400,),
        violates_body_schema=True,
    )
    return replace(
        sample(),
        outcomes=tuple(done),
        complete=False,
        unreachable=9,
        disputed=(case,),
        sent=977,
        notes=("The target stopped listening after 977 requests.",),
    )


@pytest.fixture(scope="session")
def small(failing: Run) -> Run:
    """Give the failing run with a few outcomes only, short enough to be read as a file."""
    kinds = Counter[tuple[str, str]]()
    kept = []
    for item in failing.outcomes:
        kinds[item.obligation.constraint.keyword, item.status] += 1
        if kinds[item.obligation.constraint.keyword, item.status] == 1:
            kept.append(item)
    return replace(failing, outcomes=tuple(kept))


@pytest.fixture(scope="session")
def hostile() -> Run:
    """Give a run whose replies, names and requests try to break out of a report."""
    evil = (
        "<script>document.title='owned'</script></pre><img src=x onerror=alert(1)>"
        "\x1b[2J\x07\u202edlo\u2066\r\n'\"&{{7*7}}"
    )
    body = evil.encode() + b"\x00\xff"
    place = Constraint(f"POST /{evil}", Part.BODY, f"/{evil}", f"/paths/{evil}", "enum", [evil], "")
    finding = Finding(
        "0badc0ffee00",
        Verdict.LEAKY,
        Severity.ERROR,
        place,
        f"/{evil}",
        f"enum.{evil}",
        (f"enum.{evil}",),
        f"leak.{evil}",
        f"It said {evil}\udc80",
        post(body),
        post({}),
        Reply(200, (("X-Evil", evil), ("Content-Type", "text/html")), body * 200, 0.1),
        damage=Damage(f"/{evil}", 1.0, 2.0, evil, (Sample(evil, 7, 1.0, math.inf),)),
    )
    gone = replace(
        finding,
        fingerprint="0badc0ffee01",
        verdict=Verdict.SERVER_ERROR,
        reply=Reply(0, failure=Failure.DROPPED, detail=evil),
    )
    planned = Obligation(place, f"enum.{evil}", Side.INVALID)
    done = (Outcome(planned, Status.BROKEN, 1, isolated=True, fingerprints=("0badc0ffee00",)),)
    lost = (Unisolable(replace(place, keyword=f"type{evil}"), evil, ((f"/{evil}", f"/{evil}"),)),)
    return replace(
        sample(),
        target=f"app:{evil}",
        contract=ContractInfo(evil, evil, evil, evil),
        outcomes=done,
        findings=(finding, gone),
        unisolable=lost,
        notes=(evil,),
        settings=((evil, evil),),
        model=((evil, evil),),
    )


@pytest.fixture(scope="session")
def governed(failing: Run) -> Run:
    """Give the failing run as a team has it: lines of the contract, one finding accepted, a past run, cases kept."""
    worst = failing.findings[-1]
    found = tuple(
        replace(finding, source=Source("contracts/openapi.json", 40 + at, 11, f'"{finding.constraint.keyword}": 1'))
        for at, finding in enumerate(failing.findings)
    )
    server_error = found[2]
    accepted = Known(
        server_error.fingerprint,
        server_error.operation,
        server_error.operators,
        "the model is replaced in May",
        "the pricing team",
        "2026-05-31",
    )
    seen = Past("2025-11-21T09:30:00Z", failing.contract.sha256, ok=False, complete=True, sent=1, counts=(),
                fingerprints=(worst.fingerprint,))  # fmt: skip
    done = tuple(replace(item, tried=tried(item, found)) for item in failing.outcomes)
    return replace(failing, findings=found, outcomes=done, baseline=(accepted,), past=(seen,))


def tried(item: Outcome, found: tuple[Finding, ...]) -> tuple[Tried, ...]:
    """Give the cases of an outcome: those of its findings, else the witness, and one whose body is too large."""
    own = [finding for finding in found if finding.fingerprint in item.fingerprints]
    cases = [Tried(f.instance_location, f.request, len(f.request.body), f.reply.status, f.verdict) for f in own]
    plain = Tried("", post({}), len(post({}).body), 400, Verdict.DISCHARGED)
    return (*(cases or [plain]), Tried("", None, 70_000, 413, Verdict.DISCHARGED))


@pytest.fixture(scope="session")
def report_schema() -> Callable[[str], Any]:
    """Give a function (file name) -> official schema of a format; the test is skipped where it is absent."""
    folder = Path(os.environ.get("PROVE400_CORPORA") or Path(__file__).parents[3] / "shared" / "corpora") / "reports"

    def read(name: str) -> Any:
        path = folder / name
        if not path.exists():
            pytest.skip(f"no {name} at {folder}: see docs/formats.md")
        return path if path.is_dir() or path.suffix == ".xsd" else json.loads(path.read_text(encoding="utf-8"))

    return read


@pytest.fixture(scope="session")
def gold() -> Callable[[str, str], str]:
    """Give a function (file name, text now) -> text of the gold file; ``PROVE400_GOLD=update`` writes it first."""

    def read(name: str, now: str) -> str:
        if os.environ.get("PROVE400_GOLD") == "update":
            (GOLD / name).write_text(now, encoding="utf-8")
        return (GOLD / name).read_text(encoding="utf-8")

    return read
