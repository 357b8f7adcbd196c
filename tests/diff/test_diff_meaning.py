"""What means the same is no change: names, order, places of references, and other ways to write one thing."""

from __future__ import annotations

import copy
import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prove400 import compare, load

if TYPE_CHECKING:
    from pathlib import Path

    Document = dict[str, Any]

_FREE = ("enum", "required", "type", "anyOf", "oneOf", "allOf", "tags", "parameters")


def _shuffled(value: Any, turn: random.Random, name: str = "") -> Any:
    """Give a document whose objects, and lists without an order, are in another one."""
    if isinstance(value, dict):
        names = list(value)
        if name != "paths":  # methods and paths have no order either, but reports follow it
            turn.shuffle(names)
        return {key: _shuffled(value[key], turn, key) for key in names}
    if isinstance(value, list):
        items = [_shuffled(item, turn) for item in value]
        if name in _FREE:
            turn.shuffle(items)
        return items
    return value


def _renamed(value: Any, names: dict[str, str]) -> Any:
    """Give a document whose schema components have other names, in references and in mappings of discriminators."""
    if isinstance(value, str):
        start, _, old = value.rpartition("/")
        return f"{start}/{names[old]}" if start == "#/components/schemas" and old in names else value
    if isinstance(value, dict):
        return {key: _renamed(item, names) for key, item in value.items()}
    return [_renamed(item, names) for item in value] if isinstance(value, list) else value


def _disguised(document: Document, seed: int) -> Document:
    turn = random.Random(seed)  # noqa: S311 — no secret
    schemas = document["components"]["schemas"]
    names = dict(
        zip(schemas, turn.sample([f"Part{index}" for index in range(len(schemas))], len(schemas)), strict=True)
    )
    renamed = _renamed(document, names)
    renamed["components"]["schemas"] = {names[name]: item for name, item in renamed["components"]["schemas"].items()}
    return _inlined(_shuffled(renamed, turn), turn)


def _inlined(document: Document, turn: random.Random) -> Document:
    """Put some of the components where they are referred to, and some inline schemas into components."""
    schemas = document["components"]["schemas"]

    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            name = str(value.get("$ref", "")).rpartition("/")[2]
            if set(value) == {"$ref"} and name in schemas and turn.random() < 0.4:
                return copy.deepcopy(schemas[name])
            if value.get("type") in ("string", "number") and turn.random() < 0.3:
                schemas[f"Moved{len(schemas)}"] = value
                return {"$ref": f"#/components/schemas/Moved{len(schemas) - 1}"}
            return {key: moved(item) for key, item in value.items()}
        return [moved(item) for item in value] if isinstance(value, list) else value

    return {**document, "paths": moved(document["paths"])}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9))
def test_reordered_renamed_and_moved_schemas_are_no_change(shop: Document, seed: int) -> None:
    """However a contract's parts are called, ordered and referred to, nothing changed."""
    assert compare(shop, _disguised(shop, seed)).changes == ()


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_the_published_contract_in_disguise_is_no_change(seed: int) -> None:
    """The same holds for the contract of the reference API, two ways round."""
    document = load("contracts/openapi.json").document.content
    other = _disguised(copy.deepcopy(document), seed)
    assert compare(document, other).changes == ()
    assert compare(other, document).changes == ()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9))
def test_a_fingerprint_survives_a_disguise(shop: Document, seed: int) -> None:
    """A change keeps its fingerprint where the contract around it is written otherwise."""

    def edited(document: Document) -> Document:
        new = copy.deepcopy(document)
        new["components"]["schemas"]["Order"]["properties"]["colour"]["enum"].remove("red")
        new["components"]["schemas"]["Receipt"]["properties"]["price"]["minimum"] = -1
        return new

    plain = compare(shop, edited(shop))
    other = compare(_disguised(shop, seed), _disguised(edited(shop), seed + 1))
    assert sorted(c.fingerprint for c in plain.changes) == sorted(c.fingerprint for c in other.changes)
    assert len({c.fingerprint for c in plain.changes}) == len(plain.changes) == 2


def _recursive(name: str, *, depth: int = 1) -> Document:
    node: Document = {"type": "object", "properties": {"next": {"$ref": f"#/components/schemas/{name}"},
                                                       "value": {"type": "integer"}}}  # fmt: skip
    body = node if depth == 2 else {"$ref": f"#/components/schemas/{name}"}
    return {
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
        "paths": {
            "/t": {"post": {"requestBody": {"content": {"application/json": {"schema": body}}}, "responses": {}}}
        },
        "components": {"schemas": {name: node}},
    }  # fmt: skip


def test_a_recursive_schema_under_another_name_is_no_change() -> None:
    """What refers to itself means the same, whatever it is called."""
    assert compare(_recursive("Tree"), _recursive("Node")).changes == ()


def test_a_change_inside_a_recursive_schema_is_seen() -> None:
    """And where it differs, however deep, that is told."""
    new = _recursive("Node")
    new["components"]["schemas"]["Node"]["properties"]["value"]["minimum"] = 0
    found = compare(_recursive("Tree"), new)
    assert {change.keyword for change in found.changes} == {"minimum"}
    assert found.verdict == "narrows"


def _changed(document: Document, **keywords: Any) -> Document:
    new = copy.deepcopy(document)
    new["components"]["schemas"]["Order"]["properties"]["count"] = keywords
    return new


REWRITTEN: list[tuple[str, dict[str, Any]]] = [
    ("allOf", {"allOf": [{"type": "integer", "minimum": 1}, {"maximum": 9}]}),
    ("nested allOf", {"type": "integer", "allOf": [{"allOf": [{"maximum": 9}]}, {"minimum": 1}]}),
    ("1 as 1.0", {"type": ["integer"], "minimum": 1.0, "maximum": 9.0}),
    ("an idle keyword", {"type": "integer", "minimum": 1, "maximum": 9, "multipleOf": 1}),
    ("exclusive bounds", {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 10}),
    ("an enum", {"enum": list(range(1, 10))}),
]


@pytest.mark.parametrize("keywords", [row[1] for row in REWRITTEN], ids=[row[0] for row in REWRITTEN])
def test_a_rewriting_of_equal_meaning_is_compatible(shop: Document, keywords: dict[str, Any]) -> None:
    """Where no request shows a difference, nothing is called breaking, both ways round."""
    new = _changed(shop, **keywords)
    for pair in ((shop, new), (new, shop)):
        found = compare(*pair)
        assert found.verdict == "compatible", found.changes
        assert not any(change.witnesses for change in found.changes)


def test_an_all_of_is_told_as_rewritten(shop: Document) -> None:
    """The constraints are the same, so the one change is that they are written in another way."""
    found = compare(shop, _changed(shop, **REWRITTEN[0][1]))
    assert [str(change.kind) for change in found.changes] == ["rewritten"]


def test_nullable_of_3_0_is_a_type_of_3_1(shop: Document) -> None:
    """A contract that moves from OpenAPI 3.0 to 3.1 without another meaning has not changed in any constraint."""
    old = copy.deepcopy(shop)
    old["openapi"] = "3.0.3"
    old["components"]["schemas"]["Order"]["properties"]["note"] = {
        "type": "string", "nullable": True, "pattern": "^[a-z]+$"
    }  # fmt: skip
    old["components"]["schemas"]["Order"]["properties"]["count"] = {
        "type": "integer", "minimum": 0, "exclusiveMinimum": True, "maximum": 9
    }  # fmt: skip
    new = _changed(shop, type="integer", exclusiveMinimum=0, maximum=9)
    for pair in ((old, new), (new, old)):
        assert {str(change.kind) for change in compare(*pair).changes} <= {"wording"}


def test_a_path_parameter_under_another_name_is_no_change(shop: Document) -> None:
    """The names in a path template are the contract's own; no request shows them."""
    new = copy.deepcopy(shop)
    item = new["paths"].pop("/orders/{id}")
    item["get"]["parameters"][0]["name"] = "number"
    new["paths"]["/orders/{number}"] = item
    assert {str(change.kind) for change in compare(shop, new).changes} <= {"wording"}
    item["get"]["parameters"][0]["schema"]["maximum"] = 5
    assert [c.place for c in compare(shop, new).changes if c.keyword == "maximum"] == ["path/number"]


def test_the_same_contracts_give_the_same_comparison(shop: Document, tmp_path: Path) -> None:
    """Two comparisons are equal, and a YAML file is as good as JSON."""
    import yaml

    new = _changed(shop, type="integer", minimum=2)
    tmp_path.joinpath("old.yaml").write_text(yaml.safe_dump(shop), encoding="utf-8")
    tmp_path.joinpath("new.json").write_text(json.dumps(new), encoding="utf-8")
    found = compare(str(tmp_path / "old.yaml"), str(tmp_path / "new.json"))
    assert {(c.fingerprint, c.effects) for c in found.changes} == {
        (c.fingerprint, c.effects) for c in compare(shop, new).changes
    }
    assert compare(shop, new) == compare(shop, new)


def test_what_a_rewriting_touches_is_the_whole_operation(shop: Document) -> None:
    """Nobody can tell which obligations a rewriting touches, so they are all proven again."""
    touched = compare(shop, _changed(shop, **REWRITTEN[0][1])).touched
    assert touched.operations == {"POST /orders"}


def test_a_broken_schema_of_an_answer_keeps_nobody_from_comparing_requests(shop: Document) -> None:
    """An answer's schema that is none is told as changed without a witness; the requests are compared all the same."""
    new = _changed(shop, type="integer", minimum=1, maximum=5)
    new["components"]["schemas"]["Receipt"]["properties"]["price"] = {"type": "int"}
    found = compare(shop, new)
    assert found.verdict == "narrows"
    assert [str(c.kind) for c in found.changes if c.answer] == ["rewritten"]
