"""What OpenAPI 3.0 says differently from JSON Schema 2020-12, rewritten in place so that locations stay.

OpenAPI 3.0.4 section 4.7.24: `nullable`, boolean `exclusiveMinimum` and `exclusiveMaximum`, nothing beside `$ref`, and
`required`, which asks a request for no name that is `readOnly` and a response for none that is `writeOnly`. In 3.1 the
two are annotations, and `required` is in force both ways (OpenAPI 3.1.1 section 4.8.24, JSON Schema 2020-12 validation,
section 9.4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from prove400 import pointer

DIALECT_3_0 = "https://spec.openapis.org/oas/3.0/dialect"
_DATA = frozenset({"enum", "const", "default", "example", "examples"})
_MAPS = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})


def is_3_0(document: dict[str, Any]) -> bool:
    """Tell whether a document is OpenAPI 3.0."""
    return str(document.get("openapi", "")).startswith("3.0")


def effective(schema: Any, document: dict[str, Any], unsent: str) -> Any:
    """Give a schema as JSON Schema reads it: 2020-12, or what its own ``$schema`` or `jsonSchemaDialect` names.

    `unsent` is the annotation of names that are not sent: ``readOnly`` in requests, ``writeOnly`` in responses.
    """
    if is_3_0(document):
        return _from_3_0(schema, _Reading(document, unsent))
    dialect = document.get("jsonSchemaDialect", "")
    if isinstance(schema, dict) and "json-schema.org" in dialect and "$schema" not in schema:
        return {"$schema": dialect, **schema}
    return schema


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a schema is read with: the document around it, and the annotation of names that are not sent this way."""

    document: dict[str, Any]
    unsent: str


def _from_3_0(value: Any, reading: _Reading, around: frozenset[str] = frozenset(), *, in_map: bool = False) -> Any:
    """Give a schema as JSON Schema says it; `around` are names not sent, by the schemas whose `allOf` it stands in."""
    if isinstance(value, list):
        return [_from_3_0(item, reading, around) for item in value]
    if not isinstance(value, dict):
        return value
    if in_map:
        return {name: _from_3_0(item, reading) for name, item in value.items()}
    if isinstance(value.get("$ref"), str):
        return {"$ref": value["$ref"]}
    unsent = around.union(_marked(value, reading, set()))
    changed = {
        name: item
        if name in _DATA
        else _from_3_0(item, reading, unsent if name == "allOf" else frozenset(), in_map=name in _MAPS)
        for name, item in value.items()
    }
    return _exclusive(_nullable(_relaxed(changed, unsent)))


def _relaxed(schema: dict[str, Any], unsent: frozenset[str]) -> dict[str, Any]:
    if not unsent or not isinstance(schema.get("required"), list):
        return schema
    return {
        **schema,
        "required": [name for name in schema["required"] if not (isinstance(name, str) and name in unsent)],
    }


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.get("nullable") is True and isinstance(schema.get("type"), str):
        widened = {**schema, "type": [schema["type"], "null"]}
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            widened["enum"] = [*schema["enum"], None]
        return widened
    return schema


def _marked(schema: Any, reading: _Reading, seen: set[str]) -> Iterator[str]:
    """Give the names that a schema, its `allOf` and what it refers to mark as not sent."""
    schema = _followed(schema, reading, seen)
    properties = schema.get("properties")
    for name, item in properties.items() if isinstance(properties, dict) else ():
        if _followed(item, reading, set()).get(reading.unsent) is True:
            yield name
    listed = schema.get("allOf")
    for item in listed if isinstance(listed, list) else ():
        yield from _marked(item, reading, seen)


def _followed(schema: Any, reading: _Reading, seen: set[str]) -> dict[str, Any]:
    """Give what a schema's `$ref` leads to inside the document; nothing where it has been `seen`."""
    while isinstance(schema, dict) and isinstance(reference := schema.get("$ref"), str):
        if reference in seen or not reference.startswith("#/"):
            return {}
        seen.add(reference)
        schema = pointer.get(reading.document, unquote(reference[1:]), pointer.ABSENT)
    return schema if isinstance(schema, dict) else {}


def _exclusive(schema: dict[str, Any]) -> dict[str, Any]:
    changed = dict(schema)
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(schema.get(exclusive), bool):
            del changed[exclusive]
            if schema[exclusive] and bound in changed:
                changed[exclusive] = changed.pop(bound)
    return changed
