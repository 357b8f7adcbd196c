"""Forms → values, by what stands between their separators: what one field writes is read once, whatever stands beside.

A form is so read as long as its fields are told apart by their names alone; else only the whole of it tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from prove400.media_types import FORM, MULTIPART, Format
from prove400.model import Media
from prove400.serialization import STYLES
from prove400.validation.bodies import texts_of_body
from prove400.validation.parameters import Typing

_BOUNDARY = re.compile(rf"{MULTIPART}; boundary=([0-9A-Za-z-]+)")
_OWN = b"prove400-apart"
"""The boundary of parts that are read by themselves."""
_REMEMBERED = 1 << 20
"""Bytes of the pieces of one media type that are kept."""


@dataclass(frozen=True, slots=True)
class _Field:
    """What all pieces of one name mean: typed as the schema admits, and as the texts that they are."""

    name: str
    typed: Any
    plain: Any


class FormReader:
    """Reads the forms of one media type, urlencoded or multipart, and remembers what their pieces mean."""

    def __init__(self, media: Media, typing: Typing, form: Format) -> None:
        """Take the media type, what types its texts, and as which of the two it is sent."""
        self._typing, self._is_urlencoded = typing, form is Format.FORM
        self._is_styled = self._is_urlencoded and any(encoding.style in STYLES for encoding in media.encodings)
        self._media = replace(media, encodings=()) if self._is_urlencoded else media
        self._known: dict[bytes, _Field | None] = {}
        self._size = 0  # of what is known

    def readings(self, content_type: str, body: bytes) -> list[Any] | None:
        """Give what a form may mean, as `Typing.readings` does; None where only the whole of it tells."""
        pieces = _pairs(body) if self._is_urlencoded else _parts(content_type, body)
        if not pieces or self._is_styled:
            return None
        between = b"&" if self._is_urlencoded else b"\r\n--%b\r\n" % _OWN
        groups: dict[str, bytes] = {}
        for piece, found in zip(pieces, self._fields(pieces), strict=True):
            if found is None:
                return None
            groups[found.name] = groups[found.name] + between + piece if found.name in groups else piece
        named = [found for found in self._fields(groups.values()) if found is not None]
        if len(named) < len(groups):
            return None
        typed, plain = {each.name: each.typed for each in named}, {each.name: each.plain for each in named}
        return [typed] if typed == plain else [typed, plain]

    def _fields(self, pieces: Iterable[bytes]) -> list[_Field | None]:
        known = self._known
        if self._size > _REMEMBERED:
            known.clear()
            self._size = 0
        for piece in [piece for piece in pieces if piece not in known]:
            known[piece] = self._field(piece)
            self._size += len(piece)
        return [known[piece] for piece in pieces]

    def _field(self, pieces: bytes) -> _Field | None:
        """Read what stands in a form alone; None where that is not one field, or cannot be read."""
        kind = FORM if self._is_urlencoded else f"{MULTIPART}; boundary={_OWN.decode()}"
        alone = pieces if self._is_urlencoded else b"--%b\r\n%b\r\n--%b--\r\n" % (_OWN, pieces, _OWN)
        texts = texts_of_body(self._media, kind, alone, self._typing)
        if not isinstance(texts, dict) or len(texts) != 1:
            return None
        typed, *plain = self._typing.readings(texts)
        (name,) = texts
        return _Field(name, typed[name], plain[0][name] if plain else typed[name])


def _pairs(body: bytes) -> list[bytes]:
    return [pair for pair in body.split(b"&") if pair]


def _parts(content_type: str, body: bytes) -> list[bytes]:
    """Give the parts between boundaries that stand nowhere else, on lines of their own; none where they do not."""
    found = _BOUNDARY.fullmatch(content_type)
    mark = b"--%b" % found[1].encode() if found else b""
    start, end = mark + b"\r\n", b"\r\n%b--\r\n" % mark
    if not (found and body.startswith(start) and body.endswith(end)):
        return []
    parts = body[len(start) : -len(end)].split(b"\r\n" + start)
    return parts if body.count(mark) == len(parts) + 1 and _OWN not in body else []
