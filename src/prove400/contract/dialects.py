"""What OpenAPI 3.0 says differently from JSON Schema 2020-12, rewritten in place so that locations stay.

OpenAPI 3.0.3 section 4.7.24: `nullable`, boolean `exclusiveMinimum` and `exclusiveMaximum`, nothing beside `$ref`.
"""

from __future__ import annotations

from typing import Any

DIALECT_3_0 = "https://spec.openapis.org/oas/3.0/dialect"
_DATA = frozenset({"enum", "const", "default", "example", "examples"})
_MAPS = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})


def effective(schema: Any, document: dict[str, Any]) -> Any:
    """Give a schema as JSON Schema reads it: 2020-12, or what its own ``$schema`` or `jsonSchemaDialect` names."""
    if str(document.get("openapi", "")).startswith("3.0"):
        return _from_3_0(schema)
    dialect = document.get("jsonSchemaDialect", "")
    if isinstance(schema, dict) and "json-schema.org" in dialect and "$schema" not in schema:
        return {"$schema": dialect, **schema}
    return schema


def _from_3_0(schema: Any, *, in_map: bool = False) -> Any:
    if isinstance(schema, list):
        return [_from_3_0(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if not in_map and isinstance(schema.get("$ref"), str):
        return {"$ref": schema["$ref"]}
    changed = {
        name: item if name in _DATA and not in_map else _from_3_0(item, in_map=name in _MAPS and not in_map)
        for name, item in schema.items()
    }
    return changed if in_map else _exclusive(_nullable(changed))


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.get("nullable") is True and isinstance(schema.get("type"), str):
        widened = {**schema, "type": [schema["type"], "null"]}
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            widened["enum"] = [*schema["enum"], None]
        return widened
    return schema


def _exclusive(schema: dict[str, Any]) -> dict[str, Any]:
    changed = dict(schema)
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(schema.get(exclusive), bool):
            del changed[exclusive]
            if schema[exclusive] and bound in changed:
                changed[exclusive] = changed.pop(bound)
    return changed
