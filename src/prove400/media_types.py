"""Media types: what a Content-Type field says, which declared type it is, and which ones we can write and read.

RFC 9110 sections 8.3 and 12.5.1; RFC 6839 section 3.1 for the `+json` suffix; OpenAPI 3.1 section 4.8.14 for ranges.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_TYPE = re.compile(rf"[ \t]*({_NAME}/{_NAME})[ \t]*")
_PARAMETER = re.compile(rf';[ \t]*(?:({_NAME})=({_NAME}|"(?:[^"\\]|\\.)*"))?[ \t]*')
_UTF_8 = frozenset({"utf-8", "utf8", "us-ascii"})


class Format(StrEnum):
    """How the bytes of a media type hold a value."""

    JSON = "json"
    FORM = "form"  # application/x-www-form-urlencoded
    MULTIPART = "multipart"  # multipart/form-data
    TEXT = "text"  # one text: text/plain, text/csv
    OTHER = "other"  # bytes that only an example can give


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type or range, in lower case, with its parameters."""

    essence: str  # "application/json", "application/*"
    parameters: tuple[tuple[str, str], ...] = ()

    def parameter(self, name: str) -> str:
        """Give the first value of a parameter, or an empty string."""
        return next((value for key, value in self.parameters if key == name), "")

    @property
    def is_range(self) -> bool:
        """Whether it stands for several types."""
        return "*" in self.essence

    @property
    def is_utf_8(self) -> bool:
        """Whether its charset, where it has one, is UTF-8 or a subset."""
        charsets = (value.lower() for key, value in self.parameters if key == "charset")
        return all(charset in _UTF_8 for charset in charsets)


@lru_cache(maxsize=1024)
def parse(text: str) -> MediaType | None:
    """Read a Content-Type field or a key of a `content` map; None where it is malformed."""
    start = _TYPE.match(text)
    if start is None:
        return None
    position, parameters = start.end(), []
    while position < len(text):
        found = _PARAMETER.match(text, position)
        if found is None:
            return None
        if found[1]:
            value = re.sub(r"\\(.)", r"\1", found[2][1:-1]) if found[2].startswith('"') else found[2]
            parameters.append((found[1].lower(), value))
        position = found.end()
    return MediaType(start[1].lower(), tuple(parameters))


def matching(declared: Iterable[str], sent: str) -> int | None:
    """Give the index of the declared type that a sent one is: the most specific of them; None where there is none."""
    return _matching(tuple(declared), sent)


@lru_cache(maxsize=1024)
def _matching(declared: tuple[str, ...], sent: str) -> int | None:
    found = parse(sent)
    ranked = [(_closeness(parse(text), found), -index) for index, text in enumerate(declared)] if found else []
    closeness, index = max(ranked, default=((0, 0, 0), 0))
    return -index if closeness[0] else None


def _closeness(declared: MediaType | None, sent: MediaType | None) -> tuple[int, int, int]:
    """Give how exactly a type fits, 0 for not at all, and how many of its parameters do (RFC 9110 section 12.5.1).

    Of two types that fit alike, the one with fewer parameters that do not is closer.
    """
    if declared is None or sent is None:
        return 0, 0, 0
    kind = sent.essence.partition("/")[0]
    suffix = sent.essence.rpartition("+")[2]
    ranges = {f"{kind}/*+{suffix}": 3, f"{kind}/*": 2, "*/*": 1, "*": 1}
    fit = 4 if declared.essence == sent.essence else ranges.get(declared.essence, 0)
    own, given = set(declared.parameters), set(sent.parameters)
    return fit, len(own & given), -len(own - given)


@lru_cache(maxsize=1024)
def format_of(text: str) -> Format:
    """Give how bytes of a media type are written and read; a range is what `concrete` makes of it."""
    media_type = parse(concrete(text))
    essence = media_type.essence if media_type else ""
    if essence in ("application/json", "text/json") or essence.endswith("+json"):
        return Format.JSON
    if essence.startswith("text/") and essence not in ("text/html", "text/xml"):
        return Format.TEXT
    return {FORM: Format.FORM, MULTIPART: Format.MULTIPART}.get(essence, Format.OTHER)


def is_json(text: str) -> bool:
    """Tell whether a media type is JSON (RFC 6839 section 3.1)."""
    return format_of(text) is Format.JSON


def is_bytes(text: str) -> bool:
    """Tell whether any bytes are of a media type: those of unknown type (RFC 2046 section 4.5.1)."""
    return concrete(text).partition(";")[0].strip().lower() == "application/octet-stream"


def concrete(text: str) -> str:
    """Give a media type to send for a declared one: itself, or the usual one of a range."""
    ranges = {"*": "application/json", "*/*": "application/json", "application/*": "application/json"}
    ranges |= {"text/*": "text/plain", "multipart/*": MULTIPART}
    ranges |= {"application/*+json": "application/vnd.prove400+json"}  # no standard's, yet written by frameworks
    return ranges.get(text.partition(";")[0].strip().lower(), text)


def preference(text: str) -> tuple[int, bool]:
    """Rank a media type as a witness's: JSON, then forms, then text, then what only an example gives; ranges last."""
    return list(Format).index(format_of(text)), concrete(text) != text
