"""What differs between two documents, and the files that a contract is published as."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from prove400 import pointer
from prove400.contract import load
from prove400.contract.difference import changes
from prove400.contract.publication import DIALECT, files
from prove400.errors import ContractError
from prove400.pointer import ABSENT
from prove400.validation import SchemaValidators

if TYPE_CHECKING:
    from types import ModuleType

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("a/~"), inner),
    max_leaves=8,
)
DIFFERENT: list[tuple[Any, Any, list[tuple[str, Any, Any]]]] = [
    (1, 1, []),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}, []),
    (1, 2, [("", 1, 2)]),
    (1, 1.0, [("", 1, 1.0)]),
    (True, 1, [("", True, 1)]),
    ({"a": 1}, {}, [("/a", 1, ABSENT)]),
    ({}, {"a": None}, [("/a", ABSENT, None)]),
    ({"a/b": {"c": [1, 2]}}, {"a/b": {"c": [1, 3]}}, [("/a~1b/c/1", 2, 3)]),
    ([1], [1, 2], [("", [1], [1, 2])]),
    ({"a": 1}, [1], [("", {"a": 1}, [1])]),
    ({"a": 1, "b": 1}, {"c": 1, "b": 2}, [("/a", 1, ABSENT), ("/b", 1, 2), ("/c", ABSENT, 1)]),
]
LINES = [
    ({"a": 1}, {}, "- /a: 1"),
    ({}, {"a": "é"}, '+ /a: "é"'),
    ({"a": 5}, {"a": "5"}, '~ /a: 5 → "5"'),
    ({}, {"a": "b" * 200}, '+ /a: "' + "b" * 118 + "…"),
]
SCHEMAS: dict[str, Any] = {
    "Row": {
        "type": "object",
        "properties": {
            "cut": {"$ref": "#/components/schemas/Cut"},
            "more": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}},
        },
        "required": ["cut"],
    },
    "Cut": {"enum": ["Fair", "Good"]},
    "Alias": {"$ref": "#/components/schemas/Row"},
    "Inside": {"type": "array", "items": {"$ref": "#/components/schemas/Row/properties/cut"}},
    "Local": {
        "$defs": {"Own": {"type": "integer"}},
        "type": "object",
        "properties": {
            "own": {"$ref": "#/components/schemas/Local/$defs/Own"},
            "cut": {"$ref": "#/components/schemas/Cut"},
        },
    },
    "Clash": {
        "$defs": {"Cut": {"type": "integer"}},
        "anyOf": [{"$ref": "#/components/schemas/Cut"}, {"$ref": "#/components/schemas/Clash/$defs/Cut"}],
    },
    "Odd": {"items": {"$ref": "#/components/schemas/Of~1%5BRow%5D"}},
    "Of/[Row]": {"$ref": "#/components/schemas/Row"},
    "Any": True,
    "None": False,
    "Titled": {"title": "A title", "description": "A text", "type": "string"},
}
INSTANCES = [
    None,
    1,
    "Fair",
    "fair",
    {},
    {"cut": "Good"},
    {"cut": "good"},
    {"cut": "Good", "more": [{"cut": "Fair"}]},
    {"cut": "Good", "more": [{"cut": 1}]},
    ["Fair"],
    ["fair"],
    {"own": 1},
    {"own": "1"},
    {"cut": 3, "own": 1},
]


@pytest.mark.parametrize(("old", "new", "expected"), DIFFERENT)
def test_changes(old: Any, new: Any, expected: list[tuple[str, Any, Any]]) -> None:
    """Each place that differs is given once, with both values; the order of names is no difference."""
    assert [(c.location, c.old, c.new) for c in changes(old, new)] == expected


@pytest.mark.parametrize(("old", "new", "line"), LINES)
def test_changes_read_well(old: Any, new: Any, line: str) -> None:
    """A change is one line: what was there, what is, and long values cut."""
    (change,) = changes(old, new)
    assert str(change) == line


@given(JSON, JSON)
def test_changes_are_all(old: Any, new: Any) -> None:
    """There are changes exactly where two values differ, and each place holds what the change says."""
    found = list(changes(old, new))
    assert bool(found) == (json.dumps(old, sort_keys=True) != json.dumps(new, sort_keys=True))
    for change in found:
        assert pointer.get(old, change.location, ABSENT) == change.old
        assert pointer.get(new, change.location, ABSENT) == change.new


def test_files_are_the_document_and_its_models(service: ModuleType) -> None:
    """There is one file for the document, and one for each component schema, ready to be committed."""
    texts = files(load(service.CONTRACT))
    assert list(texts) == ["openapi.json", *(f"schemas/{n}.schema.json" for n in ("Count", "Error", "Price", "Row"))]
    assert json.loads(texts["openapi.json"]) == service.CONTRACT
    assert all(text.endswith("}\n") and not text.endswith("\n\n") for text in texts.values())


def test_files_of_a_contract_without_components() -> None:
    """A contract without component schemas is its document alone."""
    assert list(files(load({"openapi": "3.1.0", "paths": {}}))) == ["openapi.json"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_standalone_schemas(name: str) -> None:
    """Each published schema is a valid 2020-12 schema of its own and admits what the component admits."""
    used = {name: SCHEMAS[name], **{other: SCHEMAS[other] for other in ("Row", "Cut", "Of/[Row]")}}
    contract = load({"openapi": "3.1.0", "info": {}, "paths": {}, "components": {"schemas": used}})
    schema = json.loads(files(contract)[f"schemas/{quote(name, safe='')}.schema.json"])
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DIALECT
    assert schema["title"]
    assert "#/components/" not in json.dumps(schema)
    component = SchemaValidators(contract.document).at(pointer.join("/components/schemas", name))
    standalone = Draft202012Validator(schema)
    assert [standalone.is_valid(i) for i in INSTANCES] == [component.is_valid(i) for i in INSTANCES]


def test_instances_tell_schemas_apart() -> None:
    """The instances above are admitted by some schemas and refused by others, so the comparison means something."""
    contract = load({"openapi": "3.1.0", "info": {}, "paths": {}, "components": {"schemas": SCHEMAS}})
    validators = SchemaValidators(contract.document)
    for name in SCHEMAS.keys() - {"Any", "None"}:
        assert len({validators.at(pointer.join("/components/schemas", name)).is_valid(i) for i in INSTANCES}) == 2


def test_own_definitions_keep_their_names() -> None:
    """A component's own definitions stay as they are; what it needs beside them gets another name."""
    contract = load({"openapi": "3.1.0", "info": {}, "paths": {}, "components": {"schemas": SCHEMAS}})
    schema = json.loads(files(contract)["schemas/Clash.schema.json"])
    assert schema["$defs"]["Cut"] == {"type": "integer"}
    assert schema["$defs"]["components.Cut"] == SCHEMAS["Cut"]


def test_no_file_stands_outside_its_folder() -> None:
    """A component's name is no path: a slash in it is encoded."""
    content = {"openapi": "3.1.0", "info": {}, "paths": {}, "components": {"schemas": {"../../x": {}}}}
    assert list(files(load(content)))[1] == "schemas/..%2F..%2Fx.schema.json"


@pytest.mark.parametrize(
    ("schemas", "where"), [([], "/components/schemas"), ({"a/b": 5}, "/components/schemas/a~1b")], ids=str
)
def test_components_that_are_no_schemas(schemas: Any, where: str) -> None:
    """A component that is no schema is a ContractError with its place."""
    contract = load({"openapi": "3.1.0", "info": {}, "paths": {}, "components": {"schemas": schemas}})
    with pytest.raises(ContractError) as caught:
        files(contract)
    assert caught.value.where == where
    assert caught.value.hint
