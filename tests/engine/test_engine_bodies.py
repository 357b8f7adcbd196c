"""Bodies both ways in every media type that we write, and the media types that contracts declare."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prove400 import media_types, plan
from prove400.assembly import assemble
from prove400.contract import load
from prove400.media_types import Format, MediaType
from prove400.model import Case, Part, Reply, Request
from prove400.oracle.responses import Answers
from prove400.serialization import form_bytes, multipart_bytes, multipart_type
from prove400.validation import RequestJudge, SchemaValidators

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
INT, STRING = {"type": "integer"}, {"type": "string"}
LIST = {"type": "array", "items": INT}
SCHEMA = {
    "type": "object",
    "required": ["n"],
    "properties": {
        "n": {**INT, "maximum": 9},
        "s": STRING,
        "l": LIST,
        "o": {"type": "object", "properties": {"a": LIST}},
        "deep": {"type": "array", "items": {"type": "object"}},
    },
}
PLACE = "/paths/~1x/post/requestBody/content"


def made(**content: Any) -> RequestJudge:
    """Make the judge of one POST whose body has some media types, given with their schema or Media Type Object."""
    body = {"required": True, "content": {name.replace("__", "/"): entry for name, entry in content.items()}}
    post = {"requestBody": body, "responses": {}}
    contract = load({"openapi": "3.1.0", "info": {}, "paths": {"/x": {"post": post}}})
    return RequestJudge(contract.operations[0], SchemaValidators(contract.document))


def sent(judge: RequestJudge, value: Any) -> Request:
    """Give the request with a body."""
    return assemble(judge.operation, (), judge.operation.body[0], value)


VALUES: list[Any] = [
    {"n": 1},
    {"n": 1, "s": 'a b&c=d+é%\r\n"x'},
    {"n": 1, "s": "5"},
    {"n": 1, "s": ""},
    {"n": 1, "l": [1, 2, 3]},
    {"n": 1, "l": [1]},
    {"n": 1, "o": {"a": [1]}},
    {"n": 1, "deep": [{"a": 1}, {}]},
    {"n": 1, "deep": [{"a": 1}]},
]


@pytest.mark.parametrize("media_type", [FORM, MULTIPART, "application/json", "application/vnd.x+json"])
@pytest.mark.parametrize("value", VALUES, ids=str)
def test_bodies_both_ways(media_type: str, value: Any) -> None:
    """A value survives the way through the bytes of a body, with the types that the schema says."""
    judge = made(**{media_type: {"schema": SCHEMA}})
    request = sent(judge, value)
    assert judge.value(request, Part.BODY) == value
    assert judge.faults(request) == ()


@pytest.mark.parametrize("media_type", [FORM, MULTIPART])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, [("", "required", "")]),
        ({"n": 10}, [("/n", "maximum", "")]),
        ({"n": "x"}, [("/n", "type", "")]),
        ({"n": 1, "l": [1, "b"]}, [("/l/1", "type", "")]),
        ({"n": 1, "o": {"a": ["b"]}}, [("/o/a/0", "type", "")]),
        ({"n": [1, 2]}, [("/n", media_types.MULTIPART, "name.repeated")]),
    ],
    ids=str,
)
def test_faults_of_forms(media_type: str, value: Any, expected: list[tuple[str, str, str]]) -> None:
    """Properties of a form are judged as the schema's values, and what is given twice as repeated."""
    judge = made(**{media_type: {"schema": SCHEMA}})
    faults = [(f.instance_location, f.keyword_location, f.rule) for f in judge.faults(sent(judge, value))]
    assert [(place, rule) for place, _, rule in faults] == [(place, rule) for place, _, rule in expected]
    assert all(keyword.endswith(own) or rule for (_, keyword, rule), (_, own, _) in zip(faults, expected, strict=True))


def test_a_text_is_the_json_of_an_array_only_where_items_are_nested() -> None:
    """One text for an array of texts is its one item, whatever it looks like: that is what servers read."""
    texts = made(**{FORM: {"schema": {"properties": {"s": {"type": "array", "items": STRING}}}}})
    nested = made(**{FORM: {"schema": {"properties": {"s": {"type": "array", "items": {"type": "object"}}}}}})
    request = Request("POST", "/x", (("Content-Type", FORM),), b"s=%5B%22a%22,%5B%5D%5D")
    assert texts.value(request, Part.BODY) == {"s": ['["a",[]]']}
    assert nested.value(request, Part.BODY) == {"s": ["a", []]}


def test_encodings_of_a_form() -> None:
    """An Encoding Object gives a property its style (OpenAPI 3.1 section 4.8.15)."""
    encoding = {
        "l": {"style": "pipeDelimited", "explode": False},
        "o": {"style": "deepObject", "explode": True},
        "s": {"allowReserved": True},
    }
    judge = made(**{FORM: {"schema": SCHEMA, "encoding": encoding}})
    value = {"n": 1, "l": [1, 2], "o": {"a": [3, 4]}, "s": "a/b"}
    request = sent(judge, value)
    assert request.body == b"n=1&l=1%7C2&o%5Ba%5D=3&o%5Ba%5D=4&s=a/b"
    assert judge.value(request, Part.BODY) == value


def test_parts_of_multipart() -> None:
    """Each part has its content type: by the Encoding Object, else by its value; a file has a name."""
    file = {"type": "string", "format": "binary"}
    properties = {"f": file, "j": {"type": "object"}, "t": STRING, "c": STRING, "l": {"type": "array", "items": file}}
    properties |= {"m": {"contentMediaType": "image/png"}}
    judge = made(
        **{MULTIPART: {"schema": {"properties": properties}, "encoding": {"c": {"contentType": "text/csv, x/y"}}}}
    )
    value = {"f": "bytes", "j": {"a": 1}, "t": 'q"é', "c": "1,2", "l": ["b"], "m": "p"}
    request = sent(judge, value)
    content_type = request.header("Content-Type") or ""
    boundary = content_type.partition("boundary=")[2]
    parts = [
        part.decode().strip("\r\n").split("\r\n\r\n") for part in request.body.split(f"--{boundary}".encode())[1:-1]
    ]
    assert [head.rpartition(": ")[2] for head, _ in parts] == [
        "application/octet-stream",
        "application/json",
        "text/plain",
        "text/csv",
        "application/octet-stream",
        "image/png",
    ]
    assert ['filename="' in head for head, _ in parts] == [True, False, False, False, True, True]
    assert judge.value(request, Part.BODY) == value


def test_names_of_parts() -> None:
    """A name of any characters is read back from its part, escaped as browsers do."""
    judge = made(**{MULTIPART: {"schema": {"additionalProperties": STRING}}})
    value = {'q"é': "1", "a\r\nb": "2"}
    assert judge.value(sent(judge, value), Part.BODY) == value


def test_boundaries_are_deterministic() -> None:
    """The same value has the same bytes, and a value cannot hold its own boundary."""
    first = multipart_bytes({"a": "b"})
    assert first == multipart_bytes({"a": "b"})
    again = multipart_bytes({"a": first.decode()})
    assert multipart_type(first) != multipart_type(again)
    judge = made(**{MULTIPART: {"schema": {"properties": {"a": STRING}}}})
    assert judge.value(sent(judge, {"a": first.decode()}), Part.BODY) == {"a": first.decode()}


BROKEN: list[tuple[str, bytes, str]] = [
    (FORM, b"n=%FF", "text.encoding"),
    (FORM, b"n=\xff", "text.encoding"),
    (MULTIPART, b"n=1", "multipart.syntax"),
    (f"{MULTIPART}; boundary=b", b"n=1", "multipart.syntax"),
    (f"{MULTIPART}; boundary=b", b"--b\r\n\r\n1\r\n--b--\r\n", "multipart.syntax"),
    (f"{MULTIPART}; boundary=b", b'--b\r\nContent-Disposition: form-data; name="n"\r\n\r\n1\r\n', "multipart.syntax"),
    (
        f"{MULTIPART}; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="n"\r\nContent-Type: application/json\r\n\r\n[\r\n--b--\r\n',
        "json.syntax",
    ),
    (
        f"{MULTIPART}; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="n"\r\n\r\n\xff\r\n--b--\r\n',
        "text.encoding",
    ),
    ("text/plain", b"\xff", "text.encoding"),
]


@pytest.mark.parametrize(("content_type", "body", "rule"), BROKEN)
def test_bodies_that_cannot_be_read(content_type: str, body: bytes, rule: str) -> None:
    """Bytes that are no form, multipart or text are one fault of the media type, never an exception."""
    essence = content_type.partition(";")[0]
    judge = made(**{essence: {"schema": {}}})
    (fault,) = judge.faults(Request("POST", "/x", (("Content-Type", content_type),), body))
    assert (fault.rule, fault.keyword_location) == (rule, f"{PLACE}/{essence.replace('/', '~1')}")


@given(st.binary(max_size=80), st.sampled_from([FORM, MULTIPART, f"{MULTIPART}; boundary=b", "text/plain", "x/y"]))
def test_any_bytes_are_judged(body: bytes, content_type: str) -> None:
    """Whatever the bytes, the judge says something and raises nothing."""
    judge = made(**{"*/*": {"schema": SCHEMA}})
    judge.faults(Request("POST", "/x", (("Content-Type", content_type),), b"--b\r\n" + body))
    judge.faults(Request("POST", "/x", (("Content-Type", content_type),), body))


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_any_texts_survive_forms(value: dict[str, str]) -> None:
    """Names and texts of any characters are read back from a form."""
    judge = made(**{FORM: {"schema": {"additionalProperties": STRING}}})
    assert judge.value(sent(judge, value), Part.BODY) == value or value == {}


def test_text_bodies() -> None:
    """A text body is its text, read by the schema's type."""
    judge = made(**{"text/plain": {"schema": {**INT, "maximum": 3}}})
    assert sent(judge, 3).body == b"3"
    assert judge.faults(sent(judge, 3)) == ()
    assert [f.keyword_location.rpartition("/")[2] for f in judge.faults(sent(judge, 4))] == ["maximum"]
    assert [f.keyword_location.rpartition("/")[2] for f in judge.faults(sent(judge, "x"))] == ["type"]


def test_bytes_of_other_types_are_not_read() -> None:
    """Of a media type that we cannot read nothing is claimed; an example stands for its bytes."""
    judge = made(**{"application/pdf": {"schema": STRING}})
    request = sent(judge, "%PDF-")
    assert (request.body, request.header("Content-Type")) == (b"%PDF-", "application/pdf")
    assert judge.faults(request) == ()


def test_forms_of_what_is_no_object() -> None:
    """A value that is no object is still written, as bytes that the judge reads as what they are."""
    assert form_bytes("a b") == b"a%20b"
    assert multipart_bytes("x") == b"x"


@pytest.mark.parametrize(
    ("declared", "first"),
    [
        (["text/plain", "application/json"], "application/json"),
        (["application/pdf", MULTIPART, FORM], FORM),
        (["application/pdf", "text/csv"], "text/csv"),
        (["application/xml", "application/*+json", "application/vnd.x+json; v=1"], "application/vnd.x+json; v=1"),
    ],
)
def test_the_media_type_of_a_witness(declared: list[str], first: str) -> None:
    """A witness uses JSON if there is any, else the first type that can be written."""
    judge = made(**{name: {} for name in declared})
    assert judge.operation.body[0].media_type == first


@pytest.mark.parametrize(
    ("declared", "sent_type"),
    [
        ("application/json; charset=utf-8", "application/json; charset=utf-8"),
        ("application/*", "application/json"),
        ("*/*", "application/json"),
        ("application/*+json", "application/vnd.prove400+json"),
        ("text/*", "text/plain"),
    ],
)
def test_content_types_sent(declared: str, sent_type: str) -> None:
    """A declared type is sent as it stands, a range as its usual member."""
    judge = made(**{declared: {"schema": {"type": ["object", "string"]}}})
    request = sent(judge, {} if "text" not in declared else "x")
    assert request.header("Content-Type") == sent_type
    assert judge.faults(request) == ()


PARSED: list[tuple[str, MediaType | None]] = [
    ("application/json", MediaType("application/json")),
    (" Text/CSV ; Header=Present", MediaType("text/csv", (("header", "Present"),))),
    ('a/b;c="d;\\"e";f=g', MediaType("a/b", (("c", 'd;"e'), ("f", "g")))),
    ("a/b;", MediaType("a/b")),
    ("a/*", MediaType("a/*")),
    ("json", None),
    ("", None),
    (";", None),
    ("a/b/c", None),
    ("a/b; c", None),
    ("a/b; c=d e", None),
]


@pytest.mark.parametrize(("text", "expected"), PARSED)
def test_parsing_media_types(text: str, expected: MediaType | None) -> None:
    """A Content-Type is read with its parameters, quoted ones too; a malformed one is none (RFC 9110 section 8.3.1)."""
    assert media_types.parse(text) == expected


@pytest.mark.parametrize(
    ("declared", "sent_type", "index"),
    [
        (["*/*", "text/*", "text/csv"], "text/csv", 2),
        (["*/*", "text/*", "text/csv"], "text/html", 1),
        (["*/*", "text/*", "text/csv"], "image/png", 0),
        (["a/b; v=1", "a/b; v=2"], "a/b; v=2", 1),
        (["a/b; v=1", "a/b; v=2"], "a/b", 0),
        (["a/b; v=1", "a/b"], "a/b", 1),
        (["a/b; v=1", "a/b"], "a/b; v=1", 0),
        (["application/json", "application/*+json"], "application/x+json", 1),
        (["text/*"], "application/json", None),
        (["nonsense"], "nonsense", None),
        ([], "a/b", None),
    ],
)
def test_the_most_specific_type_counts(declared: list[str], sent_type: str, index: int | None) -> None:
    """Of several types that fit, the most specific one counts (OpenAPI 3.1 section 4.8.13)."""
    assert media_types.matching(declared, sent_type) == index


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("application/problem+json", Format.JSON),
        ("text/json", Format.JSON),
        ("text/html", Format.OTHER),
        ("image/png", Format.OTHER),
        ("multipart/mixed", Format.OTHER),
        ("json", Format.OTHER),
    ],
)
def test_formats(text: str, expected: Format) -> None:
    """What is JSON, text or unknown is told by the media type alone."""
    assert media_types.format_of(text) is expected


@pytest.mark.parametrize(
    ("declared", "content_type", "fits"),
    [
        ("application/json; charset=utf-8", "application/json", True),
        ("application/json", "application/json; charset=utf-8", True),
        ("application/*", "application/json", True),
        ("*/*", "text/html", True),
        ("application/json", "text/json", False),
    ],
)
def test_media_types_of_replies(declared: str, content_type: str, *, fits: bool) -> None:
    """A reply's content type is matched to the documented ones as a request's is."""
    responses = {"200": {"description": "", "content": {declared: {}}}}
    contract = load({"openapi": "3.1.0", "info": {}, "paths": {"/x": {"get": {"responses": responses}}}})
    reply = Reply(200, (("Content-Type", content_type),), b"{}")
    assert (Answers(contract.operations[0], SchemaValidators(contract.document)).mismatch(reply) == "") is fits


@pytest.mark.parametrize("media_type", [FORM, MULTIPART, "application/*"])
def test_plans_of_forms(media_type: str) -> None:
    """The constraints of a form's properties are broken alone; JSON's rules are not asked of it."""
    post = {"requestBody": {"required": True, "content": {media_type: {"schema": SCHEMA}}}, "responses": {}}
    document = {"openapi": "3.1.0", "info": {}, "paths": {"/x": {"post": post}}}
    cases = [entry for entry in plan(document) if isinstance(entry, Case)]
    alone = {(case.instance_location, case.obligation.constraint.keyword) for case in cases if case.isolated}
    assert alone >= {("/n", "maximum"), ("/n", "type"), ("", "required")}
    assert any(case.operator.startswith("json.") for case in cases) is (media_type == "application/*")


def test_types_within_a_range_are_no_fault() -> None:
    """Where a contract admits any type, no content type is undeclared, and none is planned as such."""
    post = {"requestBody": {"required": True, "content": {"*/*": {"schema": SCHEMA}}}, "responses": {}}
    planned = plan({"openapi": "3.1.0", "info": {}, "paths": {"/x": {"post": post}}})
    operators = {case.operator for case in planned if isinstance(case, Case)}
    assert "json.truncated" in operators
    assert not operators & {"content-type.plain", "content-type.html", "content-type.form"}
