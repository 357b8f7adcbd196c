"""A body in several media types: each is planned, told apart, and proven against servers with and without defects."""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import suppress
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

import prove400
from prove400.engine import Examiner, fingerprint
from prove400.model import Case, Constraint, Part, Reply, Request, Side, Unisolable, Verdict
from prove400.reporters import REPORTERS
from prove400.reporters.json_report import load as read_report
from prove400.reporters.json_report import schema as report_schema
from prove400.validation import SchemaValidators

if TYPE_CHECKING:
    from types import ModuleType

JSON, VENDOR = "application/json", "application/vnd.price+json"
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
TYPES = (JSON, VENDOR, FORM, MULTIPART)
ROW = "/components/schemas/Row"
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)


def contract(service: ModuleType, *types: str, **media: Any) -> dict[str, Any]:
    """Give the contract of the sample service with its body in other media types, all of one schema unless given."""
    document: dict[str, Any] = json.loads(json.dumps(service.CONTRACT))
    of_row = {"schema": {"$ref": f"#{ROW}"}}
    content = {**dict.fromkeys(types, of_row), **media}
    document["paths"]["/price"]["post"]["requestBody"]["content"] = content
    return document


def many(service: ModuleType, *defects: str) -> Any:
    """Make the sample service for all of `TYPES`; a defect is the media type whose bounds it overlooks, or lenient."""

    class Many(service.Service):  # type: ignore[misc, name-defined]
        def read(self, environ: dict[str, Any], body: bytes) -> Any:
            kind = environ.get("CONTENT_TYPE", "")
            essence = kind.partition(";")[0].strip().lower()
            if essence == VENDOR and "lenient" in self.defects:
                return {"carat": 1, "cut": "Good"} if b"NaN" in body else json.loads(body)
            if essence in (JSON, VENDOR):
                value = super().read({**environ, "CONTENT_TYPE": kind.lower().replace(VENDOR, JSON)}, body)
            else:
                value = typed(self.fields(essence, kind, body))
                if "float" in self.defects and isinstance(text := value.get("carat"), str):
                    with suppress(ValueError):
                        value["carat"] = float(text) if "n" not in text.lower() else text
            if essence in self.defects and isinstance(value, dict) and type(value.get("carat")) in (int, float):
                value = {**value, "carat": min(value["carat"], 5.01)}
            return value

        def fields(self, essence: str, kind: str, body: bytes) -> list[tuple[str, str]]:
            if essence == FORM:
                return parse_qsl(body.decode(), keep_blank_values=True)
            if essence != MULTIPART:
                raise service.RefusedError(415, "", "not this type")
            message = BytesParser(EmailMessage, policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
            parts = [] if body.count(b"--") == 2 else list(message.iter_parts())
            named = [(part.get_param("name", header="content-disposition"), part) for part in parts]
            return [(str(name), part.get_payload(decode=True).decode()) for name, part in named]

    return Many(*defects)


def typed(fields: list[tuple[str, str]]) -> dict[str, Any]:
    """Give the members that the fields of a form spell; what is given twice is a list."""
    texts: dict[str, list[Any]] = {}
    for name, text in fields:
        is_number = name == "carat" and NUMBER.fullmatch(text)
        texts.setdefault(name, []).append(float(text) if is_number else text)
    return {name: found[0] if len(found) == 1 else found for name, found in texts.items()}


def test_every_type_has_its_own_obligations(service: ModuleType) -> None:
    """Types that share a schema share keyword locations, and nothing else: labels and obligations are distinct."""
    planned = list(prove400.plan(contract(service, *TYPES), operations=("POST /price",)))
    cases = [entry for entry in planned if isinstance(entry, Case)]
    sent = {(case.obligation.id, (case.witness.header("Content-Type") or "").partition(";")[0]) for case in cases}
    bodies = [(name, kind) for name, kind in sent if "› body" in name]
    assert {kind for _, kind in bodies} == set(TYPES)
    assert Counter(name for name, _ in bodies).most_common(1)[0][1] == 1
    for kind in TYPES[1:]:
        assert {kind} == {own for name, own in bodies if f"body[{kind}]" in name}
    maxima = {case.obligation.constraint for case in cases if case.obligation.constraint.keyword == "maximum"}
    own = {c.label for c in maxima if c.part is Part.BODY}
    assert own == {"body/carat", *(f"body[{kind}]/carat" for kind in TYPES[1:])}
    assert {c.keyword_location for c in maxima if c.part is Part.BODY} == {f"{ROW}/properties/carat/maximum"}


def test_what_one_type_alone_has_stays_as_it_is(service: ModuleType) -> None:
    """Further types add to the plan: every case of the preferred one has the same name, bytes and order as alone."""

    def told(document: dict[str, Any]) -> list[tuple[str, Request]]:
        entries = (e for e in prove400.plan(document) if isinstance(e, Case))
        return [(e.obligation.id, e.request) for e in entries if not e.obligation.constraint.media_type]

    alone, among = told(contract(service, JSON)), told(contract(service, *TYPES))
    assert among == [entry for entry in alone if "content-type › form" not in entry[0]]  # which is declared now


def test_the_plan_grows_by_what_each_type_adds(service: ModuleType) -> None:
    """Counts are linear in the media types: each JSON type adds as much as the last."""
    counts = [
        sum(1 for _ in prove400.plan(contract(service, JSON, *(f"application/vnd.{i}+json" for i in range(n)))))
        for n in range(4)
    ]
    assert counts[2] - counts[1] == counts[3] - counts[2] == counts[1] - counts[0] > 0


def test_rules_of_json_hold_for_each_json_type(service: ModuleType) -> None:
    """The rules of JSON texts stand under every JSON type, those of the frame and of routes once."""
    cases = [e for e in prove400.plan(contract(service, *TYPES)) if isinstance(e, Case)]
    labels: dict[str, set[str]] = {}
    for case in cases:
        labels.setdefault(case.obligation.constraint.keyword.partition(".")[0], set()).add(
            case.obligation.constraint.label
        )
    assert labels["json"] == {"body", f"body[{VENDOR}]"}
    assert labels["content-type"] == labels["content-length"] == {"body"}
    assert labels["method"] == {"path"}


def test_a_right_server_passes_in_every_type(service: ModuleType) -> None:
    """A server that validates every type has no finding."""
    run = prove400.prove(many(service), contract(service, *TYPES))
    assert [(f.verdict, f.constraint.label, f.operators, f.message) for f in run.findings] == []
    assert run.ok


@pytest.mark.parametrize("kind", TYPES)
def test_a_defect_of_one_type_is_that_types_finding(service: ModuleType, kind: str) -> None:
    """A bound that is overlooked in one type is found there, under its own label, and nowhere else."""
    run = prove400.prove(many(service, kind), contract(service, *TYPES))
    label = "body/carat" if kind == JSON else f"body[{kind}]/carat"
    assert {(f.constraint.label, f.constraint.keyword, f.verdict) for f in run.findings} == {
        (label, "maximum", Verdict.SILENT_200)
    }
    (finding,) = run.findings
    assert (finding.request.header("Content-Type") or "").startswith(kind)
    assert finding.damage is not None
    assert finding.damage.before < finding.damage.after


def test_damage_is_measured_against_the_witness_of_the_type(service: ModuleType) -> None:
    """How far a prediction moved is told by the answer to the witness of the same type, whatever others hold."""
    row = {"schema": {"$ref": f"#{ROW}"}}
    media = {
        JSON: {**row, "example": {"carat": 1, "cut": "Fair"}},
        FORM: {**row, "example": {"carat": 2, "cut": "Fair"}},
    }
    (finding,) = prove400.prove(many(service, FORM), contract(service, **media)).findings
    assert finding.damage is not None
    assert finding.damage.before == 2000


def test_lenient_numbers_of_a_form_are_warnings(service: ModuleType) -> None:
    """A form's texts are read by many servers as `float()` does: what no standard settles is a warning there."""
    run = prove400.prove(many(service, "float"), contract(service, JSON, FORM))
    assert {(f.constraint.label, f.constraint.keyword, str(f.severity)) for f in run.findings} == {
        (f"body[{FORM}]/carat", "type", "warning")
    }
    assert run.ok


def test_a_body_without_a_schema_has_no_second_opinion(service: ModuleType) -> None:
    """A finding on a body that has no schema is one, though no validator can be asked of it."""
    document = contract(service, **{JSON: {"example": {"carat": 1, "cut": "Fair"}}})

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response("200 OK" if not body.startswith(b" ") else "400 No", [("Content-Type", "application/json")])
        return [b'{"price": 1}']

    run = prove400.prove(app, document, operations=("POST /price",))
    found = {f.constraint.keyword for f in run.findings if f.verdict is Verdict.OVER_REJECTED}
    assert found == {"json.white-space"}
    assert run.disputed == ()


def test_a_lenient_parser_of_a_further_type_is_found(service: ModuleType) -> None:
    """NaN that only the second JSON type lets through is a finding of that type."""
    run = prove400.prove(many(service, "lenient"), contract(service, *TYPES))
    found = {(f.constraint.label, f.verdict) for f in run.findings if f.constraint.keyword == "json.nan"}
    assert found == {(f"body[{VENDOR}]", Verdict.SILENT_200)}


def test_reports_tell_types_apart(service: ModuleType) -> None:
    """A report names the type, is read back the same, fits its schema, and says nothing where there is but one type."""
    run = prove400.prove(many(service, FORM), contract(service, *TYPES), operations=("POST /price",))
    text = REPORTERS["json"](run)
    assert read_report(text) == run
    document = {"openapi": "3.1.0", "info": {}, "paths": {}, "components": {"schemas": {"Report": report_schema()}}}
    validators = SchemaValidators(prove400.load(document).document)
    assert validators.at("/components/schemas/Report").faults(json.loads(text)) == ()
    assert f"body[{FORM}]/carat" in REPORTERS["html"](run)
    single = REPORTERS["json"](prove400.prove(service.app, service.CONTRACT, operations=("POST /price",)))
    assert '"media_type"' not in single


def test_fingerprints_tell_types_apart() -> None:
    """The preferred type has the fingerprint that a body had before it had others."""
    plain = Constraint("POST /x", Part.BODY, "/a", "/k", "maximum")
    other = Constraint("POST /x", Part.BODY, "/a", "/k", "maximum", media_type=FORM)
    assert fingerprint(plain, Verdict.SILENT_200) == "60fe62976a30"
    assert fingerprint(other, Verdict.SILENT_200) != fingerprint(plain, Verdict.SILENT_200)


def test_judged_requests_of_a_further_type(service: ModuleType) -> None:
    """A request that somebody else made is filed under the media type of its body."""
    examiner = Examiner(prove400.load(contract(service, *TYPES)))
    request = Request("POST", "/price", (("Content-Type", FORM),), b"carat=9&cut=Good")
    case = examiner.judge(request, Reply(200, body=b"{}")).case
    assert case.obligation.constraint.label == f"body[{FORM}]/carat"
    assert examiner.case(Request("POST", "/price?count=0", request.headers, b"carat=1&cut=Good")).operator == (
        "search.invalid"
    )


def unusable(service: ModuleType, **media: Any) -> dict[str, str]:
    """Give label and reason of each body that has no witness."""
    planned = prove400.plan(contract(service, **media), operations=("POST /price",))
    return {
        entry.constraint.label: entry.reason
        for entry in planned
        if isinstance(entry, Unisolable) and entry.constraint.keyword in ("witness", "schema")
    }


def test_types_that_cannot_be_sent_say_why(service: ModuleType) -> None:
    """A further type without a witness says why, with the place, and the others are planned all the same."""
    row = {"schema": {"$ref": f"#{ROW}"}}
    reasons = unusable(service, **{JSON: row, "application/xml": row, "*/*": row, "text/plain": row})
    assert set(reasons) == {"body[application/xml]", "body[*/*]", "body[text/plain]"}
    assert reasons["body[application/xml]"].startswith("no body can be written for application/xml (at /paths/~1price")
    assert "application/json is not taken for */*" in reasons["body[*/*]"]
    assert f"breaks {ROW}/type" in reasons["body[text/plain]"]


def test_bytes_that_are_not_read(service: ModuleType) -> None:
    """An example stands for bytes that are not read, and any bytes for a stream; nothing in them is broken."""
    given = {"application/pdf": {"schema": {"type": "string", "maxLength": 9}, "example": "%PDF-"}}
    document = contract(service, **{**given, "application/octet-stream": {}})
    planned = list(prove400.plan(document, operations=("POST /price",)))
    cases = [e for e in planned if isinstance(e, Case) and e.operator == "witness.itself"]
    assert [(e.request.header("Content-Type"), e.request.body) for e in cases] == [
        ("application/pdf", b"%PDF-"),
        ("application/octet-stream", b"prove400"),
    ]
    assert unusable(service, **given) == {
        "body": "bytes of application/pdf are not read, so nothing in them is broken",
    }
    assert not [e for e in planned if isinstance(e, Case) and e.obligation.constraint.keyword == "maxLength"]


def test_a_type_whose_schema_admits_nothing(service: ModuleType) -> None:
    """Where the preferred type has no body, the next one carries parameters, routes and credentials."""
    row = {"schema": {"$ref": f"#{ROW}"}}
    document = contract(service, **{JSON: {"schema": {"allOf": [{"type": "string"}, {"type": "integer"}]}}, FORM: row})
    planned = list(prove400.plan(document, operations=("POST /price",)))
    whole = [e for e in planned if isinstance(e, Unisolable) and e.constraint.keyword == "witness"]
    place = "/paths/~1price/post/requestBody/content/application~1json/schema"
    assert [e.reason.splitlines()[0] for e in whole] == [f"no body can be built: no type is admitted (at {place})"]
    cases = [e for e in planned if isinstance(e, Case) and e.part in (Part.QUERY, Part.PATH)]
    assert {e.obligation.constraint.keyword for e in cases} >= {"maximum", "type", "method.undeclared"}
    assert {e.witness.header("Content-Type") for e in cases} == {FORM}
    assert all(e.isolated for e in cases if e.part is Part.QUERY and e.side is Side.INVALID)


def test_an_optional_body_that_cannot_be_made(service: ModuleType) -> None:
    """Where no body can be made and none is required, the rest is planned without one."""
    document = contract(service, **{"application/zip": {"schema": {"type": "string"}}})
    document["paths"]["/price"]["post"]["requestBody"]["required"] = False
    planned = list(prove400.plan(document, operations=("POST /price",)))
    witness = next(e for e in planned if isinstance(e, Case))
    assert (witness.operator, witness.request.body, witness.request.header("Content-Type")) == (
        "witness.itself",
        b"",
        None,
    )
    assert any(isinstance(e, Case) and e.part is Part.QUERY and e.isolated for e in planned)


def test_pairs_of_a_form(service: ModuleType) -> None:
    """Two constraints are broken at once in forms too, whose bytes are no JSON."""
    pairs = [
        e
        for e in prove400.plan(contract(service, FORM, MULTIPART), strength=2)
        if isinstance(e, Case) and e.operator == "pairs.covering-array"
    ]
    assert {e.obligation.constraint.label for e in pairs} == {"body", f"body[{MULTIPART}]"}
    assert max(len(e.violates) for e in pairs) > 1


def test_an_array_in_a_form_is_broken_late(service: ModuleType) -> None:
    """A long array in a form, whose bytes are no JSON, is broken in its last item as one in JSON is."""
    rows = {"type": "array", "items": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}}
    schema = {"type": "object", "required": ["rows"], "properties": {"rows": rows}}
    planned = prove400.plan(contract(service, **{FORM: {"schema": schema}}), operations=("POST /price",))
    assert "/rows/63/n" in {e.instance_location for e in planned if isinstance(e, Case)}
