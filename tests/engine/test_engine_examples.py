"""Examples that a contract publishes are sent as they are, and null wherever it may be at once."""

from __future__ import annotations

import json
from typing import Any

import prove400
from prove400 import Case
from prove400.model import Part, Side
from tests.engine.test_engine_plan import document, planned

TAGS = {
    "type": "object",
    "required": ["tags"],
    "properties": {"id": {"type": "integer", "readOnly": True}, "tags": {"type": "array", "items": {"type": "string"}}},
}


def bodies(items: Any, operator: str) -> list[Any]:
    """Give the bodies of an operator's cases."""
    return [json.loads(i.request.body) for i in items if isinstance(i, Case) and i.operator == operator]


def test_every_example_of_a_body_is_sent_as_it_is_written() -> None:
    """Those of the media type and of the schema, once each, short arrays short; a wrong one is nobody's."""
    named = {f"n{i}": {"value": {"tags": [f"t{i}"]}} for i in range(2)} | {"wrong": {"value": {"tags": 1}}}
    schema = {**TAGS, "examples": [{"tags": []}, {"tags": ["t1"]}], "example": {"tags": ["last"]}}
    items = list(prove400.plan(document(schema, examples=named)))
    assert bodies(items, "witness.itself") == [{"tags": ["t0"] * 3}]
    sent = [{"tags": tags} for tags in (["t0"], ["t1"], [], ["last"])]
    assert bodies(items, "witness.example") == sent
    assert all(item.side is Side.VALID for item in items if getattr(item, "operator", "") == "witness.example")


def test_what_is_sent_anyway_is_not_sent_again() -> None:
    """The example that the witness is of is one request, and no example stands behind a limit."""
    items = list(prove400.plan(document(TAGS, example={"tags": ["a", "b", "c"]})))
    assert bodies(items, "witness.itself") == [{"tags": ["a", "b", "c"]}]
    assert bodies(items, "witness.example") == []
    many = {f"n{i}": {"value": {"tags": [f"t{i}"]}} for i in range(20)}
    assert len(bodies(prove400.plan(document(TAGS, examples=many)), "witness.example")) == 8


def test_an_example_of_a_reply_too_is_sent_without_what_is_read_only() -> None:
    """One value often stands for requests and responses alike."""
    items = list(prove400.plan(document(TAGS, example={"id": 7, "tags": ["a"]})))
    assert bodies(items, "witness.example") == [{"tags": ["a"]}]


def test_every_example_of_a_parameter_is_sent() -> None:
    """Those of the parameter and of its schema, beside the witness, once each."""
    content = document({"type": "integer"})
    schema = {"type": "string", "maxLength": 3, "examples": ["s", "long"]}
    q = {"name": "q", "in": "query", "schema": schema, "examples": {"a": {"value": "a"}, "b": {"value": "b c"}}}
    content["paths"]["/p"]["post"]["parameters"] = [q, {"name": "r", "in": "query", "schema": {"const": "r"}}]
    cases = [item for item in prove400.plan(content) if getattr(item, "operator", "") == "witness.example"]
    targets = [(case.part, case.request.target) for case in cases if isinstance(case, Case)]
    assert targets == [(Part.QUERY, "/p?q=b%20c&r=r"), (Part.QUERY, "/p?q=s&r=r")]


NULL = {"type": ["string", "null"]}


def test_null_stands_wherever_it_may_at_once() -> None:
    """Every member whose type says null is null, in items too; what admits anything is left as it is."""
    item = {"type": "object", "required": ["c", "d"], "properties": {"c": NULL, "d": {"type": "integer"}}}
    members = {"a": NULL, "b": {"anyOf": [{"type": "object"}, {"type": "null"}]}, "open": {}, "list": {"items": item}}
    schema = {
        "type": "object",
        "required": [*members],
        "properties": members | {"list": {"type": "array", **members["list"]}},
    }
    (sent,) = bodies(planned(schema), "witness.nulls")
    assert (sent["a"], sent["b"], sent["open"] is None) == (None, None, False)
    assert [entry["c"] for entry in sent["list"]] == [None] * 3
    assert all(isinstance(entry["d"], int) for entry in sent["list"])


def test_null_stands_only_where_the_contract_admits_it() -> None:
    """What has to be there beside the nulls stays; a single null is sent by its own type."""
    three = {"type": "object", "required": ["a", "b", "c"], "properties": {"a": NULL, "b": NULL, "c": NULL}}
    some = {"anyOf": [{"properties": {name: {"type": "string"}}} for name in ("a", "c")]}
    (sent,) = bodies(planned({**three, **some}), "witness.nulls")
    assert [name for name in sent if sent[name] is None] == ["a", "b"]
    one = {"type": "object", "required": ["a"], "properties": {"a": NULL}}
    assert not bodies(planned(one), "witness.nulls")
