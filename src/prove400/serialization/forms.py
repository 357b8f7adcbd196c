"""Form and multipart bodies: an object → bytes (OpenAPI 3.1 sections 4.8.14.3 to 4.8.15, RFC 7578).

A property is written by its Encoding Object. Without one, an array is its items one after another, and an object is
JSON text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from prove400.media_types import is_json
from prove400.model import Encoding
from prove400.serialization.json_text import json_bytes, scalar_text
from prove400.serialization.styles import STYLES, Field, percent_encode

BINARY = "application/octet-stream"
_RESERVED = ":/?@!$'()*;[]"
_DEFAULT = Encoding("", style="")


def is_nested(value: Any) -> bool:
    """Tell whether a property is written as JSON text where the contract says nothing of it."""
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(v, dict | list) for v in value))


def _encoding(name: str, encodings: Iterable[Encoding]) -> Encoding:
    return next((encoding for encoding in encodings if encoding.name == name), _DEFAULT)


def form_bytes(value: Any, encodings: Iterable[Encoding] = ()) -> bytes:
    """Write an object as `application/x-www-form-urlencoded`; what is no object becomes one name without a value."""
    if not isinstance(value, dict):
        return percent_encode(scalar_text(value)).encode()
    known = tuple(encodings)
    return b"&".join(pair for name, item in value.items() for pair in form_field(name, item, known))


def form_field(name: str, item: Any, encodings: Iterable[Encoding] = ()) -> list[bytes]:
    """Give the pairs that one member of a form writes, joined by ``&`` with those of the others."""
    return [f"{key}={text}".encode() for key, text in _pairs(name, item, _encoding(name, encodings))]


def _pairs(name: str, item: Any, encoding: Encoding) -> Iterable[tuple[str, str]]:
    safe = _RESERVED if encoding.allow_reserved else ""

    def encode(text: str) -> str:
        return percent_encode(text, safe)

    if not encoding.style and is_nested(item):
        return ((encode(name), encode(json_bytes(item).decode())),)
    style = STYLES.get(encoding.style) or STYLES["form"]
    return style.write(Field(name, encoding.explode, encode), item)


def multipart_bytes(value: Any, encodings: Iterable[Encoding] = ()) -> bytes:
    """Write an object as `multipart/form-data`, between boundaries that `multipart_type` finds again."""
    if not isinstance(value, dict):
        return scalar_text(value).encode("utf-8", "surrogatepass")
    known = tuple(encodings)
    return joined_parts([part for name, item in value.items() for part in multipart_field(name, item, known)])


def joined_parts(parts: list[bytes]) -> bytes:
    """Put parts between boundaries."""
    boundary = b"prove400-" + hashlib.sha256(b"\r\n".join(parts)).hexdigest()[:24].encode()
    return b"".join([b"--%b\r\n%b\r\n" % (boundary, part) for part in parts]) + b"--%b--\r\n" % boundary


def multipart_field(name: str, item: Any, encodings: Iterable[Encoding] = ()) -> list[bytes]:
    """Give the parts that one member of a form writes."""
    return list(_parts(name, item, _encoding(name, encodings)))


def multipart_type(body: bytes) -> str:
    """Give the content type of a body that `multipart_bytes` wrote: its first line names the boundary."""
    first = body.partition(b"\r\n")[0].decode("utf-8", "replace")
    boundary = first.removeprefix("--").removesuffix("--") if first.startswith("--prove400-") else "prove400"
    return f"multipart/form-data; boundary={boundary}"


def _parts(name: str, item: Any, encoding: Encoding) -> Iterator[bytes]:
    items = item if isinstance(item, list) and not is_json(encoding.media_type or BINARY) else [item]
    for value in items:
        media_type = encoding.media_type or ("application/json" if isinstance(value, dict | list) else "text/plain")
        as_text = isinstance(value, str) and not is_json(media_type)
        content = scalar_text(value).encode("utf-8", "surrogatepass") if as_text else json_bytes(value)
        file = "" if media_type.startswith(("text/", "application/json")) else '; filename="prove400"'
        quoted = name.replace("\\", "\\\\").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        head = f'Content-Disposition: form-data; name="{quoted}"{file}\r\nContent-Type: {media_type}\r\n\r\n'
        yield head.encode("utf-8", "surrogatepass") + content
