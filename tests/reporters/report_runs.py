"""Runs for the HTML report: with everything that a run can tell, and large ones."""

from __future__ import annotations

import json
from dataclasses import replace

from prove400.model import (
    Constraint,
    ContractInfo,
    Damage,
    Finding,
    Known,
    Obligation,
    Outcome,
    Part,
    Past,
    Predictions,
    Reply,
    Request,
    Run,
    Sample,
    Severity,
    Side,
    Source,
    Status,
    Tried,
    Verdict,
    fingerprint,
)

JSON = (("Content-Type", "application/json"),)
ROW = {"carat": 0.23, "depth": 61.5, "table": 55.0, "cut": "Ideal", "color": "E", "clarity": "SI2"}
EVIL = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>\u2028\x1b[2J\udc80{{7*7}}"
"""A text that tries to get out of wherever it stands."""


def told(run: Run) -> Run:
    """Give a run with the cases of its obligations, valid predictions, contract lines, a baseline and past runs.

    Of four findings, the first is known, the second has expired, and of the others one was in the last run.
    """
    prices = tuple(300.0 + 2.1 * index**1.7 for index in range(200))
    known = Known(
        run.findings[0].fingerprint, run.findings[0].operation, run.findings[0].operators, "JSON-7", "ana", "2025-12-31"
    )
    color = next(
        o.obligation for o in run.outcomes if o.obligation.constraint.label == "body/color" and not o.fingerprints
    )
    fixed = fingerprint(color.constraint, Verdict.SILENT_200)
    past = [known.fingerprint, run.findings[1].fingerprint, run.findings[3].fingerprint, fixed]
    return replace(
        run,
        outcomes=tuple(replace(outcome, tried=_tried(outcome)) for outcome in run.outcomes),
        findings=tuple(_located(finding, line) for line, finding in enumerate(run.findings, 40)),
        predictions=(Predictions("POST /predict", "/price", prices, "US dollar"),),
        baseline=(
            known,
            replace(known, fingerprint=run.findings[1].fingerprint, expires="2025-11-21"),
            replace(known, fingerprint=fixed, operators=(color.operator,), about="silent-200 of body/color › enum"),
        ),
        past=tuple(
            Past(f"2025-11-{day}T09:00:00Z", "9f" * 32, not marks, True, 1034, _counts(marks), tuple(marks))  # noqa: FBT003
            for day, marks in (("18", []), ("19", past[:1]), ("20", [*past, "00fixed00001"]), ("21", past))
        ),
    )


def _counts(marks: list[str]) -> tuple[tuple[str, int], ...]:
    return (("discharged", 366 - len(marks)), ("findings", len(marks)), ("obligations", 366))


def _located(finding: Finding, line: int) -> Finding:
    damage = finding.damage and replace(finding.damage, unit="US dollar")
    text = f'"{finding.constraint.keyword}": {json.dumps(finding.constraint.expected)}'
    return replace(finding, damage=damage, source=Source("contracts/openapi.json", line, 9, text))


def _tried(outcome: Outcome) -> tuple[Tried, ...]:
    constraint = outcome.obligation.constraint
    refused = outcome.obligation.side is Side.INVALID and outcome.status is not Status.BROKEN
    verdict = Verdict.SILENT_200 if outcome.status is Status.BROKEN else Verdict.DISCHARGED
    return tuple(
        Tried(constraint.instance_location.replace("*", str(at)), request, len(request.body), status, verdict)
        for at in range(outcome.cases)
        for status, request in [(400 if refused else 200, _asked(outcome.obligation.operator, at))]
    )


def _asked(operator: str, at: int) -> Request:
    return Request(
        "POST", "/predict", JSON, json.dumps({**ROW, "cut": f"{operator} 💎 {at}"}, ensure_ascii=False).encode()
    )


def large(places: int, cases: int, operators: int = 25, broken: int = 4) -> Run:
    """Give a run over ten operations with `places` of a number each, so many operators, and so many cases of each."""
    outcomes, findings = [], []
    for at in range(places):
        operation = f"POST /models/{at % 10}/predict"
        where = f"/instances/*/feature_{at}"
        constraint = Constraint(operation, Part.BODY, where, f"/components/schemas/f{at}/type", "type", "number")
        for number in range(operators):
            keyword = ("type", "minimum", "maximum", "enum", "pattern")[number % 5]
            planned = replace(constraint, keyword=keyword, keyword_location=f"/components/schemas/f{at}/{keyword}")
            request = Request("POST", f"/models/{at % 10}/predict", JSON, _body(at, number))
            tried = Tried(where.replace("*", "0"), request, len(request.body), 400, Verdict.DISCHARGED)
            bad = at % 10 == 0 and number == 0 and len(findings) < broken
            mark = f"{at:012x}"
            if bad:
                findings.append(_found(planned, mark, request))
            outcomes.append(
                Outcome(
                    Obligation(planned, f"{keyword}.operator-{number}", Side.INVALID),
                    Status.BROKEN if bad else Status.DISCHARGED,
                    cases,
                    isolated=True,
                    fingerprints=(mark,) if bad else (),
                    tried=(tried,) * cases,
                )
            )
    contract = ContractInfo("Large", "1", "ab" * 32, "contracts/large.json")
    return Run(
        "http://127.0.0.1:8000",
        contract,
        tuple(outcomes),
        tuple(findings),
        (),
        len(outcomes) * cases,
        "2025-11-22T09:30:00Z",
        61.0,
    )


def _body(at: int, number: int) -> bytes:
    row = {f"feature_{other}": 0.5 + other for other in range(at, at + 12)}
    return json.dumps({"instances": [row, {**row, f"feature_{at}": "x" * number}]}).encode()


def _found(constraint: Constraint, mark: str, request: Request) -> Finding:
    reply = Reply(200, JSON, b'{"price": 10273.0}', 0.002)
    return Finding(
        mark,
        Verdict.SILENT_200,
        Severity.ERROR,
        constraint,
        constraint.instance_location.replace("*", "0"),
        "type.operator-0",
        ("type.operator-0",),
        "status.2xx",
        "An invalid value was answered with a price.",
        request,
        replace(request, body=request.body.replace(b'""', b"1.5")),
        reply,
        expected_status=(400,),
        damage=Damage("/price", 326.0, 10273.0),
    )


def hostile(run: Run) -> Run:
    """Give a hostile run whose new members are hostile too, the compressed ones among them."""
    mark = run.findings[0].fingerprint
    request = Request("POST", f"/{EVIL}", (("X-Evil", EVIL),), EVIL.encode("utf-8", "surrogatepass") + b"\x00\xff")
    tried = Tried(f"/{EVIL}", request, 99, 200, Verdict.LEAKY)
    damage = Damage("/price", 1.0, 2.0, EVIL, (Sample(EVIL, 3, 1.0, 2.0),))
    extra = replace(
        run.findings[0], fingerprint="0badc0ffee02", verdict=Verdict.SILENT_200, damage=damage, expected_status=(400,)
    )
    known = Known(mark, f"POST /{EVIL}", run.findings[0].operators, EVIL, EVIL, f"9999{EVIL}", EVIL)
    return replace(
        run,
        findings=tuple(replace(f, source=Source(EVIL, 3, 1, EVIL)) for f in (*run.findings, extra)),
        outcomes=tuple(replace(outcome, tried=(tried, replace(tried, request=None))) for outcome in run.outcomes),
        predictions=(Predictions(run.findings[0].operation, "/price", (0.5, 1.0, 3.0), EVIL),),
        baseline=(known, replace(known, fingerprint=EVIL)),
        past=(Past(EVIL, EVIL, False, True, 1, (), (EVIL,)),),  # noqa: FBT003
    )
