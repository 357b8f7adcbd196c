"""`contentEncoding` and `contentMediaType`: what is sent, that it is only advice, and which servers it shows."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

import prove400
from prove400 import Case, Unisolable
from prove400.contract.references import Document
from prove400.model import Severity, Side
from prove400.validation import SchemaValidators, follows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication

CONTENT = ("contentEncoding", "contentMediaType")
BASE64_JSON = {"type": "string", "contentEncoding": "base64", "contentMediaType": "application/json"}
ENCODED = {
    "base64": (("YQ==", "YWI=", "YWJj", ""), ("YQ", "YQ=", "YQ==\n", "Y Q==", "YQ==YQ==", "-_==", "\u00e9")),
    "BASE64": (("YQ==",), ("YQ",)),
    "base64url": (("-_8=", "-_8", ""), ("+/8=", "YQ==\n", "Y")),
    "base32": (("ME======", ""), ("ME", "me======", "M1======")),
    "base32hex": (("C4======",), ("C4", "CZ======")),
    "base16": (("61", "C3a9", ""), ("6", "6g", " 61")),
    "quoted-printable": (("a=3D", "a=\r\nb", ""), ("a=", "a=3", "\u00e9", "=zz")),
    "binary": (("\u00e9", "="), ()),
    "x-unheard-of": (("=",), ()),
}


@pytest.mark.parametrize(("name", "good", "bad"), [(name, *texts) for name, texts in ENCODED.items()], ids=ENCODED)
def test_encoding_is_read_strictly(name: str, good: tuple[str, ...], bad: tuple[str, ...]) -> None:
    """A text is in its encoding or it is not; of an encoding that says nothing of texts, every text is."""
    assert [text for text in good if not follows("contentEncoding", {"contentEncoding": name}, text)] == []
    assert [text for text in bad if follows("contentEncoding", {"contentEncoding": name}, text)] == []


def document(schema: Any) -> dict[str, Any]:
    """Give a contract with one operation that takes an object with the schema for its member `v`."""
    body = {"type": "object", "required": ["v"], "properties": {"v": schema}, "additionalProperties": False}
    problem = {"application/json": {"schema": {"type": "object"}}}
    answers = {"200": {"description": "ok"}, "400": {"description": "invalid", "content": problem}}
    post = {"requestBody": {"required": True, "content": {"application/json": {"schema": body}}}, "responses": answers}
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/p": {"post": post}}}


def planned(schema: Any) -> list[Case]:
    """Give the cases of one schema."""
    return [case for case in prove400.plan(document(schema)) if isinstance(case, Case)]


def text(case: Case) -> Any:
    """Give the member that a case sends."""
    return json.loads(case.request.body)["v"]


WITNESSES = {
    "base64": {"contentEncoding": "base64"},
    "an image": {"contentEncoding": "base32", "contentMediaType": "image/png"},
    "JSON": {"contentMediaType": "application/json"},
    "JSON in base64": BASE64_JSON,
    "long": {**BASE64_JSON, "minLength": 21, "maxLength": 24},
    "long hexadecimal": {"type": "string", "contentEncoding": "base16", "minLength": 31},
    "of a pattern": {"type": "string", "contentEncoding": "base64", "pattern": "^[a-z]{3,8}$"},
    "with a schema": {**BASE64_JSON, "contentSchema": {"type": "object", "required": ["n"]}},
}


@pytest.mark.parametrize("schema", WITNESSES.values(), ids=WITNESSES)
def test_witness_and_valid_side_follow_what_is_said(schema: dict[str, Any]) -> None:
    """What is sent as valid is in the encoding, holds the media type, and satisfies the schema of the content."""
    valid = [text(case) for case in planned(schema) if case.side is Side.VALID]
    texts = [value for value in valid if isinstance(value, str)]
    assert texts
    for keyword in CONTENT:
        assert keyword not in schema or all(follows(keyword, schema, value) for value in texts)
    if "contentSchema" in schema:
        assert all("n" in json.loads(base64.b64decode(value)) for value in texts)


def test_obligations_are_isolated_warnings() -> None:
    """Each near miss breaks its own annotation, no constraint of the schema, and is a warning."""
    cases = [case for case in planned(BASE64_JSON) if case.operator.startswith(CONTENT) and case.violates]
    assert {case.operator.partition(".")[0] for case in cases} == set(CONTENT)
    assert all(case.isolated and not case.violates_body_schema for case in cases)
    assert {case.obligation.severity for case in cases} == {Severity.WARNING}
    for case in cases:
        keyword = case.operator.partition(".")[0]
        assert not follows(keyword, BASE64_JSON, text(case)), case.operator


def test_every_number_of_padding_characters_is_on_the_valid_side() -> None:
    """Contents of each length are sent, the empty one too; JSON is never empty."""
    valid = [text(case) for case in planned({"contentEncoding": "base64"}) if case.side is Side.VALID]
    plain = [value for value in valid if isinstance(value, str)]
    assert {value.count("=") for value in plain} == {0, 1, 2}
    assert "" in plain
    held = [text(c) for c in planned(BASE64_JSON) if c.operator == "contentEncoding.each-length"]
    assert held
    assert "" not in held


@pytest.mark.parametrize(
    "schema",
    [
        {"contentEncoding": "8bit"},
        {"contentEncoding": "x-unheard-of"},
        {"contentMediaType": "image/png"},
        {"contentEncoding": "x-unheard-of", "contentMediaType": "application/json"},
    ],
)
def test_what_nobody_can_tell_is_no_obligation(schema: dict[str, Any]) -> None:
    """An encoding of no alphabet and a media type that we cannot read ask for nothing, and are not left open."""
    items = list(prove400.plan(document({"type": "string", **schema})))
    found = [i.obligation.constraint if isinstance(i, Case) else i.constraint for i in items]
    assert [constraint for constraint in found if constraint.keyword.startswith(CONTENT)] == []


def test_draft_7_admits_what_it_only_advises() -> None:
    """In draft 7 both keywords are optional to assert (section 8.2): no validator of ours refuses a text by them."""
    schema = {"$schema": "http://json-schema.org/draft-07/schema#", **BASE64_JSON}
    validator = SchemaValidators(Document({"openapi": "3.1.0", "components": {"schemas": {"S": schema}}}))
    assert validator.at("/components/schemas/S").is_valid("!")
    assert not validator.at("/components/schemas/S").is_valid(1)
    cases = [case for case in planned(schema) if case.operator.startswith(CONTENT) and case.violates]
    assert cases
    assert {case.obligation.severity for case in cases} == {Severity.WARNING}


def test_valid_side_of_other_keywords_follows_an_annotation_beside_them() -> None:
    """A text of the greatest length that is no date is not said to be valid: a server may check the format."""
    schema = {"type": "string", "format": "date", "maxLength": 12, "pattern": "^[0-9A-Za-z-]*$"}
    valid = [text(case) for case in planned(schema) if case.side is Side.VALID]
    assert valid
    assert all(follows("format", schema, value) for value in valid)


def test_unisolable_annotation_is_not_told() -> None:
    """Advice that no operator can break is no gap of the plan."""
    items = prove400.plan(document({"type": "string", "format": "x-unheard-of"}))
    assert [item for item in items if isinstance(item, Unisolable)] == []


def strictly(value: str) -> bytes:
    """Decode what is base64."""
    return base64.b64decode(value, validate=True)


def server(decode: Callable[[str], bytes], read: Callable[[bytes], Any]) -> WSGIApplication:
    """Make a server of `BASE64_JSON` that is right but for how it decodes the text and reads the content."""
    contract = document(BASE64_JSON)
    schema = contract["paths"]["/p"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    validator = SchemaValidators(Document({"components": {"schemas": {"S": schema}}})).at("/components/schemas/S")

    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        pointers = ["/v"]
        try:
            value = json.loads(body)
            pointers = [fault.place for fault in validator.faults(value)]
            if not pointers:
                read(decode(value["v"]))
        except ValueError:
            pointers = ["/v"]
        errors = [{"pointer": place, "detail": "not as declared"} for place in pointers]
        status = "400 Bad Request" if errors else "200 OK"
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps({"errors": errors} if errors else {}).encode()]

    return app


def content_findings(decode: Callable[[str], bytes], read: Callable[[bytes], Any]) -> set[tuple[str, str, str]]:
    """Prove a server; give keyword, verdict and severity of what is found about contents."""
    run = prove400.prove(server(decode, read), document(BASE64_JSON))
    return {
        (finding.constraint.keyword, str(finding.verdict), str(finding.severity))
        for finding in run.findings
        if finding.constraint.keyword.startswith(CONTENT)
    }


def strict_json(content: bytes) -> Any:
    """Read JSON as `json.loads` does, but for what it takes beyond RFC 8259."""

    def refused(_: Any) -> None:
        raise ValueError

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError
        return dict(pairs)

    return json.loads(content.decode("utf-8"), parse_constant=refused, object_pairs_hook=unique)


def test_server_that_decodes_strictly_has_no_finding() -> None:
    """A server that reads base64 and JSON as their standards say passes every one of these cases."""
    assert content_findings(strictly, strict_json) == set()


def test_lenient_decoder_is_found() -> None:
    """`b64decode` drops what is not of the alphabet: a warning tells it."""
    assert content_findings(base64.b64decode, strict_json) == {("contentEncoding", "silent-200", "warning")}


def test_lenient_reader_of_the_content_is_found() -> None:
    """`json.loads` takes NaN and names that occur twice: a warning tells it."""
    assert content_findings(strictly, json.loads) == {("contentMediaType", "silent-200", "warning")}
