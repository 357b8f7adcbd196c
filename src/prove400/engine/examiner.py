"""Any request and its reply → a judged case: the oracle for engines that make requests of their own."""

from __future__ import annotations

from prove400.cases.context import NOT_FOUND, invalid_statuses, unread_statuses
from prove400.contract import Contract
from prove400.engine.findings import Judged
from prove400.errors import ContractError
from prove400.model import Case, Constraint, Obligation, Operation, Part, Reply, Request, Severity, Side
from prove400.oracle import Oracle
from prove400.validation import LIMITED_DEPTH, Fault, RequestJudge, Routes, SchemaValidators, is_deep, media_of


class Examiner:
    """Judges requests that nobody planned, by the bytes alone.

    >>> examiner = Examiner(prove400.load("contracts/openapi.json"))  # doctest: +SKIP
    >>> examiner.judge(request, reply).judgement.verdict  # doctest: +SKIP
    <Verdict.DISCHARGED: 'discharged'>
    """

    def __init__(self, contract: Contract, search: str = "search") -> None:
        """Take the contract, and the name of the search that the requests come from."""
        self._validators = SchemaValidators(contract.document)
        self._answers = self._validators.of_responses()
        self._routes = Routes(contract.operations)
        self._search = search

    def operation(self, request: Request) -> Operation:
        """Give the operation that a request is for; raises `ContractError` where the contract declares none.

        A concrete path goes before a templated one, whatever its methods (OpenAPI 3.1 section 4.8.8).
        """
        found = self._routes.operation(request.method, request.target)
        if found is None:
            raise ContractError("no operation for the request", where=f"{request.method} {request.target}")
        return found

    def case(self, request: Request) -> Case:
        """Give the request as a case: on the invalid side where it breaks anything, else on the valid one."""
        operation = self.operation(request)
        judge = RequestJudge(operation, self._validators)
        faults = judge.faults(request)
        side = Side.INVALID if faults else Side.VALID
        severity = _severity(faults) if judge.is_settled(request) else Severity.WARNING
        return Case(
            obligation=Obligation(_constraint(operation, request, faults), f"{self._search}.{side}", side, severity),
            request=request,
            witness=request,
            instance_location=faults[0].instance_location if faults else "",
            fault_locations=tuple(dict.fromkeys((*(fault.place for fault in faults), *_limited(request)))),
            violates=frozenset(fault.violation for fault in faults),
            expected_status=_statuses(operation, faults),
            violates_body_schema=any(fault.of_body_schema for fault in faults),
        )

    def judge(self, request: Request, reply: Reply) -> Judged:
        """Judge a reply to a request."""
        case = self.case(request)
        return Judged(case, reply, Oracle(self.operation(request), self._answers).judge(case, reply))


def _limited(request: Request) -> tuple[str, ...]:
    """Give the root of a deep body: a server may limit the depth, and names no place then (RFC 8259 section 9)."""
    return ("",) if is_deep(request.body, LIMITED_DEPTH) else ()


def _constraint(operation: Operation, request: Request, faults: tuple[Fault, ...]) -> Constraint:
    further = operation.further(media_of(operation, request))
    if not faults:
        return Constraint(operation.label, Part.BODY, "", operation.location, "witness", media_type=further)
    fault = faults[0]
    keyword = fault.rule or fault.keyword_location.rpartition("/")[2]
    own = further if fault.part is Part.BODY else ""
    return Constraint(
        operation.label, fault.part, fault.instance_location, fault.keyword_location, keyword, media_type=own
    )


def _severity(faults: tuple[Fault, ...]) -> Severity:
    """Give the severity of the gravest fault; a valid request must be answered."""
    advised = faults and all(fault.severity is Severity.WARNING for fault in faults)
    return Severity.WARNING if advised else Severity.ERROR


def _statuses(operation: Operation, faults: tuple[Fault, ...]) -> tuple[int, ...]:
    """Give the statuses that may refuse a request: a fault of the frame has its own (RFC 9110 section 15.5.16).

    What lacks its body here lacks its type, too.
    """
    if not faults:
        return ()
    framed = any(fault.keyword_location.endswith("/content") or fault.rule == "body.missing" for fault in faults)
    unread = framed or any(fault.rule.startswith("json.") for fault in faults)
    lost = (NOT_FOUND,) * any(fault.part is Part.PATH for fault in faults)
    return (*(unread_statuses(operation, *(415,) * framed) if unread else invalid_statuses(operation)), *lost)
