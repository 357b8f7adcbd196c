"""Values → JSON text with raw literals in it; scalars → texts.

A `Raw` stands in a value for text that no value can express: ``NaN``, ``1e400``, a name that occurs twice.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False)


_CONSTANTS = {None: "null", True: "true", False: "false"}


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
        return Written(_compact(value).encode())
    except (TypeError, UnicodeEncodeError):
        return _with_raw(value).encode()


def _compact(value: Any) -> str:
    """Give what the encoder writes; of the commonest scalars without setting it up."""
    if type(value) is int:
        return int.__repr__(value)
    if type(value) is float and math.isfinite(value):
        return float.__repr__(value)
    if value is None or type(value) is bool:
        return _CONSTANTS[value]
    return _COMPACT.encode(value)


def json_around(value: Any, tokens: list[str]) -> tuple[bytes, bytes] | None:
    """Give what `json_bytes` writes before and after the value at the end of a path; None where it is not plain JSON.

    What many texts share is so written once: ``before + json_bytes(new) + after`` is the text with another value there.
    """
    before, after, inner = "", "", value
    try:
        for token in tokens:
            is_object = isinstance(inner, dict)
            items = list(inner.items()) if is_object else list(inner)
            place = list(inner).index(token) if is_object else int(token)
            earlier, later = items[:place], items[place + 1 :]
            marks = "{}" if is_object else "[]"
            head, tail = (_COMPACT.encode(dict(part) if is_object else part)[1:-1] for part in (earlier, later))
            name = f"{_COMPACT.encode(token)}:" if is_object else ""
            before = f"{before}{marks[0]}{head}{',' if head else ''}{name}"
            after = f"{',' if tail else ''}{tail}{marks[1]}{after}"
            inner = inner[token] if is_object else inner[place]
        return before.encode(), after.encode()
    except (TypeError, ValueError, LookupError):
        return None


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
