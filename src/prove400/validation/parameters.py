"""Parameter texts → values, by the schema's type (OpenAPI 3.1 section 4.8.12.6, RFC 6570).

A text that does not spell a value of any type that the schema admits stays a string, so that the validator sees a
`type` violation. Numbers and booleans are spelled as in JSON.
"""

from __future__ import annotations

import json
import re
from typing import Any

_SPELLINGS = {
    "integer": re.compile(r"-?(?:0|[1-9]\d*)(?:\.0+)?"),
    "number": re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?"),
    "boolean": re.compile(r"true|false"),
    "null": re.compile(r"null"),
}
_MAX_DIGITS = 400


def types_of(schema: Any) -> tuple[str, ...]:
    """Give the types that the schema's own `type` keyword admits; none where it has no such keyword."""
    declared = schema.get("type", ()) if isinstance(schema, dict) else ()
    return (declared,) if isinstance(declared, str) else tuple(declared)


def value_of(text: str, schema: Any) -> Any:
    """Give the value that a parameter's text spells under a schema."""
    for name in types_of(schema):
        spelling = _SPELLINGS.get(name)
        if spelling and len(text) <= _MAX_DIGITS and spelling.fullmatch(text):
            return json.loads(text)
    return text
