"""Edits of a contract → what the comparison says of them; every witness is judged again by other means."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from prove400 import compare
from prove400.diff.rendering import text
from prove400.validation import SchemaValidators

if TYPE_CHECKING:
    from collections.abc import Callable

    Document = dict[str, Any]
    Edit = Callable[[Document], Any]


def _order(d: Document) -> Document:
    return d["components"]["schemas"]["Order"]


def _post(d: Document) -> Document:
    return d["paths"]["/orders"]["post"]


def _property(name: str, **keywords: Any) -> Edit:
    return lambda d: _order(d)["properties"].__setitem__(name, keywords)


def _receipt(name: str, **keywords: Any) -> Edit:
    return lambda d: d["components"]["schemas"]["Receipt"]["properties"].__setitem__(name, keywords)


def _parameter(turn: int, **fields: Any) -> Edit:
    return lambda d: _post(d)["parameters"][turn].update(fields)


def _branch(**keywords: Any) -> Edit:
    return lambda d: _order(d)["properties"]["paid"]["oneOf"][1].update(keywords)


def _media(d: Document) -> None:
    content = _post(d)["requestBody"]["content"]
    content["application/vnd.shop+json"] = copy.deepcopy(content["application/json"])


def _demand(d: Document) -> None:
    _order(d)["properties"]["shop"] = {"type": "integer"}
    _order(d)["required"].append("shop")


def _both(*edits: Edit) -> Edit:
    return lambda d: [edit(d) for edit in edits]


Row = tuple[str, "Edit", str, list[tuple[str, str, str]]]
BODY = "body"
EDITS: list[Row] = [
    ("an enum member goes", lambda d: _order(d)["properties"]["colour"]["enum"].remove("red"), "narrows",
     [("body/colour", "enum", "narrowed")]),
    ("an enum member comes", lambda d: _order(d)["properties"]["colour"]["enum"].append("grey"), "widens",
     [("body/colour", "enum", "widened")]),
    ("a bound is tightened", _property("count", type="integer", minimum=1, maximum=5), "narrows",
     [("body/count", "maximum", "narrowed")]),
    ("a bound is loosened", _property("count", type="integer", minimum=1, maximum=20), "widens",
     [("body/count", "maximum", "widened")]),
    ("a bound goes", _property("count", type="integer", minimum=1), "widens", [("body/count", "maximum", "widened")]),
    ("a pattern changes", _property("note", type=["string", "null"], pattern="^[A-Z]+$"), "incompatible",
     [("body/note", "pattern", "narrowed widened")]),
    ("null is refused", _property("note", type="string", pattern="^[a-z]+$"), "narrows",
     [("body/note", "type", "narrowed")]),
    ("an integer becomes a number", _property("count", type="number", minimum=1, maximum=9), "widens",
     [("body/count", "type", "widened")]),
    ("a required property comes", _demand, "incompatible", [("body/shop", "property", "narrowed widened")]),
    ("an optional property comes in a closed object", _property("extra", type="string"), "widens",
     [("body/extra", "property", "widened")]),
    ("a property goes from a closed object", lambda d: _order(d)["properties"].pop("count"), "narrows",
     [("body/count", "property", "narrowed")]),
    ("a property is demanded", lambda d: _order(d)["required"].append("count"), "narrows",
     [("body/count", "properties", ""), ("body/count", "required", "narrowed")]),
    ("a property is demanded in an item", lambda d: d["components"]["schemas"]["Line"]["required"].append("size"),
     "narrows", [("body/lines/*/size", "properties", ""), ("body/lines/*/size", "required", "narrowed")]),
    ("an object is closed", lambda d: d["components"]["schemas"]["Line"].update(additionalProperties=False), "narrows",
     [("body/lines/*", "additionalProperties", "narrowed")]),
    ("an object is opened", lambda d: _order(d).pop("additionalProperties"), "widens",
     [("body", "additionalProperties", "widened")]),
    ("a branch is tightened", _branch(minimum=7), "narrows", [("body/paid", "minimum", "narrowed")]),
    ("a branch comes", lambda d: _order(d)["properties"]["paid"]["oneOf"].append({"type": "boolean"}), "widens",
     [("body/paid", "oneOf", "widened"), ("body/paid", "type", "")]),
    ("a bound and a required property", _both(_demand, _property("count", type="integer", minimum=1, maximum=5)),
     "incompatible", [("body/count", "maximum", "narrowed"), ("body/shop", "property", "narrowed widened")]),
    ("a length that no case of the old contract has, and a required property",
     _both(_demand, lambda d: d["components"]["schemas"]["Line"]["properties"]["sku"].update(maxLength=40)),
     "incompatible",
     [("body/lines/*/sku", "maxLength", "narrowed"), ("body/shop", "property", "narrowed widened")]),
    ("an object is closed, and a bound in it tightened", _both(
        lambda d: d["components"]["schemas"]["Line"].update(additionalProperties=False),
        lambda d: d["components"]["schemas"]["Line"]["properties"]["sku"].update(minLength=4)), "narrows",
     [("body/lines/*", "additionalProperties", "narrowed"), ("body/lines/*/sku", "minLength", "narrowed")]),
    ("a branch comes, and another is loosened", _both(_branch(minimum=2),
        lambda d: _order(d)["properties"]["paid"]["oneOf"].append({"type": "boolean"})), "widens",
     [("body/paid", "minimum", "widened"), ("body/paid", "oneOf", "widened"), ("body/paid", "type", "")]),
    ("a parameter's type changes", _parameter(0, schema={"type": "integer", "minimum": 7}), "incompatible",
     [("query/dry", "minimum", ""), ("query/dry", "type", "narrowed widened")]),
    ("a parameter becomes optional", _parameter(1, required=False), "widens",
     [("header/X-Shop", "required", "widened")]),
    ("a parameter moves from query to header", _parameter(0, **{"in": "header"}), "incompatible",
     [("header/dry", "parameter", "narrowed"), ("query/dry", "parameter", "widened")]),
    ("a parameter goes", lambda d: _post(d)["parameters"].pop(), "widens",
     [("header/X-Shop", "parameter", "widened")]),
    ("a path parameter's type changes",
     lambda d: d["paths"]["/orders/{id}"]["get"]["parameters"][0].update(schema={"type": "string", "minLength": 3}),
     "incompatible", [("path/id", "minLength", "narrowed"), ("path/id", "type", "widened")]),
    ("a media type comes", _media, "widens", [("body[application/vnd.shop+json]", "content", "widened")]),
    ("the body becomes optional", lambda d: _post(d)["requestBody"].pop("required"), "widens",
     [("body", "required", "widened")]),
    ("an operation goes", lambda d: d["paths"].pop("/orders/{id}"), "narrows", [("", "operation", "narrowed")]),
    ("an operation comes", lambda d: d["paths"]["/orders"].update(get={"responses": {}}), "compatible",
     [("", "operation", "added")]),
    ("an answer is widened", _receipt("price", type="number", minimum=-5), "widens answers",
     [("200 application/json/price", "minimum", "answers-widened")]),
    ("an answer is narrowed", _receipt("price", type="number", minimum=0, maximum=9), "compatible",
     [("200 application/json/price", "maximum", "answers-narrowed")]),
    ("an answer's enum grows", _receipt("kind", enum=["a", "b", "c"]), "widens answers",
     [("200 application/json/kind", "enum", "answers-widened")]),
    ("a promise goes from an answer", lambda d: d["components"]["schemas"]["Receipt"].pop("required"), "widens answers",
     [("200 application/json/price", "properties", ""), ("200 application/json/price", "required", "answers-widened")]),
    ("a 2xx status comes", lambda d: _post(d)["responses"].update({"202": {"description": "later"}}), "widens answers",
     [("202", "status", "answers-widened")]),
    ("an error status comes", lambda d: _post(d)["responses"].update({"429": {"description": "wait"}}), "compatible",
     [("429", "status", "")]),
    ("a description changes", lambda d: _post(d).update(description="Order."), "compatible", [("", "wording", "")]),
    ("a format comes", _property("count", type="integer", minimum=1, maximum=9, format="int32"), "compatible",
     [("body/count", "format", "")]),
    ("an equal bound is written otherwise", _property("count", type="integer", exclusiveMinimum=0, maximum=9),
     "compatible", [("body/count", "exclusiveMinimum", ""), ("body/count", "minimum", "")]),
    ("an enum is ordered otherwise", lambda d: _order(d)["properties"]["colour"]["enum"].reverse(), "compatible", []),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "verdict", "expected"), [row[1:] for row in EDITS], ids=[row[0] for row in EDITS])
def test_an_edit_is_told_with_its_effect_and_witnesses_that_hold(
    shop: Document, prove_witnesses: Any, edit: Edit, verdict: str, expected: list[tuple[str, str, str]]
) -> None:
    """Each edit gives the changes of the table, and one contract admits each witness that the other refuses."""
    new = copy.deepcopy(shop)
    edit(new)
    found = compare(shop, new)
    told = sorted((change.place, change.keyword, " ".join(change.effects)) for change in found.changes)
    assert told == sorted(expected)
    assert found.verdict == verdict
    judged = prove_witnesses(shop, new, found)
    assert judged == sum(bool(w.request or w.answer) for change in found.changes for w in change.witnesses)
    back = compare(new, shop)
    prove_witnesses(new, shop, back)
    assert len(back.changes) == len(found.changes)


def _plainest(shop: Document, edit: Edit, keyword: str) -> bytes:
    new = copy.deepcopy(shop)
    edit(new)
    (change,) = (change for change in compare(shop, new).changes if change.keyword == keyword)
    (witness,) = change.witnesses
    return witness.request.body if witness.request else b""


def test_the_witness_of_a_lost_enum_member_is_that_member(shop: Document) -> None:
    """The plainest request that shows it holds the member that went, and nothing else that is refused."""
    body = _plainest(shop, lambda d: _order(d)["properties"]["colour"]["enum"].remove("blue"), "enum")
    assert b'"colour":"blue"' in body


SECURITY: list[tuple[str, Any, Any, str, tuple[str, str]]] = [
    ("it is added", None, [{"key": []}], "narrows", ("narrowed", "")),
    ("it goes", [{"key": []}], None, "widens", ("widened", "")),
    ("it is optional", [{"key": []}], [{"key": []}, {}], "widens", ("widened", "")),
    ("another is accepted", [{"key": []}], [{"key": []}, {"token": []}], "widens", ("widened", "Authorization")),
    ("another is asked for", [{"key": []}], [{"key": [], "token": []}], "narrows", ("narrowed", "X-Key")),
]


@pytest.mark.parametrize(("before", "after", "verdict", "shown"), [row[1:] for row in SECURITY],
                         ids=[row[0] for row in SECURITY])  # fmt: skip
def test_security_is_told_with_the_credentials_that_show_it(
    shop: Document, before: Any, after: Any, verdict: str, shown: tuple[str, str]
) -> None:
    """A witness of security carries the credentials that one contract accepts, and the other does not."""
    schemes = {
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "token": {"type": "http", "scheme": "bearer"},
    }
    shop["components"]["securitySchemes"] = schemes
    old, new = copy.deepcopy(shop), copy.deepcopy(shop)
    for document, security in ((old, before), (new, after)):
        if security is not None:
            _post(document)["security"] = security
    found = compare(old, new)
    (change,) = found.changes
    (witness,) = change.witnesses
    carried = {name for name, _ in witness.request.headers} & {"X-Key", "Authorization"} if witness.request else set()
    assert (found.verdict, witness.effect, " ".join(carried)) == (verdict, *shown)


def test_renamed_security_schemes_are_no_change(shop: Document) -> None:
    """What a scheme is called, no request shows."""
    new = copy.deepcopy(shop)
    for document, name in ((shop, "key"), (new, "other")):
        document["components"]["securitySchemes"] = {name: {"type": "apiKey", "in": "header", "name": "X-Key"}}
        document["security"] = [{name: []}]
    assert not compare(shop, new).changes


def test_a_moved_server_path_is_told_for_each_operation(shop: Document) -> None:
    """Where the servers' path changes, each operation says so, and its other changes are told as well."""
    new = copy.deepcopy(shop)
    new["servers"] = [{"url": "/v2"}]
    _order(new)["properties"]["count"]["maximum"] = 5
    found = compare(shop, new)
    told = {(change.operation, change.keyword): change for change in found.changes}
    assert set(told) == {("POST /orders", "servers"), ("GET /orders/{id}", "servers"), ("POST /orders", "maximum")}
    targets = {w.effect: w.request.target for w in told["GET /orders/{id}", "servers"].witnesses if w.request}
    assert targets["widened"] == f"/v2{targets['narrowed']}"


@pytest.mark.parametrize("hidden", ["if", "not"])
def test_keywords_outside_the_catalogue_still_give_a_witness(shop: Document, prove_witnesses: Any, hidden: str) -> None:
    """What no constraint of its own tells, such as `if` and `not`, is found by the requests all the same."""
    new = copy.deepcopy(shop)
    red = {"properties": {"colour": {"const": "red"}}}
    own = {"not": red} if hidden == "not" else {"if": red, "then": {"required": ["count"]}}
    _order(new).update(own)
    found = compare(shop, new)
    assert found.verdict == "narrows"
    assert prove_witnesses(shop, new, found)


def test_what_the_two_validators_see_differently_is_no_witness(shop: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where python-jsonschema contradicts, a request proves nothing: it is counted as disputed, and told."""
    new = copy.deepcopy(shop)
    _order(new)["properties"]["count"]["maximum"] = 5
    monkeypatch.setattr(SchemaValidators, "second_opinion", lambda *_: True)
    found = compare(shop, new)
    assert [change.effects for change in found.changes] == [()]
    assert found.disputed > 0
    assert f"on {found.disputed} the two validators differ" in " ".join(text(found).split())


def test_a_not_that_refused_everything_is_told(shop: Document, prove_witnesses: Any) -> None:
    """A keyword that held a boolean and now holds a schema is compared as well."""
    old, new = copy.deepcopy(shop), copy.deepcopy(shop)
    _order(old)["properties"]["note"]["not"] = False
    _order(new)["properties"]["note"]["not"] = {"type": "null"}
    found = compare(old, new)
    assert found.verdict == "narrows"
    assert prove_witnesses(old, new, found)


def test_security_that_admits_anybody_is_none(shop: Document) -> None:
    """A requirement that may be left out asks for nothing."""
    new = copy.deepcopy(shop)
    new["components"]["securitySchemes"] = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    _post(new)["security"] = [{"key": []}, {}]
    assert {str(change.kind) for change in compare(shop, new).changes} <= {"wording"}


def test_a_status_that_a_default_covers_is_no_news(shop: Document) -> None:
    """Where any status is documented, one more of them breaks nobody."""
    _post(shop)["responses"]["default"] = {"description": "any"}
    new = copy.deepcopy(shop)
    _post(new)["responses"]["202"] = {"description": "later"}
    assert compare(shop, new).verdict == "compatible"


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_names_of_one_way_are_compared_on_that_way(version: str) -> None:
    """What is read-only is compared in answers, and what is write-only in requests."""
    thing: Document = {"type": "object", "properties": {
        "id": {"type": "integer", "readOnly": True}, "secret": {"type": "string", "writeOnly": True}}}  # fmt: skip
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
    old: Document = {
        "openapi": version, "info": {"title": "t", "version": "1"}, "components": {"schemas": {"Thing": thing}},
        "paths": {"/t": {"post": {"requestBody": {"content": content}, "responses": {
            "200": {"description": "ok", "content": content}}}}},
    }  # fmt: skip
    new = copy.deepcopy(old)
    properties = new["components"]["schemas"]["Thing"]["properties"]
    properties["id"]["minimum"] = 1
    properties["secret"]["minLength"] = 2
    told = {(change.place, change.effects) for change in compare(old, new).changes if change.witnesses}
    assert told >= {("200 application/json/id", ("answers-narrowed",)), ("body/secret", ("narrowed",))}
