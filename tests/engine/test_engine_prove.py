"""Runs: what one execution finds, groups, confirms and gives up on, and that the same run gives the same result."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections import Counter
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

import prove400
from prove400.contract.references import Document
from prove400.contract.schemas import Schemas
from prove400.engine import Settings, fingerprint
from prove400.engine.sending import TOGETHER, replies
from prove400.engine.settings import configured
from prove400.errors import ContractError, SettingsError, TargetError
from prove400.model import Case, Failure, Reply, Request, Severity, Side, Status, Unisolable, Verdict
from prove400.reporters import REPORTERS
from prove400.validation import SchemaValidators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

    from prove400.model import Run

PRICE = "POST /price"
DEFECTS: dict[str, tuple[Verdict, set[tuple[str, str]]]] = {
    "coerces": (Verdict.SILENT_200, {("body/carat", "type")}),
    "no-maximum": (Verdict.SILENT_200, {("body/carat", "maximum")}),
    "overflows": (Verdict.SILENT_200, {("body/carat", "maximum")}),
    "index": (Verdict.SILENT_200, {("body/cut", "enum")}),
    "crashes": (Verdict.SERVER_ERROR, {("body/carat", "type")}),
    "refuses-minimum": (Verdict.OVER_REJECTED, {("body/carat", "minimum")}),
    "flaky": (Verdict.UNSTABLE, {("body/cut", "enum")}),
}
"""A defect that shows in one place, the verdict that it earns, and the constraint that it breaks."""
EVERYWHERE = {
    "html": Verdict.UNSTRUCTURED,
    "other-status": Verdict.WRONG_STATUS,
    "misnames": Verdict.MISATTRIBUTED,
    "leaks": Verdict.LEAKY,
    "not-a-number": Verdict.BAD_RESPONSE,
    "no-allow": Verdict.UNSTRUCTURED,
}
"""A defect that shows in many places, and its verdict."""


def without_timing(run: Run) -> dict[str, Any]:
    """Give the JSON report without what may differ between two runs."""
    document: dict[str, Any] = json.loads(REPORTERS["json"](run))
    del document["timing"]
    return document


def test_a_right_service_passes(service: ModuleType) -> None:
    """A service that validates all it gets has every obligation discharged, and no request too few is counted."""
    app = service.Service()
    run = prove400.prove(app, service.CONTRACT)
    assert run.ok, [(f.verdict, f.constraint.label, f.operators) for f in run.findings]
    assert run.complete
    assert (run.findings, run.disputed, run.unreachable) == ((), (), 0)
    assert [note.partition(":")[0] for note in run.notes] == [
        "errors are told as errors[].pointer of a problem (RFC 9457)"
    ]
    assert run.sent == app.served > len(run.obligations) > 100
    assert {outcome.status for outcome in run.outcomes} == {Status.DISCHARGED}
    assert run.counts["obligations"] == run.counts["discharged"] == len(run.obligations)
    assert {o.constraint.operation for o in run.obligations} == {PRICE, "GET /health"}
    assert {o.side for o in run.obligations} == set(Side)


def test_every_obligation_has_one_outcome(service: ModuleType) -> None:
    """A run has exactly the obligations that the plan lists, in its order, where the model is not judged."""
    planned = [item.obligation for item in prove400.plan(service.CONTRACT) if isinstance(item, Case)]
    run = prove400.prove(service.Service(), service.CONTRACT, sanity=False)
    assert list(run.obligations) == list(dict.fromkeys(planned))
    assert sum(outcome.cases for outcome in run.outcomes) == len(planned)


def test_planning_and_judging_share_the_schemas(service: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run reads the schemas of its contract once, however often it is planned."""
    read: list[Document] = []
    begin = Schemas.__init__

    def counted(self: Schemas, document: Document, **rest: Any) -> None:
        read.append(document)
        begin(self, document, **rest)

    monkeypatch.setattr(Schemas, "__init__", counted)
    proof = prove400.start(service.Service(), service.CONTRACT)
    assert sum(1 for _ in proof.planned()) == sum(1 for _ in proof.planned()) > 100
    assert len(read) == 1


@pytest.mark.parametrize("defect", DEFECTS)
def test_one_defect_is_one_finding(defect: str, service: ModuleType) -> None:
    """A planted defect gives one finding, for the constraint that it breaks, however many cases show it."""
    verdict, places = DEFECTS[defect]
    run = prove400.prove(service.Service(defect), service.CONTRACT)
    assert not run.ok
    assert {(f.constraint.label, f.constraint.keyword) for f in run.findings} == places
    (finding,) = run.findings
    assert finding.verdict is verdict
    assert finding.operation == PRICE
    assert finding.severity is Severity.ERROR
    assert finding.operator in finding.operators
    assert re.fullmatch("[0-9a-f]{12}", finding.fingerprint)
    broken = [o for o in run.outcomes if o.status is Status.BROKEN]
    assert {o.obligation.operator for o in broken} == set(finding.operators)
    assert all(o.fingerprints == (finding.fingerprint,) for o in broken)
    assert not run.disputed


@pytest.mark.parametrize("defect", EVERYWHERE)
def test_one_finding_for_each_constraint(defect: str, service: ModuleType) -> None:
    """A defect that shows everywhere gives one finding for each constraint, all with its verdict."""
    run = prove400.prove(service.Service(defect), service.CONTRACT)
    assert {f.verdict for f in run.findings} == {EVERYWHERE[defect]}
    assert not run.ok
    assert len(run.findings) > 1
    broken = [outcome for outcome in run.outcomes if outcome.status is Status.BROKEN]
    assert {f.constraint for f in run.findings} == {outcome.obligation.constraint for outcome in broken}
    assert len({f.fingerprint for f in run.findings}) == len({f.constraint for f in run.findings}) == len(run.findings)


def test_two_verdicts_of_one_constraint_are_two_findings(service: ModuleType) -> None:
    """One constraint that is broken in two ways has a finding for each verdict."""
    run = prove400.prove(service.Service("crashes", "coerces"), service.CONTRACT)
    assert [(f.verdict, f.constraint.keyword) for f in run.findings] == [
        (Verdict.SILENT_200, "type"),
        (Verdict.SERVER_ERROR, "type"),
    ]


def test_a_finding_can_be_reproduced(service: ModuleType) -> None:
    """A finding holds the very bytes, the reply that they got, and what they violate."""
    run = prove400.prove(service.Service("no-maximum"), service.CONTRACT)
    (finding,) = run.findings
    again = prove400.connect(service.Service("no-maximum")).send(finding.request)
    assert (again.status, again.body) == (finding.reply.status, finding.reply.body)
    assert finding.violates == (("/carat", "/components/schemas/Row/properties/carat/maximum"),)
    assert finding.keyword_location == "/components/schemas/Row/properties/carat/maximum"
    assert finding.expected_status == (400,)
    assert finding.cases >= len(finding.operators) > 1


def test_damage_is_measured(service: ModuleType) -> None:
    """A silent 200 says how far it moved the answer from the witness's, the furthest case first."""
    run = prove400.prove(service.Service("no-maximum"), service.CONTRACT)
    damage = run.findings[0].damage
    assert damage is not None
    assert damage.location == "/price"
    assert damage.before == 1000 * service.EXAMPLE["carat"] + 2
    assert damage.after == 1000 * 1e9 + 2


def test_findings_come_worst_first(service: ModuleType) -> None:
    """Errors come before warnings, silent answers before crashes, and those before lesser faults."""
    run = prove400.prove(
        service.Service("last-name-wins", "misnames", "crashes", "no-maximum", "leaks"), service.CONTRACT
    )
    ranks = [(f.severity is Severity.WARNING, list(Verdict).index(f.verdict)) for f in run.findings]
    assert [f.verdict for f in run.findings][:2] == [Verdict.SILENT_200, Verdict.SERVER_ERROR]
    assert run.findings[-1].severity is Severity.WARNING
    assert [warns for warns, _ in ranks] == sorted(warns for warns, _ in ranks)


def shuffled(value: Any) -> Any:
    """Give a document with the names of every object in reverse order, but examples as they are."""
    if isinstance(value, dict):
        return {name: item if name == "example" else shuffled(item) for name, item in reversed(value.items())}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("defect", ["no-maximum", "html", "not-a-number"])
def test_fingerprints_are_stable(defect: str, service: ModuleType) -> None:
    """Fingerprints are the same in every run, and do not change with the order of paths, properties or keywords."""
    first, second, moved = (
        {
            f.fingerprint: (f.verdict, f.constraint.label, f.constraint.keyword)
            for f in prove400.prove(service.Service(defect), document).findings
        }
        for document in (service.CONTRACT, deepcopy(service.CONTRACT), shuffled(service.CONTRACT))
    )
    assert first == second
    assert first == moved


def test_fingerprints_survive_a_move_of_the_schema(service: ModuleType) -> None:
    """A schema that moves from its component into the operation keeps its findings' fingerprints."""
    inlined = deepcopy(service.CONTRACT)
    media = inlined["paths"]["/price"]["post"]["requestBody"]["content"]["application/json"]
    media["schema"] = inlined["components"]["schemas"]["Row"]
    (before,) = prove400.prove(service.Service("no-maximum"), service.CONTRACT).findings
    (after,) = prove400.prove(service.Service("no-maximum"), inlined).findings
    assert before.fingerprint == after.fingerprint
    assert before.keyword_location != after.keyword_location


BRANCHES = {"oneOf": [{"type": "object", "required": ["a"]}, {"type": "object", "required": ["a"], "minProperties": 2}]}


@pytest.mark.parametrize("schema", [{}, BRANCHES], ids=["row", "branches"])
def test_fingerprints_tell_apart(schema: dict[str, Any], service: ModuleType) -> None:
    """No two constraints or verdicts share a fingerprint, those of the same keyword in two branches included."""
    contract = deepcopy(service.CONTRACT)
    if schema:
        contract["paths"]["/price"]["post"]["requestBody"]["content"]["application/json"] = {"schema": schema}
    constraints = {item.obligation.constraint for item in prove400.plan(contract) if isinstance(item, Case)}
    assert len({c.keyword_location for c in constraints if c.keyword == "type"}) > 1
    prints = Counter(fingerprint(constraint, verdict) for constraint in constraints for verdict in Verdict)
    assert prints.most_common(1)[0][1] == 1


def test_runs_are_deterministic(service: ModuleType) -> None:
    """Two runs give the same JSON report but for its timing."""
    reports = [
        without_timing(prove400.prove(service.Service("no-maximum", "misnames"), service.CONTRACT)) for _ in range(2)
    ]
    assert reports[0] == reports[1]
    assert len(reports[0]["findings"]) > 1


def test_the_published_contract_is_asked_for(service: ModuleType) -> None:
    """Without a contract the target's own is taken, from ``/openapi.json``."""
    run = prove400.prove(service.Service())
    assert run.ok
    assert run.contract.title == "Prices"
    assert run.contract.source.endswith("/openapi.json")


@pytest.mark.parametrize(
    ("document", "what"),
    [({"openapi": "2.0"}, "not an OpenAPI"), ([], "is an object"), ({"swagger": "2.0"}, "Swagger")],
)
def test_a_published_contract_may_be_broken(document: Any, what: str, service: ModuleType) -> None:
    """A target that publishes something else is refused with the place where it was asked."""
    with pytest.raises(ContractError, match=what) as caught:
        prove400.prove(service.Service(document=document))
    assert caught.value.where.endswith("/openapi.json")


def nothing(_environ: Any, start_response: Any) -> list[bytes]:
    """Answer 404 to all."""
    start_response("404 Not Found", [])
    return []


def test_no_published_contract() -> None:
    """A target without a contract gives an error that says how to give one."""
    with pytest.raises(ContractError, match="answered 404") as caught:
        prove400.prove(nothing)
    assert "--contract" in caught.value.hint


@pytest.mark.parametrize("target", ["no_such_module:app", "json:nothing", "nonsense", 5, lambda a, b, c, d: None])
def test_targets_that_are_none(target: Any, service: ModuleType) -> None:
    """What is no target is a TargetError."""
    with pytest.raises(TargetError):
        prove400.prove(target, service.CONTRACT)


class Switched:
    """A transport that gives scripted replies in place of an application's."""

    name = "switched"
    concurrency = 1

    def __init__(self, app: Any, reply: Callable[[int, Request], Reply | None]) -> None:
        """Take the application, and what to reply to request n instead, where that is something."""
        self.inner, self.reply, self.sent, self.closed = prove400.connect(app), reply, 0, 0

    def send(self, request: Request) -> Reply:
        """Give the scripted reply, or the application's."""
        self.sent += 1
        return self.reply(self.sent, request) or self.inner.send(request)

    def close(self) -> None:
        """Count."""
        self.closed += 1


def driven(transport: Switched, service: ModuleType, **settings: Any) -> Run:
    """Prove a transport."""
    proof = prove400.Proof(transport, prove400.load(service.CONTRACT), Settings.of(settings))
    for _ in proof.events():
        pass
    return proof.run()


TIMEOUT = Reply(0, failure=Failure.TIMEOUT, detail="no reply within 10 s")


@pytest.mark.parametrize("patience", [1, 3, 5])
def test_giving_up(patience: int, service: ModuleType) -> None:
    """A target that falls silent is given up after so many requests in a row; the run is neither complete nor ok."""
    transport = Switched(service.Service(), lambda n, _: TIMEOUT if n > 10 else None)
    run = driven(transport, service, patience=patience)
    assert (run.sent, transport.sent) == (10 + patience, 10 + patience)
    assert run.unreachable == patience
    assert not run.complete
    assert not run.ok
    assert run.findings == ()
    assert any("gave up" in note and "no reply within 10 s" in note for note in run.notes)
    assert run.outcomes[-1].status is Status.UNREACHABLE


def test_single_silences_are_not_a_reason_to_give_up(service: ModuleType) -> None:
    """Requests without a verdict that do not come in a row do not end the run, but keep it from being ok."""
    transport = Switched(service.Service(), lambda n, _: TIMEOUT if n % 2 else None)
    run = driven(transport, service, patience=2)
    assert len(run.outcomes) == len(prove400.prove(service.Service(), service.CONTRACT).outcomes)
    told = [note for note in run.notes if note.endswith("have no verdict: no reply within 10 s")]
    assert sum(int(note.split()[0]) for note in told) == run.unreachable
    assert not run.ok
    assert not run.complete
    assert run.findings == ()
    assert run.counts["unreachable"] > 0


def test_a_dropped_connection_is_a_finding(service: ModuleType) -> None:
    """A connection that is dropped is the server's fault, not silence."""
    dropped = Reply(0, failure=Failure.DROPPED, detail="reset")
    run = driven(Switched(service.Service(), lambda _, r: dropped if b"null" in r.body else None), service)
    assert run.complete
    assert {f.verdict for f in run.findings} == {Verdict.SERVER_ERROR}


def test_what_does_not_repeat_is_unstable(service: ModuleType) -> None:
    """A fault that the same bytes do not show again is reported as unstable, with both verdicts."""
    seen: set[bytes] = set()

    def once(_: int, request: Request) -> Reply | None:
        if request.body != b'{"carat":0.5,"cut":"ideal","note":"cheap"}' or request.body in seen:
            return None
        seen.add(request.body)
        return Reply(200, (("Content-Type", "application/json"),), b'{"price":1}')

    run = driven(Switched(service.Service(), once), service)
    (finding,) = run.findings
    assert finding.verdict is Verdict.UNSTABLE
    assert finding.rule == "unstable"
    assert "silent-200" in finding.message
    assert "discharged" in finding.message


def test_an_unanswered_confirmation_leaves_the_finding(service: ModuleType) -> None:
    """Where the second sending has no verdict, the first one stands."""
    transport = Switched(service.Service("crashes"), lambda n, r: None)
    bodies: Counter[bytes] = Counter()

    def silent_twice(_: int, request: Request) -> Reply | None:
        bodies[request.body] += 1
        return TIMEOUT if bodies[request.body] > 1 and b'"carat":null' in request.body else None

    transport.reply = silent_twice
    (finding,) = driven(transport, service).findings
    assert finding.verdict is Verdict.SERVER_ERROR


@pytest.mark.parametrize(("defect", "keyword"), [("no-maximum", "maximum"), ("coerces", "type"), ("index", "enum")])
def test_disputed_cases_are_no_findings(
    defect: str, keyword: str, service: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the second validator admits what the first refuses, the case is disputed and gates nothing."""
    showing = {
        o.obligation for o in prove400.prove(service.Service(defect), service.CONTRACT).outcomes if o.fingerprints
    }
    monkeypatch.setattr(SchemaValidators, "second_opinion", lambda *_: True)
    run = prove400.prove(service.Service(defect), service.CONTRACT)
    assert run.findings == ()
    assert {case.operator.partition(".")[0] for case in run.disputed} == {keyword}
    assert {o.obligation for o in run.outcomes if o.status is Status.DISPUTED} == showing
    assert run.ok
    assert run.counts["disputed"] == len(showing)


def test_disputed_cases_of_the_valid_side(service: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the second validator refuses what the first admits, a refusal is disputed too."""
    monkeypatch.setattr(SchemaValidators, "second_opinion", lambda *_: False)
    run = prove400.prove(service.Service("refuses-minimum"), service.CONTRACT)
    assert run.findings == ()
    assert [case.operator for case in run.disputed] == ["minimum.at"]


def test_wire_faults_need_no_second_opinion(service: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no schema was asked about is not disputed, whatever the second validator would say of it."""
    monkeypatch.setattr(SchemaValidators, "second_opinion", lambda *_: True)
    run = prove400.prove(service.Service("no-allow"), service.CONTRACT)
    assert {f.rule for f in run.findings} == {"missing-allow"}
    assert run.disputed == ()


@pytest.mark.parametrize(
    ("fail_on", "ok"), [("error", True), ("warning", False), (Severity.WARNING, False), (None, True)]
)
def test_warnings_gate_only_where_asked(fail_on: Any, service: ModuleType, *, ok: bool) -> None:
    """A warning is always reported, and fails the run only under ``fail_on=warning``."""
    run = prove400.prove(service.Service("last-name-wins"), service.CONTRACT, fail_on=fail_on)
    assert {f.severity for f in run.findings} == {Severity.WARNING}
    assert run.ok is ok
    assert bool(run.gating) is not ok


def test_a_crash_is_an_error_even_where_standards_only_advise(service: ModuleType) -> None:
    """A server error under an advisory rule is an error, since no request may cause one."""
    broken = Reply(500, (("Content-Type", "application/problem+json"),), b'{"title":"x","errors":[]}')
    run = driven(
        Switched(service.Service(), lambda _, r: broken if r.body.startswith(b"\xef\xbb\xbf") else None), service
    )
    assert [(f.verdict, f.severity) for f in run.findings] == [(Verdict.SERVER_ERROR, Severity.ERROR)]


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"retries": 3}, "'retries'"),
        ({"timeout": 0}, "range"),
        ({"timeout": -1}, "range"),
        ({"connections": 0}, "range"),
        ({"patience": 0}, "range"),
        ({"fail_on": "fatal"}, "fatal"),
        ({"timeout": "soon"}, "impossible"),
        ({"operations": 5}, "impossible"),
        ({"timeout": float("nan")}, "range"),
        ({"connections": 1.5}, "connections"),
        ({"timeout": float("inf")}, "timeout is out of its range: inf"),
        ({"timeout": 1e9}, "timeout is out of its range"),
        ({"timeout": True}, "timeout has an impossible value: True"),
        ({"connections": True}, "connections has an impossible value: True"),
        ({"patience": "5"}, "patience has an impossible value: '5'"),
        ({"fail_on": ["error"]}, "fail_on has an impossible value"),
        ({"operations": [5]}, "operations has an impossible value: 5"),
        ({"operations": {"a": 1}}, "operations has an impossible value"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any], what: str, service: ModuleType) -> None:
    """An unknown setting or an impossible value is a SettingsError that says which."""
    with pytest.raises(SettingsError, match=what) as caught:
        prove400.prove(service.Service(), service.CONTRACT, **settings)
    assert caught.value.hint
    assert "Settings(" not in str(caught.value)


def test_unknown_settings_have_a_hint() -> None:
    """The message lists the settings that there are."""
    with pytest.raises(SettingsError) as caught:
        Settings.of({"time_out": 1})
    assert "timeout" in caught.value.hint
    assert "patience" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "[tool.prove400]\ntimeout = 3\nfail-on = 'warning'",
        "[tool]",
        "",
        None,
        "[tool.prove400\n",
        "[tool]\nprove400 = 3",
        "tool = 3",
    ],
)
def test_settings_of_a_folder(text: str | None, tmp_path: Path) -> None:
    """The table of pyproject.toml is read with dashes or underscores; one that is no TOML or no table is an error."""
    if text is not None:
        tmp_path.joinpath("pyproject.toml").write_text(text, encoding="utf-8")
    if text == "tool = 3":
        assert configured(tmp_path) == {}
    elif text and text.endswith(("prove400\n", "= 3")):
        with pytest.raises(SettingsError):
            configured(tmp_path)
    else:
        assert configured(tmp_path) == ({"timeout": 3, "fail_on": "warning"} if text and "timeout" in text else {})


@pytest.mark.parametrize(
    ("operations", "expected"), [((), {PRICE, "GET /health"}), ((PRICE,), {PRICE}), (["GET /health"], {"GET /health"})]
)
def test_operations_can_be_chosen(operations: Any, expected: set[str], service: ModuleType) -> None:
    """Only the chosen operations are proven; none chosen means all."""
    run = prove400.prove(service.Service(), service.CONTRACT, operations=operations)
    assert {obligation.constraint.operation for obligation in run.obligations} == expected
    assert run.ok


@pytest.mark.parametrize("operations", [["POST /prices"], [PRICE, "get /health"]])
def test_an_operation_that_is_not_in_the_contract(operations: Any, service: ModuleType) -> None:
    """A label that the contract does not have is a SettingsError: a run never silently tests less than asked."""
    with pytest.raises(SettingsError, match="operation"):
        prove400.prove(service.Service(), service.CONTRACT, operations=operations)


def test_one_operation_given_as_text(service: ModuleType) -> None:
    """A single label is taken for itself, never for its letters."""
    run = prove400.prove(service.Service(), service.CONTRACT, operations=PRICE)
    assert {obligation.constraint.operation for obligation in run.obligations} == {PRICE}


def test_nothing_proven_is_not_ok() -> None:
    """A contract without operations proves nothing, so the run is not ok."""
    run = prove400.prove(nothing, {"openapi": "3.1.0", "info": {}, "paths": {}})
    assert not run.ok
    assert run.sent == 0


@pytest.mark.parametrize("connections", [1, 4])
def test_over_http_as_in_process(connections: int, service: ModuleType, serve: Callable[[Any], str]) -> None:
    """A server gives the outcomes and findings that the application gives in process, one or several at once."""
    here = prove400.prove(service.Service("no-maximum", "misnames"), service.CONTRACT)
    there = prove400.prove(serve(service.Service("no-maximum", "misnames")), service.CONTRACT, connections=connections)
    assert there.complete, there.notes
    assert there.outcomes == here.outcomes
    assert [(f.fingerprint, f.request, f.operators, f.message, f.damage) for f in there.findings] == [
        (f.fingerprint, f.request, f.operators, f.message, f.damage) for f in here.findings
    ]
    assert there.sent == here.sent


def test_several_requests_are_under_way_at_once(service: ModuleType) -> None:
    """With room for two, two are sent at once, in plan order; cases are drawn only as fast as replies come."""
    cases = [item for item in prove400.plan(service.CONTRACT) if isinstance(item, Case)][: 4 * TOGETHER]
    pair = threading.Barrier(2)
    drawn: list[Case] = []

    class Paired:
        name, concurrency = "paired", 2

        def send(self, request: Request) -> Reply:
            pair.wait(timeout=30)  # raises, rather than hangs, where no second request comes
            return Reply(200, (), request.body)

        def close(self) -> None:
            """Do nothing."""

    def draw() -> Iterator[Case]:
        for case in cases:
            drawn.append(case)
            yield case

    seen = []
    for case, reply in replies(Paired(), draw(), 2):
        seen.append((case, reply.body))
        assert len(drawn) - len(seen) <= 2 * TOGETHER + 4
    assert seen == [(case, case.request.body) for case in cases]


def test_nobody_listens(service: ModuleType) -> None:
    """A port where nobody listens makes the run incomplete: no finding, no pass."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    run = prove400.prove(f"http://127.0.0.1:{port}", service.CONTRACT, patience=2, connections=2)
    assert not run.ok
    assert not run.complete
    assert run.findings == ()
    assert run.unreachable == 2
    with pytest.raises(TargetError, match="no reply") as caught:
        prove400.prove(f"http://127.0.0.1:{port}")
    assert caught.value.hint


def test_a_proof_tells_what_is_left_out(service: ModuleType) -> None:
    """Obligations that were not tried are counted, and a note can make the run incomplete."""
    proof = prove400.start(service.Service(), service.CONTRACT)
    cases = list(proof.planned())
    every = len({case.obligation for case in cases})
    assert (proof.sent, proof.left_out) == (0, every)
    assert proof.judge(cases[0]).judgement.verdict is Verdict.DISCHARGED
    assert (proof.sent, proof.left_out) == (1, every - 1)
    assert proof.run().ok
    proof.note("stopped", incomplete=True)
    assert not proof.run().ok
    assert proof.run().notes == ("stopped",)


def test_the_transport_is_closed(service: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proof closes its transport when it is done, when its contract is broken, and when a caller's plan fails."""
    transport = Switched(service.Service(), lambda *_: None)
    monkeypatch.setattr("prove400.engine.taking.connect", lambda *_, **__: transport)
    prove400.prove("x", service.CONTRACT)
    assert transport.closed == 1
    with pytest.raises(ContractError):
        prove400.prove("x", {"openapi": "2.0"})
    assert transport.closed == 2


def test_cases_break_what_they_say(service: ModuleType) -> None:
    """A plan is the same each time, and every constraint of the sample's schemas is broken alone at least once."""
    first, second = list(prove400.plan(service.CONTRACT)), list(prove400.plan(service.CONTRACT))
    assert first == second
    cases = [item for item in first if isinstance(item, Case)]
    assert not any(isinstance(item, Unisolable) for item in first)
    assert all(not case.violates for case in cases if case.side is Side.VALID)
    wire = {"json", "content-type", "content-encoding", "content-length", "body", "method", "path", "name"}
    schema = [c for c in cases if c.side is Side.INVALID and c.operator.partition(".")[0] not in wire]
    assert len(schema) > 80
    assert all(case.violates for case in schema)
    assert {c.obligation.constraint for c in schema if c.isolated} == {c.obligation.constraint for c in schema}


JSON = (("Content-Type", "application/json"),)
EXAMINED: list[tuple[Request, Side, Verdict | None]] = [
    (Request("POST", "/price", JSON, b'{"carat":1,"cut":"Good"}'), Side.VALID, Verdict.DISCHARGED),
    (Request("POST", "/price", JSON, b'{"carat":9,"cut":"Good"}'), Side.INVALID, Verdict.SILENT_200),
    (Request("POST", "/price", JSON, b'{"carat":9,"cut":"good"}'), Side.INVALID, None),  # two faults: any may be told
    (Request("POST", "/price?count=0", JSON, b'{"carat":1,"cut":"Good"}'), Side.INVALID, Verdict.DISCHARGED),
    (Request("POST", "/price", JSON, b"["), Side.INVALID, Verdict.DISCHARGED),
    (Request("POST", "/price", (), b"{}"), Side.INVALID, Verdict.DISCHARGED),
    (Request("GET", "/health"), Side.VALID, Verdict.DISCHARGED),
]


@pytest.mark.parametrize(("request_", "side", "verdict"), EXAMINED)
def test_examiner(request_: Request, side: Side, verdict: Verdict | None, service: ModuleType) -> None:
    """A request that nobody planned is judged by its bytes: which side it is on, and whether the reply is right."""
    reply = prove400.connect(service.Service("no-maximum")).send(request_)
    judged = prove400.Examiner(prove400.load(service.CONTRACT)).judge(request_, reply)
    assert judged.case.side is side
    assert verdict in (None, judged.judgement.verdict)


def test_examiner_takes_the_concrete_path_first() -> None:
    """A concrete path is matched before a templated one, in whatever order they stand (OpenAPI 3.1 section 4.8.8)."""
    paths: dict[str, Any] = {"/rows/{id}": {"get": {"responses": {}}}, "/rows/mine": {"get": {"responses": {}}}}
    examiner = prove400.Examiner(prove400.load({"openapi": "3.1.0", "info": {}, "paths": paths}))
    assert examiner.operation(Request("GET", "/rows/7")).path == "/rows/{id}"
    assert examiner.operation(Request("GET", "/rows/mine")).path == "/rows/mine"


def test_examiner_gives_a_concrete_path_no_methods_of_a_templated_one() -> None:
    """A path that a concrete template matches has that one's methods and no others."""
    paths: dict[str, Any] = {"/rows/{id}": {"put": {"responses": {}}}, "/rows/mine": {"get": {"responses": {}}}}
    examiner = prove400.Examiner(prove400.load({"openapi": "3.1.0", "info": {}, "paths": paths}))
    assert examiner.operation(Request("PUT", "/rows/7")).path == "/rows/{id}"
    with pytest.raises(ContractError):
        examiner.operation(Request("PUT", "/rows/mine"))


@pytest.mark.parametrize(("method", "target"), [("PUT", "/price"), ("POST", "/prices"), ("GET", "/")])
def test_examiner_of_unknown_operations(method: str, target: str, service: ModuleType) -> None:
    """A request that is for no operation is a ContractError with its method and target."""
    with pytest.raises(ContractError) as caught:
        prove400.Examiner(prove400.load(service.CONTRACT)).operation(Request(method, target))
    assert caught.value.where == f"{method} {target}"
