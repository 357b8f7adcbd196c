"""Planning grows as its contract does, whatever it is that grows; what makes it so changes no plan."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

import prove400
from benchmarks.growth import KINDS, LINEAR, calls, exponent
from prove400 import pointer
from prove400.applicators import walk
from prove400.assembly import with_body
from prove400.contract.schemas import Schemas
from prove400.media_types import format_of
from prove400.model import Part, Request
from prove400.pointer import ABSENT
from prove400.validation import SchemaValidators, Without, media_of, requests, schemas
from prove400.validation.bodies import texts_of_body
from prove400.validation.parameters import Held, Rewriting, Typing
from prove400.validation.pieces import FormReader
from prove400.validation.routes import path_template
from prove400.validation.types import AdmittedTypes
from prove400.witness import Witness, are_sendable

DISCRIMINATED = "components under a discriminator"
MOST = 2.2
"""Times the calls that twice as large a contract may take."""
OPEN = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {
        "/p": {
            "post": {
                "parameters": [
                    {"name": "a", "in": "query", "schema": {"type": "integer", "maximum": 9}},
                    {
                        "name": "o",
                        "in": "query",
                        "schema": {"type": "object", "properties": {"x": {"type": "integer"}}},
                    },
                    {"name": "l", "in": "query", "required": True, "schema": {"type": "array", "items": {"const": 1}}},
                    {"name": "X-Count", "in": "header", "schema": {"type": "array", "items": {"type": "integer"}}},
                    {"name": "c", "in": "cookie", "schema": {"type": "integer"}},
                    {"name": "Content-Encoding", "in": "header", "schema": {"enum": ["identity", "gzip"]}},
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Any"}}}},
                "responses": {"200": {"description": "ok"}, "400": {"description": "invalid"}},
            }
        }
    },
    "components": {
        "schemas": {
            "Open": {"type": "object", "properties": {"x": {"type": "integer"}, "value": {"type": "boolean"}}},
            "Any": {
                "type": ["integer", "string"],
                "oneOf": [{"type": "integer", "minimum": 3}, {"enum": ["a", "b"]}, {"anyOf": [{}]}],
            },
        }
    },
}


@pytest.mark.parametrize("kind", LINEAR)
def test_calls_grow_linearly(kind: str) -> None:
    """A contract of twice the size takes hardly more than twice the calls."""
    size = 2 if kind == "operations" else 8
    assert calls(KINDS[kind](2 * size)) <= MOST * calls(KINDS[kind](size))


CHANGED = (
    "query parameters",
    "header parameters",
    "cookies",
    "path parameters",
    "items of allOf",
    "rows under a discriminator",
    "components or null",
)


def _styled(path: str, *further: dict[str, Any]) -> dict[str, Any]:
    """Give a contract with a parameter of each style in its path, and with cookies."""
    integers = {"type": "array", "items": {"type": "integer"}, "minItems": 1}
    members = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}
    styled = (("simple", members), ("label", integers), ("matrix", integers), ("matrix", {"type": "integer"}))
    every = [
        {"name": f"p{i}", "in": "path", "required": True, "style": style, "explode": True, "schema": schema}
        for i, (style, schema) in enumerate(styled)
    ]
    cookies = [{"name": f"c{i}", "in": "cookie", "schema": schema} for i, schema in enumerate((integers, members))]
    document = copy.deepcopy(OPEN)
    get = {"parameters": [*every, *cookies, *further], "responses": {"200": {"description": "ok"}}}
    document["paths"] = {path: {"get": get}}
    return document


SHORT = {"type": "array", "items": {"type": "string", "maxLength": 11}}
STYLED = {
    "segments": _styled("/{p0}/a{p1}/{p2}/{p3}#f"),
    "side by side": _styled("/{p0}.{p1}/{p2}{p3}"),
    "twice": _styled("/{p0}/{p1}/{p2}/{p3}/{p2}"),
    "undeclared": _styled("/{p0}/{other}/{p1}/{p2}/{p3}"),
    "cookies in a header": _styled("/{p0}/{p1}/{p2}/{p3}", {"name": "Cookie", "in": "header", "schema": SHORT}),
    "one cookie": _styled("/{p0}/{p1}/{p2}/{p3}", {"name": "c1", "in": "query", "schema": {"type": "integer"}}),
}
"""Contracts of parameters that stand in places of their own, and of such that do not."""
BODY = {
    "type": "object",
    "properties": {
        "either": {"type": ["string", "integer"], "maxLength": 2, "maximum": 12},
        "other": {"type": ["string", "integer"], "minimum": 3, "pattern": "x"},
        "list": {"type": "array", "items": {"type": "integer"}},
    },
    "example": {"either": 7, "other": 5, "list": [1, 2]},
}


def _sent(media_type: str, **media: Any) -> dict[str, Any]:
    """Give a contract with a body of one media type."""
    document = KINDS["fields of a form"](1)
    document["paths"]["/p"]["post"]["requestBody"]["content"] = {media_type: {"schema": BODY, **media}}
    return document


TYPED = _sent("application/x-www-form-urlencoded")
STYLED_FORM = _sent("application/x-www-form-urlencoded", encoding={"list": {"explode": False}})
MULTIPART = _sent("multipart/form-data", encoding={"other": {"contentType": "application/json"}})
OF_PARTS = "multipart/form-data; boundary=b"


def _parts(*names: str, kind: bytes = b"text/plain", inside: bytes = b"1") -> bytes:
    """Give a multipart body with a part of each name."""
    head = b'Content-Disposition: form-data; name="%b"\r\nContent-Type: %b\r\n\r\n'
    parts = [b"--b\r\n" + head % (name.encode(), kind) + inside + b"\r\n" for name in names]
    return b"".join(parts) + b"--b--\r\n"


@pytest.mark.parametrize(
    "document",
    [OPEN, *STYLED.values(), *(KINDS[kind](4) for kind in CHANGED)],
    ids=["", *STYLED, *CHANGED],
)
def test_what_one_change_breaks_is_what_the_whole_request_shows(
    document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a request with one value exchanged, the faults are those that its bytes show by themselves."""
    plain, seen = requests.RequestJudge.faults, []

    def compared(judge: Any, request: Any, change: Any = None) -> Any:
        seen.append(change)
        found = plain(judge, request, change)
        assert found == plain(judge, request)
        return found

    monkeypatch.setattr(requests.RequestJudge, "faults", compared)
    assert [*prove400.plan(document)]
    assert any(seen)


@pytest.mark.parametrize(
    "document", [OPEN, *STYLED.values(), *(KINDS[f"{kind} parameters"](2) for kind in ("query", "header", "path"))]
)
def test_a_parameter_is_rewritten_as_the_whole_request_is(
    document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a request with one parameter written otherwise, the bytes are those of all of it anew, and can be sent."""
    value, times, seen = Witness.rewritten, Witness.with_parameter, []

    def rewritten(witness: Witness, part: Part, at: str, new: Any) -> Any:
        found = value(witness, part, at, new)
        if found is not None:
            seen.append(part)
            assert found[0] == witness.with_value(part, at, new).request
        return found

    def repeated(witness: Witness, part: Part, name: str, count: int) -> Any:
        found, whole = times(witness, part, name, count), replace(witness)
        vars(whole)["_rewriter"] = None
        assert found[0] == times(whole, part, name, count)[0]
        return found

    monkeypatch.setattr(Witness, "rewritten", rewritten)
    monkeypatch.setattr(Witness, "with_parameter", repeated)
    cases = [item for item in prove400.plan(document) if isinstance(item, prove400.Case)]
    assert seen
    assert all(are_sendable(case.request.headers) for case in cases)


def test_pairs_of_another_name_are_read_anew() -> None:
    """A pair that a parameter writes under another name may be anybody's: only the whole query tells whose."""
    operation = prove400.load(KINDS["query parameters"](2)).operations[0]
    first, second = operation.parameters
    held = Held(Part.QUERY, operation, ((first.name, "1"), (second.name, "2")))
    assert held.rewritten(first, ((first.name, "3"),)) == ((first.name, "3"),)
    assert held.rewritten(first, ((first.name, "3"), (second.name, "4"))) is None


def test_a_path_that_is_another_elsewhere_is_read_anew() -> None:
    """A parameter of a path is read by itself as long as all others fill what they filled."""
    operation = prove400.load(KINDS["path parameters"](2)).operations[0]
    template, first = path_template(operation), operation.parameters[0]
    change = Rewriting(Request("GET", "/1/2"), Part.PATH, first.name, ((first.name, "3"),))
    assert change.read(first, template, Request("GET", "/3/2")) == ((first.name, "3"),)
    assert change.read(first, template, Request("GET", "/3/4")) is None
    assert change.read(first, template, Request("GET", "/3/4/2")) is None


APART = _parts("list").replace(b"--b\r\n", b"--prove400-apart\r\n").removesuffix(b"\r\n--b--\r\n")
"""A part behind the boundary that parts have when they are read by themselves."""
FORMS = {
    "typed": (TYPED, "", [b"list=1", b"either=1&either=2", b"list=1&other=2&list=x", b"&&other=3&", b"a%26b=1&=&c"]),
    "not read": (TYPED, "", [b"", b"&", b"other=%ff&list=1", b"\xff=1", b"list=1&other"]),
    "styled": (STYLED_FORM, "", [b"list=1,2&other=1", b"list=1&list=2", b"x=1&y=2"]),
    "fields": (KINDS["fields of a form"](4), "", [b"f0=1&f0=2"]),
    "parts": (KINDS["fields of a multipart form"](4), OF_PARTS, [_parts("f0", "f0")]),
    "multipart": (
        MULTIPART,
        OF_PARTS,
        [
            _parts("list"),
            _parts("list", "other", "list"),
            _parts("either", "either"),
            _parts("other", inside=b"--b"),
            _parts("other", inside=b"--b\r\n"),
            _parts("other", inside=b"\r\n--b--\r\n"),
            _parts("list", inside=b"1\r\n" + APART),
            _parts("other") + b"epilogue",
            b"preamble\r\n" + _parts("other"),
            _parts("other").replace(b"--b\r\n", b"--b \r\n"),
            _parts("other").replace(b"\r\n", b"\n"),
            _parts("other").replace(b"name=", b"x="),
            _parts("other", kind=b"application/json"),
            _parts("other", "list", kind=b"multipart/mixed; boundary=c", inside=b"--c\r\n\r\n1\r\n--c--\r\n"),
            b"--b--\r\n",
            b"",
        ],
    ),
}
"""Contracts of forms, with bodies beside those that are planned."""


@pytest.mark.parametrize(("document", "content_type", "bodies"), FORMS.values(), ids=FORMS)
def test_a_form_is_read_by_field_as_it_is_as_a_whole(
    document: dict[str, Any], content_type: str, bodies: list[bytes]
) -> None:
    """Where the fields of a form are told apart by their names alone, each means what it means beside all others."""
    contract = prove400.load(document)
    (media,) = contract.operations[0].body
    typing = Typing(AdmittedTypes(Schemas(contract.document)), media.location)
    cases = [case.request for case in prove400.plan(contract) if isinstance(case, prove400.Case)]
    of_form = [request for request in cases if media_of(contract.operations[0], request) is media]
    sent = [(request.header("Content-Type") or "", request.body) for request in of_form]
    sent += [(content_type or media.media_type, body) for body in bodies]
    reader, found = FormReader(media, typing, format_of(media.media_type)), []
    for kind, body in sent:
        by_field = reader.readings(kind, body)
        found.append(by_field is not None)
        if by_field is not None:
            assert repr(by_field) == repr([*typing.readings(texts_of_body(media, kind, body, typing))])
    assert any(found) is (document is not STYLED_FORM)
    assert not all(found)


@pytest.mark.parametrize("document", [TYPED, STYLED_FORM, MULTIPART])
def test_a_form_is_written_by_field_as_it_is_as_a_whole(
    document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a form with one value exchanged, the bytes are those of all of it written anew."""
    plain, seen = Witness.exchanged, []

    def exchanged(witness: Witness, location: str, new: Any) -> Any:
        found = plain(witness, location, new)
        if found is not None:
            seen.append(location)
            body = pointer.replace(witness.body, location, new)
            assert found[0] == with_body(witness.request, witness.media, body)
        return found

    monkeypatch.setattr(Witness, "exchanged", exchanged)
    assert [*prove400.plan(document)]
    assert {"", "/list", "/list/0"} <= {*seen}


def test_a_walk_ends_where_schemas_lead_in_a_circle() -> None:
    """A schema is entered once at each place of a value, however it leads back to itself."""
    link = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Any"}}}
    document = copy.deepcopy(OPEN)
    document["components"]["schemas"]["Any"] = {"allOf": [{"$ref": "#/components/schemas/Any"}, link]}
    found = Schemas(prove400.load(document).document)
    root = found.node("/components/schemas/Any")
    seen = [place.at for place in islice(walk(found, root, {"next": {"next": {}}}), 100) if place.node == root]
    assert seen == ["", "/next", "/next/next"]


@pytest.mark.parametrize(
    "document", [OPEN, *(KINDS[f"branches of {each}"](3) for each in ("oneOf", "anyOf")), KINDS[DISCRIMINATED](3)]
)
def test_a_lone_combinator_is_judged_as_its_errors_say(
    document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A schema that is one `oneOf` or `anyOf` has the same faults without the errors of its branches."""
    place = "/paths/~1p/post/requestBody/content/application~1json/schema"
    values: tuple[Any, ...] = (0, 3, "a", "z", None, {}, {"kind": "k1", "f1": 1}, {"kind": "k1", "f1": -1})
    loaded = prove400.load(document).document
    found = [SchemaValidators(loaded).at(place).faults(value) for value in values]
    monkeypatch.setattr(schemas, "lone_combinator", lambda *_: "")
    validator = SchemaValidators(loaded).at(place)
    assert found == [validator.faults(value) for value in values]
    assert any(found)


WITNESSED = {
    "properties of one body": 600,
    "linked components": 90,
    "items of allOf": 70,
    "conditions": 12,
    "branches of oneOf": 130,
    "branches of anyOf": 130,
}


@pytest.mark.parametrize(("kind", "size"), WITNESSED.items(), ids=WITNESSED)
def test_every_constraint_of_a_large_body_is_broken(kind: str, size: int) -> None:
    """No body is too wide, and none of these too deep or too manifold, for a witness that reaches all of it."""
    planned = list(prove400.plan(KINDS[kind](size)))
    undecided = [item for item in planned if isinstance(item, prove400.Unisolable) and not item.proven]
    assert len(planned) > 10 * size
    assert not undecided


def _bodies(contract: prove400.Contract, validators: SchemaValidators) -> Iterator[tuple[prove400.Case, Any]]:
    """Give the cases of a contract's only operation whose bodies hold a value, with that."""
    judge = requests.RequestJudge(contract.operations[0], validators)
    cases = (case for case in prove400.plan(contract) if isinstance(case, prove400.Case))
    bodies = ((case, judge.value(case.request, Part.BODY)) for case in cases)
    return ((case, value) for case, value in bodies if value is not ABSENT)


BRANCHED = ("branches of oneOf", "branches of anyOf", "components under a discriminator")
"""Kinds whose body is one combinator."""


@pytest.mark.parametrize("kind", BRANCHED)
def test_one_branch_less_a_keyword_is_the_whole_less_it(kind: str) -> None:
    """A combinator that lacks a keyword in one branch admits what it does when all of it is compiled without that."""
    contract = prove400.load(KINDS[kind](3))
    (operation,) = contract.operations
    validators, location = SchemaValidators(contract.document), operation.body[0].location
    bodies = list(_bodies(contract, validators))
    seen = set()
    for keyword in dict.fromkeys(case.keyword_location for case, _ in bodies):
        by_branch = validators.without(location, keyword)
        if isinstance(by_branch, Without):
            whole = validators._whole_without(location, keyword)
            assert whole is not None
            assert [by_branch.is_valid(value) for _, value in bodies] == [whole.is_valid(value) for _, value in bodies]
            seen |= {by_branch.is_valid(value) for _, value in bodies}
    assert seen == {True, False}


@pytest.mark.parametrize("document", [OPEN, *(KINDS[kind](3) for kind in BRANCHED)], ids=["", *BRANCHED])
def test_the_branches_that_a_value_takes_are_those_that_admit_it(document: dict[str, Any]) -> None:
    """All branches are asked at once, and answer as each does by itself."""
    contract = prove400.load(document)
    validators = SchemaValidators(contract.document)
    schemas = validators.schemas
    root = schemas.node(contract.operations[0].body[0].location)
    node = next(iter(schemas.targets(root)), root)
    keyword = next(name for name in ("oneOf", "anyOf") if name in node.keywords)
    found = []
    for _, value in _bodies(contract, validators):
        found.append(validators.taken(node, keyword, value))
        branches = enumerate(schemas.branches(node, keyword))
        assert found[-1] == [index for index, each in branches if validators.at(each.location).is_valid(value)]
    assert max(map(len, found)) > min(map(len, found))


def test_a_branch_is_broken_late_in_a_long_array() -> None:
    """What breaks a branch in the last of many rows is told from that row, whichever branches the others take."""
    text = {"oneOf": [{"type": "string", "minLength": 1}, {"type": "array", "items": {"type": "string"}}]}
    row = {"type": "object", "properties": {"content": text}, "required": ["content"]}
    schema = {"type": "object", "properties": {"rows": {"type": "array", "items": row}}, "required": ["rows"]}
    document = KINDS["media types"](1)
    content = document["paths"]["/p"]["post"]["requestBody"]["content"]
    next(iter(content.values()))["schema"] = schema
    found = [case for case in prove400.plan(document) if isinstance(case, prove400.Case) and case.isolated]
    late = [case for case in found if case.instance_location == "/rows/63/content"]
    assert {case.keyword_location.partition("/oneOf/")[2] for case in late} >= {"1/type"}


def test_the_exponent_is_the_slope_of_logarithms() -> None:
    """Squares have the exponent 2, whatever they are multiplied by."""
    assert exponent([(1, 3), (2, 12), (8, 192)]) == pytest.approx(2)
