"""A contract as the files that are committed: the document, and one plain JSON Schema for each model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from prove400.contract import Contract

_COMPONENTS = "#/components/schemas/"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def files(contract: Contract) -> dict[str, str]:
    """Give the text of each file by its name: ``openapi.json`` and ``schemas/NAME.schema.json``."""
    document = contract.document.content
    schemas = document.get("components", {}).get("schemas", {})
    texts = {"openapi.json": _text(document)}
    for name, schema in sorted(schemas.items()):
        texts[f"schemas/{name}.schema.json"] = _text(_standalone(name, schema, schemas))
    return texts


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _standalone(name: str, schema: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """Give a component as a schema of its own, with what it refers to under ``$defs``."""
    needed = sorted(_closure(schema, schemas))
    body = {"$schema": DIALECT, "title": name, **_relocated(schema)}
    return {**body, "$defs": {other: _relocated(schemas[other]) for other in needed}} if needed else body


def _closure(schema: Any, schemas: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in found and name in schemas:
            found.add(name)
            waiting.extend(_references(schemas[name]))
    return found


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith(_COMPONENTS):
            yield reference.removeprefix(_COMPONENTS)
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in items:
        yield from _references(item)


def _relocated(value: Any) -> Any:
    if isinstance(value, list):
        return [_relocated(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: item.replace(_COMPONENTS, "#/$defs/") if name == "$ref" and isinstance(item, str) else _relocated(item)
        for name, item in value.items()
    }
