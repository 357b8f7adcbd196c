"""Schema → one value that it admits, built keyword by keyword; the caller's validator has the last word."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from prove400 import pointer
from prove400.contract.references import Document
from prove400.errors import WitnessError

FORMATS = {
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
    "date": "2024-02-29",
    "date-time": "2024-02-29T12:00:00Z",
    "time": "12:00:00Z",
    "email": "someone@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uri-reference": "/a",
    "json-pointer": "/a",
    "regex": "^a$",
}
"""One plain value for each format that a text may have (JSON Schema 2020-12 validation, section 7.3)."""
MAX_DEPTH = 20


def build(document: Document, schema: Any, location: str, depth: int = 0) -> Any:
    """Give a value for the schema; raises `WitnessError` where none can be built."""
    schema, location = document.follow(schema, location)
    if schema is False or depth > MAX_DEPTH:
        raise WitnessError("no value can be built", where=location, hint="give an example in the contract")
    if schema is True or not schema:
        return {}
    for keyword in ("const", "default"):
        if keyword in schema:
            return schema[keyword]
    for keyword in ("examples", "enum"):
        if isinstance(schema.get(keyword), list) and schema[keyword]:
            return schema[keyword][0]
    if "example" in schema:
        return schema["example"]
    return _BUILDERS[_type_of(schema)](document, schema, location, depth)


def _type_of(schema: dict[str, Any]) -> str:
    declared = schema.get("type")
    if isinstance(declared, str):
        return declared
    if isinstance(declared, list) and declared:
        return str(next((name for name in declared if name != "null"), declared[0]))
    return next((name for name, keywords in _SIGNS.items() if keywords & schema.keys()), "object")


_SIGNS = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "prefixItems", "minItems", "maxItems", "uniqueItems"},
    "string": {"minLength", "maxLength", "pattern", "format"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
}


def _object(document: Document, schema: dict[str, Any], location: str, depth: int) -> dict[str, Any]:
    value = {}
    for name, subschema in schema.get("properties", {}).items():
        try:
            value[name] = build(document, subschema, pointer.join(location, "properties", name), depth + 1)
        except WitnessError:
            if name in schema.get("required", ()):
                raise
    return value


def _array(document: Document, schema: dict[str, Any], location: str, depth: int) -> list[Any]:
    count = max(schema.get("minItems", 0), min(1 if schema.get("uniqueItems") else 3, schema.get("maxItems", 3)))
    return [build(document, schema.get("items", True), f"{location}/items", depth + 1) for _ in range(count)]


def _string(_document: Document, schema: dict[str, Any], _location: str, _depth: int) -> str:
    text: str = FORMATS.get(schema.get("format", ""), "a" * max(schema.get("minLength", 1), 1))
    return text[: int(schema.get("maxLength", len(text)))]


def _number(_document: Document, schema: dict[str, Any], _location: str, _depth: int) -> float:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is not None and high is not None:
        return float((low + high) / 2)
    return float(low + 1 if low is not None else high - 1 if high is not None else 1)


def _integer(document: Document, schema: dict[str, Any], location: str, depth: int) -> int:
    return math.floor(_number(document, schema, location, depth))


_BUILDERS: dict[str, Callable[[Document, dict[str, Any], str, int], Any]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "number": _number,
    "integer": _integer,
    "boolean": lambda *_: True,
    "null": lambda *_: None,
}
