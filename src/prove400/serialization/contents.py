"""Bytes ↔ texts that hold them: `contentEncoding` (JSON Schema 2020-12 validation, section 8.3).

The encodings of RFC 4648, and quoted-printable of RFC 2045 section 6.7; names are in any case (RFC 2045 section 6.1).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from prove400.media_types import is_json

_QUOTED_PRINTABLE = re.compile(r"(?:[\t\r\n -<>-~]|=[0-9A-Fa-f]{2}|=[ \t]*\r?\n)*")
_NAMES = ("7bit", "8bit", "binary")  # of the identity: they say of bytes which ones they are, and nothing of a text


@dataclass(frozen=True, slots=True)
class Coding:
    """How a text holds bytes; `read` raises `ValueError` for a text that is not in the encoding."""

    write: Callable[[bytes], str]
    read: Callable[[str], bytes]


def _read_base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _read_base64url(text: str) -> bytes:
    """Read base64url with its padding or without any, which is usual (RFC 4648 section 3.2)."""
    if "+" in text or "/" in text:
        raise ValueError("a character of another alphabet")
    padding = "" if "=" in text else "=" * (-len(text) % 4)
    return _read_base64(text.replace("-", "+").replace("_", "/") + padding)


def _read_base16(text: str) -> bytes:
    return base64.b16decode(text, casefold=True)


def _read_quoted_printable(text: str) -> bytes:
    if not _QUOTED_PRINTABLE.fullmatch(text):
        raise ValueError("an equals sign without two digits, or a byte that is to be quoted")
    return binascii.a2b_qp(text)


IDENTITY = Coding(lambda content: content.decode("utf-8", "replace"), lambda text: text.encode("utf-8", "replace"))
CODINGS = {
    "base64": Coding(lambda content: base64.b64encode(content).decode(), _read_base64),
    "base64url": Coding(lambda content: base64.urlsafe_b64encode(content).decode(), _read_base64url),
    "base32": Coding(lambda content: base64.b32encode(content).decode(), base64.b32decode),
    "base32hex": Coding(lambda content: base64.b32hexencode(content).decode(), base64.b32hexdecode),
    "base16": Coding(lambda content: base64.b16encode(content).decode(), _read_base16),
    "quoted-printable": Coding(lambda content: binascii.b2a_qp(content).decode(), _read_quoted_printable),
    **dict.fromkeys(_NAMES, IDENTITY),
}
"""Name → encoding."""


def coding_of(keywords: dict[str, Any]) -> Coding | None:
    """Give the encoding that a schema's `contentEncoding` names, the identity where it has none; None of another."""
    return CODINGS.get(str(keywords.get("contentEncoding", "binary")).lower())


def holds_json(keywords: dict[str, Any]) -> bool:
    """Tell whether a schema says that its text holds JSON, in an encoding that we know."""
    media_type = keywords.get("contentMediaType")
    return isinstance(media_type, str) and is_json(media_type) and coding_of(keywords) is not None


def contents(keywords: dict[str, Any]) -> tuple[bytes, ...]:
    """Give short contents of different lengths: JSON where the schema says so, else text."""
    return (b"{}", b"1", b"[]", b'"a"', b"null") if holds_json(keywords) else (b"a", b"aa", b"aaa", b"")


def admits_any(keywords: dict[str, Any]) -> bool:
    """Tell whether a schema's media type admits all of those `contents`: not what is an image or has a schema."""
    is_text = str(keywords.get("contentMediaType", "text/plain")).lower().startswith("text/")
    return (is_text or holds_json(keywords)) and "contentSchema" not in keywords
