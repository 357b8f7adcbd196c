"""`readOnly` and `writeOnly`: what requests leave out, what responses must have, and servers that use them."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

import prove400
from prove400 import Case, Unisolable
from prove400.contract import load
from prove400.engine import Examiner
from prove400.model import Reply, Request, Severity, Side, Verdict
from prove400.oracle.responses import Answers
from prove400.validation import SchemaValidators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication

ROW = {
    "type": "object",
    "required": ["id", "name", "secret"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string", "minLength": 1},
        "secret": {"type": "string", "writeOnly": True},
        "state": {"$ref": "#/components/schemas/State"},
    },
}
STATE = {"type": "string", "enum": ["draft", "final"], "default": "draft", "readOnly": True}


def document(version: str = "3.0.3", schema: Any = None, **media: Any) -> dict[str, Any]:
    """Give a contract with one operation that takes and answers the same schema."""
    answer = {"application/json": {"schema": {"$ref": "#/components/schemas/Row"}}}
    problem = {"application/json": {"schema": {"type": "object"}}}
    responses = {"200": {"description": "ok", "content": answer}, "400": {"description": "no", "content": problem}}
    body = {"required": True, "content": {"application/json": {**answer["application/json"], **media}}}
    return {
        "openapi": version,
        "info": {"title": "t", "version": "1"},
        "paths": {"/rows": {"post": {"requestBody": body, "responses": responses}}},
        "components": {"schemas": {"Row": schema or ROW, "State": STATE}},
    }


def planned(contract: dict[str, Any]) -> list[Case]:
    """Give the cases of a contract."""
    return [case for case in prove400.plan(contract) if isinstance(case, Case)]


def sent(case: Case) -> Any:
    """Give the value that a case sends."""
    return json.loads(case.request.body)


def named(cases: list[Case], operator: str) -> list[Case]:
    """Give the cases of one operator."""
    return [case for case in cases if case.operator == operator]


def test_request_of_3_0_leaves_out_what_is_read_only() -> None:
    """A required read-only name is required of responses only: witnesses leave it out, and so does the valid side."""
    cases = planned(document())
    assert sent(cases[0]).keys() == {"name", "secret"}
    assert not any(
        {"id", "state"} & sent(case).keys() for case in cases if case.side is Side.VALID and case.request.body
    )
    required = {case.obligation.constraint.member for case in named(cases, "required.absent")}
    assert required == {"name", "secret"}


def test_example_for_both_ways_is_stripped() -> None:
    """An example of the contract that shows what only the response has is sent without it."""
    example = {"id": 7, "name": "Ada", "secret": "s", "state": "final"}
    assert sent(planned(document(example=example))[0]) == {"name": "Ada", "secret": "s"}


def test_leaving_out_and_sending_are_planned() -> None:
    """Each read-only name is left out on the valid side, and sent in requests that are else valid, as a warning."""
    cases = planned(document())
    absent = {case.obligation.constraint.member for case in named(cases, "readOnly.absent")}
    assert absent == {"id", "state"}
    found = named(cases, "readOnly.sent")
    assert {case.obligation.constraint.member for case in found} == {"id", "state"}
    assert {case.obligation.severity for case in found} == {Severity.WARNING}
    assert all(case.isolated and not case.violates_body_schema for case in found)
    assert {case.keyword_location for case in found} == {
        "/components/schemas/Row/properties/id/readOnly",
        "/components/schemas/State/readOnly",
    }
    state = [sent(case)["state"] for case in found if "state" in sent(case)]
    assert state[0] == "final", "the default would change nothing"


def test_name_that_another_keyword_keeps_out_is_not_sent() -> None:
    """A request that breaks more than the advice says nothing of it."""
    full = document(schema={**ROW, "maxProperties": 2})
    assert named(planned(full), "readOnly.absent")
    assert named(planned(full), "readOnly.sent") == []


def test_nothing_is_asked_of_what_a_server_may_ignore() -> None:
    """The type of a read-only property is no obligation: a server need not read what is sent there."""
    items = list(prove400.plan(document()))
    places = {item.instance_location for item in items if isinstance(item, Case | Unisolable)}
    assert not {"/id", "/state"} & places
    assert "/name" in places


def test_required_is_in_force_in_3_1() -> None:
    """In OpenAPI 3.1 a required read-only name is sent, as `required` is no matter of the direction."""
    cases = planned(document("3.1.0"))
    assert sent(cases[0]).keys() == {"id", "name", "secret"}
    assert {case.obligation.constraint.member for case in named(cases, "required.absent")} == {"id", "name", "secret"}
    assert {case.obligation.constraint.member for case in named(cases, "readOnly.sent")} == {"state"}
    assert "/id" in {case.instance_location for case in cases}


ELSEWHERE = {
    "beside allOf": {"allOf": [{"properties": ROW["properties"]}], "required": ["id", "name"]},
    "in another branch": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"required": ["id", "name"]}]},
    "a map of this name": {"properties": {"default": ROW}, "required": ["default"]},
}


@pytest.mark.parametrize("schema", ELSEWHERE.values(), ids=ELSEWHERE)
def test_required_may_stand_elsewhere_than_the_property(schema: dict[str, Any]) -> None:
    """The property is found through `allOf` and `$ref`, and under names that are keywords elsewhere."""
    contract = document(schema=schema)
    contract["components"]["schemas"]["Base"] = {"properties": ROW["properties"], "type": "object"}
    cases = planned(contract)
    value = sent(cases[0])
    assert value
    assert "id" not in value.get("default", value)
    assert {"id"} & {case.obligation.constraint.member for case in named(cases, "readOnly.sent")}


def test_circle_of_references_ends() -> None:
    """Schemas that refer to one another in a circle are read once each."""
    loop = {
        "allOf": [{"$ref": "#/components/schemas/Row"}],
        "properties": {"id": {"readOnly": True}},
        "required": ["id"],
    }
    assert planned(document(schema=loop))


def reply(value: Any) -> Reply:
    """Give an answer."""
    return Reply(200, (("Content-Type", "application/json"),), json.dumps(value).encode())


ANSWERS = {
    "3.0.3": (({"id": 1, "name": "a"}, True), ({"name": "a", "secret": "s"}, False)),
    "3.1.0": (({"id": 1, "name": "a"}, False), ({"id": 1, "name": "a", "secret": "s"}, True)),
}


@pytest.mark.parametrize(("version", "value", "fits"), [(v, *pair) for v, pairs in ANSWERS.items() for pair in pairs])
def test_response_is_asked_for_what_is_not_write_only(version: str, value: Any, fits: bool) -> None:  # noqa: FBT001
    """In 3.0 a response must have what is read-only and need not have what is write-only; in 3.1 both."""
    contract = load(document(version))
    validators = SchemaValidators(contract.document).of_responses()
    assert (Answers(contract.operations[0], validators).mismatch(reply(value)) == "") is fits


def test_examiner_judges_both_ways() -> None:
    """A request without the read-only name is valid, and its answer without the write-only one is right."""
    request = Request("POST", "/rows", (("Content-Type", "application/json"),), b'{"name":"a","secret":"s"}')
    judged = Examiner(load(document())).judge(request, reply({"id": 1, "name": "a"}))
    assert judged.judgement.verdict is Verdict.DISCHARGED


Use = "Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]"


def ignores(_: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Answer with what the server knows."""
    return own


def takes_state(body: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Answer with the state that the request sets."""
    return {**own, "state": body.get("state", own["state"])}


def takes_id(body: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Answer with the id that the request sets."""
    return {**own, "id": body.get("id", own["id"])}


def server(
    use: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]], *, refuses: bool = False
) -> WSGIApplication:
    """Make a server of `ROW` that counts its rows, and makes of read-only names what `use` says."""
    ids = count(1000)
    schema = document()
    validator = SchemaValidators(load(schema).document).at("/components/schemas/Row")

    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        try:
            body = json.loads(raw)
            places = [fault.place for fault in validator.faults(body)]
        except ValueError:
            body, places = {}, [""]
        if refuses and not places:
            places = [f"/{name}" for name in ("id", "state") if name in body]
        errors = {"errors": [{"pointer": place, "detail": "not as declared"} for place in places]}
        start_response("400 Bad Request" if places else "200 OK", [("Content-Type", "application/json")])
        own = {"id": next(ids), "name": body.get("name"), "state": "draft"} if not places else {}
        return [json.dumps(errors if places else use(body, own)).encode()]

    return app


def findings(app: WSGIApplication) -> set[tuple[str, str, str]]:
    """Prove a server; give member, verdict and severity of what is found about read-only names."""
    run = prove400.prove(app, document())
    assert "readOnly.sent" in {outcome.obligation.operator for outcome in run.outcomes}
    every = [finding for finding in run.findings if finding.constraint.keyword == "readOnly"]
    return {(f.constraint.member, str(f.verdict), str(f.severity)) for f in every}


@pytest.mark.parametrize("refuses", [False, True])
def test_server_that_ignores_or_refuses_has_no_finding(refuses: bool) -> None:  # noqa: FBT001
    """Both are right by the standard; ids that change with every answer are no sign of use."""
    assert findings(server(ignores, refuses=refuses)) == set()


def test_server_that_uses_what_is_read_only_is_found() -> None:
    """An answer that changes with the name shows that it was used."""
    assert findings(server(takes_state)) == {("state", "silent-200", "warning")}


def test_echo_is_found_where_the_answer_changes_anyway() -> None:
    """The id is another one in every answer; that it is the one sent shows that it was used."""
    assert findings(server(takes_id)) == {("id", "silent-200", "warning")}
