"""Strict JSON: bytes → value, refusing what lenient parsers let through.

RFC 8259 grammar, UTF-8 only, and of I-JSON (RFC 7493) unique names and no lone surrogates. NaN and Infinity are
not JSON. A number too large for a double becomes the exact integer where it is one, so that bounds still bite;
where it is none, it is refused.
"""

from __future__ import annotations

import json
import math
import re
import sys
from decimal import Decimal, InvalidOperation
from itertools import accumulate
from typing import Any, NoReturn

from prove400.errors import StrictJSONError
from prove400.serialization import Written

MAX_DEPTH = 200
"""Containers inside one another; deeper input is refused as `json.depth` (RFC 8259 section 9 allows a limit)."""
LIMITED_DEPTH = 16
"""Containers inside one another past which a server's own limit may come first, and be told of the whole text."""
MAX_DIGITS = sys.int_info.default_max_str_digits
"""Digits of one number: as many as CPython reads, 4,300."""

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_STEPS = {byte: 1 if byte in b"[{" else -1 for byte in b"[]{}"}
_NEITHER = bytes(byte for byte in range(256) if byte not in b'[]{}"')
"""What is neither a bracket nor a quote."""


def _refuse_constant(name: str) -> NoReturn:
    raise StrictJSONError(f"{name} is not JSON", rule="json.constant")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise StrictJSONError("a name occurs twice in one object", rule="json.duplicate-name")
    return value


def _float(text: str) -> float | int:
    number = float(text)
    return number if math.isfinite(number) else _beyond_doubles(text)


def _beyond_doubles(text: str) -> int:
    try:
        exact = Decimal(text)
    except InvalidOperation as error:  # an exponent of more than 18 digits
        raise StrictJSONError("a number is out of range", rule="json.number") from error
    if exact.adjusted() >= MAX_DIGITS:
        raise StrictJSONError("a number is out of range", rule="json.number")
    whole = int(exact)
    if whole != exact:
        raise StrictJSONError("a number is out of range and not whole", rule="json.number")
    return whole


def _int(text: str) -> int:
    if len(text.removeprefix("-")) > MAX_DIGITS:
        raise StrictJSONError("a number has too many digits", rule="json.number")
    return int(text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_float, parse_int=_int
)


_PLAIN = json.JSONDecoder()


def is_deep(body: bytes, most: int = MAX_DEPTH) -> bool:
    """Tell whether more than `most` containers stand inside one another, without a recursion of our own."""
    if len(body) <= most or body.count(b"[") + body.count(b"{") <= most:
        return False
    unescaped = body.replace(rb"\\", b"").replace(rb"\"", b"") if b"\\" in body else body
    brackets = b"".join(unescaped.translate(None, _NEITHER).split(b'"')[::2])
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > most


def _has_lone_surrogate(value: Any) -> bool:
    if isinstance(value, str):
        return any("\ud800" <= char <= "\udfff" for char in value)
    if isinstance(value, dict):
        return any(_has_lone_surrogate(name) or _has_lone_surrogate(item) for name, item in value.items())
    return isinstance(value, list) and any(map(_has_lone_surrogate, value))


def _text(body: bytes) -> str:
    if body.startswith(b"\xef\xbb\xbf"):
        raise StrictJSONError("the text begins with a byte order mark", rule="json.bom")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise StrictJSONError("the text is not UTF-8", where=f"byte {error.start}", rule="json.encoding") from error


def parse(body: bytes) -> Any:
    """Give the value that the bytes hold; raises `StrictJSONError` with the `rule` that they break (RFC 8259)."""
    text = _text(body)
    if is_deep(body):
        raise StrictJSONError("containers stand too deep inside one another", rule="json.depth")
    if isinstance(body, Written):
        return _PLAIN.raw_decode(text)[0]
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise StrictJSONError(error.msg, where=f"character {error.pos}", rule="json.syntax") from error
    if _SURROGATE.search(text) and _has_lone_surrogate(value):
        raise StrictJSONError("a string holds a lone surrogate", rule="json.surrogate")
    return value
