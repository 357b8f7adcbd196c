"""A contract as the files that are committed: the document, and one plain JSON Schema for each model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote

from prove400 import pointer
from prove400.contract import Contract
from prove400.errors import ContractError

_COMPONENTS = "#/components/schemas/"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def files(contract: Contract) -> dict[str, str]:
    """Give the text of each file by its name: ``openapi.json`` and ``schemas/NAME.schema.json``.

    A name that is unusual for a file is percent-encoded. Raises `ContractError` where a component is no schema.
    """
    document = contract.document.content
    schemas = pointer.get(document, "/components/schemas", {})
    if not isinstance(schemas, dict):
        raise ContractError("`schemas` is not an object", where="/components/schemas", hint="it maps names to schemas")
    texts = {"openapi.json": _text(document)}
    for name, schema in sorted(schemas.items()):
        texts[f"schemas/{quote(name, safe='')}.schema.json"] = _text(_standalone(name, schema, schemas))
    return texts


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _standalone(name: str, schema: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """Give a component as a schema of its own, with what it refers to under ``$defs``, beside what it has there."""
    content = _as_object(name, schema)
    own = content.get("$defs", {})
    names = {other: _free(other, own) for other in sorted(_closure(schema, schemas))}
    body = {"$schema": DIALECT, "title": name, **_relocated(content, names)}
    needed = {new: _relocated(schemas[other], names) for other, new in names.items()}
    return {**body, "$defs": {**body.get("$defs", {}), **needed}} if needed else body


def _as_object(name: str, schema: Any) -> dict[str, Any]:
    """Give a schema as an object; a boolean one has an equal (JSON Schema 2020-12 Core, section 4.3.2)."""
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    if not isinstance(schema, dict):
        where = pointer.join("/components/schemas", name)
        raise ContractError("a component is no schema", where=where, hint="a schema is an object or a boolean")
    return schema


def _free(name: str, taken: Any) -> str:
    """Give a name for a definition that a component's own do not have."""
    while name in taken:
        name = f"components.{name}"
    return name


def _closure(schema: Any, schemas: dict[str, Any]) -> set[str]:
    """Give the names of the components that a schema refers to, over however many steps."""
    found: set[str] = set()
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in found and name in schemas:
            found.add(name)
            waiting.extend(_references(schemas[name]))
    return found


def _split(reference: Any) -> tuple[str, str] | None:
    """Give the component's name, and the pointer inside it as written, of a reference to or into a component."""
    if not isinstance(reference, str) or not reference.startswith(_COMPONENTS):
        return None
    token, slash, inside = reference.removeprefix(_COMPONENTS).partition("/")
    return pointer.tokens(f"/{unquote(token)}")[0], slash + inside


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict) and (split := _split(value.get("$ref"))):
        yield split[0]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in items:
        yield from _references(item)


def _relocated(value: Any, names: Mapping[str, str]) -> Any:
    """Give a schema whose references into components lead into ``$defs``, where these have the given names."""
    if isinstance(value, list):
        return [_relocated(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    changed = {name: _relocated(item, names) for name, item in value.items()}
    if (split := _split(value.get("$ref"))) and split[0] in names:
        changed["$ref"] = f"#/$defs/{quote(pointer.escape(names[split[0]]), safe='~$')}{split[1]}"
    return changed
