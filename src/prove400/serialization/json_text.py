"""Values → JSON text with raw literals in it; scalars → texts.

A `Raw` stands in a value for text that no value can express: ``NaN``, ``1e400``, a name that occurs twice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class Written(bytes):
    """JSON text that `json_bytes` wrote of a value alone, and that any parser reads back.

    No name occurs twice in it, it has no constant that is not JSON, and no number that CPython would not write.
    """


@dataclass(frozen=True, slots=True)
class Raw:
    """JSON text to be written as it is, whether JSON or not."""

    text: str


def json_bytes(value: Any) -> bytes:
    """Write a value as compact JSON in UTF-8; `Raw` parts are copied, lone surrogates are escaped."""
    try:
        return Written(_COMPACT.encode(value).encode())
    except (TypeError, UnicodeEncodeError):
        return _with_raw(value).encode()


def _with_raw(value: Any) -> str:
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join(f"{_string(name)}:{_with_raw(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_with_raw, value)) + "]"
    return _string(value) if isinstance(value, str) else json.dumps(value, allow_nan=False)


def _string(text: str) -> str:
    escape = any("\ud800" <= char <= "\udfff" for char in text)
    return json.dumps(text, ensure_ascii=escape)


def scalar_text(value: Any) -> str:
    """Write one scalar as a parameter text: strings as they are, everything else as JSON."""
    return value if isinstance(value, str) else json_bytes(value).decode()
