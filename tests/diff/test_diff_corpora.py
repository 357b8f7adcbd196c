"""Published contracts, edited: nothing changed where nothing was, and each witness holds where something was."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

import pytest

from prove400 import compare, load
from prove400.validation import RequestJudge, Routes, SchemaValidators

CORPORA = Path(os.environ.get("PROVE400_CORPORA") or Path(__file__).parents[3] / "shared" / "corpora") / "openapi"
NAMES = ("Hoot-16ab6813.json", "Wolfram-d38687ea.json", "papiNet-API-67c2e740.json", "perfectpdf-api-ac3701c2.json")


def _schemas(value: Any) -> list[dict[str, Any]]:
    found = [value] if isinstance(value, dict) else []
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [*found, *(schema for item in items for schema in _schemas(item))]


def _edited(document: dict[str, Any]) -> dict[str, Any]:
    """Demand a property of every object, drop a member of every enum, and turn query parameters into headers."""
    new = copy.deepcopy(document)
    for schema in _schemas(new):
        if isinstance(schema.get("enum"), list) and len(schema["enum"]) > 1:
            schema["enum"].pop()
        if schema.get("type") == "object" and isinstance(schema.get("properties"), dict):
            schema["properties"]["prove400"] = {"type": "integer"}
            schema["required"] = [*schema.get("required", []), "prove400"]
        if schema.get("in") == "query":
            schema["in"] = "header"
    return new


def _admits(document: dict[str, Any], request: Any) -> bool:
    contract = load(document)
    operation = Routes(contract.operations).operation(request.method, request.target)
    return operation is not None and not RequestJudge(operation, SchemaValidators(contract.document)).faults(request)


@pytest.mark.parametrize("name", NAMES)
def test_a_published_contract_is_compared_with_an_edit_of_it(name: str) -> None:
    """Equal documents have no change; every request that shows one is admitted by one document alone."""
    if not CORPORA.is_dir():
        pytest.skip(f"no corpora at {CORPORA}: set PROVE400_CORPORA")
    document = load(CORPORA / name).document.content
    assert compare(document, copy.deepcopy(document)).changes == ()
    new = _edited(document)
    found = compare(document, new)
    shown = [(w.effect, w.request) for change in found.changes for w in change.witnesses if w.request]
    assert all(
        (_admits(document, request), _admits(new, request))
        == ((True, False) if effect == "narrowed" else (False, True))
        for effect, request in shown
    )
    assert found.changes
    assert compare(document, new) == found
